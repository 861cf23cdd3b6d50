//! What the embedded store promises beyond the conformance suite: files, processes and disks.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use portcullis::engine::reason::Reason;
use portcullis::store::sqlite::{Reader, SqliteStore};
use portcullis::store::{RejectionBook, RejectionBounds, RejectionFilter, RejectionReader, StoreError};

use super::support::{Folder, ROOMY, anonymous, row};

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn reopening_keeps_rows_and_goes_on_counting() {
    let folder = Folder::new();
    for n in 0..3 {
        let store = SqliteStore::open(&folder.database(), ROOMY).unwrap();
        assert!(store.record(row(n, Reason::RateLimited)));
        // No flush: closing writes what waits.
    }
    let rows = Reader::open(&folder.database()).unwrap().query(&RejectionFilter::all(9)).unwrap();
    assert_eq!(rows.iter().map(|row| row.sequence).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_lower_bound_takes_effect_when_opened_and_the_file_shrinks() {
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.database(), ROOMY).unwrap();
    assert!((0..40_000).all(|n| store.record(row(n, Reason::RateLimited))));
    drop(store);
    let before = std::fs::metadata(folder.database()).unwrap().len();
    drop(SqliteStore::open(&folder.database(), RejectionBounds { per_campaign_max: 10, ..ROOMY }).unwrap());
    let after = std::fs::metadata(folder.database()).unwrap().len();
    assert!(before > 4 << 20 && after < 1 << 20, "{before} {after}");
    assert_eq!(Reader::open(&folder.database()).unwrap().query(&RejectionFilter::all(99)).unwrap().len(), 10);
}

#[test]
fn an_anonymous_flood_does_not_grow_the_file() {
    let folder = Folder::new();
    drop(SqliteStore::open(&folder.database(), ROOMY).unwrap());
    let empty = std::fs::metadata(folder.database()).unwrap().len();
    let store = SqliteStore::open(&folder.database(), ROOMY).unwrap();
    for _ in 0..10 {
        assert!((0..10_000).all(|n| store.record(anonymous(n, Reason::CredentialInvalid))));
        store.flush(PATIENCE).unwrap();
    }
    drop(store);
    let bytes = std::fs::metadata(folder.database()).unwrap().len();
    assert!(bytes < empty + (16 << 10), "{bytes} bytes, of {empty} in an empty store");
}

#[test]
fn a_full_queue_refuses_at_once() {
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.database(), RejectionBounds { queue_max: 2, ..ROOMY }).unwrap();
    let blocker = hold(&folder);
    let taken = (0..50_000).filter(|&n| store.record(row(n, Reason::RateLimited))).count();
    assert!(taken < 50_000, "{taken}");
    blocker.execute_batch("ROLLBACK").unwrap();
    store.flush(PATIENCE).unwrap();
    let rows = Reader::open(&folder.database()).unwrap().query(&RejectionFilter::all(usize::MAX)).unwrap();
    assert_eq!(rows.len(), taken, "what was taken is there");
}

/// Holds SQLite's write lock, which is what a disk that refuses looks like to the writer after five seconds.
fn hold(folder: &Folder) -> rusqlite::Connection {
    let blocker = rusqlite::Connection::open(folder.database()).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    blocker
}

/// A table that refuses rows is a disk that refuses them, as far as the writer can tell.
const REFUSE: &str = "CREATE TRIGGER refuse BEFORE INSERT ON rejection BEGIN SELECT raise(ABORT, 'no'); END";

#[test]
fn a_refusing_disk_is_counted_and_outlived() {
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.database(), RejectionBounds { queue_max: 10, ..ROOMY }).unwrap();
    let sql = |text: &str| rusqlite::Connection::open(folder.database()).unwrap().execute_batch(text).unwrap();
    sql(REFUSE);
    assert!(store.record(row(0, Reason::RateLimited)));
    assert!(matches!(store.flush(PATIENCE), Err(StoreError::NotWritten { .. })));
    assert_eq!(store.unwritten(), 0, "it waits for a better time");
    let mut taken: u64 = 1;
    for n in 1..100 {
        while !store.record(row(n, Reason::RateLimited)) {
            std::thread::sleep(Duration::from_millis(1));
        }
        taken += 1;
    }
    assert!(store.flush(PATIENCE).is_err());
    assert_eq!(store.unwritten(), taken - 10, "the oldest are given up, the newest ten wait");
    sql("DROP TRIGGER refuse");
    store.flush(PATIENCE).unwrap();
    let rows = Reader::open(&folder.database()).unwrap().query(&RejectionFilter::all(99)).unwrap();
    assert_eq!(rows.iter().map(|row| row.at).collect::<Vec<_>>(), (90..100).map(super::support::at).collect::<Vec<_>>());
}

#[test]
fn it_tries_again_without_being_told() {
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.database(), ROOMY).unwrap();
    let sql = |text: &str| rusqlite::Connection::open(folder.database()).unwrap().execute_batch(text).unwrap();
    sql(REFUSE);
    assert!(store.record(row(0, Reason::RateLimited)));
    assert!(store.flush(PATIENCE).is_err());
    sql("DROP TRIGGER refuse");
    let reader = Reader::open(&folder.database()).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while reader.query(&RejectionFilter::all(9)).unwrap().is_empty() {
        assert!(Instant::now() < deadline, "nothing was written");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn closing_on_a_refusing_disk_ends_and_counts() {
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.database(), ROOMY).unwrap();
    rusqlite::Connection::open(folder.database()).unwrap().execute_batch(REFUSE).unwrap();
    assert!(store.record(row(0, Reason::RateLimited)));
    // Comes to its end although the disk never takes the row.
    drop(store);
}

#[test]
fn reading_while_writing_sees_whole_batches_and_stops_nobody() {
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.database(), ROOMY).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let reader = Reader::open(&folder.database()).unwrap();
            let mut last = 0;
            while !done.load(Ordering::Relaxed) {
                let rows = reader.query(&RejectionFilter::all(usize::MAX)).unwrap();
                assert!(rows.iter().zip(1..).all(|(row, n)| row.sequence == n), "no holes");
                assert!(rows.len() >= last);
                last = rows.len();
            }
        });
        for n in 0..5_000 {
            assert!(store.record(row(n, Reason::RateLimited)));
            if n % 100 == 0 {
                store.flush(PATIENCE).unwrap();
            }
        }
        store.flush(PATIENCE).unwrap();
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(Reader::open(&folder.database()).unwrap().query(&RejectionFilter::all(usize::MAX)).unwrap().len(), 5_000);
}

const CHILD: &str = "PORTCULLIS_TEST_STORE";

/// Not a test by itself: what the killed process of the next one does.
#[test]
fn child_writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let store = SqliteStore::open(path.as_ref(), ROOMY).unwrap();
    for n in 0.. {
        assert!(store.record(row(n, Reason::RateLimited)));
        store.flush(PATIENCE).unwrap();
        writeln!(std::io::stderr(), "flushed {}", n + 1).unwrap();
    }
}

#[test]
fn what_was_flushed_survives_a_kill_and_the_lock_does_not() {
    let folder = Folder::new();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sqlite::child_writes_until_it_is_killed", "--nocapture"])
        .env(CHILD, folder.database())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line == "flushed 200"));
    child.kill().unwrap();
    child.wait().unwrap();
    let last = lines.filter_map(|line| line.strip_prefix("flushed ")?.parse::<u64>().ok()).last().unwrap_or(200);
    drop(SqliteStore::open(&folder.database(), ROOMY).unwrap());
    let rows = Reader::open(&folder.database()).unwrap().query(&RejectionFilter::all(usize::MAX)).unwrap();
    assert!(rows.len() as u64 >= last, "{} rows, {last} were confirmed", rows.len());
    assert!(rows.iter().zip(1..).all(|(row, n)| row.sequence == n));
}
