//! `[limits]`: the contest's, and a campaign's own.

use std::num::NonZeroU32;
use std::time::Duration;

use super::time::duration;
use super::{number, refuse};
use crate::config::notes::Notes;
use crate::config::raw::contest::{Limits as Said, Quota};
use crate::config::raw::read::Whole;
use crate::engine::quota::{Limits, Rate};

/// Pulls or requests in a period at the most.
const COUNT_MAX: i64 = 1_000_000;
/// Answers in transfer at once at the most.
const CONCURRENT_MAX: i64 = 1024;

/// The limits of a campaign when no file says any.
pub fn usual() -> Limits {
    let count = |number: u32| NonZeroU32::MIN.saturating_add(number - 1);
    let rate = Rate { pulls: count(6), requests: count(600), per: Duration::from_secs(60), burst: count(3) };
    Limits { rate, concurrent: count(2) }
}

/// What was said, over what holds otherwise: each key replaces one limit.
pub fn limits(said: Option<&Said>, otherwise: Limits, notes: &mut Notes) -> Option<Limits> {
    let Some(said) = said else { return Some(otherwise) };
    refuse_quota(said.records.as_ref(), notes);
    refuse_quota(said.members.as_ref(), notes);
    let concurrent =
        count(said.concurrent.as_ref(), "`concurrent` (answers at once)", CONCURRENT_MAX, otherwise.concurrent, notes);
    let usual = otherwise.rate;
    let Some(rate) = &said.rate else { return Some(Limits { rate: usual, concurrent: concurrent? }) };
    let pulls = count(rate.pulls.as_ref(), "`pulls` (a period)", COUNT_MAX, usual.pulls, notes);
    let requests = count(rate.requests.as_ref(), "`requests` (a period)", COUNT_MAX, usual.requests, notes);
    let burst = count(rate.burst.as_ref(), "`burst` (pulls at once)", COUNT_MAX, usual.burst, notes);
    let bounds = Duration::from_secs(1)..=Duration::from_secs(86_400);
    let per = rate.per.as_ref().map_or(Some(usual.per), |said| duration(said, "`per`", bounds, notes));
    let (pulls, requests) = (pulls?, requests?);
    if requests < pulls {
        let message = format!("{requests} requests a period never reach {pulls} pulls: every pull is a request");
        notes.error(rate.at, message, "raise `requests`, or lower `pulls`");
        return None;
    }
    Some(Limits { rate: Rate { pulls, requests, per: per?, burst: burst? }, concurrent: concurrent? })
}

fn count(said: Option<&Whole>, what: &str, most: i64, otherwise: NonZeroU32, notes: &mut Notes) -> Option<NonZeroU32> {
    let Some(said) = said else { return Some(otherwise) };
    let value = number(said, what, 1..=most, notes)?;
    u32::try_from(value).ok().and_then(NonZeroU32::new)
}

fn refuse_quota(said: Option<&Quota>, notes: &mut Notes) {
    let place = said.map(|quota| crate::config::raw::read::Said { value: (), at: quota.at });
    let message = "record and member quotas are not enforced by this version";
    refuse(place.as_ref(), message, "remove the line rather than rely on it", notes);
}
