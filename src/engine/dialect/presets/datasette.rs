//! Datasette 0.65: the rows of a table as objects, page by page.
//!
//! Shapes, facets, searches and SQL are parameters that nobody declares, so they are refused. Version 1.0 has other shapes and is
//! not spoken here. Single rows are no objects in 0.65 (`rows` is a list of one), so an export offers lists alone.

use serde_json::json;

use super::last_segment;
use crate::engine::dialect::family::{Family, Members, NOTHING_USUAL, Speech, Trouble, Usual};
use crate::engine::dialect::rest::{Habits, OrderStyle, Preset, PresetPosition, SelectStyle};
use crate::engine::dialect::spelling::{Spelling, Values};
use crate::engine::query::Operator;

/// Datasette, as docs.datasette.io/en/0.65/json_api.html describes it.
pub const DATASETTE: Family = Family {
    name: "datasette",
    // `max_returned_rows` of the server, by default.
    usual: Usual { records: Some("/rows"), next: Some("/next_url"), size_max: 1_000, ..NOTHING_USUAL },
    speech: Speech::Rest(&Preset {
        size: Some("_size"),
        position: PresetPosition::Token("_next"),
        filter,
        order: Some(OrderStyle::Pair("_sort", "_sort_desc")),
        select: Some(SelectStyle::Repeated("_col")),
        // Facets are counts of people, and cost the server a query each: none is asked for, not even those of its metadata.
        fixed: &[("_shape", "objects"), ("_nofacet", "on"), ("_nosuggest", "on")],
        habits: Habits::NONE,
    }),
    trouble,
    stray,
    entry: None,
};

/// "Table arguments: column filter arguments".
fn filter(field: &str, operator: Operator) -> Option<Spelling> {
    let lookup = match operator {
        Operator::Is => "exact",
        Operator::In => "in",
        Operator::Before => "lt",
        Operator::After => "gt",
        Operator::AtMost => "lte",
        Operator::AtLeast => "gte",
    };
    Some(Spelling::plain(&format!("{field}__{lookup}")).reading(Values::PlainOrJson))
}

fn trouble(trouble: &Trouble<'_>) -> Members {
    vec![("ok", json!(false)), ("error", json!(trouble.detail))]
}

fn stray(path: &str) -> Option<&'static str> {
    let last = last_segment(path);
    match last.rsplit_once('.')?.1 {
        "csv" => {
            Some("Tables do not leave as `.csv`; ask for the export's own path, with `Accept: text/csv` where it offers that.")
        }
        "blob" => Some("Single values do not leave; ask for the export's own path, and select fields with `_col`."),
        "db" => Some("Whole databases do not leave; ask for the export's own path, page by page."),
        "json" => Some("Only the tables of exports are offered, and no SQL; ask for the export's own path."),
        _ => None,
    }
}
