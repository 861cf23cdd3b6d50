//! PostgREST: the rows of a table or view, as a bare array.
//!
//! A selection is of plain columns: no alias, cast, path, relation or aggregate is a field of any export, so none gets through.
//! `select=*`, which `postgrest-py` sends when nothing is chosen, is every field that the export offers; the source is asked for
//! those by name, and never for `*`.

use serde_json::{Value, json};

use crate::engine::dialect::family::{Family, Members, NOTHING_USUAL, Speech, Trouble, Usual};
use crate::engine::dialect::rest::{Habits, OrderStyle, Preset, PresetPosition, SelectStyle};
use crate::engine::dialect::spelling::{Spelling, Values};
use crate::engine::query::Operator;

/// PostgREST, as docs.postgrest.org/en/stable/references/api/tables_views.html describes it.
///
/// A size has to be said: its clients take an answer without one for all that there is.
pub const POSTGREST: Family = Family {
    name: "postgrest",
    usual: Usual { records: Some(""), size_must_be_said: true, ..NOTHING_USUAL },
    speech: Speech::Rest(&Preset {
        size: Some("limit"),
        position: PresetPosition::Offset("offset"),
        filter,
        order: Some(OrderStyle::Dotted("order")),
        select: Some(SelectStyle::Columns("select")),
        fixed: &[],
        habits: Habits::NONE,
    }),
    trouble,
    stray,
    entry: None,
};

/// "Horizontal Filtering": `town=eq.Bangor`, `status=in.("current","lapsed")`.
fn filter(field: &str, operator: Operator) -> Option<Spelling> {
    let (before, after) = match operator {
        Operator::Is => ("eq.", ""),
        Operator::In => ("in.(", ")"),
        Operator::Before => ("lt.", ""),
        Operator::After => ("gt.", ""),
        Operator::AtMost => ("lte.", ""),
        Operator::AtLeast => ("gte.", ""),
    };
    Some(Spelling::around(field, before, after).reading(Values::Quoted))
}

/// "Errors": clients read these four. `details` and `hint` are where PostgREST may quote a row, so they are always empty.
fn trouble(trouble: &Trouble<'_>) -> Members {
    vec![("code", json!(trouble.code)), ("message", json!(trouble.detail)), ("details", Value::Null), ("hint", Value::Null)]
}

fn stray(path: &str) -> Option<&'static str> {
    match path {
        "/" => Some("The API's schema does not leave; `/-/status` says which fields there are."),
        "/rpc" => Some(FUNCTIONS),
        _ => path.starts_with("/rpc/").then_some(FUNCTIONS),
    }
}

const FUNCTIONS: &str = "Functions are not offered; ask for the export's own path, with its column filters.";
