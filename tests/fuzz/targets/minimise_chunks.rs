//! P2: any splitting of any bytes gives the same output, verdict and counts, and what leaves is JSON.
//!
//! The first byte chooses the chunks; the rest is the body. `cargo +nightly fuzz run minimise_chunks --fuzz-dir tests/fuzz`

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

#[path = "../../engine/bench_of.rs"]
#[allow(dead_code)]
mod bench_of;

static BENCH: LazyLock<bench_of::Bench> = LazyLock::new(|| {
    let mut spec = bench_of::spec();
    spec.bounds.record_bytes_max = 512;
    spec.bounds.envelope_bytes_max = 512;
    spec.bounds.depth_max = 12;
    bench_of::Bench::new(spec)
});

fuzz_target!(|data: &[u8]| {
    let Some((&first, body)) = data.split_first() else { return };
    let whole = BENCH.whole(body);
    assert_eq!(BENCH.chunks(body.chunks(usize::from(first).max(1))), whole);
    assert_eq!(BENCH.chunks(body.chunks(1)), whole);
    if whole.end.is_ok() {
        serde_json::from_str::<&RawValue>(&whole.out).expect("what leaves is JSON");
    }
});
