//! The writing end of the log: gives each event its number and time, and says what is to be kept.
//!
//! Keeps nothing itself. Whoever appends works on a clone and takes it for the new state only after the store has made
//! everything durable, so that a failed write leaves no gap.

use super::entry::Entry;
use super::event::Event;
use super::hash::Hash;
use super::key::KeyName;
use super::number::Whole;
use super::tree::{Frontier, Node, Root};

/// Where the log ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    frontier: Frontier,
    time: Whole,
}

/// One entry and everything that the store keeps of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The entry, with its number and time.
    pub entry: Entry,
    /// Its one spelling.
    pub bytes: Vec<u8>,
    /// Every subtree that is whole with it, the entry's own first. Of these a store of tiles keeps each eighth level.
    pub whole: Vec<(Node, Hash)>,
}

impl Journal {
    /// A new log and its first entry, at this Unix time in milliseconds.
    #[must_use]
    pub fn begin(log: KeyName, now: Whole) -> (Self, Appended) {
        let mut journal = Self { frontier: Frontier::default(), time: now };
        let first = journal.append(Event::LogBegan { log }, now);
        (journal, first)
    }

    /// A log that goes on behind the entry of this time.
    #[must_use]
    pub const fn resume(frontier: Frontier, time: Whole) -> Self {
        Self { frontier, time }
    }

    /// Appends an event. A clock that was set back does not take the log with it: the entry gets the last entry's time.
    pub fn append(&mut self, event: Event, now: Whole) -> Appended {
        self.time = self.time.max(now);
        let entry = Entry { seq: Whole::saturating(self.frontier.size()), time: self.time, event };
        let bytes = entry.spell();
        let whole = self.frontier.append(Hash::of_leaf(&bytes));
        Appended { entry, bytes, whole }
    }

    /// The tree's edge and the last entry's time: what has to be kept so that the log can go on.
    #[must_use]
    pub const fn end(&self) -> (&Frontier, Whole) {
        (&self.frontier, self.time)
    }

    /// Entries so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// What the next head says.
    #[must_use]
    pub fn root(&self) -> Root {
        self.frontier.root()
    }
}
