//! What the shared store promises beyond the conformance suite: several processes, lost connections, and nobody's tables but ours.

mod configured;
mod relay;

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use portcullis::config::postgres::Postgres;
use portcullis::engine::audit::event::Ending;
use portcullis::engine::ids::{CampaignId, ContestId};
use portcullis::engine::policy::suspension::Scope;
use portcullis::engine::quota::Allowance;
use portcullis::engine::reason::Reason;
use portcullis::store::books::sweep::{GONE_AFTER, Sweep};
use portcullis::store::books::tables::{Backend, ReadBooks};
use portcullis::store::books::{Answer, Exhausted, PullFilter, Release, Step, StoredEnd, desk};
use portcullis::store::postgres::{PostgresBooks, PostgresBooksReader, PostgresError, PostgresReader, PostgresStore};
use portcullis::store::postgres::{PostgresSuspender, PostgresWatch};
use portcullis::store::suspensions::{Act, By, Effect, SuspensionBook, SuspensionRow, SuspensionWatch, Why};
use portcullis::store::{RejectionBook, RejectionFilter, RejectionReader, StoreError};

use self::relay::Relay;
use super::books::shelf::{Shelf, closing, log, member, opening};
use super::cluster::{Database, Sql};
use super::support::{ROOMY, anonymous, at, row};

const FREE: Allowance = Allowance { period: 0, records: None, members: None };

/// A database that a proxy has served from.
fn served() -> Database {
    let database = Database::new();
    drop(PostgresStore::open(&database.store(), ROOMY).unwrap());
    database
}

/// Ends every connection that writes the books or waits for that, as a server that is restarted would.
fn cut(sql: &Sql) -> i64 {
    sql.number(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'portcullis'",
    )
}

/// Another process that has the books of a shelf open.
fn beside(shelf: &Shelf) -> Shelf {
    let place = shelf.place.clone().unwrap();
    Shelf::begin(Box::new(move || Box::new(PostgresBooks::open(&place).unwrap())))
}

fn one(n: u32) -> Release {
    Release { members: vec![member(n)], bytes: 1, ..Release::default() }
}

#[test]
fn p6_two_replicas_race_for_the_last_record_and_one_gets_it() {
    let mut first = Shelf::postgres();
    let mut second = beside(&first);
    let allowance = Allowance { records: Some(100), members: Some(60), ..FREE };
    let granted = AtomicU32::new(0);
    let start = Barrier::new(2);
    std::thread::scope(|scope| {
        for (replica, shelf) in [&mut first, &mut second].into_iter().enumerate() {
            let (granted, start) = (&granted, &start);
            scope.spawn(move || {
                let pull = shelf.open(1 + replica as u64, "amber", 1, allowance);
                start.wait();
                // Both tell of the same members, in other orders.
                for n in 0..80 {
                    let member = if replica == 0 { n % 60 } else { (n * 7 + 3) % 60 };
                    let answer = shelf.release(pull, one(member), allowance);
                    granted.fetch_add(u32::try_from(answer.records).unwrap(), Ordering::Relaxed);
                    assert!(answer.records == 1 || answer.exhausted == Some(Exhausted::Records));
                }
            });
        }
    });
    assert_eq!(granted.into_inner(), 100);
    let spent = first.spent("amber");
    assert_eq!((spent.records, spent.records_ever), (100, 100));
    assert!(spent.members <= 60);
    assert_eq!(first.spent("amber"), second.spent("amber"));
    assert_eq!(first.verified().open_pulls, 2, "one log, whoever wrote it");
}

#[test]
fn a_connection_that_is_cut_in_the_middle_of_work_costs_nothing() {
    let database = served();
    let sql = database.sql();
    let mut shelf = Shelf::postgres_in(database);
    let pull = shelf.open(1, "amber", 1, FREE);
    let mut times = 0;
    let (desk, release) = (&mut shelf.desk, [Step::Release(pull, Box::new(one(1)), FREE)]);
    let done = shelf.backend.transact(&mut |tables| {
        times += 1;
        desk.take(tables, &release)?;
        if times == 1 {
            assert!(cut(&sql) >= 1);
        }
        tables.log_end().map(drop)
    });
    done.unwrap();
    shelf.desk.adopt();
    assert_eq!((times, shelf.spent("amber").records), (2, 1));
    cut(&sql);
    let granted = shelf.release(pull, one(2), FREE);
    assert_eq!(granted.records, 1, "between two transactions as well: the pull is still this process's");
    shelf.take(&[closing(pull, 2)]);
    shelf.verified();
}

#[test]
fn a_connection_that_is_cut_during_the_commit_leaves_no_doubt() {
    let database = served();
    let sql = database.sql();
    let mut shelf = Shelf::postgres_in(database);
    // Makes each commit of an entry take a second, in which nothing is decided yet.
    sql.run(
        "CREATE FUNCTION portcullis.slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END';
         CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON portcullis.entry DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION portcullis.slow()",
    );
    std::thread::scope(|scope| {
        let cutting = scope.spawn(|| {
            until(|| sql.number("SELECT count(*) FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active'") == 1);
            cut(&sql);
        });
        shelf.open(1, "amber", 1, FREE);
        cutting.join().unwrap();
    });
    sql.run("DROP TRIGGER slow ON portcullis.entry");
    assert_eq!(shelf.verified().open_pulls, 1, "it was undone, and done once more");
}

/// A shelf that reaches its database through a relay.
fn relayed(database: Database) -> (Relay, Shelf) {
    let relay = Relay::to(database.port());
    let url = database.url().replace(&format!(":{}/", database.port()), &format!(":{}/", relay.port));
    (relay, Shelf::postgres_at(database, Postgres::parse(&url).unwrap()))
}

#[test]
fn an_answer_to_a_commit_that_is_lost_is_found_out() {
    let database = served();
    let (relay, mut shelf) = relayed(database);
    relay.swallow_the_next_answer_to_a_commit();
    shelf.open(1, "amber", 1, FREE);
    assert_eq!(relay.swallowed(), 1);
    assert_eq!(shelf.verified().open_pulls, 1, "it had happened, and was not done again");
    let pull = shelf.open(2, "amber", 1, FREE);
    assert_eq!(shelf.release(pull, one(1), FREE).records, 1);
    shelf.verified();
}

#[test]
fn a_commit_that_cannot_be_found_out_is_said_to_be_lasting() {
    let database = served();
    let (relay, mut shelf) = relayed(database);
    relay.swallow_the_next_answer_to_a_commit();
    relay.let_nobody_in_again();
    let (desk, step) = (&mut shelf.desk, [opening(1, "amber", 1, FREE)]);
    let failed = shelf.backend.transact(&mut |tables| desk.take(tables, &step).map(drop)).unwrap_err();
    assert!(matches!(failed, StoreError::Postgres(PostgresError::InDoubt { .. })), "{failed}");
    assert!(failed.is_lasting());
}

#[test]
fn a_database_that_has_lost_what_was_committed_is_found_out() {
    let database = served();
    let sql = database.sql();
    let mut shelf = Shelf::postgres_in(database);
    shelf.open(1, "amber", 1, FREE);
    // As a standby would be that had not received the last transaction.
    sql.run("UPDATE portcullis.writer SET batch = batch - 1");
    let failed = shelf.backend.transact(&mut |_| Ok(())).unwrap_err();
    assert!(matches!(failed, StoreError::Postgres(PostgresError::WentBack { .. })) && failed.is_lasting(), "{failed}");
}

#[test]
fn a_replica_that_dies_with_an_open_pull_has_it_closed_by_another() {
    let mut living = Shelf::postgres();
    let mut dying = beside(&living);
    let own = living.open(1, "amber", 1, FREE);
    let lost = dying.open(2, "amber", 1, FREE);
    assert_eq!(dying.release(lost, one(5), FREE).records, 1);
    let orphans = PullFilter { orphaned: true, ..PullFilter::default() };
    assert!(living.read(|tables| tables.pulls(&orphans)).is_empty(), "both live");
    drop(dying);
    until(|| living.read(|tables| tables.pulls(&orphans)).len() == 1);
    let (mut sweep, now) = (Sweep::default(), Instant::now());
    let mut look = |shelf: &mut Shelf, later| sweep.look(&mut *shelf.backend, now + later, at(9)).unwrap();
    assert_eq!(look(&mut living, Duration::ZERO), 0, "it may only have lost its connection");
    assert_eq!(look(&mut living, GONE_AFTER / 2), 0);
    assert_eq!(look(&mut living, GONE_AFTER), 1);
    assert_eq!(look(&mut living, GONE_AFTER * 2), 0);
    assert_eq!(living.spent("amber").records, 1, "what may have left stays counted");
    assert_eq!(living.release(own, one(6), FREE).records, 1, "its own goes on");
    assert_eq!(living.verified().open_pulls, 1);
}

#[test]
fn a_pull_that_was_closed_by_another_gives_nothing_more() {
    let mut first = Shelf::postgres();
    let mut second = beside(&first);
    let pull = first.open(1, "amber", 1, FREE);
    let end = StoredEnd { entry: 1, at: at(5), ending: Ending::Lost };
    second.read(|tables| tables.end_pull(pull, 0, 0, &end));
    assert!(matches!(first.take(&[Step::Release(pull, Box::new(one(1)), FREE)])[..], [Answer::NotOpen]));
}

#[test]
fn replicas_that_start_at_once_on_an_empty_database_make_one_store() {
    let database = Database::new();
    let start = Barrier::new(4);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                start.wait();
                drop(PostgresStore::open(&database.store(), ROOMY).unwrap());
                let mut books = PostgresBooks::open(&database.store()).unwrap();
                books.transact(&mut |tables| desk::begin(tables, &log(), at(0))).unwrap();
            });
        }
    });
    let sql = database.sql();
    assert_eq!(sql.ask("SELECT version FROM portcullis.schema_version"), ["3"]);
    assert_eq!(sql.number("SELECT count(*) FROM portcullis.entry"), 1, "one log has begun");
    assert_eq!(sql.number("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"), 0);
}

fn stop(n: i64) -> SuspensionRow {
    let scope = Scope::Campaign(ContestId::parse("a").unwrap(), CampaignId::parse(&format!("c{n}")).unwrap());
    SuspensionRow { at: at(n), scope, act: Act::Suspended, by: By::parse("Robin").unwrap(), why: Why::parse("why").unwrap() }
}

/// The longest that a stop took to be seen, by looks as often as a proxy takes them.
fn slowest(database: &Database, stops: i64, put: impl Fn(i64)) -> Duration {
    let mut watch = PostgresWatch::open(&database.store()).unwrap();
    assert_eq!(watch.look().unwrap(), Some(vec![]));
    let mut slowest = Duration::ZERO;
    for n in 0..stops {
        put(n);
        let since = Instant::now();
        while watch.look().unwrap().is_none() {
            assert!(since.elapsed() < Duration::from_secs(5));
            std::thread::sleep(Duration::from_millis(20));
        }
        slowest = slowest.max(since.elapsed());
    }
    slowest
}

#[test]
fn p13_a_stop_is_heard_of_at_once_and_seen_within_a_second_without_the_bell() {
    let database = served();
    let book = PostgresSuspender::open(&database.store()).unwrap();
    let heard = slowest(&database, 5, |n| assert_eq!(book.put(&stop(n)).unwrap(), Effect::Changed));
    assert!(heard < Duration::from_secs(1), "{heard:?}");
    let database = served();
    let sql = database.sql();
    let silent = "INSERT INTO portcullis.suspension (scope, contest, campaign, at, act, said_by, why)";
    let seen =
        slowest(&database, 5, |n| sql.run(&format!("{silent} VALUES ('campaign', 'a', 'c{n}', 0, 'suspended', 'x', 'y')")));
    assert!(seen < Duration::from_secs(1), "{seen:?}");
}

#[test]
fn the_bell_rings_for_stops_and_objections() {
    let database = served();
    let listener = database.listen("portcullis_changed");
    PostgresSuspender::open(&database.store()).unwrap().put(&stop(1)).unwrap();
    assert!(listener.hears_within(Duration::from_secs(1)));
    let mut shelf = Shelf::postgres_in(database);
    assert!(!listener.hears_within(Duration::from_millis(200)), "nothing of it without need");
    let row = portcullis::store::books::ObjectionRow {
        at: at(1),
        contest: ContestId::parse("leader-2026").unwrap(),
        campaign: None,
        member: member(1),
        withheld: portcullis::engine::member::Withheld::All,
        withdrawn: false,
    };
    shelf.take(&[Step::Object(vec![row])]);
    assert!(listener.hears_within(Duration::from_secs(1)));
}

#[test]
fn a_watch_outlives_its_connection_and_a_row_without_meaning_is_an_error() {
    let database = served();
    let sql = database.sql();
    let book = PostgresSuspender::open(&database.store()).unwrap();
    let mut watch = PostgresWatch::open(&database.store()).unwrap();
    book.put(&stop(1)).unwrap();
    assert_eq!(watch.look().unwrap().unwrap().len(), 1);
    cut(&sql);
    until(|| watch.look().is_ok_and(|seen| seen.is_some_and(|scopes| scopes.len() == 1)));
    sql.run(
        "INSERT INTO portcullis.suspension (at, scope, contest, act, said_by, why)
        VALUES (0, 'contest', 'No Name', 'suspended', 'x', 'y')",
    );
    until(|| watch.look().is_err());
    assert!(watch.look().is_err(), "and it stays one");
}

#[test]
fn rejections_are_bounded_exactly_over_replicas() {
    let database = Database::new();
    let bounds = portcullis::store::RejectionBounds { per_campaign_max: 10, ..ROOMY };
    let replicas = [0, 1].map(|_| PostgresStore::open(&database.store(), bounds).unwrap());
    std::thread::scope(|scope| {
        for replica in &replicas {
            scope.spawn(move || {
                for n in 0..60 {
                    assert!(replica.record(row(n, Reason::RateLimited)));
                    assert!(replica.record(anonymous(0, Reason::CredentialInvalid)));
                    if n % 7 == 0 {
                        replica.flush(Duration::from_secs(20)).unwrap();
                    }
                }
                replica.flush(Duration::from_secs(20)).unwrap();
            });
        }
    });
    let rows = PostgresReader::open(&database.store()).unwrap().query(&RejectionFilter::all(1000)).unwrap();
    let (known, unknown): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.campaign.is_some());
    assert_eq!(known.len(), 10);
    assert_eq!(unknown.iter().map(|row| row.count).collect::<Vec<_>>(), [120], "folded into one row by both");
}

#[test]
fn rejections_wait_for_a_database_that_was_cut_off() {
    let database = Database::new();
    let store = PostgresStore::open(&database.store(), ROOMY).unwrap();
    cut(&database.sql());
    assert!(store.record(row(1, Reason::RateLimited)));
    until(|| store.flush(Duration::from_secs(5)).is_ok());
    assert_eq!(PostgresReader::open(&database.store()).unwrap().query(&RejectionFilter::all(9)).unwrap().len(), 1);
}

#[test]
fn rows_on_record_survive_every_hand() {
    let database = served();
    let sql = database.sql();
    PostgresSuspender::open(&database.store()).unwrap().put(&stop(1)).unwrap();
    let _shelf = Shelf::postgres_in(database);
    for table in ["suspension", "entry", "objection"] {
        for statement in [format!("DELETE FROM {table}"), format!("TRUNCATE {table}")] {
            let said = sql.attempt(&format!("SET search_path = portcullis; {statement}")).unwrap_err();
            assert!(said.contains("on record is never"), "{statement}: {said}");
        }
    }
}

#[test]
fn reading_takes_one_snapshot_and_cannot_write() {
    let mut shelf = Shelf::postgres();
    let reader = PostgresBooksReader::open(shelf.place.as_ref().unwrap()).unwrap();
    let reader: &dyn ReadBooks = &reader;
    let (before, after) = reader
        .read(|reading| {
            let before = reading.entries(0, 9)?.len();
            shelf.open(1, "amber", 1, FREE);
            Ok((before, reading.entries(0, 9)?.len()))
        })
        .unwrap();
    assert_eq!((before, after), (1, 1));
    assert_eq!(reader.read(|reading| Ok(reading.entries(0, 9)?.len())).unwrap(), 2);
    cut(&Sql::connect(shelf.place.as_ref().unwrap().url()));
    until(|| reader.read(|reading| Ok(reading.entries(0, 9)?.len())).is_ok_and(|entries| entries == 2));
}

/// Waits, at most ten seconds, until something holds.
fn until(mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < Duration::from_secs(10), "it never came to be");
        std::thread::sleep(Duration::from_millis(10));
    }
}
