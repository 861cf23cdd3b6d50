//! Admit: may this campaign be given this export now? Asks the engine, and adds nothing of its own.

use std::net::IpAddr;

use super::route::Routed;
use crate::engine::policy::decide::{Facts, decide};
use crate::engine::policy::suspension::Stops;
use crate::engine::rejection::Rejection;
use crate::engine::time::Timestamp;

/// Proof that the engine has said yes.
#[derive(Debug)]
pub struct Admitted {
    routed: Routed,
    peer: IpAddr,
    at: Timestamp,
}

impl Admitted {
    /// What was admitted.
    #[must_use]
    pub fn routed(&self) -> &Routed {
        &self.routed
    }

    /// Where the request came from.
    #[must_use]
    pub fn peer(&self) -> IpAddr {
        self.peer
    }

    /// The time at which it was admitted.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

/// Admits a request under the stops in force, or refuses.
///
/// # Errors
/// The rejection of the first rule that does not hold.
pub fn admit(routed: Routed, peer: IpAddr, stops: &Stops, now: Timestamp) -> Result<Admitted, Rejection> {
    let (contest, campaign) = (routed.contest(), routed.campaign());
    let stop = stops.over(&contest.id, &campaign.id);
    let facts = Facts { contest, campaign, export: routed.export(), peer: Some(peer), stop };
    decide(&facts, now).verdict()?;
    Ok(Admitted { routed, peer, at: now })
}
