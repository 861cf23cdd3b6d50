//! Where commands open the books: one place, so that every command works on every sort of store.
//!
//! Never creates a store and never brings one to another schema: what a command writes, a proxy has to read.

use crate::config::settings::Store;
use crate::store::StoreError;
use crate::store::books::tables::{Backend, ReadBooks, Reading, Tables};
use crate::store::sqlite::{Reader, SqliteBooks, SqliteBooksReader, Suspender};
use crate::store::suspensions::SuspensionBook;

/// Does some work on one snapshot of the books: what is written meanwhile is not seen, and nobody waits.
///
/// # Errors
/// What the work says, or why the store cannot be read.
pub(super) fn read<T>(store: &Store, work: impl FnOnce(&mut dyn Reading) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let books = reading(store)?;
    // The work has errors of its own, which the books need not know.
    books.read(|reading| Ok(work(reading)))?
}

fn reading(store: &Store) -> Result<Box<dyn ReadBooks>, StoreError> {
    let Store::Sqlite(path) = store;
    Ok(Box::new(SqliteBooksReader::open(path)?))
}

fn writing(store: &Store) -> Result<Box<dyn Backend>, StoreError> {
    let Store::Sqlite(path) = store;
    Ok(Box::new(SqliteBooks::open(path)?))
}

/// Does some work on the books in one transaction, durable when this returns, or not at all.
///
/// # Errors
/// What the work says, or why the store cannot be written.
pub(super) fn write(store: &Store, work: &mut dyn FnMut(&mut dyn Tables) -> Result<(), StoreError>) -> Result<(), StoreError> {
    writing(store)?.transact(work)
}

/// The books of rejections and of suspensions.
///
/// # Errors
/// Why the store cannot be opened.
pub(super) fn reader(store: &Store) -> Result<Reader, StoreError> {
    let Store::Sqlite(path) = store;
    Reader::open(path)
}

/// The book of suspensions, open for writing.
///
/// # Errors
/// Why the store cannot be opened.
pub(super) fn suspender(store: &Store) -> Result<impl SuspensionBook + use<>, StoreError> {
    let Store::Sqlite(path) = store;
    Suspender::open(path)
}
