//! Dialects: what real membership APIs speak. A request becomes a `ListQuery` or a refusal; a `ListQuery`
//! becomes a freshly generated request to the source.
//!
//! Nothing that a campaign sends is ever copied into what the source gets: only parsed values are written out again. A
//! dialect knows the words of one API family; what may be asked is the export's [`offer`], the same in every dialect, and
//! cursors are sealed and opened in [`route`], once for all of them.

pub mod civicrm;
pub mod comparison;
pub mod cursor;
pub mod encoding;
pub mod everyaction_jobs;
pub mod family;
pub mod nationbuilder;
pub mod nationbuilder_v1;
pub mod odata;
pub mod offer;
pub mod osdi;
pub mod place;
pub mod presets;
pub mod rest;
pub mod route;
pub mod salesforce;
pub mod speech;
pub mod spelling;
pub mod strict;

pub use family::Family;
pub use offer::{FilterRule, Naming, Need, Offer, Takes};
pub use route::{CursorContext, NotUnderstood, Parsed, Route};
pub use speech::{Address, Asked, Base, Dialect, Draft, SourceRequest, Verb};
