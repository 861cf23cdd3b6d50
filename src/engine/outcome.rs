//! How an exchange ended. Every exchange ends exactly once, with one of these.

use super::reason::Reason;

/// The one ending of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Everything that the plan allows has left.
    Served,
    /// Nothing has left; the asker got a problem document.
    Refused(Reason),
    /// The head had left when the exchange had to end; the stream was broken off visibly.
    Truncated(Reason),
    /// The asker went away before the end.
    Abandoned,
}

impl Outcome {
    /// The stable name, without the reason.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Refused(_) => "refused",
            Self::Truncated(_) => "truncated",
            Self::Abandoned => "abandoned",
        }
    }

    /// The reason, where there is one.
    #[must_use]
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Refused(reason) | Self::Truncated(reason) => Some(reason),
            Self::Served | Self::Abandoned => None,
        }
    }
}
