//! What a database has to offer for the books to be kept in it: rows in, rows out, inside one transaction.
//!
//! Decides nothing: what rows mean is the business of [`desk`](super::desk). Every implementation gives one transaction at a time
//! the tables, also where several processes share them, and makes all of its rows durable or none.

use super::{ObjectionRow, PullFilter, PullNumber, Side, StoredEnd, StoredObjection, StoredPull};
use crate::engine::audit::hash::Hash;
use crate::engine::audit::number::Whole;
use crate::engine::audit::tree::{Frontier, Node};
use crate::engine::ids::{CampaignId, ContestId};
use crate::engine::quota::Spent;
use crate::store::StoreError;

/// Where the log ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEnd {
    /// The edge of its tree.
    pub frontier: Frontier,
    /// The time of its last entry.
    pub time: Whole,
}

/// One entry as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its number.
    pub seq: u64,
    /// Its one spelling.
    pub bytes: Vec<u8>,
    /// The hash of that, as it was when it was written.
    pub leaf: Hash,
}

/// A set of members, kept in chunks of [`CHUNK_MEMBERS`](super::sets::CHUNK_MEMBERS) by their position in the contest's dictionary.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SetKey {
    /// Everyone whom a campaign was ever given.
    Campaign(Side),
    /// Everyone in a pull.
    Pull(PullNumber),
    /// Those of a pull whose record left without the field at this position of its fields.
    Lacking(PullNumber, u16),
}

/// Reading the books.
pub trait Reading {
    /// Where the log ends; `None` while none has begun.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read; so for every function here.
    fn log_end(&mut self) -> Result<Option<LogEnd>, StoreError>;
    /// Entries from this number on, in order, at most `limit`.
    fn entries(&mut self, from: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError>;
    /// The hash of a whole subtree at a level that is a multiple of eight.
    fn hash(&mut self, node: Node) -> Result<Option<Hash>, StoreError>;
    /// The signed heads, by size, from this size on, at most `limit`.
    fn heads(&mut self, from: u64, limit: usize) -> Result<Vec<(u64, String)>, StoreError>;
    /// The signed head of the greatest size.
    fn newest_head(&mut self) -> Result<Option<(u64, String)>, StoreError>;
    /// The pulls that a filter selects, in the order of their numbers.
    fn pulls(&mut self, filter: &PullFilter) -> Result<Vec<StoredPull>, StoreError>;
    /// One pull.
    fn pull(&mut self, number: PullNumber) -> Result<Option<StoredPull>, StoreError>;
    /// Records that a pull was granted, while it is open.
    fn granted(&mut self, number: PullNumber) -> Result<Option<u64>, StoreError>;
    /// What a campaign has been given.
    fn spent(&mut self, side: &Side) -> Result<Spent, StoreError>;
    /// The contest's dictionary from this position on, in order: where each segment begins, and its digests one behind the other.
    fn members(&mut self, contest: &ContestId, from: u32) -> Result<Vec<(u32, Vec<u8>)>, StoreError>;
    /// One chunk of a set, as [`Chunk`](super::sets::Chunk) spells it.
    fn set(&mut self, key: &SetKey, chunk: u16) -> Result<Option<Vec<u8>>, StoreError>;
    /// One chunk of the set of every pull of a contest, or of one campaign of it.
    fn pull_sets(
        &mut self,
        contest: &ContestId,
        campaign: Option<&CampaignId>,
        chunk: u16,
    ) -> Result<Vec<(PullNumber, Vec<u8>)>, StoreError>;
    /// Rows of the book of objections behind this number, in order.
    fn objections(&mut self, after: u64) -> Result<Vec<StoredObjection>, StoreError>;
}

/// Writing the books.
pub trait Tables: Reading {
    /// States where the log ends.
    ///
    /// # Errors
    /// [`StoreError`] when the database refuses; so for every function here.
    fn set_log_end(&mut self, end: &LogEnd) -> Result<(), StoreError>;
    /// Adds an entry.
    fn add_entry(&mut self, entry: &StoredEntry) -> Result<(), StoreError>;
    /// Adds the hash of a whole subtree at a level that is a multiple of eight, and not 0.
    fn add_hash(&mut self, node: Node, hash: Hash) -> Result<(), StoreError>;
    /// Adds a signed head. One of a size that has one stays as it is.
    fn add_head(&mut self, size: u64, head: &str) -> Result<(), StoreError>;
    /// Adds a pull that is open, of this process.
    fn add_pull(&mut self, pull: &StoredPull) -> Result<(), StoreError>;
    /// Adds to what may have left in a pull, or takes from it; `false` when it is not open.
    fn advance_pull(&mut self, number: PullNumber, records: i64, bytes: i64) -> Result<bool, StoreError>;
    /// Ends a pull.
    fn end_pull(&mut self, number: PullNumber, records: u64, bytes: u64, end: &StoredEnd) -> Result<(), StoreError>;
    /// States what a campaign has been given.
    fn set_spent(&mut self, side: &Side, spent: &Spent) -> Result<(), StoreError>;
    /// Adds a segment to the contest's dictionary.
    fn add_members(&mut self, contest: &ContestId, first: u32, digests: &[u8]) -> Result<(), StoreError>;
    /// Writes one chunk of a set; removes it where there are no bytes.
    fn put_set(&mut self, key: &SetKey, chunk: u16, bytes: &[u8]) -> Result<(), StoreError>;
    /// Adds a row to the book of objections.
    fn add_objection(&mut self, row: &ObjectionRow) -> Result<(), StoreError>;
}

/// The books, open for reading by anybody.
pub trait ReadBooks: Send + Sync {
    /// Reads in one snapshot: what is committed meanwhile is not seen. Blocks.
    ///
    /// # Errors
    /// What the work says, or the database.
    fn reading(&self, work: &mut dyn FnMut(&mut dyn Reading) -> Result<(), StoreError>) -> Result<(), StoreError>;
}

impl dyn ReadBooks + '_ {
    /// Reads something in one snapshot.
    ///
    /// # Errors
    /// What the work says, or the database.
    pub fn read<T>(&self, work: impl FnOnce(&mut dyn Reading) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let (mut work, mut found) = (Some(work), None);
        self.reading(&mut |reading| {
            found = work.take().map(|work| work(reading)).transpose()?;
            Ok(())
        })?;
        found.ok_or(StoreError::LogNotBegun)
    }
}

/// A database that the books are kept in.
pub trait Backend: Send {
    /// Does some work in one transaction, durable when this returns. Blocks. The work may be done more than once where the database
    /// gave up before the end; only the last time counts.
    ///
    /// # Errors
    /// What the work says, or the database. Then nothing of it has happened; where that cannot be known, the error is
    /// [lasting](StoreError::is_lasting).
    fn transact(&mut self, work: &mut dyn FnMut(&mut dyn Tables) -> Result<(), StoreError>) -> Result<(), StoreError>;

    /// Whether other processes write the same tables, and may end without a word.
    fn is_shared(&self) -> bool {
        false
    }
}
