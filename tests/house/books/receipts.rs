//! Receipts and the log behind them, as a campaign and a scrutineer see them.

use portcullis::engine::audit::event::{Ending, Event};
use portcullis::engine::audit::receipt::Receipt;
use portcullis::engine::outcome::Outcome;
use portcullis::store::books::tables::SetKey;

use super::super::support::{AMBER_KEY, Contest, Proxy, Source, TEAL_KEY, get};
use super::record::{Books, amber, members};

const LIST: &str = "/leader/members";

#[test]
fn p8_a_pull_has_a_receipt_that_the_public_key_alone_verifies() {
    let proxy = Proxy::before(&Source::json(members(0..30)));
    let answer = get(proxy.public, LIST, AMBER_KEY);
    let path = answer.header("portcullis-receipt").unwrap();
    assert_eq!(path, format!("/leader/-/receipts/{}", answer.header("portcullis-request-id").unwrap()));
    let document = get(proxy.public, path, AMBER_KEY);
    assert_eq!((document.status, document.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    let key = proxy.wait_for(|line| line["key"].is_string())["key"].as_str().unwrap().to_owned();
    let key = portcullis::engine::audit::key::PublicKey::parse(&key).unwrap();
    let proved = Receipt::parse(&document.body).unwrap().verify(key.name(), std::slice::from_ref(&key)).unwrap();
    let Event::PullClosed { pull, ending, records, bytes } = proved.entry.event else { panic!() };
    assert_eq!(pull.request.to_string(), answer.header("portcullis-request-id").unwrap());
    assert_eq!((ending, records.get(), bytes.get()), (Ending::Ended(Outcome::Served), 30, answer.body.len() as u64));
    for (asked, key) in [(path, TEAL_KEY), ("/leader/-/receipts/x", AMBER_KEY), ("/leader/-/receipts/", AMBER_KEY)] {
        assert_eq!(get(proxy.public, asked, key).reason(), "receipt_unknown", "{asked}");
    }
    assert_eq!(get(proxy.public, &format!("{path}?x=1"), AMBER_KEY).reason(), "query_not_allowed");
}

#[test]
fn p7_the_register_knows_who_left_and_without_which_fields() {
    let proxy = Proxy::before(&Source::json(members(0..30)));
    assert!(get(proxy.public, LIST, AMBER_KEY).whole);
    let books = Books::of(&proxy.folder);
    let pull = books.pulls().pop().unwrap();
    assert_eq!(pull.fields, ["member_id", "first_name", "last_name", "email", "address.town"]);
    let all: std::collections::BTreeSet<_> = (0..30).map(|n: u64| books.digest(&n.to_string())).collect();
    assert_eq!(books.set(&SetKey::Pull(pull.number)), all);
    assert_eq!(books.set(&SetKey::Campaign(amber())), all);
    let without = (0..30).filter(|n| n % 3 == 0).map(|n: u64| books.digest(&n.to_string())).collect();
    let lacking = [(0, false), (1, false), (2, true), (4, true)];
    for (field, everybody) in lacking {
        let expected = if everybody { all.clone() } else { Default::default() };
        assert_eq!(books.set(&SetKey::Lacking(pull.number, field)), expected, "field {field}");
    }
    assert_eq!(books.set(&SetKey::Lacking(pull.number, 3)), without, "no consent, no e-mail");
}

#[test]
fn p7_a_record_that_names_no_member_does_not_leave() {
    let body = r#"{"count": 3, "values": [{"member_id": 1, "first_name": "Sian"}, {"first_name": "Owain"}, {"member_id": null, "first_name": "Nia"}, {"member_id": "", "first_name": "Ifan"}]}"#;
    let proxy = Proxy::before(&Source::json(body));
    let answer = get(proxy.public, LIST, AMBER_KEY);
    assert!(answer.whole && answer.text().contains("Sian"), "{}", answer.text());
    assert!(["Owain", "Nia", "Ifan"].iter().all(|name| !answer.text().contains(name)), "{}", answer.text());
    let kept_back = r#"portcullis_records_withheld_total{contest="leader",export="members",why="no_identifier"} 3"#;
    assert!(proxy.metrics().contains(kept_back), "{}", proxy.metrics());
}

#[test]
fn the_log_tells_the_story_of_a_night() {
    let source = Source::json(members(0..3));
    let proxy = Proxy::before(&source);
    assert!(get(proxy.public, LIST, AMBER_KEY).whole);
    get(proxy.public, LIST, TEAL_KEY);
    get(proxy.public, LIST, "nobody");
    proxy.signal("HUP");
    proxy.wait_for(|line| line["message"].as_str().is_some_and(|said| said.contains("read again")));
    let mut proxy = proxy;
    proxy.signal("TERM");
    assert_eq!(proxy.ended(), Some(0));
    let books = Books::of(&proxy.folder);
    let verified = books.verified();
    let events = books.events();
    assert_eq!((verified.root.size, verified.open_pulls), (events.len() as u64, 0), "a stop signs the whole log");
    let kinds: Vec<_> = events.iter().map(kind).collect();
    let expected = [
        "began",
        "key",
        "key",
        "configuration",
        "opened",
        "closed",
        "refused not_granted",
        "configuration",
        "counted credential_invalid 1",
    ];
    assert_eq!(kinds, expected);
    let head = std::fs::read_to_string(proxy.folder.join("portcullis.db.log-head")).unwrap();
    assert_eq!(Some((verified.root.size, head)), books.read(|reading| reading.newest_head()));
}

fn kind(event: &Event) -> String {
    match event {
        Event::LogBegan { .. } => "began".into(),
        Event::KeyCreated(_) => "key".into(),
        Event::ConfigurationApplied { .. } => "configuration".into(),
        Event::PullOpened(_) => "opened".into(),
        Event::PullClosed { .. } => "closed".into(),
        Event::Refused { reason, .. } => format!("refused {reason}"),
        Event::RefusalsCounted { counts, .. } => {
            let counts: Vec<_> = counts.iter().map(|(code, count)| format!("{code} {count}")).collect();
            format!("counted {}", counts.join(", "))
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn p8_an_old_copy_of_the_store_is_not_served_from() {
    let source = Source::json(members(0..3));
    let mut proxy = Proxy::start(&Contest::default(), &source);
    let old = proxy.folder.join("old.db");
    get(proxy.public, LIST, AMBER_KEY);
    proxy.signal("TERM");
    proxy.ended();
    std::fs::copy(proxy.folder.join("portcullis.db"), &old).unwrap();
    let mut again = Proxy::start_in(proxy.folder.clone());
    get(again.public, LIST, AMBER_KEY);
    again.signal("TERM");
    again.ended();
    for beside in ["portcullis.db-wal", "portcullis.db-shm"] {
        let _ = std::fs::remove_file(proxy.folder.join(beside));
    }
    std::fs::rename(&old, proxy.folder.join("portcullis.db")).unwrap();
    let refused = super::super::support::proxy::program().args(["serve", "--config"]).arg(&proxy.folder).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("the store is an old copy, or was cut") && said.contains("portcullis.db.log-head"), "{said}");
}
