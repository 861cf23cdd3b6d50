//! What a preview is told: what became of every field of every record, and why.

use std::sync::Arc;

use crate::bench_of::{Link, domain, field, keyring, spec};
use portcullis::engine::format::Format;
use portcullis::engine::ids::{Part, spell};
use portcullis::engine::minimise::plan::{Plan, PlanSpec};
use portcullis::engine::minimise::rule::Rule;
use portcullis::engine::minimise::{Fate, Minimiser, Witness};

#[derive(Default)]
struct Diary(Vec<String>);

impl Witness for Diary {
    fn field(&mut self, field: usize, fate: Fate) {
        if fate != Fate::Absent {
            self.0.push(format!("{field} {fate:?}"));
        }
    }
    fn unnamed(&mut self, path: &[Part]) {
        self.0.push(format!("unnamed {}", spell(path)));
    }
    fn released(&mut self, id: Option<&str>) {
        self.0.push(format!("released {id:?}"));
    }
    fn left_out(&mut self, row: usize) {
        self.0.push(format!("left out by {row}"));
    }
}

fn diary(spec: PlanSpec, items: &str, chunk: usize) -> Vec<String> {
    let (plan, keys) = (Arc::new(Plan::compile(spec).unwrap()), Arc::new(keyring("leader", "amber")));
    let mut machine = Minimiser::watched(plan, keys, Diary::default());
    let body = format!(r#"{{"data":{{"items":[{items}]}}}}"#);
    let mut out = Vec::new();
    for chunk in body.as_bytes().chunks(chunk) {
        machine.feed(chunk, &mut Link, &mut out).unwrap();
    }
    machine.finish(&mut out).unwrap();
    machine.witness().0.clone()
}

#[test]
fn every_fate_is_told_with_its_reason() {
    let items = r#"{"id":7,"name":"Zoë","address":{"town":[],"postcode":"E1 6AN","g\u0065o":{"lat":1}},"mobile":"07700 900123","union":"u",
        "card":1234,"religion":"x","x":[{"y":1}],"status":"current","consent":{"phone":false,"post":true}},
        {"status":"lapsed"}"#;
    let expected = [
        "unnamed address.geo",
        "unnamed x",
        "unnamed status",
        "unnamed consent.phone",
        "unnamed consent.post",
        "0 Tokenised",
        "1 Kept",
        "2 DroppedByFormat",
        "5 Generalised",
        "4 DroppedByCondition",
        "6 Pseudonymised",
        "7 Masked",
        "8 DroppedByRule",
        "released Some(\"7\")",
        "unnamed status",
        "left out by 0",
    ];
    assert_eq!(diary(spec(), items, 4096), expected);
    assert_eq!(diary(spec(), items, 1), expected, "told once, whatever the chunks");
}

#[test]
fn unnamed_members_of_elements_are_told_with_their_list() {
    let fields = vec![
        field("g[].n", Rule::Keep(Format::Integer)),
        field("g[].o.p", Rule::Drop),
        field("t[][]", Rule::Keep(Format::Integer)),
    ];
    let spec = || PlanSpec { fields: fields.clone(), lists: Vec::new(), rows: Vec::new(), ..spec() };
    let items = r#"{"g":[{"n":1,"z":[{"n":2}]},{"o":{"p":1,"x.y":2},"n":[]},7],"t":[[1,2],{"q":1}],"u":[{"n":1}]}"#;
    let expected = [
        "unnamed g[].z",
        "unnamed /g~[]/o/x.y",
        "unnamed u",
        "0 Kept",
        "0 DroppedByFormat",
        "0 DroppedByFormat",
        "1 DroppedByRule",
        "1 DroppedByRule",
        "2 Kept",
        "2 Kept",
        "2 DroppedByFormat",
        "released None",
    ];
    assert_eq!(diary(spec(), items, 4096), expected);
    assert_eq!(diary(spec(), items, 3), expected);
    let other = r#"{"g":{"n":1,"z":2},"t":null}"#;
    assert_eq!(diary(spec(), other, 4096), ["0 DroppedByFormat", "1 DroppedByRule", "released None"]);
}

#[test]
fn an_object_in_the_place_of_a_field_and_a_field_in_the_place_of_an_object_are_told() {
    let fields = vec![field("a", Rule::Pseudonymise(domain())), field("b.c", Rule::Tokenise)];
    let told = diary(PlanSpec { fields, lists: Vec::new(), rows: Vec::new(), ..spec() }, r#"{"a":{"z":1},"b":"x"}"#, 4096);
    assert_eq!(told, ["unnamed b", "0 DroppedByFormat", "released None"]);
}
