//! The one writer of a process: gathers what waits, makes one transaction of it, and answers when that is durable.
//!
//! After a failure of which it cannot be known what is durable it writes nothing more until the process is started again: then
//! nothing more leaves the house. It never answers yes to what is not durable.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::desk::Desk;
use super::heads::Signer;
use super::inbox::{Batch, Inbox, Message, Waiting};
use super::refusals::{Refusal, Refusals};
use super::sweep::Sweep;
use super::tables::Backend;
use super::{Answer, BooksError, Step};
use crate::clock::Clock;
use crate::engine::reason::Reason;
use crate::engine::time::Timestamp;
use crate::store::StoreError;

/// From an entry to the head that covers it, unless somebody asks for one.
const HEAD_AFTER: Duration = Duration::from_secs(1);
/// How often it is looked at counts and at what is owed.
const TICK: Duration = Duration::from_secs(1);
/// From one line in the log about a lasting failure to the next.
const REPEAT: Duration = Duration::from_secs(60);

/// The books, open for writing. Dropping them writes what waits and ends the writer; that may block for some seconds.
#[derive(Debug)]
pub struct Books {
    inbox: Arc<Inbox>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    stopped: AtomicBool,
    owing: AtomicBool,
    refusals: Mutex<Refusals>,
}

/// An answer that is awaited. Dropping it does not take the step back.
#[derive(Debug)]
pub struct Ticket<T = Answer>(oneshot::Receiver<Result<T, BooksError>>);

impl<T> Future for Ticket<T> {
    type Output = Result<T, BooksError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|answer| answer.unwrap_or(Err(BooksError::Unwritten)))
    }
}

impl Books {
    /// Starts the writer.
    ///
    /// # Errors
    /// What the system says when it gives no thread.
    pub fn start(backend: Box<dyn Backend>, signer: Signer) -> std::io::Result<Self> {
        let inbox = Arc::new(Inbox::default());
        let shared = Arc::new(Shared::default());
        let writer = Writer {
            backend,
            inbox: Arc::clone(&inbox),
            signer,
            desk: Desk::default(),
            shared: Arc::clone(&shared),
            owed: Vec::new(),
            unsigned_since: Some(Instant::now()),
            sweep: Sweep::default(),
            said: None,
        };
        let thread = std::thread::Builder::new().name("books".into()).spawn(move || writer.run())?;
        Ok(Self { inbox, shared, thread: Some(thread) })
    }

    /// Takes a step. It has happened when the ticket says so.
    pub fn take(&self, step: Step) -> Ticket {
        let (answer, answered) = oneshot::channel();
        // Without a writer the answer is dropped, and the ticket says so.
        self.inbox.put(Message::Step(step, Some(answer)));
        Ticket(answered)
    }

    /// Takes a step for which nobody waits. It is tried again until it succeeds or the books have stopped.
    pub fn tell(&self, step: Step) {
        self.inbox.put(Message::Step(step, None));
    }

    /// A signed head over everything that was taken or told before.
    pub fn head(&self) -> Ticket<(u64, String)> {
        let (answer, answered) = oneshot::channel();
        self.inbox.put(Message::Head(answer));
        Ticket(answered)
    }

    /// Writes down that somebody known was refused, by an entry or, in a flood, by a count.
    pub fn refused(&self, refusal: Refusal, at: Timestamp) {
        if let Some(event) = self.shared.refusals().known(refusal, at) {
            self.tell(Step::Note(Box::new(event), at));
        }
    }

    /// Counts refusals of nobody known.
    pub fn refused_unknown(&self, reason: Reason, times: u64, at: Timestamp) {
        self.shared.refusals().unknown(reason, times, at);
    }

    /// Whether the books have stopped for good, until the process is started again.
    #[must_use]
    pub fn have_stopped(&self) -> bool {
        self.shared.stopped.load(Ordering::Relaxed)
    }

    /// Whether something that has happened is not written down yet, because the database refuses.
    #[must_use]
    pub fn are_owing(&self) -> bool {
        self.shared.owing.load(Ordering::Relaxed)
    }
}

impl Drop for Books {
    fn drop(&mut self) {
        self.inbox.put(Message::End);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that writes the books ended by a panic");
        }
    }
}

impl Shared {
    /// Counts are whole or not there, so a panic elsewhere cannot have left half of one.
    fn refusals(&self) -> MutexGuard<'_, Refusals> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the thread owns.
struct Writer {
    backend: Box<dyn Backend>,
    inbox: Arc<Inbox>,
    signer: Signer,
    desk: Desk,
    shared: Arc<Shared>,
    /// Steps for which nobody waits, and which the database has refused so far.
    owed: Vec<Step>,
    /// Since when there are entries that no head covers.
    unsigned_since: Option<Instant>,
    /// What is noticed of other processes.
    sweep: Sweep,
    /// When a failure was last said. Monotonic: it paces log lines and is never recorded.
    said: Option<Instant>,
}

impl Drop for Writer {
    /// However it ended: who waits, or comes to wait, learns it.
    fn drop(&mut self) {
        self.inbox.close();
    }
}

impl Writer {
    fn run(mut self) {
        loop {
            let batch = self.inbox.take(self.patience());
            let last = batch.last;
            self.write(batch);
            self.sweep();
            if last {
                return;
            }
        }
    }

    fn patience(&self) -> Duration {
        self.unsigned_since.map_or(TICK, |since| HEAD_AFTER.saturating_sub(since.elapsed()))
    }

    fn write(&mut self, batch: Batch) {
        let Batch { steps, waiting, heads, last } = batch;
        let counted = self.counted(last);
        let mut all = std::mem::take(&mut self.owed);
        let before = all.len();
        all.extend(steps);
        all.extend(counted);
        if !all.is_empty() {
            let answers = self.transact(&all);
            self.answer(all, before, waiting, answers);
        }
        let due = self.unsigned_since.is_some_and(|since| since.elapsed() >= HEAD_AFTER);
        if !heads.is_empty() || due || last {
            let head = self.sign();
            heads.into_iter().for_each(|waiting| drop(waiting.send(head.clone())));
        }
    }

    fn counted(&self, all: bool) -> Vec<Step> {
        let now = Clock::default().now();
        let due = self.shared.refusals().due(now, all);
        due.into_iter().map(|event| Step::Note(Box::new(event), now)).collect()
    }

    fn answer(
        &mut self,
        steps: Vec<Step>,
        before: usize,
        waiting: Vec<Option<Waiting>>,
        answers: Result<Vec<Answer>, BooksError>,
    ) {
        let nobody = || std::iter::repeat_with(|| None);
        let waiting = nobody().take(before).chain(waiting).chain(nobody());
        for (at, (step, waiting)) in steps.into_iter().zip(waiting).enumerate() {
            let answer = match &answers {
                Ok(answers) => answers.get(at).cloned().ok_or(BooksError::Unwritten),
                Err(error) => Err(*error),
            };
            match waiting {
                // One that no longer waits for the answer has gone.
                Some(waiting) => drop(waiting.send(answer)),
                None if answer.is_err() && !self.shared.stopped.load(Ordering::Relaxed) => self.owed.push(step),
                None => {}
            }
        }
        self.shared.owing.store(!self.owed.is_empty(), Ordering::Relaxed);
    }

    fn transact(&mut self, steps: &[Step]) -> Result<Vec<Answer>, BooksError> {
        if self.shared.stopped.load(Ordering::Relaxed) {
            return Err(BooksError::Unwritten);
        }
        let (mut answers, desk) = (Vec::new(), &mut self.desk);
        let written = self.backend.transact(&mut |tables| {
            answers = desk.take(tables, steps)?;
            Ok(())
        });
        match written {
            Ok(()) => {
                self.desk.adopt();
                self.unsigned_since.get_or_insert_with(Instant::now);
                if self.said.take().is_some() {
                    tracing::warn!("the books are being written again");
                }
                Ok(answers)
            }
            Err(error) => {
                self.desk.forget();
                self.failed(&error);
                Err(BooksError::Unwritten)
            }
        }
    }

    /// Closes what other processes have left open.
    fn sweep(&mut self) {
        let now = Instant::now();
        if self.shared.stopped.load(Ordering::Relaxed) || !self.sweep.is_due(&*self.backend, now) {
            return;
        }
        match self.sweep.look(&mut *self.backend, now, Clock::default().now()) {
            Ok(0) => {}
            Ok(lost) => {
                self.unsigned_since.get_or_insert_with(Instant::now);
                tracing::warn!(lost, "pulls of a process that is gone were closed as lost, with what may have left");
            }
            Err(error) => self.failed(&error),
        }
    }

    fn failed(&mut self, error: &StoreError) {
        let lasting = error.is_lasting();
        if lasting {
            self.shared.stopped.store(true, Ordering::Relaxed);
        }
        if lasting || self.said.is_none_or(|said| said.elapsed() >= REPEAT) {
            let error = error as &dyn std::error::Error;
            if lasting {
                tracing::error!(error, "the books cannot be written for certain any more: nothing leaves until a restart");
            } else {
                tracing::error!(error, "the books cannot be written; nothing leaves meanwhile");
            }
            self.said = Some(Instant::now());
        }
    }

    fn sign(&mut self) -> Result<(u64, String), BooksError> {
        if self.shared.stopped.load(Ordering::Relaxed) {
            return Err(BooksError::Unwritten);
        }
        let (mut head, signer) = (None, &self.signer);
        let written = self.backend.transact(&mut |tables| {
            head = Some(signer.head(tables)?);
            Ok(())
        });
        let kept = written.map_err(|error| self.failed(&error)).ok().and(head).ok_or(BooksError::Unwritten)?;
        if let Err(error) = self.signer.keep_outside(&kept.1) {
            // An old copy of the store would go unnoticed from here on; the store itself is whole.
            tracing::error!(%error, "the newest head could not be kept beside the store");
        }
        self.unsigned_since = None;
        Ok(kept)
    }
}
