//! Portcullis.

pub mod cli;
pub mod config;
pub mod demo;
pub mod engine;
pub mod store;
