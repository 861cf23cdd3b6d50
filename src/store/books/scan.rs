//! The whole log, entry by entry: for what is asked so rarely that no table is kept for it.
//!
//! Reads a page at a time, and parses only what `worth` says is worth it. Entries that are not readable are passed over: to name them
//! is for `audit verify`.

use super::tables::Reading;
use crate::engine::audit::entry::Entry;
use crate::store::StoreError;

/// Entries that are read at once.
const PAGE: u64 = 4096;

/// Every entry, from the first.
///
/// # Errors
/// [`StoreError`] of the tables.
pub fn every(reading: &mut dyn Reading, worth: impl Fn(&[u8]) -> bool, mut each: impl FnMut(Entry)) -> Result<(), StoreError> {
    let mut from = 0;
    loop {
        let page = reading.entries(from, page(PAGE))?;
        let Some(last) = page.last() else { return Ok(()) };
        from = last.seq + 1;
        page.iter()
            .filter(|stored| worth(&stored.bytes))
            .filter_map(|stored| Entry::parse(&stored.bytes).ok())
            .for_each(&mut each);
    }
}

/// What is first found going back from the newest entry.
///
/// # Errors
/// [`StoreError`] of the tables.
pub fn newest<T>(
    reading: &mut dyn Reading,
    worth: impl Fn(&[u8]) -> bool,
    pick: impl Fn(Entry) -> Option<T>,
) -> Result<Option<T>, StoreError> {
    let mut until = reading.log_end()?.map_or(0, |end| end.frontier.size());
    while until > 0 {
        let from = until.saturating_sub(PAGE);
        let page = reading.entries(from, page(until - from))?;
        let mut worthy = page.iter().rev().filter(|stored| worth(&stored.bytes));
        if let Some(found) = worthy.find_map(|stored| pick(Entry::parse(&stored.bytes).ok()?)) {
            return Ok(Some(found));
        }
        until = from;
    }
    Ok(None)
}

fn page(entries: u64) -> usize {
    usize::try_from(entries).unwrap_or(usize::MAX)
}
