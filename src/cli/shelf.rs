//! Where commands open the books: one place, so that every command works on every sort of store.
//!
//! Never creates a store and never brings one to another schema: what a command writes, a proxy has to read.

use crate::config::settings::Store;
use crate::store::StoreError;
use crate::store::books::tables::{Reading, Tables};
use crate::store::open::{self, Reads};
use crate::store::suspensions::SuspensionBook;

/// Does some work on one snapshot of the books: what is written meanwhile is not seen, and nobody waits.
///
/// # Errors
/// What the work says, or why the store cannot be read.
pub(super) fn read<T>(store: &Store, work: impl FnOnce(&mut dyn Reading) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let books = open::to_read_books(store)?;
    // The work has errors of its own, which the books need not know.
    books.read(|reading| Ok(work(reading)))?
}

/// Does some work on the books in one transaction, durable when this returns, or not at all.
///
/// # Errors
/// What the work says, or why the store cannot be written.
pub(super) fn write(store: &Store, work: &mut dyn FnMut(&mut dyn Tables) -> Result<(), StoreError>) -> Result<(), StoreError> {
    open::to_write_books(store)?.transact(work)
}

/// The books of rejections and of suspensions.
///
/// # Errors
/// Why the store cannot be opened.
pub(super) fn reader(store: &Store) -> Result<Box<dyn Reads>, StoreError> {
    open::to_read(store)
}

/// The book of suspensions, open for writing.
///
/// # Errors
/// Why the store cannot be opened.
pub(super) fn suspender(store: &Store) -> Result<Box<dyn SuspensionBook>, StoreError> {
    open::to_suspend(store)
}
