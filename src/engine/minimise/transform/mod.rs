//! What is made of one value. Each takes a text and appends a JSON string, or appends nothing when it cannot take the text.
//!
//! None of them reads a clock: the day on which an age is taken is part of the rule.

pub(super) mod generalise;
pub(super) mod mask;
pub(super) mod normalise;
