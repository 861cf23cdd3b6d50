//! P7: the order of system calls, and disks that refuse: nothing leaves that is not durable.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::super::support::{AMBER_KEY, Contest, Proxy, Source, get};
use super::record::{Books, members};

const LIST: &str = "/leader/members";

/// Starts the proxy under strace(1) with these options, on a store that is there; what it traced goes to a file in the folder.
fn traced(contest: &Contest, source: &Source, options: &[&str]) -> Proxy {
    let mut first = Proxy::start(contest, source);
    first.keep_folder();
    first.signal("TERM");
    first.ended();
    let folder = first.folder.clone();
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-y", "-s", "64", "-o"]).arg(folder.join("trace")).args(options);
    command.arg(env!("CARGO_BIN_EXE_portcullis")).arg("serve").arg("--config").arg(&folder).stdin(Stdio::null());
    Proxy::start_as(command, folder)
}

fn trace(folder: &Path) -> Vec<String> {
    std::fs::read_to_string(folder.join("trace")).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn p7_the_disk_has_it_before_the_source_is_asked_and_before_a_byte_leaves() {
    let source = Source::json(members(0..50));
    let proxy = traced(&Contest::default(), &source, &["-e", "trace=fdatasync,fsync,write,writev,sendto,sendmsg"]);
    assert!(get(proxy.public, LIST, AMBER_KEY).whole);
    let calls = trace(&proxy.folder);
    let is_sync = |call: &&String| call.contains("sync(") && call.contains("portcullis.db-wal");
    let asked = calls.iter().position(|call| call.contains("GET /api/members")).expect("the source was asked");
    let left = calls.iter().position(|call| call.contains("HTTP/1.1 200 OK")).expect("an answer left");
    let before = |end: usize, from: usize| calls[from..end].iter().rev().find(|call| call.contains("portcullis.db-wal"));
    assert!(before(asked, 0).as_ref().is_some_and(is_sync), "the opening is on disk when the source is asked: {calls:#?}");
    assert!(before(left, asked).as_ref().is_some_and(is_sync), "the register is on disk when a byte leaves: {calls:#?}");
}

#[test]
fn p7_a_failed_fsync_stops_everything_until_a_restart() {
    let source = Source::json(members(0..50));
    // Counted for each thread: the first few are those of opening the store.
    let inject = "inject=fsync,fdatasync:error=EIO:when=12+";
    let proxy = traced(&Contest::default(), &source, &["-e", "trace=fsync,fdatasync", "-e", inject]);
    let mut answers = Vec::new();
    for _ in 0..40 {
        let answer = get(proxy.public, LIST, AMBER_KEY);
        answers.push(answer.status);
        if answer.status != 200 {
            assert!(["audit_unavailable", "register_unavailable"].contains(&answer.reason().as_str()), "{}", answer.text());
        }
    }
    assert!(answers.contains(&503), "{answers:?}");
    let first = answers.iter().position(|status| *status == 503).unwrap();
    assert!(answers[first..].iter().all(|status| *status == 503), "it never comes back by itself: {answers:?}");
    let seen = source.seen().len();
    assert_eq!(get(proxy.public, LIST, AMBER_KEY).reason(), "audit_unavailable");
    assert_eq!(source.seen().len(), seen, "the source is not asked any more");
    let ready = get(proxy.admin, "/readyz", "");
    assert!(ready.status == 503 && ready.text().contains("nothing leaves until a restart"), "{}", ready.text());
    assert!(proxy.metrics().contains("portcullis_books_stopped 1"));
}

#[test]
fn p7_a_full_disk_refuses_and_serves_again_when_there_is_room() {
    let source = Source::json(members(0..50));
    let options = ["-e", "trace=pwrite64", "-e", "inject=pwrite64:error=ENOSPC:when=100..140"];
    let proxy = traced(&Contest::default(), &source, &options);
    let mut statuses = Vec::new();
    for _ in 0..80 {
        statuses.push(get(proxy.public, LIST, AMBER_KEY).status);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(statuses.contains(&503), "{statuses:?}");
    assert_eq!(statuses.last(), Some(&200), "{statuses:?}");
    let books = Books::of(&proxy.folder);
    let served = statuses.iter().filter(|status| **status == 200).count() as u64;
    assert!(books.spent().records >= served * 50, "{} {served}", books.spent().records);
}
