//! The demo: a synthetic membership database, so that everything can be tried on one machine with nobody's data.
//!
//! The people are made from a seed, and the API that serves them is careless on purpose, as real ones are:
//! it gives every field to whoever holds its token and filters on fields that it should not. Nothing here
//! is real, nothing here ever listens beyond loopback, and no other room of the house depends on it.

pub mod people;
pub mod source;
