//! Attacks: what changes while a source is slow or a client does not read, connections kept for nothing, and answers that say
//! more than they should.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use jiff::{Timestamp, ToSpan};
use rustls_pki_types::pem::PemObject;

use super::support::folder::secret;
use super::support::{AMBER_KEY, Contest, MEMBER, Proxy, Source, TEAL_KEY, get, page, send, source};

/// A source that thinks for a while, and then gives one good page.
pub fn slow(milliseconds: u64) -> Source {
    Source::scripted(move |_, stream| {
        std::thread::sleep(Duration::from_millis(milliseconds));
        source::ok_json(stream, &page(MEMBER));
    })
}

/// A source that gives records for as long as somebody reads.
pub fn endless() -> Source {
    Source::scripted(|_, stream| {
        source::write(stream, source::UNTIL_CLOSE);
        source::write(stream, br#"{"values": ["#);
        let record = format!(r#"{{"member_id": 1, "first_name": "Sian", "notes": "{}"}},"#, "x".repeat(200));
        while stream.write_all(record.repeat(100).as_bytes()).is_ok() {}
    })
}

/// Asks for the list on a connection of its own and leaves the answer unread.
pub fn open_list(proxy: &Proxy, version: &str) -> TcpStream {
    let mut stream = TcpStream::connect(proxy.public).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let request = format!("GET /leader/members {version}\r\nhost: x\r\nauthorization: Bearer {AMBER_KEY}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

fn reload(proxy: &Proxy, source: &Source, contest: &Contest) {
    contest.write_contest(&proxy.folder, source.address);
    proxy.signal("HUP");
    proxy.wait_for(|line| line["message"].as_str().is_some_and(|message| message.contains("is in force")));
}

fn suspended() -> Contest {
    Contest { amber: "exports = [\"members\"]\nsuspended = \"a complaint\"".into(), ..Contest::default() }
}

pub fn ended(proxy: &Proxy) -> (String, String) {
    let line = proxy.wait_for(|line| line["message"] == "exchange");
    (line["outcome"].as_str().unwrap_or("").to_owned(), line["reason"].as_str().unwrap_or("").to_owned())
}

#[test]
fn p13_a_suspension_that_comes_while_the_source_thinks_is_seen() {
    let source = slow(1500);
    let proxy = Proxy::before(&source);
    let (public, waiting) = (proxy.public, Instant::now());
    let asked = std::thread::spawn(move || get(public, "/leader/members", AMBER_KEY));
    while source.seen().is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    reload(&proxy, &source, &suspended());
    assert!(waiting.elapsed() < Duration::from_millis(1500), "too slow to test this");
    let answer = asked.join().unwrap();
    assert_eq!((answer.status, answer.reason()), (403, "suspended".to_owned()));
}

#[test]
fn p9_a_window_that_closes_while_the_source_thinks_is_closed() {
    let source = slow(1900);
    let closes = Timestamp::now() + 1.seconds();
    let proxy = Proxy::start(&Contest { closes: closes.to_string(), ..Contest::default() }, &source);
    let answer = get(proxy.public, "/leader/members", AMBER_KEY);
    assert_eq!((answer.status, answer.reason()), (403, "window_closed".to_owned()));
    assert_eq!(answer.json()["closed_at"], closes.to_string());
}

#[test]
fn p9_a_window_that_a_reload_makes_shorter_ends_a_list_in_transfer_at_its_new_end() {
    let source = endless();
    let proxy = Proxy::before(&source);
    let mut stream = open_list(&proxy, "HTTP/1.1");
    stream.read_exact(&mut [0; 64]).unwrap();
    let closes = Timestamp::now() + 2.seconds();
    reload(&proxy, &source, &Contest { closes: closes.to_string(), ..Contest::default() });
    let reader = std::thread::spawn(move || {
        let mut chunk = [0; 65536];
        let until = Instant::now() + Duration::from_secs(15);
        while Instant::now() < until && stream.read(&mut chunk).is_ok_and(|count| count > 0) {}
    });
    assert_eq!(ended(&proxy), ("truncated".to_owned(), "window_closed".to_owned()));
    reader.join().unwrap();
}

#[test]
fn p13_a_key_that_is_taken_away_or_expires_ends_its_lists() {
    let source = endless();
    let soon = Timestamp::now() + 4.seconds();
    let expiring = Contest { amber_credential: format!("expires = {soon}"), ..Contest::default() };
    let proxy = Proxy::start(&expiring, &source);
    let expired = open_list(&proxy, "HTTP/1.1");
    assert_eq!(ended(&proxy), ("truncated".to_owned(), "credential_expired".to_owned()));

    let proxy = Proxy::before(&source);
    let mut revoked = open_list(&proxy, "HTTP/1.1");
    revoked.read_exact(&mut [0; 64]).unwrap();
    let file = proxy.folder.join("contests/leader.toml");
    let digest = portcullis::engine::credential::KeyDigest::of(AMBER_KEY.as_bytes()).to_hex();
    fs::write(&file, fs::read_to_string(&file).unwrap().replace(&digest, &"ab".repeat(32))).unwrap();
    proxy.signal("HUP");
    assert_eq!(ended(&proxy), ("truncated".to_owned(), "credential_invalid".to_owned()));
    drop((expired, revoked));
}

#[test]
fn p13_a_client_that_does_not_read_is_cut_off_all_the_same() {
    let source = endless();
    let proxy = Proxy::before(&source);
    let mut stream = open_list(&proxy, "HTTP/1.1");
    std::thread::sleep(Duration::from_secs(2));
    reload(&proxy, &source, &suspended());
    let since = Instant::now();
    assert_eq!(ended(&proxy), ("truncated".to_owned(), "suspended".to_owned()));
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    let mut held = Vec::new();
    let broken = stream.read_to_end(&mut held).unwrap_err();
    assert_eq!(broken.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_list_that_is_cut_short_never_looks_whole_even_on_http_1_0() {
    let source = Source::scripted(|_, stream| {
        source::write(stream, source::UNTIL_CLOSE);
        let record = format!(r#"{{"member_id": 1, "notes": "{}"}},"#, "x".repeat(500));
        source::write(stream, format!(r#"{{"values": [{}"#, record.repeat(3000)).as_bytes());
        source::hang(20);
    });
    let contest = Contest { process: "[bounds]\ndrain_milliseconds_max = 0".into(), ..Contest::default() };
    let proxy = Proxy::start(&contest, &source);
    let mut stream = open_list(&proxy, "HTTP/1.0");
    stream.read_exact(&mut [0; 64]).unwrap();
    proxy.signal("TERM");
    let broken = stream.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(broken.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn p5_an_export_that_is_not_granted_is_nowhere_to_be_told_from_one_that_does_not_exist() {
    let source = Source::json(page(MEMBER));
    for opens in ["2020-01-01T00:00:00Z", "2098-01-01T00:00:00Z"] {
        let proxy = Proxy::start(&Contest { opens: opens.into(), ..Contest::default() }, &source);
        let post = |path: &str| {
            let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TEAL_KEY}\r\n");
            send(proxy.public, &format!("{head}content-length: 0\r\nconnection: close\r\n\r\n"))
        };
        let said = |mut answer: super::support::Answer| {
            let mut told = answer.json();
            told.as_object_mut().unwrap().remove("request_id");
            answer.head.clear();
            (answer.status, told)
        };
        let unknown = said(get(proxy.public, "/leader/nothing", TEAL_KEY));
        for target in ["/leader/members", "/leader/members?limit=10", "/leader/members?religion=1", "/leader/members?cursor=A"] {
            assert_eq!(said(get(proxy.public, target, TEAL_KEY)), unknown, "{target}");
        }
        assert_eq!(said(post("/leader/members")), said(post("/leader/nothing")));
    }
}

#[test]
fn a_next_page_that_is_not_understood_is_never_read_as_the_last_one() {
    let lost = ["https://crm/api/members?start=500", "https://crm/api/members?offset=5&offset=6", "/members?offset=x", "later"];
    for said in lost {
        let source = Source::json(format!(r#"{{"count": 9, "next": "{said}", "values": []}}"#));
        let proxy = Proxy::before(&source);
        let answer = get(proxy.public, "/leader/members", AMBER_KEY);
        assert_eq!((answer.status, answer.json()["reason"].as_str()), (502, Some("shape_unexpected")), "{said}");
    }
    let source = Source::scripted(|head, stream| {
        let next = if head.contains("offset=") { "0" } else { "?flag&expand=a&expand=b&offset=500" };
        source::ok_json(stream, &format!(r#"{{"count": 9, "next": "{next}", "values": []}}"#));
    });
    let proxy = Proxy::before(&source);
    let next = get(proxy.public, "/leader/members", AMBER_KEY).json()["next"].as_str().unwrap().to_owned();
    let next = next.split_once(&proxy.public.to_string()).unwrap().1;
    assert!(get(proxy.public, next, AMBER_KEY).json()["next"].is_null());
}

#[test]
fn a_token_that_begins_with_a_slash_is_a_token() {
    let source = Source::json(r#"{"next": "/9j/4AAQSk+Zg==", "values": []}"#);
    let contest =
        Contest { export: "page = { size = \"limit\", token = \"after\" }\nnext = \"/next\"".into(), ..Contest::default() };
    let proxy = Proxy::start(&contest, &source);
    let next = get(proxy.public, "/leader/members", AMBER_KEY).json()["next"].as_str().unwrap().to_owned();
    assert_eq!(get(proxy.public, &format!("/leader/members?after={next}"), AMBER_KEY).status, 200);
    assert!(source.seen()[1].contains("after=%2F9j%2F4AAQSk%2BZg%3D%3D "), "{}", source.seen()[1]);
}

#[test]
fn the_operator_is_answered_while_the_proxy_drains() {
    let source = endless();
    let proxy = Proxy::before(&source);
    let mut stream = open_list(&proxy, "HTTP/1.1");
    stream.read_exact(&mut [0; 64]).unwrap();
    proxy.signal("TERM");
    proxy.wait_for(|line| line["message"] == "draining");
    std::thread::sleep(Duration::from_millis(500));
    let ready = get(proxy.admin, "/readyz", "");
    assert_eq!((ready.status, ready.text().contains("draining")), (503, true), "{}", ready.text());
    assert_eq!(get(proxy.admin, "/livez", "").status, 200);
}

#[test]
fn an_overloaded_proxy_says_when_to_come_again() {
    let source = endless();
    let contest = Contest { process: "[bounds]\nrequests_max = 1".into(), ..Contest::default() };
    let proxy = Proxy::start(&contest, &source);
    let mut held = open_list(&proxy, "HTTP/1.1");
    held.read_exact(&mut [0; 64]).unwrap();
    let refused = get(proxy.public, "/leader/members", AMBER_KEY);
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
}

#[test]
fn what_happened_to_fields_is_counted_when_the_client_leaves_early() {
    let source = endless();
    let proxy = Proxy::before(&source);
    let mut stream = open_list(&proxy, "HTTP/1.1");
    stream.read_exact(&mut [0; 200_000]).unwrap();
    drop(stream);
    assert_eq!(ended(&proxy).0, "abandoned");
    assert!(proxy.metrics().contains("action=\"keep\""), "{}", proxy.metrics());
}

#[test]
fn p12_nothing_that_is_smuggled_behind_a_body_is_answered() {
    let source = Source::json(page(MEMBER));
    let proxy = Proxy::before(&source);
    let behind = format!("GET /leader/members HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {AMBER_KEY}\r\n\r\n");
    let bodies = [
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n".to_owned(),
        "transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n".to_owned(),
        "content-length: 1\r\n\r\nx".to_owned(),
    ];
    for key in [AMBER_KEY, "nobody"] {
        for body in &bodies {
            let first = format!("GET /leader/members HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n");
            let mut stream = TcpStream::connect(proxy.public).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            stream.write_all(format!("{first}{body}{behind}").as_bytes()).unwrap();
            let mut answers = Vec::new();
            let _ = stream.read_to_end(&mut answers);
            let answers = String::from_utf8(answers).unwrap();
            assert_eq!(answers.matches("HTTP/1.1 4").count(), 1, "{body}: {answers}");
            assert!(!answers.contains("HTTP/1.1 200"), "{body}: {answers}");
        }
    }
    assert!(source.seen().is_empty());
}

#[test]
fn a_source_with_no_place_left_is_not_called_slow() {
    let source = endless();
    let contest = Contest { source: "timeout = \"1s\"\nconnections = 1".into(), ..Contest::default() };
    let proxy = Proxy::start(&contest, &source);
    let mut held = open_list(&proxy, "HTTP/1.1");
    held.read_exact(&mut [0; 64]).unwrap();
    let refused = get(proxy.public, "/leader/members", AMBER_KEY);
    assert_eq!((refused.status, refused.reason()), (503, "overloaded".to_owned()));
    assert_eq!(source.seen().len(), 1);
}

/// A proxy behind TLS, and an HTTP/2 connection to it on which nothing happens by itself.
pub async fn over_http2(
    source: &Source,
    process: &str,
    window: u32,
) -> (Proxy, SendRequest<Empty<Bytes>>, tokio::task::JoinHandle<()>) {
    over_http2_of(Contest { process: process.into(), ..Contest::default() }, source, window).await
}

/// The same of another contest than the usual one.
pub async fn over_http2_of(
    contest: Contest,
    source: &Source,
    window: u32,
) -> (Proxy, SendRequest<Empty<Bytes>>, tokio::task::JoinHandle<()>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let listen = "tls = { certificate_file = \"tls.pem\", key_file = \"tls.key\" }";
    let folder = Contest { listen: listen.into(), ..contest }.write(source.address);
    fs::write(folder.join("tls.pem"), made.cert.pem()).unwrap();
    secret(&folder.join("tls.key"), &made.signing_key.serialize_pem());
    let proxy = Proxy::start_in(folder);
    let mut roots = rustls::RootCertStore::empty();
    roots.add(rustls_pki_types::CertificateDer::from_pem_slice(made.cert.pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = tokio::net::TcpStream::connect(proxy.public).await.unwrap();
    let stream =
        tokio_rustls::TlsConnector::from(Arc::new(config)).connect("localhost".try_into().unwrap(), stream).await.unwrap();
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_stream_window_size(window)
        .handshake(TokioIo::new(stream))
        .await
        .unwrap();
    let task = tokio::spawn(async move { drop(connection.await) });
    (proxy, sender, task)
}

pub fn list_request() -> Request<Empty<Bytes>> {
    let request = Request::get("https://localhost/leader/members").header("authorization", format!("Bearer {AMBER_KEY}"));
    request.body(Empty::new()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p12_a_stream_that_grants_no_window_is_given_up_on() {
    let source = endless();
    let (proxy, mut sender, _task) = over_http2(&source, "[bounds]\nstall_milliseconds_max = 1000", 1000).await;
    let answer = sender.send_request(list_request()).await.unwrap();
    assert_eq!(answer.status(), 200);
    let outcome = tokio::task::spawn_blocking(move || (ended(&proxy).0, proxy)).await.unwrap().0;
    assert_eq!(outcome, "abandoned");
    drop(answer);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p13_a_stream_that_grants_no_window_stops_at_a_suspension() {
    let source = endless();
    let (proxy, mut sender, _task) = over_http2(&source, "", 1000).await;
    let answer = sender.send_request(list_request()).await.unwrap();
    let suspend = move || {
        suspended().write_contest(&proxy.folder, source.address);
        proxy.signal("HUP");
        ended(&proxy)
    };
    let outcome = tokio::task::spawn_blocking(suspend).await.unwrap();
    assert_eq!(outcome, ("truncated".to_owned(), "suspended".to_owned()));
    drop(answer);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p12_an_http2_connection_on_which_nothing_happens_is_closed() {
    let source = Source::json(page(MEMBER));
    let (_proxy, _sender, task) = over_http2(&source, "[bounds]\nhead_milliseconds_max = 500", 65_535).await;
    tokio::time::timeout(Duration::from_secs(10), task).await.expect("it was kept").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_http2_connection_in_use_is_kept_however_long_it_takes() {
    let source = Source::scripted(|_, stream| {
        source::write(stream, source::UNTIL_CLOSE);
        let record = format!(r#"{{"member_id": 1, "notes": "{}"}},"#, "x".repeat(500));
        source::write(stream, format!(r#"{{"values": [{}"#, record.repeat(3000)).as_bytes());
        (0..6).for_each(|_| {
            std::thread::sleep(Duration::from_millis(500));
            source::write(stream, record.as_bytes());
        });
        source::write(stream, br#"{"member_id": 2}]}"#);
    });
    let (_proxy, mut sender, _task) = over_http2(&source, "[bounds]\nhead_milliseconds_max = 500", 1 << 20).await;
    let body = sender.send_request(list_request()).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    assert!(body.ends_with(b"{\"member_id\":2}]}"), "{}", String::from_utf8_lossy(&body[body.len() - 40..]));
}
