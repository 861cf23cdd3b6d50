//! Limit: whether it may be given at this pace. Rates and concurrency, in memory, one set for each campaign.
//!
//! Never a promise about totals: those are quotas, and belong in the store. The arithmetic of pace is governor's (the
//! generic cell rate algorithm).

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::admit::Admitted;
use super::route::{Routed, Step};
use crate::engine::dialect::cursor::LIFETIME_SECONDS;
use crate::engine::ids::{CampaignId, ContestId};
use crate::engine::policy::Ruleset;
use crate::engine::quota::Limits;
use crate::engine::reason::Reason;
use crate::engine::rejection::{Hint, Rejection};

/// How long after its beginning a pull may go on at positions of the campaign's own: as long as a cursor lives.
const RESUMED_WITHIN: Duration = Duration::from_secs(LIFETIME_SECONDS.unsigned_abs());
/// Pulls of one campaign that are remembered for that.
const BEGUN_MAX: usize = 64;

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
    pulls: Meter,
    requests: Meter,
    places: Arc<Semaphore>,
    /// The pulls that were begun, by what their pages have in common, the oldest first.
    begun: Mutex<VecDeque<(u64, Instant)>>,
    hasher: RandomState,
}

/// A bucket, and what was last seen in it: governor tells that only to those who take.
#[derive(Debug)]
struct Meter {
    bucket: Bucket,
    /// How long one takes to come back.
    each: Duration,
    /// The most that it holds.
    most: u32,
    seen: Mutex<(Instant, u32)>,
}

/// What a campaign has left, without anything being taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remaining {
    /// Requests that would pass at once.
    pub requests: u32,
    /// Pulls that could start at once.
    pub pulls: u32,
    /// Lists that could be in transfer beside those that are.
    pub concurrent: usize,
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
        let requests_left = limiter.requests.take()?;
        let pulls_left = limiter.pull(routed)?;
        let pace = Pace { limits: limiter.limits, requests_left, pulls_left };
        Ok(Limited { admitted, place, pace })
    }
}

impl Limiters {
    /// What a campaign has left.
    #[must_use]
    pub fn remaining(&self, contest: &ContestId, campaign: &CampaignId) -> Option<Remaining> {
        let limiter = self.campaigns.get(&(contest.clone(), campaign.clone()))?;
        let (requests, pulls) = (limiter.requests.left(), limiter.pulls.left());
        Some(Remaining { requests, pulls, concurrent: limiter.places.available_permits() })
    }
}

impl Limiter {
    /// Takes a pull where one starts, and says how many are left.
    ///
    /// A page at a position of the campaign's own is of a pull of the same query that was begun within a cursor's lifetime, as a
    /// page behind a cursor is. Where none was, it starts one: otherwise a list could be pulled from its second record on for nothing.
    fn pull(&self, routed: &Routed) -> Result<Option<u32>, Rejection> {
        let starts = match routed.step() {
            Step::Follows | Step::Aside => return Ok(None),
            Step::Starts => true,
            Step::Resumes => false,
        };
        let traversal = self.hasher.hash_one(routed.traversal());
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.retain(|(_, at)| at.elapsed() < RESUMED_WITHIN);
        if !starts && begun.iter().any(|(known, _)| *known == traversal) {
            return Ok(None);
        }
        let left = self.pulls.take()?;
        begun.retain(|(known, _)| *known != traversal);
        if begun.len() == BEGUN_MAX {
            begun.pop_front();
        }
        begun.push_back((traversal, Instant::now()));
        Ok(Some(left))
    }

    fn new(limits: Limits) -> Self {
        let rate = limits.rate;
        Self {
            limits,
            pulls: Meter::new(rate.pulls, rate.per, rate.burst),
            requests: Meter::new(rate.requests, rate.per, rate.requests),
            places: Arc::new(Semaphore::new(usize::try_from(limits.concurrent.get()).unwrap_or(usize::MAX))),
            begun: Mutex::default(),
            hasher: RandomState::new(),
        }
    }
}

impl Meter {
    /// `count` in each `per`, of which `burst` may come at once.
    fn new(count: NonZeroU32, per: Duration, burst: NonZeroU32) -> Self {
        let each = (per / count.get()).max(Duration::from_nanos(1));
        // `with_period` refuses only zero, which the line above excludes.
        let quota = Quota::with_period(each).unwrap_or_else(|| Quota::per_second(count)).allow_burst(burst);
        let bucket = RateLimiter::direct(quota).with_middleware::<StateInformationMiddleware>();
        Self { bucket, each, most: burst.get(), seen: Mutex::new((Instant::now(), burst.get())) }
    }

    /// Takes one, and says how many are left.
    fn take(&self) -> Result<u32, Rejection> {
        match self.bucket.check() {
            Ok(state) => {
                let left = state.remaining_burst_capacity();
                *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = (Instant::now(), left);
                Ok(left)
            }
            Err(wait) => {
                let wait = wait.wait_time_from(DefaultClock::default().now());
                let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                Err(Rejection::with_hint(Reason::RateLimited, Hint::RetryAfter(seconds.max(1))))
            }
        }
    }

    /// How many are left: those that were, and those that have come back since. Never more than there are.
    fn left(&self) -> u32 {
        let (at, left) = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let back = at.elapsed().as_nanos() / self.each.as_nanos().max(1);
        left.saturating_add(u32::try_from(back).unwrap_or(u32::MAX)).min(self.most)
    }
}

/// A list takes seconds, so a second is the earliest sensible time to ask again.
fn busy() -> Rejection {
    Rejection::with_hint(Reason::TooManyAtOnce, Hint::RetryAfter(1))
}
