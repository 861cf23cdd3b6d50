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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// Not exactly one RFC 8259 JSON text in UTF-8; or not lines of such, or a table of RFC 4180, as the source declares.
    Malformed,
    /// An object repeats a name, compared after unescaping. Noticed where a record's object closes.
    DuplicateKey,
    /// Objects and arrays inside one another beyond the bound.
    TooDeep,
    /// A record beyond its bound.
    RecordTooLarge,
    /// What stands beside the records, beyond its bound.
    EnvelopeTooLarge,
    /// The body beyond its bound.
    BodyTooLarge,
    /// JSON, but no array of objects where the plan says that the records are, or no text or number as the next page; a line
    /// that is no object; a table with another header row.
    ShapeUnexpected,
}

impl Fault {
    /// The reason that the asker and the books are given.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self.kind {
            FaultKind::Malformed | FaultKind::DuplicateKey => Reason::BodyMalformed,
            FaultKind::TooDeep => Reason::NestingTooDeep,
            FaultKind::RecordTooLarge => Reason::RecordTooLarge,
            FaultKind::EnvelopeTooLarge | FaultKind::BodyTooLarge => Reason::BodyTooLarge,
            FaultKind::ShapeUnexpected => Reason::ShapeUnexpected,
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self.kind {
            FaultKind::Malformed => "not strictly valid",
            FaultKind::DuplicateKey => "an object repeats a name",
            FaultKind::TooDeep => "nested too deeply",
            FaultKind::RecordTooLarge => "a record is too large",
            FaultKind::EnvelopeTooLarge => "what stands beside the records is too large",
            FaultKind::BodyTooLarge => "the body is too large",
            FaultKind::ShapeUnexpected => "the records are not where the export says",
        };
        write!(f, "{what}, at byte {}", self.offset)
    }
}

impl std::error::Error for Fault {}
