//! Configuration: files in; `Settings` and a `Ruleset` out, or every problem.

pub mod settings;
