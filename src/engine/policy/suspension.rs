//! Suspensions: a reversible stop of one campaign or one contest.

/// A stop, as the configuration states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// Why, for the operator. The campaign is not told.
    pub why: String,
}
