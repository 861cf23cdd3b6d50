//! The books: what every database that holds them promises, each held to it by the same tests.

mod conformance;
mod model;
pub mod shelf;
