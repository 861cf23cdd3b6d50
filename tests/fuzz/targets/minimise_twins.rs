//! P1: two bodies that differ only in what the plan drops give the same bytes.
//!
//! A third of the bytes says what the two share, and each of the other thirds how one of them differs.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

#[path = "../../engine/bench_of.rs"]
#[allow(dead_code)]
mod bench_of;
#[path = "../../engine/dice.rs"]
#[allow(dead_code)]
mod dice;
#[path = "../../engine/twins.rs"]
mod twins;

static BENCH: LazyLock<bench_of::Bench> = LazyLock::new(|| bench_of::Bench::new(bench_of::spec()));

fuzz_target!(|data: &[u8]| {
    let (choices, differences) = data.split_at(data.len() / 3);
    let (first, second) = differences.split_at(differences.len() / 2);
    let (one, other) = twins::twins(choices, first, second);
    let pieces = dice::Dice::new(second).pieces(other.as_bytes());
    let (one, other) = (BENCH.whole(&one), BENCH.chunks(pieces));
    assert_eq!((&one.out, one.end, one.tally.released), (&other.out, Ok(()), other.tally.released));
});
