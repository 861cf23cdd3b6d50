//! Disclose: what was minimised is entered in the register and taken from the quotas, durably, before a byte of it may leave.
//!
//! While the books write, it reads on, up to a bound; so a long list takes few and large steps of the books, and a short one a
//! single step at once. A list that comes as one came before has its next members entered ahead, and waits for nothing while they
//! follow. Where a quota allows less than there is, it cuts behind the last record that may leave, to the byte.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use super::audit::{BOOKS_WAIT_MAX, Entered, exhausted};
use super::batch::{Batch, Piece};
use super::house::House;
use super::lease::Foretold;
use super::leash::Leash;
use super::limit::Limited;
use super::minimise::{Minimised, PIECE_BYTES, Released, Stream};
use crate::engine::policy::objection::{OfContest, objected};
use crate::engine::policy::{Campaign, Contest};
use crate::engine::reason::Reason;
use crate::engine::rejection::Rejection;
use crate::store::books::writer::Ticket;
use crate::store::books::{Amount, Answer, Expected, Granted, Release};

/// Bytes that a step of the books has at least, once a list has begun to leave and while its source is fast.
const STEP_BYTES: usize = 1 << 20;
/// How long a record waits for others to share a step with, where its source pauses.
const GATHER_MAX: Duration = Duration::from_millis(10);

/// What may leave, and what has to be asked before more may.
pub struct Disclosure {
    stream: Stream,
    entered: Entered,
    house: Arc<House>,
    contest: Arc<Contest>,
    campaign: Arc<Campaign>,
    /// Minimised, and not asked for yet.
    waiting: Batch,
    /// Being entered.
    asked: Option<Asked>,
    /// Entered: may leave.
    cleared: VecDeque<Piece>,
    /// Why nothing follows behind what is held.
    end: Option<Result<(), Rejection>>,
    /// Whether a step was asked for already.
    begun: bool,
    /// How long what waits may wait for more.
    gathering: Option<Pin<Box<Sleep>>>,
    /// What may leave without being asked for, and the period of the quota that it was taken from.
    ahead: Foretold,
    period: u64,
    /// Records that were granted, and have not left.
    held: u64,
}

struct Asked {
    batch: Batch,
    /// Whether nothing had left before it.
    first: bool,
    ticket: Ticket,
    patience: Pin<Box<Sleep>>,
}

/// A list whose beginning, or all of which, is in the books.
pub struct Disclosed {
    limited: Limited,
    leash: Leash,
    disclosure: Disclosure,
}

/// Enters the beginning of what was minimised in the books, or all of it where it is short.
///
/// # Errors
/// `record_quota_exhausted` and `member_quota_exhausted` when not one record may leave, `register_unavailable`, and what the leash or
/// the minimiser say meanwhile.
pub async fn begin(minimised: Minimised, house: &Arc<House>) -> Result<Disclosed, Rejection> {
    let (recorded, mut leash, held, stream) = minimised.into_parts();
    let (limited, entered, ahead) = recorded.into_parts();
    let (routed, at) = (limited.admitted().routed(), limited.admitted().at());
    let (contest, campaign) = (Arc::clone(routed.contest()), Arc::clone(routed.campaign()));
    let mut disclosure = Disclosure {
        stream,
        period: entered.allowance(at).period,
        held: ahead.records(),
        entered,
        house: Arc::clone(house),
        contest,
        campaign,
        waiting: Batch::default(),
        asked: None,
        cleared: VecDeque::new(),
        end: None,
        begun: false,
        gathering: None,
        ahead,
    };
    held.into_iter().for_each(|released| disclosure.waiting.add(released));
    disclosure.clear_ahead();
    std::future::poll_fn(|cx| match leash.check() {
        Ok(()) => disclosure.poll_cleared(cx),
        Err(rejection) => Poll::Ready(Err(rejection)),
    })
    .await?;
    Ok(Disclosed { limited, leash, disclosure })
}

impl Disclosed {
    /// What was let on.
    #[must_use]
    pub fn limited(&self) -> &Limited {
        &self.limited
    }

    /// The pull in the books.
    #[must_use]
    pub fn entered(&self) -> &Entered {
        &self.disclosure.entered
    }

    /// The stream that it comes from.
    #[must_use]
    pub fn stream(&self) -> &Stream {
        &self.disclosure.stream
    }

    /// Whether a record leaves.
    #[must_use]
    pub fn has_records(&self) -> bool {
        self.disclosure.cleared.iter().any(|piece| piece.records > 0)
    }

    pub(super) fn into_parts(self) -> (Limited, Leash, Disclosure) {
        (self.limited, self.leash, self.disclosure)
    }
}

impl Disclosure {
    /// The next piece that may leave; `None` at the good end.
    ///
    /// # Errors
    /// What ends the list: a quota, the books, the minimiser, or a member who objects to what is held.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Piece, Reason>>> {
        if let Err(rejection) = ready!(self.poll_cleared(cx)) {
            return Poll::Ready(Some(Err(rejection.reason())));
        }
        let Some(piece) = self.cleared.pop_front() else { return Poll::Ready(None) };
        self.held = self.held.saturating_sub(piece.records);
        Poll::Ready(Some(if self.is_objected(&piece) { Err(Reason::MemberObjected) } else { Ok(piece) }))
    }

    /// The stream that it comes from.
    #[must_use]
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Ready when a piece may leave, or none follows.
    fn poll_cleared(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Rejection>> {
        while self.cleared.is_empty() {
            let asking = self.poll_asked(cx)?.is_pending();
            if !self.cleared.is_empty() {
                break;
            }
            if self.end.is_none() && self.waiting.pieces.is_empty() && !self.ahead.is_over() {
                ready!(self.poll_read(cx));
                self.clear_ahead();
                continue;
            }
            if asking {
                // Reading on while the books write; when there is enough, the ticket alone wakes us.
                while self.end.is_none() && !self.waiting.is_full() && self.poll_read(cx).is_ready() {}
                return Poll::Pending;
            }
            let enough = if self.begun { STEP_BYTES } else { 1 };
            while self.end.is_none() && self.waiting.bytes < enough && !self.waiting.is_full() {
                if self.poll_read(cx).is_pending() {
                    if self.waiting.pieces.is_empty() {
                        return Poll::Pending;
                    }
                    // The source pauses. Often for less than a step of the books takes, so it is given some time.
                    ready!(self.gathering.get_or_insert_with(|| Box::pin(sleep(GATHER_MAX))).as_mut().poll(cx));
                    break;
                }
            }
            if !self.waiting.pieces.is_empty() {
                self.ask();
            } else if let Some(end) = &self.end {
                if end.is_ok() && self.ahead.is_of_opening() && !self.ahead.is_over() {
                    // Fewer came than the last time.
                    self.house.recall.forget(self.ahead.question);
                }
                return Poll::Ready(end.clone());
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let enough = if self.begun { PIECE_BYTES } else { 1 };
        match ready!(self.stream.poll_released(cx, enough)) {
            Some(Ok(released)) => self.waiting.add(released),
            Some(Err(reason)) => self.end = Some(Err(reason.into())),
            None => self.end = Some(Ok(())),
        }
        Poll::Ready(())
    }

    fn ask(&mut self) {
        let batch = std::mem::take(&mut self.waiting);
        self.gathering = None;
        if batch.records == 0 {
            // Only what stands around records: nobody is told of anybody.
            self.cleared = batch.cut(0);
            return;
        }
        // A list that is not long needs nothing ahead.
        let ahead = if self.begun { self.ahead.wish(&batch) } else { Amount::default() };
        let first = !std::mem::replace(&mut self.begun, true);
        self.send(batch, ahead, first);
    }

    fn send(&mut self, batch: Batch, ahead: Amount, first: bool) {
        let (lapsed, lacked) = (std::mem::take(&mut self.ahead.lapsed), std::mem::take(&mut self.ahead.lacked));
        self.held = self.held.saturating_sub(lapsed.records);
        let now = self.house.clock.now();
        self.period = self.entered.allowance(now).period;
        let release = Release { held: self.held, lapsed, ahead, lacked, ..batch.release() };
        let ticket = self.entered.release(release, now);
        self.asked = Some(Asked { batch, first, ticket, patience: Box::pin(sleep(BOOKS_WAIT_MAX)) });
    }

    /// Lets go what waits, for as long as it was granted ahead, and asks for more in time.
    fn clear_ahead(&mut self) {
        if !self.ahead.is_over() && self.period != self.entered.allowance(self.house.clock.now()).period {
            // What leaves in a period is taken from that period's quota.
            self.ahead.lapse();
        }
        while let Some(first) = self.waiting.pieces.front().filter(|_| !self.ahead.is_over()) {
            if self.asked.is_some() && !self.ahead.has_room(first) {
                // There will be, when the books have written.
                return;
            }
            if !self.ahead.take(first) {
                self.house.recall.forget(self.ahead.question);
                break;
            }
            self.begun = true;
            self.cleared.extend(self.waiting.pop().map(Released::whole));
        }
        if let Some(wish) = self.ahead.renewal().filter(|_| self.asked.is_none() && self.end.is_none()) {
            self.send(Batch::default(), wish, false);
        }
    }

    /// Tells the books what nobody has to wait for: which fields did not leave under what was granted ahead. To be called before the
    /// pull is closed, as often as one likes.
    pub fn settle(&mut self) {
        let lacked = std::mem::take(&mut self.ahead.lacked);
        if !lacked.is_empty() {
            self.entered.tell(Release { held: u64::MAX, lacked, ..Release::default() }, self.house.clock.now());
        }
    }

    /// Ready when nothing is being asked any more.
    fn poll_asked(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Rejection>> {
        let Some(asked) = &mut self.asked else { return Poll::Ready(Ok(())) };
        let answer = match Pin::new(&mut asked.ticket).poll(cx) {
            Poll::Ready(answer) => answer,
            Poll::Pending => {
                ready!(asked.patience.as_mut().poll(cx));
                return Poll::Ready(Err(Reason::RegisterUnavailable.into()));
            }
        };
        let Some(Asked { batch, first, .. }) = self.asked.take() else { return Poll::Ready(Ok(())) };
        let Ok(Answer::Granted(granted)) = answer else {
            return Poll::Ready(Err(Reason::RegisterUnavailable.into()));
        };
        if first {
            self.learn(&batch, &granted);
        }
        self.entered.has_left(granted.left);
        self.held += granted.records as u64 + granted.ahead.members.len() as u64;
        self.cleared.extend(batch.cut(granted.records));
        if let Some(which) = granted.exhausted {
            let now = self.house.clock.now();
            self.end = Some(Err(exhausted(which, &self.contest, self.entered.quotas(now).0, now)));
            self.waiting = Batch::default();
        } else {
            self.ahead.granted(granted.ahead);
            self.clear_ahead();
        }
        Poll::Ready(Ok(()))
    }

    /// Remembers who came to a list that is whole, so that they are expected when the same is asked again. A long one soon has its
    /// next members ahead of it without that.
    fn learn(&self, batch: &Batch, granted: &Granted) {
        let whole = self.stream.has_ended_well() && self.waiting.pieces.is_empty() && granted.exhausted.is_none();
        if let Some(first) = granted.first.filter(|_| whole) {
            // Twice the length, because others may be longer.
            let amount = Amount { records: batch.records as u64, bytes: 2 * batch.bytes as u64 };
            self.house.recall.remember(self.ahead.question, Expected { first, amount });
        }
    }

    /// Whether a member has objected since the piece was minimised, so that it must not leave as it is.
    fn is_objected(&self, piece: &Piece) -> bool {
        let now = self.house.objections_of(&self.contest.id);
        if Arc::ptr_eq(&now, &piece.objections) {
            return false;
        }
        let held = |objections: &OfContest, member| objected(objections, &self.campaign.id, member);
        piece.members.iter().any(|&member| !held(&now, member).adds_nothing_to(held(&piece.objections, member)))
    }
}
