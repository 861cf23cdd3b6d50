//! Portcullis.

pub mod config;
pub mod demo;
pub mod engine;
