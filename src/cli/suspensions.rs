//! `portcullis suspensions`: what is suspended by command, and the history of it.
//!
//! Reads the book beside a running `serve` or without one, and never writes it.

use std::io::Write;
use std::process::ExitCode;

use super::output::{counted, harmless, quiet};
use crate::config::settings::Store;
use crate::engine::ids::{CampaignId, ContestId};
use crate::store::open;
use crate::store::suspensions::StoredSuspension;

const TITLES: [&str; 7] = ["TIME (UTC)", "SCOPE", "CONTEST", "CAMPAIGN", "ACT", "BY", "REASON"];

/// Show what is suspended by command, by whom and why, and what was.
///
/// What a contest's file suspends by itself is not here; `portcullis explain` tells of both. Times are UTC.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  portcullis suspensions\n  portcullis suspensions --json | jq 'select(.in_force)'")]
pub struct SuspensionsArgs {
    /// Rows of the history at the most; the newest ones. What is in force is shown whole
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// Prints what the book in the store holds of suspensions.
///
/// # Errors
/// When the book cannot be opened or read, or `out` fails for another reason than a closed pipe. Exit code 2 is meant.
pub fn run(args: &SuspensionsArgs, store: &Store, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let reader = open::to_read(store)?;
    let (in_force, history) = (reader.in_force()?, reader.history(args.limit as usize)?);
    let printed = if args.json { print_json(in_force, history, out) } else { print_text(&in_force, &history, out) };
    quiet(printed.map(|()| ExitCode::SUCCESS))
}

fn print_text(in_force: &[StoredSuspension], history: &[StoredSuspension], out: &mut dyn Write) -> anyhow::Result<()> {
    if in_force.is_empty() {
        writeln!(out, "nothing is suspended by command")?;
    } else {
        writeln!(out, "{} in force:", counted(in_force.len() as u64, "suspension"))?;
        table(in_force, out)?;
    }
    if !history.is_empty() {
        writeln!(out, "\nhistory, the newest {}:", counted(history.len() as u64, "row"))?;
        table(history, out)?;
    }
    Ok(out.flush()?)
}

fn table(rows: &[StoredSuspension], out: &mut dyn Write) -> anyhow::Result<()> {
    let lines: Vec<_> = std::iter::once(TITLES.map(String::from)).chain(rows.iter().map(cells)).collect();
    let mut widths = [0; TITLES.len()];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for line in lines {
        let padded = line.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        writeln!(out, "{}", padded.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

fn cells(row: &StoredSuspension) -> [String; 7] {
    let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
    [
        format!("{:.0}", row.at),
        row.scope.code().to_owned(),
        or_dash(row.scope.contest().map(ContestId::as_str)),
        or_dash(row.scope.campaign().map(CampaignId::as_str)),
        row.act.code().to_owned(),
        harmless(&row.by),
        harmless(&row.why),
    ]
}

/// One row as `--json` prints it.
#[derive(serde::Serialize)]
struct Line<'a> {
    sequence: u64,
    at: String,
    scope: &'a str,
    contest: Option<&'a str>,
    campaign: Option<&'a str>,
    act: &'a str,
    by: &'a str,
    reason: &'a str,
    in_force: bool,
}

fn print_json(in_force: Vec<StoredSuspension>, history: Vec<StoredSuspension>, out: &mut dyn Write) -> anyhow::Result<()> {
    let standing: Vec<u64> = in_force.iter().map(|row| row.sequence).collect();
    let mut rows = in_force;
    rows.extend(history.into_iter().filter(|row| !standing.contains(&row.sequence)));
    rows.sort_by_key(|row| row.sequence);
    for row in &rows {
        let line = Line {
            sequence: row.sequence,
            at: format!("{:.3}", row.at),
            scope: row.scope.code(),
            contest: row.scope.contest().map(ContestId::as_str),
            campaign: row.scope.campaign().map(CampaignId::as_str),
            act: row.act.code(),
            by: &row.by,
            reason: &row.why,
            in_force: standing.contains(&row.sequence),
        };
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
    }
    Ok(out.flush()?)
}
