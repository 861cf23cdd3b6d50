//! P11: markers in every input, none in any output but the answer that they belong to.

use super::support::{AMBER_KEY, Contest, Proxy, Source, TEAL_KEY, folder, get, page, send, source};

#[test]
fn p11_no_value_key_query_or_credential_reaches_log_metrics_or_books() {
    let record = r#"{"member_id": 1, "first_name": "MARKERkept", "last_name": "MARKER-dropped", "email": 7, "religion": "MARKER-religion", "MARKER-name": 1}"#;
    let source = Source::scripted(move |head, stream| match head.contains("limit=7") {
        true => source::ok_json(stream, r#"{"values": [{"member_id": "MARKER}"#),
        false => source::ok_json(stream, &page(record)),
    });
    let mut proxy = Proxy::start(&Contest { amber_credential: "actor = \"Sam at Amber\"".into(), ..Contest::default() }, &source);
    let requests = [
        format!(
            "GET /leader/members?town=MARKERtown HTTP/1.1\r\nauthorization: Bearer {AMBER_KEY}\r\nuser-agent: MARKER\r\nx-forwarded-for: MARKER\r\n"
        ),
        format!("GET /leader/members?MARKERparam=MARKERvalue HTTP/1.1\r\nauthorization: Bearer {AMBER_KEY}\r\n"),
        format!("GET /leader/members?cursor=MARKERcursor HTTP/1.1\r\nauthorization: Bearer {AMBER_KEY}\r\n"),
        format!("GET /leader/MARKERpath HTTP/1.1\r\nauthorization: Bearer {TEAL_KEY}\r\n"),
        format!("GET /leader/members?limit=7 HTTP/1.1\r\nauthorization: Bearer {AMBER_KEY}\r\n"),
        format!("MARKERMETHOD /leader/members HTTP/1.1\r\nauthorization: Bearer {AMBER_KEY}\r\n"),
        "GET /leader/members HTTP/1.1\r\nauthorization: Bearer MARKERkey\r\n".to_owned(),
        "GET /MARKER MARKER HTTP/9\r\n".to_owned(),
    ];
    for request in &requests {
        send(proxy.public, &format!("{request}host: MARKERhost\r\nconnection: close\r\n\r\n"));
    }
    let rows = proxy.rejections(6);
    let table = String::from_utf8(
        super::support::proxy::program().args(["rejections", "--config"]).arg(&proxy.folder).output().unwrap().stdout,
    )
    .unwrap();
    let metrics = proxy.metrics();
    proxy.signal("TERM");
    assert_eq!(proxy.ended(), Some(0));
    let database = std::fs::read(proxy.folder.join("portcullis.db")).unwrap();
    let outputs = [
        ("log", proxy.log()),
        ("metrics", metrics),
        ("rejections", table),
        ("books", String::from_utf8_lossy(&database).into_owned()),
        ("rows", format!("{rows:?}")),
    ];
    for (name, text) in outputs {
        for secret in ["MARKER", AMBER_KEY, TEAL_KEY, folder::SOURCE_TOKEN, folder::CONTEST_KEY] {
            assert!(!text.contains(secret), "{secret} is in the {name}:\n{text}");
        }
    }
}

#[test]
fn p11_the_kept_value_leaves_and_the_rest_stays() {
    let source = Source::json(page(
        r#"{"member_id": 1, "first_name": "Sian", "last_name": {"religion": "MARKER"}, "email": ["MARKER"], "address": "MARKER"}"#,
    ));
    let answer = get(Proxy::before(&source).public, "/leader/members", AMBER_KEY);
    assert_eq!(answer.json()["values"].to_string(), r#"[{"first_name":"Sian","member_id":1}]"#);
}
