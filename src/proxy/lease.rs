//! What the books granted ahead of a list: while records come as foretold, they leave without being asked for.
//!
//! Lets nothing leave that the books have not entered: a record of anybody else, or of the right one in another order, ends it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::batch::Batch;
use super::minimise::Released;
use super::recall::Question;
use crate::engine::member::MemberDigest;
use crate::store::books::{Ahead, Amount};

/// Records that are to be granted ahead at once, and again when a quarter of them is left. So many and a quarter as many again may be
/// in the register without having left, when the process dies.
const AHEAD_RECORDS: u64 = 8192;

/// What is known of who follows, and what was granted for it.
#[derive(Debug)]
pub struct Foretold {
    /// What was asked.
    pub question: Question,
    lease: Lease,
    /// Granted, and of no use any more.
    pub lapsed: Amount,
    /// Fields that records lacked which left under it: the field, and the member's position.
    pub lacked: Vec<(u16, u32)>,
    /// How much was asked for.
    wish: Amount,
    /// How often others came than were foretold; and for how many steps nobody is to be foretold therefore.
    misses: u32,
    distrust: u32,
    /// Whether nobody can be foretold behind what was granted.
    ends: bool,
}

impl Foretold {
    /// What was granted with the opening of a pull.
    #[must_use]
    pub fn new(question: Question, ahead: Ahead) -> Self {
        let mut lease = Lease::default();
        lease.add(ahead);
        let (lapsed, wish) = (Amount::default(), Amount::default());
        Self { question, lease, lapsed, lacked: Vec::new(), wish, misses: 0, distrust: 0, ends: false }
    }

    /// Whether nothing was asked for ahead since the opening.
    #[must_use]
    pub fn is_of_opening(&self) -> bool {
        self.wish.records == 0
    }

    /// Records that may leave.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.lease.left.records
    }

    /// How much to ask for ahead, beside these records.
    pub fn wish(&mut self, batch: &Batch) -> Amount {
        if self.distrust > 0 {
            self.distrust -= 1;
            return Amount::default();
        }
        let length = batch.bytes.div_ceil(batch.records.max(1)) as u64;
        // Twice the length, because others may be longer.
        self.wish = Amount { records: AHEAD_RECORDS, bytes: AHEAD_RECORDS * length * 2 };
        self.wish
    }

    /// Takes in what was granted.
    pub fn granted(&mut self, ahead: Ahead) {
        self.ends = ahead.members.is_empty();
        if self.lapsed.records > 0 {
            // It was asked for behind what has lapsed meanwhile.
            self.lapsed.records += ahead.members.len() as u64;
            self.lapsed.bytes += ahead.bytes;
        } else if !self.ends {
            self.lease.add(ahead);
        }
    }

    /// Takes a piece under what was granted ahead; gives that up where it does not stand for the piece.
    pub fn take(&mut self, piece: &Released) -> bool {
        let Some(first) = self.lease.take(&piece.slips.members, piece.bytes.len()) else {
            self.misses += 1;
            self.distrust = self.misses;
            self.lapse();
            return false;
        };
        self.lacked.extend(piece.slips.lacking.iter().map(|&(field, record)| (field, first + record)));
        true
    }

    /// Gives it up. What is asked next tells the books.
    pub fn lapse(&mut self) {
        self.lapsed = self.lease.lapse();
    }

    /// How much to ask for behind what there is, when the time has come.
    #[must_use]
    pub fn renewal(&self) -> Option<Amount> {
        let left = self.lease.left;
        let low = !self.is_over() && !self.ends && (left.records < self.wish.records / 4 || left.bytes < self.wish.bytes / 4);
        low.then_some(self.wish)
    }

    /// Whether nobody's record may leave.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.lease.is_over()
    }

    /// Whether a piece of this size may leave, whomever it is about.
    #[must_use]
    pub fn has_room(&self, piece: &Released) -> bool {
        self.lease.has_room(piece.slips.members.len(), piece.bytes.len())
    }
}

/// What was granted ahead, and has not been used.
#[derive(Debug, Default)]
struct Lease {
    /// Of whom records may leave: the first is the next one.
    members: VecDeque<Arc<[MemberDigest]>>,
    /// So many of the first of those have left.
    used: usize,
    /// The position in the dictionary of the next one. The others follow it.
    next: u32,
    left: Amount,
}

impl Lease {
    /// Whether nobody's record may leave.
    fn is_over(&self) -> bool {
        self.left.records == 0
    }

    /// Adds what was granted ahead of what there is, or of where that has come to.
    fn add(&mut self, ahead: Ahead) {
        if self.is_over() {
            *self = Self { next: ahead.first, ..Self::default() };
        }
        self.left.records += ahead.members.len() as u64;
        self.left.bytes += ahead.bytes;
        self.members.push_back(ahead.members);
    }

    /// Whether so many records of so many bytes may leave, of whomever they are.
    fn has_room(&self, records: usize, bytes: usize) -> bool {
        records as u64 <= self.left.records && bytes as u64 <= self.left.bytes
    }

    /// Takes records of these members, and so many bytes, if all of them may leave. The position of the first.
    fn take(&mut self, members: &[MemberDigest], bytes: usize) -> Option<u32> {
        if !self.has_room(members.len(), bytes) || !self.foretells(members) {
            return None;
        }
        let first = self.next;
        self.left.records -= members.len() as u64;
        self.left.bytes -= bytes as u64;
        self.next += u32::try_from(members.len()).unwrap_or(u32::MAX);
        self.used += members.len();
        while let Some(run) = self.members.front().filter(|run| self.used >= run.len()) {
            self.used -= run.len();
            self.members.pop_front();
        }
        Some(first)
    }

    /// Gives up what is left of it.
    fn lapse(&mut self) -> Amount {
        std::mem::take(self).left
    }

    fn foretells(&self, mut members: &[MemberDigest]) -> bool {
        let mut used = self.used;
        for run in &self.members {
            let run = run.get(used..).unwrap_or_default();
            used = 0;
            let (own, rest) = members.split_at(members.len().min(run.len()));
            if own != &run[..own.len()] {
                return false;
            }
            members = rest;
        }
        members.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn member(n: u32) -> MemberDigest {
        MemberDigest([n.to_le_bytes(); 4].concat().try_into().unwrap())
    }

    fn ahead(first: u32, records: u32) -> Ahead {
        Ahead { members: (first..first + records).map(member).collect(), first, bytes: u64::from(records) * 10 }
    }

    proptest! {
        #[test]
        fn it_lets_go_of_those_who_were_foretold_and_of_nobody_else(
            steps in proptest::collection::vec((0u32..9, 0u32..9, 0u32..30), 1..60),
        ) {
            let (mut lease, mut next, mut end) = (Lease::default(), 0, 0);
            for (granted, taken, offset) in steps {
                lease.add(ahead(end, granted));
                end += granted;
                // Mostly those who are next; sometimes those behind one who is missing.
                let first = next + u32::from(offset == 0);
                let members: Vec<_> = (first..first + taken).map(member).collect();
                let foretold = taken == 0 || (first == next && first + taken <= end);
                let position = lease.take(&members, taken as usize * 10);
                prop_assert_eq!(position.is_some(), foretold);
                if let Some(position) = position.filter(|_| taken > 0) {
                    prop_assert_eq!(position, next);
                    next += taken;
                }
                prop_assert_eq!(lease.left.records, u64::from(end - next));
                prop_assert_eq!(lease.is_over(), end == next);
            }
            prop_assert_eq!(lease.lapse().records, u64::from(end - next));
            prop_assert!(lease.is_over());
        }
    }

    #[test]
    fn its_bytes_are_a_bound_too() {
        let mut lease = Lease::default();
        lease.add(ahead(0, 4));
        assert_eq!(lease.take(&[member(0)], 41), None);
        assert_eq!(lease.take(&[member(0)], 39), Some(0));
        assert_eq!(lease.take(&[member(1)], 2), None);
        assert_eq!(lease.lapse(), Amount { records: 3, bytes: 1 });
    }
}
