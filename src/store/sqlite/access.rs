//! Getting at the file: who may, what it must be, and how the connection is set up.
//!
//! It never creates a directory and never changes a file that is not ours.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::migrate;
use crate::store::{StoreError, folder};

/// How long a statement waits for a lock of another connection: a checkpoint, or the operator's `sqlite3`.
const BUSY: Duration = Duration::from_secs(5);
/// Statements that a connection keeps prepared: more than there are.
const STATEMENTS: usize = 128;
/// Pages of the log beside the database after which it is brought into the database: some thousand transactions, of which most
/// write the same few pages.
const CHECKPOINT_PAGES: i64 = 4096;
/// What that log is cut back to then, bytes. It is written again from its beginning, and a file that need not grow is synced sooner.
const WAL_BYTES_MAX: i64 = 32 << 20;
/// Marks the file as ours: "Port" in ASCII.
const APPLICATION_ID: i32 = 0x506f_7274;

/// The file open for writing at the newest schema, and the lock that keeps every other writer out while it is held.
pub(super) fn for_writing(path: &Path) -> Result<(Connection, File), StoreError> {
    refuse_directory(path)?;
    let lock = lock(path)?;
    create_private(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|error| explain(path, error))?;
    let empty = belongs_to_us(&connection, path)?;
    set_up(&connection, empty).map_err(|error| explain(path, error))?;
    migrate::to_newest(&mut connection, path)?;
    Ok((connection, lock))
}

/// The file open for writing beside the process that holds the lock, at the schema that this program knows.
pub(super) fn for_writing_beside(path: &Path) -> Result<Connection, StoreError> {
    refuse_directory(path)?;
    std::fs::metadata(path).map_err(|error| file_error(path, error))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| explain(path, error))?;
    connection.busy_timeout(BUSY).map_err(|error| explain(path, error))?;
    belongs_to_us(&connection, path)?;
    migrate::is_newest(&connection, path)?;
    set_up(&connection, false).map_err(|error| explain(path, error))?;
    Ok(connection)
}

/// The file open for reading alone, at the schema that this program knows.
pub(super) fn for_reading(path: &Path) -> Result<Connection, StoreError> {
    refuse_directory(path)?;
    // SQLite says only "unable to open"; the system says why. Asked without opening the file: see `lock`.
    std::fs::metadata(path).map_err(|error| file_error(path, error))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| explain(path, error))?;
    connection.busy_timeout(BUSY).map_err(|error| explain(path, error))?;
    belongs_to_us(&connection, path)?;
    migrate::is_newest(&connection, path)?;
    Ok(connection)
}

fn refuse_directory(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() { Err(StoreError::IsDirectory { path: path.into() }) } else { Ok(()) }
}

/// A file of its own, because SQLite's locks on the database are lost when any other handle on it in this process is closed: so
/// nothing here opens the database itself once it exists.
/// It stays behind: removing it would let two processes lock two different files.
fn lock(path: &Path) -> Result<File, StoreError> {
    let file = private().create(true).truncate(false).open(beside(path, ".lock")).map_err(|error| file_error(path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.into() }),
        Err(TryLockError::Error(error)) => Err(file_error(path, error)),
    }
}

/// Creates the file with nobody else's access, or warns when it is there and others have some. SQLite gives the files that it
/// puts beside it the same mode.
fn create_private(path: &Path) -> Result<(), StoreError> {
    match private().create_new(true).open(path) {
        Ok(file) => file.sync_all().and_then(|()| folder::sync_of(path)).map_err(|error| file_error(path, error)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => warn_of_others(path),
        Err(error) => Err(file_error(path, error)),
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

fn warn_of_others(path: &Path) -> Result<(), StoreError> {
    let mode = std::fs::metadata(path).map_err(|error| file_error(path, error))?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "the store can be accessed by other users of this machine; chmod 600 it");
    }
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Whether the file is still empty; an error when it is another program's.
fn belongs_to_us(connection: &Connection, path: &Path) -> Result<bool, StoreError> {
    let read = || -> rusqlite::Result<(i32, i64)> {
        let id = connection.query_row("PRAGMA application_id", (), |row| row.get(0))?;
        let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
        Ok((id, tables))
    };
    match read().map_err(|error| explain(path, error))? {
        (APPLICATION_ID, tables) => Ok(tables == 0),
        (0, 0) => Ok(true),
        _ => Err(StoreError::Foreign { path: path.into() }),
    }
}

fn set_up(connection: &Connection, empty: bool) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(BUSY)?;
    // The plan of a statement does not depend on the values bound to it; otherwise SQLite plans some again at each use.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    if empty {
        // Both are written into the file for good; the vacuum mode only before anything else is.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        tracing::warn!(
            mode,
            "the store's file system does not allow a write-ahead log; readers and the writer will wait for each other"
        );
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES_MAX)?;
    connection.pragma_update(None, "trusted_schema", "OFF")
}

/// Why the system refuses a file, in our words.
fn file_error(path: &Path, source: io::Error) -> StoreError {
    let path = path.to_path_buf();
    let folder = folder::of(&path).to_path_buf();
    match source.kind() {
        io::ErrorKind::NotFound if !folder.is_dir() => StoreError::FolderMissing { path, folder },
        io::ErrorKind::NotFound => StoreError::NotFound { path },
        _ => StoreError::NotAccessible { path, source },
    }
}

/// Why SQLite refuses a file, in our words.
pub(super) fn explain(path: &Path, source: rusqlite::Error) -> StoreError {
    let path = path.to_path_buf();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotADatabase { path },
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            StoreError::NotAccessible { path, source: io::Error::other(source) }
        }
        _ => StoreError::Database { path, source },
    }
}
