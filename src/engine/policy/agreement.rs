//! The data-use agreement: what is in force, and what a campaign signed.

use crate::engine::time::Date;

/// The agreement in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Its version, as the contest names it.
    pub version: String,
    /// SHA-256 of its text.
    pub sha256: [u8; 32],
}

/// What a campaign signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The version that was signed.
    pub version: String,
    /// SHA-256 of the text that was signed.
    pub sha256: [u8; 32],
    /// Who signed for the campaign.
    pub signed_by: String,
    /// When.
    pub signed_on: Date,
}

impl Signature {
    /// Whether this is a signature of the agreement in force: by version and by text.
    #[must_use]
    pub fn covers(&self, agreement: &Agreement) -> bool {
        self.version == agreement.version && self.sha256 == agreement.sha256
    }
}
