//! The port of suspensions: what a command puts in force, what a proxy looks at, and the history that stays.
//!
//! A row is never changed and never deleted: what is in force follows from the newest row of each scope. The operator's words
//! (who, why) stand here and in what a command prints, and nowhere else; a proxy is given scopes alone.

use std::fmt;

use super::StoreError;
use crate::engine::audit::event::{self as audit, Event};
use crate::engine::policy::suspension::Scope;
use crate::engine::time::Timestamp;

/// Longest name of who suspends or resumes, in bytes.
pub const BY_BYTES_MAX: usize = 128;
/// Longest reason of a suspension or resumption, in bytes.
pub const WHY_BYTES_MAX: usize = 1000;

/// Who suspends or resumes.
pub type By = Line<BY_BYTES_MAX>;
/// Why.
pub type Why = Line<WHY_BYTES_MAX>;

/// One line of an operator's own words: one to `MAX` bytes, without control characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Line<const MAX: usize>(Box<str>);

/// Why a text is not such a line. Never holds the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Nothing but blanks.
    #[error("must not be empty")]
    Empty,
    /// Longer than the bound.
    #[error("must be at most {0} bytes long")]
    TooLong(usize),
    /// More than one line, or a character that steers a terminal.
    #[error("must be one line, without control characters")]
    Control,
}

impl<const MAX: usize> Line<MAX> {
    /// Parses the text, without blanks around it, or says what is wrong with it.
    ///
    /// # Errors
    /// [`LineError`] when nothing is left, or too much, or there is a control character.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        let text = text.trim();
        match text {
            "" => Err(LineError::Empty),
            _ if text.len() > MAX => Err(LineError::TooLong(MAX)),
            _ if text.chars().any(char::is_control) => Err(LineError::Control),
            _ => Ok(Self(text.into())),
        }
    }

    /// The line as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Says nothing of the words: they are not for logs.
impl<const MAX: usize> fmt::Debug for Line<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({} bytes)", self.0.len())
    }
}

/// What is done to a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It is stopped.
    Suspended,
    /// It may go on, as far as this scope is concerned.
    Resumed,
}

impl Act {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Suspended, Self::Resumed];

    /// The stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Suspended => "suspended",
            Self::Resumed => "resumed",
        }
    }
}

/// One suspension or resumption, as a command tells it to the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspensionRow {
    /// When. Kept to the millisecond; for people: the order of rows is that in which they were written.
    pub at: Timestamp,
    /// How much it covers.
    pub scope: Scope,
    /// What is done.
    pub act: Act,
    /// Who does it.
    pub by: By,
    /// Why.
    pub why: Why,
}

impl SuspensionRow {
    /// The entry of the audit log. The operator's words stay in the book.
    pub(super) fn event(&self) -> Event {
        let scope = match &self.scope {
            Scope::Everything => audit::Scope::Everything,
            Scope::Contest(contest) => audit::Scope::Contest(contest.clone()),
            Scope::Campaign(contest, campaign) => audit::Scope::Campaign(contest.clone(), campaign.clone()),
        };
        let stop = audit::Stop { scope, through: audit::Through::Command, why: audit::Why::Unstated };
        match self.act {
            Act::Suspended => Event::Suspended(stop),
            Act::Resumed => Event::Resumed(stop),
        }
    }
}

/// What a row has brought about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The scope was not suspended and is now, or the other way round.
    Changed,
    /// The scope was suspended before as well: who and why are on record, and one resumption lifts it.
    Repeated,
    /// There was nothing to resume, and nothing was written.
    Nothing,
}

impl Effect {
    /// What a row of this sort does to a scope that is suspended or not.
    pub(super) const fn of(act: Act, suspended: bool) -> Self {
        match (act, suspended) {
            (Act::Suspended, false) | (Act::Resumed, true) => Self::Changed,
            (Act::Suspended, true) => Self::Repeated,
            (Act::Resumed, false) => Self::Nothing,
        }
    }
}

/// One row of the book, as it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSuspension {
    /// The row's number: grows with every row, never used twice.
    pub sequence: u64,
    /// When, to the millisecond.
    pub at: Timestamp,
    /// How much it covers.
    pub scope: Scope,
    /// What was done.
    pub act: Act,
    /// Who did it.
    pub by: String,
    /// Why.
    pub why: String,
}

/// Where suspensions and resumptions are written down.
pub trait SuspensionBook: Send + Sync {
    /// Writes the row down, durably when this returns; or not at all, where there is nothing to resume. What was in force and the
    /// row are one step: of two that resume at once, one finds nothing. Where an audit log has begun, its entry is part of that step.
    /// Blocks, for some seconds when others are writing.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the book cannot be written; then nothing has changed.
    fn put(&self, row: &SuspensionRow) -> Result<Effect, StoreError>;
}

/// Reading the book of suspensions.
pub trait SuspensionReader: Send + Sync {
    /// The newest row of each scope that is suspended, in the order of their sequence numbers. Blocks while it reads.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the book cannot be read.
    fn in_force(&self) -> Result<Vec<StoredSuspension>, StoreError>;

    /// The newest `limit` rows, in the order of their sequence numbers. Blocks while it reads.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the book cannot be read.
    fn history(&self, limit: usize) -> Result<Vec<StoredSuspension>, StoreError>;
}

/// Looking again and again at what is in force.
pub trait SuspensionWatch: Send {
    /// The scopes that are suspended, in no particular order; `None` when nothing can have changed since the last look that
    /// succeeded. Cheap then. Blocks while it reads.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the book cannot be read, [`StoreError::Replaced`] when its file is no longer where it was:
    /// what was in force may not be any more, and who looks has to keep to it.
    fn look(&mut self) -> Result<Option<Vec<Scope>>, StoreError>;
}
