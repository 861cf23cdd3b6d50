//! Edges: of the window, of the limits, of agreements, of connections.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use sha2::{Digest, Sha256};

use super::support::client::read;
use super::support::{AMBER_KEY, Contest, MEMBER, Proxy, Source, get, page, send, source};

/// A source that gives records for as long as somebody reads.
fn endless() -> Source {
    Source::scripted(|_, stream| {
        source::write(stream, source::UNTIL_CLOSE);
        source::write(stream, br#"{"values": ["#);
        for number in 0.. {
            let record = format!(r#"{{"member_id": {number}, "first_name": "Sian", "notes": "{}"}},"#, "x".repeat(2000));
            if stream.write_all(record.as_bytes()).is_err() {
                return;
            }
            if number % 50 == 0 {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    })
}

fn open_list(proxy: &Proxy) -> TcpStream {
    let mut stream = TcpStream::connect(proxy.public).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let request = format!("GET /leader/members HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {AMBER_KEY}\r\n\r\n", proxy.public);
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

#[test]
fn p9_a_list_in_transfer_is_broken_off_when_the_window_closes() {
    let source = endless();
    let closes = Timestamp::now() + 3.seconds();
    let proxy = Proxy::start(&Contest { closes: closes.to_string(), ..Contest::default() }, &source);
    let answer = read(&mut open_list(&proxy));
    assert_eq!((answer.status, answer.whole), (200, false));
    let row = proxy.rejections(1).pop().unwrap();
    assert_eq!(row["reason"], "window_closed");
    let line = proxy.wait_for(|line| line["outcome"] == "truncated");
    assert_eq!(line["reason"], "window_closed");
    assert!(Timestamp::now() >= closes);
    assert_eq!(get(proxy.public, "/leader/members", AMBER_KEY).reason(), "window_closed");
}

#[test]
fn p13_a_suspension_at_reload_breaks_off_a_list_in_transfer() {
    let source = endless();
    let proxy = Proxy::before(&source);
    let mut stream = open_list(&proxy);
    std::thread::sleep(Duration::from_millis(500));
    let suspended = Contest { amber: "exports = [\"members\"]\nsuspended = \"a complaint\"".into(), ..Contest::default() };
    suspended.write_contest(&proxy.folder, source.address);
    proxy.signal("HUP");
    let answer = read(&mut stream);
    assert_eq!((answer.status, answer.whole), (200, false));
    assert_eq!(proxy.rejections(1).pop().unwrap()["reason"], "suspended");
    assert_eq!(get(proxy.public, "/leader/members", AMBER_KEY).reason(), "suspended");
}

#[test]
fn p14_a_list_that_began_under_a_wider_plan_does_not_go_on_under_a_narrower_one() {
    let source = endless();
    let proxy = Proxy::before(&source);
    let mut stream = open_list(&proxy);
    std::thread::sleep(Duration::from_millis(500));
    let narrower = Contest { fields: "member_id = { keep = \"integer\" }".into(), filters: String::new(), ..Contest::default() };
    narrower.write_contest(&proxy.folder, source.address);
    proxy.signal("HUP");
    assert!(!read(&mut stream).whole);
    assert_eq!(proxy.rejections(1).pop().unwrap()["reason"], "contest_changed");
}

#[test]
fn a_list_that_outlives_the_drain_is_broken_off_and_written_down() {
    let source = endless();
    let mut proxy =
        Proxy::start(&Contest { process: "[bounds]\ndrain_milliseconds_max = 1000".into(), ..Contest::default() }, &source);
    let mut stream = open_list(&proxy);
    std::thread::sleep(Duration::from_millis(500));
    proxy.signal("TERM");
    assert!(!read(&mut stream).whole);
    assert_eq!(proxy.ended(), Some(0));
    assert_eq!(proxy.rejections(1).pop().unwrap()["reason"], "shutting_down");
    let line = proxy.wait_for(|line| line["outcome"] == "truncated");
    assert_eq!(line["reason"], "shutting_down");
}

#[test]
fn an_agreement_must_be_signed_in_the_version_and_text_in_force() {
    let source = Source::json(page(MEMBER));
    let digest = |text: &str| data_encoding::HEXLOWER.encode(&Sha256::digest(text));
    let signed = |version: &str, text: &str| {
        let sha256 = digest(text);
        format!(
            "exports = [\"members\"]\nagreement = {{ version = \"{version}\", sha256 = \"{sha256}\", signed_by = \"S. Jones\", signed_on = 2026-01-20 }}"
        )
    };
    let cases = [
        ("exports = [\"members\"]".to_owned(), "agreement_missing"),
        (signed("2025-12", "the text"), "agreement_outdated"),
        (signed("2026-01", "another text"), "agreement_outdated"),
        (signed("2026-01", "the text"), ""),
    ];
    for (amber, reason) in cases {
        let contest = Contest {
            amber,
            contest: "[agreement]\nversion = \"2026-01\"\nfile = \"../agreement.md\"".into(),
            ..Contest::default()
        };
        let folder = contest.write(source.address);
        std::fs::write(folder.join("agreement.md"), "the text").unwrap();
        let proxy = Proxy::start_in(folder);
        let answer = get(proxy.public, "/leader/members", AMBER_KEY).json();
        assert_eq!(answer["reason"].as_str().unwrap_or(""), reason, "{answer}");
    }
    assert_eq!(source.seen().len(), 1);
}

#[test]
fn a_campaign_may_have_so_many_lists_in_transfer_and_no_more() {
    let source = endless();
    let contest = Contest {
        limits: "rate = { pulls = 100, requests = 100, per = \"1m\", burst = 100 }\nconcurrent = 2".into(),
        ..Contest::default()
    };
    let proxy = Proxy::start(&contest, &source);
    let held = [open_list(&proxy), open_list(&proxy)];
    while source.seen().len() < 2 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let refused = get(proxy.public, "/leader/members", AMBER_KEY);
    assert_eq!((refused.status, refused.reason()), (429, "too_many_at_once".to_owned()));
    assert_eq!(refused.header("retry-after"), Some("1"));
    drop(held);
    let line = proxy.wait_for(|line| line["outcome"] == "abandoned");
    assert!(line["records"].as_u64().unwrap() > 0 || line["bytes"] == 0, "{line}");
}

#[test]
fn the_whole_proxy_may_have_so_many_requests_in_progress() {
    let source = endless();
    let contest = Contest { process: "[bounds]\nrequests_max = 1".into(), ..Contest::default() };
    let proxy = Proxy::start(&contest, &source);
    let held = open_list(&proxy);
    while source.seen().is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let refused = get(proxy.public, "/leader/members", AMBER_KEY);
    assert_eq!((refused.status, refused.reason()), (503, "overloaded".to_owned()));
    drop(held);
}

#[test]
fn a_pull_counts_once_however_many_pages_follow_by_cursor() {
    let source = Source::json(r#"{"count": 9, "next": "http://crm/api/members?offset=500", "values": []}"#);
    let contest = Contest {
        limits: "rate = { pulls = 1, requests = 100, per = \"1h\", burst = 1 }\nconcurrent = 2".into(),
        ..Contest::default()
    };
    let proxy = Proxy::start(&contest, &source);
    let first = get(proxy.public, "/leader/members", AMBER_KEY);
    assert!(first.header("ratelimit").unwrap().contains("\"pulls\";r=0"), "{}", first.head);
    let next = first.json()["next"].as_str().unwrap().split_once(&proxy.public.to_string()).unwrap().1.to_owned();
    assert_eq!(get(proxy.public, &next, AMBER_KEY).status, 200);
    let refused = get(proxy.public, "/leader/members", AMBER_KEY);
    assert_eq!((refused.status, refused.reason()), (429, "rate_limited".to_owned()));
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=3600).contains(&wait), "{wait}");
}

#[test]
fn p12_what_is_not_http_is_counted_and_answered_with_nothing() {
    let source = Source::json(page(MEMBER));
    let proxy = Proxy::before(&source);
    assert_eq!(send(proxy.public, "\u{16}\u{3}\u{1}not http at all\r\n\r\n").status, 400);
    let big = format!("GET /leader/members HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(40_000));
    assert_eq!(send(proxy.public, &big).status, 431);
    assert!(proxy.metrics().contains("connections_failed_total{reason=\"malformed_request\"} 2"), "{}", proxy.metrics());
    assert!(source.seen().is_empty());
}

/// Who is asked is said once (RFC 9112 section 3.2), before anything else is looked at; a client of HTTP/1.0 need not say it.
#[test]
fn a_request_names_one_host() {
    let source = Source::json(page(MEMBER));
    let proxy = Proxy::before(&source);
    let ask = |version: &str, hosts: &[&str]| {
        let hosts: String = hosts.iter().map(|host| format!("host: {host}\r\n")).collect();
        let head = format!("GET /leader/members {version}\r\n{hosts}authorization: Bearer {AMBER_KEY}\r\nconnection: close");
        send(proxy.public, &format!("{head}\r\n\r\n"))
    };
    let refused: [(&str, &[&str]); 4] =
        [("HTTP/1.1", &[]), ("HTTP/1.1", &["a", "b"]), ("HTTP/1.1", &["a", "a"]), ("HTTP/1.0", &["a", "a"])];
    for (version, hosts) in refused {
        let answer = ask(version, hosts);
        assert_eq!((answer.status, answer.reason().as_str()), (400, "malformed_request"), "{version} {hosts:?}");
    }
    assert!(source.seen().is_empty());
    let row = proxy.rejections(1).pop().unwrap();
    assert_eq!((&row["reason"], &row["count"]), (&"malformed_request".into(), &4.into()));
    assert_eq!((ask("HTTP/1.0", &[]).status, ask("HTTP/1.1", &["a"]).status), (200, 200));
}

#[test]
fn p12_more_connections_than_allowed_are_closed_and_counted() {
    let source = Source::json(page(MEMBER));
    let contest = Contest { process: "[bounds]\nconnections_max = 2".into(), ..Contest::default() };
    let proxy = Proxy::start(&contest, &source);
    let held: Vec<_> = (0..2).map(|_| TcpStream::connect(proxy.public).unwrap()).collect();
    std::thread::sleep(Duration::from_millis(200));
    let mut third = TcpStream::connect(proxy.public).unwrap();
    third.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert_eq!(read(&mut third).status, 0);
    assert!(proxy.metrics().contains("connections_failed_total{reason=\"too_many_connections\"} 1"));
    assert_eq!(proxy.rejections(1)[0]["reason"], "too_many_connections");
    drop(held);
}

#[test]
fn p12_a_head_that_never_ends_is_given_up_on() {
    let source = Source::json(page(MEMBER));
    let contest = Contest { process: "[bounds]\nhead_milliseconds_max = 500".into(), ..Contest::default() };
    let proxy = Proxy::start(&contest, &source);
    let mut stream = TcpStream::connect(proxy.public).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(b"GET /leader/members HTTP/1.1\r\n").unwrap();
    assert_ne!(read(&mut stream).status, 200);
}
