//! Adversity: bodies that turn bad halfway, peers that go away or do not read.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::support::{AMBER_KEY, Contest, Proxy, Source, get, get_as, source};

/// A record of about 1.1 kB with its number.
fn record(number: usize) -> String {
    format!(r#"{{"member_id": {number}, "first_name": "Sian", "notes": "{}"}}"#, "MARKER ".repeat(150))
}

/// A good beginning that is too long to be validated whole, and then this.
fn turns_bad(ending: &'static str) -> Source {
    Source::scripted(move |_, stream| {
        source::write(stream, source::UNTIL_CLOSE);
        source::write(stream, br#"{"values": ["#);
        for number in 0..3000 {
            source::write(stream, format!("{},", record(number)).as_bytes());
        }
        source::write(stream, ending.as_bytes());
    })
}

#[test]
fn p3_a_fault_after_the_head_breaks_the_stream_off_and_never_ends_it_politely() {
    let endings = [
        (r#"{"member_id": 3000, "member_id": 3000}]}"#, "body_malformed"),
        (r#"{"member_id": 3000, "first_name": "Owain"#, "body_malformed"),
        (r#"{"member_id": 3000, "notes": "\ud800"}]}"#, "body_malformed"),
        (r#"7]}"#, "shape_unexpected"),
        ("", "body_malformed"),
    ];
    for (ending, reason) in endings {
        let source = turns_bad(ending);
        let proxy = Proxy::before(&source);
        let answer = get(proxy.public, "/leader/members", AMBER_KEY);
        assert_eq!((answer.status, answer.whole), (200, false), "{ending}");
        assert!(!answer.text().contains("MARKER") && !answer.text().contains("3000"), "{ending}");
        assert_eq!(proxy.rejections(1).pop().unwrap()["reason"], reason, "{ending}");
        assert_eq!(proxy.wait_for(|line| line["outcome"] == "truncated")["reason"], reason);
    }
}

/// A list that is too long to be validated whole, in chunks that come to their proper end, whatever the last record is.
fn turns_bad_as(content_type: &'static str, head: &'static str, record: fn(usize) -> String, ending: &'static str) -> Source {
    Source::scripted(move |_, stream| {
        let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
        let fields =
            format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n");
        let records: String = (0..3000).map(record).collect();
        let body = format!("{}{}0\r\n\r\n", chunk(&format!("{head}{records}")), chunk(ending));
        source::write(stream, format!("{fields}\r\n{body}").as_bytes());
    })
}

fn every_form() -> Contest {
    let mut contest = Contest::default();
    contest.export.push_str("\naccept = [\"json\", \"ndjson\", \"csv\"]");
    contest
}

/// What a client sees of a list that turned bad: a good beginning, and an end that nobody takes for one.
fn is_broken_off(contest: &Contest, source: &Source, accept: &str, reason: &str) {
    let proxy = Proxy::start(contest, source);
    let answer = get_as(proxy.public, "/leader/members", AMBER_KEY, accept);
    assert_eq!((answer.status, answer.whole), (200, false), "{accept}: {}", answer.head);
    assert!(answer.text().contains("Sian") && !answer.text().contains("MARKER") && !answer.text().contains("3000"), "{accept}");
    assert_eq!(proxy.rejections(1).pop().unwrap()["reason"], reason, "{accept}");
}

const FORMS: [&str; 3] = ["application/json", "application/x-ndjson", "text/csv"];

#[test]
fn p3_a_json_list_that_turns_bad_is_broken_off_in_every_form() {
    let mut contest = every_form();
    // Without an envelope to wait for, so that what has no place for a link begins at once.
    contest.export = contest.export.replace("next = \"/next\"", "");
    for accept in FORMS {
        for (ending, reason) in [(r#"{"member_id": 3000, "notes": 01}]}"#, "body_malformed"), ("3000]}", "shape_unexpected")] {
            let source = turns_bad_as("application/json", r#"{"values": ["#, |number| record(number) + ",", ending);
            is_broken_off(&contest, &source, accept, reason);
        }
    }
}

#[test]
fn p3_lines_that_turn_bad_are_broken_off_in_every_form() {
    let page = "page = { size = \"limit\", offset = \"offset\", max = 500 }\naccept = [\"json\", \"ndjson\", \"csv\"]";
    let contest = Contest { records: "format = \"ndjson\"".into(), export: page.into(), ..Contest::default() };
    for accept in FORMS {
        for ending in ["{\"member_id\": 3000, \"member_id\": 3000}\n", "{\"member_id\": 3000", "\n"] {
            let source = turns_bad_as("application/x-ndjson", "", |number| record(number) + "\n", ending);
            is_broken_off(&contest, &source, accept, "body_malformed");
        }
    }
}

#[test]
fn p3_a_table_that_turns_bad_is_broken_off_in_every_form() {
    let page = "page = { size = \"limit\", offset = \"offset\", max = 500 }\naccept = [\"json\", \"ndjson\", \"csv\"]";
    let contest = Contest {
        records: "format = \"csv\"\ncolumns = [\"member_id\", \"first_name\", \"notes\"]".into(),
        export: page.into(),
        filters: String::new(),
        fields: "member_id = { keep = \"integer\" }\nfirst_name = { keep = \"name\" }".into(),
        ..Contest::default()
    };
    let row = |number| format!("{number},Sian,{}\r\n", "MARKER ".repeat(150));
    for accept in FORMS {
        for ending in ["3000,Owain\r\n", "3000,\"Owain\"x,\r\n", "3000,\"Owain"] {
            let source = turns_bad_as("text/csv", "member_id,first_name,notes\r\n", row, ending);
            is_broken_off(&contest, &source, accept, "body_malformed");
        }
    }
}

#[test]
fn a_source_that_breaks_off_after_the_head_is_said_to_have_broken_off() {
    let source = Source::scripted(|_, stream| {
        source::write(
            stream,
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n{\"values\": [",
        );
        for number in 0..3000 {
            source::write(stream, format!("{},", record(number)).as_bytes());
        }
    });
    let proxy = Proxy::before(&source);
    let answer = get(proxy.public, "/leader/members", AMBER_KEY);
    assert!(!answer.whole);
    assert_eq!(proxy.rejections(1).pop().unwrap()["reason"], "upstream_broke_off");
}

#[test]
fn the_first_record_of_a_long_body_leaves_before_the_second_has_arrived() {
    let rest = format!(",{}]}}", vec![record(2); 40_000].join(","));
    let (seen, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let source = Source::scripted(move |_, stream| {
        let first = format!("{{\"values\":[{}", record(1));
        let length = first.len() + rest.len();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
        source::write(stream, format!("{head}{first}").as_bytes());
        // Where the proxy waits for more, nobody sees the record, and the rest does not come.
        if wait.lock().unwrap().recv_timeout(Duration::from_secs(10)).is_ok() {
            source::write(stream, rest.as_bytes());
        }
    });
    let proxy = Proxy::start(&Contest::default(), &source);
    let mut stream = TcpStream::connect(proxy.public).unwrap();
    let request = format!("GET /leader/members HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {AMBER_KEY}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    while !answer.windows(13).any(|bytes| bytes == b"\"member_id\":1") {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).unwrap_or(0);
        assert!(read > 0, "{}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&chunk[..read]);
    }
    seen.send(()).unwrap();
}

#[test]
fn a_client_that_goes_away_ends_its_exchange_and_frees_its_place() {
    let source = turns_bad("");
    let contest = Contest {
        limits: "rate = { pulls = 100, requests = 100, per = \"1m\", burst = 100 }\nconcurrent = 1".into(),
        ..Contest::default()
    };
    let proxy = Proxy::start(&contest, &source);
    for _ in 0..3 {
        let mut stream = TcpStream::connect(proxy.public).unwrap();
        let request = format!("GET /leader/members HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {AMBER_KEY}\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        stream.read_exact(&mut [0; 64]).unwrap();
        drop(stream);
        let until = std::time::Instant::now() + Duration::from_secs(20);
        while !proxy.metrics().contains("requests_in_progress 0") {
            assert!(std::time::Instant::now() < until, "{}", proxy.metrics());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    assert!(
        proxy.metrics().contains("outcome=\"served\",reason=\"\"} ")
            || proxy.log().contains("abandoned")
            || proxy.log().contains("truncated")
    );
}

#[test]
fn p12_a_client_that_does_not_read_is_given_up_on() {
    let source = turns_bad("");
    let contest = Contest { process: "[bounds]\nstall_milliseconds_max = 1000".into(), ..Contest::default() };
    let big = Source::scripted(|_, stream| {
        source::write(stream, source::UNTIL_CLOSE);
        source::write(stream, br#"{"values": ["#);
        let record = format!(r#"{{"member_id": 1, "first_name": "{}"}},"#, "Sian".repeat(20));
        while stream.write_all(record.repeat(100).as_bytes()).is_ok() {}
    });
    let proxy = Proxy::start(&contest, &big);
    let mut stream = TcpStream::connect(proxy.public).unwrap();
    let request = format!("GET /leader/members HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {AMBER_KEY}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let line = proxy.wait_for(|line| line["message"] == "exchange");
    assert_eq!(line["outcome"], "abandoned", "{line}");
    drop((stream, source));
}
