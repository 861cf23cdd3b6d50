//! Adversity: bodies that turn bad halfway, peers that go away or do not read, and what of it all stays in memory.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::support::client::read;
use super::support::{AMBER_KEY, Contest, Proxy, Source, get, source};

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

#[test]
fn p2_memory_does_not_grow_with_the_body() {
    let megabytes = 200;
    let source = Source::scripted(move |_, stream| {
        source::write(stream, source::UNTIL_CLOSE);
        source::write(stream, br#"{"values": ["#);
        let block: String = (0..1000).map(|number| format!("{},", record(number))).collect();
        for _ in 0..megabytes {
            if stream.write_all(block.as_bytes()).is_err() {
                return;
            }
        }
        source::write(stream, format!("{}]}}", record(0)).as_bytes());
    });
    let proxy = Proxy::before(&source);
    get(proxy.public, "/leader/-/status", AMBER_KEY);
    let idle = proxy.peak_kibibytes();
    let mut stream = TcpStream::connect(proxy.public).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    let request =
        format!("GET /leader/members HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {AMBER_KEY}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let answer = read(&mut stream);
    assert!(answer.whole);
    assert_eq!(answer.text().matches("member_id").count(), megabytes * 1000 + 1);
    let grown = proxy.peak_kibibytes() - idle;
    assert!(grown < 24 << 10, "{grown} KiB more for a body of over {megabytes} MB");
}
