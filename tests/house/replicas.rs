//! Two or three proxies on one database: one quota, one log, one word that stops all, and none keeps what another left behind.

use std::fs;
use std::io::Read;
use std::time::{Duration, Instant};

use portcullis::config::settings::Store;
use portcullis::engine::audit::event::Ending;
use portcullis::engine::audit::key::{KeyName, SecretKey};
use portcullis::engine::audit::verify::{Verified, Verifier};
use portcullis::engine::ids::{CampaignId, ContestId};
use portcullis::engine::quota::Spent;
use portcullis::store::books::{PullFilter, Side, StoredPull};
use portcullis::store::open;
use zeroize::Zeroizing;

use super::attack::{endless, open_list};
use super::books::record::{members, received};
use super::cluster::Database;
use super::support::folder::secret;
use super::support::{AMBER_KEY, Contest, MEMBER, Proxy, Source, get, page, proxy::program, source};

const LIST: &str = "/leader/members";
const PATIENCE: Duration = Duration::from_secs(60);

fn log_key() -> SecretKey {
    SecretKey::new(KeyName::parse("vote.example/log").unwrap(), &Zeroizing::new([5; 32]))
}

/// A proxy of the contest whose books are in the database.
fn replica(database: &Database, contest: &Contest, source: &Source) -> Proxy {
    let folder = contest.write(source.address);
    let file = folder.join("portcullis.toml");
    let text = fs::read_to_string(&file).unwrap();
    let shared = "kind = \"postgres\"\nurl_file = \"postgres-url\"\n[audit]\nkey_file = \"log.key\"\n";
    fs::write(&file, text.replace("kind = \"sqlite\"\npath = \"portcullis.db\"\n", shared)).unwrap();
    secret(&folder.join("postgres-url"), &database.url());
    secret(&folder.join("log.key"), &log_key().spell());
    Proxy::start_in(folder)
}

fn limited(quota: &str) -> Contest {
    let usual = Contest::default().limits;
    Contest { limits: format!("{usual}\n{quota}"), ..Contest::default() }
}

fn pulls(database: &Database, filter: &PullFilter) -> Vec<StoredPull> {
    open::to_read_books(&Store::Postgres(database.store())).unwrap().read(|reading| reading.pulls(filter)).unwrap()
}

fn spent(database: &Database) -> Spent {
    let side = Side { contest: ContestId::parse("leader").unwrap(), campaign: CampaignId::parse("amber").unwrap() };
    open::to_read_books(&Store::Postgres(database.store())).unwrap().read(|reading| reading.spent(&side)).unwrap()
}

/// The log, verified under a head over all of it.
fn verified(database: &Database) -> Verified {
    let (reader, key) = (open::to_read_books(&Store::Postgres(database.store())).unwrap(), log_key());
    let newest = || reader.read(|reading| reading.newest_head()).unwrap();
    // Heads are signed once a second, so at first there is none.
    until("a head covers everything", || {
        let size = reader.read(|reading| reading.log_end()).unwrap().unwrap().frontier.size();
        newest().is_some_and(|head| head.0 == size)
    });
    let head = newest().unwrap().1;
    let mut log = Verifier::new(key.public().name(), &[key.public().clone()], &[head.as_bytes()]).unwrap();
    for entry in reader.read(|reading| reading.entries(0, usize::MAX)).unwrap() {
        log.entry(&entry.bytes).unwrap();
    }
    log.finish().unwrap()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn p6_p8_two_replicas_give_one_quota_and_write_one_log() {
    let database = Database::new();
    let source = Source::json(members(0..100));
    let contest = limited("records = { max = 730 }");
    let replicas = [replica(&database, &contest, &source), replica(&database, &contest, &source)];
    let given: usize = std::thread::scope(|scope| {
        let asking = replicas.iter().map(|replica| {
            scope.spawn(|| (0..6).map(|_| received(&get(replica.public, LIST, AMBER_KEY).text()).len()).sum::<usize>())
        });
        asking.collect::<Vec<_>>().into_iter().map(|asking| asking.join().unwrap()).sum()
    });
    assert_eq!(given, 730);
    let spent = spent(&database);
    assert_eq!((spent.records, spent.members), (730, 100));
    assert_eq!(verified(&database).open_pulls, 0);
    for replica in &replicas {
        let log = replica.log();
        assert!(!log.contains("p@ss") && !log.contains("p%40ss") && !log.contains("postgres://"), "{log}");
    }
}

#[test]
fn p6_p7_three_replicas_of_which_one_is_killed_give_not_one_record_too_many() {
    const QUOTA: usize = 150_000;
    let database = Database::new();
    let list = members(0..20_000);
    let source = Source::scripted(move |_, stream| source::ok_json(stream, &list));
    let contest = limited(&format!("records = {{ max = {QUOTA} }}"));
    let (living, mut dying) = ([(); 2].map(|()| replica(&database, &contest, &source)), replica(&database, &contest, &source));
    let given: usize = std::thread::scope(|scope| {
        let asking = living.each_ref().map(|replica| scope.spawn(|| all_that_it_gives(replica)));
        let mut list = open_list(&dying, "HTTP/1.1");
        let mut kept = vec![0; 1 << 16];
        let first = list.read(&mut kept).unwrap();
        dying.signal("KILL");
        dying.ended();
        kept.truncate(first);
        let _ = list.read_to_end(&mut kept);
        let before = received(&String::from_utf8_lossy(&kept)).len();
        assert!(before > 0);
        before + asking.into_iter().map(|asking| asking.join().unwrap()).sum::<usize>()
    });
    assert!(given <= QUOTA, "{given}");
    until("the pulls of the killed one are closed", || {
        pulls(&database, &PullFilter::default()).iter().all(|pull| pull.end.is_some())
    });
    let granted: u64 = pulls(&database, &PullFilter::default()).iter().map(|pull| pull.records).sum();
    assert_eq!((granted, spent(&database).records), (QUOTA as u64, QUOTA as u64), "what may have left of a lost pull counts");
    assert_eq!(verified(&database).open_pulls, 0);
    let is_lost = |pull: &&StoredPull| pull.end.is_some_and(|end| end.ending == Ending::Lost);
    assert_eq!(pulls(&database, &PullFilter::default()).iter().filter(is_lost).count(), 1);
}

/// How many records a proxy gives, list after list, until it gives no more.
fn all_that_it_gives(proxy: &Proxy) -> usize {
    let list = || received(&get(proxy.public, LIST, AMBER_KEY).text()).len();
    std::iter::repeat_with(list).take_while(|records| *records > 0).sum()
}

#[test]
fn p13_one_word_stops_both_replicas_lists_in_transfer_too() {
    let database = Database::new();
    let source = endless();
    let replicas = [0, 1].map(|_| replica(&database, &Contest::default(), &source));
    let mut lists = [0, 1].map(|at| open_list(&replicas[at], "HTTP/1.1"));
    let mut chunk = [0; 1 << 16];
    for list in &mut lists {
        assert!(list.read(&mut chunk).unwrap() > 0);
        assert!(chunk.starts_with(b"HTTP/1.1 200"));
    }
    let words = ["suspend", "--contest", "leader", "--by", "Robin", "--reason", "complaint", "--config"];
    let output = program().args(words).arg(&replicas[0].folder).output().unwrap();
    let decided = Instant::now();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (list, replica) in lists.iter_mut().zip(&replicas) {
        while !matches!(list.read(&mut chunk), Ok(0) | Err(_)) {
            assert!(decided.elapsed() < PATIENCE);
        }
        assert_eq!(get(replica.public, LIST, AMBER_KEY).reason(), "suspended");
    }
    // The second that is promised, and four for a machine that is busy with other tests.
    assert!(decided.elapsed() < Duration::from_secs(5), "{:?}", decided.elapsed());
    let shown = program().args(["suspensions", "--config"]).arg(&replicas[1].folder).output().unwrap();
    assert!(String::from_utf8_lossy(&shown.stdout).starts_with("1 suspension in force:"));
    let rejected = replicas[1].rejections(2);
    assert!(rejected.iter().all(|row| row["reason"] == "suspended"), "one book for both: {rejected:?}");
}

#[test]
fn p7_a_replica_that_is_killed_has_its_pull_closed_by_the_other() {
    let database = Database::new();
    let source = endless();
    let living = replica(&database, &Contest::default(), &source);
    let mut dying = replica(&database, &Contest::default(), &source);
    let mut list = open_list(&dying, "HTTP/1.1");
    let mut chunk = [0; 1 << 16];
    assert!(list.read(&mut chunk).unwrap() > 0);
    dying.signal("KILL");
    dying.ended();
    let all = PullFilter::default();
    until("the pull is closed as lost", || pulls(&database, &all).iter().any(|pull| pull.end.is_some()));
    let closed = pulls(&database, &all);
    assert_eq!(closed.len(), 1);
    assert!(closed[0].records > 0, "with what may have left");
    assert!(living.log().contains("pulls of a process that is gone were closed as lost"), "{}", living.log());
}

#[test]
fn p7_nothing_leaves_while_the_database_is_away() {
    let database = Database::new();
    let source = Source::json(page(MEMBER));
    let proxy = replica(&database, &Contest::default(), &source);
    assert_eq!(get(proxy.public, LIST, AMBER_KEY).status, 200);
    let other = Database::new();
    let elsewhere = other.sql();
    let name = &database.name;
    elsewhere.run(&format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"));
    elsewhere.run(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"));
    let refused = get(proxy.public, LIST, AMBER_KEY);
    assert!(refused.status >= 500, "{}", refused.head);
    elsewhere.run(&format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"));
    until("it serves again", || get(proxy.public, LIST, AMBER_KEY).status == 200);
}
