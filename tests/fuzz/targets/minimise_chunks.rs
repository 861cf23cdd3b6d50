//! P2: any splitting of any bytes gives the same output, verdict and counts, watched or not, and so does every kernel.
//!
//! The first bytes choose the pieces; the rest is the body.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portcullis::engine::minimise::Kernel;

#[path = "../../engine/bench_of.rs"]
#[allow(dead_code)]
mod bench_of;
#[path = "../../engine/dice.rs"]
#[allow(dead_code)]
mod dice;

/// Bytes that choose the pieces.
const CHOICES: usize = 8;

/// Bounds that a small body can reach.
static BENCH: LazyLock<bench_of::Bench> = LazyLock::new(|| {
    let mut spec = bench_of::spec();
    spec.bounds.record_bytes_max = 256;
    spec.bounds.envelope_bytes_max = 256;
    spec.bounds.body_bytes_max = 1024;
    spec.bounds.depth_max = 10;
    bench_of::Bench::new(spec)
});

fuzz_target!(|data: &[u8]| {
    let Some((choices, body)) = data.split_first_chunk::<CHOICES>() else { return };
    let whole = BENCH.whole(body);
    let pieces = dice::Dice::new(&choices.repeat(8)).pieces(body);
    assert_eq!(BENCH.chunks(pieces), whole);
    assert_eq!(BENCH.chunks(body.chunks(1)), whole);
    assert_eq!(BENCH.watched(body), whole);
    for kernel in Kernel::all() {
        assert_eq!(BENCH.by(*kernel, body), whole, "{}", kernel.name());
    }
});
