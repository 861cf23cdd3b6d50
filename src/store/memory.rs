//! The store in memory, for tests and demonstrations: it looks through all of its rows for each one that it takes.
//!
//! It keeps the same promises as `sqlite` except one: it never outlives the process.

mod suspensions;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::bounds::surplus;
use super::suspensions::StoredSuspension;
use super::{
    RejectionBook, RejectionBounds, RejectionFilter, RejectionReader, RejectionRow, RejectionSum, StoreError, StoredRejection,
};
use crate::engine::reason::Reason;
use crate::engine::time::Timestamp;

/// The books in memory.
#[derive(Debug)]
pub struct MemoryStore {
    bounds: RejectionBounds,
    book: Mutex<Book>,
    suspensions: Mutex<Vec<StoredSuspension>>,
}

/// Looks at the suspensions of a store in memory.
#[derive(Debug)]
pub struct MemoryWatch {
    store: Arc<MemoryStore>,
    /// How many rows there were at the last look.
    seen: Option<usize>,
}

#[derive(Debug, Default)]
struct Book {
    last_sequence: u64,
    rows: VecDeque<(u64, RejectionRow)>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new(bounds: RejectionBounds) -> Self {
        Self { bounds, book: Mutex::default(), suspensions: Mutex::default() }
    }

    /// A panic elsewhere leaves whole rows behind, so a poisoned book is as good as any.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RejectionBook for MemoryStore {
    /// Takes every row: nothing waits to be written.
    fn record(&self, mut row: RejectionRow) -> bool {
        let mut book = self.book();
        row.count = row.counted();
        if row.campaign.is_none() {
            row.actor = None;
            row.export = None;
            if book.fold(&row) {
                return true;
            }
        }
        book.last_sequence += 1;
        let sequence = book.last_sequence;
        book.rows.push_back((sequence, row.clone()));
        book.prune(&row, self.bounds.per_campaign_max);
        true
    }

    fn flush(&self, _timeout: Duration) -> Result<(), StoreError> {
        Ok(())
    }

    fn unwritten(&self) -> u64 {
        0
    }
}

impl Book {
    /// Adds the row to the one of its minute, where there is one.
    fn fold(&mut self, row: &RejectionRow) -> bool {
        let twin = self.rows.iter_mut().rev().map(|(_, other)| other).find(|other| {
            other.campaign.is_none()
                && other.minute() == row.minute()
                && other.contest == row.contest
                && other.reason == row.reason
        });
        twin.map(|other| other.count += row.count).is_some()
    }

    /// Removes what is beyond the bound of the row's party.
    fn prune(&mut self, row: &RejectionRow, max: u64) {
        let same =
            |other: &RejectionRow| other.campaign == row.campaign && (row.campaign.is_none() || other.contest == row.contest);
        let mut sizes = BTreeMap::<Reason, u64>::new();
        for (_, other) in self.rows.iter().filter(|(_, other)| same(other)) {
            *sizes.entry(other.reason).or_default() += 1;
        }
        let gone = surplus(&sizes.values().copied().collect::<Vec<_>>(), max);
        let mut gone: BTreeMap<Reason, u64> = sizes.into_keys().zip(gone).collect();
        self.rows.retain(|(_, other)| match gone.get_mut(&other.reason) {
            Some(left) if *left > 0 && same(other) => {
                *left -= 1;
                false
            }
            _ => true,
        });
    }
}

impl RejectionReader for MemoryStore {
    fn query(&self, filter: &RejectionFilter) -> Result<Vec<StoredRejection>, StoreError> {
        let book = self.book();
        let selected = book.rows.iter().filter(|(sequence, row)| selects(filter, *sequence, row));
        let rows: Vec<_> = selected.map(|(sequence, row)| stored(*sequence, row)).collect();
        let skipped = if filter.after_sequence.is_some() { 0 } else { rows.len().saturating_sub(filter.limit) };
        Ok(rows.into_iter().skip(skipped).take(filter.limit).collect())
    }

    fn summary(&self, filter: &RejectionFilter) -> Result<Vec<RejectionSum>, StoreError> {
        let book = self.book();
        let mut sums = BTreeMap::<_, (u64, u64)>::new();
        for (_, row) in book.rows.iter().filter(|(sequence, row)| selects(filter, *sequence, row)) {
            let sum = sums.entry((text(&row.contest), text(&row.campaign), row.reason.to_string())).or_default();
            *sum = (sum.0 + 1, sum.1 + row.count);
        }
        let sums = sums.into_iter();
        Ok(sums
            .map(|((contest, campaign, reason), (rows, count))| RejectionSum { contest, campaign, reason, rows, count })
            .collect())
    }
}

fn selects(filter: &RejectionFilter, sequence: u64, row: &RejectionRow) -> bool {
    let milliseconds = |time: Timestamp| time.as_millisecond();
    filter.contest.as_ref().is_none_or(|contest| row.contest.as_ref() == Some(contest))
        && filter.campaign.as_ref().is_none_or(|campaign| row.campaign.as_ref() == Some(campaign))
        && filter.reason.is_none_or(|reason| row.reason == reason)
        && filter.since.is_none_or(|since| milliseconds(row.at) >= milliseconds(since))
        && (!filter.folded_only || row.campaign.is_none())
        && filter.after_sequence.is_none_or(|after| sequence > after)
}

fn stored(sequence: u64, row: &RejectionRow) -> StoredRejection {
    StoredRejection {
        sequence,
        at: Timestamp::from_millisecond(row.at.as_millisecond()).unwrap_or(row.at),
        request_id: row.request_id.to_string(),
        contest: text(&row.contest),
        campaign: text(&row.campaign),
        actor: row.actor.as_ref().map(|actor| actor.as_str().to_owned()),
        export: text(&row.export),
        reason: row.reason.to_string(),
        count: row.count,
    }
}

fn text(name: &Option<impl ToString>) -> Option<String> {
    name.as_ref().map(ToString::to_string)
}
