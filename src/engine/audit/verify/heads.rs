//! The heads that a log is held against, each signed, in the order of their sizes.
//!
//! Knows no entry.

use super::Fault;
use crate::engine::audit::checkpoint::{Checkpoint, HeadFault};
use crate::engine::audit::key::{KeyName, PublicKey};
use crate::engine::audit::note::Note;

/// Heads by size, and how far the log has come.
#[derive(Clone)]
pub(super) struct Heads {
    /// At least one.
    sorted: Vec<Checkpoint>,
    reached: usize,
}

impl Heads {
    pub(super) fn open(log: &KeyName, keys: &[PublicKey], notes: &[&[u8]]) -> Result<Self, Fault> {
        let open = |(position, bytes): (usize, &&[u8])| {
            let note = Note::parse(bytes).map_err(HeadFault::Note);
            note.and_then(|note| Checkpoint::open(&note, log, keys)).map_err(|fault| Fault::Head { position, fault })
        };
        let mut sorted = notes.iter().enumerate().map(open).collect::<Result<Vec<_>, _>>()?;
        sorted.sort_by_key(|head| head.root.size);
        let apart = |pair: &&[Checkpoint]| matches!(pair, [a, b] if a.root.size == b.root.size && a.root != b.root);
        if let Some([head, ..]) = sorted.windows(2).find(apart) {
            return Err(Fault::HeadsDisagree { first: head.root.size, second: head.root.size });
        }
        if sorted.is_empty() { Err(Fault::NoHead) } else { Ok(Self { sorted, reached: 0 }) }
    }

    /// The next head, where it is of this size.
    pub(super) fn take(&mut self, size: u64) -> Option<Checkpoint> {
        let head = self.sorted.get(self.reached).filter(|head| head.root.size == size)?;
        self.reached += 1;
        Some(head.clone())
    }

    /// The size of the largest head that was not reached.
    pub(super) fn beyond(&self) -> Option<u64> {
        self.sorted.get(self.reached..)?.last().map(|head| head.root.size)
    }

    /// How many were reached.
    pub(super) fn reached(&self) -> usize {
        self.reached
    }
}
