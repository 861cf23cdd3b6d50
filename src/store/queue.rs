//! The way of rejections to a database: a bounded queue, and one thread that writes what waits.
//!
//! Rows are written in batches, one transaction for all that wait, so the request's path never touches the database.
//!
//! **When the database refuses**, the proxy keeps serving and the thread keeps trying, once a second, with as many waiting rows
//! as the queue may hold; beyond that the oldest are given up and counted. It says so in the log, at once and then once a minute,
//! and once more when writing works again. A transaction whose commit failed is written anew, so a row can stand twice after a
//! failure; it is never lost silently. A kill or a crash of the process loses the rows that were still in the queue: for
//! rejections that is accepted, since nothing left the house with them.

mod writer;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use self::writer::{Message, Writer};
use super::{RejectionRow, StoreError};

/// The longest that a flush waits, whatever is asked for.
const FLUSH_MAX: Duration = Duration::from_secs(3600);

/// What writes a batch of rejections into a database.
pub(super) trait Append: Send + 'static {
    /// Writes all rows durably, or none of them.
    fn append(&mut self, rows: &[RejectionRow]) -> Result<(), StoreError>;
}

/// The queue and its thread. Dropping it writes what waits; that may block for some seconds.
pub(super) struct Queue {
    /// Names the database, for people.
    place: Box<str>,
    messages: SyncSender<Message>,
    unwritten: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Queue {
    /// Starts the thread.
    pub fn start(place: impl Into<Box<str>>, append: impl Append, queue_max: usize) -> Result<Self, StoreError> {
        let (place, queue_max) = (place.into(), queue_max.max(1));
        let (messages, waiting) = sync_channel(queue_max);
        let unwritten = Arc::new(AtomicU64::new(0));
        let writer = Writer::new(Box::new(append), place.clone(), queue_max, Arc::clone(&unwritten));
        let thread = std::thread::Builder::new().name("store-writer".into()).spawn(move || writer.run(&waiting));
        let thread = thread.map_err(|source| StoreError::Thread { place: place.clone(), source })?;
        Ok(Self { place, messages, unwritten, thread: Some(thread) })
    }

    /// Hands a row over; `false` when too many wait.
    pub fn record(&self, row: RejectionRow) -> bool {
        self.messages.try_send(Message::Row(row)).is_ok()
    }

    /// Waits until everything that was handed over before is written.
    pub fn flush(&self, timeout: Duration) -> Result<(), StoreError> {
        let deadline = Instant::now() + timeout.min(FLUSH_MAX);
        let (answer, written) = sync_channel(1);
        let sent = self.insist(Message::Flush(answer), deadline);
        let left = deadline.saturating_duration_since(Instant::now());
        if sent && written.recv_timeout(left).unwrap_or(false) {
            return Ok(());
        }
        Err(StoreError::NotWritten { place: self.place.clone() })
    }

    /// Rejections that were given up.
    pub fn unwritten(&self) -> u64 {
        self.unwritten.load(Ordering::Relaxed)
    }

    /// Sends a message that has to arrive, waiting for room in the queue until `deadline`.
    fn insist(&self, mut message: Message, deadline: Instant) -> bool {
        loop {
            match self.messages.try_send(message) {
                Ok(()) => return true,
                Err(TrySendError::Full(back)) if Instant::now() < deadline => message = back,
                Err(_) => return false,
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // Waits for room: the thread empties the queue even while the database refuses.
        let _ = self.messages.send(Message::Close);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!(store = %self.place, "the thread that writes the store ended by a panic");
        }
    }
}
