//! Limit: whether it may be given at this pace. Rates and concurrency, in memory, one set for each campaign.
//!
//! Never a promise about totals: those are quotas, and belong in the store. The arithmetic of pace is governor's (the
//! generic cell rate algorithm).

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::admit::Admitted;
use crate::engine::ids::{CampaignId, ContestId};
use crate::engine::policy::Ruleset;
use crate::engine::quota::Limits;
use crate::engine::reason::Reason;
use crate::engine::rejection::{Hint, Rejection};

type Bucket = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// Proof that a request may go on now. Holds the campaign's place until it is dropped.
#[derive(Debug)]
pub struct Limited {
    admitted: Admitted,
    place: OwnedSemaphorePermit,
    pace: Pace,
}

impl Limited {
    /// What was admitted.
    #[must_use]
    pub fn admitted(&self) -> &Admitted {
        &self.admitted
    }

    /// What the campaign has left, for the answer's headers.
    #[must_use]
    pub fn pace(&self) -> Pace {
        self.pace
    }

    pub(super) fn into_parts(self) -> (Admitted, OwnedSemaphorePermit, Pace) {
        (self.admitted, self.place, self.pace)
    }
}

/// What a campaign has left in the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The declared limits.
    pub limits: Limits,
    /// Requests that would pass at once.
    pub requests_left: u32,
    /// Pulls that could start at once; `None` when this request started none.
    pub pulls_left: Option<u32>,
}

/// The limiters of one campaign.
#[derive(Debug)]
struct Limiter {
    limits: Limits,
    pulls: Bucket,
    requests: Bucket,
    places: Arc<Semaphore>,
}

/// The limiters of every campaign of one configuration.
#[derive(Debug, Default)]
pub struct Limiters {
    campaigns: HashMap<(ContestId, CampaignId), Arc<Limiter>>,
}

impl Limiters {
    /// The limiters for a ruleset. A campaign whose limits did not change keeps its state: a reload gives nothing back.
    #[must_use]
    pub fn of(ruleset: &Ruleset, before: Option<&Self>) -> Self {
        let mut campaigns = HashMap::new();
        for contest in &ruleset.contests {
            for campaign in &contest.campaigns {
                let key = (contest.id.clone(), campaign.id.clone());
                let kept =
                    before.and_then(|before| before.campaigns.get(&key)).filter(|limiter| limiter.limits == campaign.limits);
                let limiter = kept.map_or_else(|| Arc::new(Limiter::new(campaign.limits)), Arc::clone);
                campaigns.insert(key, limiter);
            }
        }
        Self { campaigns }
    }

    /// Lets a request on, or says how long to wait.
    ///
    /// # Errors
    /// `rate_limited`, `too_many_at_once`.
    pub fn limit(&self, admitted: Admitted) -> Result<Limited, Rejection> {
        let routed = admitted.routed();
        let key = (routed.contest().id.clone(), routed.campaign().id.clone());
        let limiter = self.campaigns.get(&key).ok_or(Reason::Internal)?;
        let place = Arc::clone(&limiter.places).try_acquire_owned().map_err(|_| busy())?;
        let requests_left = take(&limiter.requests)?;
        let pulls_left = if routed.starts_pull() { Some(take(&limiter.pulls)?) } else { None };
        let pace = Pace { limits: limiter.limits, requests_left, pulls_left };
        Ok(Limited { admitted, place, pace })
    }
}

impl Limiter {
    fn new(limits: Limits) -> Self {
        let rate = limits.rate;
        Self {
            limits,
            pulls: bucket(rate.pulls, rate.per, rate.burst),
            requests: bucket(rate.requests, rate.per, rate.requests),
            places: Arc::new(Semaphore::new(usize::try_from(limits.concurrent.get()).unwrap_or(usize::MAX))),
        }
    }
}

/// `count` in each `per`, of which `burst` may come at once.
fn bucket(count: NonZeroU32, per: Duration, burst: NonZeroU32) -> Bucket {
    let each = (per / count.get()).max(Duration::from_nanos(1));
    // `with_period` refuses only zero, which the line above excludes.
    let quota = Quota::with_period(each).unwrap_or_else(|| Quota::per_second(count)).allow_burst(burst);
    RateLimiter::direct(quota).with_middleware::<StateInformationMiddleware>()
}

fn take(bucket: &Bucket) -> Result<u32, Rejection> {
    match bucket.check() {
        Ok(state) => Ok(state.remaining_burst_capacity()),
        Err(wait) => {
            let wait = wait.wait_time_from(DefaultClock::default().now());
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            Err(Rejection::with_hint(Reason::RateLimited, Hint::RetryAfter(seconds.max(1))))
        }
    }
}

/// A list takes seconds, so a second is the earliest sensible time to ask again.
fn busy() -> Rejection {
    Rejection::with_hint(Reason::TooManyAtOnce, Hint::RetryAfter(1))
}
