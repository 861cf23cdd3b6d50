//! `[limits]`: the contest's, and a campaign's own.

use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use super::time::duration;
use super::{number, refuse};
use crate::config::notes::Notes;
use crate::config::raw::contest::{Limits as Said, Quota as QuotaSaid, Rate as RateSaid};
use crate::config::raw::read::Whole;
use crate::engine::quota::{Limits, Quotas, Rate, RecordQuota};

/// Pulls or requests in a period at the most.
const COUNT_MAX: i64 = 1_000_000;
/// Answers in transfer at once at the most.
const CONCURRENT_MAX: i64 = 1024;

/// Most that a quota may be.
const QUOTA_MAX: i64 = 1_000_000_000_000;
/// Longest period of a quota of records: beyond it, leave the period out.
const QUOTA_PERIOD_MAX: Duration = Duration::from_secs(366 * 86_400);

/// The limits of a campaign when no file says any.
pub fn usual() -> Limits {
    let count = |number: u32| NonZeroU32::MIN.saturating_add(number - 1);
    let rate = Rate { pulls: count(6), requests: count(600), per: Duration::from_secs(60), burst: count(3) };
    Limits { rate, concurrent: count(2), quotas: Quotas::default() }
}

/// What was said, over what holds otherwise: each key replaces one limit.
pub fn limits(said: Option<&Said>, otherwise: Limits, notes: &mut Notes) -> Option<Limits> {
    let Some(said) = said else { return Some(otherwise) };
    let records = said.records.as_ref().map_or(Some(otherwise.quotas.records), |said| records(said, notes).map(Some));
    let members = said.members.as_ref().map_or(Some(otherwise.quotas.members), |said| members(said, notes).map(Some));
    let concurrent =
        count(said.concurrent.as_ref(), "`concurrent` (answers at once)", CONCURRENT_MAX, otherwise.concurrent, notes);
    let rate = said.rate.as_ref().map_or(Some(otherwise.rate), |said| rate(said, otherwise.rate, notes));
    Some(Limits { rate: rate?, concurrent: concurrent?, quotas: Quotas { records: records?, members: members? } })
}

fn rate(said: &RateSaid, usual: Rate, notes: &mut Notes) -> Option<Rate> {
    let pulls = count(said.pulls.as_ref(), "`pulls` (a period)", COUNT_MAX, usual.pulls, notes);
    let requests = count(said.requests.as_ref(), "`requests` (a period)", COUNT_MAX, usual.requests, notes);
    let burst = count(said.burst.as_ref(), "`burst` (pulls at once)", COUNT_MAX, usual.burst, notes);
    let bounds = Duration::from_secs(1)..=Duration::from_secs(86_400);
    let per = said.per.as_ref().map_or(Some(usual.per), |said| duration(said, "`per`", bounds, notes));
    let (pulls, requests) = (pulls?, requests?);
    if requests < pulls {
        let message = format!("{requests} requests a period never reach {pulls} pulls: every pull is a request");
        notes.error(said.at, message, "raise `requests`, or lower `pulls`");
        return None;
    }
    Some(Rate { pulls, requests, per: per?, burst: burst? })
}

fn count(said: Option<&Whole>, what: &str, most: i64, otherwise: NonZeroU32, notes: &mut Notes) -> Option<NonZeroU32> {
    let Some(said) = said else { return Some(otherwise) };
    let value = number(said, what, 1..=most, notes)?;
    u32::try_from(value).ok().and_then(NonZeroU32::new)
}

/// `records = { max = …, per = "…" }`.
fn records(said: &QuotaSaid, notes: &mut Notes) -> Option<RecordQuota> {
    let max = most(said, "`max` (records a period)", "records = { max = 50_000, per = \"1d\" }", notes);
    let bounds = Duration::from_secs(1)..=QUOTA_PERIOD_MAX;
    let per = said.per.as_ref().map_or(Some(None), |said| duration(said, "`per`", bounds, notes).map(Some));
    Some(RecordQuota { max: max?, per: per? })
}

/// `members = { max = … }`.
fn members(said: &QuotaSaid, notes: &mut Notes) -> Option<NonZeroU64> {
    let message = "distinct members are counted over the whole contest";
    refuse(said.per.as_ref(), message, "remove `per`; a quota a period is `records`", notes);
    most(said, "`max` (distinct members)", "members = { max = 250_000 }", notes)
}

fn most(said: &QuotaSaid, what: &str, example: &str, notes: &mut Notes) -> Option<NonZeroU64> {
    let Some(max) = &said.max else {
        notes.error(said.at, "this quota has no `max`", format!("write for example `{example}`"));
        return None;
    };
    number(max, what, 1..=QUOTA_MAX, notes).map(i64::unsigned_abs).and_then(NonZeroU64::new)
}
