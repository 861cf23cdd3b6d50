//! A refusal: the reason, and a hint for the one who asked.
//!
//! The hint may name what the asker sent, so it goes into the answer and nowhere else: the type neither
//! prints nor stores it. Books, logs and metrics get the reason alone.

use super::reason::Reason;
use super::time::Timestamp;

/// A refusal by one stage.
#[derive(Clone, PartialEq, Eq)]
pub struct Rejection {
    reason: Reason,
    hint: Hint,
}

/// What helps the asker beyond the reason's own sentence. For the asker's eyes only.
#[derive(Clone, PartialEq, Eq)]
pub enum Hint {
    /// The reason says it all.
    None,
    /// The window opens at this time.
    OpensAt(Timestamp),
    /// The window closed at this time.
    ClosedAt(Timestamp),
    /// Trying again helps after this many seconds.
    RetryAfter(u64),
    /// What the export is read with, as `Allow` (RFC 9110 section 10.2.1) lists it.
    Methods(&'static str),
    /// A sentence of our own that names the parameter at fault and what would be accepted.
    Sentence(String),
}

impl Rejection {
    /// A refusal that its reason explains fully.
    #[must_use]
    pub const fn new(reason: Reason) -> Self {
        Self { reason, hint: Hint::None }
    }

    /// A refusal with a hint for the asker.
    #[must_use]
    pub const fn with_hint(reason: Reason, hint: Hint) -> Self {
        Self { reason, hint }
    }

    /// The reason, as the operator reads it.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// The hint, for the answer alone. A reason that sounds coarser than it is must be given the hint of the
    /// reason that it sounds like, or the hint would tell them apart.
    #[must_use]
    pub const fn hint(&self) -> &Hint {
        &self.hint
    }
}

impl From<Reason> for Rejection {
    fn from(reason: Reason) -> Self {
        Self::new(reason)
    }
}

impl std::fmt::Debug for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rejection({})", self.reason)
    }
}
