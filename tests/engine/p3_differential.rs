//! P3: the engine and a slow whole-document oracle agree about every body: what is refused, and what leaves.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::bench_of::{Bench, at_most, bare, condition, domain, field, integer, is, keyring, only_when, path, spec, text};
use crate::bodies::{body, edited, edits, record, records};
use crate::oracle;
use crate::rules::every_rule;
use portcullis::engine::form::Form;
use portcullis::engine::minimise::plan::PlanSpec;
use portcullis::engine::minimise::rule::{FieldRule, ListRule, Rule, Test};
use proptest::sample::{select, subsequence};

fn agree(spec: PlanSpec, body: &[u8], cut: usize) -> Result<(), TestCaseError> {
    let expected = oracle::minimised(&spec, &keyring("leader", "amber"), body);
    let bench = Bench::new(spec);
    let whole = bench.whole(body);
    let leaves = whole.end.is_ok().then(|| whole.out.clone());
    prop_assert_eq!(leaves, expected, "{:?}", whole.end);
    prop_assert_eq!(bench.chunks(body.chunks(cut)), whole);
    Ok(())
}

/// Paths that may stand in one plan: whatever `gifts` is there, it is one thing.
const GIFTS: [&[&str]; 5] = [
    &["gifts[].amount", "gifts[].appeal", "gifts[].by.phone", "gifts[].ref", "gifts[].inner[].a", "gifts[].inner[].b"],
    &["gifts[]"],
    &["gifts[][]"],
    &["gifts[][].amount", "gifts[][].open"],
    &["gifts"],
];
const OTHERS: [&str; 6] = ["id", "name", "address.town", "address.tags[]", "religion[].b", "consent.phone"];

/// Objects that may leave always: none, one with rules or conditions in it, one around another, one that no body has.
const ROOTS: [Option<&str>; 5] = [None, Some("address"), Some("consent"), Some("address.geo"), Some("nowhere.at.all")];

/// Days before or after which the bodies have some.
fn days() -> impl Strategy<Value = Test> {
    (any::<bool>(), select(&["1990-05-01", "2000-01-01", "2008-02-29"][..])).prop_map(|(before, day)| {
        let day = day.parse().unwrap();
        if before { Test::Before(day) } else { Test::After(day) }
    })
}

fn ruled(path: &'static str) -> impl Strategy<Value = FieldRule> {
    let usual = [text(), integer(), Rule::Tokenise, Rule::Pseudonymise(domain()), Rule::Drop];
    let rule = prop_oneof![select(usual.to_vec()), select(every_rule())];
    (rule, 0..6_u8, days()).prop_map(move |(rule, when, day)| {
        let field = field(path, rule);
        match when {
            4 => only_when(field, "consent.on", day),
            5 if path.starts_with("gifts[].") && !path.starts_with("gifts[].inner") => only_when(field, "gifts[].appeal", day),
            0 => only_when(field, "consent.phone", is(true)),
            1 if path.starts_with("gifts[].inner[].") => only_when(field, "gifts[].inner[].b", Test::Present(true)),
            1 if path.starts_with("gifts[].") => only_when(field, "gifts[].public", is(true)),
            1 if path.ends_with("[]") => only_when(field, path, Test::Present(true)),
            _ => field,
        }
    })
}

fn capped(list: ListRule) -> impl Strategy<Value = ListRule> {
    (1..5_u32, any::<bool>()).prop_map(move |(max, rows)| {
        let rows = rows && list.path.to_string() == "gifts";
        at_most(&list.path.to_string(), max, if rows { vec![condition("open", Test::Present(true))] } else { Vec::new() })
    })
}

/// A plan with lists of every shape, in any order, some of them with rules only to drop.
fn plan() -> impl Strategy<Value = PlanSpec> {
    let gifts = select(&GIFTS[..]).prop_flat_map(|paths| subsequence(paths.to_vec(), 1..=paths.len()));
    let paths = (gifts, subsequence(OTHERS.to_vec(), 0..=OTHERS.len()));
    let fields = paths.prop_flat_map(|(gifts, others)| {
        let fields: Vec<_> = gifts.into_iter().chain(others).map(ruled).collect();
        fields.prop_shuffle()
    });
    fields.prop_flat_map(|fields| {
        let spec = bare(fields);
        let objects = spec.fields.iter().any(|field| field.path.to_string().starts_with("gifts[]."));
        let lists: Vec<_> =
            spec.lists_in_force().into_iter().filter(|list| objects || list.path.to_string() != "gifts").collect();
        let lists: Vec<_> = lists.into_iter().map(capped).collect();
        let root = select(&ROOTS[..]).prop_map(|root| root.map(path));
        (Just(spec), lists, root).prop_map(|(spec, lists, root)| PlanSpec { lists, root, ..spec })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn p3_engine_and_oracle_agree_about_lists_under_any_plan(plan in plan(), body in records(), edits in edits(), cut in 1..40usize) {
        agree(plan, &edited(&body, &edits), cut)?;
    }
}

#[test]
fn p3_a_comma_is_missed_also_before_a_member_that_came_first_in_another_record() {
    for last in [r#"{"id":1"name":"a"}"#, r#"{"id":1,"name":"a"}"#, r#"{"name":"a""id":1}"#, r#"{,"name":"a"}"#] {
        let body = format!(r#"[{{"name":"a"}},{{"id":1,"name":"a"}},{{"id":1,"name":"a"}},{last}]"#);
        agree(bare(vec![field("name", text())]), body.as_bytes(), 7).unwrap();
    }
}

/// The lines of a body's records, one of them perhaps broken.
fn lines_of(records: &[String], edits: &[crate::bodies::Edit]) -> Vec<u8> {
    edited(&records.iter().map(|record| record.replace('\n', " ") + "\n").collect::<String>(), edits)
}

proptest! {
    #[test]
    fn p3_engine_and_oracle_agree(body in body(), edits in edits(), cut in 1..40usize) {
        agree(spec(), &edited(&body, &edits), cut)?;
    }

    #[test]
    fn p3_engine_and_oracle_agree_about_bare_arrays(body in records(), edits in edits(), cut in 1..40usize) {
        let fields = vec![
            field("name", text()),
            only_when(field("n", integer()), "religion", Test::Present(false)),
            field("id", Rule::Tokenise),
        ];
        agree(bare(fields), &edited(&body, &edits), cut)?;
    }

    #[test]
    fn p3_engine_and_oracle_agree_about_lines(plan in plan(), records in vec(record(), 0..5), edits in edits(), cut in 1..40usize) {
        let body = lines_of(&records, &edits);
        let spec = PlanSpec { source: Form::Ndjson, ..plan };
        let expected = oracle::lines_minimised(&spec, &keyring("leader", "amber"), &body);
        let bench = Bench::new(spec);
        let whole = bench.whole(&body);
        prop_assert_eq!(whole.end.is_ok().then(|| whole.out.clone()), expected, "{:?}", whole.end);
        prop_assert_eq!(bench.chunks(body.chunks(cut)), whole);
    }

    /// Many records in turn, so that what is learnt of one is tried on the next.
    #[test]
    fn p3_engine_and_oracle_agree_about_changing_shapes(bodies in vec(records(), 1..12), edits in edits()) {
        let inner: Vec<_> = bodies.iter().map(|body| body.trim_matches(['[', ']'])).filter(|inner| !inner.is_empty()).collect();
        agree(bare(vec![field("address.town", text()), field("n", integer())]), &edited(&format!("[{}]", inner.join(",")), &edits), 4096)?;
    }
}
