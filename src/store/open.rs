//! Opening a store of either kind: the one place that asks which it is.

use std::sync::Arc;

use super::books::tables::{Backend, ReadBooks};
use super::postgres::{PostgresBooks, PostgresBooksReader, PostgresReader, PostgresStore, PostgresSuspender, PostgresWatch};
use super::sqlite::{Reader, SqliteBooks, SqliteBooksReader, SqliteStore, Suspender, Watch};
use super::suspensions::{SuspensionBook, SuspensionReader, SuspensionWatch};
use super::{RejectionBook, RejectionBounds, RejectionReader, StoreError};
use crate::config::settings::Store;

/// Everything of a store that a proxy serves with.
pub struct Serving {
    /// The books, for the one who writes them. To be dropped before the book of rejections.
    pub backend: Box<dyn Backend>,
    /// The same, for reading.
    pub reader: Arc<dyn ReadBooks>,
    /// Looks for suspensions.
    pub watch: Box<dyn SuspensionWatch>,
    /// The book of rejections.
    pub rejections: Arc<dyn RejectionBook>,
}

/// Reads rejections and suspensions.
pub trait Reads: RejectionReader + SuspensionReader {}

impl<T: RejectionReader + SuspensionReader> Reads for T {}

/// Opens a store to serve from it, making it or bringing it up to date. Blocks.
///
/// # Errors
/// [`StoreError`] when it cannot be opened; so for every function here.
pub fn to_serve(store: &Store, bounds: RejectionBounds) -> Result<Serving, StoreError> {
    match store {
        Store::Sqlite(path) => {
            let rejections = SqliteStore::open(path, bounds)?;
            let (backend, reader) = (Box::new(rejections.books()?), Arc::new(SqliteBooksReader::open(path)?));
            Ok(Serving { backend, reader, watch: Box::new(Watch::open(path)?), rejections: Arc::new(rejections) })
        }
        Store::Postgres(place) => {
            let rejections = Arc::new(PostgresStore::open(place, bounds)?);
            let (backend, reader) = (Box::new(PostgresBooks::open(place)?), Arc::new(PostgresBooksReader::open(place)?));
            Ok(Serving { backend, reader, watch: Box::new(PostgresWatch::open(place)?), rejections })
        }
    }
}

/// Opens the books of rejections and suspensions for reading, beside those who serve or without them.
///
/// # Errors
/// See [`to_serve`].
pub fn to_read(store: &Store) -> Result<Box<dyn Reads>, StoreError> {
    Ok(match store {
        Store::Sqlite(path) => Box::new(Reader::open(path)?),
        Store::Postgres(place) => Box::new(PostgresReader::open(place)?),
    })
}

/// Opens the book of suspensions for suspending and resuming, beside those who serve or without them.
///
/// # Errors
/// See [`to_serve`].
pub fn to_suspend(store: &Store) -> Result<Box<dyn SuspensionBook>, StoreError> {
    Ok(match store {
        Store::Sqlite(path) => Box::new(Suspender::open(path)?),
        Store::Postgres(place) => Box::new(PostgresSuspender::open(place)?),
    })
}

/// Opens the books for writing, beside those who serve or without them.
///
/// # Errors
/// See [`to_serve`].
pub fn to_write_books(store: &Store) -> Result<Box<dyn Backend>, StoreError> {
    Ok(match store {
        Store::Sqlite(path) => Box::new(SqliteBooks::open(path)?),
        Store::Postgres(place) => Box::new(PostgresBooks::open(place)?),
    })
}

/// Opens the books for reading, beside those who serve or without them.
///
/// # Errors
/// See [`to_serve`].
pub fn to_read_books(store: &Store) -> Result<Arc<dyn ReadBooks>, StoreError> {
    Ok(match store {
        Store::Sqlite(path) => Arc::new(SqliteBooksReader::open(path)?),
        Store::Postgres(place) => Arc::new(PostgresBooksReader::open(place)?),
    })
}
