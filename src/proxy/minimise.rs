//! Minimise: the source's body through the engine, chunk by chunk.
//!
//! A body of up to `validate_whole_bytes_max` is validated whole before the head of the answer is sent, so that a
//! malformed one becomes a problem document; a longer one is broken off visibly. One that says at once that it is longer leaves
//! from its first record on. Holds at most what the engine holds, and the chunk in hand.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::LINK;
use http::{HeaderName, HeaderValue};
use http_body::Body;
use hyper::body::Incoming;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep};

use super::audit::Recorded;
use super::buffers::Buffers;
use super::forward::{Forwarded, SourceAnswer};
use super::house::House;
use super::leash::Leash;
use super::registrar::{Registrar, Slips};
use crate::engine::dialect::Base;
use crate::engine::dialect::route::NextPage;
use crate::engine::form::Form;
use crate::engine::minimise::rule::Rule;
use crate::engine::minimise::{FieldTally, Minimiser, NextLink, Plan};
use crate::engine::policy::objection::OfContest;
use crate::engine::policy::{Campaign, Contest, Export};
use crate::engine::query::ListQuery;
use crate::engine::reason::Reason;
use crate::engine::rejection::Rejection;
use crate::engine::time::Timestamp;

/// What a piece of a long list has at least, bytes: of large pieces few are held, and all in buffers of one size.
pub const PIECE_BYTES: usize = 48 << 10;
/// Bytes of the source that are minimised at once: what stays in a core's nearer cache.
const FEED_BYTES: usize = 64 << 10;
/// The size of those buffers, bytes: a piece, and what one more feed may come to.
const PIECE_CAPACITY: usize = PIECE_BYTES + FEED_BYTES;
/// How often a stream is looked at when nothing arrives.
const PULSE: Duration = Duration::from_millis(500);

/// An answer of which the beginning, or all, has been minimised.
pub struct Minimised {
    recorded: Recorded,
    leash: Leash,
    held: Vec<Released>,
    rest: Stream,
}

/// Bytes that may leave as soon as they are in the books.
#[derive(Debug)]
pub struct Released {
    /// The bytes.
    pub bytes: Bytes,
    /// Whom the records are about that end in them.
    pub slips: Slips,
    /// The objections under which they were minimised.
    pub objections: Arc<OfContest>,
}

impl Minimised {
    pub(super) fn into_parts(self) -> (Recorded, Leash, Vec<Released>, Stream) {
        (self.recorded, self.leash, self.held, self.rest)
    }
}

impl Stream {
    /// What the head says of the next page, where the body has no place for it.
    #[must_use]
    pub fn next_in_head(&self) -> Option<(HeaderName, HeaderValue)> {
        let links = &self.links;
        let own = links.export.route.dialect.page_header();
        let next = links.beside.as_ref();
        let (name, value) = match own {
            Some(own) => (HeaderName::from_static(own.name), next.map_or_else(|| own.last.to_owned(), |next| next.word.clone())),
            None => (LINK, format!("<{}>; rel=\"next\"", next?.link)),
        };
        HeaderValue::try_from(value).ok().map(|value| (name, value))
    }
}

/// Begins to minimise: reads on until the body has ended or more than `whole_bytes_max` of it have been read. Where the source
/// says that its body is longer than that, nothing is gained by waiting: then until something of it may leave.
///
/// A form without an envelope carries the link to the next page in the head, so the head waits for it. Where a body is longer
/// than that and has not said it yet, the list is refused: a page that seems to be the last one would hide the others.
///
/// # Errors
/// What the engine finds wrong with the body, `record_unknown`, `upstream_timeout`, `upstream_broke_off`, `body_too_large`, and what the leash
/// says meanwhile.
pub async fn begin(
    forwarded: Forwarded,
    mut leash: Leash,
    house: &Arc<House>,
    whole_bytes_max: usize,
) -> Result<Minimised, Rejection> {
    let (recorded, answer) = forwarded.into_parts();
    let answer = answer.ok_or(Reason::RecordUnknown)?;
    let mut rest = Stream::new(&recorded, answer, house)?;
    let mut held = Vec::new();
    let long = rest.body.size_hint().lower() > whole_bytes_max as u64;
    while !rest.ended && rest.read_bytes <= whole_bytes_max as u64 {
        if long && rest.released > 0 && !rest.lacks_link() {
            break;
        }
        let released = std::future::poll_fn(|cx| match leash.check() {
            Ok(()) => rest.poll_released(cx, 1).map(|released| released.transpose().map_err(Rejection::from)),
            Err(rejection) => Poll::Ready(Err(rejection)),
        });
        held.extend(released.await?);
    }
    leash.check()?;
    if rest.lacks_link() {
        return Err(Reason::BodyTooLarge.into());
    }
    if rest.is_of_nobody() {
        return Err(Reason::RecordUnknown.into());
    }
    Ok(Minimised { recorded, leash, held, rest })
}

/// A body on its way from the source through the engine.
pub struct Stream {
    body: Incoming,
    plan: Arc<Plan>,
    minimiser: Minimiser<Registrar>,
    house: Arc<House>,
    objections: Arc<OfContest>,
    links: Links,
    /// Read, and not minimised yet.
    unread: Bytes,
    out: Vec<u8>,
    buffers: Buffers,
    /// Why nothing follows behind what is in `out`.
    trouble: Option<Reason>,
    released: u64,
    read_bytes: u64,
    ended: bool,
    patience: Patience,
    _place: OwnedSemaphorePermit,
}

impl Stream {
    /// # Errors
    /// `shape_unexpected` when what the head says of the next page leads nowhere.
    fn new(recorded: &Recorded, answer: SourceAnswer, house: &Arc<House>) -> Result<Self, Reason> {
        let admitted = recorded.limited().admitted();
        let (routed, plan) = (admitted.routed(), Arc::clone(recorded.plan()));
        let mut links = Links {
            contest: Arc::clone(routed.contest()),
            campaign: Arc::clone(routed.campaign()),
            export: Arc::clone(routed.export()),
            query: routed.query().clone(),
            base: routed.base().clone(),
            now: admitted.at(),
            inside: routed.form() == Form::Json,
            beside: None,
            lost: false,
        };
        links.by_header(answer.next.as_deref());
        links.sound()?;
        let keys = Arc::clone(&links.campaign.keyring);
        let objections = house.objections_of(&links.contest.id);
        let registrar = Registrar::new(&links.contest, &links.campaign, plan.spec(), Arc::clone(&objections));
        Ok(Self {
            body: answer.body,
            minimiser: Minimiser::watched(Arc::clone(&plan), keys, registrar).writing(routed.form()),
            house: Arc::clone(house),
            objections,
            plan,
            links,
            unread: Bytes::new(),
            out: Vec::new(),
            buffers: Buffers::default(),
            trouble: None,
            released: 0,
            read_bytes: 0,
            ended: false,
            patience: Patience::new(answer.pause_max),
            _place: answer.place,
        })
    }

    /// The next bytes that may leave: so many if the source has them at hand, and what there is otherwise; `None` at the good end.
    /// Wakes at least twice a second.
    ///
    /// # Errors
    /// What the engine finds wrong, `upstream_timeout`, `upstream_broke_off`.
    pub fn poll_released(&mut self, cx: &mut Context<'_>, enough: usize) -> Poll<Option<Result<Released, Reason>>> {
        while !self.ended && self.trouble.is_none() && self.out.len() < enough {
            if !self.keeps_to_objections() {
                // What is held was minimised under others: it leaves with those, and is looked at again before it does.
                break;
            }
            if !self.unread.is_empty() {
                let data = self.unread.split_to(FEED_BYTES.min(self.unread.len()));
                self.trouble = self.feed(&data).err();
                continue;
            }
            let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
                if self.out.is_empty() {
                    return self.patience.poll(cx).map(|reason| Some(Err(reason)));
                }
                break;
            };
            self.patience.progress();
            match frame {
                Some(Ok(frame)) => self.unread = frame.into_data().unwrap_or_default(),
                Some(Err(_)) => self.trouble = Some(Reason::UpstreamBrokeOff),
                None => self.trouble = self.finish().err(),
            }
        }
        // What was released before the trouble may leave before it is told of.
        if !self.out.is_empty() {
            return Poll::Ready(Some(Ok(self.take())));
        }
        Poll::Ready(self.trouble.map(Err))
    }

    /// Whether the head needs a link that the body has not given yet.
    fn lacks_link(&self) -> bool {
        let paged = self.plan.spec().next.is_some();
        paged && !self.links.inside && !self.ended && !self.minimiser.next_is_known()
    }

    /// Whether it is about a single record, and row rules left that one out: then it is as if it were not there.
    fn is_of_nobody(&self) -> bool {
        self.plan.spec().single && self.ended && self.minimiser.tally().released == 0
    }

    /// Whether everything that may leave of it has been given out, and nothing is wrong with it.
    #[must_use]
    pub fn has_ended_well(&self) -> bool {
        self.ended && self.trouble.is_none() && self.out.is_empty()
    }

    /// Records that were kept back so far: because a member objects, and because they name none.
    #[must_use]
    pub fn withheld(&self) -> (u64, u64) {
        let unidentified = self.minimiser.witness().unidentified();
        (self.minimiser.tally().withheld - unidentified, unidentified)
    }

    /// What has become of each field so far.
    pub fn fields(&self) -> impl Iterator<Item = (&Rule, &FieldTally)> {
        let rules = self.plan.spec().fields.iter().map(|field| &field.rule);
        rules.zip(&self.minimiser.tally().fields)
    }

    /// Takes the objections that hold now, unless something is held that was minimised under others: `false` then.
    fn keeps_to_objections(&mut self) -> bool {
        let now = self.house.objections_of(&self.links.contest.id);
        if Arc::ptr_eq(&now, &self.objections) {
            return true;
        }
        if self.out.is_empty() {
            self.minimiser.witness_mut().object(Arc::clone(&now));
            self.objections = now;
        }
        self.out.is_empty()
    }

    fn feed(&mut self, data: &[u8]) -> Result<(), Reason> {
        self.read_bytes += data.len() as u64;
        self.minimiser.feed(data, &mut self.links, &mut self.out).map_err(|fault| fault.reason())?;
        self.links.sound()
    }

    fn finish(&mut self) -> Result<(), Reason> {
        self.ended = true;
        self.minimiser.finish(&mut self.out).map_err(|fault| fault.reason())
    }

    fn take(&mut self) -> Released {
        // A short list is small to its end; of a long one the buffers are all alike, and used again.
        let long = self.out.len() >= PIECE_BYTES / 4;
        let next = if long { self.buffers.take(PIECE_CAPACITY) } else { Vec::new() };
        let full = std::mem::replace(&mut self.out, next);
        let bytes = if full.capacity() >= PIECE_CAPACITY { self.buffers.lend(full) } else { Bytes::from(full) };
        self.released = self.minimiser.tally().released;
        Released { bytes, slips: self.minimiser.witness_mut().take(), objections: Arc::clone(&self.objections) }
    }
}

/// Bounds the pause between two chunks of the source, with one timer for the whole stream. Counts from when the source is waited
/// for: the time that the peer took to ask for more is not the source's.
struct Patience {
    pause_max: Duration,
    waiting: Option<Instant>,
    pulse: Pin<Box<Sleep>>,
}

impl Patience {
    fn new(pause_max: Duration) -> Self {
        Self { pause_max, waiting: None, pulse: Box::pin(sleep(PULSE)) }
    }

    fn progress(&mut self) {
        self.waiting = None;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Reason> {
        let since = *self.waiting.get_or_insert_with(Instant::now);
        loop {
            ready!(self.pulse.as_mut().poll(cx));
            if since.elapsed() >= self.pause_max {
                return Poll::Ready(Reason::UpstreamTimeout);
            }
            self.pulse.as_mut().reset(tokio::time::Instant::now() + PULSE);
        }
    }
}

/// Turns the source's word for its next page into ours.
struct Links {
    contest: Arc<Contest>,
    campaign: Arc<Campaign>,
    export: Arc<Export>,
    query: ListQuery,
    base: Base,
    now: Timestamp,
    /// Whether the link has a place in the body.
    inside: bool,
    /// The next page for the head, where it has none.
    beside: Option<NextPage>,
    /// Whether the source said something about its next page that leads nowhere.
    lost: bool,
}

impl Links {
    /// The next page, by the source's word for it.
    fn next(&mut self, said: &str) -> Option<NextPage> {
        let cursors = self.campaign.cursors(&self.contest.id, &self.export.name, self.now);
        let next = self.export.route.next(said, &self.query, &self.base, &cursors);
        self.lost |= next.is_err();
        next.ok().flatten()
    }

    /// Whether all that was said of the next page leads somewhere.
    fn sound(&self) -> Result<(), Reason> {
        if self.lost { Err(Reason::ShapeUnexpected) } else { Ok(()) }
    }

    /// Takes the source's word from its header, where this export's source says it there. Where the API has a header of its own, it
    /// comes with every page: without it nobody knows whether a page follows.
    fn by_header(&mut self, said: Option<&str>) {
        let owed = self.export.route.dialect.page_header().is_some();
        self.lost |= owed && said.is_none();
        if let Some(said) = said.filter(|_| owed || self.export.route.next_in_header) {
            self.beside = self.next(said);
        }
    }
}

impl NextLink for Links {
    fn link(&mut self, said: &str) -> Option<String> {
        let next = self.next(said)?;
        if self.inside {
            return Some(next.word);
        }
        self.beside = Some(next);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_source_is_not_blamed_for_the_time_that_the_peer_took() {
        let pause_max = Duration::from_millis(100);
        let mut patience = Patience::new(pause_max);
        patience.progress();
        sleep(PULSE + pause_max).await;
        let first = std::future::poll_fn(|cx| Poll::Ready(patience.poll(cx))).await;
        assert!(first.is_pending());
        assert_eq!(std::future::poll_fn(|cx| patience.poll(cx)).await, Reason::UpstreamTimeout);
    }
}
