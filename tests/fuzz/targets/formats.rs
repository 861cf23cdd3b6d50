//! P4: what a format takes, and what is made of a value, is what the documentation says: each is judged by the engine and by slow
//! functions of its own.
//!
//! The first byte says whether the rest, a text, is judged alone or as a value of a record.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../engine/bench_of.rs"]
#[allow(dead_code)]
mod bench_of;
#[path = "../../engine/formats.rs"]
#[allow(dead_code)]
mod formats;
#[path = "../../engine/rules.rs"]
mod rules;

use formats::Plain;

fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    match choice % 4 {
        0 => rules::agree(Plain::Text(text), &serde_json::to_string(text).expect("a text")),
        _ => rules::agree_about(text),
    }
});
