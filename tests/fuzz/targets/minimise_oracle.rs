//! P3 and P4: the engine and the slow whole-document oracle agree about any bytes.
//!
//! `cargo +nightly fuzz run minimise_oracle --fuzz-dir tests/fuzz`

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../engine/bench_of.rs"]
#[allow(dead_code)]
mod bench_of;
#[path = "../../engine/oracle.rs"]
mod oracle;

/// Brackets inside one another, whether or not they are in strings: serde_json and the engine bound them differently.
fn depth(body: &[u8]) -> usize {
    body.iter().filter(|byte| matches!(byte, b'{' | b'[')).count()
}

fuzz_target!(|body: &[u8]| {
    if depth(body) > 60 {
        return;
    }
    let spec = bench_of::spec();
    let expected = oracle::minimised(&spec, &bench_of::keyring("leader", "amber"), body);
    let whole = bench_of::Bench::new(spec).whole(body);
    assert_eq!(whole.end.is_ok().then_some(whole.out), expected);
});
