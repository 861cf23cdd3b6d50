//! NGP VAN and EveryAction: lists of people, page by page.
//!
//! Export jobs, which send people to an address of the caller's choosing, are not spoken here at all, and `$expand`, which brings
//! what hangs on a person, is a parameter that nobody declares.

use serde_json::json;

use super::last_segment;
use crate::engine::dialect::family::{Family, Members, NOTHING_USUAL, Speech, Trouble, Usual};
use crate::engine::dialect::rest::{Habits, OrderStyle, Preset, PresetPosition};
use crate::engine::dialect::spelling::Spelling;
use crate::engine::query::Operator;

/// EveryAction, as docs.everyaction.com/reference/{pagination,errors} describes it. Its `count` is that of all pages, before row
/// rules, so it does not leave. everyaction-client sends an empty object with each GET, and puts its address before each link.
pub const EVERYACTION: Family = Family {
    name: "everyaction",
    usual: Usual { records: Some("/items"), next: Some("/nextPageLink"), size_max: 200, ..NOTHING_USUAL },
    speech: Speech::Rest(&Preset {
        size: Some("$top"),
        position: PresetPosition::Offset("$skip"),
        filter,
        order: Some(OrderStyle::Words("$orderby")),
        select: None,
        fixed: &[],
        habits: Habits { empty_object: true, links_beside: true },
    }),
    trouble,
    stray,
    entry: None,
};

/// A list takes its fields as parameters, and nothing but equality.
fn filter(field: &str, operator: Operator) -> Option<Spelling> {
    (operator == Operator::Is).then(|| Spelling::plain(field))
}

/// Clients make an object of each error and refuse members that they do not know, so there is nothing else in it.
fn trouble(trouble: &Trouble<'_>) -> Members {
    vec![("errors", json!([{ "code": trouble.code.to_ascii_uppercase(), "text": trouble.detail }]))]
}

fn stray(path: &str) -> Option<&'static str> {
    const JOBS: &str =
        "Export jobs are not offered: they would send people past this address; ask for the export's own path, page by page.";
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default().to_ascii_lowercase();
    match (first.as_str(), last_segment(path).as_str()) {
        ("exportjobs" | "exportjobtypes" | "changedentityexportjobs" | "bulkimportjobs", _) => Some(JOBS),
        ("savedlists" | "folders", _) => Some("Saved lists are not offered; ask for the export's own path."),
        (_, "find" | "findorcreate" | "findbyphone") => {
            Some("People cannot be looked up by what is known of them; ask for the export's own path.")
        }
        _ => None,
    }
}
