//! Collecting the figures: pulls and sets from the register, refusals and keys from the audit log, words from the operator's book.
//!
//! One walk over the log, and one over the sets, a chunk at a time.

use std::collections::{BTreeMap, HashMap};

use roaring::RoaringBitmap;

use super::figures::{Actor, Configuration, Key, Log, Objections, Refusals, Report, Suspension, Unfinished};
use crate::cli::members::{at, state};
use crate::cli::shelf;
use crate::config::settings::Store;
use crate::engine::audit::checkpoint::Checkpoint;
use crate::engine::audit::entry::Entry;
use crate::engine::audit::event::{Asked, Ending, Event, Key as KeyEvent};
use crate::engine::audit::number::Whole;
use crate::engine::ids::ContestId;
use crate::engine::outcome::Outcome;
use crate::engine::time::Timestamp;
use crate::store::RejectionFilter;
use crate::store::books::register::{holders, objections};
use crate::store::books::scan;
use crate::store::books::sets::{CHUNK_MEMBERS, Chunk};
use crate::store::books::tables::Reading;
use crate::store::books::{PullFilter, PullNumber, StoredPull};

/// Pulls without a proper end that are shown.
const UNFINISHED_MAX: usize = 200;
/// Rows of the book of suspensions that are read.
const SUSPENSIONS_MAX: usize = 10_000;

/// Collects everything about a contest.
pub(super) fn report(store: &Store, contest: &ContestId, now: Timestamp) -> anyhow::Result<Report> {
    let mut report = Report { contest: contest.to_string(), made_at: format!("{now:.0}"), ..Report::default() };
    shelf::read(store, |reading| {
        let pulls = reading.pulls(&PullFilter { contest: Some(contest.clone()), ..PullFilter::default() })?;
        disclosures(&mut report, &pulls);
        distinct(&mut report, reading, contest, &pulls)?;
        objected(&mut report, reading, contest)?;
        log(&mut report, reading, contest)
    })?;
    let reader = shelf::reader(store)?;
    let filter = RejectionFilter { contest: Some(contest.clone()), ..RejectionFilter::all(0) };
    for sum in reader.summary(&filter)?.into_iter().filter(|sum| sum.campaign.is_none()) {
        report.refusals.push(Refusals { campaign: None, reason: sum.reason, count: sum.count });
    }
    for row in reader.history(SUSPENSIONS_MAX)? {
        if row.scope.contest().is_none_or(|own| own == contest) {
            let (at, act) = (format!("{:.0}", row.at), row.act.code().to_owned());
            report.suspensions.push(Suspension { at, scope: row.scope.to_string(), act, by: row.by, why: row.why });
        }
    }
    Ok(report)
}

/// Who was given how much, when, and what did not end as it should.
fn disclosures(report: &mut Report, pulls: &[StoredPull]) {
    let mut actors = BTreeMap::<(String, Option<String>, String), Actor>::new();
    for stored in pulls {
        let pull = &stored.pull;
        let (campaign, export) = (pull.asker.campaign.to_string(), pull.export.to_string());
        let actor = pull.asker.actor.as_ref().map(|actor| actor.as_str().to_owned());
        let begins = u64::from(matches!(pull.asked, Asked::List | Asked::Record | Asked::Order));
        let opened = format!("{:.0}", stored.opened);
        let received = report.campaigns.entry(campaign.clone()).or_default();
        received.pulls += begins;
        received.records += stored.records;
        received.first.get_or_insert_with(|| opened.clone());
        received.last = Some(opened.clone());
        if stored.records > 0 {
            let day = opened.get(..10).unwrap_or(&opened).to_owned();
            *report.days.entry(day).or_default().entry(campaign.clone()).or_default() += stored.records;
        }
        let key = (campaign.clone(), actor.clone(), export.clone());
        let sums =
            actors.entry(key).or_insert_with(|| Actor { campaign, actor, export, pulls: 0, requests: 0, records: 0, bytes: 0 });
        sums.pulls += begins;
        sums.requests += 1;
        sums.records += stored.records;
        sums.bytes += stored.bytes;
        unfinished(report, stored, opened);
    }
    report.actors = actors.into_values().collect();
}

fn unfinished(report: &mut Report, stored: &StoredPull, opened: String) {
    // What was refused after it had been opened gave nothing away, and stands among the refusals of the log.
    if matches!(stored.end.map(|end| end.ending), Some(Ending::Ended(Outcome::Served | Outcome::Refused(_)))) {
        return;
    }
    report.unfinished_count += 1;
    if report.unfinished.len() < UNFINISHED_MAX {
        let pull = &stored.pull;
        report.unfinished.push(Unfinished {
            opened,
            campaign: pull.asker.campaign.to_string(),
            export: pull.export.to_string(),
            state: state(stored),
            records: stored.records,
            request_id: pull.request.to_string(),
        });
    }
}

/// How many different members: of the contest, of each campaign, and of each of its exports.
fn distinct(report: &mut Report, reading: &mut dyn Reading, contest: &ContestId, pulls: &[StoredPull]) -> anyhow::Result<()> {
    let about: HashMap<PullNumber, (&str, &str)> =
        pulls.iter().map(|stored| (stored.number, (stored.pull.asker.campaign.as_str(), stored.pull.export.as_str()))).collect();
    let segments = reading.members(contest, 0)?;
    let members = segments.last().map_or(0, |(first, digests)| u64::from(*first) + digests.len() as u64 / 16);
    for chunk in 0..members.div_ceil(u64::from(CHUNK_MEMBERS)) {
        let mut sets = BTreeMap::<(&str, &str), RoaringBitmap>::new();
        for (number, bytes) in reading.pull_sets(contest, None, u16::try_from(chunk)?)? {
            let Some(of) = about.get(&number) else { continue };
            *sets.entry(*of).or_default() |= Chunk::read(Some(&bytes))?.0;
        }
        let (mut all, mut campaigns) = (RoaringBitmap::new(), BTreeMap::<&str, RoaringBitmap>::new());
        for ((campaign, export), set) in sets {
            let received = report.campaigns.entry(campaign.to_owned()).or_default();
            *received.exports.entry(export.to_owned()).or_default() += set.len();
            all |= &set;
            *campaigns.entry(campaign).or_default() |= set;
        }
        for (campaign, set) in campaigns {
            report.campaigns.entry(campaign.to_owned()).or_default().members += set.len();
        }
        report.members += all.len();
    }
    Ok(())
}

fn objected(report: &mut Report, reading: &mut dyn Reading, contest: &ContestId) -> anyhow::Result<()> {
    let standing = objections(reading, contest)?;
    let mut counts = BTreeMap::<(Option<String>, String), u64>::new();
    for (campaign, withheld) in standing.values().flat_map(BTreeMap::keys) {
        let sort = (campaign.as_ref().map(ToString::to_string), withheld.code().to_owned());
        *counts.entry(sort).or_default() += 1;
    }
    report.objections = counts.into_iter().map(|((campaign, channel), count)| Objections { campaign, channel, count }).collect();
    report.objecting = standing.len() as u64;
    let members: Vec<_> = standing.into_keys().collect();
    for campaigns in holders(reading, contest, &members)?.into_values() {
        for campaign in campaigns.into_keys() {
            *report.objecting_held.entry(campaign.to_string()).or_default() += 1;
        }
    }
    Ok(())
}

/// What stands in the log and nowhere else.
fn log(report: &mut Report, reading: &mut dyn Reading, contest: &ContestId) -> anyhow::Result<()> {
    let Some(end) = reading.log_end()? else { return Ok(()) };
    let mut refusals = BTreeMap::new();
    let passed_over = memchr::memmem::Finder::new(b"\"event\":\"pull_opened\"");
    scan::every(reading, |bytes| passed_over.find(bytes).is_none(), |entry| note(report, &mut refusals, contest, entry))?;
    for ((campaign, reason), count) in refusals {
        report.refusals.push(Refusals { campaign: Some(campaign), reason, count });
    }
    report.log.size = end.frontier.size();
    report.log.last = Some(format!("{:.0}", at(end.time)));
    let head = reading.newest_head()?.and_then(|(_, note)| Checkpoint::claimed(note.as_bytes()));
    (report.log.head_size, report.log.head_root) =
        (head.as_ref().map(|head| head.root.size), head.map(|head| head.root.hash.to_base64()));
    Ok(())
}

/// How often each campaign was refused for each reason.
type Counted = BTreeMap<(String, String), u64>;

fn note(report: &mut Report, refusals: &mut Counted, contest: &ContestId, entry: Entry) {
    let time = |time: Whole| format!("{:.0}", at(time));
    match entry.event {
        Event::LogBegan { log } => {
            let (name, began) = (Some(log.to_string()), Some(time(entry.time)));
            report.log = Log { name, began, ..Log::default() };
        }
        Event::Refused { asker, reason, .. } if asker.contest == *contest => {
            *refusals.entry((asker.campaign.to_string(), reason.to_string())).or_default() += 1;
        }
        Event::PullClosed { pull, ending: Ending::Ended(Outcome::Refused(reason)), .. } if pull.asker.contest == *contest => {
            *refusals.entry((pull.asker.campaign.to_string(), reason.to_string())).or_default() += 1;
        }
        Event::RefusalsCounted { of: Some((of, campaign)), counts, .. } if of == *contest => {
            for (reason, count) in counts.iter() {
                *refusals.entry((campaign.to_string(), reason.to_owned())).or_default() += count.get();
            }
        }
        // A restart applies what was in force before; a change is what a report is for.
        Event::ConfigurationApplied { sha256 }
            if report.configurations.last().is_none_or(|last| last.sha256 != sha256.to_hex()) =>
        {
            report.configurations.push(Configuration { at: time(entry.time), sha256: sha256.to_hex() });
        }
        Event::KeyCreated(key) => keyed(report, contest, &key, false, time(entry.time)),
        Event::KeyDestroyed(key) => keyed(report, contest, &key, true, time(entry.time)),
        _ => {}
    }
}

fn keyed(report: &mut Report, contest: &ContestId, key: &KeyEvent, destroyed: bool, at: String) {
    if key.contest.as_ref().is_none_or(|own| own == contest) {
        report.keys.push(Key { at, used_for: key.used_for.code(), destroyed, fingerprint: key.fingerprint.to_hex() });
    }
}
