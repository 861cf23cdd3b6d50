//! Instruments: metrics and the event log.
//!
//! Never logged and never counted by: field values, keys, query strings, paths, header values, cursors, and
//! anything that a campaign or a source wrote. Labels and log fields come from closed enums, configured names,
//! and numbers.

pub mod events;
pub mod metrics;
