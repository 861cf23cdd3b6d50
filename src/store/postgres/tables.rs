//! The books in SQL, inside one transaction, or for reading alone.
//!
//! Decides nothing, and never writes outside of the transaction that it is given.

use tokio_postgres::Row;

use super::address::Address;
use super::bell;
use super::error::Said;
use super::locks::WRITERS;
use super::session::{Session, Values};
use crate::engine::audit::hash::Hash;
use crate::engine::audit::tree::Node;
use crate::engine::ids::{CampaignId, ContestId};
use crate::engine::quota::Spent;
use crate::store::StoreError;
use crate::store::books::row::{self, EndColumns, PullColumns, number};
use crate::store::books::tables::{LogEnd, Reading, SetKey, StoredEntry, Tables};
use crate::store::books::{ObjectionRow, PullFilter, PullNumber, Side, StoredEnd, StoredObjection, StoredPull};

/// The tables, as a transaction offers them.
pub(super) struct Rows<'s> {
    pub session: &'s mut Session,
    pub address: &'s Address,
    /// The process that pulls are opened for.
    pub writer: i32,
    /// A statement has failed: then the server undoes the transaction, also when it is asked to commit it.
    pub failed: bool,
}

/// The field of a set of everyone in a pull.
const EVERYONE: i64 = -1;

impl<'s> Rows<'s> {
    pub fn new(session: &'s mut Session, address: &'s Address, writer: i32) -> Self {
        Self { session, address, writer, failed: false }
    }

    fn checked<T>(&mut self, done: Result<T, Said>) -> Result<T, StoreError> {
        self.failed |= done.is_err();
        Ok(done.map_err(|said| self.address.refused(said))?)
    }

    fn one<T>(&mut self, sql: &'static str, values: Values<'_>, read: impl Fn(&Row) -> Read<T>) -> Result<Option<T>, StoreError> {
        self.all(sql, values, read).map(|rows| rows.into_iter().next())
    }

    fn all<T>(&mut self, sql: &'static str, values: Values<'_>, read: impl Fn(&Row) -> Read<T>) -> Result<Vec<T>, StoreError> {
        let found = self.session.all(sql, values);
        let rows = found.and_then(|rows| Ok(rows.iter().map(read).collect::<Read<_>>()?));
        self.checked(rows)
    }

    fn run(&mut self, sql: &'static str, values: Values<'_>) -> Result<u64, StoreError> {
        let done = self.session.run(sql, values);
        self.checked(done)
    }
}

type Read<T> = Result<T, tokio_postgres::Error>;

fn pull(row: &Row) -> Read<PullColumns> {
    let closed: Option<i64> = row.try_get(11)?;
    let end = match closed {
        Some(closed) => {
            Some(EndColumns { closed, outcome: row.try_get(12)?, reason: row.try_get(13)?, ended_by: row.try_get(14)? })
        }
        None => None,
    };
    Ok(PullColumns {
        number: row.try_get(0)?,
        request: row.try_get(1)?,
        contest: row.try_get(2)?,
        campaign: row.try_get(3)?,
        actor: row.try_get(4)?,
        export: row.try_get(5)?,
        asked: row.try_get(6)?,
        opened: row.try_get(7)?,
        fields: row.try_get(8)?,
        records: row.try_get(9)?,
        bytes: row.try_get(10)?,
        end,
    })
}

fn unsigned(row: &Row, column: usize) -> Read<u64> {
    row.try_get::<_, i64>(column).map(i64::unsigned_abs)
}

/// The columns of a pull, and what is selected. A literal text, never built from a value.
macro_rules! pulls_where {
    ($selected:literal) => {
        concat!(
            "SELECT number, request, contest, campaign, actor, export, asked, opened, fields, records, bytes,
            closed, outcome, reason, ended_by FROM pull WHERE ",
            $selected
        )
    };
}

impl Reading for Rows<'_> {
    fn log_end(&mut self) -> Result<Option<LogEnd>, StoreError> {
        let columns = |row: &Row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get::<_, Vec<u8>>(2)?));
        let end = self.one("SELECT size, time, peaks FROM log_end", &[], columns)?;
        end.map(|(size, time, peaks)| row::log_end(size, time, &peaks)).transpose()
    }

    fn entries(&mut self, from: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        const SQL: &str = "SELECT seq, text, leaf FROM entry WHERE seq >= $1 ORDER BY seq LIMIT $2";
        let columns = |row: &Row| Ok((unsigned(row, 0)?, row.try_get(1)?, row.try_get::<_, Vec<u8>>(2)?));
        let rows = self.all(SQL, &[&number(from), &number(limit as u64)], columns)?;
        rows.into_iter().map(|(seq, bytes, leaf)| Ok(StoredEntry { seq, bytes, leaf: row::hash(&leaf)? })).collect()
    }

    fn hash(&mut self, node: Node) -> Result<Option<Hash>, StoreError> {
        const SQL: &str = "SELECT hash FROM node WHERE level = $1 AND place = $2";
        let values: Values<'_> = &[&i64::from(node.level), &number(node.index)];
        let found = self.one(SQL, values, |row| row.try_get::<_, Vec<u8>>(0))?;
        found.map(|bytes| row::hash(&bytes)).transpose()
    }

    fn heads(&mut self, from: u64, limit: usize) -> Result<Vec<(u64, String)>, StoreError> {
        const SQL: &str = "SELECT size, note FROM head WHERE size >= $1 ORDER BY size LIMIT $2";
        self.all(SQL, &[&number(from), &number(limit as u64)], |row| Ok((unsigned(row, 0)?, row.try_get(1)?)))
    }

    fn newest_head(&mut self) -> Result<Option<(u64, String)>, StoreError> {
        const SQL: &str = "SELECT size, note FROM head ORDER BY size DESC LIMIT 1";
        self.one(SQL, &[], |row| Ok((unsigned(row, 0)?, row.try_get(1)?)))
    }

    fn pulls(&mut self, filter: &PullFilter) -> Result<Vec<StoredPull>, StoreError> {
        const ANY: &str = pulls_where!(
            "($1::text IS NULL OR contest = $1) AND ($2::text IS NULL OR campaign = $2)
            AND ($3::text IS NULL OR request = $3) ORDER BY number"
        );
        // A process holds the lock of its writer for as long as it is connected.
        const ORPHANED: &str = pulls_where!(
            "($1::text IS NULL OR contest = $1) AND ($2::text IS NULL OR campaign = $2)
            AND ($3::text IS NULL OR request = $3) AND closed IS NULL AND NOT EXISTS (SELECT FROM pg_locks
                WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND classid = $4::int::oid AND objid = pull.writer::oid AND objsubid = 2 AND granted) ORDER BY number"
        );
        let contest = filter.contest.as_ref().map(ContestId::as_str);
        let campaign = filter.campaign.as_ref().map(CampaignId::as_str);
        let request = filter.request.map(|request| request.to_string());
        let rows = if filter.orphaned {
            self.all(ORPHANED, &[&contest, &campaign, &request, &WRITERS], pull)?
        } else {
            self.all(ANY, &[&contest, &campaign, &request], pull)?
        };
        rows.into_iter().map(PullColumns::read).collect()
    }

    fn pull(&mut self, wanted: PullNumber) -> Result<Option<StoredPull>, StoreError> {
        const SQL: &str = pulls_where!("number = $1");
        self.one(SQL, &[&number(wanted.0)], pull)?.map(PullColumns::read).transpose()
    }

    fn granted(&mut self, wanted: PullNumber) -> Result<Option<u64>, StoreError> {
        self.one("SELECT records FROM pull WHERE number = $1 AND closed IS NULL", &[&number(wanted.0)], |row| unsigned(row, 0))
    }

    fn spent(&mut self, side: &Side) -> Result<Spent, StoreError> {
        const SQL: &str = "SELECT period, records, records_ever, members FROM spent WHERE contest = $1 AND campaign = $2";
        let columns = |row: &Row| {
            Ok(Spent {
                period: unsigned(row, 0)?,
                records: unsigned(row, 1)?,
                records_ever: unsigned(row, 2)?,
                members: unsigned(row, 3)?,
            })
        };
        Ok(self.one(SQL, &[&side.contest.as_str(), &side.campaign.as_str()], columns)?.unwrap_or_default())
    }

    fn members(&mut self, contest: &ContestId, from: u32) -> Result<Vec<(u32, Vec<u8>)>, StoreError> {
        const SQL: &str = "SELECT first, digests FROM members WHERE contest = $1 AND first >= $2 ORDER BY first";
        let columns = |row: &Row| Ok((unsigned(row, 0)?, row.try_get(1)?));
        let rows = self.all(SQL, &[&contest.as_str(), &i64::from(from)], columns)?;
        // A position beyond its width is no position, and the dictionary does not continue there.
        Ok(rows.into_iter().map(|(first, digests)| (u32::try_from(first).unwrap_or(u32::MAX), digests)).collect())
    }

    fn set(&mut self, key: &SetKey, chunk: u16) -> Result<Option<Vec<u8>>, StoreError> {
        const CAMPAIGN: &str = "SELECT members FROM campaign_set WHERE contest = $1 AND campaign = $2 AND chunk = $3";
        const PULL: &str = "SELECT members FROM pull_set WHERE chunk = $1 AND pull = $2 AND field = $3";
        let (chunk, bytes) = (i64::from(chunk), |row: &Row| row.try_get(0));
        let (pull, field) = match key {
            SetKey::Campaign(side) => {
                return self.one(CAMPAIGN, &[&side.contest.as_str(), &side.campaign.as_str(), &chunk], bytes);
            }
            SetKey::Pull(pull) => (number(pull.0), EVERYONE),
            SetKey::Lacking(pull, field) => (number(pull.0), i64::from(*field)),
        };
        self.one(PULL, &[&chunk, &pull, &field], bytes)
    }

    fn pull_sets(
        &mut self,
        contest: &ContestId,
        campaign: Option<&CampaignId>,
        chunk: u16,
    ) -> Result<Vec<(PullNumber, Vec<u8>)>, StoreError> {
        const SQL: &str = "SELECT pull_set.pull, pull_set.members FROM pull_set JOIN pull ON pull.number = pull_set.pull
            WHERE pull_set.chunk = $1 AND pull_set.field = $2 AND pull.contest = $3 AND ($4::text IS NULL OR pull.campaign = $4)
            ORDER BY pull_set.pull";
        let campaign = campaign.map(CampaignId::as_str);
        let values: Values<'_> = &[&i64::from(chunk), &EVERYONE, &contest.as_str(), &campaign];
        self.all(SQL, values, |row| Ok((PullNumber(unsigned(row, 0)?), row.try_get(1)?)))
    }

    fn objections(&mut self, after: u64) -> Result<Vec<StoredObjection>, StoreError> {
        const SQL: &str = "SELECT sequence, at, contest, campaign, member, withheld, withdrawn FROM objection
            WHERE sequence > $1 ORDER BY sequence";
        let columns = |row: &Row| {
            let (at, contest, campaign) = (row.try_get(1)?, row.try_get::<_, String>(2)?, row.try_get::<_, Option<String>>(3)?);
            let (member, withheld) = (row.try_get::<_, Vec<u8>>(4)?, row.try_get::<_, String>(5)?);
            let read = row::objection(at, &contest, campaign.as_deref(), &member, &withheld, row.try_get(6)?);
            Ok((unsigned(row, 0)?, read))
        };
        let rows = self.all(SQL, &[&number(after)], columns)?;
        rows.into_iter().map(|(sequence, row)| Ok(StoredObjection { sequence, row: row? })).collect()
    }
}

impl Tables for Rows<'_> {
    fn set_log_end(&mut self, end: &LogEnd) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO log_end (one, size, time, peaks) VALUES (1, $1, $2, $3)
            ON CONFLICT (one) DO UPDATE SET size = excluded.size, time = excluded.time, peaks = excluded.peaks";
        let (size, time, peaks) = (number(end.frontier.size()), number(end.time.get()), row::peaks(&end.frontier));
        self.run(SQL, &[&size, &time, &peaks]).map(drop)
    }

    fn add_entry(&mut self, entry: &StoredEntry) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO entry (seq, text, leaf) VALUES ($1, $2, $3)";
        self.run(SQL, &[&number(entry.seq), &entry.bytes, &entry.leaf.0.as_slice()]).map(drop)
    }

    fn add_hash(&mut self, node: Node, hash: Hash) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO node (level, place, hash) VALUES ($1, $2, $3)";
        self.run(SQL, &[&i64::from(node.level), &number(node.index), &hash.0.as_slice()]).map(drop)
    }

    fn add_head(&mut self, size: u64, head: &str) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO head (size, note) VALUES ($1, $2) ON CONFLICT (size) DO NOTHING";
        self.run(SQL, &[&number(size), &head]).map(drop)
    }

    fn add_pull(&mut self, pull: &StoredPull) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO pull
            (number, request, contest, campaign, actor, export, asked, opened, fields, records, bytes, writer)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let row = PullColumns::of(pull);
        let writer = self.writer;
        let values: Values<'_> = &[
            &row.number,
            &row.request,
            &row.contest,
            &row.campaign,
            &row.actor,
            &row.export,
            &row.asked,
            &row.opened,
            &row.fields,
            &row.records,
            &row.bytes,
            &writer,
        ];
        self.run(SQL, values).map(drop)
    }

    fn advance_pull(&mut self, pull: PullNumber, records: i64, bytes: i64) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE pull SET records = records + $2, bytes = bytes + $3 WHERE number = $1 AND closed IS NULL";
        Ok(self.run(SQL, &[&number(pull.0), &records, &bytes])? == 1)
    }

    fn end_pull(&mut self, pull: PullNumber, records: u64, bytes: u64, end: &StoredEnd) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE pull SET records = $2, bytes = $3, closed = $4, outcome = $5, reason = $6, ended_by = $7
            WHERE number = $1 AND closed IS NULL";
        let EndColumns { closed, outcome, reason, ended_by } = EndColumns::of(end);
        let (pull, records, bytes) = (number(pull.0), number(records), number(bytes));
        self.run(SQL, &[&pull, &records, &bytes, &closed, &outcome, &reason, &ended_by]).map(drop)
    }

    fn set_spent(&mut self, side: &Side, spent: &Spent) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO spent (contest, campaign, period, records, records_ever, members)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (contest, campaign) DO UPDATE SET period = excluded.period,
            records = excluded.records, records_ever = excluded.records_ever, members = excluded.members";
        let (contest, campaign) = (side.contest.as_str(), side.campaign.as_str());
        let [period, records, ever, members] = [spent.period, spent.records, spent.records_ever, spent.members].map(number);
        self.run(SQL, &[&contest, &campaign, &period, &records, &ever, &members]).map(drop)
    }

    fn add_members(&mut self, contest: &ContestId, first: u32, digests: &[u8]) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO members (contest, first, digests) VALUES ($1, $2, $3)";
        self.run(SQL, &[&contest.as_str(), &i64::from(first), &digests]).map(drop)
    }

    fn put_set(&mut self, key: &SetKey, chunk: u16, bytes: &[u8]) -> Result<(), StoreError> {
        const CAMPAIGN: &str = "INSERT INTO campaign_set (contest, campaign, chunk, members) VALUES ($1, $2, $3, $4)
            ON CONFLICT (contest, campaign, chunk) DO UPDATE SET members = excluded.members";
        const PULL: &str = "INSERT INTO pull_set (chunk, pull, field, members) VALUES ($1, $2, $3, $4)
            ON CONFLICT (chunk, pull, field) DO UPDATE SET members = excluded.members";
        const NO_CAMPAIGN: &str = "DELETE FROM campaign_set WHERE contest = $1 AND campaign = $2 AND chunk = $3";
        const NO_PULL: &str = "DELETE FROM pull_set WHERE chunk = $1 AND pull = $2 AND field = $3";
        let chunk = i64::from(chunk);
        let (pull, field) = match key {
            SetKey::Campaign(side) => {
                let (contest, campaign) = (side.contest.as_str(), side.campaign.as_str());
                return match bytes {
                    [] => self.run(NO_CAMPAIGN, &[&contest, &campaign, &chunk]).map(drop),
                    _ => self.run(CAMPAIGN, &[&contest, &campaign, &chunk, &bytes]).map(drop),
                };
            }
            SetKey::Pull(pull) => (number(pull.0), EVERYONE),
            SetKey::Lacking(pull, field) => (number(pull.0), i64::from(*field)),
        };
        match bytes {
            [] => self.run(NO_PULL, &[&chunk, &pull, &field]).map(drop),
            _ => self.run(PULL, &[&chunk, &pull, &field, &bytes]).map(drop),
        }
    }

    fn add_objection(&mut self, row: &ObjectionRow) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO objection (at, contest, campaign, member, withheld, withdrawn)
            VALUES ($1, $2, $3, $4, $5, $6)";
        let campaign = row.campaign.as_ref().map(CampaignId::as_str);
        let (at, code, member) = (row.at.as_millisecond(), row.withheld.code(), row.member.0.as_slice());
        self.run(SQL, &[&at, &row.contest.as_str(), &campaign, &member, &code, &row.withdrawn])?;
        let rung = bell::ring(self.session);
        self.checked(rung)
    }
}
