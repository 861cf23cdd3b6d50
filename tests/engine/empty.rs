//! Objects that leave although nothing in them does, because clients look into them all the same.

use portcullis::engine::form::Form;
use portcullis::engine::minimise::plan::{Plan, PlanSpec};
use portcullis::engine::minimise::rule::{FieldRule, Rule};

use crate::bench_of::{Bench, bare, field, integer, path};

/// A list below `data`, whose next page stands as far down as this.
fn list(next: &str) -> Bench {
    Bench::new(PlanSpec { records: path("data"), next: Some(path(next)), ..bare(vec![field("id", integer())]) })
}

/// HAL and JSON:API say no next page by leaving it out of the links; clients ask the links for it, and fail where there are none.
#[test]
fn what_is_around_the_next_page_leaves_without_it() {
    let links = list("links.next");
    assert_eq!(links.passes(r#"{"links":{"self":"HIDDEN"},"data":[]}"#), r#"{"links":{},"data":[]}"#);
    assert_eq!(links.passes(r#"{"data":[{"id":1}],"links":{}}"#), r#"{"data":[{"id":1}],"links":{}}"#);
    assert_eq!(links.passes(r#"{"data":[],"links":null,"other":{"next":"HIDDEN"}}"#), r#"{"data":[]}"#);
    assert_eq!(links.passes(r#"{"data":[],"links":{"next":"/x"}}"#), r#"{"data":[],"links":{"next":"/next?after=2"}}"#);
    let deep = list("page.links.next");
    assert_eq!(deep.passes(r#"{"page":{"a":1},"data":[]}"#), r#"{"page":{},"data":[]}"#);
    assert_eq!(deep.passes(r#"{"page":{"a":1,"links":{"b":2},"c":{}},"data":[]}"#), r#"{"page":{"links":{}},"data":[]}"#);
    assert_eq!(list("next").passes(r#"{"data":[],"page":{"next":"HIDDEN"}}"#), r#"{"data":[]}"#);
}

/// Records with a root, of which these fields leave.
fn rooted(root: &str, fields: Vec<FieldRule>) -> PlanSpec {
    PlanSpec { root: Some(path(root)), ..bare(fields) }
}

/// Whether the source has the root, and what is in it, is not to be seen: it is written in every record, at one place.
#[test]
fn p1_the_root_leaves_of_every_record_alike() {
    let bench = Bench::new(rooted("fields", vec![field("fields.n", integer()), field("id", integer())]));
    for body in [
        r#"[{"id":1}]"#,
        r#"[{"id":1,"fields":null}]"#,
        r#"[{"id":1,"fields":"HIDDEN"}]"#,
        r#"[{"id":1,"fields":[{"n":1}]}]"#,
        r#"[{"id":1,"fields":{}}]"#,
        r#"[{"id":1,"fields":{"religion":"HIDDEN","n":"HIDDEN"}}]"#,
    ] {
        assert_eq!(bench.passes(body), r#"[{"fields":{},"id":1}]"#, "{body}");
    }
    assert_eq!(bench.passes(r#"[{"id":"x","fields":{"n":2}},{}]"#), r#"[{"fields":{"n":2}},{"fields":{}}]"#);
}

#[test]
fn a_root_of_which_nothing_may_leave_stands_last() {
    let deep = Bench::new(rooted("a.b", vec![field("a.c", integer()), field("n", integer()), field("a.b.d", Rule::Drop)]));
    assert_eq!(deep.passes(r#"[{"n":1,"a":{"b":{"d":"HIDDEN"},"c":2}}]"#), r#"[{"a":{"c":2,"b":{}},"n":1}]"#);
    let dropped = Bench::new(rooted("a", vec![field("n", integer()), field("a", Rule::Drop)]));
    assert_eq!(dropped.passes(r#"[{"a":{"n":"HIDDEN"},"n":1}]"#), r#"[{"n":1,"a":{}}]"#);
    assert_eq!(dropped.passes("[{}]"), r#"[{"a":{}}]"#);
    let narrowed = Plan::compile(rooted("a", vec![field("a.n", integer()), field("id", integer())])).unwrap();
    assert_eq!(narrowed.narrowed(&[path("id")]).spec().root, Some(path("a")));
}

/// Rows of a table have no objects in them, so a root is no cell.
#[test]
fn a_root_is_no_cell() {
    let spec = rooted("a", vec![field("id", integer()), field("a.n", integer())]);
    assert_eq!(Bench::new(spec).writing(Form::Csv).passes(r#"[{"id":1}]"#), "id,a.n\r\n1,\r\n");
}

#[test]
fn what_is_no_object_is_no_root() {
    let refused = |root: &str, at: &str| {
        let errors = Plan::compile(rooted(root, vec![field(at, integer())])).err().unwrap_or_default();
        errors.into_iter().map(|error| error.path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(refused("", "n"), [""]);
    assert_eq!(refused("a[].b", "n"), ["a[].b"]);
    assert_eq!(refused("a", "a"), ["a"]);
    assert_eq!(refused("a.b", "a"), ["a"]);
    assert_eq!(refused("a.b", "a.b[].n"), ["a.b[].n"]);
    assert_eq!(refused("a", "a.b[].n"), [""; 0]);
    assert_eq!(refused("a", "b"), [""; 0]);
}
