//! P1 end to end: sources that differ only in what is hidden give answers that do not differ at all.

use super::support::{AMBER_KEY, Answer, Contest, Proxy, Source, get, get_as, source};

/// Everything of an answer that a campaign can see, but for the exchange's name and the time of day.
fn seen(answer: &Answer) -> (Vec<String>, Vec<u8>, bool) {
    let moving = ["date:", "portcullis-request-id:", "portcullis-receipt:"];
    let lines = answer.head.lines().map(str::to_lowercase);
    let lines = lines.filter(|line| !moving.iter().any(|name| line.starts_with(name))).collect();
    (lines, answer.body.clone(), answer.whole)
}

fn contest() -> Contest {
    let mut contest = Contest::default();
    contest.fields.push_str("\"gifts[].on\" = { generalise = \"year\" }\n");
    contest.rows = "[export.lists]\ngifts = { max = 2, rows = [{ field = \"public\", is = true }] }\n[[export.rows]]\nfield = \"status\"\nin = [\"current\"]".into();
    contest
}

/// Of this list one element leaves.
const GIFTS: &str = r#"[{"on": "2024-05-01", "public": true}]"#;

/// A body whose hidden parts are these: fields before and after what is kept, a record that is left out, the envelope.
fn body(hidden: &str, left_out: &str, envelope: &str) -> String {
    format!(
        r#"{{{envelope}"count": 2, "next": "http://crm/api/members?offset=500", "values": [
        {{{hidden}"member_id": 1, "first_name": "Sian", "address": {{"town": "Bangor"}}, "gifts": {GIFTS}, "status": "current"}}{left_out},
        {{"status": "current", "first_name": "Owain", {hidden} "member_id": 2}}]}}"#
    )
}

#[test]
fn p1_twin_sources_that_differ_in_hidden_things_alone_cannot_be_told_apart() {
    let plain = body("", "", "");
    let twins = [
        body(r#""religion": "Sikh", "#, "", ""),
        body(r#""religion": null, "notes": "\ud83d\ude00 \u0041", "x": {"member_id": 99, "first_name": "Eve"}, "#, "", ""),
        body(r#""donations": [{"amount": 1e400}, [[[]]], "a"], "#, "", ""),
        body("", r#", {"status": "lapsed", "member_id": 3, "first_name": "Gone"}"#, ""),
        body("", "", r#""total_muslims": 114, "debug": {"sql": "select"}, "#),
        body(&format!(r#""notes": "{}", "#, "x".repeat(60_000)), "", r#""meta": [1, 2, 3], "#),
        plain.replace(
            GIFTS,
            r#"[{"to": "x"}, {"on": "2025-01-01"}, 7, {"public": true, "on": "2024-12-31"}, [{"on": "2026-01-01"}], null, {}]"#,
        ),
        plain.replace(", ", ",").replace(": ", ":"),
        plain.replace("\"religion\"", "\"\\u0072eligion\"").replace('\n', "\r\n\t"),
    ];
    let first = {
        let source = Source::json(plain);
        seen(&get(Proxy::start(&contest(), &source).public, "/leader/members", AMBER_KEY))
    };
    // Links name the port that the client used; one proxy in front of changing twins keeps it.
    let turn = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let says = std::sync::Arc::clone(&turn);
    let source = Source::scripted(move |_, stream| source::ok_json(stream, &says.lock().unwrap().clone()));
    let proxy = Proxy::start(&contest(), &source);
    *turn.lock().unwrap() = body("", "", "");
    let expected = seen(&get(proxy.public, "/leader/members", AMBER_KEY));
    assert_eq!(expected.0.len(), first.0.len());
    for twin in twins {
        *turn.lock().unwrap() = twin.clone();
        let got = seen(&get(proxy.public, "/leader/members", AMBER_KEY));
        assert_eq!(got, expected, "{}", &twin[..twin.len().min(300)]);
    }
}

#[test]
fn p1_framing_of_the_source_does_not_show() {
    let body = body("", "", "");
    let chunked = |size: usize| {
        let chunks: String =
            body.as_bytes().chunks(size).map(|c| format!("{:x}\r\n{}\r\n", c.len(), String::from_utf8_lossy(c))).collect();
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n{chunks}0\r\n\r\n"
        )
    };
    let plain = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let until_close = format!("{}{body}", String::from_utf8_lossy(source::UNTIL_CLOSE));
    let script = std::sync::Arc::new(std::sync::Mutex::new(plain));
    let says = std::sync::Arc::clone(&script);
    let source = Source::scripted(move |_, stream| source::write(stream, says.lock().unwrap().clone().as_bytes()));
    let proxy = Proxy::start(&contest(), &source);
    let expected = seen(&get(proxy.public, "/leader/members", AMBER_KEY));
    assert!(expected.2 && !expected.1.is_empty());
    for framing in [chunked(1), chunked(7), chunked(64), until_close] {
        *script.lock().unwrap() = framing;
        assert_eq!(seen(&get(proxy.public, "/leader/members", AMBER_KEY)), expected);
    }
}

const FORMS: [&str; 3] = ["application/json", "application/x-ndjson", "text/csv"];
const PAGED: &str = "page = { size = \"limit\", offset = \"offset\", max = 500 }\naccept = [\"json\", \"ndjson\", \"csv\"]";

/// One framing of a body: in one piece with its length, or in chunks of so many bytes.
fn framed(content_type: &str, body: &str, chunk: Option<usize>) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\nconnection: close\r\n");
    let Some(size) = chunk else { return format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes() };
    let chunks = body.as_bytes().chunks(size).map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
    let head = format!("{head}transfer-encoding: chunked\r\n\r\n").into_bytes();
    [head, chunks.collect::<Vec<_>>().concat(), b"0\r\n\r\n".to_vec()].concat()
}

/// Asks one proxy for each of these bodies, in each form and with several framings: in a form, all answers are the same.
fn cannot_be_told_apart(contest: &Contest, content_type: &str, bodies: &[String]) {
    let turn = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let says = std::sync::Arc::clone(&turn);
    let source = Source::scripted(move |_, stream| source::write(stream, &says.lock().unwrap().clone()));
    let proxy = Proxy::start(contest, &source);
    for accept in FORMS {
        let mut first = None;
        for body in bodies {
            for chunk in [None, Some(1), Some(61)] {
                *turn.lock().unwrap() = framed(content_type, body, chunk);
                let answer = get_as(proxy.public, "/leader/members", AMBER_KEY, accept);
                assert_eq!((answer.status, answer.whole), (200, true), "{accept}: {}", answer.text());
                assert!(answer.text().contains("Sian") && answer.text().contains("Owain"), "{accept}: {}", answer.text());
                assert_eq!(&seen(&answer), first.get_or_insert(seen(&answer)), "{accept}: {}", &body[..body.len().min(300)]);
            }
        }
    }
}

#[test]
fn p1_twin_sources_cannot_be_told_apart_in_any_form_of_the_answer() {
    let mut contest = Contest { rows: "[[export.rows]]\nfield = \"status\"\nin = [\"current\"]".into(), ..Contest::default() };
    contest.export.push_str("\naccept = [\"json\", \"ndjson\", \"csv\"]");
    let lapsed = r#", {"status": "lapsed", "member_id": 3, "first_name": "Gone"}"#;
    let bodies = [
        body("", "", ""),
        body(r#""religion": "Sikh", "#, lapsed, r#""meta": [1, 2, 3], "#),
        body(&format!(r#""notes": "{}", "x": [{{"first_name": "Eve"}}], "#, "x".repeat(900)), "", r#""self": null, "#),
        body(r#""last_name": 7, "#, "", "").replace(", ", ",").replace('\n', "\r\n\t"),
    ];
    cannot_be_told_apart(&contest, "application/json", &bodies);
}

#[test]
fn p1_twin_sources_of_lines_cannot_be_told_apart() {
    let rows = "[[export.rows]]\nfield = \"status\"\nin = [\"current\"]";
    let contest =
        Contest { records: "format = \"ndjson\"".into(), export: PAGED.into(), rows: rows.into(), ..Contest::default() };
    let (sian, owain) = (
        r#"{"member_id": 1, "first_name": "Sian", "address": {"town": "Bangor"}, "status": "current"}"#,
        r#"{"status": "current", "first_name": "Owain", "member_id": 2}"#,
    );
    let lapsed = r#"{"status": "lapsed", "member_id": 3, "first_name": "Gone"}"#;
    let hidden = |record: &str| record.replacen('{', r#"{"religion": "Sikh", "x": [{"member_id": 9}], "#, 1);
    let bodies = [
        format!("{sian}\n{owain}\n"),
        format!("{sian}\n{}\n", owain.replacen('{', &format!(r#"{{"notes": "{}", "#, "x".repeat(3000)), 1)),
        format!("{}\r\n{owain} \n", hidden(sian)),
        format!("{lapsed}\n{sian}\n{lapsed}\n{lapsed}\n{}", hidden(owain)),
        format!("{{\"notes\": \"{}\"}}\n {sian}\t\n{owain}\n{{}}", "x".repeat(3000)),
        format!(
            "{}\n{owain}\n",
            r#"{"stat\u0075s":"current","address":{"town":"Bangor","geo":1},"first_name":"Sian","member_id":1,"email":{}}"#
        ),
    ];
    cannot_be_told_apart(&contest, "application/x-ndjson", &bodies);
}

#[test]
fn p1_twin_sources_of_tables_cannot_be_told_apart() {
    let contest = Contest {
        records: "format = \"csv\"\ncolumns = [\"member_id\", \"notes\", \"first_name\", \"born\", \"status\"]".into(),
        export: PAGED.into(),
        filters: String::new(),
        fields: "member_id = { keep = \"integer\" }\nfirst_name = { keep = \"name\" }\nborn = { generalise = \"year\" }".into(),
        rows: "[[export.rows]]\nfield = \"status\"\nis = \"current\"".into(),
        ..Contest::default()
    };
    let header = "member_id,notes,first_name,born,status";
    let bodies = [
        format!("{header}\n1,,Sian,1990-05-01,current\n2,,Owain,,current\n"),
        format!("{header}\r\n1,secret,Sian,1990-12-31,current\r\n2,\"a, \"\"b\"\"\n\",Owain,never,current"),
        "\"member_id\",notes,first_name,born,status\n3,,Gone,,lapsed\n\"1\",x,\"Sian\",1990-05-01T10:15,current\n2,,Owain,1,\"current\"\n4,,,,\n".to_owned(),
        format!("{header}\n1,{},Sian,1990-01-01,current\n2,,Owain,x,current\n5,,Gone,,x\n", "x".repeat(3000)),
    ];
    cannot_be_told_apart(&contest, "text/csv", &bodies);
}

#[test]
fn p5_a_cursor_serves_its_campaign_export_and_query_alone() {
    let source = Source::json(r#"{"count": 9, "next": "http://crm/api/members?religion=Sikh&offset=500", "values": []}"#);
    let proxy = Proxy::before(&source);
    let body = get(proxy.public, "/leader/members?town=Bangor", AMBER_KEY).json();
    let next = body["next"].as_str().unwrap().split_once("/leader/").unwrap().1.to_owned();
    assert_eq!(get(proxy.public, &format!("/leader/{next}"), AMBER_KEY).status, 200);
    assert!(source.seen()[1].starts_with("GET /api/members?town=Bangor&limit=500&offset=500 "), "{}", source.seen()[1]);
    let altered = next.replace("cursor=", "cursor=A");
    let other_query = next.replace("Bangor", "Cardiff");
    let other_size = next.replace("limit=500", "limit=100");
    for wrong in [altered, other_query, other_size] {
        assert_eq!(get(proxy.public, &format!("/leader/{wrong}"), AMBER_KEY).reason(), "cursor_invalid", "{wrong}");
    }
    let both = format!("/leader/{next}&offset=5");
    assert_eq!(get(proxy.public, &both, AMBER_KEY).reason(), "query_not_allowed");
    assert_eq!(source.seen().len(), 2);
}
