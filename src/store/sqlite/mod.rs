//! The embedded store: one SQLite file, one thread that writes it, any number of readers.
//!
//! Rejections go through a bounded queue to a thread that writes them. The file is in WAL mode with
//! `synchronous = FULL`: what [`RejectionBook::flush`] has confirmed survives a power loss, and a reader neither waits for the
//! writer nor stops it.
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

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

pub use self::books::{SqliteBooks, SqliteBooksReader};
pub use self::reader::Reader;
pub use self::suspensions::{Suspender, Watch};

use self::books::Pen;
use self::rejections::Book;
use super::queue::{Append, Queue};
use super::{RejectionBook, RejectionBounds, RejectionRow, StoreError};

/// The embedded store, open for writing. Dropping it writes what waits, closes the file and lets the next process in; that may
/// block for some seconds.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    pen: Pen,
    queue: Queue,
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
        let pen = Pen::default();
        let scribe = Scribe { connection, pen: Arc::clone(&pen), book, path: path.into() };
        let queue = Queue::start(path.display().to_string(), scribe, bounds.queue_max)?;
        Ok(Self { path: path.into(), pen, queue, _lock: lock })
    }

    /// The same file, open for writing the books. To be dropped before this.
    ///
    /// # Errors
    /// Those of [`SqliteBooks::open`].
    pub fn books(&self) -> Result<SqliteBooks, StoreError> {
        SqliteBooks::with_pen(&self.path, Arc::clone(&self.pen))
    }
}

impl RejectionBook for SqliteStore {
    fn record(&self, row: RejectionRow) -> bool {
        self.queue.record(row)
    }

    fn flush(&self, timeout: Duration) -> Result<(), StoreError> {
        self.queue.flush(timeout)
    }

    fn unwritten(&self) -> u64 {
        self.queue.unwritten()
    }
}

/// What the writing thread owns.
struct Scribe {
    connection: Connection,
    pen: Pen,
    book: Book,
    path: PathBuf,
}

impl Append for Scribe {
    fn append(&mut self, rows: &[RejectionRow]) -> Result<(), StoreError> {
        // A panic elsewhere leaves nothing half done that this lock guards.
        let _pen = self.pen.lock().unwrap_or_else(PoisonError::into_inner);
        let Self { connection, book, path, .. } = self;
        book.append(connection, rows).map_err(|source| StoreError::Database { path: path.clone(), source })
    }
}
