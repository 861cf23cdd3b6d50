//! What can go wrong with a store, in words that say what to do.
//!
//! Each error names the store and never anything that the store holds. The cause, where there is one, is in `source()`.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

pub use super::postgres::PostgresError;

/// Why a store cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The path is a directory.
    #[error("{} is a directory; name a file in it, such as {}", path.display(), path.join("portcullis.db").display())]
    IsDirectory {
        /// What was to be opened.
        path: PathBuf,
    },
    /// The directory that the file should be in does not exist.
    #[error("{} cannot be created, because the directory {} does not exist; create it, owned by the user that `portcullis serve` runs as", path.display(), folder.display())]
    FolderMissing {
        /// What was to be opened.
        path: PathBuf,
        /// What is missing.
        folder: PathBuf,
    },
    /// There is no file yet.
    #[error("{} does not exist; `portcullis serve` creates it when it starts", path.display())]
    NotFound {
        /// What was to be opened.
        path: PathBuf,
    },
    /// The file, or the directory around it, is not ours to use.
    #[error("{} is not accessible; the user that runs this command needs to read and write the file and its directory", path.display())]
    NotAccessible {
        /// What was to be opened.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file has other content.
    #[error("{} is not an SQLite database; move it away or name another path", path.display())]
    NotADatabase {
        /// What was to be opened.
        path: PathBuf,
    },
    /// The file is the database of another program.
    #[error("{} is an SQLite database of another program; name another path", path.display())]
    Foreign {
        /// What was to be opened.
        path: PathBuf,
    },
    /// A newer version of this program has written the file.
    #[error("{} has schema {found} and this program knows only up to {known}; run the newer portcullis that wrote it, or name another path", path.display())]
    SchemaNewer {
        /// What was to be opened.
        path: PathBuf,
        /// The schema in the file.
        found: u32,
        /// The newest schema that this program knows.
        known: u32,
    },
    /// An older version of this program has written the file, and a reader does not change it.
    #[error("{} has schema {found} and this program reads {known}; start `portcullis serve` of this version once, which brings it up to date", path.display())]
    SchemaOlder {
        /// What was to be opened.
        path: PathBuf,
        /// The schema in the file.
        found: u32,
        /// The schema that this program reads.
        known: u32,
    },
    /// Another process has the store open for writing.
    #[error("{} is in use by another `portcullis serve`; stop that one, or give this one its own [store] path", path.display())]
    InUse {
        /// What was to be opened.
        path: PathBuf,
    },
    /// The file was removed, or another one has been put in its place.
    #[error("{} is no longer the file that was opened; put that one back, or restart `portcullis serve`", path.display())]
    Replaced {
        /// The store.
        path: PathBuf,
    },
    /// SQLite or the disk refused.
    #[error("{} cannot be used", path.display())]
    Database {
        /// The store.
        path: PathBuf,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
    /// The thread that writes could not be started.
    #[error("the thread that writes {place} could not be started")]
    Thread {
        /// The store.
        place: Box<str>,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// What is kept is not what this program writes.
    #[error("the store holds {what} that cannot be read; it was damaged, or written by another program")]
    Unreadable {
        /// What.
        what: &'static str,
    },
    /// No proxy has served from the store since it has a log.
    #[error("the audit log has not begun; `portcullis serve` begins it when it starts")]
    LogNotBegun,
    /// What was recorded is not, or not yet, on disk.
    #[error("not everything that was recorded could be written to {place}; the log says why")]
    NotWritten {
        /// The store.
        place: Box<str>,
    },
    /// A store in PostgreSQL.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
}

impl StoreError {
    /// Whether there is no store yet: nobody has served from it.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        let postgres = matches!(self, Self::Postgres(PostgresError::NotFound { .. }));
        postgres || matches!(self, Self::NotFound { .. } | Self::FolderMissing { .. })
    }

    /// Whether it is not known what of the last transaction is durable, so that nothing may be written behind it: a disk that has
    /// failed to take data once may say later that it has.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Database { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::ApiMisuse)
            ),
            Self::Postgres(error) => error.is_lasting(),
            _ => matches!(self, Self::Unreadable { .. } | Self::Replaced { .. }),
        }
    }
}

impl From<super::books::sets::Unreadable> for StoreError {
    fn from(_: super::books::sets::Unreadable) -> Self {
        Self::Unreadable { what: "a set of members" }
    }
}
