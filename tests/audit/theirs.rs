//! A verifier of logs by another hand: `signed_note` for the heads, `tlog_tiles` for the tree. Nothing of it is ours.
//!
//! Knows nothing of what entries say, so it cannot name a place; but it must agree about which logs were signed so.

use std::collections::BTreeMap;

use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::checkpoint::Checkpoint;
use tlog_tiles::tile::{Tile, TileReader};
use tlog_tiles::tlog::{self, Hash, HashReader};

/// Hashes in the order of `tlog`'s storage.
#[derive(Default)]
pub struct Stored(pub Vec<Hash>);

impl Stored {
    pub fn append(&mut self, at: u64, entry: &[u8]) {
        let hashes = tlog::stored_hashes(at, entry, self).unwrap();
        self.0.extend(hashes);
    }
}

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog::Error> {
        Ok(indexes.iter().map(|&at| self.0[usize::try_from(at).unwrap()]).collect())
    }
}

/// The head that a note holds, when this key signed it.
pub fn head(note: &[u8], key: &str) -> Option<Checkpoint> {
    let note = Note::from_bytes(note).ok()?;
    let key = StandardVerifier::new(key).ok()?;
    note.verify(&VerifierList::new(vec![Box::new(key)])).ok()?;
    Checkpoint::from_bytes(note.text()).ok()
}

/// Whether every head is signed and of these entries, and the last one is of all of them.
pub fn verified(entries: &[Vec<u8>], heads: &[Vec<u8>], origin: &str, key: &str) -> bool {
    let mut stored = Stored::default();
    (0..).zip(entries).for_each(|(at, entry)| stored.append(at, entry));
    let size = entries.len() as u64;
    let fits = |head: &Checkpoint| {
        head.origin() == origin && head.size() <= size && tlog::tree_hash(head.size(), &stored).unwrap() == *head.hash()
    };
    let heads: Option<Vec<_>> = heads.iter().map(|note| head(note, key).filter(fits)).collect();
    heads.is_some_and(|heads| heads.iter().any(|head| head.size() == size))
}

/// Tiles by their paths, as an export has them.
pub struct Exported(pub BTreeMap<String, Vec<u8>>);

impl TileReader for Exported {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog::Error> {
        let read = |tile: &Tile| self.0.get(&tile.path().replace("tile/8/", "tile/")).cloned().ok_or(tlog::Error::InvalidTile);
        tiles.iter().map(read).collect()
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}
