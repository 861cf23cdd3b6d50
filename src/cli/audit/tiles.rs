//! The hashes that an export has beside its entries, held against the entries.
//!
//! Other people's programs read the tiles alone, so a wrong one must not go unnoticed.

use super::finding::Finding;
use super::walk::Walked;
use crate::engine::audit::hash::{HASH_BYTES, Hash};
use crate::engine::audit::tile::{Content, TILE_HEIGHT, TILE_WIDTH, Tile};
use crate::engine::audit::tree::Frontier;

/// The tiles that entries lead to: of each level the one that is not full yet.
#[derive(Debug, Default)]
pub(super) struct Expected {
    frontier: Frontier,
    levels: Vec<(u64, Vec<u8>)>,
}

impl Expected {
    /// Entries so far.
    pub(super) fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Adds an entry, and compares every tile that is full with it.
    pub(super) fn append(&mut self, log: &impl Walked, leaf: Hash) -> anyhow::Result<Option<Finding>> {
        let mut found = None;
        for (node, hash) in self.frontier.append(leaf).into_iter().filter(|(node, _)| node.level % TILE_HEIGHT == 0) {
            let level = node.level / TILE_HEIGHT;
            if self.levels.len() <= usize::from(level) {
                self.levels.push((0, Vec::new()));
            }
            let (index, bytes) = &mut self.levels[usize::from(level)];
            bytes.extend_from_slice(&hash.0);
            if bytes.len() == TILE_WIDTH as usize * HASH_BYTES {
                found = found.or(compare(log, level, *index, bytes)?);
                (*index, *bytes) = (*index + 1, Vec::new());
            }
        }
        Ok(found)
    }

    /// Compares the tiles that are not full.
    pub(super) fn finish(&self, log: &impl Walked) -> anyhow::Result<Option<Finding>> {
        for (level, (index, bytes)) in (0..).zip(&self.levels) {
            if !bytes.is_empty()
                && let Some(found) = compare(log, level, *index, bytes)?
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

fn compare(log: &impl Walked, level: u8, index: u64, expected: &[u8]) -> anyhow::Result<Option<Finding>> {
    let width = u16::try_from(expected.len() / HASH_BYTES).unwrap_or(u16::MAX);
    let path = Tile { content: Content::Hashes { level }, index, width }.path();
    Ok(match log.hashes(level, index)? {
        Some(kept) if kept == expected => None,
        Some(_) => Some(Finding::new("tile", format!("the hashes in {path} are not those of the entries"))),
        None => Some(Finding::new("tile", format!("{path} is missing"))),
    })
}
