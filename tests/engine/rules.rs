//! Every format and every rule that a plan can have, and the engine held to what `formats` says of them.

use std::num::NonZeroU32;

use crate::bench_of::{Bench, bare, field};
use crate::formats::{self, PATTERNS, Plain};
use portcullis::engine::format::{Format, Pattern, Scalar};
use portcullis::engine::minimise::rule::{Generalisation, Rule};

fn every_format() -> Vec<Format> {
    let mut all = vec![
        Format::Name,
        Format::Text { max: 8 },
        Format::Text { max: 200 },
        Format::Email,
        Format::Phone,
        Format::Postcode,
        Format::Date,
        Format::Integer,
        Format::Decimal,
        Format::Boolean,
        Format::Enum(["x".into(), "é\"".into(), "current".into()].into()),
        Format::Uuid,
    ];
    all.extend(PATTERNS.map(|(pattern, _)| Format::Pattern(Pattern::compile(pattern).unwrap())));
    all
}

fn every_generalisation() -> Vec<Generalisation> {
    let (some, many) = (NonZeroU32::new(3).unwrap(), NonZeroU32::new(1_000_000_000).unwrap());
    let age = |bands: &[u16], on: &str| Generalisation::AgeBand { bands: bands.into(), on: on.parse().unwrap() };
    vec![
        age(&[18, 25, 65], "2026-02-28"),
        age(&[0, 40], "2024-02-29"),
        age(&[150], "2026-12-31"),
        Generalisation::Year,
        Generalisation::Month,
        Generalisation::Outcode,
        Generalisation::NumericBand { width: NonZeroU32::MIN },
        Generalisation::NumericBand { width: NonZeroU32::new(7).unwrap() },
        Generalisation::NumericBand { width: many },
        Generalisation::Prefix { chars: NonZeroU32::MIN },
        Generalisation::Prefix { chars: some },
    ]
}

/// Every rule but those with keys, of every kind and with edges of its numbers.
pub fn every_rule() -> Vec<Rule> {
    let masks = [1, 3, 64].map(|last| Rule::Mask { last: NonZeroU32::new(last).unwrap() });
    let keeps = every_format().into_iter().map(Rule::Keep);
    keeps.chain(every_generalisation().into_iter().map(Rule::Generalise)).chain(masks).collect()
}

/// What the engine makes of a text under each rule, by its name in a record, where something leaves.
pub fn leaves(rules: &[Rule], value: &str) -> serde_json::Value {
    let fields = rules.iter().enumerate().map(|(at, rule)| field(&format!("f{at}"), rule.clone())).collect();
    let members: Vec<_> = (0..rules.len()).map(|at| format!("\"f{at}\":{value}")).collect();
    let out = Bench::new(bare(fields)).passes(format!("[{{{}}}]", members.join(",")));
    serde_json::from_str::<Vec<serde_json::Value>>(&out).unwrap().remove(0)
}

/// What must leave of a scalar under a rule.
fn expected(rule: &Rule, value: Plain<'_>, spelled: &str) -> Option<serde_json::Value> {
    match rule {
        Rule::Keep(format) => formats::is_of(format, value).then(|| serde_json::from_str(spelled).unwrap()),
        Rule::Mask { last } => formats::masked(value, last.get() as usize).map(Into::into),
        Rule::Generalise(how) => formats::coarser(value, how).map(Into::into),
        _ => None,
    }
}

/// Holds what leaves of a value, spelled in this way, to what is written of each rule.
pub fn agree(value: Plain<'_>, spelled: &str) {
    let rules = every_rule();
    let left = leaves(&rules, spelled);
    for (at, rule) in rules.iter().enumerate() {
        assert_eq!(left.get(format!("f{at}")).cloned(), expected(rule, value, spelled), "{rule:?} {spelled}");
    }
}

/// Holds each format to what is written of it.
pub fn agree_about(text: &str) {
    for format in every_format() {
        let scalar = format.accepts(Scalar::Text(text));
        assert_eq!(scalar, formats::is_of(&format, Plain::Text(text)), "{format:?} {text:?}");
    }
}
