//! Directus: the items of a collection.
//!
//! Conditions are fields and operators in brackets, never a JSON text; aliases, relations, aggregates, searches and exports are
//! parameters that nobody declares, so they are refused. The method `SEARCH` is none that is accepted.

use serde_json::json;

use super::last_segment;
use crate::engine::dialect::family::{Family, Members, NOTHING_USUAL, Speech, Trouble, Usual};
use crate::engine::dialect::rest::{Habits, OrderStyle, Preset, PresetPosition, SelectStyle};
use crate::engine::dialect::spelling::{Spelling, Values};
use crate::engine::query::Operator;

/// Directus, as directus.io/docs/guides/connect/{query-parameters,filter-rules} describes it.
pub const DIRECTUS: Family = Family {
    name: "directus",
    usual: Usual { records: Some("/data"), item_record: "/data", ..NOTHING_USUAL },
    speech: Speech::Rest(&Preset {
        size: Some("limit"),
        position: PresetPosition::Offset("offset"),
        filter,
        order: Some(OrderStyle::Minus("sort")),
        select: Some(SelectStyle::Paths("fields")),
        fixed: &[],
        habits: Habits::NONE,
    }),
    trouble,
    stray,
    entry: None,
};

/// `filter[address][town][_eq]`.
fn filter(field: &str, operator: Operator) -> Option<Spelling> {
    let operator = match operator {
        Operator::Is => "_eq",
        Operator::In => "_in",
        Operator::Before => "_lt",
        Operator::After => "_gt",
        Operator::AtMost => "_lte",
        Operator::AtLeast => "_gte",
    };
    let parameter = format!("filter[{}][{operator}]", field.replace('.', "]["));
    Some(Spelling::plain(&parameter).reading(Values::PlainOrVariable))
}

/// The SDK reads `errors[].message` and `errors[].extensions.code`.
fn trouble(trouble: &Trouble<'_>) -> Members {
    vec![("errors", json!([{ "message": trouble.detail, "extensions": { "code": trouble.code.to_ascii_uppercase() } }]))]
}

fn stray(path: &str) -> Option<&'static str> {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    match first {
        "revisions" | "activity" | "versions" => Some("Earlier states of items are not offered; ask for the export's own path."),
        "utils" => Some("Exports to files are not offered; ask for the export's own path, page by page."),
        "fields" | "collections" | "relations" | "server" => {
            Some("The schema does not leave; `/-/status` says which fields there are.")
        }
        "graphql" if last_segment(path) == "system" => Some("GraphQL is not offered; ask for the export's own path."),
        "auth" => Some("There is no login; send the campaign's key as `Authorization: Bearer …` with each request."),
        _ => None,
    }
}
