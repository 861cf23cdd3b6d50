//! The minimiser: turns a source's body into what may leave.
//!
//! A push machine: feed bytes, take bytes, finish. It never holds more than one record and constants, never
//! builds a document, and never lets a byte through that its plan does not name.

pub mod envelope;
pub mod fault;
pub mod machine;
pub mod plan;
pub mod pseudonym;
pub mod rule;
pub mod tally;
pub mod token;
pub mod witness;

mod contradiction;
mod csv;
mod document;
mod json;
mod layout;
mod learnt;
mod outlet;
mod record;
mod rows;
mod stops;
mod transform;
mod tree;
mod unnamed;

pub use envelope::NextLink;
pub use fault::{Fault, FaultKind};
pub use machine::Minimiser;
pub use plan::{Formulas, Plan, PlanSpec};
pub use stops::Kernel;
pub use tally::{FieldTally, Tally};
pub use witness::{Fate, Witness};
