//! `portcullis rejections`: what was refused, read from the book beside a running `serve` or without one.
//!
//! It never writes the book, and prints nothing but what the book holds: codes, counts, identifiers.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use self::table::Table;
use super::output::quiet;
use crate::config::settings::Store;
use crate::engine::ids::{CampaignId, ContestId};
use crate::engine::reason::Reason;
use crate::engine::time::Timestamp;
use crate::store::open;
use crate::store::{RejectionFilter, RejectionReader, StoredRejection};

mod table;

/// From one look for new rows to the next.
const PAUSE: Duration = Duration::from_millis(500);
/// New rows that are read at once.
const PAGE: usize = 1000;
/// Folded rows that are looked at again, because their count may grow: more than there can be reasons in two minutes.
const OPEN_MAX: usize = 256;

/// Show what was refused, and why.
///
/// Times are UTC. Requests without a known credential have no campaign: they are folded into one row for each minute,
/// contest and reason. With --follow a row that was folded into gives a further line, whose count is what was added.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  portcullis rejections --contest leader-2026 --since 1h\n  \
                        portcullis rejections --campaign amber --reason rate_limited --follow\n  \
                        portcullis rejections --since 2026-02-14T12:00:00Z --limit 100000 --json | jq .reason")]
pub struct RejectionsArgs {
    /// Only of this contest
    #[arg(long, value_name = "CONTEST", value_parser = ContestId::parse)]
    pub contest: Option<ContestId>,
    /// Only of this campaign
    #[arg(long, value_name = "CAMPAIGN", value_parser = CampaignId::parse)]
    pub campaign: Option<CampaignId>,
    /// Only for this reason
    #[arg(long, value_name = "REASON", value_parser = reasons(), hide_possible_values = true)]
    pub reason: Option<Reason>,
    /// Only since then: an age (90s, 30m, 1h, 2d) or a time (2026-02-14T12:00:00Z)
    #[arg(long, value_name = "WHEN")]
    pub since: Option<Since>,
    /// Rows at the most; the newest ones
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
    /// Then go on, printing new rows until stopped with Ctrl-C
    #[arg(long)]
    pub follow: bool,
    /// Print one JSON object a line, without a summary
    #[arg(long)]
    pub json: bool,
}

/// Knows every code, so that clap names the nearest ones when it is given another.
fn reasons() -> impl TypedValueParser<Value = Reason> {
    let codes = PossibleValuesParser::new(Reason::ALL.iter().map(|reason| reason.code()));
    codes.try_map(|code| Reason::from_code(&code).ok_or("no such reason"))
}

/// From when on: so long ago, or at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// So long before now.
    Ago(jiff::SignedDuration),
    /// At this time.
    At(Timestamp),
}

impl Since {
    /// The time that is meant when it is `now`.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(time) => time,
            Self::Ago(age) => now.checked_sub(age).unwrap_or(Timestamp::MIN),
        }
    }
}

impl FromStr for Since {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "write an age such as 90s, 30m, 1h or 2d, or a time such as 2026-02-14T12:00:00Z";
        if let Ok(time) = text.parse() {
            return Ok(Self::At(time));
        }
        let span: jiff::Span = text.parse().map_err(|_| WANTED)?;
        let age = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| WANTED)?;
        if age.is_positive() { Ok(Self::Ago(age)) } else { Err(WANTED) }
    }
}

/// Prints the rows of the book in the store that the arguments select; with `--follow` until nobody reads any more.
///
/// # Errors
/// When the book cannot be opened or read, or `out` fails for another reason than a closed pipe. Exit code 2 is meant.
pub fn run(args: &RejectionsArgs, store: &Store, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let reader = open::to_read(store)?;
    quiet(print(args, &*reader, now, out).map(|()| ExitCode::SUCCESS))
}

fn print(args: &RejectionsArgs, reader: &dyn RejectionReader, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<()> {
    let filter = filter(args, now);
    let rows = reader.query(&filter)?;
    if args.json {
        rows.iter().try_for_each(|row| json_line(row, out))?;
        out.flush()?;
        return if args.follow { follow(&filter, reader, rows, out, &mut json_line) } else { Ok(()) };
    }
    if rows.is_empty() {
        writeln!(out, "no rejections{}", described(&filter))?;
    }
    if rows.is_empty() && !args.follow {
        return Ok(out.flush()?);
    }
    let table = Table::fitting(&rows);
    table.head(out)?;
    rows.iter().try_for_each(|row| table.line(row, out))?;
    if args.follow {
        out.flush()?;
        return follow(&filter, reader, rows, out, &mut |row, out| table.line(row, out));
    }
    table::summary(&reader.summary(&filter)?, rows.len(), out)?;
    Ok(out.flush()?)
}

fn filter(args: &RejectionsArgs, now: Timestamp) -> RejectionFilter {
    RejectionFilter {
        contest: args.contest.clone(),
        campaign: args.campaign.clone(),
        reason: args.reason,
        since: args.since.map(|since| since.at(now)),
        ..RejectionFilter::all(args.limit as usize)
    }
}

fn described(filter: &RejectionFilter) -> String {
    let parts = [
        filter.contest.as_ref().map(|contest| format!("of contest {contest}")),
        filter.campaign.as_ref().map(|campaign| format!("of campaign {campaign}")),
        filter.reason.map(|reason| format!("for {reason}")),
        filter.since.map(|since| format!("since {since:.0}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { " in the book".into() } else { format!(" {}", parts.join(", ")) }
}

/// Prints one row.
type PrintRow<'a> = &'a mut dyn FnMut(&StoredRejection, &mut dyn Write) -> anyhow::Result<()>;

/// Looks for new rows, and for growth of folded ones, until printing fails.
fn follow(
    filter: &RejectionFilter,
    reader: &dyn RejectionReader,
    seen: Vec<StoredRejection>,
    out: &mut dyn Write,
    print: PrintRow<'_>,
) -> anyhow::Result<()> {
    let mut last = seen.last().map_or(0, |row| row.sequence);
    let mut open = BTreeMap::new();
    seen.iter().for_each(|row| remember(&mut open, row));
    loop {
        std::thread::sleep(PAUSE);
        for row in grown(filter, reader, &open)? {
            let before = open.insert(row.sequence, row.count).unwrap_or(0);
            print(&StoredRejection { count: row.count.saturating_sub(before), ..row }, out)?;
        }
        loop {
            let rows = reader.query(&RejectionFilter { after_sequence: Some(last), limit: PAGE, ..filter.clone() })?;
            for row in &rows {
                print(row, out)?;
                remember(&mut open, row);
                last = row.sequence;
            }
            if rows.len() < PAGE {
                break;
            }
        }
        out.flush()?;
    }
}

/// Notes the count of a folded row, and forgets the oldest beyond the bound.
fn remember(open: &mut BTreeMap<u64, u64>, row: &StoredRejection) {
    if row.campaign.is_none() {
        open.insert(row.sequence, row.count);
    }
    if open.len() > OPEN_MAX {
        open.pop_first();
    }
}

/// The folded rows whose count is greater than when they were printed.
fn grown(
    filter: &RejectionFilter,
    reader: &dyn RejectionReader,
    open: &BTreeMap<u64, u64>,
) -> anyhow::Result<Vec<StoredRejection>> {
    let Some((&first, _)) = open.first_key_value() else { return Ok(Vec::new()) };
    let filter =
        RejectionFilter { folded_only: true, after_sequence: Some(first.saturating_sub(1)), limit: OPEN_MAX, ..filter.clone() };
    let mut rows = reader.query(&filter)?;
    rows.retain(|row| open.get(&row.sequence).is_some_and(|&count| row.count > count));
    Ok(rows)
}

/// One row as `--json` prints it.
#[derive(serde::Serialize)]
struct Line<'a> {
    sequence: u64,
    at: String,
    contest: Option<&'a str>,
    campaign: Option<&'a str>,
    actor: Option<&'a str>,
    export: Option<&'a str>,
    reason: &'a str,
    count: u64,
    request_id: &'a str,
}

fn json_line(row: &StoredRejection, out: &mut dyn Write) -> anyhow::Result<()> {
    let line = Line {
        sequence: row.sequence,
        at: format!("{:.3}", row.at),
        contest: row.contest.as_deref(),
        campaign: row.campaign.as_deref(),
        actor: row.actor.as_deref(),
        export: row.export.as_deref(),
        reason: &row.reason,
        count: row.count,
        request_id: &row.request_id,
    };
    Ok(writeln!(out, "{}", serde_json::to_string(&line)?)?)
}
