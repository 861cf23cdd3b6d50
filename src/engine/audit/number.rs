//! Whole numbers that every reader of JSON reads alike.
//!
//! Never a fraction, never negative, and never so large that a program that keeps numbers as binary64 would round it.

use serde::{Deserialize, Serialize};

use crate::engine::time::Timestamp;

/// The largest number in the log: 2^53 - 1, up to which binary64 is exact (RFC 7493, section 2.2).
pub const WHOLE_MAX: u64 = (1 << 53) - 1;

/// A whole number from 0 to [`WHOLE_MAX`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Whole(u64);

impl Whole {
    /// The number, or [`WHOLE_MAX`] where it is larger.
    #[must_use]
    pub const fn saturating(number: u64) -> Self {
        Self(if number > WHOLE_MAX { WHOLE_MAX } else { number })
    }

    /// Unix time in milliseconds, rounded down; 0 for any time before 1970.
    #[must_use]
    pub fn unix_milliseconds(time: Timestamp) -> Self {
        Self::saturating(u64::try_from(time.as_millisecond()).unwrap_or(0))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The sum, or [`WHOLE_MAX`] where it is larger.
    #[must_use]
    pub const fn plus(self, more: u64) -> Self {
        Self::saturating(self.0.saturating_add(more))
    }
}

impl TryFrom<u64> for Whole {
    type Error = &'static str;

    fn try_from(number: u64) -> Result<Self, Self::Error> {
        if number > WHOLE_MAX { Err("is larger than every reader of JSON can read") } else { Ok(Self(number)) }
    }
}

impl From<Whole> for u64 {
    fn from(whole: Whole) -> Self {
        whole.0
    }
}

impl std::fmt::Display for Whole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
