//! A plan cannot be built wrong: each contradiction is named, with its path, and all of them at once.

use crate::bench_of::{bare, field, only_when, path, spec, text};
use portcullis::engine::minimise::plan::{Bounds, Plan, PlanSpec};
use portcullis::engine::minimise::rule::{Generalisation, Rule, Test};

/// The paths that are named.
fn named(spec: PlanSpec) -> Vec<String> {
    let errors = Plan::compile(spec).err().unwrap_or_default();
    errors.iter().map(|error| error.path.to_string()).collect()
}

#[test]
fn a_plan_without_contradictions_compiles() {
    assert_eq!(named(spec()), [""; 0]);
    assert_eq!(named(bare(Vec::new())), [""; 0]);
    let free = vec![
        only_when(field("a", text()), "a.b", Test::Present(true)),
        only_when(field("c.d", text()), "c", Test::Present(true)),
    ];
    assert_eq!(named(bare(free)), [""; 0], "a condition may read any field");
}

#[test]
fn fields_are_named_once_and_not_inside_one_another() {
    for rule in [text(), Rule::Drop, Rule::Tokenise] {
        assert_eq!(named(bare(vec![field("a", text()), field("a", rule.clone())])), ["a"]);
        assert_eq!(named(bare(vec![field("a", rule.clone()), field("a.b", text())])), ["a.b"]);
        assert_eq!(named(bare(vec![field("a.b.c", text()), field("a", rule)])), ["a.b.c"]);
    }
    assert_eq!(named(bare(vec![field("a.b", text()), field("ab", text()), field("a.c", text())])), [""; 0]);
    assert_eq!(named(bare(vec![field("", text())])), ["", "id"], "a rule for the whole record also swallows the identifier");
}

#[test]
fn the_identifier_can_be_reached() {
    let with = |id: &str, fields| PlanSpec { id: path(id), ..bare(fields) };
    assert_eq!(named(with("a.id", vec![field("a", text())])), ["a.id"]);
    assert_eq!(named(with("a", vec![field("a.b", text())])), ["a"]);
    assert_eq!(named(with("", Vec::new())).len(), 1);
    assert_eq!(named(with("a.id", vec![field("a", Rule::Drop)])), [""; 0], "what is dropped may still identify");
}

#[test]
fn what_stands_beside_the_records_does_not_overlap() {
    let with = |records: &str, next: Option<&str>, envelope: &[&str]| {
        let (next, envelope) = (next.map(path), envelope.iter().map(|at| path(at)).collect());
        named(PlanSpec { records: path(records), next, envelope, ..bare(Vec::new()) })
    };
    assert_eq!(with("data.items", Some("next"), &["data.count", "total"]), [""; 0]);
    assert_eq!(with("", Some("next"), &["count"]), ["next", "count"]);
    assert_eq!(
        with("data.items", Some("data"), &["data.items", "data.items.x", "a", "a.b", "a"]),
        ["data", "data.items", "data.items.x", "a.b", "a"]
    );
    assert_eq!(with("data", None, &[""]).len(), 1);
}

#[test]
fn bands_ascend_and_bounds_are_bounded() {
    let bands = |bands: &[u16]| {
        let rule = Generalisation::AgeBand { bands: bands.into(), on: "2026-01-01".parse().unwrap() };
        named(bare(vec![field("a", Rule::Generalise(rule))]))
    };
    assert_eq!((bands(&[18]), bands(&[0, 18, 65])), (vec![], vec![]));
    for wrong in [&[][..], &[18, 18], &[25, 18]] {
        assert_eq!(bands(wrong), ["a"]);
    }
    let bounds = |change: fn(&mut Bounds)| {
        let mut spec = bare(Vec::new());
        change(&mut spec.bounds);
        named(spec).len()
    };
    assert_eq!(bounds(|b| b.depth_max = 257) + bounds(|b| b.depth_max = 1), 2);
    assert_eq!(bounds(|b| b.record_bytes_max = 0) + bounds(|b| b.envelope_bytes_max = usize::MAX), 2);
}

#[test]
fn all_contradictions_are_found_at_once() {
    let fields = vec![field("a", text()), field("a", text()), field("b", text()), field("b.c", text())];
    assert_eq!(named(PlanSpec { next: Some(path("next")), ..bare(fields) }), ["a", "b.c", "next"]);
}
