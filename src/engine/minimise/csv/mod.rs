//! CSV as RFC 4180 has it, in UTF-8: rows that are read, and cells that are written.
//!
//! Nothing here is lenient: a table that another program might read in another way is refused.

pub(super) mod scan;
pub(super) mod table;
pub(super) mod write;
