//! The entry point of an API whose clients begin at one, end to end: it leads to the lists of the campaign that asks, and nowhere else.

use std::fs;

use portcullis::engine::credential::KeyDigest;
use serde_json::{Value, json};

use super::support::proxy::program;
use super::support::{AMBER_KEY, Contest, Proxy, Source, TEAL_KEY, get, send};

/// A source of three lists, of which amber is granted one and a half: two have the same resource. Its window has not opened.
fn contest(source: &Source) -> String {
    let export = |name: &str, path: &str, more: &str| {
        format!(
            "[[export]]\nname = \"{name}\"\npath = \"{path}\"\nid = \"id\"\n{more}\n[export.fields]\nid = {{ keep = \"integer\" }}\n"
        )
    };
    let campaign = |id: &str, key: &str, exports: &str| {
        let digest = KeyDigest::of(key.as_bytes()).to_hex();
        format!(
            "[[campaign]]\nid = \"{id}\"\ntitle = \"T\"\nexports = [{exports}]\n[[campaign.credential]]\nkind = \"key\"\nsha256 = \"{digest}\"\n"
        )
    };
    [
        "[contest]\nid = \"leader\"\ntitle = \"T\"\ncontroller = \"P\"\ntimezone = \"Europe/London\"\n".to_owned(),
        "opens = 2098-01-01T00:00:00Z\ncloses = 2099-01-01T00:00:00Z\n[pseudonyms]\nkey_file = \"../contest.key\"\n".to_owned(),
        format!("[source]\napi = \"osdi\"\nurl = \"http://{}\"\n", source.address),
        export("people", "/api/v2/people", "page = { max = 10 }"),
        export("ward", "/wards/people", ""),
        export("petitions", "/api/v2/petitions", "records = \"/_embedded/osdi:petitions\""),
        campaign("amber", AMBER_KEY, "\"people\", \"ward\""),
        campaign("teal", TEAL_KEY, ""),
    ]
    .concat()
}

fn proxy(source: &Source) -> Proxy {
    let folder = Contest::default().write(source.address);
    fs::write(folder.join("contests/leader.toml"), contest(source)).unwrap();
    Proxy::start_in(folder)
}

#[test]
fn an_entry_leads_to_what_is_granted_and_to_nothing_else() {
    let source = Source::json("MARKER");
    let proxy = proxy(&source);
    let home = format!("http://{}/leader/api/v2/", proxy.public);
    let answer = get(proxy.public, "/leader/api/v2/", AMBER_KEY);
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{}", answer.text());
    let entry = answer.json();
    assert_eq!(entry["_links"], json!({ "self": { "href": home }, "osdi:people": { "href": format!("{home}people") } }));
    assert_eq!((&entry["links"]["self"], &entry["max_pagesize"]), (&home.clone().into(), &10.into()));
    assert!(!entry["motd"].as_str().unwrap().is_empty());
    assert_eq!(get(proxy.public, "/leader/api/v2", AMBER_KEY).json(), entry);
    let teal = get(proxy.public, "/leader/api/v2/", TEAL_KEY).json();
    assert_eq!((&teal["_links"], &teal["max_pagesize"]), (&json!({ "self": { "href": home } }), &25.into()));
    assert!(source.seen().is_empty());
}

#[test]
fn an_entry_is_given_to_a_plain_request_of_whoever_is_known() {
    let source = Source::json("MARKER");
    let proxy = proxy(&source);
    let ask =
        |line: &str, lines: &str| send(proxy.public, &format!("{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{lines}\r\n"));
    let amber = format!("authorization: Bearer {AMBER_KEY}\r\n");
    let cases = [
        ("GET /leader/api/v2/", String::new(), "credential_missing"),
        ("POST /leader/api/v2/", amber.clone(), "method_not_allowed"),
        ("GET /leader/api/v2/?page=1", amber.clone(), "query_not_allowed"),
        ("GET /leader/api/v2/", format!("{amber}range: bytes=0-1\r\n"), "range_not_allowed"),
        ("GET /leader/api/v2/", format!("{amber}content-length: 2\r\n\r\n{{}}"), "body_not_accepted"),
        ("GET /leader/api/v2//", amber.clone(), "export_unknown"),
        ("GET /other/api/v2/", amber.clone(), "contest_unknown"),
        ("GET /leader/api/v2/people", amber.clone(), "window_not_open"),
    ];
    for (line, lines, reason) in cases {
        assert_eq!(ask(line, &lines).reason(), reason, "{line} {lines}");
    }
    assert!(source.seen().is_empty());
}

#[test]
fn explain_knows_the_entry() {
    let proxy = proxy(&Source::json("MARKER"));
    let explain = |more: &[&str]| {
        let asked = ["explain", "--contest", "leader", "--campaign", "amber", "--request", "GET /leader/api/v2/", "--config"];
        program().args(asked).arg(&proxy.folder).args(more).output().unwrap()
    };
    let output = explain(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(text.ends_with("answer: yes, with a document of the proxy's own\nto the source: nothing\n"), "{text}");
    let document: Value = serde_json::from_slice(&explain(&["--json"]).stdout).unwrap();
    assert_eq!((&document["answer"], &document["upstream"]), (&"yes".into(), &Value::Null));
}
