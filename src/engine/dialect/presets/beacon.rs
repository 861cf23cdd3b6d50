//! Beacon: lists of entities, each in an `entity` with what it refers to beside it.
//!
//! Filters and exports are not spoken here: they are reads by POST, and files elsewhere. Linked records are never asked for.

use serde_json::json;

use super::{last_segment, no_filter};
use crate::engine::dialect::family::{Family, Members, NOTHING_USUAL, Speech, Trouble, Usual};
use crate::engine::dialect::rest::{Habits, Preset, PresetPosition};

/// Beacon, as guide.beaconcrm.org and its public clients describe it; its reference is made for each account, behind a login.
/// `GET /entities/{type}` gives a list, and `GET /entity/{type}/{id}` a single one in the shape of the list's records.
pub const BEACON: Family = Family {
    name: "beacon",
    usual: Usual { records: Some("/results"), root: Some("entity"), size_max: 200, ..NOTHING_USUAL },
    speech: Speech::Rest(&Preset {
        size: Some("per_page"),
        position: PresetPosition::Number("page"),
        filter: no_filter,
        order: None,
        select: None,
        // Beacon adds linked records to every answer unless it is told not to.
        fixed: &[("populate", "false"), ("archived", "false")],
        habits: Habits::NONE,
    }),
    trouble,
    stray,
    entry: None,
};

/// Clients read `error.message`; `error.raw` would make them take a passing trouble for a lasting one.
fn trouble(trouble: &Trouble<'_>) -> Members {
    vec![("error", json!({ "code": trouble.code, "message": trouble.detail }))]
}

fn stray(path: &str) -> Option<&'static str> {
    match last_segment(path).as_str() {
        "filter" | "search" => Some("Filters are not offered; ask for the export's own path, page by page."),
        "entity_exports" | "trigger" => Some("Exports to files are not offered; ask for the export's own path, page by page."),
        "entity_types" => Some("The schema does not leave; `/-/status` says which fields there are."),
        _ => None,
    }
}
