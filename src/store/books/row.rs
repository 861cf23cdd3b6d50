//! Rows of the books as texts and numbers that any database holds, and back.
//!
//! Never takes a row for another: what is not of its kind is unreadable.

use super::tables::LogEnd;
use super::{ObjectionRow, PullNumber, StoredEnd, StoredPull};
use crate::engine::audit::event::{Asked, Asker, Ending, Pull};
use crate::engine::audit::hash::{HASH_BYTES, Hash};
use crate::engine::audit::number::Whole;
use crate::engine::audit::tree::Frontier;
use crate::engine::ids::{ActorId, CampaignId, ContestId, ExportName, RequestId};
use crate::engine::member::{MemberDigest, Withheld};
use crate::engine::outcome::Outcome;
use crate::engine::reason::Reason;
use crate::engine::time::Timestamp;
use crate::store::StoreError;

/// How a pull ended whose process died; beside the codes of outcomes.
const LOST: &str = "lost";

const PULL: StoreError = StoreError::Unreadable { what: "a pull" };
const OBJECTION: StoreError = StoreError::Unreadable { what: "an objection" };
const LOG: StoreError = StoreError::Unreadable { what: "the end of the audit log" };

/// Columns of a pull.
#[derive(Debug, Clone)]
pub struct PullColumns {
    /// Its number.
    pub number: i64,
    /// The exchange.
    pub request: String,
    /// The contest.
    pub contest: String,
    /// The campaign.
    pub campaign: String,
    /// The actor.
    pub actor: Option<String>,
    /// The export.
    pub export: String,
    /// The code of what was asked.
    pub asked: String,
    /// Unix milliseconds.
    pub opened: i64,
    /// A JSON array of paths.
    pub fields: String,
    /// Records.
    pub records: i64,
    /// Bytes.
    pub bytes: i64,
    /// The end, where there is one.
    pub end: Option<EndColumns>,
}

/// Columns of a pull's end.
#[derive(Debug, Clone)]
pub struct EndColumns {
    /// Unix milliseconds.
    pub closed: i64,
    /// The code of the outcome.
    pub outcome: String,
    /// The code of the reason.
    pub reason: Option<String>,
    /// The entry.
    pub ended_by: i64,
}

/// A number as databases hold it.
#[must_use]
pub fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A time to the millisecond.
#[must_use]
pub fn time(milliseconds: i64) -> Timestamp {
    // A time that no calendar has was not written by us; the row is shown all the same.
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

impl EndColumns {
    /// The columns of an end.
    #[must_use]
    pub fn of(end: &StoredEnd) -> Self {
        let (outcome, reason) = match end.ending {
            Ending::Lost => (LOST, None),
            Ending::Ended(outcome) => (outcome.code(), outcome.reason().map(Reason::code)),
        };
        Self {
            closed: end.at.as_millisecond(),
            outcome: outcome.to_owned(),
            reason: reason.map(str::to_owned),
            ended_by: number(end.entry),
        }
    }

    fn read(&self) -> Option<StoredEnd> {
        let reason = || Reason::from_code(self.reason.as_deref()?);
        let ending = match self.outcome.as_str() {
            LOST => Ending::Lost,
            "served" => Ending::Ended(Outcome::Served),
            "abandoned" => Ending::Ended(Outcome::Abandoned),
            "refused" => Ending::Ended(Outcome::Refused(reason()?)),
            "truncated" => Ending::Ended(Outcome::Truncated(reason()?)),
            _ => return None,
        };
        Some(StoredEnd { entry: self.ended_by.unsigned_abs(), at: time(self.closed), ending })
    }
}

impl PullColumns {
    /// The columns of a pull.
    #[must_use]
    pub fn of(stored: &StoredPull) -> Self {
        let Pull { request, asker, export, asked } = &stored.pull;
        Self {
            number: number(stored.number.0),
            request: request.to_string(),
            contest: asker.contest.to_string(),
            campaign: asker.campaign.to_string(),
            actor: asker.actor.as_ref().map(|actor| actor.as_str().to_owned()),
            export: export.to_string(),
            asked: asked.code().to_owned(),
            opened: stored.opened.as_millisecond(),
            fields: serde_json::Value::from(stored.fields.clone()).to_string(),
            records: number(stored.records),
            bytes: number(stored.bytes),
            end: stored.end.as_ref().map(EndColumns::of),
        }
    }

    /// The pull of these columns.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`].
    pub fn read(self) -> Result<StoredPull, StoreError> {
        self.parsed().ok_or(PULL)
    }

    fn parsed(self) -> Option<StoredPull> {
        let actor = match &self.actor {
            Some(actor) => Some(ActorId::parse(actor).ok()?),
            None => None,
        };
        let end = match &self.end {
            Some(end) => Some(end.read()?),
            None => None,
        };
        let asker =
            Asker { contest: ContestId::parse(&self.contest).ok()?, campaign: CampaignId::parse(&self.campaign).ok()?, actor };
        Some(StoredPull {
            number: PullNumber(self.number.unsigned_abs()),
            pull: Pull {
                request: RequestId::parse(&self.request)?,
                asker,
                export: ExportName::parse(&self.export).ok()?,
                asked: Asked::from_code(&self.asked)?,
            },
            opened: time(self.opened),
            fields: serde_json::from_str(&self.fields).ok()?,
            records: self.records.unsigned_abs(),
            bytes: self.bytes.unsigned_abs(),
            end,
        })
    }
}

/// The row of an objection.
///
/// # Errors
/// [`StoreError::Unreadable`].
pub fn objection(
    at: i64,
    contest: &str,
    campaign: Option<&str>,
    member: &[u8],
    withheld: &str,
    withdrawn: bool,
) -> Result<ObjectionRow, StoreError> {
    let campaign = campaign.map(CampaignId::parse).transpose().map_err(|_| OBJECTION)?;
    Ok(ObjectionRow {
        at: time(at),
        contest: ContestId::parse(contest).map_err(|_| OBJECTION)?,
        campaign,
        member: MemberDigest(member.try_into().map_err(|_| OBJECTION)?),
        withheld: Withheld::from_code(withheld).ok_or(OBJECTION)?,
        withdrawn,
    })
}

/// The peaks of a tree's edge, one behind the other.
#[must_use]
pub fn peaks(frontier: &Frontier) -> Vec<u8> {
    frontier.peaks().iter().flat_map(|hash| hash.0).collect()
}

/// The end of the log of these columns.
///
/// # Errors
/// [`StoreError::Unreadable`].
pub fn log_end(size: i64, time: i64, peaks: &[u8]) -> Result<LogEnd, StoreError> {
    let (hashes, rest) = peaks.as_chunks::<HASH_BYTES>();
    let frontier = Frontier::resume(size.unsigned_abs(), hashes.iter().map(|hash| Hash(*hash)).collect());
    let frontier = frontier.filter(|_| rest.is_empty()).ok_or(LOG)?;
    Ok(LogEnd { frontier, time: Whole::saturating(time.unsigned_abs()) })
}

/// A hash of these bytes.
///
/// # Errors
/// [`StoreError::Unreadable`].
pub fn hash(bytes: &[u8]) -> Result<Hash, StoreError> {
    bytes.try_into().map(Hash).map_err(|_| StoreError::Unreadable { what: "a hash of the audit log" })
}
