//! P4 end to end: markers in every place that no rule names, and under allowed names in kinds that they do not take; none leaves,
//! in whichever form a list comes and goes.

use super::support::{AMBER_KEY, Contest, Proxy, Source, get_as, source};

const FORMS: [&str; 3] = ["application/json", "application/x-ndjson", "text/csv"];

/// Records of which the first has what may leave, and the others markers alone.
const RECORDS: [&str; 6] = [
    r#"{"member_id": 1, "first_name": "Sian", "religion": "MARKER", "MARKER": {"first_name": "MARKER"}, "consent": {"email": "MARKER"}}"#,
    r#"{"member_id": "MARKER", "first_name": ["MARKER"], "last_name": {"MARKER": 1}, "address": [{"town": "MARKER"}]}"#,
    r#"{"first_name": "{\"first_name\": \"MARKER\"}", "last_name": "MARKER7", "address": {"town": ["MARKER"], "x": "MARKER"}}"#,
    r#"{"First_Name": "MARKER", "first_name ": "MARKER", "address.town": "MARKER", "first\u005Fnаme": "MARKER"}"#,
    r#"{"email": "MARKER@example.org", "consent": {"email": 2}, "address": "MARKER", "member_id": {"member_id": "MARKER"}}"#,
    r#"{"address": {"address": {"town": "MARKER"}, "Town": "MARKER", "town": "[\"MARKER\"]"}, "last_name": "MARKER\n"}"#,
];

/// An answer with markers in its head, too.
fn answer(content_type: &str, body: &str) -> Source {
    let head = format!(
        "HTTP/1.1 200 MARKER\r\ncontent-type: {content_type}\r\nx-marker: MARKER\r\nset-cookie: a=MARKER\r\netag: \"MARKER\"\r\nlink: <http://MARKER/>; rel=\"next\"\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    Source::scripted(move |_, stream| source::write(stream, head.as_bytes()))
}

fn nothing_marked_leaves(contest: &Contest, source: &Source) {
    let proxy = Proxy::start(contest, source);
    for accept in FORMS {
        let answer = get_as(proxy.public, "/leader/members", AMBER_KEY, accept);
        assert_eq!((answer.status, answer.whole), (200, true), "{accept}: {}", answer.text());
        let all = format!("{}\n{}", answer.head, answer.text());
        assert!(all.contains("Sian") && !all.to_lowercase().contains("marker"), "{accept}: {all}");
    }
}

fn offered(format: &str) -> Contest {
    let accept = "accept = [\"json\", \"ndjson\", \"csv\"]";
    let mut contest = Contest::default();
    if format != "json" {
        contest.records = format!("format = \"{format}\"");
        contest.export = "page = { size = \"limit\", offset = \"offset\", max = 500 }".into();
    }
    contest.export = format!("{}\n{accept}", contest.export);
    contest
}

#[test]
fn p4_nothing_unnamed_leaves_of_a_document() {
    let body = format!(
        r#"{{"MARKER": 1, "count": {{"MARKER": 1}}, "values": [{}], "meta": ["MARKER"], "next": "http://crm/MARKER?limit=500&offset=9&MARKER=MARKER"}}"#,
        RECORDS.join(", ")
    );
    nothing_marked_leaves(&offered("json"), &answer("application/json", &body));
}

#[test]
fn p4_nothing_unnamed_leaves_of_lines() {
    nothing_marked_leaves(&offered("ndjson"), &answer("application/x-ndjson", &RECORDS.join("\n")));
}

#[test]
fn p4_nothing_unnamed_leaves_of_a_table() {
    let contest = Contest {
        records: "format = \"csv\"\ncolumns = [\"MARKER\", \"member_id\", \"first_name\", \"notes\", \"mobile\", \"ok\"]".into(),
        filters: String::new(),
        fields: r#"
member_id = { keep = "integer" }
first_name = { keep = "name" }
mobile = { keep = "phone", when = { ok = "yes" } }
notes = { drop = "health" }
"#
        .into(),
        ..offered("csv")
    };
    let rows = [
        "MARKER,member_id,first_name,notes,mobile,ok",
        "MARKER,1,Sian,\"MARKER,\"\"\",07700 900123,yes",
        "MARKER,MARKER,MARKER7,MARKER,MARKER,yes",
        "\"\n\",=MARKER,\"MARKER\n\",,07700 900123 MARKER,MARKER",
        "[MARKER],\"{\"\"MARKER\"\":1}\",[MARKER],MARKER,,",
    ];
    nothing_marked_leaves(&contest, &answer("text/csv", &rows.join("\r\n")));
}
