//! Folding rejections of nobody known inside a batch, so that a flood costs one statement. Pure: it never touches a database.

use std::collections::HashMap;

use super::RejectionRow;
use crate::engine::ids::ContestId;
use crate::engine::reason::Reason;

/// A row with the count of those that were folded into it.
pub(super) struct Entry<'a> {
    pub row: &'a RejectionRow,
    pub count: u64,
}

/// Folds what has no campaign inside the batch, so that a flood costs one statement and uses up no sequence numbers.
pub(super) fn folded(rows: &[RejectionRow]) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::with_capacity(rows.len());
    let mut places = HashMap::<(i64, Option<&ContestId>, Reason), usize>::new();
    for row in rows {
        let count = row.counted();
        if row.campaign.is_none() {
            let place = *places.entry((row.minute(), row.contest.as_ref(), row.reason)).or_insert(entries.len());
            if let Some(entry) = entries.get_mut(place) {
                entry.count += count;
                continue;
            }
        }
        entries.push(Entry { row, count });
    }
    entries
}
