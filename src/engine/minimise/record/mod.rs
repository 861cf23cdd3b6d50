//! One record at a time: scanned whole, judged, then written in the plan's order from the places where its values stand.
//!
//! Nothing of a record is written before all of it has been validated.

mod lead;
pub(super) mod list;
pub(super) mod release;
mod row;
pub(super) mod scan;
pub(super) mod shape;
mod short;
pub(super) mod slot;
