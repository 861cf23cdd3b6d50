//! What a sample of the source says of an export: names that it does not have, and bodies that would be refused.
//!
//! It shows names of the sample and no value of it.

use crate::config::notes::{Notes, Span};
use crate::config::raw::export::{Export as Said, ListTable};
use crate::config::raw::read::Text;
use crate::config::raw::rule::FieldRule as RuleSaid;
use crate::config::sample::{Missing, Role, Sample, tried};
use crate::engine::ids::FieldPath;
use crate::engine::policy::Export;

/// Warns of each path that the export names and no record of the sample has.
pub fn sample(said: &Said, export: &Export, sample: &Sample, notes: &mut Notes) {
    let (at, file) = (said.name.as_ref().map_or(said.at, |name| name.at), super::super::short(&sample.name));
    let tried = tried(&export.plan, &sample.body);
    if let Some(fault) = tried.fault {
        let message = format!("the proxy would refuse the sample {file}: {} ({fault})", fault.reason());
        notes.warn(
            at,
            message,
            "compare `format`, `records` and `columns` with the sample, or save it again as the source sent it",
        );
    } else if tried.records == 0 {
        notes.warn(at, format!("the sample {file} has no record"), "give one that has: nothing was tried");
    }
    for missing in tried.missing {
        let at = place(said, &missing).unwrap_or(at);
        let (message, help) = words(&missing, &file);
        notes.warn(at, message, help);
    }
}

fn words(missing: &Missing, file: &str) -> (String, String) {
    let path = &missing.path;
    let message = match missing.role {
        Role::Field => format!("no record of the sample {file} has `{path}`"),
        Role::Condition => format!("no record of the sample {file} has `{path}`, which a condition reads"),
        Role::Row => format!("no record of the sample {file} has `{path}`, which decides on whole records"),
        Role::ElementRow => {
            format!("no record of the sample {file} has `{path}`, which decides on whole elements of a list")
        }
    };
    let help = match &missing.meant {
        Some(meant) => format!("did you mean `{}`?", super::super::short(&meant.escape_debug().to_string())),
        None => "compare it with the source's spelling; where it is merely rare, try a larger sample".to_owned(),
    };
    (message, help)
}

/// Where the path stands in the file.
fn place(said: &Said, missing: &Missing) -> Option<Span> {
    let is = |text: &str| FieldPath::parse(text).as_ref() == Ok(&missing.path);
    let fields = || said.fields.iter().flat_map(|fields| &fields.value.0);
    match missing.role {
        Role::Field => fields().find(|(name, _)| is(&name.value)).map(|(name, _)| name.at),
        Role::Condition => {
            let tables =
                fields().filter_map(|(_, rule)| if let RuleSaid::Table(table) = rule { table.when.as_ref() } else { None });
            tables.flat_map(|when| &when.value.0).find(|(name, _)| is(&name.value)).map(|(name, _)| name.at)
        }
        Role::Row => {
            let rows = said.rows.iter().flat_map(|rows| &rows.value);
            rows.filter_map(|row| row.field.as_ref()).find(|field| is(&field.value)).map(|field| field.at)
        }
        Role::ElementRow => {
            let mut lists = said.lists.iter().flat_map(|lists| &lists.value.0);
            lists.find_map(|(list, table)| element_row(list, table, &missing.path))
        }
    }
}

/// Where a rule for the elements of a list names the path, which begins inside them.
fn element_row(list: &Text, table: &ListTable, path: &FieldPath) -> Option<Span> {
    let list = FieldPath::parse(&list.value).ok()?;
    let is = |inner: &FieldPath| list.in_each(inner) == *path;
    let mut named = table.rows.iter().flat_map(|rows| &rows.value).filter_map(|row| row.field.as_ref());
    named.find(|field| FieldPath::parse(&field.value).is_ok_and(|inner| is(&inner))).map(|field| field.at)
}
