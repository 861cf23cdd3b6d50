//! The books: what left for whom, what of the quotas is spent, and the audit log; exact, durable, and the same for every replica.
//!
//! [`desk`] says once what each entry into the books means, over the narrow [`tables`] that a database offers; so SQLite and
//! PostgreSQL cannot differ in it. [`writer`] is the one thread of a process that writes: everything that waits becomes one
//! transaction, and nobody is answered before it is durable. What a database refuses for good stops the books: then nothing
//! more leaves the house.
//!
//! Never holds a value of a member, nor an identifier in clear: members are digests under the contest's key.

pub mod desk;
pub mod dictionary;
pub mod heads;
mod inbox;
pub mod refusals;
pub mod register;
pub mod row;
pub mod runs;
pub mod scan;
pub mod sets;
pub mod sweep;
pub mod tables;
pub mod writer;

use std::sync::Arc;

use crate::engine::audit::event::{Ending, Event, Pull};
use crate::engine::ids::{CampaignId, ContestId, RequestId};
use crate::engine::member::{MemberDigest, Withheld};
use crate::engine::policy::objection::Objection;
use crate::engine::quota::{Allowance, Left};
use crate::engine::time::Timestamp;

/// Members of one contest at the most: their positions are 32 bits wide, and a process holds 24 bytes for each.
pub const MEMBERS_MAX: u32 = 1 << 26;

/// A campaign of a contest.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Side {
    /// The contest.
    pub contest: ContestId,
    /// The campaign.
    pub campaign: CampaignId,
}

/// Names an open pull in the books: the number of the entry that opened it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PullNumber(pub u64);

/// A pull that is about to ask the source.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The pull.
    pub pull: Pull,
    /// When.
    pub at: Timestamp,
    /// The fields that its plan lets leave, by their paths; [`Release::lacking`] counts in this list.
    pub fields: Vec<String>,
    /// The quotas.
    pub allowance: Allowance,
    /// Whether records may come of it: then an exhausted quota refuses it.
    pub records: bool,
    /// Who is expected, to be granted ahead with the opening.
    pub expected: Option<Expected>,
}

/// Members who are expected, because they came when the same was asked before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// The position of the first of them in the dictionary. The others follow it.
    pub first: u32,
    /// How many, and bytes of all of their records.
    pub amount: Amount,
}

/// A pull on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its number.
    pub number: PullNumber,
    /// What was granted ahead of it.
    pub ahead: Ahead,
    /// What the campaign has left.
    pub left: Left,
}

/// Which quota is exhausted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exhausted {
    /// Records in this period.
    Records,
    /// Distinct members over the whole contest.
    Members,
}

/// Records that are about to leave, in their order; and what is to be granted ahead of those that follow, or taken back.
#[derive(Debug, Clone, Default)]
pub struct Release {
    /// The member of each.
    pub members: Vec<MemberDigest>,
    /// Fields that a record did not have: the field's position in [`Opening::fields`], and the record's in `members`.
    pub lacking: Vec<(u16, u32)>,
    /// Bytes of all of them.
    pub bytes: u64,
    /// Records that were granted before and, after `lapsed`, are not known to have left: so many may be given back at the end.
    pub held: u64,
    /// The last of what was granted ahead, which will not be used.
    pub lapsed: Amount,
    /// The most to grant ahead; nothing while it cannot be foretold who follows.
    pub ahead: Amount,
    /// Fields that records lacked which left under what was granted ahead: the field's position, and the member's in the dictionary.
    pub lacked: Vec<(u16, u32)>,
}

/// Records, and bytes of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// Records.
    pub records: u64,
    /// Bytes.
    pub bytes: u64,
}

/// What may leave of a [`Release`], and ahead of what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// So many records, the first ones.
    pub records: usize,
    /// The position of the first of them in the dictionary, where the others follow it there.
    pub first: Option<u32>,
    /// Why not more, where it is not all.
    pub exhausted: Option<Exhausted>,
    /// What was granted ahead.
    pub ahead: Ahead,
    /// What the campaign has left.
    pub left: Left,
}

/// What was granted before anybody knew whether it follows: it is in the register and taken from the quotas, so that records of
/// these members may leave at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ahead {
    /// Of whom a record may leave, once each and in this order.
    pub members: Arc<[MemberDigest]>,
    /// The position of the first of them in the dictionary; the others follow it.
    pub first: u32,
    /// Bytes of all of those records.
    pub bytes: u64,
}

/// The end of a pull.
#[derive(Debug, Clone)]
pub struct Closing {
    /// How it ended.
    pub ending: Ending,
    /// When.
    pub at: Timestamp,
    /// Records that left, the first of those that were granted. The others are given back.
    pub records: u64,
    /// Bytes of the body that left.
    pub bytes: u64,
}

/// An objection, or its end, as it is put into the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectionRow {
    /// When. Kept to the millisecond.
    pub at: Timestamp,
    /// The contest.
    pub contest: ContestId,
    /// The campaign, where it is about one alone.
    pub campaign: Option<CampaignId>,
    /// The member.
    pub member: MemberDigest,
    /// What stays behind.
    pub withheld: Withheld,
    /// Whether it is withdrawn.
    pub withdrawn: bool,
}

/// One row of the book of objections, as it stands there. What holds is the newest row of each contest, campaign, member and
/// `withheld`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObjection {
    /// The row's number: grows with every row, never used twice.
    pub sequence: u64,
    /// What it says.
    pub row: ObjectionRow,
}

/// Why the books could not be written. Nothing of what was asked has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BooksError {
    /// The database refused, or does not answer in time. The log says why.
    #[error("the books cannot be written; see the log")]
    Unwritten,
    /// The pull is not open any more: another replica has closed it, because it took this one for dead.
    #[error("the pull has been closed")]
    Closed,
}

/// What is asked of the books. Each is one step of a transaction.
#[derive(Debug, Clone)]
pub enum Step {
    /// A pull begins.
    Open(Box<Opening>),
    /// Records are about to leave.
    Release(PullNumber, Box<Release>, Allowance),
    /// A pull ends.
    Close(PullNumber, Box<Closing>),
    /// Something else happened.
    Note(Box<Event>, Timestamp),
    /// Objections are raised or withdrawn.
    Object(Vec<ObjectionRow>),
}

/// What the books answer to a [`Step`] that has become durable.
#[derive(Debug, Clone)]
pub enum Answer {
    /// To an opening.
    Opened(Opened),
    /// To an opening: nothing is left, and nothing was opened.
    Exhausted(Exhausted, Left),
    /// To a release.
    Granted(Granted),
    /// To anything else.
    Done,
    /// The pull is not open.
    NotOpen,
}

/// A pull, as the books hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPull {
    /// Its number.
    pub number: PullNumber,
    /// What was asked, by whom.
    pub pull: Pull,
    /// When it was opened, to the millisecond.
    pub opened: Timestamp,
    /// The fields that its plan let leave.
    pub fields: Vec<String>,
    /// Records that left or, while it is open, may have left.
    pub records: u64,
    /// Bytes likewise.
    pub bytes: u64,
    /// Its end, when it has one.
    pub end: Option<StoredEnd>,
}

/// The end of a pull, as the books hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredEnd {
    /// The number of the entry that closed it.
    pub entry: u64,
    /// When, to the millisecond.
    pub at: Timestamp,
    /// How.
    pub ending: Ending,
}

/// Which pulls to read. Each part that is given narrows the selection.
#[derive(Debug, Clone, Default)]
pub struct PullFilter {
    /// Of this contest.
    pub contest: Option<ContestId>,
    /// Of this campaign.
    pub campaign: Option<CampaignId>,
    /// Of this exchange.
    pub request: Option<RequestId>,
    /// That are open, and were opened by a process that is gone.
    pub orphaned: bool,
}

impl From<ObjectionRow> for Objection {
    fn from(row: ObjectionRow) -> Self {
        let ObjectionRow { contest, campaign, member, withheld, withdrawn, .. } = row;
        Self { contest, campaign, member, withheld, withdrawn }
    }
}
