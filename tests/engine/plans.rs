//! A plan cannot be built wrong: each contradiction is named, with its path, and all of them at once.

use crate::bench_of::{at_most, bare, condition, field, only_when, path, spec, table, text};
use portcullis::engine::minimise::plan::{Bounds, Plan, PlanSpec};
use portcullis::engine::minimise::rule::{Generalisation, ListRule, Rule, Test};

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
fn a_list_is_one_thing_and_what_is_said_of_it_is_used() {
    let fields = |paths: &[&str]| named(bare(paths.iter().map(|at| field(at, text())).collect()));
    let cases: [(&[&str], &[&str]); 10] = [
        (&["a[].b", "a[].c", "a[].d[]", "b[]", "c[][].d"], &[]),
        (&["a", "a[].b"], &["a[].b"]),
        (&["a[]", "a[].b"], &["a[].b"]),
        (&["a[].b", "a[]"], &["a[].b"]),
        (&["a[]", "a[]"], &["a[]"]),
        (&["a.b", "a[].b"], &["a[].b"]),
        (&["a[][]", "a[].b"], &["a[].b"]),
        (&["a[].b", "a[][].b"], &["a[][].b"]),
        (&["a[]", "a.b.c"], &["a.b.c"]),
        (&["/a[]", "a[]"], &[]),
    ];
    for (paths, expected) in cases {
        assert_eq!(fields(paths), expected, "{paths:?}");
    }
    let lists = |lists: Vec<ListRule>| named(PlanSpec { lists, ..bare(vec![field("a[].b[]", text()), field("c[]", text())]) });
    let row = |at: &str| vec![condition(at, Test::Present(true))];
    assert_eq!(lists(vec![at_most("a", 1, row("x.y")), at_most("a[].b", 10_000, vec![]), at_most("c", 1, vec![])]), [""; 0]);
    let cases = [
        (at_most("a[].c", 1, vec![]), "a[].c"),
        (at_most("a.b", 1, vec![]), "a.b"),
        (at_most("a[]", 1, vec![]), "a[]"),
        (at_most("b", 1, vec![]), "b"),
        (at_most("a", 0, vec![]), "a"),
        (at_most("a", 10_001, vec![]), "a"),
        (at_most("c", 1, row("x")), "c"),
        (at_most("a[].b", 1, row("x")), "a[].b"),
        (at_most("a", 1, row("b[].x")), "a"),
        (at_most("a", 1, row("")), "a"),
    ];
    for (list, expected) in cases {
        assert_eq!(lists(vec![list.clone()]), [expected], "{list:?}");
    }
    assert_eq!(lists(vec![at_most("a", 1, vec![]), at_most("a", 2, vec![])]), ["a"], "twice");
    let many = |count: usize| bare((0..count).map(|number| field(&format!("l{number:02}[].a"), text())).collect());
    assert_eq!((named(many(32)), named(many(34))), (vec![], vec!["l32[].a".to_owned()]));
}

#[test]
fn a_condition_knows_which_element_it_reads() {
    let cases = [
        ("a[].b", "a[].c", true),
        ("a[].b", "a[].c.d", true),
        ("a[].b", "c", true),
        ("a[]", "a[]", true),
        ("a[].b[].c", "a[].b[].d", true),
        ("a[].b[].c", "a[].d", false),
        ("a[].b", "a[].c[].d", false),
        ("a[].b", "a[].c[]", false),
        ("a[].b", "a[]", false),
        ("a[]", "a[].b", false),
        ("a[].b", "c[].b", false),
        ("b", "a[].b", false),
        ("b", "a[]", false),
    ];
    for (at, read, fits) in cases {
        let found = named(bare(vec![only_when(field(at, text()), read, Test::Present(true))]));
        assert_eq!(found, if fits { vec![] } else { vec![at.to_owned()] }, "{at} {read}");
    }
}

#[test]
fn what_is_one_value_is_in_no_list() {
    let spec = || bare(vec![field("a[].b", text())]);
    assert_eq!(named(PlanSpec { id: path("a[].b"), ..spec() }), ["a[].b"]);
    assert_eq!(named(PlanSpec { rows: vec![condition("a[].b", Test::Present(true))], ..spec() }), ["a[].b"]);
    let beside = |records: &str, next: &str, envelope: &str| {
        named(PlanSpec { records: path(records), next: Some(path(next)), envelope: vec![path(envelope)], ..bare(Vec::new()) })
    };
    assert_eq!(beside("v[]", "n[]", "e[].f"), ["v[]", "n[]", "e[].f"]);
    let cells = table(&["id", "a", "b[]"], vec![field("a[]", text()), field("/b[]", text())]);
    assert_eq!(named(cells), ["a[]"], "a column may have brackets in its name");
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
