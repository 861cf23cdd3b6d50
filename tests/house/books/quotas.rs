//! P6: records and members delivered never exceed a quota, exactly, under any concurrency, over restarts.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;

use super::super::attack::{list_request, over_http2_of};
use super::super::support::{AMBER_KEY, Contest, Proxy, Source, get};
use super::record::{Books, members, received};

const LIST: &str = "/leader/members";

pub(super) fn limited(quota: &str) -> Contest {
    let usual = Contest::default().limits;
    Contest { limits: format!("{usual}\n{quota}"), ..Contest::default() }
}

#[test]
fn p6_a_list_is_cut_behind_the_last_record_that_may_leave() {
    let source = Source::json(members(0..100));
    let proxy = Proxy::start(&limited("records = { max = 137 }"), &source);
    let whole = get(proxy.public, LIST, AMBER_KEY);
    assert!(whole.whole, "{}", whole.head);
    assert!(whole.header("ratelimit").unwrap().contains("\"records\";r=37"), "{}", whole.head);
    assert!(whole.header("ratelimit-policy").unwrap().contains("\"records\";q=137"), "{}", whole.head);
    let cut = get(proxy.public, LIST, AMBER_KEY);
    assert_eq!((cut.status, cut.whole), (200, false));
    assert_eq!(received(&cut.text()), (0..37).collect::<Vec<_>>());
    assert!(cut.text().ends_with('}'), "to the byte: {}", cut.text());
    let refused = get(proxy.public, LIST, AMBER_KEY);
    assert_eq!((refused.status, refused.reason().as_str()), (429, "record_quota_exhausted"));
    assert_eq!(refused.header("retry-after"), None, "nothing comes back");
    let status = get(proxy.public, "/leader/-/status", AMBER_KEY).json();
    assert_eq!(status["remaining"]["records"], 0);
    assert_eq!(status["limits"]["records"]["max"], 137);
    let outcomes: Vec<_> = proxy.rejections(2).iter().map(|row| row["reason"].as_str().unwrap().to_owned()).collect();
    assert_eq!(outcomes, ["record_quota_exhausted", "record_quota_exhausted"]);
    assert_eq!(source.seen().len(), 2, "the refused one was never asked for");
    assert!(proxy.metrics().contains(r#"portcullis_quota_remaining{contest="leader",campaign="amber",quota="records"} 0"#));
}

#[test]
fn p6_members_are_counted_once_over_the_whole_contest() {
    let source = Source::scripted(|head, stream| {
        let from = if head.contains("offset=50") { 50 } else { 0 };
        super::super::support::source::ok_json(stream, &members(from..from + 100));
    });
    let proxy = Proxy::start(&limited("members = { max = 120 }"), &source);
    for _ in 0..3 {
        assert!(get(proxy.public, LIST, AMBER_KEY).whole, "who was given before is given again");
    }
    let cut = get(proxy.public, "/leader/members?offset=50", AMBER_KEY);
    assert_eq!((received(&cut.text()), cut.whole), ((50..120).collect(), false));
    assert!(get(proxy.public, LIST, AMBER_KEY).whole);
    let status = get(proxy.public, "/leader/-/status", AMBER_KEY).json();
    assert_eq!((&status["remaining"]["members"], &status["limits"]["members"]["max"]), (&0.into(), &120.into()));
    assert_eq!(proxy.rejections(1)[0]["reason"], "member_quota_exhausted");
    let spent = Books::of(&proxy.folder).spent();
    assert_eq!((spent.members, spent.records), (120, 470));
}

#[test]
fn p6_when_nothing_may_leave_the_answer_is_a_refusal_with_the_time_of_the_next_period() {
    let source = Source::json(members(0..10));
    let proxy = Proxy::start(&limited("records = { max = 10, per = \"1d\" }\nmembers = { max = 10 }"), &source);
    assert!(get(proxy.public, LIST, AMBER_KEY).whole);
    let refused = get(proxy.public, LIST, AMBER_KEY);
    assert_eq!(refused.reason(), "record_quota_exhausted");
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=86_400).contains(&seconds), "{seconds}");
    let source = Source::json(members(10..20));
    let proxy = Proxy::start(&limited("members = { max = 10 }"), &Source::json(members(0..10)));
    assert!(get(proxy.public, LIST, AMBER_KEY).whole);
    Contest { limits: limited("members = { max = 10 }").limits, ..Contest::default() }
        .write_contest(&proxy.folder, source.address);
    proxy.signal("HUP");
    proxy.wait_for(|line| line["message"].as_str().is_some_and(|said| said.contains("read again")));
    let refused = get(proxy.public, LIST, AMBER_KEY);
    assert_eq!((refused.status, refused.reason().as_str()), (403, "member_quota_exhausted"));
}

#[test]
fn p6_many_pulls_race_for_the_last_records_and_none_gets_one_too_many() {
    let source = Source::json(members(0..50));
    let contest = limited("records = { max = 1111 }\nmembers = { max = 50 }");
    let mut folder = None;
    let mut delivered = 0;
    // The second round goes on behind a kill, on the same store.
    for round in 0..2 {
        let proxy = match folder.take() {
            None => Proxy::start(&contest, &source),
            Some(folder) => Proxy::start_in(folder),
        };
        let address = proxy.public;
        let clients: Vec<_> = (0..8)
            .map(|_| {
                std::thread::spawn(move || {
                    let answers = (0..4).map(|_| get(address, LIST, AMBER_KEY));
                    answers.filter(|answer| answer.status == 200).map(|answer| received(&answer.text()).len()).sum::<usize>()
                })
            })
            .collect();
        delivered += clients.into_iter().map(|client| client.join().unwrap()).sum::<usize>();
        assert!(delivered <= 1111, "{delivered}");
        if round == 0 {
            let kept = std::env::temp_dir().join(format!("portcullis-kept-{}", std::process::id()));
            proxy.signal("KILL");
            std::thread::sleep(Duration::from_millis(100));
            std::fs::create_dir_all(&kept).unwrap();
            copy(&proxy.folder, &kept);
            folder = Some(kept);
        } else {
            assert_eq!(delivered, 1111, "all of them, and not one more");
            assert_eq!(Books::of(&proxy.folder).spent().records, 1111);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p6_streams_of_one_http2_connection_race_for_the_last_records_and_none_gets_one_too_many() {
    let source = Source::json(members(0..50));
    let (proxy, sender, _task) = over_http2_of(limited("records = { max = 333 }"), &source, 1 << 20).await;
    let streams: Vec<_> = (0..12)
        .map(|_| {
            let mut sender = sender.clone();
            tokio::spawn(async move {
                let answer = sender.send_request(list_request()).await.unwrap();
                let (served, mut body, mut text) = (answer.status() == 200, answer.into_body(), String::new());
                while let Some(Ok(frame)) = body.frame().await {
                    text.push_str(&String::from_utf8_lossy(frame.data_ref().unwrap()));
                }
                if served { received(&text).len() } else { 0 }
            })
        })
        .collect();
    let mut delivered = 0;
    for stream in streams {
        delivered += stream.await.unwrap();
    }
    assert_eq!(delivered, 333, "all of them, and not one more");
    assert_eq!(Books::of(&proxy.folder).spent().records, 333);
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn p6_what_did_not_leave_is_given_back() {
    let big = Arc::new(members(0..200_000));
    let source = Source::scripted(move |_, stream| super::super::support::source::ok_json(stream, &big));
    let proxy = Proxy::start(&limited("records = { max = 1000000 }\nmembers = { max = 1000000 }"), &source);
    let mut stream = std::net::TcpStream::connect(proxy.public).unwrap();
    let head = format!("GET {LIST} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {AMBER_KEY}\r\n\r\n");
    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    let mut first = [0; 4096];
    std::io::Read::read_exact(&mut stream, &mut first).unwrap();
    drop(stream);
    let ended = proxy.wait_for(|line| line["outcome"] == "abandoned");
    let books = Books::of(&proxy.folder);
    let until = std::time::Instant::now() + Duration::from_secs(20);
    while books.pulls()[0].end.is_none() {
        assert!(std::time::Instant::now() < until);
        std::thread::sleep(Duration::from_millis(20));
    }
    let (pull, spent) = (&books.pulls()[0], books.spent());
    assert!(pull.records > 0 && pull.records < 200_000, "{}", pull.records);
    assert_eq!((spent.records, spent.members, Some(pull.records)), (pull.records, pull.records, ended["records"].as_u64()));
}
