//! What can go wrong with a store in PostgreSQL, in words that say what to do.
//!
//! Never holds the URL, a statement or a row: of what the server says, its code and its message alone are kept, because what it
//! adds as detail may quote what was written.

use std::error::Error;
use std::fmt;

use tokio_postgres::error::SqlState;

/// Why a store in PostgreSQL cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// No connection.
    #[error(
        "the PostgreSQL database {place} cannot be reached; see that it runs, and that [store] url_file has its host, port, user and password"
    )]
    Unreachable {
        /// Host, port and name.
        place: Box<str>,
        /// What the system or the server says.
        #[source]
        source: Said,
    },
    /// No TLS.
    #[error("TLS to the PostgreSQL database cannot be set up: {why}")]
    Tls {
        /// Why.
        why: Box<str>,
    },
    /// The server is too old.
    #[error("the PostgreSQL server of {place} is version {found}; this program needs {needed} or newer")]
    TooOld {
        /// Host, port and name.
        place: Box<str>,
        /// Its version.
        found: i32,
        /// The oldest one that serves.
        needed: i32,
    },
    /// The server does not write to the disk what it says it has written.
    #[error("the PostgreSQL server of {place} runs with fsync = off, and could lose what has left the house; switch it on")]
    NotDurable {
        /// Host, port and name.
        place: Box<str>,
    },
    /// Connections are shared between clients.
    #[error(
        "{place} is behind a pooler that gives each transaction another connection; connect to the server itself, or let the pooler keep sessions"
    )]
    Pooled {
        /// Host, port and name.
        place: Box<str>,
    },
    /// There is no store yet.
    #[error("the database {place} holds no store yet; `portcullis serve` makes it when it starts")]
    NotFound {
        /// Host, port and name.
        place: Box<str>,
    },
    /// Tables of somebody else.
    #[error("the schema `portcullis` of {place} was made by another program; name another database")]
    Foreign {
        /// Host, port and name.
        place: Box<str>,
    },
    /// A newer version of this program has written it.
    #[error(
        "{place} has schema {found} and this program knows only up to {known}; run the newer portcullis that wrote it, or name another database"
    )]
    SchemaNewer {
        /// Host, port and name.
        place: Box<str>,
        /// The schema in the database.
        found: u32,
        /// The schema that this program reads.
        known: u32,
    },
    /// An older version of this program has written it.
    #[error(
        "{place} has schema {found} and this program reads {known}; start `portcullis serve` of this version once, which brings it up to date"
    )]
    SchemaOlder {
        /// Host, port and name.
        place: Box<str>,
        /// The schema in the database.
        found: u32,
        /// The schema that this program reads.
        known: u32,
    },
    /// The server refused, or was lost. Nothing of the transaction has happened.
    #[error("{place} cannot be used")]
    Refused {
        /// Host, port and name.
        place: Box<str>,
        /// What the server says.
        #[source]
        source: Said,
    },
    /// The connection was lost while a transaction was committed, and could not be made anew in time.
    #[error("{place} was lost while it committed, and it cannot be found out whether it has")]
    InDoubt {
        /// Host, port and name.
        place: Box<str>,
        /// What went wrong at the commit.
        #[source]
        source: Said,
    },
    /// What was committed is not there any more.
    #[error("{place} has lost what was committed to it: a copy, or a standby that had not received it all, has taken its place")]
    WentBack {
        /// Host, port and name.
        place: Box<str>,
    },
}

impl PostgresError {
    /// Whether it is not known what of the last transaction is durable.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::InDoubt { .. } | Self::WentBack { .. } => true,
            Self::Refused { source, .. } => source.is_damage(),
            _ => false,
        }
    }

    /// Whether the same transaction may succeed when it is tried again now.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Refused { source, .. } | Self::Unreachable { source, .. } => source.may_pass(),
            _ => false,
        }
    }
}

/// What the server or the way to it says of a failure.
#[derive(Debug)]
pub struct Said {
    /// The server's code; `None` where it is not the server that speaks.
    code: Option<SqlState>,
    words: Box<str>,
}

impl Said {
    /// Of something that took too long.
    pub(super) fn late() -> Self {
        Self { code: None, words: "no answer in time".into() }
    }

    /// Of a statement that failed earlier in the transaction.
    pub(super) fn earlier() -> Self {
        Self { code: Some(SqlState::IN_FAILED_SQL_TRANSACTION), words: "a statement of the transaction had failed".into() }
    }

    fn is_damage(&self) -> bool {
        let damage = [SqlState::IO_ERROR, SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED];
        self.code.as_ref().is_some_and(|code| damage.contains(code))
    }

    fn may_pass(&self) -> bool {
        let Some(code) = &self.code else { return true };
        let passing = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::READ_ONLY_SQL_TRANSACTION,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
            SqlState::TOO_MANY_CONNECTIONS,
        ];
        passing.contains(code) || code.code().starts_with("08")
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{} ({})", self.words, code.code()),
            None => f.write_str(&self.words),
        }
    }
}

impl Error for Said {}

impl From<std::io::Error> for Said {
    fn from(error: std::io::Error) -> Self {
        Self { code: None, words: error.to_string().into() }
    }
}

impl From<tokio_postgres::Error> for Said {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(said) = error.as_db_error() {
            return Self { code: Some(said.code().clone()), words: said.message().into() };
        }
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            words.push_str(": ");
            words.push_str(&error.to_string());
            cause = error.source();
        }
        Self { code: None, words: words.into() }
    }
}
