//! P4: what the plan does not name never leaves, and what it names leaves only as what it is declared to be.
//!
//! An even first byte makes a body in order with a marker in every dropped place; after an odd one come bytes as they are.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

#[path = "../../engine/bench_of.rs"]
#[allow(dead_code)]
mod bench_of;
#[path = "../../engine/dice.rs"]
#[allow(dead_code)]
mod dice;
#[path = "../../engine/markers.rs"]
mod markers;

static BENCH: LazyLock<bench_of::Bench> = LazyLock::new(|| bench_of::Bench::new(bench_of::spec()));

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else { return };
    if choice % 2 == 0 {
        let body = markers::body(data);
        let out = BENCH.passes(&body);
        assert!(!out.contains(markers::MARKER), "{out}");
        assert!(markers::is_allowed(&out), "{out}");
    } else {
        let whole = BENCH.whole(data);
        assert!(whole.end.is_err() || markers::is_allowed(&whole.out), "{}", whole.out);
    }
});
