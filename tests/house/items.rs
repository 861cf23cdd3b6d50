//! Single records, end to end: by the identifier that a campaign sees, through the same plan and the same books as lists.

use serde_json::json;

use super::support::source::ok_json;
use super::support::{AMBER_KEY, Contest, MEMBER, Proxy, Source, get, get_as, source};

const RELIGIOUS: &str = r#"{"person": {"member_id": 7, "first_name": "Sian", "status": "lapsed", "religion": "MARKER"}, "precinct": {"x": "MARKER"}}"#;

fn contest() -> Contest {
    let usual = Contest::default();
    Contest {
        export: format!(
            "{}\nitem = \"/members/{{member_id}}/card\"\nsource_item = \"/people/{{id}}.json\"\nitem_record = \"/person\"\nselect_param = \"fields\"",
            usual.export
        ),
        fields: usual.fields.replace("member_id = { keep = \"integer\" }", "member_id = \"tokenise\""),
        rows: "[[export.rows]]\nfield = \"status\"\nin = [\"current\"]".into(),
        ..usual
    }
}

/// One member in the list, who is current; and by number 1 that member, 7 one who has lapsed, 8 none, 9 trouble.
fn members() -> Source {
    Source::scripted(|head, stream| match head.split(' ').nth(1).unwrap().split(['?', '.']).next().unwrap() {
        "/api/people/1" => ok_json(stream, &format!(r#"{{"links": "MARKER", "person": {}}}"#, MEMBER)),
        "/api/people/7" => ok_json(stream, RELIGIOUS),
        "/api/people/8" => {
            source::write(stream, b"HTTP/1.1 404 No\r\ncontent-type: application/json\r\ncontent-length: 8\r\n\r\n\"MARKER\"")
        }
        "/api/people/9" => source::write(stream, b"HTTP/1.1 500 No\r\ncontent-length: 6\r\n\r\nMARKER"),
        _ => ok_json(stream, &format!(r#"{{"values":[{}],"next":null}}"#, MEMBER)),
    })
}

/// The token of a member, as a campaign finds it in its list.
fn token(proxy: &Proxy) -> String {
    let list = get(proxy.public, "/leader/members", AMBER_KEY).json();
    list["values"][0]["member_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_record_is_found_by_its_token_and_leaves_as_in_the_list() {
    let source = members();
    let proxy = Proxy::start(&contest(), &source);
    let token = token(&proxy);
    let found = get(proxy.public, &format!("/leader/members/{token}/card"), AMBER_KEY);
    let record = json!({"member_id": token, "first_name": "Sian", "last_name": "Griffiths", "email": "sian@example.org"});
    assert_eq!((found.status, found.json()), (200, json!({"person": record})), "{}", found.text());
    let some = get(proxy.public, &format!("/leader/members/{token}/card?fields=last_name"), AMBER_KEY);
    assert_eq!(some.json(), json!({"person": {"last_name": "Griffiths"}}));
    let asked = source.seen().last().unwrap().lines().next().unwrap().to_owned();
    assert_eq!(asked, "GET /api/people/1.json?fields=member_id%2Cstatus%2Clast_name HTTP/1.1");
    let table = get_as(proxy.public, &format!("/leader/members/{token}/card"), AMBER_KEY, "text/csv");
    assert_eq!((table.status, table.reason().as_str()), (406, "format_not_offered"));
    assert!(
        proxy.metrics().contains("portcullis_records_total{contest=\"leader\",campaign=\"amber\"} 3\n"),
        "{}",
        proxy.metrics()
    );
}

#[test]
fn p5_one_who_is_left_out_is_as_one_who_is_not_there() {
    let source = Source::scripted(|head, stream| match head.contains("/people/1.json") {
        true => ok_json(stream, RELIGIOUS),
        false => ok_json(stream, &format!(r#"{{"values":[{}],"next":null}}"#, MEMBER)),
    });
    let proxy = Proxy::start(&contest(), &source);
    let lapsed = get(proxy.public, &format!("/leader/members/{}/card", token(&proxy)), AMBER_KEY);
    let gone = Source::scripted(|head, stream| match head.contains("/people/1.json") {
        true => source::write(stream, b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n"),
        false => ok_json(stream, &format!(r#"{{"values":[{}],"next":null}}"#, MEMBER)),
    });
    let other = Proxy::start(&contest(), &gone);
    let unknown = get(other.public, &format!("/leader/members/{}/card", token(&other)), AMBER_KEY);
    assert_eq!((lapsed.status, lapsed.reason().as_str()), (404, "record_unknown"));
    assert_eq!((unknown.status, unknown.reason()), (404, lapsed.reason()));
    assert_eq!(lapsed.json()["detail"], unknown.json()["detail"]);
    assert!(!format!("{lapsed:?}{}", proxy.log()).contains("MARKER"));
}

#[test]
fn p4_what_is_no_token_is_no_record_and_the_source_is_not_asked() {
    let source = members();
    let proxy = Proxy::start(&contest(), &source);
    let token = token(&proxy);
    let upper = token.to_uppercase();
    for guess in ["1", "7", "..", "%2e%2e", "..%2f..%2fadmin", "t1_", &token[..20], &upper, &format!("{token}%00")] {
        let answer = get(proxy.public, &format!("/leader/members/{guess}/card"), AMBER_KEY);
        assert_eq!(answer.status, 404, "{guess}: {}", answer.text());
    }
    for query in ["religion=1", "limit=1", "offset=1", "fields=religion", "cursor=x"] {
        let answer = get(proxy.public, &format!("/leader/members/{token}/card?{query}"), AMBER_KEY);
        assert_eq!((answer.status, answer.reason().as_str()), (400, "query_not_allowed"), "{query}");
    }
    assert_eq!(source.seen().len(), 1, "only the list was asked for");
}
