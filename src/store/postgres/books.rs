//! The books in PostgreSQL: transactions that have their turn among all replicas, and end on the disk or not at all.
//!
//! Each process is a *writer* with a number. Its connection holds the lock of that number, so that others can tell when it is
//! gone; and in each transaction it counts up its row, so that after a connection was lost during a commit it can be told whether
//! that has happened. Never tries a transaction again that may have been committed.

use std::time::{Duration, Instant};

use super::address::{ANSWER_MAX, Address};
use super::error::{PostgresError, Said};
use super::locks;
use super::migrate;
use super::session::Session;
use super::tables::Rows;
use crate::config::postgres::Postgres;
use crate::store::StoreError;
use crate::store::books::tables::{Backend, Tables};

/// How often a transaction is tried.
const TRIES_MAX: u32 = 4;
/// From the first try of a transaction to the last.
const TRY_MAX: Duration = Duration::from_secs(10);
/// From one try to the next.
const PAUSE: Duration = Duration::from_millis(100);
/// For how long it is tried to find out whether a commit has happened.
const FIND_OUT_MAX: Duration = Duration::from_secs(30);
/// For how long a connection that the server does not know to be lost may hold the lock of this writer.
const EVICT_MAX: Duration = Duration::from_secs(5);

/// A store in PostgreSQL, open for writing the books.
pub struct PostgresBooks {
    address: Address,
    session: Option<Session>,
    writer: Writer,
    /// The server's process that holds the lock of the writer.
    process: i32,
}

/// Who writes.
#[derive(Debug, Clone, Copy)]
struct Writer {
    number: i32,
    /// Its transactions that are known to be durable.
    batch: i64,
}

/// How a try ended that did not succeed.
enum Failed {
    /// Nothing has happened.
    Before(StoreError),
    /// At the commit: something may have happened.
    During(Said),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Before(error)
    }
}

impl PostgresBooks {
    /// Opens the store, which has to exist at the schema of this program; beside others that write, or without them. Blocks
    /// while it does.
    ///
    /// # Errors
    /// [`StoreError::Postgres`], but not `InDoubt` and not `WentBack`.
    pub fn open(store: &Postgres) -> Result<Self, StoreError> {
        let address = Address::of(store)?;
        let mut session = Session::open(&address, ANSWER_MAX)?;
        session.insist_on_the_disk(&address)?;
        migrate::is_newest(&mut session, &address)?;
        let number = enrol(&mut session, &address)?;
        let mut books = Self { address, session: None, writer: Writer { number, batch: 0 }, process: 0 };
        books.claim(&mut session)?;
        books.session = Some(session);
        Ok(books)
    }

    /// The connection of this writer; made anew where it was lost.
    fn session(&mut self) -> Result<Session, StoreError> {
        if let Some(session) = self.session.take().filter(|session| !session.is_lost()) {
            return Ok(session);
        }
        let mut session = Session::open(&self.address, ANSWER_MAX)?;
        session.insist_on_the_disk(&self.address)?;
        self.claim(&mut session)?;
        Ok(session)
    }

    /// Takes the lock of this writer. Whoever holds it is an earlier connection of this process, and is ended.
    fn claim(&mut self, session: &mut Session) -> Result<(), StoreError> {
        let refused = |said| self.address.refused(said);
        let until = Instant::now() + EVICT_MAX;
        loop {
            if let Some(process) = locks::claim(session, self.writer.number).map_err(refused)? {
                self.process = process;
                return Ok(());
            }
            if Instant::now() >= until {
                return Err(self.address.unreachable(Said::late()).into());
            }
            locks::evict(session, self.writer.number).map_err(refused)?;
            std::thread::sleep(PAUSE);
        }
    }

    fn attempt(&mut self, work: Work<'_>) -> Result<(), Failed> {
        let mut session = self.session()?;
        if let Err(error) = self.prepare(&mut session, work) {
            // Where this fails as well, the server undoes it when the connection ends.
            if session.batch("ROLLBACK").is_ok() {
                self.session = Some(session);
            }
            return Err(error.into());
        }
        session.batch("COMMIT").map_err(Failed::During)?;
        self.writer.batch += 1;
        self.session = Some(session);
        Ok(())
    }

    /// Everything of a transaction but its end.
    fn prepare(&self, session: &mut Session, work: Work<'_>) -> Result<(), StoreError> {
        let refused = |said| self.address.refused(said);
        locks::begin(session, locks::BOOKS).map_err(refused)?;
        let counted = count_up(session, self.writer.number).map_err(refused)?;
        if counted.is_some_and(|(_, process)| process != self.process) {
            return Err(PostgresError::Pooled { place: self.address.place.clone() }.into());
        }
        self.continues(counted.map(|(batch, _)| batch - 1))?;
        let mut rows = Rows::new(session, &self.address, self.writer.number);
        work(&mut rows)?;
        if rows.failed {
            return Err(refused(Said::earlier()).into());
        }
        Ok(())
    }

    /// Whether the database is where this writer has left it.
    fn continues(&self, batch: Option<i64>) -> Result<(), StoreError> {
        if batch == Some(self.writer.batch) {
            return Ok(());
        }
        Err(PostgresError::WentBack { place: self.address.place.clone() }.into())
    }

    /// Finds out whether a commit has happened whose answer was lost.
    fn find_out(&mut self, said: Said) -> Result<bool, StoreError> {
        let until = Instant::now() + FIND_OUT_MAX;
        loop {
            match self.look_up() {
                Ok(batch) if batch == Some(self.writer.batch + 1) => {
                    self.writer.batch += 1;
                    return Ok(true);
                }
                Ok(batch) => return self.continues(batch).map(|()| false),
                Err(error) if Instant::now() >= until => {
                    tracing::error!(error = &error as &dyn std::error::Error, "the store could not be asked in time");
                    return Err(PostgresError::InDoubt { place: self.address.place.clone(), source: said }.into());
                }
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
    }

    /// This writer's count, when nothing of it is on its way any more: a transaction that is still being committed has its turn.
    fn look_up(&mut self) -> Result<Option<i64>, StoreError> {
        let mut session = self.session()?;
        let number = self.writer.number;
        let mut look = || {
            locks::begin(&mut session, locks::BOOKS)?;
            let row = session.one("SELECT batch FROM writer WHERE number = $1", &[&number])?;
            session.batch("ROLLBACK")?;
            row.map(|row| row.try_get(0)).transpose().map_err(Said::from)
        };
        let batch = look().map_err(|said| self.address.refused(said))?;
        self.session = Some(session);
        Ok(batch)
    }
}

type Work<'w> = &'w mut dyn FnMut(&mut dyn Tables) -> Result<(), StoreError>;

/// A new number.
fn enrol(session: &mut Session, address: &Address) -> Result<i32, StoreError> {
    let row = session.one("INSERT INTO writer (batch) VALUES (0) RETURNING number", &[]);
    let number = row.and_then(|row| row.ok_or_else(Said::late)?.try_get(0).map_err(Said::from));
    Ok(number.map_err(|said| address.refused(said))?)
}

/// Counts up a writer's row. What it has become, where there is one, and which connection of the server this is.
fn count_up(session: &mut Session, writer: i32) -> Result<Option<(i64, i32)>, Said> {
    const SQL: &str = "UPDATE writer SET batch = batch + 1 WHERE number = $1 RETURNING batch, pg_backend_pid()";
    let row = session.one(SQL, &[&writer])?;
    Ok(row.map(|row| Ok::<_, tokio_postgres::Error>((row.try_get(0)?, row.try_get(1)?))).transpose()?)
}

impl Backend for PostgresBooks {
    fn transact(&mut self, work: Work<'_>) -> Result<(), StoreError> {
        let until = Instant::now() + TRY_MAX;
        let mut tries = 0;
        loop {
            tries += 1;
            let again = |may_pass: bool| may_pass && tries < TRIES_MAX && Instant::now() < until;
            match self.attempt(work) {
                Ok(()) => return Ok(()),
                Err(Failed::Before(error)) if !again(may_pass(&error)) => return Err(error),
                Err(Failed::Before(error)) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, tries, "a transaction is tried again");
                }
                Err(Failed::During(said)) => {
                    tracing::warn!(%said, "a commit was not answered; finding out whether it has happened");
                    let place = self.address.place.clone();
                    match self.find_out(said)? {
                        true => return Ok(()),
                        false if !again(true) => return Err(PostgresError::Refused { place, source: Said::late() }.into()),
                        false => {}
                    }
                }
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn is_shared(&self) -> bool {
        true
    }
}

fn may_pass(error: &StoreError) -> bool {
    matches!(error, StoreError::Postgres(error) if error.may_pass())
}
