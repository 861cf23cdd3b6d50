//! Airtable: the records of a table, whose cells stand under `fields`.
//!
//! Formulas, views and sorts are parameters that nobody declares, so they are refused; so is `returnFieldsByFieldId`, which would
//! rename every field past its rule.

use serde_json::json;

use super::{last_segment, no_filter};
use crate::engine::dialect::family::{Family, Members, NOTHING_USUAL, Speech, Trouble, Usual};
use crate::engine::dialect::rest::{Habits, Preset, PresetPosition, SelectStyle};

/// Airtable, as airtable.com/developers/web/api/list-records describes it.
pub const AIRTABLE: Family = Family {
    name: "airtable",
    usual: Usual { records: Some("/records"), next: Some("/offset"), root: Some("fields"), size_max: 100, ..NOTHING_USUAL },
    speech: Speech::Rest(&Preset {
        size: Some("pageSize"),
        position: PresetPosition::Token("offset"),
        filter: no_filter,
        order: None,
        select: Some(SelectStyle::Repeated("fields[]")),
        fixed: &[],
        habits: Habits::NONE,
    }),
    trouble,
    stray,
    entry: None,
};

fn trouble(trouble: &Trouble<'_>) -> Members {
    vec![("error", json!({ "type": trouble.code.to_ascii_uppercase(), "message": trouble.detail }))]
}

fn stray(path: &str) -> Option<&'static str> {
    (last_segment(path) == "listrecords").then_some(
        "Lists are not read with POST; ask for the export's own path with `pageSize`, `offset` and `fields[]`, in fewer characters.",
    )
}
