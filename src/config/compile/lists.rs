//! `[export.lists]`: how many elements of an array inside a record may leave, and which.

use super::export::rows;
use super::test::path;
use super::{FIELDS_MAX, number};
use crate::config::notes::Notes;
use crate::config::raw::export::ListTable;
use crate::config::raw::read::{Entries, Text};
use crate::engine::minimise::rule::{LIST_ITEMS_DEFAULT, LIST_ITEMS_MAX, ListRule};

/// What is said of lists. Whether a rule leads into them is the plan's to find.
pub fn lists(said: Option<&Entries<ListTable>>, notes: &mut Notes) -> Option<Vec<ListRule>> {
    let Some(said) = said else { return Some(Vec::new()) };
    // More than that cannot all have rules, and each that has none is noted.
    let lists: Vec<_> = said.value.0.iter().take(FIELDS_MAX).map(|(name, said)| list(name, said, notes)).collect();
    lists.into_iter().collect()
}

fn list(name: &Text, said: &ListTable, notes: &mut Notes) -> Option<ListRule> {
    let path = path(name, notes);
    if said.max.is_none() && said.rows.is_none() && !said.strange {
        notes.error(said.at, "this says nothing about the list", "add `max = 20`, or remove the entry");
        return None;
    }
    let bounds = 1..=i64::from(LIST_ITEMS_MAX);
    let max = said.max.as_ref();
    let max = max.map_or(Some(LIST_ITEMS_DEFAULT), |said| {
        number(said, "`max` (elements)", bounds, notes).and_then(|max| u32::try_from(max).ok())
    });
    let rows = rows(said.rows.as_ref(), notes);
    Some(ListRule { path: path?, max: max?, rows: rows? })
}
