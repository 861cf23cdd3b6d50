//! The minimiser: turns a source's body into what may leave.
//!
//! A push machine: feed bytes, take bytes, finish. It never holds more than one record and constants, never
//! builds a document, and never lets a byte through that its plan does not name.

pub mod fault;
pub mod plan;
pub mod pseudonym;
pub mod rule;
