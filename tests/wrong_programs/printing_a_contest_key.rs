//! E0277

use portcullis::engine::minimise::pseudonym::ContestKey;

pub fn print(key: &ContestKey) -> String {
    format!("{key}")
}

fn main() {}
