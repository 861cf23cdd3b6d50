//! The books in SQL, inside one transaction, or for reading alone.
//!
//! Decides nothing, and never writes outside of the transaction that it is given.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Params, Row, named_params, params};

use super::access;
use crate::engine::audit::hash::Hash;
use crate::engine::audit::tree::Node;
use crate::engine::ids::{CampaignId, ContestId};
use crate::engine::quota::Spent;
use crate::store::StoreError;
use crate::store::books::row::{self, EndColumns, PullColumns, number};
use crate::store::books::tables::{LogEnd, Reading, SetKey, StoredEntry, Tables};
use crate::store::books::{ObjectionRow, PullFilter, PullNumber, Side, StoredEnd, StoredObjection, StoredPull};

/// The tables, as a connection or a transaction on it offers them.
pub(super) struct Rows<'c> {
    pub connection: &'c Connection,
    pub path: &'c Path,
}

/// The field of a set of everyone in a pull.
const EVERYONE: i64 = -1;

impl Rows<'_> {
    fn failed(&self, error: rusqlite::Error) -> StoreError {
        access::explain(self.path, error)
    }

    fn one<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let found = || self.connection.prepare_cached(sql)?.query_row(values, read).optional();
        found().map_err(|error| self.failed(error))
    }

    fn all<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let found = || self.connection.prepare_cached(sql)?.query_map(values, read)?.collect::<rusqlite::Result<Vec<T>>>();
        found().map_err(|error| self.failed(error))
    }

    fn run(&self, sql: &str, values: impl Params) -> Result<usize, StoreError> {
        let done = || self.connection.prepare_cached(sql)?.execute(values);
        done().map_err(|error| self.failed(error))
    }
}

fn pull(row: &Row<'_>) -> rusqlite::Result<PullColumns> {
    let closed: Option<i64> = row.get(11)?;
    let end = match closed {
        Some(closed) => Some(EndColumns { closed, outcome: row.get(12)?, reason: row.get(13)?, ended_by: row.get(14)? }),
        None => None,
    };
    Ok(PullColumns {
        number: row.get(0)?,
        request: row.get(1)?,
        contest: row.get(2)?,
        campaign: row.get(3)?,
        actor: row.get(4)?,
        export: row.get(5)?,
        asked: row.get(6)?,
        opened: row.get(7)?,
        fields: row.get(8)?,
        records: row.get(9)?,
        bytes: row.get(10)?,
        end,
    })
}

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}

impl Reading for Rows<'_> {
    fn log_end(&mut self) -> Result<Option<LogEnd>, StoreError> {
        let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?));
        let end = self.one("SELECT size, time, peaks FROM log_end", (), columns)?;
        end.map(|(size, time, peaks)| row::log_end(size, time, &peaks)).transpose()
    }

    fn entries(&mut self, from: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        const SQL: &str = "SELECT seq, text, leaf FROM entry WHERE seq >= ?1 ORDER BY seq LIMIT ?2";
        let columns = |row: &Row<'_>| Ok((unsigned(row, 0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?));
        let rows = self.all(SQL, params![number(from), number(limit as u64)], columns)?;
        rows.into_iter().map(|(seq, bytes, leaf)| Ok(StoredEntry { seq, bytes, leaf: row::hash(&leaf)? })).collect()
    }

    fn hash(&mut self, node: Node) -> Result<Option<Hash>, StoreError> {
        const SQL: &str = "SELECT hash FROM node WHERE level = ?1 AND place = ?2";
        let found = self.one(SQL, params![node.level, number(node.index)], |row| row.get::<_, Vec<u8>>(0))?;
        found.map(|bytes| row::hash(&bytes)).transpose()
    }

    fn heads(&mut self, from: u64, limit: usize) -> Result<Vec<(u64, String)>, StoreError> {
        const SQL: &str = "SELECT size, note FROM head WHERE size >= ?1 ORDER BY size LIMIT ?2";
        self.all(SQL, params![number(from), number(limit as u64)], |row| Ok((unsigned(row, 0)?, row.get(1)?)))
    }

    fn newest_head(&mut self) -> Result<Option<(u64, String)>, StoreError> {
        const SQL: &str = "SELECT size, note FROM head ORDER BY size DESC LIMIT 1";
        self.one(SQL, (), |row| Ok((unsigned(row, 0)?, row.get(1)?)))
    }

    fn pulls(&mut self, filter: &PullFilter) -> Result<Vec<StoredPull>, StoreError> {
        macro_rules! pulls {
            ($which:literal) => {
                concat!(
                    "SELECT number, request, contest, campaign, actor, export, asked, opened, fields, records, bytes, closed,
                     outcome, reason, ended_by FROM pull WHERE ",
                    $which,
                    " AND (:contest IS NULL OR contest = :contest) AND (:campaign IS NULL OR campaign = :campaign) ORDER BY number"
                )
            };
        }
        // A statement of its own, so that a receipt is found among millions of pulls. One process serves from a file, and looks
        // for orphans once, before it opens a pull of its own.
        let sql = match filter {
            PullFilter { request: Some(_), .. } => pulls!("request = :request AND (NOT :orphaned OR closed IS NULL)"),
            PullFilter { orphaned: true, .. } => pulls!("closed IS NULL AND :orphaned AND :request IS NULL"),
            _ => pulls!("NOT :orphaned AND :request IS NULL"),
        };
        let values = named_params! {
            ":contest": filter.contest.as_ref().map(ContestId::as_str),
            ":campaign": filter.campaign.as_ref().map(CampaignId::as_str),
            ":request": filter.request.map(|request| request.to_string()),
            ":orphaned": filter.orphaned,
        };
        self.all(sql, values, pull)?.into_iter().map(PullColumns::read).collect()
    }

    fn pull(&mut self, wanted: PullNumber) -> Result<Option<StoredPull>, StoreError> {
        const SQL: &str = "SELECT number, request, contest, campaign, actor, export, asked, opened, fields, records, bytes,
            closed, outcome, reason, ended_by FROM pull WHERE number = ?1";
        self.one(SQL, [number(wanted.0)], pull)?.map(PullColumns::read).transpose()
    }

    fn granted(&mut self, wanted: PullNumber) -> Result<Option<u64>, StoreError> {
        self.one("SELECT records FROM pull WHERE number = ?1 AND closed IS NULL", [number(wanted.0)], |row| unsigned(row, 0))
    }

    fn spent(&mut self, side: &Side) -> Result<Spent, StoreError> {
        const SQL: &str = "SELECT period, records, records_ever, members FROM spent WHERE contest = ?1 AND campaign = ?2";
        let columns = |row: &Row<'_>| {
            Ok(Spent {
                period: unsigned(row, 0)?,
                records: unsigned(row, 1)?,
                records_ever: unsigned(row, 2)?,
                members: unsigned(row, 3)?,
            })
        };
        Ok(self.one(SQL, params![side.contest.as_str(), side.campaign.as_str()], columns)?.unwrap_or_default())
    }

    fn members(&mut self, contest: &ContestId, from: u32) -> Result<Vec<(u32, Vec<u8>)>, StoreError> {
        const SQL: &str = "SELECT first, digests FROM members WHERE contest = ?1 AND first >= ?2 ORDER BY first";
        self.all(SQL, params![contest.as_str(), from], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn set(&mut self, key: &SetKey, chunk: u16) -> Result<Option<Vec<u8>>, StoreError> {
        const CAMPAIGN: &str = "SELECT members FROM campaign_set WHERE contest = ?1 AND campaign = ?2 AND chunk = ?3";
        const PULL: &str = "SELECT members FROM pull_set WHERE chunk = ?1 AND pull = ?2 AND field = ?3";
        match key {
            SetKey::Campaign(side) => {
                self.one(CAMPAIGN, params![side.contest.as_str(), side.campaign.as_str(), chunk], |row| row.get(0))
            }
            SetKey::Pull(pull) => self.one(PULL, params![chunk, number(pull.0), EVERYONE], |row| row.get(0)),
            SetKey::Lacking(pull, field) => self.one(PULL, params![chunk, number(pull.0), field], |row| row.get(0)),
        }
    }

    fn pull_sets(
        &mut self,
        contest: &ContestId,
        campaign: Option<&CampaignId>,
        chunk: u16,
    ) -> Result<Vec<(PullNumber, Vec<u8>)>, StoreError> {
        const SQL: &str = "SELECT pull_set.pull, pull_set.members FROM pull_set JOIN pull ON pull.number = pull_set.pull
            WHERE pull_set.chunk = ?1 AND pull_set.field = ?2 AND pull.contest = ?3 AND (?4 IS NULL OR pull.campaign = ?4)
            ORDER BY pull_set.pull";
        let values = params![chunk, EVERYONE, contest.as_str(), campaign.map(CampaignId::as_str)];
        self.all(SQL, values, |row| Ok((PullNumber(unsigned(row, 0)?), row.get(1)?)))
    }

    fn objections(&mut self, after: u64) -> Result<Vec<StoredObjection>, StoreError> {
        const SQL: &str = "SELECT sequence, at, contest, campaign, member, withheld, withdrawn FROM objection
            WHERE sequence > ?1 ORDER BY sequence";
        let columns = |row: &Row<'_>| {
            let (at, contest, campaign) = (row.get(1)?, row.get::<_, String>(2)?, row.get::<_, Option<String>>(3)?);
            let (member, withheld) = (row.get::<_, Vec<u8>>(4)?, row.get::<_, String>(5)?);
            let read = row::objection(at, &contest, campaign.as_deref(), &member, &withheld, row.get(6)?);
            Ok((unsigned(row, 0)?, read))
        };
        let rows = self.all(SQL, [number(after)], columns)?;
        rows.into_iter().map(|(sequence, row)| Ok(StoredObjection { sequence, row: row? })).collect()
    }
}

impl Tables for Rows<'_> {
    fn set_log_end(&mut self, end: &LogEnd) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO log_end (one, size, time, peaks) VALUES (1, ?1, ?2, ?3)
            ON CONFLICT (one) DO UPDATE SET size = excluded.size, time = excluded.time, peaks = excluded.peaks";
        let values = params![number(end.frontier.size()), number(end.time.get()), row::peaks(&end.frontier)];
        self.run(SQL, values).map(drop)
    }

    fn add_entry(&mut self, entry: &StoredEntry) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO entry (seq, text, leaf) VALUES (?1, ?2, ?3)";
        self.run(SQL, params![number(entry.seq), entry.bytes, entry.leaf.0]).map(drop)
    }

    fn add_hash(&mut self, node: Node, hash: Hash) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO node (level, place, hash) VALUES (?1, ?2, ?3)";
        self.run(SQL, params![node.level, number(node.index), hash.0]).map(drop)
    }

    fn add_head(&mut self, size: u64, head: &str) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO head (size, note) VALUES (?1, ?2) ON CONFLICT (size) DO NOTHING";
        self.run(SQL, params![number(size), head]).map(drop)
    }

    fn add_pull(&mut self, pull: &StoredPull) -> Result<(), StoreError> {
        const SQL: &str =
            "INSERT INTO pull (number, request, contest, campaign, actor, export, asked, opened, fields, records, bytes)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        let row = PullColumns::of(pull);
        let values = params![
            row.number,
            row.request,
            row.contest,
            row.campaign,
            row.actor,
            row.export,
            row.asked,
            row.opened,
            row.fields,
            row.records,
            row.bytes
        ];
        self.run(SQL, values).map(drop)
    }

    fn advance_pull(&mut self, pull: PullNumber, records: i64, bytes: i64) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE pull SET records = records + ?2, bytes = bytes + ?3 WHERE number = ?1 AND closed IS NULL";
        Ok(self.run(SQL, params![number(pull.0), records, bytes])? == 1)
    }

    fn end_pull(&mut self, pull: PullNumber, records: u64, bytes: u64, end: &StoredEnd) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE pull SET records = ?2, bytes = ?3, closed = ?4, outcome = ?5, reason = ?6, ended_by = ?7
            WHERE number = ?1 AND closed IS NULL";
        let EndColumns { closed, outcome, reason, ended_by } = EndColumns::of(end);
        let values = params![number(pull.0), number(records), number(bytes), closed, outcome, reason, ended_by];
        self.run(SQL, values).map(drop)
    }

    fn set_spent(&mut self, side: &Side, spent: &Spent) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO spent (contest, campaign, period, records, records_ever, members)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (contest, campaign) DO UPDATE SET period = excluded.period,
            records = excluded.records, records_ever = excluded.records_ever, members = excluded.members";
        let (contest, campaign) = (side.contest.as_str(), side.campaign.as_str());
        let counts = [spent.period, spent.records, spent.records_ever, spent.members].map(number);
        self.run(SQL, params![contest, campaign, counts[0], counts[1], counts[2], counts[3]]).map(drop)
    }

    fn add_members(&mut self, contest: &ContestId, first: u32, digests: &[u8]) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO members (contest, first, digests) VALUES (?1, ?2, ?3)";
        self.run(SQL, params![contest.as_str(), first, digests]).map(drop)
    }

    fn put_set(&mut self, key: &SetKey, chunk: u16, bytes: &[u8]) -> Result<(), StoreError> {
        const CAMPAIGN: &str = "INSERT INTO campaign_set (contest, campaign, chunk, members) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET members = excluded.members";
        const PULL: &str = "INSERT INTO pull_set (chunk, pull, field, members) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET members = excluded.members";
        const NO_CAMPAIGN: &str = "DELETE FROM campaign_set WHERE contest = ?1 AND campaign = ?2 AND chunk = ?3";
        const NO_PULL: &str = "DELETE FROM pull_set WHERE chunk = ?1 AND pull = ?2 AND field = ?3";
        let (pull, field) = match key {
            SetKey::Campaign(side) => {
                let (contest, campaign) = (side.contest.as_str(), side.campaign.as_str());
                return match bytes {
                    [] => self.run(NO_CAMPAIGN, params![contest, campaign, chunk]).map(drop),
                    _ => self.run(CAMPAIGN, params![contest, campaign, chunk, bytes]).map(drop),
                };
            }
            SetKey::Pull(pull) => (number(pull.0), EVERYONE),
            SetKey::Lacking(pull, field) => (number(pull.0), i64::from(*field)),
        };
        match bytes {
            [] => self.run(NO_PULL, params![chunk, pull, field]).map(drop),
            _ => self.run(PULL, params![chunk, pull, field, bytes]).map(drop),
        }
    }

    fn add_objection(&mut self, row: &ObjectionRow) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO objection (at, contest, campaign, member, withheld, withdrawn)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let campaign = row.campaign.as_ref().map(CampaignId::as_str);
        let (at, code) = (row.at.as_millisecond(), row.withheld.code());
        self.run(SQL, params![at, row.contest.as_str(), campaign, row.member.0, code, row.withdrawn]).map(drop)
    }
}
