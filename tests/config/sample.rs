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

/// A contest with a list inside its records: rules, conditions and rows of its elements.
const GIFTS: &str = r#"name = { keep = "name" }
"gifts[].on" = { keep = "date", when = { "gifts[].open" = true, "gifts[].by.member" = { present = true } } }
"gifts[].sum" = { keep = "decimal", when = { "consent.post" = true } }

[export.lists]
gifts = { max = 2, rows = [
    { field = "refunded", present = false },
    { field = "by.team", is = "x" },
] }"#;

/// What is said when this gift, and a bare one, stand in the only record.
fn given(gift: &str) -> Vec<String> {
    tried(GIFTS, &format!(r#"{{"values": [{{"id": 1, "name": "A", "consent": {{"post": 1}}, "gifts": [{{}}, {gift}]}}]}}"#))
}

const WHOLE_GIFT: &str =
    r#"{"on": "2020-01-01", "sum": 1, "open": false, "refunded": true, "by": {"member": null, "team": "y"}}"#;

#[test]
fn what_elements_have_is_there() {
    assert_eq!(given(WHOLE_GIFT), [""; 0]);
    assert_eq!(given(&WHOLE_GIFT.replace("1, \"open\"", "null, \"o\\u0070en\"").replace("\"2020-01-01\"", "[]")), [""; 0]);
    let many = vec![WHOLE_GIFT.replace("false", "true"); 120].join(",");
    assert_eq!(given(&many), [""; 0], "more than may leave");
    let two = [r#"{"on": 1, "open": 1, "refunded": 0}"#, r#"{"sum": 1, "by": {"team": 1, "member": 2}}"#];
    assert_eq!(given(&two.join(",")), [""; 0], "no element has all");
}

/// Where what is said of a list's names stands, and what it is.
fn list_warning(line: usize, quoted: &str, path: &str, role: &str, help: &str) -> String {
    format!("warning contests/c.toml:{line} [{quoted}] no record of the sample sample.json has `{path}`{role} => {help}")
}

#[test]
fn names_that_no_element_has_are_told_where_they_stand() {
    let (condition, row) = (", which a condition reads", ", which decides on whole elements of a list");
    let meant = |name: &str| format!("did you mean `{name}`?");
    let cases = [
        ("\"on\"", "\"no\"", list_warning(25, "\"gifts[].on\"", "gifts[].on", "", &meant("gifts[].no"))),
        ("\"open\"", "\"opne\"", list_warning(25, "\"gifts[].open\"", "gifts[].open", condition, &meant("gifts[].opne"))),
        (
            "\"member\"",
            "\"membre\"",
            list_warning(25, "\"gifts[].by.member\"", "gifts[].by.member", condition, &meant("gifts[].by.membre")),
        ),
        ("\"refunded\"", "\"refnuded\"", list_warning(30, "\"refunded\"", "gifts[].refunded", row, &meant("gifts[].refnuded"))),
        ("\"team\"", "\"taem\"", list_warning(31, "\"by.team\"", "gifts[].by.team", row, &meant("gifts[].by.taem"))),
        ("\"sum\": 1, ", "", list_warning(26, "\"gifts[].sum\"", "gifts[].sum", "", RARE)),
    ];
    for (there, other, expected) in cases {
        assert_eq!(given(&WHOLE_GIFT.replace(there, other)), [expected], "{there} {other}");
    }
    let member = |by: &str| given(&WHOLE_GIFT.replace(r#"{"member": null, "team": "y"}"#, by));
    let inner = [
        list_warning(25, "\"gifts[].by.member\"", "gifts[].by.member", condition, RARE),
        list_warning(31, "\"by.team\"", "gifts[].by.team", row, RARE),
    ];
    for by in ["null", "{}", "7", r#"[{"member": 1, "team": 2}]"#] {
        assert_eq!(member(by), inner, "{by}");
    }
}

#[test]
fn a_list_too_long_to_leave_does_not_hide_a_misspelt_name() {
    let open = WHOLE_GIFT.replace("false", "true").replace("null", "1").replace("\"refunded\": true", "\"refunded\": null");
    let open = open.replace("\"y\"", "\"x\"");
    let many = vec![open.replace("\"sum\"", "\"smu\""); 120].join(",");
    assert_eq!(given(&many), [list_warning(26, "\"gifts[].sum\"", "gifts[].sum", "", "did you mean `gifts[].smu`?")]);
}

#[test]
fn what_is_no_list_has_no_elements() {
    let of = |gifts: &str| {
        let fields =
            "name = { keep = \"name\" }\n\"gifts[].on\" = { keep = \"date\" }\n\"tags[]\" = { keep = \"text\", max = 9 }";
        tried(fields, &format!(r#"{{"values": [{{"id": 1, "name": "A", "tags": ["x"], "gifts": {gifts}}}]}}"#))
    };
    for gifts in ["null", "[]", "[{}]", "[{\"of\": 1}]", "[null]"] {
        let help = if gifts.contains("of") { "did you mean `gifts[].of`?" } else { RARE };
        assert_eq!(of(gifts), [list_warning(25, "\"gifts[].on\"", "gifts[].on", "", help)], "{gifts}");
    }
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
