//! One entry of the log: what happened, when, and as the how-manieth; and its one spelling.
//!
//! The spelling is JSON on one line, members in one order, whole numbers alone, no white space: a person can read it, and a
//! scrutineer's `jq` as well. It is what is hashed, so nothing is ever read that would be written in another way.

use super::event::Event;
use super::number::Whole;
use super::spelling::Spelled;

/// Longest spelling of an entry, in bytes. A test writes the longest that there is; C2SP `tlog-tiles` allows 65,535.
pub const ENTRY_BYTES_MAX: usize = 4096;

/// Why bytes are not an entry. Never holds any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryFault {
    /// Longer than [`ENTRY_BYTES_MAX`].
    #[error("is longer than {ENTRY_BYTES_MAX} bytes")]
    TooLong,
    /// Not a JSON object with members that entries have.
    #[error("is not a JSON object with an entry's members")]
    Form,
    /// A member that this event needs is missing, or its text is no identifier or code of its kind.
    #[error("has a member that is missing or not of its kind")]
    Content,
    /// It says what an entry could say, in other letters than ours.
    #[error("is not in the one spelling of what it says")]
    Spelling,
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// How many entries stand before it: its index in the tree.
    pub seq: Whole,
    /// Unix time in milliseconds; never earlier than the entry before it.
    pub time: Whole,
    /// What happened.
    pub event: Event,
}

impl Entry {
    /// The one spelling, without a line feed.
    ///
    /// RFC 8785 but for the order of members, which is that of reading: number, time, event, who, what.
    #[must_use]
    pub fn spell(&self) -> Vec<u8> {
        Spelled::of(self).to_bytes()
    }

    /// The entry whose one spelling this is.
    ///
    /// # Errors
    /// [`EntryFault`] for anything that [`spell`](Self::spell) would not write.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryFault> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(EntryFault::TooLong);
        }
        let spelled: Spelled = serde_json::from_slice(bytes).map_err(|_| EntryFault::Form)?;
        let entry = spelled.entry().ok_or(EntryFault::Content)?;
        // Whatever was read loosely (white space, order, escapes, a member of another event) would not be written so.
        if entry.spell() == bytes { Ok(entry) } else { Err(EntryFault::Spelling) }
    }
}
