//! The shared store: one PostgreSQL database, any number of replicas.
//!
//! Everything is in the schema `portcullis` of the database; nothing else there is touched. One transaction at a time has its turn
//! with the books, so that quotas are exact and the log is one chain; rejections and suspensions have turns of their own, so that
//! neither waits for the other. What was answered is on the disk: `synchronous_commit` is set for each session that writes, and
//! a server that runs with `fsync = off` is refused, because a promise that the server breaks silently is none.
//!
//! Every wait has a bound, on the server's side and on this one; they stand in `address`.
//!
//! A pooler in front has to keep sessions: writers hold locks that belong to their connections, and proxies listen on theirs.
//!
//! Never shows the URL, and never says of the server's words more than its code and message.

mod address;
mod bell;
mod books;
mod error;
mod locks;
mod migrate;
mod reader;
mod rejections;
mod session;
mod snapshot;
mod suspensions;
mod tables;
mod waiting;

use std::time::Duration;

pub use self::books::PostgresBooks;
pub use self::error::{PostgresError, Said};
pub use self::reader::PostgresReader;
pub use self::snapshot::PostgresBooksReader;
pub use self::suspensions::{PostgresSuspender, PostgresWatch};

use self::address::{ANSWER_MAX, Address};
use self::rejections::Book;
use self::session::Session;
use super::queue::Queue;
use super::{RejectionBook, RejectionBounds, RejectionRow, StoreError};
use crate::config::postgres::Postgres;

/// A store in PostgreSQL, open for serving from it beside other replicas. Dropping it writes what waits; that may block for some
/// seconds.
#[derive(Debug)]
pub struct PostgresStore {
    queue: Queue,
}

impl PostgresStore {
    /// Opens the store, making its schema or bringing it up to date, and starts the thread that writes rejections. Blocks for as
    /// long as that takes. Bounds that are lower than last time take effect at once.
    ///
    /// # Errors
    /// [`StoreError::Postgres`], or [`StoreError::Thread`].
    pub fn open(store: &Postgres, bounds: RejectionBounds) -> Result<Self, StoreError> {
        let address = Address::of(store)?;
        let mut session = Session::open(&address, ANSWER_MAX)?;
        session.insist_on_the_disk(&address)?;
        migrate::to_newest(&mut session, &address)?;
        let place = address.place.clone();
        let mut book = Book::new(address, session, bounds.per_campaign_max);
        book.keep_within_bound()?;
        Ok(Self { queue: Queue::start(place, book, bounds.queue_max)? })
    }
}

impl RejectionBook for PostgresStore {
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
