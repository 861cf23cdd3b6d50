//! The dictionary of a contest's members: from a digest to a position, which takes four bytes or one bit where a digest takes sixteen.
//!
//! Grows only. What a transaction that failed has added is taken back by [`Dictionary::truncate`]. Digests are as good as random
//! to whoever has no key, so they are their own hashes.

use std::ops::Range;
use std::sync::Arc;

use crate::engine::member::{MEMBER_DIGEST_BYTES, MemberDigest};

/// Digests by position, and positions by digest.
#[derive(Debug, Default)]
pub struct Dictionary {
    digests: Vec<[u8; MEMBER_DIGEST_BYTES]>,
    /// Positions plus one, 0 for an empty place; open addressing, linear probing, at most half full.
    places: Vec<u32>,
}

impl Dictionary {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.digests.len()).unwrap_or(u32::MAX)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }

    /// Where a member is, if it is there. `guess` is looked at first: lists come in the order in which they came before.
    #[inline]
    #[must_use]
    pub fn find(&self, member: MemberDigest, guess: u32) -> Option<u32> {
        if self.digests.get(guess as usize) == Some(&member.0) {
            return Some(guess);
        }
        if self.places.is_empty() {
            return None;
        }
        self.places[self.place(member)].checked_sub(1)
    }

    /// Adds a member who is not there.
    pub fn add(&mut self, member: MemberDigest) -> u32 {
        if self.digests.len() * 2 >= self.places.len() {
            self.grow();
        }
        let (place, position) = (self.place(member), self.len());
        self.places[place] = position + 1;
        self.digests.push(member.0);
        position
    }

    /// Adds a segment as it is kept, behind the last one. `false` for one that is not a row of digests.
    pub fn extend(&mut self, bytes: &[u8]) -> bool {
        let (digests, rest) = bytes.as_chunks::<MEMBER_DIGEST_BYTES>();
        for digest in digests {
            self.add(MemberDigest(*digest));
        }
        rest.is_empty()
    }

    /// The digests from this position on, one behind the other, as they are kept.
    #[must_use]
    pub fn segment(&self, from: u32) -> Vec<u8> {
        self.digests.get(from as usize..).unwrap_or_default().concat()
    }

    /// The members at these positions.
    #[must_use]
    pub fn members(&self, positions: Range<u32>) -> Arc<[MemberDigest]> {
        let digests = self.digests.get(positions.start as usize..positions.end as usize).unwrap_or_default();
        digests.iter().map(|digest| MemberDigest(*digest)).collect()
    }

    /// Takes back what was added last, until so many are left.
    pub fn truncate(&mut self, length: u32) {
        if length < self.len() {
            self.digests.truncate(length as usize);
            // Rare, and simpler than emptying places behind which others were pushed.
            self.lay_out(self.places.len());
        }
    }

    /// The place of a member, or the empty one where it would stand. There is always one: see `places`.
    #[inline]
    fn place(&self, member: MemberDigest) -> usize {
        let mask = self.places.len() - 1;
        let [first, ..] = member.0.as_chunks::<8>().0 else { return 0 };
        let mut place = usize::try_from(u64::from_le_bytes(*first) & mask as u64).unwrap_or(0);
        loop {
            match self.places[place].checked_sub(1) {
                Some(position) if self.digests[position as usize] != member.0 => place = (place + 1) & mask,
                _ => return place,
            }
        }
    }

    fn grow(&mut self) {
        self.lay_out((self.places.len() * 2).max(1024));
    }

    fn lay_out(&mut self, places: usize) {
        self.places.clear();
        self.places.resize(places, 0);
        let digests = std::mem::take(&mut self.digests);
        for (digest, position) in digests.iter().zip(1..) {
            // The digests are all different, so those that are not laid out yet need not be compared with.
            let place = self.empty_place(digest);
            self.places[place] = position;
        }
        self.digests = digests;
    }

    fn empty_place(&self, digest: &[u8; MEMBER_DIGEST_BYTES]) -> usize {
        let mask = self.places.len() - 1;
        let [first, ..] = digest.as_chunks::<8>().0 else { return 0 };
        let mut place = usize::try_from(u64::from_le_bytes(*first) & mask as u64).unwrap_or(0);
        while self.places[place] != 0 {
            place = (place + 1) & mask;
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use proptest::prelude::*;

    fn digest(number: u16) -> MemberDigest {
        // Many share a first place, so that probing is tried.
        let mut bytes = [0; MEMBER_DIGEST_BYTES];
        bytes[0] = number.to_le_bytes()[0] & 7;
        bytes[14..].copy_from_slice(&number.to_le_bytes());
        MemberDigest(bytes)
    }

    proptest! {
        #[test]
        fn it_is_a_map_that_can_take_back(steps in proptest::collection::vec((0u16..200, 0u32..60, 0u8..20), 0..300)) {
            let (mut dictionary, mut model) = (Dictionary::default(), Vec::<MemberDigest>::new());
            for (number, guess, what) in steps {
                let member = digest(number);
                if what == 0 {
                    dictionary.truncate(guess);
                    model.truncate(guess as usize);
                } else if dictionary.find(member, guess).is_none() {
                    prop_assert_eq!(dictionary.add(member) as usize, model.len());
                    model.push(member);
                }
                let known: HashMap<_, _> = model.iter().zip(0..).collect();
                prop_assert_eq!(dictionary.find(member, guess), known.get(&member).copied());
            }
            let mut again = Dictionary::default();
            prop_assert!(again.extend(&dictionary.segment(0)));
            prop_assert_eq!(again.len(), dictionary.len());
            for (member, position) in model.into_iter().zip(0..) {
                prop_assert_eq!(again.find(member, u32::MAX), Some(position));
            }
        }
    }
}
