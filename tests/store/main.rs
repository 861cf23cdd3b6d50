//! The store: one conformance suite over every implementation, and what the embedded one promises beyond it.

mod books;
mod commands;
mod conformance;
mod opening;
mod sqlite;
mod stops;
mod support;
mod suspensions;
