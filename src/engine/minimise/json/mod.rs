//! JSON as RFC 8259 has it, over bytes that may end anywhere.
//!
//! Nothing here knows a plan. Nothing here is lenient: one validating scanner for kept and dropped values alike.

pub(super) mod boundary;
pub(super) mod cursor;
pub(super) mod keys;
pub(super) mod text;
