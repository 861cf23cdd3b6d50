//! Account: delivers what is in the books, counts it as it leaves, and closes them.
//!
//! Between any two chunks the leash is looked at: the window, the credential, the suspensions, the configuration. A list that
//! must stop is broken off visibly: the connection is reset on HTTP/1, the stream on HTTP/2, or all of its connection
//! when the peer does not read.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::batch::Piece;
use super::disclose::{Disclosed, Disclosure};
use super::house::{House, Place};
use super::leash::{Keeper, Leash};
use super::ledger::Ledger;
use crate::engine::reason::Reason;
use crate::wire::listen::Connection;

/// From giving away the last records that a quota allows until the list is broken off.
const PARTING: Duration = Duration::from_millis(100);

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
    disclosure: Disclosure,
    leash: Leash,
    keeper: Keeper,
    ledger: Option<Ledger>,
    connection: Connection,
    parting: Option<Pin<Box<Sleep>>>,
    _places: (Place, Place),
}

/// Delivers an answer whose beginning is in the books. From here on, an ending for a reason is a truncation.
#[must_use]
pub fn deliver(disclosed: Disclosed, house: &Arc<House>, mut ledger: Ledger, place: Place, connection: Connection) -> Delivery {
    let (limited, leash, disclosure) = disclosed.into_parts();
    ledger.head_sent();
    // Until the list is whole, however it ends must not look like its end: HTTP/1.0 knows no other sign than the close.
    if !connection.multiplexed {
        connection.reset.reset();
    }
    let stall_max = Duration::from_millis(house.current().config.settings.bounds.stall_milliseconds_max);
    let keeper = Keeper::start(leash.clone(), connection.reset.clone(), connection.multiplexed.then_some(stall_max));
    let (_, campaign_place, _) = limited.into_parts();
    let _places = (place, campaign_place);
    let records = Records { disclosure, leash, keeper, ledger: Some(ledger), connection, parting: None, _places };
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
        Poll::Ready(match ready!(self.disclosure.poll_next(cx)) {
            Some(Ok(piece)) => Some(Ok(self.let_go(piece))),
            Some(Err(reason)) => {
                ready!(self.poll_parting(reason, cx));
                Some(Err(self.break_off(reason)))
            }
            None => self.end(),
        })
    }

    /// Waits until what was given may have been sent, where a quota ends the list: those records are taken from the quota, so the
    /// campaign is to have them. Whatever else ends a list has reason to end it at once.
    fn poll_parting(&mut self, reason: Reason, cx: &mut Context<'_>) -> Poll<()> {
        if !matches!(reason, Reason::RecordQuotaExhausted | Reason::MemberQuotaExhausted) {
            return Poll::Ready(());
        }
        let parting = self.parting.get_or_insert_with(|| Box::pin(sleep(PARTING)));
        ready!(parting.as_mut().poll(cx));
        if self.connection.shows_cuts && !self.connection.multiplexed {
            // The system goes on sending what it holds; without its last chunk the body is visibly cut (RFC 9112 section 8).
            self.connection.reset.forgive();
        }
        Poll::Ready(())
    }

    fn let_go(&mut self, piece: Piece) -> Bytes {
        if let Some(ledger) = &mut self.ledger {
            ledger.left(piece.records, piece.bytes.len() as u64);
        }
        self.keeper.given();
        piece.bytes
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

    /// Writes down what has become of everything, before the ledger is closed.
    fn write_tally(&mut self) {
        self.disclosure.settle();
        let Some(ledger) = &self.ledger else { return };
        let mut actions = BTreeMap::new();
        let (objected, unidentified) = self.disclosure.stream().withheld();
        ledger.withheld("objection", objected);
        ledger.withheld("no_identifier", unidentified);
        for (rule, tally) in self.disclosure.stream().fields() {
            let counts = [
                (rule.name(), tally.left),
                ("dropped_by_rule", tally.dropped_by_rule),
                ("dropped_by_format", tally.dropped_by_format),
                ("dropped_by_condition", tally.dropped_by_condition),
                ("dropped_by_objection", tally.dropped_by_objection),
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
