//! Django REST framework, with its limit-and-offset pages and the filters of `django-filter`.
//!
//! What a filter set does not declare, Django ignores, and the list comes unfiltered: only conditions that the export declares are
//! asked for, and an empty value, which `django-filter` takes for no condition, is refused.

use super::last_segment;
use crate::engine::dialect::family::{Family, NOTHING_USUAL, Speech, Usual, no_members};
use crate::engine::dialect::rest::{Habits, OrderStyle, Preset, PresetPosition};
use crate::engine::dialect::spelling::Spelling;
use crate::engine::query::Operator;

/// Django REST framework, as django-rest-framework.org/api-guide/{pagination,filtering} describes it.
///
/// Its `count` is that of all pages, before row rules, so it does not leave. Its errors are `detail`, which every refusal has.
pub const DRF: Family = Family {
    name: "drf",
    usual: Usual { records: Some("/results"), next: Some("/next"), ..NOTHING_USUAL },
    speech: Speech::Rest(&Preset {
        size: Some("limit"),
        position: PresetPosition::Offset("offset"),
        filter,
        order: Some(OrderStyle::Minus("ordering")),
        select: None,
        // Never the browsable pages (`URL_FORMAT_OVERRIDE`).
        fixed: &[("format", "json")],
        habits: Habits::NONE,
    }),
    trouble: no_members,
    stray,
    entry: None,
};

/// Field lookups (docs.djangoproject.com, "QuerySet API reference"), a relation's fields behind two underscores.
fn filter(field: &str, operator: Operator) -> Option<Spelling> {
    let lookup = match operator {
        Operator::Is => "",
        Operator::In => "__in",
        Operator::Before => "__lt",
        Operator::After => "__gt",
        Operator::AtMost => "__lte",
        Operator::AtLeast => "__gte",
    };
    Some(Spelling::plain(&format!("{}{lookup}", field.replace('.', "__"))))
}

fn stray(path: &str) -> Option<&'static str> {
    let last = last_segment(path);
    match last.as_str() {
        "schema" | "openapi" | "swagger" | "redoc" | "docs" => {
            Some("The API's schema does not leave; `/-/status` says which fields there are.")
        }
        _ => match last.rsplit_once('.')?.1 {
            "json" | "api" | "csv" | "xml" | "yaml" | "xlsx" => {
                Some("Formats are not part of a path; ask for the export's own path, and say the form with `Accept`.")
            }
            _ => None,
        },
    }
}
