//! P8: entries, bundles, notes, heads, receipts and keys are refused or are exactly what would be written; and any entry that
//! can be recorded is read as it was written.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../engine/dice.rs"]
#[allow(dead_code)]
mod dice;
#[path = "../../audit/documents.rs"]
mod documents;
#[path = "../../audit/story.rs"]
#[allow(dead_code)]
mod story;

fuzz_target!(|data: &[u8]| {
    documents::tried(data);
    story::tried(&mut dice::Dice::new(data));
});
