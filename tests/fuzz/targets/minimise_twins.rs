//! P1: two bodies that differ only in what the plan drops give the same bytes, in every form.
//!
//! The first byte chooses what is read and written. A third of the others says what the two bodies share, and each of the other
//! thirds how one of them differs.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portcullis::engine::form::Form;

#[path = "../../engine/bench_of.rs"]
#[allow(dead_code)]
mod bench_of;
#[path = "../../engine/dice.rs"]
#[allow(dead_code)]
mod dice;
#[path = "../../engine/markers.rs"]
#[allow(dead_code)]
mod markers;
#[path = "../../engine/tables.rs"]
#[allow(dead_code)]
mod tables;
#[path = "../../engine/twins.rs"]
mod twins;

use bench_of::Bench;

/// Two bodies of what all three parts say.
type Twins = fn(&[u8], &[u8], &[u8]) -> (String, String);

static BENCHES: LazyLock<Vec<(Bench, Twins)>> = LazyLock::new(|| {
    let kinds: [(fn() -> _, Twins); 3] = [
        (bench_of::spec, twins::twins),
        (bench_of::spec_of_lines, twins::twin_lines),
        (tables::spec, tables::twins),
    ];
    let forms = [Form::Json, Form::Ndjson, Form::Csv];
    kinds.iter().flat_map(|(spec, twins)| forms.map(|form| (Bench::new(spec()).writing(form), *twins))).collect()
});

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else { return };
    let (bench, twins) = &BENCHES[usize::from(*choice) % BENCHES.len()];
    let (choices, differences) = data.split_at(data.len() / 3);
    let (first, second) = differences.split_at(differences.len() / 2);
    let (one, other) = twins(choices, first, second);
    let pieces = dice::Dice::new(second).pieces(other.as_bytes());
    let (one, other) = (bench.whole(&one), bench.chunks(pieces));
    assert_eq!((&one.out, one.end, one.tally.released), (&other.out, Ok(()), other.tally.released));
});
