//! P4: what the plan does not name never leaves, and what it names leaves only as what it is declared to be.
//!
//! The first byte chooses what is read: an even one a body in order with a marker in every dropped place; after an odd one come
//! bytes as they are.

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
mod markers;
#[path = "../../engine/tables.rs"]
#[allow(dead_code)]
mod tables;

use bench_of::Bench;

/// What reads one kind of body, what makes one, and what judges what left.
struct Kind {
    bench: Bench,
    marked: fn(&[u8]) -> String,
    is_allowed: fn(&str) -> bool,
    /// What stands before bytes as they are.
    head: String,
}

static KINDS: LazyLock<[Kind; 3]> = LazyLock::new(|| {
    let document = Bench::new(bench_of::spec());
    let lines = Bench::new(bench_of::spec_of_lines());
    let table = Bench::new(tables::spec()).writing(Form::Ndjson);
    [
        Kind { bench: document, marked: markers::body, is_allowed: markers::is_allowed, head: String::new() },
        Kind { bench: lines, marked: markers::lines, is_allowed: markers::are_allowed, head: String::new() },
        Kind { bench: table, marked: tables::marked, is_allowed: tables::is_allowed, head: tables::COLUMNS.join(",") + "\n" },
    ]
});

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else { return };
    let kind = &KINDS[usize::from(choice / 2) % KINDS.len()];
    if choice % 2 == 0 {
        let out = kind.bench.passes((kind.marked)(data));
        assert!(!out.contains(markers::MARKER), "{out}");
        assert!((kind.is_allowed)(&out), "{out}");
    } else {
        let whole = kind.bench.whole([kind.head.as_bytes(), data].concat());
        assert!(whole.end.is_err() || (kind.is_allowed)(&whole.out), "{}", whole.out);
    }
});
