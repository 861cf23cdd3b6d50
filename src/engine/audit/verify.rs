//! The checking of an exported log, with public keys alone: entries one after the other, and the heads that were signed or
//! kept. Names the first thing that is wrong, and where.
//!
//! Believes nothing that the log says of itself. Somebody who holds the signing key can write another log; only heads and
//! receipts that others kept show it, so every kept head is to be given beside those of the export.

mod fault;
mod heads;
mod pulls;

use super::checkpoint::Checkpoint;
use super::entry::Entry;
use super::event::Event;
use super::hash::Hash;
use super::key::{KeyName, PublicKey};
use super::number::Whole;
use super::tree::{Frontier, Hashes, Root};

pub use fault::Fault;
use heads::Heads;
use pulls::Pulls;

/// What a log turned out to be in which nothing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Its size and root, which a head vouches for.
    pub root: Root,
    /// Heads that agree with it.
    pub heads: usize,
    /// Pulls that were opened and have no ending in it.
    pub open_pulls: usize,
}

/// Walks one exported log. After the first fault it is of no further use; a clone goes on from where it was made.
#[derive(Clone)]
pub struct Verifier<'h> {
    log: KeyName,
    heads: Heads,
    frontier: Frontier,
    time: Whole,
    pulls: Pulls,
    /// Hashes of the entries behind the last head that agreed.
    leaves: Vec<Hash>,
    /// The hashes that the export has beside its entries, if it has any.
    hashes: Option<&'h dyn Hashes>,
    /// The first head that did not agree, until a later one that agrees shows it to be the wrong one.
    disputed: Option<(Checkpoint, Fault)>,
}

impl<'h> Verifier<'h> {
    /// Begins with the heads: those of the export and those that somebody kept, in any order.
    ///
    /// # Errors
    /// [`Fault::Head`] for the first that is not a signed head of this log, [`Fault::HeadsDisagree`] for two of one size and
    /// different roots, and [`Fault::NoHead`] where there is none: without one nothing can be said.
    pub fn new(log: &KeyName, keys: &[PublicKey], heads: &[&[u8]]) -> Result<Self, Fault> {
        let mut verifier = Self {
            log: log.clone(),
            heads: Heads::open(log, keys, heads)?,
            frontier: Frontier::default(),
            time: Whole::default(),
            pulls: Pulls::default(),
            leaves: Vec::new(),
            hashes: None,
            disputed: None,
        };
        verifier.compare_heads()?;
        Ok(verifier)
    }

    /// Gives the hashes that the export has beside its entries. They are believed only where they lead to a signed root; then
    /// they tell which of many entries was altered.
    #[must_use]
    pub fn with_hashes(mut self, hashes: &'h dyn Hashes) -> Self {
        self.hashes = Some(hashes);
        self
    }

    /// The next entry, without a line feed.
    ///
    /// # Errors
    /// The first [`Fault`], as soon as it is certain.
    pub fn entry(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        if self.disputed.is_none() {
            self.read(bytes)?;
        }
        let leaf = Hash::of_leaf(bytes);
        self.frontier.append(leaf);
        self.leaves.push(leaf);
        self.compare_heads()
    }

    /// The end of the log.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn finish(self) -> Result<Verified, Fault> {
        if let Some((_, fault)) = self.disputed {
            return Err(fault);
        }
        let root = self.frontier.root();
        if let Some(head) = self.heads.beyond() {
            return Err(Fault::Short { entries: root.size, head });
        }
        if !self.leaves.is_empty() {
            return Err(Fault::Unsigned { from: root.size - self.leaves.len() as u64, until: root.size });
        }
        Ok(Verified { root, heads: self.heads.reached(), open_pulls: self.pulls.open() })
    }

    /// What an entry says, beside its hash.
    fn read(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let index = self.frontier.size();
        let entry = Entry::parse(bytes).map_err(|fault| Fault::Malformed { index, fault })?;
        let seq = entry.seq.get();
        if seq > index {
            return Err(Fault::Gap { index, found: seq });
        }
        if seq < index {
            return Err(Fault::Repeated { index, found: seq });
        }
        if entry.time < self.time {
            return Err(Fault::Backwards { index });
        }
        self.time = entry.time;
        self.begins(index, &entry.event)?;
        self.pulls.read(index, entry.event)
    }

    /// The first entry, and no other, begins the log; and it is this log.
    fn begins(&self, index: u64, event: &Event) -> Result<(), Fault> {
        match (index, event) {
            (0, Event::LogBegan { log }) if *log == self.log => Ok(()),
            (0, Event::LogBegan { .. }) => Err(Fault::OtherLog),
            (0, _) => Err(Fault::NoBeginning),
            (_, Event::LogBegan { .. }) => Err(Fault::BeganAgain { index }),
            _ => Ok(()),
        }
    }

    /// Looks at the heads of the size that is reached.
    fn compare_heads(&mut self) -> Result<(), Fault> {
        let root = self.frontier.root();
        while let Some(head) = self.heads.take(root.size) {
            if head.root == root {
                if let Some((disputed, _)) = self.disputed.take() {
                    return Err(Fault::HeadsDisagree { first: disputed.root.size, second: root.size });
                }
                self.leaves.clear();
            } else if self.disputed.is_none() {
                let fault = self.altered(&head.root);
                self.disputed = Some((head, fault));
            }
        }
        // Nothing after this can speak for the head that did not agree.
        match self.disputed.take_if(|_| self.heads.beyond().is_none()) {
            Some((_, fault)) => Err(fault),
            None => Ok(()),
        }
    }

    /// Entries behind the last head that agreed are not those that were signed: which?
    fn altered(&self, signed: &Root) -> Fault {
        let from = signed.size - (self.leaves.len() as u64).min(signed.size);
        let range = Fault::RootMismatch { from, until: signed.size };
        let Some(hashes) = self.hashes else { return range };
        if Frontier::load(signed.size, hashes).map(|frontier| frontier.root()) != Ok(*signed) {
            return range;
        }
        let kept = |index| hashes.hash(super::tree::Node { level: 0, index });
        let differs = |(index, leaf): &(u64, &Hash)| kept(*index).is_some_and(|kept| kept != **leaf);
        (from..).zip(&self.leaves).find(differs).map_or(range, |(index, _)| Fault::Altered { index })
    }
}
