//! The house: what every exchange shares. One configuration at a time, exchanged whole or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::{ArcSwap, Guard};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::forward::Upstreams;
use super::identify::CredentialIndex;
use super::ledger::Instruments;
use super::limit::Limiters;
use super::recall::Recall;
use crate::clock::Clock;
use crate::config::Config;
use crate::engine::ids::ContestId;
use crate::engine::policy::objection::{Objection, Objections, OfContest};
use crate::engine::policy::suspension::Stops;
use crate::engine::policy::{Campaign, Contest};
use crate::store::books::tables::ReadBooks;

/// A place among the exchanges in progress; given back when it is dropped.
pub type Place = OwnedSemaphorePermit;

/// What every exchange shares.
pub struct House {
    current: ArcSwap<Current>,
    stops: ArcSwap<Stops>,
    objections: ArcSwap<Objections>,
    closing: AtomicBool,
    /// Places for exchanges in progress, over all campaigns.
    pub places: Arc<Semaphore>,
    /// The clock.
    pub clock: Clock,
    /// Where endings are written down.
    pub instruments: Instruments,
    /// The books, for reading.
    pub books: Arc<dyn ReadBooks>,
    /// Who came when the same was asked before.
    pub recall: Recall,
}

/// What is in force beside the configuration when the house opens.
#[derive(Default)]
pub struct InForce {
    /// The stops by command.
    pub stops: Stops,
    /// What members object to.
    pub objections: Objections,
}

/// One configuration, and what is made of it.
pub struct Current {
    /// Counts configurations; a stream that began under another one asks again whether it may go on.
    pub generation: u64,
    /// The configuration.
    pub config: Config,
    /// The credentials of all campaigns.
    pub credentials: CredentialIndex,
    /// The limiters of all campaigns.
    pub limiters: Limiters,
    /// The ways to all sources.
    pub upstreams: Upstreams,
}

impl Current {
    fn of(config: Config, generation: u64, before: Option<&Self>) -> Result<Self, String> {
        let upstreams = Upstreams::of(config.settings.sources.iter(), before.map(|before| &before.upstreams));
        let upstreams = upstreams.map_err(|(contest, error)| format!("contest `{contest}`: {error}"))?;
        let credentials = CredentialIndex::of(&config.ruleset);
        let limiters = Limiters::of(&config.ruleset, before.map(|before| &before.limiters));
        Ok(Self { generation, config, credentials, limiters, upstreams })
    }
}

impl House {
    /// Opens the house with its first configuration, and the stops by command that are in force then.
    ///
    /// # Errors
    /// A sentence for the operator when a source cannot be prepared.
    pub fn open(config: Config, in_force: InForce, instruments: Instruments, books: Arc<dyn ReadBooks>) -> Result<Self, String> {
        let places = Arc::new(Semaphore::new(config.settings.bounds.requests_max));
        let current = ArcSwap::from_pointee(Current::of(config, 0, None)?);
        let (stops, objections) = (ArcSwap::from_pointee(in_force.stops), ArcSwap::from_pointee(in_force.objections));
        let (closing, clock) = (AtomicBool::new(false), Clock::default());
        let recall = Recall::default();
        Ok(Self { current, stops, objections, closing, places, clock, instruments, books, recall })
    }

    /// The configuration in force.
    #[must_use]
    pub fn current(&self) -> Guard<Arc<Current>> {
        self.current.load()
    }

    /// The stops by command that are in force. No reload touches them.
    #[must_use]
    pub fn stops(&self) -> Guard<Arc<Stops>> {
        self.stops.load()
    }

    /// Puts other stops in force, for requests that come and for streams in progress alike. Gives those that were.
    pub fn stop(&self, stops: Arc<Stops>) -> Arc<Stops> {
        self.stops.swap(stops)
    }

    /// What the members of a contest object to, from now on.
    #[must_use]
    pub fn objections_of(&self, contest: &ContestId) -> Arc<OfContest> {
        self.objections.load().of(contest)
    }

    /// Puts objections in force that were raised or withdrawn, for requests that come and for streams in progress alike.
    pub fn object(&self, since: Vec<Objection>) {
        let now = self.objections.load().with(since);
        self.objections.store(Arc::new(now));
    }

    /// Whether the campaign is stopped, by its contest's file or by command.
    #[must_use]
    pub fn is_suspended(&self, contest: &Contest, campaign: &Campaign) -> bool {
        let by_file = contest.suspension.is_some() || campaign.suspension.is_some();
        by_file || self.stops().over(&contest.id, &campaign.id).is_some()
    }

    /// From now on every list that is still on its way is broken off: the drain is over.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    /// Whether the drain is over.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Whether no exchange is in progress.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.places.available_permits() == self.current().config.settings.bounds.requests_max
    }

    /// Puts another configuration in force, for requests that come and for streams in progress alike.
    ///
    /// # Errors
    /// A sentence for the operator; the configuration in force stays in force.
    pub fn reload(&self, config: Config) -> Result<(), String> {
        let before = self.current.load_full();
        config.settings.needs_restart(&before.config.settings)?;
        let next = Current::of(config, before.generation + 1, Some(&before))?;
        self.current.store(Arc::new(next));
        Ok(())
    }
}
