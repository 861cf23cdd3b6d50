//! Reading the books while another process writes them. Never writes, never locks the writer out.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Row, named_params};

use super::{access, suspensions};
use crate::engine::time::Timestamp;
use crate::store::suspensions::{StoredSuspension, SuspensionReader};
use crate::store::{RejectionFilter, RejectionReader, RejectionSum, StoreError, StoredRejection};

/// The embedded store, open for reading alone; beside a running `serve` or without one.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    connection: Mutex<Connection>,
}

/// What a filter selects. A literal text, never built from one.
macro_rules! selected {
    () => {
        "(:contest IS NULL OR contest = :contest) AND (:campaign IS NULL OR campaign = :campaign)
         AND (:reason IS NULL OR reason = :reason) AND (:since IS NULL OR at >= :since)
         AND (NOT :folded OR campaign IS NULL) AND sequence > :after"
    };
}

const NEWEST: &str = concat!(
    "SELECT * FROM (SELECT sequence, at, request_id, contest, campaign, actor, export, reason, count FROM rejection WHERE ",
    selected!(),
    " ORDER BY sequence DESC LIMIT :limit) ORDER BY sequence"
);
const FOLLOWING: &str = concat!(
    "SELECT sequence, at, request_id, contest, campaign, actor, export, reason, count FROM rejection WHERE ",
    selected!(),
    " ORDER BY sequence LIMIT :limit"
);
/// The limit is named because all statements take the same values; it limits nothing here.
const SUMMARY: &str = concat!(
    "SELECT contest, campaign, reason, count(*), sum(count) FROM rejection WHERE ",
    selected!(),
    " AND :limit IS NOT NULL GROUP BY contest, campaign, reason ORDER BY contest, campaign, reason"
);

impl Reader {
    /// Opens the store at `path`, which has to exist. Blocks while it does.
    ///
    /// # Errors
    /// `IsDirectory`, `FolderMissing`, `NotFound`, `NotAccessible`, `NotADatabase`, `Foreign`, `SchemaNewer`, `SchemaOlder` or
    /// `Database` of [`StoreError`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = access::for_reading(path)?;
        Ok(Self { path: path.into(), connection: Mutex::new(connection) })
    }

    /// A panic elsewhere leaves a connection behind that is as good as before.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rows<T>(
        &self,
        sql: &str,
        filter: &RejectionFilter,
        row: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let read = || {
            let connection = self.connection();
            let mut statement = connection.prepare_cached(sql)?;
            let values = named_params! {
                ":contest": filter.contest.as_ref().map(|contest| contest.as_str()),
                ":campaign": filter.campaign.as_ref().map(|campaign| campaign.as_str()),
                ":reason": filter.reason.map(|reason| reason.code()),
                ":since": filter.since.map(Timestamp::as_millisecond),
                ":folded": filter.folded_only,
                ":after": filter.after_sequence.map_or(-1, |after| i64::try_from(after).unwrap_or(i64::MAX)),
                ":limit": i64::try_from(filter.limit).unwrap_or(i64::MAX),
            };
            statement.query_map(values, row)?.collect::<rusqlite::Result<Vec<T>>>()
        };
        read().map_err(|error| access::explain(&self.path, error))
    }
}

impl RejectionReader for Reader {
    fn query(&self, filter: &RejectionFilter) -> Result<Vec<StoredRejection>, StoreError> {
        let sql = if filter.after_sequence.is_some() { FOLLOWING } else { NEWEST };
        self.rows(sql, filter, stored)
    }

    fn summary(&self, filter: &RejectionFilter) -> Result<Vec<RejectionSum>, StoreError> {
        self.rows(SUMMARY, filter, |row| {
            Ok(RejectionSum {
                contest: row.get(0)?,
                campaign: row.get(1)?,
                reason: row.get(2)?,
                rows: number(row, 3)?,
                count: number(row, 4)?,
            })
        })
    }
}

impl SuspensionReader for Reader {
    fn in_force(&self) -> Result<Vec<StoredSuspension>, StoreError> {
        suspensions::in_force(&self.connection()).map_err(|error| access::explain(&self.path, error))
    }

    fn history(&self, limit: usize) -> Result<Vec<StoredSuspension>, StoreError> {
        suspensions::history(&self.connection(), limit).map_err(|error| access::explain(&self.path, error))
    }
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredRejection> {
    Ok(StoredRejection {
        sequence: number(row, 0)?,
        // A time that no calendar has was not written by us; the row is shown all the same.
        at: Timestamp::from_millisecond(row.get(1)?).unwrap_or(Timestamp::UNIX_EPOCH),
        request_id: row.get(2)?,
        contest: row.get(3)?,
        campaign: row.get(4)?,
        actor: row.get(5)?,
        export: row.get(6)?,
        reason: row.get(7)?,
        count: number(row, 8)?,
    })
}

/// A number that is never negative in the book.
fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|number| u64::try_from(number).unwrap_or(0))
}
