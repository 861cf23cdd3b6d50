//! The store: one conformance suite over every implementation, and what the embedded one promises beyond it.

mod books;
#[path = "../cluster/mod.rs"]
mod cluster;
mod commands;
mod conformance;
mod opening;
mod postgres;
mod sqlite;
mod stops;
mod support;
mod suspensions;
