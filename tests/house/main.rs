//! The house, tested from outside: the real binary on loopback, a scripted source behind it, real HTTP in front.
//!
//! Each test's name says what it guards; a leading `pN` names the promise.

mod adversity;
mod attack;
mod books;
mod clients;
#[path = "../cluster/mod.rs"]
mod cluster;
mod commands;
mod credentials;
mod default_drop;
mod edges;
mod encrypted;
mod entry;
mod floors;
mod forms;
mod items;
mod jobs;
mod lists;
mod memory;
mod metamorphic;
mod oracle;
mod quiet;
mod readme;
mod readme_text;
mod refusals;
mod reload;
mod replicas;
mod serving;
mod sources;
mod stops;
mod support;
mod tokens;
mod traps;
mod unlinkable;
mod wrong_programs;
