//! Audit: writes down that the source is about to be asked, before it is; and the pull's end, once.
//!
//! Asks the quotas on the way, because the same step of the books tells. Never lets a request on that is not durably on record.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::house::House;
use super::lease::Foretold;
use super::limit::Limited;
use crate::engine::audit::event::{Asked, Asker, Ending, Pull};
use crate::engine::ids::RequestId;
use crate::engine::minimise::Plan;
use crate::engine::minimise::plan::PlanSpec;
use crate::engine::minimise::rule::{FieldRule, Rule};
use crate::engine::policy::Contest;
use crate::engine::query::Subject;
use crate::engine::quota::{Allowance, Left, Quotas};
use crate::engine::reason::Reason;
use crate::engine::rejection::{Hint, Rejection};
use crate::engine::time::Timestamp;
use crate::store::books::writer::{Books, Ticket};
use crate::store::books::{Answer, Closing, Exhausted, Opened, Opening, PullNumber, Release, Step};

/// How long a request waits for the books.
pub const BOOKS_WAIT_MAX: Duration = Duration::from_secs(10);

/// Proof that a pull is on record. Ends it when it is dropped without an ending.
#[derive(Debug)]
pub struct Recorded {
    limited: Limited,
    entered: Entered,
    foretold: Foretold,
    plan: Arc<Plan>,
}

/// A pull in the books.
#[derive(Debug, Clone)]
pub struct Entered {
    books: Arc<Books>,
    number: PullNumber,
    opens: Timestamp,
    quotas: Quotas,
    /// What was left when it was opened, or when the last records were granted.
    left: Left,
}

impl Recorded {
    /// What was let on.
    #[must_use]
    pub fn limited(&self) -> &Limited {
        &self.limited
    }

    /// The pull in the books.
    #[must_use]
    pub fn entered(&self) -> &Entered {
        &self.entered
    }

    /// What of the answer may leave.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    pub(super) fn into_parts(self) -> (Limited, Entered, Foretold) {
        (self.limited, self.entered, self.foretold)
    }
}

/// Opens a pull in the books. `whom` learns of it as soon as it is open, so that it is closed whatever comes.
///
/// # Errors
/// `record_quota_exhausted`, and `audit_unavailable` when it cannot be made durable.
pub async fn open(
    limited: Limited,
    house: &House,
    request: RequestId,
    at: Timestamp,
    whom: impl FnOnce(Entered),
) -> Result<Recorded, Rejection> {
    let (books, routed) = (&house.instruments.books, limited.admitted().routed());
    let (contest, quotas) = (Arc::clone(routed.contest()), routed.campaign().limits.quotas);
    let opens = contest.window.opens();
    let allowance = quotas.at(opens, at);
    let plan = routed.export().plan_for(routed.query());
    let records = !routed.query().subject.is_about_a_job();
    let question = house.recall.question(routed);
    let opening = Opening {
        pull: pull(&limited, request),
        at,
        fields: leaving(plan.spec()).map(|(_, field)| field.path.to_string()).collect(),
        allowance,
        records,
        expected: house.recall.expected(question).filter(|_| records),
    };
    let opened = timeout(BOOKS_WAIT_MAX, books.take(Step::Open(Box::new(opening)))).await;
    let Opened { number, ahead, left } =
        match opened.map_err(|_| Reason::AuditUnavailable)?.map_err(|_| Reason::AuditUnavailable)? {
            Answer::Opened(opened) => opened,
            Answer::Exhausted(which, _) => return Err(exhausted(which, &contest, quotas, at)),
            Answer::Granted(_) | Answer::Done | Answer::NotOpen => return Err(Reason::Internal.into()),
        };
    let entered = Entered { books: Arc::clone(books), number, opens, quotas, left };
    whom(entered.clone());
    Ok(Recorded { limited, entered, foretold: Foretold::new(question, ahead), plan })
}

/// Fields that may leave, by their position in the plan.
pub(super) fn leaving(spec: &PlanSpec) -> impl Iterator<Item = (usize, &FieldRule)> {
    spec.fields.iter().enumerate().filter(|(_, field)| field.rule != Rule::Drop)
}

fn pull(limited: &Limited, request: RequestId) -> Pull {
    use super::route::Step;
    let routed = limited.admitted().routed();
    let asked = match (&routed.query().subject, routed.step()) {
        (Subject::Item(_), _) => Asked::Record,
        (Subject::Order, _) => Asked::Order,
        (Subject::Progress, _) => Asked::Progress,
        (Subject::File, _) => Asked::File,
        (Subject::List, Step::Starts) => Asked::List,
        (Subject::List, _) => Asked::Page,
    };
    let identified = routed.identified();
    let asker = Asker {
        contest: routed.contest().id.clone(),
        campaign: routed.campaign().id.clone(),
        actor: identified.actor().cloned(),
    };
    Pull { request, asker, export: routed.export().name.clone(), asked }
}

/// The refusal over a quota, and when the next period begins, where one does while the contest is open.
pub(super) fn exhausted(which: Exhausted, contest: &Contest, quotas: Quotas, now: Timestamp) -> Rejection {
    let reason = match which {
        Exhausted::Records => Reason::RecordQuotaExhausted,
        Exhausted::Members => return Reason::MemberQuotaExhausted.into(),
    };
    let next = quotas.records.and_then(|quota| quota.period(contest.window.opens(), now).1);
    match next.filter(|next| *next < contest.window.closes()) {
        Some(next) => Rejection::with_hint(reason, Hint::RetryAfter(seconds_until(next, now))),
        None => reason.into(),
    }
}

fn seconds_until(then: Timestamp, now: Timestamp) -> u64 {
    let milliseconds = then.as_millisecond().saturating_sub(now.as_millisecond()).max(0);
    u64::try_from(milliseconds).unwrap_or(0).div_ceil(1000).max(1)
}

impl Entered {
    /// Asks for records to be entered in the register and taken from the quotas.
    #[must_use]
    pub fn release(&self, release: Release, now: Timestamp) -> Ticket {
        self.books.take(Step::Release(self.number, Box::new(release), self.allowance(now)))
    }

    /// Tells of records that have left, and asks for nothing. Nobody waits for it.
    pub fn tell(&self, release: Release, now: Timestamp) {
        self.books.tell(Step::Release(self.number, Box::new(release), self.allowance(now)));
    }

    /// The quotas at this moment.
    #[must_use]
    pub fn allowance(&self, now: Timestamp) -> Allowance {
        self.quotas.at(self.opens, now)
    }

    /// What the campaign had left when it was last asked.
    #[must_use]
    pub fn left(&self) -> Left {
        self.left
    }

    pub(super) fn has_left(&mut self, left: Left) {
        self.left = left;
    }

    /// The quotas, and when the next period of that of records begins.
    #[must_use]
    pub fn quotas(&self, now: Timestamp) -> (Quotas, Option<u64>) {
        let next = self.quotas.records.and_then(|quota| quota.period(self.opens, now).1);
        (self.quotas, next.map(|next| seconds_until(next, now)))
    }

    /// Ends the pull. Nobody waits for it: what it says has happened.
    pub(super) fn close(&self, ending: Ending, at: Timestamp, records: u64, bytes: u64) {
        self.books.tell(Step::Close(self.number, Box::new(Closing { ending, at, records, bytes })));
    }
}
