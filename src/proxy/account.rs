//! Account: delivers what may leave, counts it as it leaves, and closes the books.
//!
//! Between any two chunks the window, the suspensions and the configuration are looked at again. A list that must stop
//! is broken off visibly: the connection is reset on HTTP/1.1, the stream on HTTP/2.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::house::{House, Place};
use super::ledger::Ledger;
use super::limit::Limited;
use super::minimise::{Minimised, Released, Stream};
use crate::engine::policy::decide::{Facts, decide};
use crate::engine::reason::Reason;
use crate::wire::socket::ResetHandle;

/// The body of an answer.
pub enum Delivery {
    /// A whole document of our own.
    Document(Option<Bytes>),
    /// Records, as they come.
    Records(Box<Records>),
}

/// The stream was broken off.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("broken off: {0}")]
pub struct BrokenOff(pub Reason);

/// Records on their way out.
pub struct Records {
    held: VecDeque<Released>,
    stream: Stream,
    leash: Leash,
    ledger: Option<Ledger>,
    reset: Option<ResetHandle>,
    _places: (Place, Place),
}

/// Delivers a minimised answer. From here on, an ending for a reason is a truncation.
#[must_use]
pub fn deliver(
    minimised: Minimised,
    house: &Arc<House>,
    mut ledger: Ledger,
    place: Place,
    reset: Option<ResetHandle>,
) -> Delivery {
    let (limited, held, stream) = minimised.into_parts();
    ledger.head_sent();
    let leash = Leash::new(&limited, house);
    let (_, campaign_place, _) = limited.into_parts();
    let records = Records { held: held.into(), stream, leash, ledger: Some(ledger), reset, _places: (place, campaign_place) };
    Delivery::Records(Box::new(records))
}

impl Records {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BrokenOff>>> {
        if self.ledger.is_none() {
            return Poll::Ready(None);
        }
        if let Err(reason) = self.leash.check() {
            return Poll::Ready(Some(Err(self.break_off(reason))));
        }
        let released = match self.held.pop_front() {
            Some(held) => Some(Ok(held)),
            None => ready!(self.stream.poll_released(cx)),
        };
        Poll::Ready(match released {
            Some(Ok(released)) => Some(Ok(self.let_go(released))),
            Some(Err(reason)) => Some(Err(self.break_off(reason))),
            None => self.end(),
        })
    }

    fn let_go(&mut self, released: Released) -> Bytes {
        if let Some(ledger) = &mut self.ledger {
            ledger.left(released.records, released.bytes.len() as u64);
        }
        released.bytes
    }

    fn end(&mut self) -> Option<Result<Bytes, BrokenOff>> {
        self.write_tally();
        if let Some(ledger) = self.ledger.take() {
            ledger.served();
        }
        None
    }

    fn break_off(&mut self, reason: Reason) -> BrokenOff {
        self.write_tally();
        if let Some(reset) = &self.reset {
            reset.reset();
        }
        if let Some(ledger) = self.ledger.take() {
            ledger.ended(reason);
        }
        BrokenOff(reason)
    }

    fn write_tally(&self) {
        let Some(ledger) = &self.ledger else { return };
        for (rule, tally) in self.stream.fields() {
            ledger.fields(rule.name(), tally.left);
            ledger.fields("dropped_by_rule", tally.dropped_by_rule);
            ledger.fields("dropped_by_format", tally.dropped_by_format);
            ledger.fields("dropped_by_condition", tally.dropped_by_condition);
        }
    }
}

/// What may end a stream from outside while it runs.
struct Leash {
    facts: LeashedFacts,
    house: Arc<House>,
    generation: u64,
    deadline: Instant,
}

/// Whom a stream is for, by name: a reload may have changed everything else.
struct LeashedFacts {
    contest: String,
    campaign: String,
    export: String,
    peer: IpAddr,
}

impl Leash {
    /// The window's end is turned into a monotonic deadline at admission: setting the wall clock back gains nothing.
    fn new(limited: &Limited, house: &Arc<House>) -> Self {
        let admitted = limited.admitted();
        let routed = admitted.routed();
        let closes = routed.campaign().window.closes().min(routed.contest().window.closes());
        let left = Duration::try_from(closes.duration_since(admitted.at())).unwrap_or(Duration::ZERO);
        let facts = LeashedFacts {
            contest: routed.contest().id.to_string(),
            campaign: routed.campaign().id.to_string(),
            export: routed.export().name.to_string(),
            peer: admitted.peer(),
        };
        // A window that ends beyond what the machine can count has no deadline worth a timer: a century.
        let deadline = Instant::now().checked_add(left).unwrap_or_else(|| Instant::now() + Duration::from_secs(3_155_760_000));
        Self { facts, house: Arc::clone(house), generation: house.current().generation, deadline }
    }

    fn check(&mut self) -> Result<(), Reason> {
        if Instant::now() >= self.deadline {
            return Err(Reason::WindowClosed);
        }
        let current = self.house.current();
        if current.generation == self.generation {
            return Ok(());
        }
        self.generation = current.generation;
        let named = &self.facts;
        let contest = current.config.ruleset.contest(&named.contest).ok_or(Reason::NotGranted)?;
        let campaign = contest.campaign(&named.campaign).ok_or(Reason::NotGranted)?;
        let export = contest.export(&named.export).ok_or(Reason::NotGranted)?;
        let facts = Facts { contest, campaign, export, peer: Some(named.peer) };
        decide(&facts, self.house.clock.now()).verdict().map_err(|rejection| rejection.reason())
    }
}

impl Body for Delivery {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match &mut *self {
            Self::Document(document) => Poll::Ready(document.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Records(records) => records.poll_next(cx).map_ok(Frame::data),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Document(None))
    }

    /// Exact for documents. Never for records: a length, or its absence, would tell of what was dropped.
    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Document(document) => SizeHint::with_exact(document.as_ref().map_or(0, Bytes::len) as u64),
            Self::Records(_) => SizeHint::default(),
        }
    }
}
