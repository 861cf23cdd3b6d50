//! The book of rejections in SQL: appending a batch, folding what has no campaign, keeping to the bound.
//!
//! A batch is one transaction, and half of one never stays.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::engine::ids::{CampaignId, ContestId};
use crate::store::RejectionRow;
use crate::store::bounds::{Party, surplus};
use crate::store::folding::{Entry, folded};

/// Free pages that may stay in the file for the next rows, before it is made smaller: one MiB of SQLite's usual 4 KiB pages.
const FREE_PAGES_MAX: i64 = 256;

/// The book as the writer sees it: how many rows each party has, so that keeping to the bound costs nothing until it is reached.
pub(super) struct Book {
    per_campaign_max: u64,
    /// `None` until counted, and again when a transaction has failed: then the file alone knows.
    sizes: Option<Sizes>,
}

type Sizes = BTreeMap<Party, u64>;

impl Book {
    pub(super) const fn new(per_campaign_max: u64) -> Self {
        Self { per_campaign_max, sizes: None }
    }

    /// Writes the rows in their order, durably, and removes what is beyond the bound. No rows: brings the book within a bound that
    /// is lower than it was.
    pub(super) fn append(&mut self, connection: &mut Connection, rows: &[RejectionRow]) -> rusqlite::Result<()> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut sizes = match self.sizes.take() {
            Some(sizes) => sizes,
            None => count(&transaction)?,
        };
        for entry in folded(rows) {
            if write(&transaction, &entry)? {
                *sizes.entry(Party::of(entry.row)).or_default() += 1;
            }
        }
        let shrunk = self.keep_within(&transaction, &mut sizes)?;
        transaction.commit()?;
        self.sizes = Some(sizes);
        if shrunk {
            shrink(connection);
        }
        Ok(())
    }

    /// Whether rows had to go. A sixteenth more goes than has to, because counting by reason walks over all of a party's rows.
    fn keep_within(&self, transaction: &Transaction<'_>, sizes: &mut Sizes) -> rusqlite::Result<bool> {
        let max = self.per_campaign_max.max(1);
        let mut shrunk = false;
        for (party, size) in sizes.iter_mut().filter(|(_, size)| **size > max) {
            *size = prune(transaction, party, max - max / 16)?;
            shrunk = true;
        }
        Ok(shrunk)
    }
}

/// How many rows each party has in the file.
fn count(transaction: &Transaction<'_>) -> rusqlite::Result<Sizes> {
    const COUNT: &str = "SELECT campaign, iif(campaign IS NULL, NULL, contest), count(*) FROM rejection GROUP BY 1, 2";
    let mut statement = transaction.prepare(COUNT)?;
    let sizes = statement.query_map((), |row| {
        let size: i64 = row.get(2)?;
        Ok((Party { campaign: row.get(0)?, contest: row.get(1)? }, size.unsigned_abs()))
    })?;
    sizes.collect()
}

/// Whether that took a row of its own.
fn write(transaction: &Transaction<'_>, entry: &Entry<'_>) -> rusqlite::Result<bool> {
    let row = entry.row;
    let count = i64::try_from(entry.count).unwrap_or(i64::MAX);
    let contest = row.contest.as_ref().map(ContestId::as_str);
    let reason = row.reason.code();
    let Some(campaign) = row.campaign.as_ref().map(CampaignId::as_str) else {
        const ADD: &str = "UPDATE rejection SET count = count + ?1
            WHERE campaign IS NULL AND at / 60000 = ?2 AND ifnull(contest, '') = ifnull(?3, '') AND reason = ?4";
        if transaction.prepare_cached(ADD)?.execute(params![count, row.minute(), contest, reason])? > 0 {
            return Ok(false);
        }
        return insert(
            transaction,
            params![
                row.at.as_millisecond(),
                row.request_id.to_string(),
                contest,
                None::<&str>,
                None::<&str>,
                None::<&str>,
                reason,
                count
            ],
        );
    };
    let actor = row.actor.as_ref().map(|actor| actor.as_str());
    let export = row.export.as_ref().map(|export| export.as_str());
    insert(
        transaction,
        params![row.at.as_millisecond(), row.request_id.to_string(), contest, campaign, actor, export, reason, count],
    )
}

fn insert(transaction: &Transaction<'_>, values: &[&dyn rusqlite::ToSql]) -> rusqlite::Result<bool> {
    const INSERT: &str = "INSERT INTO rejection (at, request_id, contest, campaign, actor, export, reason, count)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    transaction.prepare_cached(INSERT)?.execute(values).map(|rows| rows > 0)
}

/// Removes the party's oldest rows of its most frequent reasons until `keep` are left. Says how many that are.
fn prune(transaction: &Transaction<'_>, party: &Party, keep: u64) -> rusqlite::Result<u64> {
    const SIZES: &str = "SELECT reason, count(*) FROM rejection
        WHERE campaign IS ?1 AND (campaign IS NULL OR contest IS ?2) GROUP BY reason ORDER BY reason";
    const REMOVE: &str = "DELETE FROM rejection WHERE sequence IN (SELECT sequence FROM rejection
        WHERE campaign IS ?1 AND (campaign IS NULL OR contest IS ?2) AND reason = ?3 ORDER BY sequence LIMIT ?4)";
    let mut statement = transaction.prepare_cached(SIZES)?;
    let sizes = statement.query_map(params![party.campaign, party.contest], |row| {
        let size: i64 = row.get(1)?;
        Ok((row.get::<_, String>(0)?, size.unsigned_abs()))
    })?;
    let (reasons, sizes): (Vec<_>, Vec<_>) = sizes.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().unzip();
    let mut left: u64 = sizes.iter().sum();
    for (reason, surplus) in reasons.iter().zip(surplus(&sizes, keep)).filter(|(_, surplus)| *surplus > 0) {
        let limit = i64::try_from(surplus).unwrap_or(i64::MAX);
        let gone = transaction.prepare_cached(REMOVE)?.execute(params![party.campaign, party.contest, reason, limit])?;
        left -= gone as u64;
    }
    Ok(left)
}

/// Gives free pages back to the disk when there are many: after a bound was lowered, mostly. A steady book reuses its own.
///
/// A failure is only said: the rows are written by now, and an error here would have them written again.
fn shrink(connection: &Connection) {
    if let Err(error) = free_pages(connection) {
        tracing::debug!(%error, "the store's free pages could not be given back");
    }
}

fn free_pages(connection: &Connection) -> rusqlite::Result<()> {
    let free: i64 = connection.query_row("PRAGMA freelist_count", (), |row| row.get(0))?;
    if free <= FREE_PAGES_MAX {
        return Ok(());
    }
    // The pragma frees one page at each step.
    let mut statement = connection.prepare("PRAGMA incremental_vacuum")?;
    let mut pages = statement.query(())?;
    while pages.next()?.is_some() {}
    Ok(())
}
