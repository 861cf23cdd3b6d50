//! P13: `suspend` and `resume` take effect within a second everywhere, lists in transfer included.
//!
//! A test never passes or fails by a fine measure of time, because the machine has other things to do: what is held is a bound
//! that no honest way of looking would exceed, and what was measured is printed.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::Output;
use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use serde_json::Value;

use super::attack::{ended, endless, list_request, open_list, over_http2, slow};
use super::support::{AMBER_KEY, Contest, MEMBER, Proxy, Source, TEAL_KEY, get, page, proxy::program, source};

/// The second that is promised, and four for a machine that is busy with other tests.
const BOUND: Duration = Duration::from_secs(5);
/// For what is promised to happen, but not how soon.
const PATIENCE: Duration = Duration::from_secs(20);
const WHY: &str = "MARKER complaint";

fn command(proxy: &Proxy, words: &[&str]) -> Output {
    program().args(words).arg("--config").arg(&proxy.folder).output().unwrap()
}

/// Runs `suspend` or `resume`, and gives the moment at which it was done.
fn decide(proxy: &Proxy, verb: &str, scope: &[&str]) -> Instant {
    let output = command(proxy, &[&[verb], scope, &["--by", "Robin", "--reason", WHY]].concat());
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{text}");
    Instant::now()
}

const AMBER: [&str; 4] = ["--contest", "leader", "--campaign", "amber"];

fn measured(what: &str, since: Instant) {
    let took = since.elapsed();
    println!("{what}: {} ms after the command had ended", took.as_millis());
    assert!(took < BOUND, "{what}: {took:?}");
}

/// Asks until the answer is this one.
fn until(proxy: &Proxy, key: &str, status: u16) {
    let began = Instant::now();
    while get(proxy.public, "/leader/members?limit=1", key).status != status {
        assert!(began.elapsed() < PATIENCE, "{}", proxy.log());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A proxy whose second campaign may have the list as well.
fn with_teal(source: &Source) -> Proxy {
    let folder = Contest::default().write(source.address);
    let file = folder.join("contests/leader.toml");
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("exports = []", "exports = [\"members\"]")).unwrap();
    Proxy::start_in(folder)
}

/// Reads until there is no more, or for so long; whether more would have come.
fn goes_on(stream: &mut TcpStream, most: Duration) -> bool {
    let began = Instant::now();
    let mut chunk = [0; 65536];
    while began.elapsed() < most {
        match stream.read(&mut chunk) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return false,
            Err(error) => panic!("{error}"),
        }
    }
    true
}

#[test]
fn p13_a_list_that_is_being_read_is_broken_off_and_another_campaign_goes_on() {
    let source = endless();
    let proxy = with_teal(&source);
    let mut amber = open_list(&proxy, "HTTP/1.1");
    let request = format!("GET /leader/members HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TEAL_KEY}\r\n\r\n");
    let mut teal = TcpStream::connect(proxy.public).unwrap();
    teal.write_all(request.as_bytes()).unwrap();
    assert!(goes_on(&mut amber, Duration::from_millis(300)));
    let reader = std::thread::spawn(move || (goes_on(&mut amber, PATIENCE), Instant::now()));
    let done = decide(&proxy, "suspend", &AMBER);
    let (went_on, at) = reader.join().unwrap();
    assert!(!went_on, "{}", proxy.log());
    println!("a list that is read: {} ms", at.saturating_duration_since(done).as_millis());
    assert!(at.saturating_duration_since(done) < BOUND);
    assert_eq!(ended(&proxy), ("truncated".to_owned(), "suspended".to_owned()));
    assert!(goes_on(&mut teal, Duration::from_secs(1)), "teal is not concerned");
}

#[test]
fn p13_a_client_that_does_not_read_is_cut_off_by_a_command() {
    let source = endless();
    let proxy = Proxy::before(&source);
    let mut stream = open_list(&proxy, "HTTP/1.1");
    stream.read_exact(&mut [0; 64]).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    let done = decide(&proxy, "suspend", &["--contest", "leader"]);
    assert_eq!(ended(&proxy), ("truncated".to_owned(), "suspended".to_owned()));
    measured("a list that is not read", done);
    assert_eq!(stream.read_to_end(&mut Vec::new()).unwrap_err().kind(), ErrorKind::ConnectionReset);
}

/// What the proxy may hold back until it has seen the end, and as much again.
const MORE_THAN_IS_HELD: usize = 4 << 20;

#[test]
fn p13_a_list_whose_source_has_fallen_silent_is_cut_off() {
    let source = Source::scripted(|_, stream| {
        source::write(stream, source::UNTIL_CLOSE);
        source::write(stream, br#"{"values": ["#);
        let record = format!(r#"{{"member_id": 1, "notes": "{}"}},"#, "x".repeat(2000));
        source::write(stream, record.repeat(MORE_THAN_IS_HELD / record.len()).as_bytes());
        source::hang(30);
    });
    let proxy = Proxy::start(&Contest { source: "timeout = \"30s\"".into(), ..Contest::default() }, &source);
    let mut stream = open_list(&proxy, "HTTP/1.1");
    stream.read_exact(&mut [0; 64]).unwrap();
    let reader = std::thread::spawn(move || goes_on(&mut stream, PATIENCE));
    // Until everything that the source has said is gone.
    std::thread::sleep(Duration::from_secs(2));
    let done = decide(&proxy, "suspend", &AMBER);
    assert_eq!(ended(&proxy), ("truncated".to_owned(), "suspended".to_owned()));
    measured("a list whose source is silent", done);
    assert!(!reader.join().unwrap());
}

#[test]
fn p13_a_stop_is_heard_during_the_drain() {
    let source = endless();
    let mut proxy = Proxy::before(&source);
    let mut stream = open_list(&proxy, "HTTP/1.1");
    assert!(goes_on(&mut stream, Duration::from_millis(300)));
    proxy.signal("TERM");
    proxy.wait_for(|line| line["message"] == "draining");
    let reader = std::thread::spawn(move || goes_on(&mut stream, PATIENCE));
    let done = decide(&proxy, "suspend", &AMBER);
    assert_eq!(ended(&proxy), ("truncated".to_owned(), "suspended".to_owned()));
    measured("a list during the drain", done);
    assert!(!reader.join().unwrap());
    assert_eq!(proxy.ended(), Some(0));
}

#[test]
fn p13_an_answer_that_the_source_still_thinks_about_is_refused() {
    let source = slow(3000);
    let proxy = Proxy::start(&Contest { source: "timeout = \"10s\"".into(), ..Contest::default() }, &source);
    let public = proxy.public;
    let asked = std::thread::spawn(move || get(public, "/leader/members", AMBER_KEY));
    let began = Instant::now();
    while source.seen().is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    decide(&proxy, "suspend", &["--all"]);
    proxy.wait_for(|line| line["message"] == "suspended by command");
    assert!(began.elapsed() < Duration::from_secs(3), "too slow to test this");
    let answer = asked.join().unwrap();
    assert_eq!((answer.status, answer.reason()), (403, "suspended".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p13_streams_of_http2_stop_whether_they_are_read_or_not() {
    for (window, read) in [(1000, false), (1 << 20, true)] {
        let source = endless();
        let (proxy, mut sender, _task) = over_http2(&source, "", window).await;
        let mut answer = sender.send_request(list_request()).await.unwrap();
        let reader = tokio::spawn(async move {
            while read && answer.frame().await.is_some_and(|frame| frame.is_ok()) {}
            answer
        });
        let suspend = move || {
            let done = decide(&proxy, "suspend", &AMBER);
            let ended = ended(&proxy);
            measured(if read { "a stream that is read" } else { "a stream that grants no window" }, done);
            ended
        };
        let outcome = tokio::task::spawn_blocking(suspend).await.unwrap();
        assert_eq!(outcome, ("truncated".to_owned(), "suspended".to_owned()));
        drop(reader.await.unwrap());
    }
}

#[test]
fn p13_new_requests_are_refused_until_the_campaign_is_resumed() {
    let source = Source::json(page(MEMBER));
    let proxy = with_teal(&source);
    until(&proxy, AMBER_KEY, 200);
    let done = decide(&proxy, "suspend", &AMBER);
    until(&proxy, AMBER_KEY, 403);
    measured("a new request", done);
    let answer = get(proxy.public, "/leader/members", AMBER_KEY);
    assert_eq!(answer.reason(), "suspended");
    assert!(!answer.text().contains("MARKER") && !answer.text().contains("Robin"), "{}", answer.text());
    let status = get(proxy.public, "/leader/-/status", AMBER_KEY);
    assert_eq!((status.status, &status.json()["suspended"]), (200, &Value::Bool(true)));
    assert!(!status.text().contains("MARKER"));
    assert_eq!(get(proxy.public, "/leader/members", TEAL_KEY).status, 200);
    assert_eq!(get(proxy.public, "/leader/-/status", TEAL_KEY).json()["suspended"], false);
    let metrics = proxy.metrics();
    for (campaign, value) in [("amber", 1), ("teal", 0)] {
        let line = format!("portcullis_suspended{{contest=\"leader\",campaign=\"{campaign}\"}} {value}\n");
        assert!(metrics.contains(&line), "{metrics}");
    }
    let done = decide(&proxy, "resume", &AMBER);
    until(&proxy, AMBER_KEY, 200);
    measured("after a resumption", done);
    assert_eq!(get(proxy.public, "/leader/-/status", AMBER_KEY).json()["suspended"], false);
    for message in ["suspended by command", "resumed by command"] {
        let line = proxy.wait_for(|line| line["message"] == message);
        assert_eq!((&line["contest"], &line["campaign"]), (&"leader".into(), &"amber".into()));
    }
    assert!(!format!("{}{metrics}", proxy.log()).contains("MARKER"), "the words of the operator are not for logs");
    let again = command(&proxy, &[&["resume"], &AMBER[..], &["--by", "Robin", "--reason", "again"]].concat());
    assert_eq!(again.status.code(), Some(1));
}

#[test]
fn p13_a_stop_survives_restart_and_reload_and_concerns_its_own_store_alone() {
    let source = Source::json(page(MEMBER));
    let (mut proxy, other) = (Proxy::before(&source), Proxy::before(&source));
    decide(&proxy, "suspend", &["--all"]);
    until(&proxy, AMBER_KEY, 403);
    proxy.signal("HUP");
    proxy.wait_for(|line| line["message"].as_str().is_some_and(|message| message.contains("is in force")));
    assert_eq!(get(proxy.public, "/leader/members", AMBER_KEY).reason(), "suspended");
    proxy.signal("TERM");
    assert_eq!(proxy.ended(), Some(0));
    let kept = proxy.folder.with_extension("kept");
    fs::rename(&proxy.folder, &kept).unwrap();
    let proxy = Proxy::start_in(kept);
    assert_eq!(get(proxy.public, "/leader/members", AMBER_KEY).reason(), "suspended", "from the first request on");
    assert_eq!(get(other.public, "/leader/members", AMBER_KEY).status, 200);
    decide(&proxy, "resume", &["--all"]);
    until(&proxy, AMBER_KEY, 200);
}

#[test]
fn a_stop_needs_nothing_but_the_store_and_names_that_exist() {
    let source = Source::json(page(MEMBER));
    let proxy = Proxy::before(&source);
    let said = ["--by", "Robin", "--reason", "x"];
    for (scope, named) in [
        (&["--contest", "leaders"][..], "has no contest `leaders`, but: leader;"),
        (&["--contest", "leader", "--campaign", "ambre"][..], "has no campaign `ambre`, but: amber, teal;"),
    ] {
        let output = command(&proxy, &[&["suspend"], scope, &said[..]].concat());
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && text.contains(named), "{text}");
        let output = command(&proxy, &[&["suspend", "--unchecked"], scope, &said[..]].concat());
        assert_eq!(output.status.code(), Some(0));
    }
    fs::write(proxy.folder.join("contests/leader.toml"), "this is not TOML").unwrap();
    let output = command(&proxy, &[&["suspend"], &AMBER[..], &said[..]].concat());
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stderr).unwrap().contains("names are not looked for"));
    until(&proxy, AMBER_KEY, 403);
    let listed = String::from_utf8(command(&proxy, &["suspensions", "--json"]).stdout).unwrap();
    assert_eq!(listed.lines().count(), 3, "{listed}");
    fs::remove_file(proxy.folder.join("portcullis.toml")).unwrap();
    assert_eq!(command(&proxy, &[&["suspend"], &AMBER[..], &said[..]].concat()).status.code(), Some(2));
}

#[test]
fn explain_takes_a_stop_by_command_into_account() {
    let source = Source::json("");
    let proxy = Proxy::before(&source);
    let explain = || {
        let output = command(&proxy, &[&["explain"], &AMBER[..], &["--request", "GET /members"]].concat());
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(explain().0, Some(0));
    decide(&proxy, "suspend", &["--contest", "leader"]);
    let (code, text) = explain();
    let wanted = "NO   suspension  contest leader is suspended by command; `portcullis suspensions` says by whom and why";
    assert!(code == Some(1) && text.contains(wanted) && text.contains("answer: no, suspended"), "{text}");
}

#[test]
fn while_the_store_cannot_be_seen_what_was_in_force_stays_and_it_is_told() {
    let source = Source::json(page(MEMBER));
    let proxy = with_teal(&source);
    decide(&proxy, "suspend", &AMBER);
    until(&proxy, AMBER_KEY, 403);
    let (file, aside) = (proxy.folder.join("portcullis.db"), proxy.folder.join("aside.db"));
    let ready = |wanted: u16| {
        let began = Instant::now();
        while get(proxy.admin, "/readyz", "").status != wanted {
            assert!(began.elapsed() < PATIENCE, "{}", proxy.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        get(proxy.admin, "/readyz", "").text()
    };
    ready(200);
    fs::rename(&file, &aside).unwrap();
    let text = ready(503);
    assert!(text.contains("what was in force stays in force"), "{text}");
    assert!(proxy.metrics().contains("portcullis_suspensions_stale 1\n"));
    assert_eq!(get(proxy.public, "/leader/members", AMBER_KEY).reason(), "suspended");
    assert_eq!(get(proxy.public, "/leader/members", TEAL_KEY).status, 200, "nothing else is stopped for it");
    fs::rename(&aside, &file).unwrap();
    ready(200);
    assert!(proxy.metrics().contains("portcullis_suspensions_stale 0\n"));
    decide(&proxy, "resume", &AMBER);
    until(&proxy, AMBER_KEY, 200);
}
