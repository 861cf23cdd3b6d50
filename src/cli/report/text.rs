//! The report as text, for a terminal.
//!
//! Shows what the page shows, without its charts. What others chose (names, reasons) is made harmless.

use std::io::Write;

use super::figures::{Report, apart};
use crate::cli::columns;
use crate::cli::output::{counted, harmless};

/// Prints a report.
pub(super) fn print(report: &Report, out: &mut dyn Write) -> anyhow::Result<()> {
    let title = report.title.as_deref().map_or_else(String::new, |title| format!(": {}", harmless(title)));
    writeln!(out, "contest {}{title}, as on record at {}", report.contest, report.made_at)?;
    writeln!(
        out,
        "{} records about {} left; {} refused; {} with objections in force",
        apart(report.records()),
        members(report.members),
        counted(report.refused(), "request"),
        members(report.objecting)
    )?;
    received(report, out)?;
    days(report, out)?;
    refusals(report, out)?;
    objections(report, out)?;
    unfinished(report, out)?;
    operations(report, out)?;
    log(report, out)
}

fn members(count: u64) -> String {
    if count == 1 { "1 member".to_owned() } else { format!("{} members", apart(count)) }
}

/// A heading and a table, unless it has no rows.
fn table(heading: &str, titles: &[&str], rows: Vec<Vec<String>>, out: &mut dyn Write) -> anyhow::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{heading}")?;
    let titles = titles.iter().map(|title| (*title).to_owned()).collect();
    Ok(columns::print(&std::iter::once(titles).chain(rows).collect::<Vec<_>>(), 2, out)?)
}

fn received(report: &Report, out: &mut dyn Write) -> anyhow::Result<()> {
    let rows = report.campaigns.iter().map(|(campaign, received)| {
        let exports = received.exports.iter().map(|(export, members)| format!("{export} ({})", apart(*members)));
        let or_dash = |time: &Option<String>| time.clone().unwrap_or_else(|| "-".to_owned());
        let counts = [received.pulls, received.records, received.members].map(apart);
        let mut cells = vec![campaign.clone()];
        cells.extend(counts);
        cells.extend([or_dash(&received.first), or_dash(&received.last), exports.collect::<Vec<_>>().join(", ")]);
        cells
    });
    let titles = ["CAMPAIGN", ">PULLS", ">RECORDS", ">MEMBERS", "FIRST (UTC)", "LAST (UTC)", "EXPORTS (MEMBERS)"];
    table("what each campaign received:", &titles, rows.collect(), out)?;
    let rows = report.actors.iter().map(|actor| {
        let who = actor.actor.as_deref().map_or_else(|| "-".to_owned(), harmless);
        let mut cells = vec![actor.campaign.clone(), who, actor.export.clone()];
        cells.extend([actor.pulls, actor.requests, actor.records, actor.bytes].map(apart));
        cells
    });
    let titles = ["CAMPAIGN", "ACTOR", "EXPORT", ">PULLS", ">REQUESTS", ">RECORDS", ">BYTES"];
    table("who asked for it:", &titles, rows.collect(), out)
}

fn days(report: &Report, out: &mut dyn Write) -> anyhow::Result<()> {
    let rows = report.days.iter().flat_map(|(day, campaigns)| {
        campaigns.iter().map(move |(campaign, records)| vec![day.clone(), campaign.clone(), apart(*records)])
    });
    table("records by day:", &["DAY (UTC)", "CAMPAIGN", ">RECORDS"], rows.collect(), out)
}

fn refusals(report: &Report, out: &mut dyn Write) -> anyhow::Result<()> {
    let rows = report.refusals.iter().map(|refusals| {
        let campaign = refusals.campaign.clone().unwrap_or_else(|| "(nobody known)".to_owned());
        vec![campaign, harmless(&refusals.reason), apart(refusals.count)]
    });
    table("refused:", &["CAMPAIGN", "REASON", ">TIMES"], rows.collect(), out)
}

fn objections(report: &Report, out: &mut dyn Write) -> anyhow::Result<()> {
    let rows = report.objections.iter().map(|sort| {
        let campaign = sort.campaign.clone().unwrap_or_else(|| "(every campaign)".to_owned());
        vec![campaign, sort.channel.clone(), apart(sort.count)]
    });
    table("objections in force:", &["AGAINST", "CHANNEL", ">MEMBERS"], rows.collect(), out)?;
    let rows = report.objecting_held.iter().map(|(campaign, held)| vec![campaign.clone(), apart(*held)]);
    table("members who object, and whom a campaign has been given:", &["CAMPAIGN", ">MEMBERS"], rows.collect(), out)
}

fn unfinished(report: &Report, out: &mut dyn Write) -> anyhow::Result<()> {
    let rows = report.unfinished.iter().map(|pull| {
        vec![
            pull.opened.clone(),
            pull.campaign.clone(),
            pull.export.clone(),
            pull.state.clone(),
            apart(pull.records),
            pull.request_id.clone(),
        ]
    });
    let heading = format!("pulls that did not end as they should, {} in all:", apart(report.unfinished_count));
    table(&heading, &["OPENED (UTC)", "CAMPAIGN", "EXPORT", "STATE", ">RECORDS", "REQUEST"], rows.collect(), out)
}

fn operations(report: &Report, out: &mut dyn Write) -> anyhow::Result<()> {
    let rows = report
        .suspensions
        .iter()
        .map(|row| vec![row.at.clone(), row.scope.clone(), row.act.clone(), harmless(&row.by), harmless(&row.why)]);
    table("suspensions by command:", &["TIME (UTC)", "SCOPE", "ACT", "BY", "REASON"], rows.collect(), out)?;
    let rows = report.configurations.iter().map(|row| vec![row.at.clone(), row.sha256.clone()]);
    table("configurations:", &["IN FORCE FROM (UTC)", "SHA-256"], rows.collect(), out)?;
    let rows = report.keys.iter().map(|key| {
        let act = if key.destroyed { "destroyed" } else { "made" };
        vec![key.at.clone(), key.used_for.to_owned(), act.to_owned(), key.fingerprint.clone()]
    });
    table("keys:", &["TIME (UTC)", "FOR", "ACT", "FINGERPRINT"], rows.collect(), out)
}

fn log(report: &Report, out: &mut dyn Write) -> anyhow::Result<()> {
    let log = &report.log;
    let Some(name) = &log.name else { return Ok(writeln!(out, "\nthe audit log has not begun")?) };
    let [began, last] = [&log.began, &log.last].map(|time| time.as_deref().unwrap_or("-"));
    writeln!(out, "\naudit log {}: {} entries from {began} to {last}", harmless(name), apart(log.size))?;
    match (&log.head_size, &log.head_root) {
        (Some(size), Some(root)) => Ok(writeln!(out, "newest signed head: {} entries, root {root}", apart(*size))?),
        _ => Ok(writeln!(out, "no head has been signed yet")?),
    }
}
