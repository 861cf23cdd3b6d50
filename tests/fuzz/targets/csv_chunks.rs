//! P2 and P3: any splitting of any table gives the same output, verdict and counts, in every form; a slow reader agrees about what
//! is refused and what leaves; and a table that is read leaves as one that is read again.
//!
//! The first byte chooses the chunks; the rest is the body below its header row. `cargo +nightly fuzz run csv_chunks
//! --fuzz-dir tests/fuzz`

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portcullis::engine::form::Form;
use portcullis::engine::format::{Format, Pattern};
use portcullis::engine::minimise::PlanSpec;
use portcullis::engine::minimise::rule::Rule;

#[path = "../../engine/bench_of.rs"]
#[allow(dead_code)]
mod bench_of;
#[path = "../../engine/cells.rs"]
mod cells;

const COLUMNS: [&str; 3] = ["id", "a", "b"];
const HEADER: &[u8] = b"id,a,b\r\n";

/// What reads what left: its quotes may make a row longer.
static AGAIN: LazyLock<bench_of::Bench> = LazyLock::new(|| bench_of::Bench::new(spec()));

/// What the slow reader is compared with: it knows no bounds.
static RECORDS: LazyLock<bench_of::Bench> = LazyLock::new(|| bench_of::Bench::new(spec()).writing(Form::Json));

static BENCHES: LazyLock<[bench_of::Bench; 3]> = LazyLock::new(|| {
    let mut spec = spec();
    spec.bounds.record_bytes_max = 512;
    [Form::Csv, Form::Json, Form::Ndjson].map(|form| bench_of::Bench::new(spec.clone()).writing(form))
});

/// A table of texts of any kind.
fn spec() -> PlanSpec {
    let free = || Rule::Keep(Format::Pattern(Pattern::compile("(?s).*").expect("a pattern")));
    bench_of::table(&COLUMNS, COLUMNS.map(|name| bench_of::field(name, free())).into())
}

fuzz_target!(|data: &[u8]| {
    let Some((&first, rows)) = data.split_first() else { return };
    let body = [HEADER, rows].concat();
    for bench in &*BENCHES {
        let whole = bench.whole(&body);
        assert_eq!(bench.chunks(body.chunks(usize::from(first).max(1))), whole);
        assert_eq!(bench.chunks(body.chunks(1)), whole);
    }
    let left = RECORDS.whole(&body);
    let left = left.end.is_ok().then(|| serde_json::from_str::<serde_json::Value>(&left.out).expect("JSON"));
    assert_eq!(left, cells::read(&COLUMNS, &body).map(|rows| cells::records(&COLUMNS, &rows)));
    let once = BENCHES[0].whole(&body);
    if once.end.is_ok() {
        let twice = AGAIN.whole(&once.out);
        assert_eq!((twice.end, twice.tally.released), (Ok(()), once.tally.released));
    }
});
