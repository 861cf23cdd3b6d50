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
#[path = "../../engine/formats.rs"]
#[allow(dead_code)]
mod formats;
#[path = "../../engine/oracle.rs"]
#[allow(dead_code)]
mod oracle;
#[path = "../../engine/rules.rs"]
#[allow(dead_code)]
mod rules;

use bench_of::{at_most, bare, condition, field, integer, is, only_when, text};

/// Deepest body that both look at: their bounds on nesting differ.
const DEPTH_MAX: usize = 60;

/// Every rule for the same few names, in turn.
fn every_rule(choice: u8) -> PlanSpec {
    let day = Test::Before("2000-01-01".parse().expect("a day"));
    let rules = rules::every_rule().into_iter().cycle().skip(usize::from(choice));
    let names = ["a", "name", "n", "id", "gifts[].amount", "gifts[].appeal", "address.town"];
    let mut fields: Vec<_> = names.iter().zip(rules).map(|(name, rule)| field(name, rule)).collect();
    fields.push(only_when(field("tags[]", text()), "born", day));
    bare(fields)
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    if oracle::depth(body) > DEPTH_MAX {
        return;
    }
    let spec = match choice % 5 {
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
        3 => every_rule(choice / 5),
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
