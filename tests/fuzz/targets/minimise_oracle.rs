//! P3: the engine and the slow whole-document oracle agree about any bytes: what is refused, and what leaves.
//!
//! The first byte chooses the plan; the rest is the body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::engine::minimise::plan::PlanSpec;
use portcullis::engine::minimise::rule::{Rule, Test};

#[path = "../../engine/bench_of.rs"]
#[allow(dead_code)]
mod bench_of;
#[path = "../../engine/oracle.rs"]
mod oracle;

use bench_of::{at_most, bare, condition, field, integer, is, only_when, text};

/// Deepest body that both look at: their bounds on nesting differ.
const DEPTH_MAX: usize = 60;

/// Brackets inside one another, at the least: one in a string counts too.
fn depth(body: &[u8]) -> usize {
    let mut open = 0_usize;
    body.iter().fold(0, |deepest, byte| {
        match byte {
            b'{' | b'[' => open += 1,
            b'}' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest.max(open)
    })
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    if depth(body) > DEPTH_MAX {
        return;
    }
    let spec = match choice % 4 {
        0 => bench_of::spec(),
        1 => bare(vec![field("address.town", text()), field("n", integer())]),
        2 => PlanSpec {
            lists: vec![at_most("gifts[].inner", 2, vec![condition("open", is(true))]), at_most("tags", 3, Vec::new())],
            ..bare(vec![
                field("gifts[].inner[].a", integer()),
                only_when(field("gifts[].amount", text()), "gifts[].open", Test::Present(true)),
                field("tags[][]", Rule::Tokenise),
                field("gifts[].ref", Rule::Drop),
            ])
        },
        _ => bare(vec![
            field("name", text()),
            only_when(field("n", integer()), "religion", Test::Present(false)),
            field("id", Rule::Tokenise),
        ]),
    };
    let expected = oracle::minimised(&spec, &bench_of::keyring("leader", "amber"), body);
    let whole = bench_of::Bench::new(spec).whole(body);
    assert_eq!(whole.end.is_ok().then_some(whole.out), expected);
});
