//! What was minimised and waits for the books: one step of them, and afterwards pieces that may leave.
//!
//! Decides nothing of how much that is.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::minimise::Released;
use crate::engine::member::MemberDigest;
use crate::engine::policy::objection::OfContest;
use crate::store::books::Release;

/// Bytes that are minimised while a step is being written, at the most, and a piece more.
const WAITING_BYTES_MAX: usize = 1280 << 10;
/// Records likewise: what short ones come to.
const WAITING_RECORDS_MAX: usize = 4096;

/// What is one step of the books.
#[derive(Default)]
pub struct Batch {
    /// What waits.
    pub pieces: VecDeque<Released>,
    /// Bytes of it.
    pub bytes: usize,
    /// Records that end in it.
    pub records: usize,
}

/// A piece that may leave.
pub struct Piece {
    /// The bytes.
    pub bytes: Bytes,
    /// Records that end in them.
    pub records: u64,
    /// Whom they are about.
    pub members: Vec<MemberDigest>,
    /// The objections under which they were minimised.
    pub objections: Arc<OfContest>,
}

impl Batch {
    /// Adds what was minimised next.
    pub fn add(&mut self, released: Released) {
        self.bytes += released.bytes.len();
        self.records += released.slips.members.len();
        self.pieces.push_back(released);
    }

    /// Takes out what was minimised first.
    pub fn pop(&mut self) -> Option<Released> {
        let first = self.pieces.pop_front()?;
        self.bytes -= first.bytes.len();
        self.records -= first.slips.members.len();
        Some(first)
    }

    /// Whether no more should be minimised before the books have written.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.bytes >= WAITING_BYTES_MAX || self.records >= WAITING_RECORDS_MAX
    }

    /// What is said of it to the books.
    #[must_use]
    pub fn release(&self) -> Release {
        let mut release = Release { members: Vec::with_capacity(self.records), bytes: self.bytes as u64, ..Release::default() };
        for piece in &self.pieces {
            let before = u32::try_from(release.members.len()).unwrap_or(u32::MAX);
            release.lacking.extend(piece.slips.lacking.iter().map(|&(field, record)| (field, before + record)));
            release.members.extend_from_slice(&piece.slips.members);
        }
        release
    }

    /// The first records of it, to the byte; all of it where there are no more.
    #[must_use]
    pub fn cut(self, mut records: usize) -> VecDeque<Piece> {
        let mut pieces = VecDeque::new();
        let all = records >= self.records;
        for piece in self.pieces {
            let own = piece.slips.members.len();
            if !all && records <= own {
                let end = records.checked_sub(1).and_then(|last| piece.slips.ends.get(last).copied());
                pieces.extend(end.map(|end| piece.first(records, end)));
                break;
            }
            records = records.saturating_sub(own);
            pieces.push_back(piece.whole());
        }
        pieces
    }
}

impl Released {
    /// All of it may leave.
    #[must_use]
    pub fn whole(self) -> Piece {
        let records = self.slips.members.len() as u64;
        Piece { bytes: self.bytes, records, members: self.slips.members, objections: self.objections }
    }

    fn first(mut self, records: usize, end: usize) -> Piece {
        self.bytes.truncate(end);
        self.slips.members.truncate(records);
        self.whole()
    }
}
