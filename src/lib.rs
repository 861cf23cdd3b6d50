#![doc = include_str!("ARCHITECTURE.md")]

pub mod admin;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod engine;
pub mod proxy;
pub mod store;
pub mod telemetry;
pub mod wire;
