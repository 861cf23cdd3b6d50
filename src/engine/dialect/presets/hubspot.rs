//! HubSpot CRM v3: lists of objects, whose fields stand under `properties`.
//!
//! Searches, batches and histories are not spoken here: the first two are reads by POST at paths of their own, and the last is a
//! parameter that nobody declares.

use serde_json::json;

use super::{last_segment, no_filter};
use crate::engine::dialect::family::{Family, Members, NOTHING_USUAL, Speech, Trouble, Usual};
use crate::engine::dialect::rest::{Habits, Preset, PresetPosition, SelectStyle};

/// HubSpot, as developers.hubspot.com/docs/api/crm/contacts (`GET /crm/v3/objects/{objectType}`) describes it. Its `paging.next.link`
/// leads past us and does not leave; its clients follow `after`.
pub const HUBSPOT: Family = Family {
    name: "hubspot",
    usual: Usual {
        records: Some("/results"),
        next: Some("/paging/next/after"),
        root: Some("properties"),
        size_max: 100,
        ..NOTHING_USUAL
    },
    speech: Speech::Rest(&Preset {
        size: Some("limit"),
        position: PresetPosition::Token("after"),
        filter: no_filter,
        order: None,
        // The vendor's own clients repeat the parameter; its documentation writes commas.
        select: Some(SelectStyle::Listed("properties")),
        fixed: &[("archived", "false")],
        habits: Habits::NONE,
    }),
    trouble,
    stray,
    entry: None,
};

/// `status` is the number that RFC 9457 puts there.
fn trouble(trouble: &Trouble<'_>) -> Members {
    vec![("message", json!(trouble.detail)), ("category", json!(trouble.code.to_ascii_uppercase()))]
}

fn stray(path: &str) -> Option<&'static str> {
    match last_segment(path).as_str() {
        "search" => Some("Searches are not offered; ask for the export's own path with `limit`, `after` and `properties`."),
        "read" if path.contains("/batch/") => Some("Batches are not offered; ask for the export's own path, page by page."),
        "gdpr-delete" | "merge" => Some("Nothing can be changed here."),
        _ => None,
    }
}
