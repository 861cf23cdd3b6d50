//! The book of rejections in SQL: appending a batch, folding what has no campaign, keeping to the bound; exact among all replicas.
//!
//! A batch is one transaction, and half of one never stays.

use std::collections::BTreeMap;

use super::address::{ANSWER_MAX, Address};
use super::error::Said;
use super::locks;
use super::session::{Session, Values};
use crate::engine::ids::{CampaignId, ContestId};
use crate::store::bounds::{Party, surplus};
use crate::store::folding::{Entry, folded};
use crate::store::queue::Append;
use crate::store::{RejectionRow, StoreError};

/// The book as the writer sees it.
pub(super) struct Book {
    address: Address,
    session: Option<Session>,
    per_campaign_max: u64,
}

impl Book {
    pub fn new(address: Address, session: Session, per_campaign_max: u64) -> Self {
        Self { address, session: Some(session), per_campaign_max: per_campaign_max.max(1) }
    }

    /// Brings the book within a bound that is lower than it was.
    pub fn keep_within_bound(&mut self) -> Result<(), StoreError> {
        let max = self.per_campaign_max;
        self.transact(|session| {
            const ABOVE: &str = "SELECT campaign, contest FROM rejection_held WHERE held > $1";
            for row in session.all(ABOVE, &[&number(max)])? {
                let (campaign, contest) = (row.try_get(0)?, row.try_get(1)?);
                prune(session, &Held { campaign, contest }, max)?;
            }
            Ok(())
        })
    }

    fn transact(&mut self, work: impl FnOnce(&mut Session) -> Result<(), Said>) -> Result<(), StoreError> {
        let mut session = match self.session.take().filter(|session| !session.is_lost()) {
            Some(session) => session,
            None => {
                let mut session = Session::open(&self.address, ANSWER_MAX)?;
                session.insist_on_the_disk(&self.address)?;
                session
            }
        };
        let done = locks::begin(&mut session, locks::REJECTIONS).and_then(|()| work(&mut session));
        let done = done.and_then(|()| session.batch("COMMIT"));
        if done.is_ok() || session.batch("ROLLBACK").is_ok() {
            self.session = Some(session);
        }
        Ok(done.map_err(|said| self.address.refused(said))?)
    }
}

impl Append for Book {
    fn append(&mut self, rows: &[RejectionRow]) -> Result<(), StoreError> {
        let max = self.per_campaign_max;
        self.transact(|session| {
            let mut new = BTreeMap::<Party, i64>::new();
            for entry in folded(rows) {
                if write(session, &entry)? {
                    *new.entry(Party::of(entry.row)).or_default() += 1;
                }
            }
            for (party, rows) in new {
                let party = Held::from(party);
                if grow(session, &party, rows)? > number(max) {
                    prune(session, &party, max)?;
                }
            }
            Ok(())
        })
    }
}

/// A party as the table of what is held names it: with empty names where there is none.
struct Held {
    campaign: String,
    contest: String,
}

impl From<Party> for Held {
    fn from(party: Party) -> Self {
        Self { campaign: party.campaign.unwrap_or_default(), contest: party.contest.unwrap_or_default() }
    }
}

/// Whether that took a row of its own.
fn write(session: &mut Session, entry: &Entry<'_>) -> Result<bool, Said> {
    let (row, count) = (entry.row, number(entry.count));
    let (at, request) = (row.at.as_millisecond(), row.request_id.to_string());
    let (contest, reason) = (row.contest.as_ref().map(ContestId::as_str), row.reason.code());
    let Some(campaign) = row.campaign.as_ref().map(CampaignId::as_str) else {
        const ADD: &str = "UPDATE rejection SET count = count + $1
            WHERE campaign IS NULL AND at / 60000 = $2 AND coalesce(contest, '') = coalesce($3, '') AND reason = $4";
        if session.run(ADD, &[&count, &row.minute(), &contest, &reason])? > 0 {
            return Ok(false);
        }
        let nobody = None::<&str>;
        return insert(session, &[&at, &request, &contest, &nobody, &nobody, &nobody, &reason, &count]);
    };
    let actor = row.actor.as_ref().map(|actor| actor.as_str());
    let export = row.export.as_ref().map(|export| export.as_str());
    insert(session, &[&at, &request, &contest, &campaign, &actor, &export, &reason, &count])
}

fn insert(session: &mut Session, values: Values<'_>) -> Result<bool, Said> {
    const INSERT: &str = "INSERT INTO rejection (at, request_id, contest, campaign, actor, export, reason, count)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    session.run(INSERT, values).map(|rows| rows > 0)
}

/// Counts new rows of a party. How many it has now.
fn grow(session: &mut Session, party: &Held, rows: i64) -> Result<i64, Said> {
    const GROW: &str = "INSERT INTO rejection_held (campaign, contest, held) VALUES ($1, $2, $3)
        ON CONFLICT (campaign, contest) DO UPDATE SET held = rejection_held.held + excluded.held RETURNING held";
    let row = session.one(GROW, &[&party.campaign, &party.contest, &rows])?;
    Ok(row.map_or(Ok(0), |row| row.try_get(0))?)
}

/// Removes the party's oldest rows of its most frequent reasons. A sixteenth more goes than has to, because counting by reason
/// walks over all of its rows.
fn prune(session: &mut Session, party: &Held, max: u64) -> Result<(), Said> {
    const SIZES: &str = "SELECT reason, count(*) FROM rejection
        WHERE coalesce(campaign, '') = $1 AND ($1 = '' OR coalesce(contest, '') = $2) GROUP BY reason ORDER BY reason";
    const REMOVE: &str = "DELETE FROM rejection WHERE sequence IN (SELECT sequence FROM rejection
        WHERE coalesce(campaign, '') = $1 AND ($1 = '' OR coalesce(contest, '') = $2) AND reason = $3
        ORDER BY sequence LIMIT $4)";
    const HOLD: &str = "UPDATE rejection_held SET held = $3 WHERE campaign = $1 AND contest = $2";
    let (campaign, contest) = (&party.campaign, &party.contest);
    let mut reasons = Vec::<(String, u64)>::new();
    for row in session.all(SIZES, &[campaign, contest])? {
        reasons.push((row.try_get(0)?, row.try_get::<_, i64>(1)?.unsigned_abs()));
    }
    let sizes: Vec<u64> = reasons.iter().map(|(_, size)| *size).collect();
    let mut left: u64 = sizes.iter().sum();
    for ((reason, _), surplus) in reasons.iter().zip(surplus(&sizes, max - max / 16)).filter(|(_, surplus)| *surplus > 0) {
        left -= session.run(REMOVE, &[campaign, contest, reason, &number(surplus)])?;
    }
    session.run(HOLD, &[campaign, contest, &number(left)]).map(drop)
}

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
