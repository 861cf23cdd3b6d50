//! The products that have no grammar of their own: each a preset of the dialect `rest`, in a file of its own.
//!
//! A preset is data: what the product calls things, where its answers hold them, and how its clients like to hear of trouble. What
//! may be asked is never decided here.

mod airtable;
mod beacon;
mod datasette;
mod directus;
mod drf;
mod everyaction;
mod hubspot;
mod postgrest;

pub use airtable::AIRTABLE;
pub use beacon::BEACON;
pub use datasette::DATASETTE;
pub use directus::DIRECTUS;
pub use drf::DRF;
pub use everyaction::EVERYACTION;
pub use hubspot::HUBSPOT;
pub use postgrest::POSTGREST;

use super::spelling::Spelling;
use crate::engine::query::Operator;

/// The filter of a product whose lists have none: whatever a client calls one is refused.
fn no_filter(_: &str, _: Operator) -> Option<Spelling> {
    None
}

/// The last segment of a path, whatever its case: clients and servers differ about it.
fn last_segment(path: &str) -> String {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_ascii_lowercase()
}
