//! Samples of a source: names that no record has, in every form in which a source writes.

use crate::desk::{CONTEST, Desk};

const NAME: &str = "name = { keep = \"name\" }";
const RARE: &str = "compare it with the source's spelling; where it is merely rare, try a larger sample";

/// What is said of the small contest with other fields (and rows below them), tried on a body.
fn tried(fields: &str, body: &str) -> Vec<String> {
    amended(NAME, fields, body)
}

fn amended(part: &str, replacement: &str, body: &str) -> Vec<String> {
    let text = CONTEST.replace("joined = { keep = \"date\" }\n", "").replace(part, replacement);
    Desk::small().file("contests/c.toml", text).brief_trying(body)
}

#[test]
fn names_that_no_record_has_are_told_with_what_may_be_meant() {
    let body =
        r#"{"values": [{"id": 1, "first_name": "Ada", "consent": {"email": true}, "state": "x"}, {"id": 2, "nick": null}]}"#;
    let fields = r#"fist_name = { keep = "name" }
nick = "tokenise"
email = { keep = "email", when = { "consent.emial" = true } }

[[export.rows]]
field = "satte"
present = false"#;
    let expected = [
        "warning contests/c.toml:24 [fist_name] no record of the sample sample.json has `fist_name` => did you mean `first_name`?",
        &format!("warning contests/c.toml:26 [email] no record of the sample sample.json has `email` => {RARE}"),
        "warning contests/c.toml:26 [\"consent.emial\"] no record of the sample sample.json has `consent.emial`, which a condition reads => did you mean `consent.email`?",
        "warning contests/c.toml:29 [\"satte\"] no record of the sample sample.json has `satte`, which decides on whole records => did you mean `state`?",
    ];
    assert_eq!(tried(fields, body), expected);
}

#[test]
fn what_any_record_has_in_any_kind_is_there() {
    let quiet = [
        ("a = { keep = \"integer\" }", r#"{"values": [{"id": 1, "a": null}]}"#),
        ("a = \"drop\"", r#"{"values": [{"id": null, "a": []}]}"#),
        ("\"a.b\" = { pseudonymise = \"d\" }", r#"{"values": [{"id": 1}, {"a": {"\u0062": 1}}]}"#),
        (
            "a = \"tokenise\"\nb = { keep = \"name\", when = { c = 1 } }\n[[export.rows]]\nfield = \"status\"\nis = \"current\"",
            r#"{"values": [{"id": 1, "a": 1, "b": 1, "c": 2, "status": "lapsed"}]}"#,
        ),
        (
            "a = { keep = \"name\", when = { c = { present = true } } }\nb = { keep = \"name\", when = { \"c.d\" = 1 } }",
            r#"{"values": [{"id": 1, "a": 1, "b": 1, "c": {"d": 1}}]}"#,
        ),
    ];
    for (fields, body) in quiet {
        assert_eq!(tried(fields, body), [""; 0], "{fields}");
    }
}

#[test]
fn a_misspelt_identifier_is_told() {
    let fields = "id = \"ident\"";
    let said = amended("id = \"id\"", fields, r#"{"values": [{"idnet": 1, "name": "Ada"}]}"#);
    assert_eq!(said.len(), 1, "the export has a problem, so nothing is tried: {said:?}");
    let said = tried(NAME, r#"{"values": [{"Id": 1, "name": "Ada"}]}"#);
    assert_eq!(said, ["warning contests/c.toml:23 [id] no record of the sample sample.json has `id` => did you mean `Id`?"]);
}

#[test]
fn lines_and_tables_are_tried_too() {
    let lines = amended("records = \"/values\"", "format = \"ndjson\"", "{\"id\":1}\n{\"id\":2,\"nmae\":\"x\"}\n");
    assert_eq!(
        lines,
        ["warning contests/c.toml:24 [name] no record of the sample sample.json has `name` => did you mean `nmae`?"]
    );
    let table = "format = \"csv\"\ncolumns = [\"id\", \"name\", \"nickname\"]";
    assert_eq!(amended("records = \"/values\"", table, "id,name,nickname\n1,Ada,\n"), [""; 0]);
    let empty = amended("records = \"/values\"", table, "id,name,nickname\n1,,Ada\n");
    assert_eq!(empty, [format!("warning contests/c.toml:25 [name] no record of the sample sample.json has `name` => {RARE}")]);
}

#[test]
fn samples_that_cannot_be_tried_say_why() {
    let refused = "compare `format`, `records` and `columns` with the sample, or save it again as the source sent it";
    let told = |what: &str, help: &str| [format!("warning contests/c.toml:17 [\"members\"] {what} => {help}")];
    assert_eq!(
        tried(NAME, r#"{"values": []}"#),
        told("the sample sample.json has no record", "give one that has: nothing was tried")
    );
    let elsewhere = tried(NAME, r#"{"items": []}"#);
    assert_eq!(
        elsewhere,
        told(
            "the proxy would refuse the sample sample.json: shape_unexpected (the records are not where the export says, at byte 12)",
            refused
        )
    );
    assert_eq!(
        tried(NAME, r#"{"values": [{"a":1,"a":2}]}"#),
        told("the proxy would refuse the sample sample.json: body_malformed (an object repeats a name, at byte 25)", refused)
    );
}
