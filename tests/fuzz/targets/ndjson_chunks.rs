//! P2 and P3: any splitting of any lines gives the same output, verdict and counts, in every form; and the slow oracle agrees
//! about what is refused and what leaves.
//!
//! The first byte chooses the chunks; the rest is the body.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portcullis::engine::form::Form;

#[path = "../../engine/bench_of.rs"]
#[allow(dead_code)]
mod bench_of;
#[path = "../../engine/formats.rs"]
#[allow(dead_code)]
mod formats;
#[path = "../../engine/oracle.rs"]
#[allow(dead_code)]
mod oracle;

use bench_of::Bench;

/// Deepest line that both look at: their bounds on nesting differ.
const DEPTH_MAX: usize = 60;

/// Bounds that a small body can reach, and none.
static BENCHES: LazyLock<Vec<Bench>> = LazyLock::new(|| {
    let mut spec = bench_of::spec_of_lines();
    spec.bounds.record_bytes_max = 256;
    spec.bounds.body_bytes_max = 1024;
    spec.bounds.depth_max = 10;
    [Form::Ndjson, Form::Json, Form::Csv].map(|form| Bench::new(spec.clone()).writing(form)).into()
});

static UNBOUNDED: LazyLock<Bench> = LazyLock::new(|| Bench::new(bench_of::spec_of_lines()));

fuzz_target!(|data: &[u8]| {
    let Some((&first, body)) = data.split_first() else { return };
    for bench in BENCHES.iter().chain([&*UNBOUNDED]) {
        let whole = bench.whole(body);
        assert_eq!(bench.chunks(body.chunks(usize::from(first).max(1))), whole);
        assert_eq!(bench.chunks(body.chunks(1)), whole);
    }
    if oracle::depth(body) > DEPTH_MAX {
        return;
    }
    let expected = oracle::lines_minimised(&bench_of::spec_of_lines(), &bench_of::keyring("leader", "amber"), body);
    let whole = UNBOUNDED.whole(body);
    assert_eq!(whole.end.is_ok().then_some(whole.out), expected);
});
