//! E0277

use portcullis::engine::rejection::Hint;

pub fn log(hint: &Hint) -> String {
    format!("{hint:?}")
}

fn main() {}
