//! Sets of members, in chunks, each a Roaring bitmap in its portable format (Lemire and others, 2016; `roaringbitmap.org`).
//!
//! A member is a position in the contest's dictionary. Positions are given in the order in which members were first disclosed, so
//! a list that is pulled again and again is one run, and takes some twenty bytes.

use std::collections::BTreeMap;
use std::ops::Range;

use roaring::RoaringBitmap;

use super::runs::Runs;

/// Members of one chunk: what one container of a Roaring bitmap holds, at most eight kibibytes.
pub const CHUNK_MEMBERS: u32 = 1 << 16;

/// In which chunk a position is.
#[must_use]
pub const fn chunk_of(position: u32) -> u16 {
    (position >> 16) as u16
}

/// Where a position is inside its chunk.
#[must_use]
pub const fn within(position: u32) -> u32 {
    position & (CHUNK_MEMBERS - 1)
}

/// One chunk of a set: positions inside the chunk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chunk(pub RoaringBitmap);

/// Kept bytes are not a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a set of members in the store is not readable")]
pub struct Unreadable;

impl Chunk {
    /// Reads what [`spell`](Self::spell) writes.
    ///
    /// # Errors
    /// [`Unreadable`] for anything else.
    pub fn read(bytes: Option<&[u8]>) -> Result<Self, Unreadable> {
        let Some(bytes) = bytes else { return Ok(Self::default()) };
        let set = RoaringBitmap::deserialize_from(bytes).map_err(|_| Unreadable)?;
        if set.max().is_none_or(|max| max < CHUNK_MEMBERS) { Ok(Self(set)) } else { Err(Unreadable) }
    }

    /// The bytes to keep; none for the empty set.
    #[must_use]
    pub fn spell(mut self) -> Vec<u8> {
        if self.0.is_empty() {
            return Vec::new();
        }
        self.0.optimize();
        let mut bytes = Vec::with_capacity(self.0.serialized_size());
        // Writing to a `Vec` cannot fail.
        let _ = self.0.serialize_into(&mut bytes);
        bytes
    }
}

/// Positions, by chunk.
#[must_use]
pub fn by_chunk(positions: &Runs) -> BTreeMap<u16, RoaringBitmap> {
    let mut chunks = BTreeMap::<u16, RoaringBitmap>::new();
    for Range { start, end } in positions.runs() {
        for chunk in chunk_of(*start)..=chunk_of(end - 1) {
            let first = u32::from(chunk) * CHUNK_MEMBERS;
            let last = first + (CHUNK_MEMBERS - 1);
            chunks.entry(chunk).or_default().insert_range(within(first.max(*start))..=within(last.min(end - 1)));
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sets_are_read_as_they_were_written(positions in proptest::collection::vec(0..CHUNK_MEMBERS * 3, 0..400)) {
            let chunks = by_chunk(&positions.iter().copied().collect());
            let mut found = Vec::new();
            for (chunk, set) in chunks {
                let read = Chunk::read(Some(&Chunk(set).spell())).unwrap();
                found.extend(read.0.iter().map(|at| u32::from(chunk) * CHUNK_MEMBERS + at));
            }
            let mut wanted = positions;
            wanted.sort_unstable();
            wanted.dedup();
            prop_assert_eq!(found, wanted);
        }

        #[test]
        fn no_bytes_are_read_wrongly(bytes: Vec<u8>) {
            let _ = Chunk::read(Some(&bytes));
        }
    }

    #[test]
    fn a_list_that_is_pulled_whole_takes_some_bytes() {
        let whole = by_chunk(&(0..CHUNK_MEMBERS).collect()).remove(&0).unwrap();
        let bytes = Chunk(whole).spell();
        assert!(bytes.len() < 32, "{}", bytes.len());
        assert!(Chunk::default().spell().is_empty());
    }
}
