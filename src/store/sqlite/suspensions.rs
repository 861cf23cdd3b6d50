//! The book of suspensions in SQL: one that a command writes beside a running proxy, and the look that the proxy takes.
//!
//! Never takes the lock that says which process serves, never creates a file and never brings one to another schema: a stop
//! that no proxy reads would only seem to be one. Every row is an entry of the audit log too, once that has begun.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::types::Type;
use rusqlite::{Connection, Row, TransactionBehavior, params};

use super::access;
use super::tables::Rows;
use crate::engine::ids::{CampaignId, ContestId};
use crate::engine::policy::suspension::Scope;
use crate::engine::time::Timestamp;
use crate::store::StoreError;
use crate::store::books::desk;
use crate::store::suspensions::{Act, Effect, StoredSuspension, SuspensionBook, SuspensionRow, SuspensionWatch};

/// What is in force: the newest row of each scope, where that is a suspension.
const IN_FORCE: &str = "SELECT sequence, at, scope, contest, campaign, act, said_by, why FROM suspension
    WHERE sequence IN (SELECT max(sequence) FROM suspension GROUP BY scope, contest, campaign) AND act = 'suspended'
    ORDER BY sequence";
const HISTORY: &str = "SELECT * FROM (SELECT sequence, at, scope, contest, campaign, act, said_by, why FROM suspension
    ORDER BY sequence DESC LIMIT ?1) ORDER BY sequence";

/// The embedded store, open for suspending and resuming; beside a running `serve` or without one.
#[derive(Debug)]
pub struct Suspender {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Suspender {
    /// Opens the store at `path`, which has to exist at the schema of this program. Blocks while it does.
    ///
    /// # Errors
    /// `IsDirectory`, `FolderMissing`, `NotFound`, `NotAccessible`, `NotADatabase`, `Foreign`, `SchemaNewer`, `SchemaOlder` or
    /// `Database` of [`StoreError`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = access::for_writing_beside(path)?;
        Ok(Self { path: path.into(), connection: Mutex::new(connection) })
    }
}

impl SuspensionBook for Suspender {
    fn put(&self, row: &SuspensionRow) -> Result<Effect, StoreError> {
        // A panic elsewhere leaves a connection behind that is as good as before.
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        put(&mut connection, &self.path, row)
    }
}

fn put(connection: &mut Connection, path: &Path, row: &SuspensionRow) -> Result<Effect, StoreError> {
    let explain = |error| access::explain(path, error);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(explain)?;
    let effect = enter(&transaction, row).map_err(explain)?;
    if effect != Effect::Nothing {
        match desk::note(&mut Rows { connection: &transaction, path }, row.event(), row.at) {
            // A stop must never fail for want of a log: the row alone stops.
            Ok(()) | Err(StoreError::LogNotBegun) => {}
            Err(error) => return Err(error),
        }
        transaction.commit().map_err(explain)?;
    }
    Ok(effect)
}

/// Writes the row, unless there is nothing to resume.
fn enter(connection: &Connection, row: &SuspensionRow) -> rusqlite::Result<Effect> {
    const STANDING: &str = "SELECT act FROM suspension WHERE scope = ?1 AND contest IS ?2 AND campaign IS ?3
        ORDER BY sequence DESC LIMIT 1";
    const INSERT: &str = "INSERT INTO suspension (scope, contest, campaign, at, act, said_by, why)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (scope, contest) = (row.scope.code(), row.scope.contest().map(ContestId::as_str));
    let campaign = row.scope.campaign().map(CampaignId::as_str);
    let standing = connection
        .prepare(STANDING)?
        .query_map(params![scope, contest, campaign], |row| row.get::<_, String>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let effect = Effect::of(row.act, standing.iter().any(|act| act == Act::Suspended.code()));
    if effect != Effect::Nothing {
        let (by, why) = (row.by.as_str(), row.why.as_str());
        connection.execute(INSERT, params![scope, contest, campaign, row.at.as_millisecond(), row.act.code(), by, why])?;
    }
    Ok(effect)
}

pub(super) fn in_force(connection: &Connection) -> rusqlite::Result<Vec<StoredSuspension>> {
    connection.prepare_cached(IN_FORCE)?.query_map((), stored)?.collect()
}

pub(super) fn history(connection: &Connection, limit: usize) -> rusqlite::Result<Vec<StoredSuspension>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    connection.prepare_cached(HISTORY)?.query_map([limit], stored)?.collect()
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredSuspension> {
    let act: String = row.get(5)?;
    Ok(StoredSuspension {
        sequence: row.get::<_, i64>(0)?.unsigned_abs(),
        // A time that no calendar has was not written by us; the row is shown all the same.
        at: Timestamp::from_millisecond(row.get(1)?).unwrap_or(Timestamp::UNIX_EPOCH),
        scope: scope(row)?,
        act: Act::ALL.into_iter().find(|known| known.code() == act).ok_or_else(|| strange(5, "the act"))?,
        by: row.get(6)?,
        why: row.get(7)?,
    })
}

/// The scope of a row. One that means nothing is an error, never no stop.
fn scope(row: &Row<'_>) -> rusqlite::Result<Scope> {
    let contest = row.get::<_, Option<String>>(3)?.map(|contest| ContestId::parse(&contest));
    let campaign = row.get::<_, Option<String>>(4)?.map(|campaign| CampaignId::parse(&campaign));
    match (row.get::<_, String>(2)?.as_str(), contest, campaign) {
        ("everything", None, None) => Ok(Scope::Everything),
        ("contest", Some(Ok(contest)), None) => Ok(Scope::Contest(contest)),
        ("campaign", Some(Ok(contest)), Some(Ok(campaign))) => Ok(Scope::Campaign(contest, campaign)),
        _ => Err(strange(2, "the scope")),
    }
}

fn strange(column: usize, what: &str) -> rusqlite::Error {
    let why = format!("{what} of a suspension on record is not one that this program knows");
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, why.into())
}

/// The look of a running proxy: a connection of its own, which asks the file's version before it asks for rows.
#[derive(Debug)]
pub struct Watch {
    path: PathBuf,
    connection: Connection,
    /// Which file was opened: device and number.
    file: (u64, u64),
    /// SQLite's count of other connections' commits, at the last look that succeeded.
    version: Option<i64>,
}

impl Watch {
    /// Opens the store at `path`, which has to exist at the schema of this program. Blocks while it does.
    ///
    /// # Errors
    /// Those of [`Reader::open`](super::Reader::open).
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = access::for_reading(path)?;
        let file = identity(path).ok_or_else(|| StoreError::NotFound { path: path.into() })?;
        Ok(Self { path: path.into(), connection, file, version: None })
    }

    fn read(&mut self) -> rusqlite::Result<Option<Vec<Scope>>> {
        let version = self.connection.query_row("PRAGMA data_version", (), |row| row.get(0))?;
        if self.version == Some(version) {
            return Ok(None);
        }
        // A commit between the two reads is seen now, and looked for once more: better than never.
        let scopes = in_force(&self.connection)?.into_iter().map(|row| row.scope).collect();
        self.version = Some(version);
        Ok(Some(scopes))
    }
}

impl SuspensionWatch for Watch {
    fn look(&mut self) -> Result<Option<Vec<Scope>>, StoreError> {
        // SQLite goes on reading a file that was removed or replaced, and commands would write to another one.
        if identity(&self.path) != Some(self.file) {
            self.version = None;
            return Err(StoreError::Replaced { path: self.path.clone() });
        }
        self.read().map_err(|error| {
            self.version = None;
            access::explain(&self.path, error)
        })
    }
}

/// Asked without opening the file: see `access::lock`.
fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|file: Metadata| (file.dev(), file.ino()))
}
