//! Rejections for people: aligned columns, and a sum by reason at the end. Knows nothing of where rows come from.

use std::collections::BTreeMap;
use std::io::Write;

use crate::cli::output::harmless;
use crate::engine::reason::Reason;
use crate::store::{RejectionSum, StoredRejection};

const TITLES: [&str; 8] = ["TIME (UTC)", "CONTEST", "CAMPAIGN", "ACTOR", "EXPORT", "REASON", "COUNT", "REQUEST"];
/// Room for rows that come later, with `--follow`.
const LEAST: [usize; 8] = [20, 11, 10, 5, 7, 21, 5, 26];
/// The column that is aligned to the right.
const COUNT: usize = 6;

/// The widths of the columns, in characters.
pub(super) struct Table([usize; 8]);

impl Table {
    /// Wide enough for all of these rows.
    pub(super) fn fitting(rows: &[StoredRejection]) -> Self {
        let mut widths = LEAST;
        for cell in rows.iter().map(cells) {
            for (width, cell) in widths.iter_mut().zip(cell) {
                *width = (*width).max(cell.chars().count());
            }
        }
        Self(widths)
    }

    pub(super) fn head(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        self.write(&TITLES.map(String::from), out)
    }

    pub(super) fn line(&self, row: &StoredRejection, out: &mut dyn Write) -> anyhow::Result<()> {
        self.write(&cells(row), out)
    }

    fn write(&self, cells: &[String; 8], out: &mut dyn Write) -> anyhow::Result<()> {
        let padded = cells.iter().zip(self.0).enumerate().map(|(column, (cell, width))| match column {
            COUNT => format!("{cell:>width$}"),
            _ => format!("{cell:<width$}"),
        });
        let line = padded.collect::<Vec<_>>().join("  ");
        Ok(writeln!(out, "{}", line.trim_end())?)
    }
}

fn cells(row: &StoredRejection) -> [String; 8] {
    let or_dash = |text: &Option<String>| text.as_deref().map_or_else(|| "-".into(), harmless);
    [
        format!("{:.0}", row.at),
        or_dash(&row.contest),
        or_dash(&row.campaign),
        or_dash(&row.actor),
        or_dash(&row.export),
        harmless(&row.reason),
        row.count.to_string(),
        harmless(&row.request_id),
    ]
}

/// What was refused in all, by reason, the most frequent first; and how much of it the table shows.
pub(super) fn summary(sums: &[RejectionSum], shown: usize, out: &mut dyn Write) -> anyhow::Result<()> {
    let rows: u64 = sums.iter().map(|sum| sum.rows).sum();
    let count: u64 = sums.iter().map(|sum| sum.count).sum();
    let mut reasons = BTreeMap::<&str, u64>::new();
    for sum in sums {
        *reasons.entry(&sum.reason).or_default() += sum.count;
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    writeln!(out)?;
    if rows > shown as u64 {
        writeln!(out, "The newest {shown} of {rows} rows; --limit {rows} shows all of them.")?;
    }
    writeln!(out, "{count} rejection{} in all:", if count == 1 { "" } else { "s" })?;
    let width = reasons.iter().map(|(reason, _)| reason.chars().count()).max().unwrap_or(0);
    for (reason, count) in reasons {
        let title = Reason::from_code(reason).map_or("(a reason of another version)", |reason| reason.entry().title);
        writeln!(out, "{count:>9}  {:<width$}  {title}", harmless(reason))?;
    }
    Ok(())
}
