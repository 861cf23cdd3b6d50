//! The explanation of a decision.
