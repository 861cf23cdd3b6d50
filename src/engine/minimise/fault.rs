//! Why a body may not pass. A fault names a kind and a position, never a value.

use crate::engine::reason::Reason;

/// Why a body may not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// What was wrong.
    pub kind: FaultKind,
    /// Bytes of the body before the place where it was noticed.
    pub offset: u64,
}

/// What was wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Not RFC 8259 JSON.
    Malformed,
}

impl Fault {
    /// The reason that the asker and the books are given.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self.kind {
            FaultKind::Malformed => Reason::BodyMalformed,
        }
    }
}
