//! The store: what must outlive the process, behind narrow ports.
//!
//! A port is a trait with only what its users need. `sqlite` and `postgres` are two ways to keep the same promises, and one
//! conformance suite (`tests/store`) holds both to them; `memory` keeps those of rejections and suspensions.
//!
//! What a store never holds: a field value, a key, a query string, a network address. The types here have no place for
//! one.

pub mod books;
pub mod error;
pub mod folder;
pub mod memory;
pub mod open;
pub mod postgres;
pub mod sqlite;
pub mod suspensions;

mod bounds;
mod folding;
mod queue;

use std::time::Duration;

pub use self::bounds::RejectionBounds;
pub use self::error::StoreError;

use crate::engine::ids::{ActorId, CampaignId, ContestId, ExportName, RequestId};
use crate::engine::reason::Reason;
use crate::engine::time::Timestamp;

/// One rejection, as the exchange tells it to the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectionRow {
    /// When it was decided. Kept to the millisecond.
    pub at: Timestamp,
    /// The exchange.
    pub request_id: RequestId,
    /// The contest, where it is one that is configured. Never one that only the asker named: an anonymous asker could
    /// otherwise choose what fills the book.
    pub contest: Option<ContestId>,
    /// The campaign; `None` when the asker was not identified, and then the row is folded (see [`RejectionBook`]).
    pub campaign: Option<CampaignId>,
    /// Who acted for the campaign, when the credential names one.
    pub actor: Option<ActorId>,
    /// The export that was asked for, where it is one that is configured.
    pub export: Option<ExportName>,
    /// The reason, as the operator reads it.
    pub reason: Reason,
    /// How many rejections this row stands for: at least one, and at most [`COUNT_MAX`]; taken to the nearer bound otherwise.
    pub count: u64,
}

/// The most rejections that one [`RejectionRow`] may stand for: sums of it cannot overflow the book's 64 bits.
pub const COUNT_MAX: u64 = u32::MAX as u64;

impl RejectionRow {
    /// The count within its bounds.
    fn counted(&self) -> u64 {
        self.count.clamp(1, COUNT_MAX)
    }

    /// The minute that a rejection of an unidentified asker is folded into, since 1970.
    fn minute(&self) -> i64 {
        self.at.as_millisecond() / MINUTE_MILLISECONDS
    }
}

const MINUTE_MILLISECONDS: i64 = 60_000;

/// Where rejections are written down, away from the request's path.
///
/// Every implementation keeps these promises:
/// - Rows stand in the order in which they were recorded, under sequence numbers that grow and are never used twice.
/// - Of one campaign in one contest at most [`RejectionBounds::per_campaign_max`] rows stay, and when rows
///   had to go, up to a sixteenth fewer. What goes first is the oldest row
///   of the reason that the campaign has most rows of, so that a campaign cannot push one telling rejection out of the
///   book by causing many of another kind.
/// - Rejections of unidentified askers (no campaign) are folded: one row for each minute, contest and reason, whose count
///   grows and which keeps the first request's identifier, and neither actor nor export. All of them together are bounded
///   like one campaign, so an anonymous flood cannot grow the book.
pub trait RejectionBook: Send + Sync {
    /// Hands the row over to be written. Never blocks and never fails the request; `false` when the row was not taken
    /// because too many wait to be written (or the book is closed), and then the caller counts it.
    #[must_use = "a rejection that was not taken has to be counted"]
    fn record(&self, row: RejectionRow) -> bool;

    /// Waits until everything that was recorded before is durably in the book, but for what has been given up and counted in
    /// [`unwritten`](Self::unwritten). Blocks, for an hour at the most: not for an async task.
    ///
    /// # Errors
    /// [`StoreError::NotWritten`] when that did not come to pass within `timeout`.
    fn flush(&self, timeout: Duration) -> Result<(), StoreError>;

    /// Rejections that were taken by [`record`](Self::record) and then given up because the disk refused them for too long.
    /// Grows only; zero as long as all is well.
    fn unwritten(&self) -> u64;
}

/// Reading the book of rejections.
pub trait RejectionReader: Send + Sync {
    /// The rows that the filter selects, in the order of their sequence numbers. Blocks while it reads.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the book cannot be read.
    fn query(&self, filter: &RejectionFilter) -> Result<Vec<StoredRejection>, StoreError>;

    /// What the book holds by contest, campaign and reason, in that order, over all rows that the filter selects; its `limit` is
    /// not looked at. Blocks while it reads.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the book cannot be read.
    fn summary(&self, filter: &RejectionFilter) -> Result<Vec<RejectionSum>, StoreError>;
}

/// Which rows to read. Each part that is given narrows the selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectionFilter {
    /// Of this contest.
    pub contest: Option<ContestId>,
    /// Of this campaign.
    pub campaign: Option<CampaignId>,
    /// For this reason.
    pub reason: Option<Reason>,
    /// At or after this time. A folded row has the time of the first rejection in it.
    pub since: Option<Timestamp>,
    /// Folded rows alone: those of unidentified askers, whose count may still grow.
    pub folded_only: bool,
    /// With a greater sequence number: what follows a row that was read before.
    pub after_sequence: Option<u64>,
    /// Rows at the most: the newest ones, but with `after_sequence` the ones that follow it first.
    pub limit: usize,
}

impl RejectionFilter {
    /// Everything, up to `limit` rows.
    #[must_use]
    pub const fn all(limit: usize) -> Self {
        Self { contest: None, campaign: None, reason: None, since: None, folded_only: false, after_sequence: None, limit }
    }
}

/// One row of the book, as it stands there.
///
/// Identifiers and codes are text: the book may be older or newer than the program that reads it, and a code that this
/// program does not know is evidence all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRejection {
    /// The row's number: grows with every row, never used twice. Gaps are rows that the bound removed.
    pub sequence: u64,
    /// When, to the millisecond; of a folded row the first time.
    pub at: Timestamp,
    /// The exchange; of a folded row the first.
    pub request_id: String,
    /// The contest.
    pub contest: Option<String>,
    /// The campaign; `None` in a folded row.
    pub campaign: Option<String>,
    /// Who acted for the campaign.
    pub actor: Option<String>,
    /// The export.
    pub export: Option<String>,
    /// The reason's code.
    pub reason: String,
    /// How many rejections the row stands for.
    pub count: u64,
}

/// How often one campaign was refused for one reason, as far as the book still holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectionSum {
    /// The contest.
    pub contest: Option<String>,
    /// The campaign.
    pub campaign: Option<String>,
    /// The reason's code.
    pub reason: String,
    /// Rows in the book.
    pub rows: u64,
    /// Rejections that the rows stand for.
    pub count: u64,
}
