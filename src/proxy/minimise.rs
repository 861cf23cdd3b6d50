//! Minimise: the source's body through the engine, chunk by chunk.
//!
//! A body of up to `validate_whole_bytes_max` is validated whole before the head of the answer is sent, so that a
//! malformed one becomes a problem document; a longer one is broken off visibly. Holds at most what the engine holds,
//! and the chunk in hand.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::Body;
use hyper::body::Incoming;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep};

use super::forward::{Forwarded, SourceAnswer};
use super::limit::{Limited, Pace};
use super::route::cursors;
use crate::engine::form::Form;
use crate::engine::minimise::rule::Rule;
use crate::engine::minimise::{FieldTally, Minimiser, NextLink};
use crate::engine::policy::{Campaign, Contest, Export};
use crate::engine::query::ListQuery;
use crate::engine::reason::Reason;
use crate::engine::rejection::Rejection;
use crate::engine::time::Timestamp;

/// How often a stream is looked at when nothing arrives.
const PULSE: Duration = Duration::from_millis(500);

/// An answer of which the beginning, or all, has been minimised.
pub struct Minimised {
    limited: Limited,
    held: Vec<Released>,
    rest: Stream,
}

/// Bytes that may leave, and how many records end in them.
#[derive(Debug)]
pub struct Released {
    /// The bytes.
    pub bytes: Bytes,
    /// Records that they complete.
    pub records: u64,
}

impl Minimised {
    /// What the campaign has left, for the answer's headers.
    #[must_use]
    pub fn pace(&self) -> Pace {
        self.limited.pace()
    }

    /// The form in which it leaves.
    #[must_use]
    pub fn form(&self) -> Form {
        self.limited.admitted().routed().form()
    }

    /// The link to the next page, where the form has no place for it in the body.
    #[must_use]
    pub fn next_link(&self) -> Option<&str> {
        self.rest.links.beside.as_deref()
    }

    pub(super) fn into_parts(self) -> (Limited, Vec<Released>, Stream) {
        (self.limited, self.held, self.rest)
    }
}

/// Begins to minimise: reads on until the body has ended or more than `whole_bytes_max` of it have been read.
///
/// A form without an envelope carries the link to the next page in the head, so the head waits for it. Where a body is longer
/// than that and has not said it yet, the list is refused: a page that seems to be the last one would hide the others.
///
/// # Errors
/// What the engine finds wrong with the body, `upstream_timeout`, `upstream_broke_off`, `body_too_large`.
pub async fn begin(forwarded: Forwarded, whole_bytes_max: usize) -> Result<Minimised, Rejection> {
    let (limited, answer) = forwarded.into_parts();
    let mut rest = Stream::new(&limited, answer);
    let mut held = Vec::new();
    while !rest.ended && rest.read_bytes <= whole_bytes_max as u64 {
        let released = std::future::poll_fn(|cx| rest.poll_released(cx)).await;
        held.extend(released.transpose()?);
    }
    if rest.lacks_link() {
        return Err(Reason::BodyTooLarge.into());
    }
    Ok(Minimised { limited, held, rest })
}

/// A body on its way from the source through the engine.
pub struct Stream {
    body: Incoming,
    minimiser: Minimiser,
    links: Links,
    out: Vec<u8>,
    released: u64,
    read_bytes: u64,
    ended: bool,
    patience: Patience,
    _place: OwnedSemaphorePermit,
}

impl Stream {
    fn new(limited: &Limited, answer: SourceAnswer) -> Self {
        let routed = limited.admitted().routed();
        let links = Links {
            contest: Arc::clone(routed.contest()),
            campaign: Arc::clone(routed.campaign()),
            export: Arc::clone(routed.export()),
            query: routed.query().clone(),
            base: routed.base().to_owned(),
            now: limited.admitted().at(),
            inside: routed.form() == Form::Json,
            beside: None,
        };
        let (plan, keys) = (Arc::clone(&links.export.plan), Arc::clone(&links.campaign.keyring));
        Self {
            body: answer.body,
            minimiser: Minimiser::new(plan, keys).writing(routed.form()),
            links,
            out: Vec::new(),
            released: 0,
            read_bytes: 0,
            ended: false,
            patience: Patience::new(answer.pause_max),
            _place: answer.place,
        }
    }

    /// The next bytes that may leave; `None` at the good end. Wakes at least twice a second.
    ///
    /// # Errors
    /// What the engine finds wrong, `upstream_timeout`, `upstream_broke_off`.
    pub fn poll_released(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Released, Reason>>> {
        while !self.ended {
            let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
                return self.patience.poll(cx).map(|reason| Some(Err(reason)));
            };
            self.patience.progress();
            match frame {
                Some(Ok(frame)) => self.feed(frame.data_ref().map_or(&[], |data| &data[..]))?,
                Some(Err(_)) => return Poll::Ready(Some(Err(Reason::UpstreamBrokeOff))),
                None => self.finish()?,
            }
            if !self.out.is_empty() {
                return Poll::Ready(Some(Ok(self.take())));
            }
        }
        Poll::Ready(None)
    }

    /// Whether the head needs a link that the body has not given yet.
    fn lacks_link(&self) -> bool {
        let paged = self.links.export.plan.spec().next.is_some();
        paged && !self.links.inside && !self.ended && !self.minimiser.next_is_known()
    }

    /// What has become of each field so far.
    pub fn fields(&self) -> impl Iterator<Item = (&Rule, &FieldTally)> {
        let rules = self.links.export.plan.spec().fields.iter().map(|field| &field.rule);
        rules.zip(&self.minimiser.tally().fields)
    }

    fn feed(&mut self, data: &[u8]) -> Result<(), Reason> {
        self.read_bytes += data.len() as u64;
        self.minimiser.feed(data, &mut self.links, &mut self.out).map_err(|fault| fault.reason())
    }

    fn finish(&mut self) -> Result<(), Reason> {
        self.ended = true;
        self.minimiser.finish(&mut self.out).map_err(|fault| fault.reason())
    }

    fn take(&mut self) -> Released {
        let next = Vec::with_capacity(self.out.len());
        let bytes = Bytes::from(std::mem::replace(&mut self.out, next));
        let released = self.minimiser.tally().released;
        let records = released - std::mem::replace(&mut self.released, released);
        Released { bytes, records }
    }
}

/// Bounds the pause between two chunks of the source, with one timer for the whole stream.
struct Patience {
    pause_max: Duration,
    last: Instant,
    pulse: Pin<Box<Sleep>>,
}

impl Patience {
    fn new(pause_max: Duration) -> Self {
        Self { pause_max, last: Instant::now(), pulse: Box::pin(sleep(PULSE)) }
    }

    fn progress(&mut self) {
        self.last = Instant::now();
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Reason> {
        loop {
            ready!(self.pulse.as_mut().poll(cx));
            if self.last.elapsed() >= self.pause_max {
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
    base: String,
    now: Timestamp,
    /// Whether the link has a place in the body.
    inside: bool,
    /// The link for the head, where it has none.
    beside: Option<String>,
}

impl NextLink for Links {
    fn link(&mut self, said: &str) -> Option<String> {
        let cursors = cursors(&self.contest.id, &self.campaign, &self.export.name, self.now);
        if self.inside {
            return self.export.route.next(said, &self.query, &self.base, &cursors);
        }
        self.beside = self.export.route.next_link(said, &self.query, &self.base, &cursors);
        None
    }
}
