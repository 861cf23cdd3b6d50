//! Objections: what a member objects to stops leaving within a second, lists in transfer included.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use portcullis::engine::ids::CampaignId;
use portcullis::engine::member::{Channel, Withheld};
use portcullis::engine::time::Timestamp;
use portcullis::store::books::ObjectionRow;
use portcullis::store::books::desk;
use portcullis::store::books::tables::Backend;
use portcullis::store::sqlite::SqliteBooks;

use super::super::support::{AMBER_KEY, Contest, Proxy, Source, get};
use super::record::{Books, contest, members, received};

const LIST: &str = "/leader/members";
/// Objections hold within a second; a machine that is busy gets some more.
const PATIENCE: Duration = Duration::from_secs(5);

fn object(proxy: &Proxy, member: u64, campaign: Option<&str>, withheld: Withheld, withdrawn: bool) {
    let row = ObjectionRow {
        at: Timestamp::UNIX_EPOCH,
        contest: contest(),
        campaign: campaign.map(|campaign| CampaignId::parse(campaign).unwrap()),
        member: Books::of(&proxy.folder).digest(&member.to_string()),
        withheld,
        withdrawn,
    };
    let mut backend = SqliteBooks::open(&proxy.folder.join("portcullis.db")).unwrap();
    backend.transact(&mut |tables| desk::objections(tables, std::slice::from_ref(&row))).unwrap();
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_member_who_objects_is_left_out_and_comes_back_when_the_objection_is_withdrawn() {
    let proxy = Proxy::before(&Source::json(members(0..10)));
    let list = || received(&get(proxy.public, LIST, AMBER_KEY).text());
    assert_eq!(list(), (0..10).collect::<Vec<_>>());
    object(&proxy, 4, Some("teal"), Withheld::All, false);
    object(&proxy, 7, None, Withheld::All, false);
    until("who objects is left out", || list() == [0, 1, 2, 3, 4, 5, 6, 8, 9]);
    let kept_back = r#"portcullis_records_withheld_total{contest="leader",export="members",why="objection"}"#;
    assert!(proxy.metrics().contains(kept_back), "{}", proxy.metrics());
    object(&proxy, 7, None, Withheld::All, true);
    until("who no longer objects is back", || list().len() == 10);
}

#[test]
fn a_channel_that_a_member_objects_to_stays_behind_alone() {
    let proxy = Proxy::before(&Source::json(members(0..5)));
    object(&proxy, 2, None, Withheld::Channel(Channel::Email), false);
    let list = || get(proxy.public, LIST, AMBER_KEY).text();
    until("the address stays behind", || !list().contains("m2@example.org"));
    assert!(list().contains("m1@example.org") && received(&list()).len() == 5);
    let action = r#"portcullis_fields_total{contest="leader",export="members",action="dropped_by_objection"}"#;
    assert!(proxy.metrics().contains(action), "{}", proxy.metrics());
}

#[test]
fn objections_outlive_a_restart() {
    let source = Source::json(members(0..5));
    let mut first = Proxy::start(&Contest::default(), &source);
    object(&first, 2, None, Withheld::All, false);
    first.signal("TERM");
    first.ended();
    let second = Proxy::start_in(first.folder.clone());
    assert_eq!(received(&get(second.public, LIST, AMBER_KEY).text()), [0, 1, 3, 4], "from the first request on");
}

/// A source that writes a list as slowly as a campaign reads it.
fn endless() -> Source {
    Source::scripted(|_, stream| {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{\"values\": [";
        let mut written = stream.write_all(head.as_bytes());
        for number in 0..200_000_000_u64 {
            let filler = "x".repeat(200);
            let record = format!(r#"{{"member_id": {}, "first_name": "Sian", "notes": "{filler}"}},"#, number % 1000);
            written = written.and_then(|()| stream.write_all(record.as_bytes()));
            if written.is_err() {
                return;
            }
        }
    })
}

#[test]
fn a_list_in_transfer_goes_on_without_who_objects() {
    let source = endless();
    let proxy = Proxy::before(&source);
    let mut stream = std::net::TcpStream::connect(proxy.public).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(format!("GET {LIST} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {AMBER_KEY}\r\n\r\n").as_bytes()).unwrap();
    let mut chunk = vec![0; 1 << 16];
    let mut text = String::new();
    while text.len() < 4 << 20 {
        let count = stream.read(&mut chunk).unwrap();
        assert!(count > 0, "{}", proxy.log());
        text.push_str(&String::from_utf8_lossy(&chunk[..count]));
    }
    assert!(text.contains("\"member_id\":500,"));
    object(&proxy, 500, None, Withheld::All, false);
    // Read on for well over a second: what is behind that must not have the member, or the list was broken off.
    let (mut last, begun) = (Instant::now(), Instant::now());
    let mut broken_off = false;
    while begun.elapsed() < Duration::from_secs(4) && !broken_off {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => broken_off = true,
            Ok(count) => {
                if String::from_utf8_lossy(&chunk[..count]).contains("\"member_id\":500,") {
                    last = Instant::now();
                }
            }
        }
    }
    assert!(broken_off || last.duration_since(begun) < Duration::from_millis(2500), "{:?}", last.duration_since(begun));
}

#[test]
fn a_record_that_waits_for_a_campaign_that_does_not_read_does_not_leave_after_an_objection() {
    let source = endless();
    let proxy = Proxy::before(&source);
    let mut stream = std::net::TcpStream::connect(proxy.public).unwrap();
    stream.write_all(format!("GET {LIST} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {AMBER_KEY}\r\n\r\n").as_bytes()).unwrap();
    // Long enough for all buffers to fill, with every member among what is held.
    std::thread::sleep(Duration::from_secs(1));
    object(&proxy, 500, None, Withheld::All, false);
    std::thread::sleep(Duration::from_millis(1500));
    let mut rest = Vec::new();
    let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
    let _ = stream.take(64 << 20).read_to_end(&mut rest);
    let ended = proxy.wait_for(|line| line["outcome"] == "truncated" || line["outcome"] == "abandoned");
    assert_eq!(ended["reason"], "member_objected", "{ended}");
}
