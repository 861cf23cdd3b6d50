//! The book of suspensions in SQL: one that a command writes beside running proxies, and the look that each proxy takes.
//!
//! Never brings the database to another schema: a stop that no proxy reads would only seem to be one.

use std::sync::{Mutex, PoisonError};

use tokio_postgres::Row;

use super::address::{ANSWER_MAX, Address, LOOK_MAX};
use super::bell::{self, Ear};
use super::error::{PostgresError, Said};
use super::session::Session;
use super::tables::Rows;
use super::{locks, migrate};
use crate::config::postgres::Postgres;
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
    ORDER BY sequence DESC LIMIT $1) AS newest ORDER BY sequence";
/// Rows are never changed, and are numbered in the order in which they become visible: one that has its turn ends before the next
/// gets its number.
const NEWEST: &str = "SELECT coalesce(max(sequence), 0) FROM suspension";

/// No process: no pull is opened here.
const NOBODY: i32 = 0;

const STRANGE: StoreError = StoreError::Unreadable { what: "a suspension" };

/// A store in PostgreSQL, open for suspending and resuming; beside running proxies or without one.
pub struct PostgresSuspender {
    address: Address,
    session: Mutex<Session>,
}

impl PostgresSuspender {
    /// Opens the store, which has to exist at the schema of this program. Blocks while it does.
    ///
    /// # Errors
    /// [`StoreError::Postgres`].
    pub fn open(store: &Postgres) -> Result<Self, StoreError> {
        let address = Address::of(store)?;
        let mut session = Session::open(&address, ANSWER_MAX)?;
        session.insist_on_the_disk(&address)?;
        migrate::is_newest(&mut session, &address)?;
        Ok(Self { address, session: Mutex::new(session) })
    }
}

impl SuspensionBook for PostgresSuspender {
    fn put(&self, row: &SuspensionRow) -> Result<Effect, StoreError> {
        // A panic elsewhere leaves a connection behind that is as good as before.
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let put = put(&mut session, row);
        if put.is_err() {
            // Where this fails as well, the server undoes it when the connection ends.
            let _ = session.batch("ROLLBACK");
        }
        let effect = put.map_err(|said| self.address.refused(said))?;
        let place = self.address.place.clone();
        session.batch("COMMIT").map_err(|source| PostgresError::InDoubt { place, source })?;
        if effect != Effect::Nothing {
            self.note(&mut session, row)?;
        }
        Ok(effect)
    }
}

impl PostgresSuspender {
    /// The entry of the audit log, when the stop is in force already: it never waits for the turn of the books.
    fn note(&self, session: &mut Session, row: &SuspensionRow) -> Result<(), StoreError> {
        let refused = |said| StoreError::from(self.address.refused(said));
        locks::begin(session, locks::BOOKS).map_err(refused)?;
        let mut rows = Rows { session, address: &self.address, writer: NOBODY, failed: false };
        match desk::note(&mut rows, row.event(), row.at) {
            Ok(()) => rows.session.batch("COMMIT").map_err(&refused),
            // A stop must never fail for want of a log: the row alone stops.
            Err(StoreError::LogNotBegun) => rows.session.batch("ROLLBACK").map_err(refused),
            Err(error) => {
                // Where this fails as well, the server undoes it when the connection ends.
                let _ = rows.session.batch("ROLLBACK");
                Err(error)
            }
        }
    }
}

/// Everything of the transaction but its end.
fn put(session: &mut Session, row: &SuspensionRow) -> Result<Effect, Said> {
    const STANDING: &str = "SELECT act FROM suspension WHERE scope = $1 AND contest IS NOT DISTINCT FROM $2
        AND campaign IS NOT DISTINCT FROM $3 ORDER BY sequence DESC LIMIT 1";
    const INSERT: &str = "INSERT INTO suspension (scope, contest, campaign, at, act, said_by, why)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    locks::begin(session, locks::SUSPENSIONS)?;
    let (scope, contest) = (row.scope.code(), row.scope.contest().map(ContestId::as_str));
    let campaign = row.scope.campaign().map(CampaignId::as_str);
    let standing = session.one(STANDING, &[&scope, &contest, &campaign])?;
    let standing: Option<String> = standing.map(|row| row.try_get(0)).transpose()?;
    let effect = Effect::of(row.act, standing.as_deref() == Some(Act::Suspended.code()));
    if effect != Effect::Nothing {
        let (at, by, why) = (row.at.as_millisecond(), row.by.as_str(), row.why.as_str());
        session.run(INSERT, &[&scope, &contest, &campaign, &at, &row.act.code(), &by, &why])?;
        bell::ring(session)?;
    }
    Ok(effect)
}

pub(super) fn in_force(session: &mut Session, address: &Address) -> Result<Vec<StoredSuspension>, StoreError> {
    let rows = session.all(IN_FORCE, &[]).map_err(|said| address.refused(said))?;
    rows.iter().map(stored).collect()
}

pub(super) fn history(session: &mut Session, address: &Address, limit: usize) -> Result<Vec<StoredSuspension>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = session.all(HISTORY, &[&limit]).map_err(|said| address.refused(said))?;
    rows.iter().map(stored).collect()
}

/// A row that means nothing is an error, never no stop.
fn stored(row: &Row) -> Result<StoredSuspension, StoreError> {
    let columns = || -> Result<_, tokio_postgres::Error> {
        let (sequence, at) = (row.try_get::<_, i64>(0)?, row.try_get::<_, i64>(1)?);
        let scope = (row.try_get::<_, String>(2)?, row.try_get(3)?, row.try_get(4)?);
        Ok((sequence, at, scope, row.try_get::<_, String>(5)?, row.try_get(6)?, row.try_get(7)?))
    };
    let (sequence, at, scope, act, by, why) = columns().map_err(|_| STRANGE)?;
    Ok(StoredSuspension {
        sequence: sequence.unsigned_abs(),
        // A time that no calendar has was not written by us; the row is shown all the same.
        at: Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH),
        scope: self::scope(&scope.0, scope.1, scope.2)?,
        act: Act::ALL.into_iter().find(|known| known.code() == act).ok_or(STRANGE)?,
        by,
        why,
    })
}

fn scope(code: &str, contest: Option<String>, campaign: Option<String>) -> Result<Scope, StoreError> {
    let contest = contest.map(|contest| ContestId::parse(&contest));
    let campaign = campaign.map(|campaign| CampaignId::parse(&campaign));
    match (code, contest, campaign) {
        ("everything", None, None) => Ok(Scope::Everything),
        ("contest", Some(Ok(contest)), None) => Ok(Scope::Contest(contest)),
        ("campaign", Some(Ok(contest)), Some(Ok(campaign))) => Ok(Scope::Campaign(contest, campaign)),
        _ => Err(STRANGE),
    }
}

/// The look of a running proxy: a connection of its own, which hears the bell and looks without it as well.
pub struct PostgresWatch {
    address: Address,
    /// `None` when it was lost: the next look connects again.
    session: Option<(Session, Ear)>,
    /// The newest row at the last look that succeeded.
    newest: Option<i64>,
}

impl PostgresWatch {
    /// Opens the store, which has to exist at the schema of this program. Blocks while it does.
    ///
    /// # Errors
    /// [`StoreError::Postgres`].
    pub fn open(store: &Postgres) -> Result<Self, StoreError> {
        let mut watch = Self { address: Address::of(store)?, session: None, newest: None };
        watch.session = Some(watch.connect()?);
        Ok(watch)
    }

    fn connect(&self) -> Result<(Session, Ear), StoreError> {
        let mut session = Session::open(&self.address, LOOK_MAX)?;
        migrate::is_newest(&mut session, &self.address)?;
        let ear = Ear::open(&mut session).map_err(|said| self.address.refused(said))?;
        Ok((session, ear))
    }

    fn read(&mut self, session: &mut Session) -> Result<Option<Vec<Scope>>, StoreError> {
        let row = session.one(NEWEST, &[]).and_then(|row| Ok(row.map(|row| row.try_get(0)).transpose()?));
        let newest: Option<i64> = row.map_err(|said| self.address.refused(said))?;
        if self.newest.is_some() && self.newest == newest {
            return Ok(None);
        }
        // A commit between the two reads is seen now, and looked for once more: better than never.
        let scopes = in_force(session, &self.address)?.into_iter().map(|row| row.scope).collect();
        self.newest = newest;
        Ok(Some(scopes))
    }
}

impl SuspensionWatch for PostgresWatch {
    fn look(&mut self) -> Result<Option<Vec<Scope>>, StoreError> {
        let (mut session, mut ear) = match self.session.take().filter(|(session, _)| !session.is_lost()) {
            Some(open) => open,
            None => {
                self.newest = None;
                self.connect()?
            }
        };
        let seen = if ear.is_time(&session) { self.read(&mut session) } else { Ok(None) };
        match &seen {
            Ok(_) => self.session = Some((session, ear)),
            // After an error everything is read again.
            Err(_) => self.newest = None,
        }
        seen
    }
}
