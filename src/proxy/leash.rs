//! The leash of a list in transfer: what may still end it after it was admitted.
//!
//! Put on at admission, under the configuration that admitted, so that nothing which changes while the source is being
//! waited for goes unseen. Looked at between any two chunks; while the peer does not read, a keeper looks at it instead,
//! because a body that nobody asks for more cannot end itself.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;
use tokio::time::sleep;

use super::admit::Admitted;
use super::house::{Current, House};
use crate::engine::credential::{Credential, KeyDigest};
use crate::engine::ids::{CampaignId, ContestId, ExportName};
use crate::engine::minimise::plan::Plan;
use crate::engine::policy::decide::{Facts, decide};
use crate::engine::policy::{Campaign, Contest};
use crate::engine::reason::Reason;
use crate::engine::rejection::{Hint, Rejection};
use crate::engine::time::Timestamp;
use crate::wire::socket::ResetHandle;

/// How often a keeper looks.
const LOOK: Duration = Duration::from_millis(250);
/// How long a list that reads may take to break itself off before its connection is cut.
const GRACE: Duration = Duration::from_millis(200);
/// A deadline beyond what the machine can count is not worth a timer: a century.
const FAR: Duration = Duration::from_secs(3_155_760_000);

/// What may end a list from outside while it runs.
#[derive(Clone)]
pub struct Leash {
    named: Arc<Named>,
    house: Arc<House>,
    generation: u64,
    edge: Edge,
}

/// Whom a list is for, by name: a reload may have changed everything else.
struct Named {
    contest: ContestId,
    campaign: CampaignId,
    export: ExportName,
    credential: KeyDigest,
    peer: IpAddr,
    plan: Arc<Plan>,
}

/// The nearest end that is known: of the window, or of the credential. Monotonic, so setting the wall clock back gains nothing.
#[derive(Clone)]
struct Edge {
    at: Instant,
    rejection: Rejection,
}

impl Leash {
    /// Puts a leash on what was admitted under the configuration of this generation.
    #[must_use]
    pub fn new(admitted: &Admitted, generation: u64, house: &Arc<House>) -> Self {
        let routed = admitted.routed();
        let credential = routed.identified().credential();
        let named = Named {
            contest: routed.contest().id.clone(),
            campaign: routed.campaign().id.clone(),
            export: routed.export().name.clone(),
            credential: credential.digest,
            peer: admitted.peer(),
            plan: Arc::clone(&routed.export().plan),
        };
        let edge = Edge::of(routed.contest(), routed.campaign(), credential, house);
        Self { named: Arc::new(named), house: Arc::clone(house), generation, edge }
    }

    /// Whether the list may go on.
    ///
    /// # Errors
    /// What ends it: the edge of a window or a credential, a stop by command, or what a reload has changed.
    pub fn check(&mut self) -> Result<(), Rejection> {
        if Instant::now() >= self.edge.at {
            return Err(self.edge.rejection.clone());
        }
        if self.house.is_closing() {
            return Err(Reason::ShuttingDown.into());
        }
        if self.house.stops().over(&self.named.contest, &self.named.campaign).is_some() {
            return Err(Reason::Suspended.into());
        }
        let current = self.house.current();
        if current.generation == self.generation { Ok(()) } else { self.ask_again(&current) }
    }

    /// Whether the list may go on under another configuration than the one that it began under.
    fn ask_again(&mut self, current: &Current) -> Result<(), Rejection> {
        self.generation = current.generation;
        let named = &self.named;
        let contest = current.config.ruleset.contest(named.contest.as_str()).ok_or(Reason::NotGranted)?;
        let campaign = contest.campaign(named.campaign.as_str()).ok_or(Reason::NotGranted)?;
        let export = contest.export(named.export.as_str()).ok_or(Reason::NotGranted)?;
        let credential = campaign.credentials.iter().find(|known| known.digest == named.credential);
        let credential = credential.ok_or(Reason::CredentialInvalid)?;
        let facts = Facts { contest, campaign, export, peer: Some(named.peer), stop: None };
        decide(&facts, self.house.clock.now()).verdict()?;
        // A list runs to its end under the plan that it began with, and that one no longer holds.
        if export.plan.spec() != named.plan.spec() {
            return Err(Reason::ContestChanged.into());
        }
        self.edge = Edge::of(contest, campaign, credential, &self.house);
        Ok(())
    }

    fn look_after(&self) -> Duration {
        self.edge.at.saturating_duration_since(Instant::now()).min(LOOK)
    }
}

impl Edge {
    fn of(contest: &Contest, campaign: &Campaign, credential: &Credential, house: &House) -> Self {
        // Read before the wall clock, so that what passes in between makes the edge come sooner, not later.
        let instant = Instant::now();
        let now = house.clock.now();
        let closes = campaign.window.closes().min(contest.window.closes());
        let (end, rejection) = match credential.expires {
            Some(expires) if expires < closes => (expires, Reason::CredentialExpired.into()),
            _ => (closes, Rejection::with_hint(Reason::WindowClosed, Hint::ClosedAt(closes))),
        };
        Self { at: instant.checked_add(until(now, end)).unwrap_or_else(|| instant + FAR), rejection }
    }
}

fn until(now: Timestamp, end: Timestamp) -> Duration {
    Duration::try_from(end.duration_since(now)).unwrap_or(Duration::ZERO)
}

/// Looks at the leash of a list whose peer does not read, and cuts the connection when the list must stop. Ends with the list.
pub struct Keeper {
    task: AbortHandle,
    seen: Arc<Seen>,
}

/// What a list and its keeper tell one another.
#[derive(Default)]
struct Seen {
    /// Since when the peer has not asked for more.
    unread: Mutex<Option<Instant>>,
    stopped: OnceLock<Reason>,
}

impl Keeper {
    /// Begins to look. `unread_max` bounds how long the peer may not ask for more, where the socket cannot tell: on HTTP/2, a
    /// peer that grants no window reads everything that is sent, which is nothing.
    #[must_use]
    pub fn start(leash: Leash, connection: ResetHandle, unread_max: Option<Duration>) -> Self {
        let seen = Arc::new(Seen::default());
        let task = tokio::spawn(keep(leash, Arc::clone(&seen), connection, unread_max));
        Self { task: task.abort_handle(), seen }
    }

    /// The peer asks for more.
    pub fn asked(&self) {
        self.seen.mark(None);
    }

    /// The peer has been given something, and has not asked again yet.
    pub fn given(&self) {
        self.seen.mark(Some(Instant::now()));
    }

    /// Why the keeper stopped the list, if it did.
    #[must_use]
    pub fn stopped(&self) -> Option<Reason> {
        self.seen.stopped.get().copied()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Seen {
    /// An instant is whole or not there, so a panic elsewhere cannot have left half of one.
    fn mark(&self, unread: Option<Instant>) {
        *self.unread.lock().unwrap_or_else(PoisonError::into_inner) = unread;
    }

    fn unread_for(&self) -> Duration {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner).map_or(Duration::ZERO, |since| since.elapsed())
    }
}

async fn keep(mut leash: Leash, seen: Arc<Seen>, connection: ResetHandle, unread_max: Option<Duration>) {
    loop {
        sleep(leash.look_after()).await;
        if let Err(rejection) = leash.check() {
            let _ = seen.stopped.set(rejection.reason());
            break;
        }
        if unread_max.is_some_and(|max| seen.unread_for() >= max) {
            break;
        }
    }
    // A list whose peer reads breaks itself off now, and takes its keeper along: on HTTP/2 that spares its neighbours.
    sleep(GRACE).await;
    connection.reset_now();
}
