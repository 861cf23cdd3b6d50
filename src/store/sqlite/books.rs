//! The books in an SQLite file: transactions that begin by taking the file for writing, and end on the disk.
//!
//! Decides nothing about what is written.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, TransactionBehavior};

use super::access;
use super::tables::Rows;
use crate::store::StoreError;
use crate::store::books::tables::{Backend, ReadBooks, Reading, Tables};

/// What this process's writers hold while they write, so that they wait for each other without asking the file again and again.
pub(super) type Pen = Arc<Mutex<()>>;

/// The embedded store, open for writing the books.
#[derive(Debug)]
pub struct SqliteBooks {
    path: PathBuf,
    connection: Connection,
    pen: Pen,
}

impl SqliteBooks {
    /// Opens the store at `path`, which has to exist at the schema of this program; beside a process that serves from it, or
    /// without one. Blocks while it does.
    ///
    /// # Errors
    /// `IsDirectory`, `FolderMissing`, `NotFound`, `NotAccessible`, `NotADatabase`, `Foreign`, `SchemaNewer`, `SchemaOlder` or
    /// `Database` of [`StoreError`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::with_pen(path, Pen::default())
    }

    pub(super) fn with_pen(path: &Path, pen: Pen) -> Result<Self, StoreError> {
        Ok(Self { path: path.into(), connection: access::for_writing_beside(path)?, pen })
    }
}

impl Backend for SqliteBooks {
    fn transact(&mut self, work: &mut dyn FnMut(&mut dyn Tables) -> Result<(), StoreError>) -> Result<(), StoreError> {
        // A panic elsewhere leaves nothing half done that this lock guards.
        let _pen = self.pen.lock().unwrap_or_else(PoisonError::into_inner);
        let Self { path, connection, .. } = self;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = transaction.map_err(|error| access::explain(path, error))?;
        work(&mut Rows { connection: &transaction, path })?;
        transaction.commit().map_err(|error| access::explain(path, error))
    }
}

/// The embedded store, open for reading the books; beside a running `serve` or without one.
#[derive(Debug)]
pub struct SqliteBooksReader {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl SqliteBooksReader {
    /// Opens the store at `path`, which has to exist at the schema of this program. Blocks while it does.
    ///
    /// # Errors
    /// Those of [`SqliteBooks::open`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { path: path.into(), connection: Mutex::new(access::for_reading(path)?) })
    }

    /// Reads in one snapshot: what is committed meanwhile is not seen.
    ///
    /// # Errors
    /// What the work says, or the database.
    pub fn read<T>(&self, work: impl FnOnce(&mut dyn Reading) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let path = &self.path;
        // A panic elsewhere leaves a connection behind that is as good as before.
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction().map_err(|error| access::explain(path, error))?;
        work(&mut Rows { connection: &transaction, path })
    }
}

impl ReadBooks for SqliteBooksReader {
    fn reading(&self, work: &mut dyn FnMut(&mut dyn Reading) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.read(work)
    }
}
