//! Lists inside records, end to end: an array comes in, and what may leave of its elements leaves as an array.

use std::fs;

use super::support::proxy::program;
use super::support::{AMBER_KEY, Contest, Proxy, Source, get, get_as, page};

const LIST: &str = "/leader/members";

const RECORDS: [&str; 3] = [
    r#"{"member_id": 1, "tags": ["MARKER tag that is too long", "a"], "consent": {"post": true}, "gifts": [
        {"on": "2024-05-01", "sum": 12.50, "public": true, "to": "MARKER"}, {"on": "2025-01-31", "sum": 3, "public": false},
        {"sum": "MARKER"}, "MARKER", ["MARKER"], null, {"public": true, "refunded": "MARKER", "on": "1999-01-01"}]}"#,
    r#"{"member_id": 2, "tags": [], "gifts": [{"on": "2020-01-01"}, {"on": "2021-01-01"}, {"on": "2022-01-01"}, {"on": "2023-01-01"}]}"#,
    r#"{"member_id": 3, "tags": ["MARKER"], "gifts": {"on": "2020-01-01", "to": "MARKER"}}"#,
];

const LEFT: [&str; 3] = [
    r#"{"member_id":1,"gifts":[{"on":"2024","sum":12.50},{"on":"2025"}],"tags":["a"]}"#,
    r#"{"member_id":2,"tags":[]}"#,
    r#"{"member_id":3,"tags":[]}"#,
];

fn contest() -> Contest {
    let mut contest = Contest {
        filters: String::new(),
        fields: r#"
member_id = { keep = "integer" }
"gifts[].on" = { generalise = "year" }
"gifts[].sum" = { keep = "decimal", when = { "gifts[].public" = true } }
"tags[]" = { keep = "text", max = 12, when = { "consent.post" = true } }
"gifts[].to" = { drop = "political-opinion" }
"#
        .into(),
        rows: "[export.lists]\ngifts = { max = 3, rows = [{ field = \"refunded\", present = false }] }".into(),
        ..Contest::default()
    };
    contest.export.push_str("\naccept = [\"json\", \"ndjson\"]");
    contest
}

#[test]
fn a_list_leaves_as_json_and_lines_and_never_as_a_table() {
    let source = Source::json(page(&RECORDS.join(", ")));
    let proxy = Proxy::start(&contest(), &source);
    let whole = get(proxy.public, LIST, AMBER_KEY);
    assert!(whole.text().contains(&format!(r#""values":[{}]"#, LEFT.join(","))), "{}", whole.text());
    let lines = get_as(proxy.public, LIST, AMBER_KEY, "application/x-ndjson");
    assert_eq!(lines.text(), format!("{}\n", LEFT.join("\n")));
    assert!(!whole.text().contains("MARKER") && !lines.text().contains("MARKER"));
    let table = get_as(proxy.public, LIST, AMBER_KEY, "text/csv");
    assert_eq!((table.status, table.reason()), (406, "format_not_offered".to_owned()));
    let hidden = get(proxy.public, "/leader/members?to=x", AMBER_KEY);
    assert_eq!((hidden.status, hidden.reason()), (400, "query_not_allowed".to_owned()));
    assert_eq!(source.seen().len(), 2, "what is refused is not asked for");
    let status = get(proxy.public, "/leader/-/status", AMBER_KEY).json();
    assert_eq!(status["exports"][0]["accept"], serde_json::json!(["application/json", "application/x-ndjson"]));
    assert!(status["exports"][0]["fields"].to_string().contains("gifts[].sum"), "{status}");
    let counted = "portcullis_fields_total{contest=\"leader\",export=\"members\",action=\"generalise\"} 4\n";
    assert!(proxy.metrics().contains(counted), "{}", proxy.metrics());
}

#[test]
fn a_list_comes_in_lines_too() {
    let lines: String = RECORDS.iter().map(|record| record.replace('\n', " ") + "\n").collect();
    let shape = Contest {
        records: "format = \"ndjson\"".into(),
        export: "page = { size = \"limit\", offset = \"offset\", max = 500 }\naccept = [\"ndjson\", \"json\"]".into(),
        ..contest()
    };
    let proxy = Proxy::start(&shape, &Source::of_type("application/x-ndjson", &lines));
    assert_eq!(get(proxy.public, LIST, AMBER_KEY).text(), format!("{}\n", LEFT.join("\n")));
    assert_eq!(get_as(proxy.public, LIST, AMBER_KEY, "application/json").text(), format!("[{}]", LEFT.join(",")));
}

#[test]
fn check_refuses_a_list_as_a_cell() {
    let check = |contest: Contest| {
        let folder = contest.write(Source::json("").address);
        let output = program().args(["check", "--config"]).arg(&folder).output().unwrap();
        fs::remove_dir_all(&folder).unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let promised = check(Contest { export: "accept = [\"json\", \"csv\"]".into(), ..contest() });
    assert!(promised.0 == Some(1) && promised.1.contains("a list inside a record cannot be a cell"), "{}", promised.1);
    let columns = "format = \"csv\"\ncolumns = [\"member_id\", \"gifts\", \"tags\"]";
    let (code, said) = check(Contest { records: columns.into(), export: "accept = [\"json\"]".into(), ..contest() });
    assert!(code == Some(1) && said.contains("`tags[]`: a cell is a text and no list"), "{said}");
}

#[test]
fn preview_counts_each_value_and_names_unruled_fields_of_elements() {
    let folder = contest().write(Source::json("").address);
    let sample = folder.join("sample.json");
    fs::write(&sample, page(&RECORDS.join(","))).unwrap();
    let preview = |options: &[&str]| {
        let asked = ["preview", "--contest", "leader", "--export", "members", "--config", folder.to_str().unwrap()];
        let output = program().args(asked).args(options).arg(&sample).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let text = preview(&[]);
    let said = |field: &str| {
        let row =
            text.lines().find(|line| line.trim_start().starts_with(field)).unwrap_or_else(|| panic!("{field} is not in\n{text}"));
        row.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        said("gifts[].on"),
        "gifts[].on generalise 1 dropped: its condition does not hold; 4 dropped: not of its format; 2 generalised; 2 not there"
    );
    assert_eq!(said("gifts[].to"), "gifts[].to drop political-opinion 6 dropped by its rule; 3 not there");
    assert_eq!(said("gifts[].public"), "gifts[].public - 3 dropped: no rule names it");
    assert_eq!(said("gifts[].refunded"), "gifts[].refunded - 1 dropped: no rule names it");
    let json: serde_json::Value = serde_json::from_str(&preview(&["--json"])).unwrap();
    assert_eq!(json["fields"][1]["field"], "gifts[].on");
    assert_eq!(json["fields"][1]["happened"]["generalised"], 2);
    assert_eq!((&json["unnamed"]["gifts[].public"], &json["unnamed"]["consent.post"]), (&3.into(), &1.into()));
    assert_eq!(json["body"]["values"][1]["tags"], serde_json::json!([]));
    fs::remove_dir_all(&folder).unwrap();
}
