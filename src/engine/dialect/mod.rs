//! Dialects: what real membership APIs speak. A request becomes a `ListQuery` or a refusal; a `ListQuery`
//! becomes a freshly generated request to the source.
//!
//! Nothing that a campaign sends is ever copied into what the source gets: only parsed values are written out again.

pub mod cursor;
pub mod encoding;
pub mod rest;
