//! What a campaign may use of the proxy: the declared limits, as values.
//!
//! The arithmetic of pace is governor's, in `proxy::limit`; this module only says what was promised.

use std::num::NonZeroU32;
use std::time::Duration;

/// The limits of one campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How fast, in the moment.
    pub rate: Rate,
    /// How many answers may be in transfer at once.
    pub concurrent: NonZeroU32,
}

/// How fast a campaign may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Pulls that may start in each `per`.
    pub pulls: NonZeroU32,
    /// Requests of any kind in each `per`.
    pub requests: NonZeroU32,
    /// The period, at least a second and at most a day.
    pub per: Duration,
    /// Pulls that may start at once before the pace applies.
    pub burst: NonZeroU32,
}
