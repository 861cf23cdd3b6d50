//! The embedded store: one SQLite file, one thread that writes it, any number of readers.
//!
//! Rows are handed over through a bounded queue and written by the thread in batches, one transaction (and one fsync) for all
//! that wait, so the request's path never touches the disk. The file is in WAL mode with `synchronous = FULL`: what
//! [`RejectionBook::flush`] has confirmed survives a power loss, and a reader neither waits for the writer nor stops it.
//!
//! **When the disk refuses**, the proxy keeps serving and the thread keeps trying, once a second, with as many waiting rows as the
//! queue may hold; beyond that the oldest are given up and counted in [`RejectionBook::unwritten`]. It says so in the log,
//! at once and then once a minute, and once more when writing works again. A transaction whose commit failed is written
//! anew, so a row can stand twice after a disk failure; it is never lost silently. A kill or a crash of the process loses
//! the rows that were still in the queue: for rejections that is accepted, since nothing left the house with them.
//!
//! One process at a time serves from the store: a second one that opens it as a whole is refused. A command that suspends or
//! resumes writes its one row beside it, in a transaction of its own. It never creates a directory, never
//! follows a path that holds something else, and never writes anything but what `migrations/` declares.

mod access;
mod books;
mod migrate;
mod reader;
mod rejections;
mod suspensions;
mod tables;
mod writer;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use self::books::{SqliteBooks, SqliteBooksReader};
pub use self::reader::Reader;
pub use self::suspensions::{Suspender, Watch};

use self::books::Pen;
use self::rejections::Book;
use self::writer::{Message, Writer};
use super::{RejectionBook, RejectionBounds, RejectionRow, StoreError};

/// The longest that a flush waits, whatever is asked for.
const FLUSH_MAX: Duration = Duration::from_secs(3600);

/// The embedded store, open for writing. Dropping it writes what waits, closes the file and lets the next process in; that may
/// block for some seconds.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    pen: Pen,
    queue: SyncSender<Message>,
    unwritten: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
    /// Held until the thread has ended: declared after it, and released last.
    _lock: File,
}

impl SqliteStore {
    /// Opens the store at `path`, creating the file (mode 0600, in a directory that exists) or bringing its schema up to date,
    /// and starts the thread that writes. Blocks for as long as that takes. Bounds that are lower than last time take
    /// effect at once.
    ///
    /// # Errors
    /// Each [`StoreError`] but `NotFound`, `SchemaOlder` and `NotWritten`.
    pub fn open(path: &Path, bounds: RejectionBounds) -> Result<Self, StoreError> {
        let (mut connection, lock) = access::for_writing(path)?;
        let database = |source| StoreError::Database { path: path.into(), source };
        let mut book = Book::new(bounds.per_campaign_max);
        book.append(&mut connection, &[]).map_err(database)?;
        let queue_max = bounds.queue_max.max(1);
        let (queue, messages) = sync_channel(queue_max);
        let unwritten = Arc::new(AtomicU64::new(0));
        let pen = Pen::default();
        let writer = Writer::new((connection, Arc::clone(&pen)), book, path.into(), queue_max, Arc::clone(&unwritten));
        let thread = std::thread::Builder::new().name("store-writer".into()).spawn(move || writer.run(&messages));
        let thread = thread.map_err(|source| StoreError::Thread { path: path.into(), source })?;
        Ok(Self { path: path.into(), pen, queue, unwritten, thread: Some(thread), _lock: lock })
    }

    /// The same file, open for writing the books. To be dropped before this.
    ///
    /// # Errors
    /// Those of [`SqliteBooks::open`].
    pub fn books(&self) -> Result<SqliteBooks, StoreError> {
        SqliteBooks::with_pen(&self.path, Arc::clone(&self.pen))
    }

    /// Sends a message that has to arrive, waiting for room in the queue until `deadline`.
    fn insist(&self, mut message: Message, deadline: Instant) -> bool {
        loop {
            match self.queue.try_send(message) {
                Ok(()) => return true,
                Err(TrySendError::Full(back)) if Instant::now() < deadline => message = back,
                Err(_) => return false,
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl RejectionBook for SqliteStore {
    fn record(&self, row: RejectionRow) -> bool {
        self.queue.try_send(Message::Row(row)).is_ok()
    }

    fn flush(&self, timeout: Duration) -> Result<(), StoreError> {
        let deadline = Instant::now() + timeout.min(FLUSH_MAX);
        let (answer, written) = sync_channel(1);
        let sent = self.insist(Message::Flush(answer), deadline);
        let left = deadline.saturating_duration_since(Instant::now());
        if sent && written.recv_timeout(left).unwrap_or(false) {
            return Ok(());
        }
        Err(StoreError::NotWritten { path: self.path.clone() })
    }

    fn unwritten(&self) -> u64 {
        self.unwritten.load(Ordering::Relaxed)
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // Waits for room: the thread empties the queue even while the disk refuses.
        let _ = self.queue.send(Message::Close);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!(path = %self.path.display(), "the thread that writes the store ended by a panic");
        }
    }
}
