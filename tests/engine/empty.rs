//! Objects that leave although nothing in them does, because clients look into them all the same.

use portcullis::engine::minimise::plan::PlanSpec;

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
