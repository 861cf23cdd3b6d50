//! Everything that can be wrong with an exported log. Names places, never contents.

use crate::engine::audit::checkpoint::HeadFault;
use crate::engine::audit::entry::EntryFault;

/// The first thing that is wrong. Indices count entries from 0; sizes count entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No head was given, so nothing vouches for any entry.
    #[error("there is no signed head, so nothing vouches for the entries")]
    NoHead,
    /// One of the heads, counted from 0 as they were given, is not a head of this log that its key signed.
    #[error("head {position}: {fault}")]
    Head {
        /// Which of those given.
        position: usize,
        /// What is wrong with it.
        fault: HeadFault,
    },
    /// Two signed heads cannot both be of one log: whoever holds the key has signed two stories. The entries agree with the second
    /// where the sizes differ.
    #[error("the signed heads of sizes {first} and {second} cannot be of one log: two histories were signed")]
    HeadsDisagree {
        /// Size of the one.
        first: u64,
        /// Size of the other.
        second: u64,
    },
    /// Not an entry.
    #[error("entry {index} {fault}")]
    Malformed {
        /// Where.
        index: u64,
        /// What is wrong with it.
        fault: EntryFault,
    },
    /// A later entry stands where another one should: entries are missing, or were moved.
    #[error("entry {index} is missing; entry {found} stands in its place")]
    Gap {
        /// Where.
        index: u64,
        /// The number of the entry that stands there.
        found: u64,
    },
    /// An earlier entry stands where another one should: it was put in twice, or another was put in before.
    #[error("entry {found} stands once more, in the place of entry {index}")]
    Repeated {
        /// Where.
        index: u64,
        /// The number of the entry that stands there.
        found: u64,
    },
    /// Earlier than the entry before it.
    #[error("entry {index} is earlier than the one before it")]
    Backwards {
        /// Where.
        index: u64,
    },
    /// The first entry does not begin a log.
    #[error("the first entry does not begin a log")]
    NoBeginning,
    /// The first entry begins another log.
    #[error("the first entry begins another log")]
    OtherLog,
    /// A log begins inside this one.
    #[error("entry {index} begins a log inside this one")]
    BeganAgain {
        /// Where.
        index: u64,
    },
    /// A request that an earlier entry has opened or refused already.
    #[error("entry {index} is about a request that entry {first} has opened or refused already")]
    RequestTwice {
        /// Where.
        index: u64,
        /// The earlier entry.
        first: u64,
    },
    /// A pull ends that never began.
    #[error("entry {index} closes a pull that was never opened")]
    NeverOpened {
        /// Where.
        index: u64,
    },
    /// A pull ends twice.
    #[error("entry {index} closes once more the pull that entry {first} opened")]
    ClosedTwice {
        /// Where.
        index: u64,
        /// The entry that opened it.
        first: u64,
    },
    /// A pull ends as another one than it began: of another campaign, export or actor.
    #[error("entry {index} closes the pull that entry {first} opened as that of somebody else, or of something else")]
    ClosedAsAnother {
        /// Where.
        index: u64,
        /// The entry that opened it.
        first: u64,
    },
    /// This entry is not the one that was signed; the export's own hashes, which the signed head confirms, say so.
    #[error("entry {index} is not the one that was signed")]
    Altered {
        /// Where.
        index: u64,
    },
    /// Some of these entries are not those that were signed. The head before them agrees.
    #[error("among the entries from {from} up to, not with, {until} are some that were not signed so")]
    RootMismatch {
        /// The size of the last head that agrees, or 0.
        from: u64,
        /// The size of the head that does not.
        until: u64,
    },
    /// A signed head is of more entries than there are: the end was cut off, or the log is an old copy.
    #[error("there are {entries} entries, but a head was signed over {head}: the end was cut off, or this is an old copy")]
    Short {
        /// Entries that there are.
        entries: u64,
        /// The largest size that was signed.
        head: u64,
    },
    /// Nothing vouches for the last entries. Sign a head before exporting.
    #[error("no head vouches for the entries from {from} up to, not with, {until}")]
    Unsigned {
        /// The size of the largest head.
        from: u64,
        /// Entries that there are.
        until: u64,
    },
}
