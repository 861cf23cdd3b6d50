//! Reading the books of rejections and suspensions while other processes write them. Never writes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_postgres::Row;

use super::address::{ANSWER_MAX, Address};
use super::error::Said;
use super::session::{Session, Values};
use super::{migrate, suspensions};
use crate::config::postgres::Postgres;
use crate::engine::time::Timestamp;
use crate::store::suspensions::{StoredSuspension, SuspensionReader};
use crate::store::{RejectionFilter, RejectionReader, RejectionSum, StoreError, StoredRejection};

/// A store in PostgreSQL, open for reading; beside running proxies or without one.
pub struct PostgresReader {
    address: Address,
    session: Mutex<Session>,
}

/// What a filter selects. A literal text, never built from one.
macro_rules! selected {
    () => {
        "($1::text IS NULL OR contest = $1) AND ($2::text IS NULL OR campaign = $2)
         AND ($3::text IS NULL OR reason = $3) AND ($4::bigint IS NULL OR at >= $4)
         AND (NOT $5::boolean OR campaign IS NULL) AND sequence > $6"
    };
}

const NEWEST: &str = concat!(
    "SELECT * FROM (SELECT sequence, at, request_id, contest, campaign, actor, export, reason, count FROM rejection WHERE ",
    selected!(),
    " ORDER BY sequence DESC LIMIT $7) AS newest ORDER BY sequence"
);
const FOLLOWING: &str = concat!(
    "SELECT sequence, at, request_id, contest, campaign, actor, export, reason, count FROM rejection WHERE ",
    selected!(),
    " ORDER BY sequence LIMIT $7"
);
const SUMMARY: &str = concat!(
    "SELECT contest, campaign, reason, count(*), sum(count)::bigint FROM rejection WHERE ",
    selected!(),
    " GROUP BY contest, campaign, reason ORDER BY contest NULLS FIRST, campaign NULLS FIRST, reason"
);

impl PostgresReader {
    /// Opens the store, which has to exist at the schema of this program. Blocks while it does.
    ///
    /// # Errors
    /// [`StoreError::Postgres`].
    pub fn open(store: &Postgres) -> Result<Self, StoreError> {
        let address = Address::of(store)?;
        let mut session = Session::open(&address, ANSWER_MAX)?;
        migrate::is_newest(&mut session, &address)?;
        session.batch("SET default_transaction_read_only = on").map_err(|said| address.refused(said))?;
        Ok(Self { address, session: Mutex::new(session) })
    }

    /// A panic elsewhere leaves a connection behind that is as good as before.
    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rows<T>(
        &self,
        sql: &'static str,
        filter: &RejectionFilter,
        limit: Option<i64>,
        read: fn(&Row) -> Result<T, tokio_postgres::Error>,
    ) -> Result<Vec<T>, StoreError> {
        let contest = filter.contest.as_ref().map(|contest| contest.as_str());
        let campaign = filter.campaign.as_ref().map(|campaign| campaign.as_str());
        let reason = filter.reason.map(|reason| reason.code());
        let since = filter.since.map(Timestamp::as_millisecond);
        let after = filter.after_sequence.map_or(-1, |after| i64::try_from(after).unwrap_or(i64::MAX));
        let values: Values<'_> = &[&contest, &campaign, &reason, &since, &filter.folded_only, &after, &limit];
        let values = if limit.is_some() { values } else { &values[..6] };
        let found = self.session().all(sql, values);
        let rows = found.and_then(|rows| rows.iter().map(read).collect::<Result<_, _>>().map_err(Said::from));
        Ok(rows.map_err(|said| self.address.refused(said))?)
    }
}

impl RejectionReader for PostgresReader {
    fn query(&self, filter: &RejectionFilter) -> Result<Vec<StoredRejection>, StoreError> {
        let sql = if filter.after_sequence.is_some() { FOLLOWING } else { NEWEST };
        self.rows(sql, filter, Some(i64::try_from(filter.limit).unwrap_or(i64::MAX)), stored)
    }

    fn summary(&self, filter: &RejectionFilter) -> Result<Vec<RejectionSum>, StoreError> {
        self.rows(SUMMARY, filter, None, |row| {
            Ok(RejectionSum {
                contest: row.try_get(0)?,
                campaign: row.try_get(1)?,
                reason: row.try_get(2)?,
                rows: number(row, 3)?,
                count: number(row, 4)?,
            })
        })
    }
}

impl SuspensionReader for PostgresReader {
    fn in_force(&self) -> Result<Vec<StoredSuspension>, StoreError> {
        suspensions::in_force(&mut self.session(), &self.address)
    }

    fn history(&self, limit: usize) -> Result<Vec<StoredSuspension>, StoreError> {
        suspensions::history(&mut self.session(), &self.address, limit)
    }
}

fn stored(row: &Row) -> Result<StoredRejection, tokio_postgres::Error> {
    Ok(StoredRejection {
        sequence: number(row, 0)?,
        // A time that no calendar has was not written by us; the row is shown all the same.
        at: Timestamp::from_millisecond(row.try_get(1)?).unwrap_or(Timestamp::UNIX_EPOCH),
        request_id: row.try_get(2)?,
        contest: row.try_get(3)?,
        campaign: row.try_get(4)?,
        actor: row.try_get(5)?,
        export: row.try_get(6)?,
        reason: row.try_get(7)?,
        count: number(row, 8)?,
    })
}

/// A number that is never negative in the book.
fn number(row: &Row, column: usize) -> Result<u64, tokio_postgres::Error> {
    row.try_get::<_, i64>(column).map(|number| u64::try_from(number).unwrap_or(0))
}
