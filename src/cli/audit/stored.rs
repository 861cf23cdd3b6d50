//! The log as the store keeps it, walked in place of an export.
//!
//! Reads one snapshot, and writes nothing.

use std::cell::RefCell;

use anyhow::Context;

use super::lines::Compared;
use super::walk::{Named, Walked};
use crate::engine::audit::bundle;
use crate::engine::audit::tile::{TILE_HEIGHT, TILE_WIDTH, Tiles};
use crate::engine::audit::tree::Node;
use crate::store::books::tables::{Reading, StoredEntry};

/// Heads that are read at once.
const HEADS: usize = 1000;

/// The log of a store, up to its newest head.
pub(super) struct Stored<'r> {
    reading: RefCell<&'r mut dyn Reading>,
    /// Entries under the newest head: those behind it wait for the next.
    size: u64,
}

impl<'r> Stored<'r> {
    pub(super) fn new(reading: &'r mut dyn Reading) -> anyhow::Result<Self> {
        let size = reading.newest_head()?.map_or(0, |(size, _)| size);
        Ok(Self { reading: RefCell::new(reading), size })
    }

    /// The entries of a tile, as far as a head covers them.
    fn entries(&self, index: u64) -> anyhow::Result<Vec<StoredEntry>> {
        let first = index.saturating_mul(TILE_WIDTH);
        let width = self.size.saturating_sub(first).min(TILE_WIDTH);
        Ok(if width == 0 { Vec::new() } else { self.reading.borrow_mut().entries(first, usize::try_from(width)?)? })
    }
}

impl Walked for Stored<'_> {
    fn heads(&self) -> anyhow::Result<Vec<Named>> {
        let (mut named, mut from) = (Vec::new(), 0);
        loop {
            let heads = self.reading.borrow_mut().heads(from, HEADS)?;
            let more = heads.len() == HEADS;
            from = heads.last().map_or(from, |(size, _)| size + 1);
            named.extend(
                heads
                    .into_iter()
                    .map(|(size, note)| Named { name: format!("the store, of {size} entries"), bytes: note.into_bytes() }),
            );
            if !more {
                return Ok(named);
            }
        }
    }

    fn bundle(&self, index: u64) -> anyhow::Result<Option<(u16, Vec<u8>)>> {
        let entries = self.entries(index)?;
        if entries.is_empty() {
            return Ok(None);
        }
        let bytes =
            bundle::spell(entries.iter().map(|entry| entry.bytes.as_slice())).context("the store holds what is no entry")?;
        Ok(Some((u16::try_from(entries.len())?, bytes)))
    }

    fn hashes(&self, level: u8, index: u64) -> anyhow::Result<Option<Vec<u8>>> {
        if level == 0 {
            let entries = self.entries(index)?;
            return Ok((!entries.is_empty()).then(|| entries.into_iter().flat_map(|entry| entry.leaf.0).collect()));
        }
        let (first, mut bytes) = (index.saturating_mul(TILE_WIDTH), Vec::new());
        let whole = self.size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT)).unwrap_or(0);
        for index in first..first.saturating_add(TILE_WIDTH).min(whole) {
            let Some(hash) = self.reading.borrow_mut().hash(Node { level: level * TILE_HEIGHT, index })? else { break };
            bytes.extend_from_slice(&hash.0);
        }
        Ok((!bytes.is_empty()).then_some(bytes))
    }

    fn lines(&self) -> anyhow::Result<Compared> {
        Ok(Compared::default())
    }
}

impl Tiles for &Stored<'_> {
    fn tile(&self, level: u8, index: u64) -> Option<Vec<u8>> {
        self.hashes(level, index).ok().flatten()
    }
}
