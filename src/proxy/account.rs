//! Account: delivers what may leave, counts it as it leaves, and closes the books.
//!
//! Between any two chunks the leash is looked at: the window, the credential, the suspensions, the configuration. A list that
//! must stop is broken off visibly: the connection is reset on HTTP/1, the stream on HTTP/2, or all of its connection
//! when the peer does not read.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::house::{House, Place};
use super::leash::{Keeper, Leash};
use super::ledger::Ledger;
use super::minimise::{Minimised, Released, Stream};
use crate::engine::reason::Reason;
use crate::wire::listen::Connection;

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
    keeper: Keeper,
    ledger: Option<Ledger>,
    connection: Connection,
    _places: (Place, Place),
}

/// Delivers a minimised answer. From here on, an ending for a reason is a truncation.
#[must_use]
pub fn deliver(minimised: Minimised, house: &Arc<House>, mut ledger: Ledger, place: Place, connection: Connection) -> Delivery {
    let (limited, leash, held, stream) = minimised.into_parts();
    ledger.head_sent();
    // Until the list is whole, however it ends must not look like its end: HTTP/1.0 knows no other sign than the close.
    if !connection.multiplexed {
        connection.reset.reset();
    }
    let stall_max = Duration::from_millis(house.current().config.settings.bounds.stall_milliseconds_max);
    let keeper = Keeper::start(leash.clone(), connection.reset.clone(), connection.multiplexed.then_some(stall_max));
    let (_, campaign_place, _) = limited.into_parts();
    let _places = (place, campaign_place);
    let records = Records { held: held.into(), stream, leash, keeper, ledger: Some(ledger), connection, _places };
    Delivery::Records(Box::new(records))
}

impl Records {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BrokenOff>>> {
        if self.ledger.is_none() {
            return Poll::Ready(None);
        }
        self.keeper.asked();
        if let Err(rejection) = self.leash.check() {
            return Poll::Ready(Some(Err(self.break_off(rejection.reason()))));
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
        self.keeper.given();
        released.bytes
    }

    fn end(&mut self) -> Option<Result<Bytes, BrokenOff>> {
        self.write_tally();
        if let Some(ledger) = self.ledger.take() {
            ledger.served();
        }
        self.connection.reset.forgive();
        None
    }

    fn break_off(&mut self, reason: Reason) -> BrokenOff {
        self.write_tally();
        if let Some(ledger) = self.ledger.take() {
            ledger.ended(reason);
        }
        BrokenOff(reason)
    }

    fn write_tally(&self) {
        let Some(ledger) = &self.ledger else { return };
        let mut actions = BTreeMap::new();
        for (rule, tally) in self.stream.fields() {
            let counts = [
                (rule.name(), tally.left),
                ("dropped_by_rule", tally.dropped_by_rule),
                ("dropped_by_format", tally.dropped_by_format),
                ("dropped_by_condition", tally.dropped_by_condition),
            ];
            counts.into_iter().for_each(|(action, fields)| *actions.entry(action).or_insert(0) += fields);
        }
        actions.into_iter().for_each(|(action, fields)| ledger.fields(action, fields));
    }
}

/// A list that its peer left, or that its keeper stopped, has its books closed all the same.
impl Drop for Records {
    fn drop(&mut self) {
        self.write_tally();
        if let (Some(reason), Some(ledger)) = (self.keeper.stopped(), self.ledger.take()) {
            ledger.ended(reason);
        }
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
