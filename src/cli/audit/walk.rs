//! Walking a log from its first entry to its last, wherever it is kept, and the first thing that is wrong with it.
//!
//! Believes nothing that the log says of itself: not its size, not its hashes, not the names of its files. Holds one bundle of
//! entries at a time, sixteen bytes for each request, and every head.

use super::finding::Finding;
use super::lines::Compared;
use super::tiles::Expected;
use crate::engine::audit::bundle;
use crate::engine::audit::checkpoint::Checkpoint;
use crate::engine::audit::entry::Entry;
use crate::engine::audit::hash::Hash;
use crate::engine::audit::key::{KeyName, PublicKey};
use crate::engine::audit::number::Whole;
use crate::engine::audit::tile::{Content, TILE_WIDTH, Tile, TileHashes, Tiles};
use crate::engine::audit::verify::{Fault, Verified, Verifier};

/// A signed head, and where it was found.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub name: String,
    pub bytes: Vec<u8>,
}

impl Named {
    /// The size that it says, whoever signed it; `None` where it is no head.
    pub(super) fn size(&self) -> Option<u64> {
        Checkpoint::claimed(&self.bytes).map(|head| head.root.size)
    }
}

/// A log, wherever it is kept.
pub(super) trait Walked {
    /// Every head that it has.
    fn heads(&self) -> anyhow::Result<Vec<Named>>;
    /// The bundle of entries at this place, and how many its name says that there are.
    fn bundle(&self, index: u64) -> anyhow::Result<Option<(u16, Vec<u8>)>>;
    /// The hashes that are kept in the tile at this place.
    fn hashes(&self, level: u8, index: u64) -> anyhow::Result<Option<Vec<u8>>>;
    /// The entries once more, to be compared.
    fn lines(&self) -> anyhow::Result<Compared>;
}

/// What a log turned out to be in which nothing is wrong.
#[derive(Debug)]
pub(super) struct Right {
    pub verified: Verified,
    /// Times of the first and the last entry.
    pub times: Option<(Whole, Whole)>,
}

/// Walks a log whose heads are these, its own and those that others kept.
///
/// # Errors
/// That it cannot be read; the inner error is the first thing that is wrong with it.
pub(super) fn walk<'l, L>(
    log: &'l L,
    name: &KeyName,
    keys: &[PublicKey],
    heads: &[Named],
) -> anyhow::Result<Result<Right, Finding>>
where
    L: Walked,
    &'l L: Tiles,
{
    let hashes = TileHashes(log);
    let notes: Vec<&[u8]> = heads.iter().map(|head| head.bytes.as_slice()).collect();
    let named = |fault: Fault| Finding::of(fault, heads);
    let verifier = match Verifier::new(name, keys, &notes) {
        Ok(verifier) => verifier.with_hashes(&hashes),
        Err(fault) => return Ok(Err(named(fault))),
    };
    let mut walk = Walk { verifier, expected: Expected::default(), lines: log.lines()?, later: None, ends: None };
    if let Err(found) = walk.entries(log)? {
        return Ok(Err(found.named(heads)));
    }
    walk.ended(log, heads)
}

/// What stops a walk.
enum Stop {
    Fault(Fault),
    Found(Finding),
}

impl Stop {
    fn named(self, heads: &[Named]) -> Finding {
        match self {
            Self::Fault(fault) => Finding::of(fault, heads),
            Self::Found(finding) => finding,
        }
    }
}

struct Walk<'h> {
    verifier: Verifier<'h>,
    expected: Expected,
    lines: Compared,
    /// What is wrong with copies of what is proved. The entries themselves come first.
    later: Option<Finding>,
    /// The first and the last entry.
    ends: Option<(Vec<u8>, Vec<u8>)>,
}

impl Walk<'_> {
    fn entries(&mut self, log: &impl Walked) -> anyhow::Result<Result<(), Stop>> {
        let mut index = 0;
        while let Some((width, bytes)) = log.bundle(index)? {
            if let Err(stop) = self.bundle(log, Tile { content: Content::Entries, index, width }, &bytes)? {
                return Ok(Err(stop));
            }
            index += 1;
            if u64::from(width) < TILE_WIDTH {
                break;
            }
        }
        // What lies behind a hole was not looked at, so the hole is the first thing that is wrong.
        let cut = index.checked_sub(1).filter(|_| !self.expected.size().is_multiple_of(TILE_WIDTH));
        let hole = cut.unwrap_or(index);
        if log.bundle(hole + 1)?.is_none() {
            return Ok(Ok(()));
        }
        let path = Tile { content: Content::Entries, index: hole, width: 256 }.path();
        let message = format!("{path} is missing, and there are entries behind it");
        Ok(Err(Stop::Found(Finding::new("tile_missing", message))))
    }

    fn bundle(&mut self, log: &impl Walked, tile: Tile, bytes: &[u8]) -> anyhow::Result<Result<(), Stop>> {
        let entries = match bundle::parse(bytes) {
            Ok(entries) => entries,
            Err(fault) => return Ok(Err(Stop::Found(Finding::new("bundle", format!("{} {fault}", tile.path()))))),
        };
        for entry in &entries {
            if let Err(fault) = self.verifier.entry(entry) {
                return Ok(Err(Stop::Fault(fault)));
            }
            self.copies(log, entry)?;
        }
        if entries.len() != usize::from(tile.width) {
            let message = format!("{} has {} entries, and its name says {}", tile.path(), entries.len(), tile.width);
            return Ok(Err(Stop::Found(Finding::new("bundle", message))));
        }
        Ok(Ok(()))
    }

    /// Holds what is there once more, hashes and lines, against an entry.
    fn copies(&mut self, log: &impl Walked, entry: &[u8]) -> anyhow::Result<()> {
        let wrong = self.expected.append(log, Hash::of_leaf(entry))?;
        let same = self.lines.is(Some(entry))?;
        let line =
            (!same).then(|| Finding::new("line", format!("line {} of entries.jsonl is not that entry", self.expected.size())));
        self.later = self.later.take().or(wrong).or(line);
        let (first, _) = self.ends.take().unwrap_or_else(|| (entry.to_vec(), Vec::new()));
        self.ends = Some((first, entry.to_vec()));
        Ok(())
    }

    fn ended(mut self, log: &impl Walked, heads: &[Named]) -> anyhow::Result<Result<Right, Finding>> {
        let verified = match self.verifier.finish() {
            Ok(verified) => verified,
            Err(fault) => return Ok(Err(Finding::of(fault, heads))),
        };
        let more =
            (!self.lines.is(None)?).then(|| Finding::new("line", "entries.jsonl has lines that are no entries".to_owned()));
        if let Some(found) = self.later.or(self.expected.finish(log)?).or(more) {
            return Ok(Err(found));
        }
        let time = |bytes: &[u8]| Entry::parse(bytes).ok().map(|entry| entry.time);
        let times = self.ends.as_ref().and_then(|(first, last)| Some((time(first)?, time(last)?)));
        Ok(Ok(Right { verified, times }))
    }
}
