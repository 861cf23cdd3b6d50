//! The ledger of one exchange: what is known of it, and its one ending.
//!
//! Opened when the head of a request has arrived and closed exactly once, by `close` or, when the asker goes away or
//! the exchange panics, by being dropped. Holds identifiers and numbers only.

use std::sync::Arc;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

use crate::engine::audit::event::{Asker, Ending};
use crate::engine::ids::{ActorId, CampaignId, ContestId, ExportName, RequestId};
use crate::engine::outcome::Outcome;
use crate::engine::reason::Reason;
use crate::store::books::refusals::Refusal;
use crate::store::books::writer::Books;
use crate::store::{RejectionBook, RejectionRow};
use crate::telemetry::events::{ExchangeEnded, exchange_ended};
use crate::telemetry::metrics::{Counted, Metrics};

use super::audit::Entered;
use super::identify::Identified;

/// What is known of one exchange.
pub struct Ledger {
    request_id: RequestId,
    began: Timestamp,
    since: Instant,
    contest: Option<ContestId>,
    campaign: Option<CampaignId>,
    actor: Option<ActorId>,
    export: Option<ExportName>,
    records: u64,
    bytes: u64,
    head_sent: bool,
    closed: bool,
    entered: Option<Entered>,
    _counted: Counted,
    instruments: Instruments,
}

/// Where an ending is written down.
#[derive(Clone)]
pub struct Instruments {
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// The book of rejections.
    pub book: Arc<dyn RejectionBook>,
    /// The books of what leaves.
    pub books: Arc<Books>,
}

impl Ledger {
    /// Opens the ledger of an exchange.
    #[must_use]
    pub fn open(request_id: RequestId, began: Timestamp, instruments: Instruments) -> Self {
        let counted = instruments.metrics.exchange_open();
        Self {
            request_id,
            began,
            since: Instant::now(),
            contest: None,
            campaign: None,
            actor: None,
            export: None,
            records: 0,
            bytes: 0,
            head_sent: false,
            closed: false,
            entered: None,
            _counted: counted,
            instruments,
        }
    }

    /// Names the exchange.
    #[must_use]
    pub fn request_id(&self) -> RequestId {
        self.request_id
    }

    /// When the exchange began.
    #[must_use]
    pub fn began(&self) -> Timestamp {
        self.began
    }

    /// Writes down who asks.
    pub fn asked_by(&mut self, identified: &Identified) {
        self.contest = Some(identified.contest().id.clone());
        self.campaign = Some(identified.campaign().id.clone());
        self.actor = identified.actor().cloned();
    }

    /// Writes down what is asked for.
    pub fn asked_for(&mut self, export: &ExportName) {
        self.export = Some(export.clone());
    }

    /// Writes down that the pull is in the books, so that its end will be as well.
    pub fn entered(&mut self, entered: Entered) {
        self.entered = Some(entered);
    }

    /// From now on an ending is a truncation, not a refusal.
    pub fn head_sent(&mut self) {
        self.head_sent = true;
    }

    /// Counts what has left.
    pub fn left(&mut self, records: u64, bytes: u64) {
        self.records += records;
        self.bytes += bytes;
        if let (Some(contest), Some(campaign), 1..) = (&self.contest, &self.campaign, records) {
            self.instruments.metrics.records_left(contest, campaign, records);
        }
    }

    /// Counts what happened to fields.
    pub fn fields(&self, action: &'static str, fields: u64) {
        if let (Some(contest), Some(export), 1..) = (&self.contest, &self.export, fields) {
            self.instruments.metrics.fields(contest, export, action, fields);
        }
    }

    /// Counts records that were kept back.
    pub fn withheld(&self, why: &'static str, records: u64) {
        if let (Some(contest), Some(export), 1..) = (&self.contest, &self.export, records) {
            self.instruments.metrics.records_withheld(contest, export, why, records);
        }
    }

    /// Ends the exchange well.
    pub fn served(mut self) {
        self.close(Outcome::Served);
    }

    /// Ends the exchange for a reason.
    pub fn ended(mut self, reason: Reason) {
        self.close_for(reason);
    }

    fn close_for(&mut self, reason: Reason) {
        self.close(if self.head_sent { Outcome::Truncated(reason) } else { Outcome::Refused(reason) });
    }

    fn close(&mut self, outcome: Outcome) {
        if std::mem::replace(&mut self.closed, true) {
            return;
        }
        let took = self.since.elapsed();
        self.instruments.metrics.exchange_ended(self.contest.as_ref(), self.campaign.as_ref(), outcome, took);
        if let Some(reason) = outcome.reason() {
            self.record(reason);
        }
        self.enter(outcome);
        exchange_ended(&ExchangeEnded {
            request_id: self.request_id,
            began: self.began,
            contest: self.contest.as_ref(),
            campaign: self.campaign.as_ref(),
            actor: self.actor.as_ref(),
            export: self.export.as_ref(),
            outcome,
            records: self.records,
            bytes: self.bytes,
            took,
        });
    }

    /// The end in the audit log: of the pull, or of what never became one.
    fn enter(&mut self, outcome: Outcome) {
        let books = &self.instruments.books;
        match (self.entered.take(), outcome, &self.contest, &self.campaign) {
            (Some(entered), _, _, _) => {
                let at = SignedDuration::try_from(self.since.elapsed()).ok().and_then(|took| self.began.checked_add(took).ok());
                let at = at.unwrap_or(self.began);
                entered.close(Ending::Ended(outcome), at, self.records, self.bytes);
            }
            (None, Outcome::Refused(reason), Some(contest), Some(campaign)) => {
                let asker = Asker { contest: contest.clone(), campaign: campaign.clone(), actor: self.actor.clone() };
                let refusal = Refusal { request: self.request_id, asker, export: self.export.clone(), reason };
                books.refused(refusal, self.began);
            }
            (None, Outcome::Refused(reason), _, _) => books.refused_unknown(reason, 1, self.began),
            (None, Outcome::Served | Outcome::Truncated(_) | Outcome::Abandoned, _, _) => {}
        }
    }

    fn record(&self, reason: Reason) {
        let recorded = self.instruments.book.record(RejectionRow {
            at: self.began,
            request_id: self.request_id,
            contest: self.contest.clone(),
            campaign: self.campaign.clone(),
            actor: self.actor.clone(),
            export: self.export.clone(),
            reason,
            count: 1,
        });
        if !recorded {
            self.instruments.metrics.rejections_unrecorded(1);
        }
    }
}

/// Writes down a connection that ended before it became an exchange. Nobody is known, so the book folds it.
pub fn connection_failed(instruments: &Instruments, at: Timestamp, reason: Reason) {
    instruments.metrics.connection_failed(reason);
    instruments.books.refused_unknown(reason, 1, at);
    let request_id = RequestId::new(u64::try_from(at.as_millisecond()).unwrap_or(0), [0; 10]);
    let nobody = RejectionRow { at, request_id, contest: None, campaign: None, actor: None, export: None, reason, count: 1 };
    if !instruments.book.record(nobody) {
        instruments.metrics.rejections_unrecorded(1);
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.close_for(Reason::Internal);
        } else {
            self.close(Outcome::Abandoned);
        }
    }
}
