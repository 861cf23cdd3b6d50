//! Forms, end to end: lists that come as lines or tables, and lists that leave as the campaign asks.

use std::fs;

use super::support::proxy::program;
use super::support::{AMBER_KEY, Answer, Contest, MEMBER, Proxy, Source, get, get_as, page};

const LIST: &str = "/leader/members";

/// The usual list, in every form.
fn every_form() -> Contest {
    let mut contest = Contest::default();
    contest.export.push_str("\naccept = [\"json\", \"csv\", \"ndjson\"]");
    contest
}

fn table() -> Contest {
    Contest {
        records: "format = \"csv\"\ncolumns = [\"member_id\", \"first_name\", \"religion\", \"status\"]".into(),
        export: "page = { size = \"limit\", offset = \"offset\", max = 500 }\naccept = [\"csv\", \"json\"]".into(),
        filters: String::new(),
        fields: "member_id = { keep = \"integer\" }\nfirst_name = { keep = \"name\" }".into(),
        rows: "[[export.rows]]\nfield = \"status\"\nis = \"current\"".into(),
        ..Contest::default()
    }
}

const TABLE: &str = "member_id,first_name,religion,status\r\n1,Siân,MARKER,current\r\n2,Al,\"MARKER\nx\",lapsed\r\n";

fn csv(proxy: &Proxy) -> Answer {
    get_as(proxy.public, LIST, AMBER_KEY, "text/csv")
}

#[test]
fn a_json_list_leaves_in_the_form_that_accept_asks_for() {
    let source = Source::json(page(&format!("{MEMBER}, {{\"member_id\": 2, \"first_name\": \"-Al\"}}")));
    let proxy = Proxy::start(&every_form(), &source);
    let table = csv(&proxy);
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(
        table.text(),
        "member_id,first_name,last_name,email,address.town\r\n1,Sian,Griffiths,sian@example.org,\r\n2,'-Al,,,\r\n"
    );
    let lines = get_as(proxy.public, LIST, AMBER_KEY, "application/x-ndjson, application/json;q=0.5");
    assert_eq!(lines.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(
        lines.text(),
        "{\"member_id\":1,\"first_name\":\"Sian\",\"last_name\":\"Griffiths\",\"email\":\"sian@example.org\"}\n{\"member_id\":2,\"first_name\":\"-Al\"}\n"
    );
    for plain in [get(proxy.public, LIST, AMBER_KEY), get_as(proxy.public, LIST, AMBER_KEY, "text/html, */*;q=0.1")] {
        assert_eq!((plain.header("content-type"), &plain.json()["count"]), (Some("application/json"), &2.into()));
    }
    for answer in [&table, &lines] {
        assert!(answer.whole && answer.header("content-length").is_none() && answer.header("link").is_none());
    }
    let refused = get_as(proxy.public, LIST, AMBER_KEY, "text/html");
    assert_eq!((refused.status, refused.reason()), (406, "format_not_offered".to_owned()));
    assert!(refused.json()["detail"].as_str().unwrap().ends_with("`application/json` or `text/csv` or `application/x-ndjson`."));
    assert_eq!(source.seen().len(), 4, "what is refused is not asked for");
    let status = get(proxy.public, "/leader/-/status", AMBER_KEY).json();
    assert_eq!(status["exports"][0]["accept"], serde_json::json!(["application/json", "text/csv", "application/x-ndjson"]));
}

#[test]
fn a_form_without_an_envelope_says_the_next_page_in_its_head() {
    let source = Source::scripted(|head, stream| {
        let next = if head.contains("offset=2") { "null" } else { "\"http://crm/api/members?limit=2&offset=2\"" };
        super::support::source::ok_json(stream, &format!(r#"{{"values":[{MEMBER}],"next":{next}}}"#));
    });
    let proxy = Proxy::start(&every_form(), &source);
    let first = get_as(proxy.public, "/leader/members?limit=2", AMBER_KEY, "text/csv");
    let link = first.header("link").unwrap().to_owned();
    let base = format!("<http://{}", proxy.public);
    let target = link.strip_prefix(&base).and_then(|rest| rest.strip_suffix(">; rel=\"next\"")).unwrap();
    assert!(target.starts_with("/leader/members?limit=2&cursor="), "{link}");
    let last = get_as(proxy.public, target, AMBER_KEY, "text/csv");
    assert_eq!((last.status, last.header("link")), (200, None), "{}", last.text());
    assert_eq!(first.text(), last.text());
    assert!(source.seen()[1].contains("offset=2"));
}

#[test]
fn a_page_that_is_too_long_to_know_its_next_one_is_refused_and_not_cut() {
    let records = vec![MEMBER; 20].join(",");
    let late = Source::json(format!(r#"{{"values":[{records}],"next":null}}"#));
    let bounds = "[bounds]\nvalidate_whole_bytes_max = 1024".to_owned();
    let proxy = Proxy::start(&Contest { process: bounds.clone(), ..every_form() }, &late);
    let refused = csv(&proxy);
    // The scripted source may arrive in one piece, which is then whole.
    assert!(refused.status == 200 || refused.reason() == "body_too_large", "{}", refused.text());
    assert_eq!(get(proxy.public, LIST, AMBER_KEY).status, 200, "as JSON it has its link inside");
    let early = Source::json(format!(r#"{{"next":null,"values":[{records}]}}"#));
    let proxy = Proxy::start(&Contest { process: bounds, ..every_form() }, &early);
    assert_eq!(csv(&proxy).text().lines().count(), 21);
}

#[test]
fn a_table_comes_in_and_leaves_as_a_table_or_json() {
    let source = Source::of_type("text/csv; charset=utf-8", TABLE);
    let proxy = Proxy::start(&table(), &source);
    let usual = get(proxy.public, LIST, AMBER_KEY);
    assert_eq!((usual.status, usual.text().as_str()), (200, "member_id,first_name\r\n1,Siân\r\n"));
    assert_eq!(get_as(proxy.public, LIST, AMBER_KEY, "application/json").text(), r#"[{"member_id":"1","first_name":"Siân"}]"#);
    assert!(source.seen().iter().all(|head| head.contains("accept: text/csv\r\n")), "{:?}", source.seen());
}

#[test]
fn p2_a_table_in_small_chunks_leaves_the_same() {
    let chunked = |length: usize| {
        let chunks: Vec<_> = TABLE.as_bytes().chunks(length).collect();
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
        let framed = chunks.iter().map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
        Source::raw([head.to_vec(), framed.collect::<Vec<_>>().concat(), b"0\r\n\r\n".to_vec()].concat())
    };
    for length in [1, 7, 64] {
        let answer = get(Proxy::start(&table(), &chunked(length)).public, LIST, AMBER_KEY);
        assert_eq!((answer.status, answer.text().as_str()), (200, "member_id,first_name\r\n1,Siân\r\n"));
    }
}

#[test]
fn a_table_that_breaks_off_is_broken_off() {
    let rows: String = (0..20_000).map(|n| format!("{n},Al,x,current\r\n")).collect();
    let body = format!("{}{rows}1,\"Al\"x,y,current\r\n", &TABLE[..TABLE.find('1').unwrap()]);
    let contest = Contest { process: "[bounds]\nvalidate_whole_bytes_max = 0".into(), ..table() };
    let proxy = Proxy::start(&contest, &Source::of_type("text/csv", &body));
    let answer = get(proxy.public, LIST, AMBER_KEY);
    assert!(answer.status == 200 && !answer.whole, "{}", answer.head);
    assert!(!answer.text().contains('x'), "no hidden cell leaves");
    assert_eq!(proxy.rejections(1)[0]["reason"], "body_malformed");
}

#[test]
fn lines_come_in_and_leave_as_lines() {
    let source = Source::of_type("application/jsonl", &format!("{MEMBER}\n{{\"member_id\": 2}}\n"));
    let contest = Contest {
        records: "format = \"ndjson\"".into(),
        export: "page = { size = \"limit\", offset = \"offset\", max = 500 }".into(),
        ..Contest::default()
    };
    let proxy = Proxy::start(&contest, &source);
    let lines = get(proxy.public, LIST, AMBER_KEY);
    assert_eq!(lines.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(lines.text().lines().nth(1), Some(r#"{"member_id":2}"#));
    assert_eq!(get_as(proxy.public, LIST, AMBER_KEY, "application/json").status, 406);
}

#[test]
fn a_source_that_writes_another_table_is_refused_by_name() {
    let until_close = |kind: &str, body: &str| Source::raw(format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n\r\n{body}"));
    let cases = [
        ("shape_unexpected", Source::of_type("text/csv", &TABLE.replace("religion,status", "status,religion"))),
        ("body_malformed", Source::of_type("text/csv", &TABLE.replace("\"MARKER", "MARKER"))),
        ("body_malformed", Source::of_type("text/csv", &format!("{TABLE}3,Bo\r\n"))),
        ("content_type_unexpected", Source::of_type("application/json", TABLE)),
        ("content_type_unexpected", Source::of_type("text/csv; charset=windows-1252", TABLE)),
        ("upstream_broke_off", until_close("text/csv", TABLE)),
    ];
    for (reason, source) in cases {
        let answer = get(Proxy::start(&table(), &source).public, LIST, AMBER_KEY);
        assert_eq!((answer.status, answer.reason()), (502, reason.to_owned()));
        assert!(!answer.text().contains("MARKER"));
    }
}

#[test]
fn preview_reads_tables_and_shows_other_forms() {
    let folder = table().write(Source::json("").address);
    let sample = folder.join("sample.csv");
    fs::write(&sample, TABLE).unwrap();
    let preview = |options: &[&str]| {
        let asked = ["preview", "--contest", "leader", "--export", "members", "--config", folder.to_str().unwrap()];
        let output = program().args(asked).args(options).arg(&sample).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, text) = preview(&[]);
    assert_eq!(code, Some(0), "{text}");
    for said in ["of 2 records 1 would leave", "religion", "dropped: no rule names it", "member_id,first_name\n1,Siân"] {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
    let (_, json) = preview(&["--json", "--form", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["form"], &json["body"][0]["member_id"]), (&"json".into(), &"1".into()));
    assert_eq!(preview(&["--form", "ndjson"]).0, Some(2));
    fs::remove_dir_all(&folder).unwrap();
}
