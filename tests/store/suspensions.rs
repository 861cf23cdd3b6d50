//! Suspensions: what every implementation of the port promises, and what the embedded one promises beyond it.

use std::sync::Arc;
use std::time::Duration;

use portcullis::engine::ids::{CampaignId, ContestId};
use portcullis::engine::policy::suspension::Scope;
use portcullis::store::StoreError;
use portcullis::store::memory::{MemoryStore, MemoryWatch};
use portcullis::store::postgres::{PostgresReader, PostgresStore, PostgresSuspender, PostgresWatch};
use portcullis::store::sqlite::{Reader, SqliteStore, Suspender, Watch};
use portcullis::store::suspensions::{
    Act, By, Effect, LineError, SuspensionBook, SuspensionReader, SuspensionRow, SuspensionWatch, WHY_BYTES_MAX, Why,
};

use super::cluster::Database;
use super::support::{Folder, ROOMY, at};

fn contest(name: &str) -> Scope {
    Scope::Contest(ContestId::parse(name).unwrap())
}

fn campaign(of: &str, name: &str) -> Scope {
    Scope::Campaign(ContestId::parse(of).unwrap(), CampaignId::parse(name).unwrap())
}

fn row(n: i64, act: Act, scope: Scope) -> SuspensionRow {
    SuspensionRow { at: at(n), scope, act, by: By::parse("Ms Ärger").unwrap(), why: Why::parse(&format!("note {n}")).unwrap() }
}

/// A book, a way to read it, and a look at it.
struct Subject {
    book: Arc<dyn SuspensionBook>,
    reader: Arc<dyn SuspensionReader>,
    watch: Box<dyn SuspensionWatch>,
    _kept: Option<Box<dyn std::any::Any>>,
}

impl Subject {
    fn memory() -> Self {
        let store = Arc::new(MemoryStore::new(ROOMY));
        let watch = Box::new(MemoryWatch::new(Arc::clone(&store)));
        Self { book: Arc::clone(&store) as _, reader: store, watch, _kept: None }
    }

    /// As when a proxy runs: its store is open all the while.
    fn sqlite() -> Self {
        let folder = Folder::new();
        let store = SqliteStore::open(&folder.database(), ROOMY).unwrap();
        let book = Arc::new(Suspender::open(&folder.database()).unwrap());
        let reader = Arc::new(Reader::open(&folder.database()).unwrap());
        let watch = Box::new(Watch::open(&folder.database()).unwrap());
        Self { book, reader, watch, _kept: Some(Box::new((store, folder))) }
    }

    fn postgres() -> Self {
        let database = Database::new();
        let store = PostgresStore::open(&database.store(), ROOMY).unwrap();
        let book = Arc::new(PostgresSuspender::open(&database.store()).unwrap());
        let reader = Arc::new(PostgresReader::open(&database.store()).unwrap());
        let watch = Box::new(PostgresWatch::open(&database.store()).unwrap());
        Self { book, reader, watch, _kept: Some(Box::new((store, database))) }
    }

    /// What a watch sees that looks ten times a second, within the second that is promised.
    fn sees(&mut self) -> Vec<Scope> {
        for _ in 0..10 {
            if let Some(scopes) = self.watch.look().unwrap() {
                return scopes;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("no change was seen within a second");
    }

    fn put(&self, n: i64, act: Act, scope: Scope) -> Effect {
        self.book.put(&row(n, act, scope)).unwrap()
    }

    fn in_force(&self) -> Vec<(u64, Scope)> {
        self.reader.in_force().unwrap().into_iter().map(|row| (row.sequence, row.scope)).collect()
    }
}

/// Makes one test of the property for each implementation.
macro_rules! both {
    ($($name:ident;)*) => {
        mod memory { $( #[test] fn $name() { super::$name(&mut super::Subject::memory()); } )* }
        mod sqlite { $( #[test] fn $name() { super::$name(&mut super::Subject::sqlite()); } )* }
        mod postgres { $( #[test] fn $name() { super::$name(&mut super::Subject::postgres()); } )* }
    };
}

both! {
    keeps_what_was_put_down_in_its_order;
    the_newest_row_of_each_scope_decides;
    what_is_not_suspended_cannot_be_resumed;
    a_look_tells_of_changes_alone;
    of_many_that_resume_at_once_one_does;
}

fn keeps_what_was_put_down_in_its_order(subject: &mut Subject) {
    assert_eq!(subject.reader.history(9).unwrap(), []);
    // The clock of the second went wrong: the order is that of the writing all the same.
    assert_eq!(subject.put(5, Act::Suspended, campaign("a", "x")), Effect::Changed);
    assert_eq!(subject.put(1, Act::Resumed, campaign("a", "x")), Effect::Changed);
    assert_eq!(subject.put(9, Act::Suspended, Scope::Everything), Effect::Changed);
    let rows = subject.reader.history(9).unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.sequence, row.at, row.act, row.by.as_str(), row.why.as_str())).collect();
    let (suspended, resumed) = (Act::Suspended, Act::Resumed);
    let expected = [
        (1, at(5), suspended, "Ms Ärger", "note 5"),
        (2, at(1), resumed, "Ms Ärger", "note 1"),
        (3, at(9), suspended, "Ms Ärger", "note 9"),
    ];
    assert_eq!(told, expected);
    assert_eq!(subject.reader.history(2).unwrap(), rows[1..]);
}

fn the_newest_row_of_each_scope_decides(subject: &mut Subject) {
    for scope in [contest("a"), campaign("a", "x"), Scope::Everything, contest("b")] {
        assert_eq!(subject.put(0, Act::Suspended, scope), Effect::Changed);
    }
    assert_eq!(subject.put(1, Act::Suspended, contest("b")), Effect::Repeated);
    assert_eq!(subject.put(2, Act::Resumed, contest("a")), Effect::Changed);
    let left = [(2, campaign("a", "x")), (3, Scope::Everything), (5, contest("b"))];
    assert_eq!(subject.in_force(), left, "the contest alone was resumed");
    assert_eq!(subject.put(3, Act::Resumed, contest("b")), Effect::Changed, "one resumption lifts what was said twice");
    assert_eq!(subject.put(4, Act::Resumed, Scope::Everything), Effect::Changed);
    assert_eq!(subject.in_force(), left[..1]);
    assert_eq!(subject.put(5, Act::Suspended, contest("a")), Effect::Changed, "and again");
}

fn what_is_not_suspended_cannot_be_resumed(subject: &mut Subject) {
    subject.put(0, Act::Suspended, contest("a"));
    for scope in [Scope::Everything, contest("b"), campaign("a", "x")] {
        assert_eq!(subject.put(1, Act::Resumed, scope), Effect::Nothing);
    }
    assert_eq!(subject.reader.history(9).unwrap().len(), 1, "nothing was written");
}

fn a_look_tells_of_changes_alone(subject: &mut Subject) {
    assert_eq!(subject.watch.look().unwrap(), Some(vec![]), "the first look always tells");
    assert_eq!(subject.watch.look().unwrap(), None);
    subject.put(0, Act::Suspended, contest("a"));
    assert_eq!(subject.sees(), [contest("a")]);
    assert_eq!(subject.watch.look().unwrap(), None);
    subject.put(1, Act::Resumed, contest("a"));
    assert_eq!(subject.sees(), []);
}

fn of_many_that_resume_at_once_one_does(subject: &mut Subject) {
    subject.put(0, Act::Suspended, contest("a"));
    let book = &subject.book;
    let resumed = std::thread::scope(|scope| {
        let resume = || book.put(&row(1, Act::Resumed, contest("a"))).unwrap();
        let tries: Vec<_> = (0..4).map(|_| scope.spawn(resume)).collect();
        tries.into_iter().map(|one| one.join().unwrap()).filter(|effect| *effect == Effect::Changed).count()
    });
    assert_eq!(resumed, 1);
}

#[test]
fn words_are_one_bounded_line_and_never_shown_by_accident() {
    assert_eq!(Why::parse("  a complaint \n").unwrap().as_str(), "a complaint");
    assert!(Why::parse(&"x".repeat(WHY_BYTES_MAX)).is_ok());
    assert_eq!(Why::parse(&"x".repeat(WHY_BYTES_MAX + 1)), Err(LineError::TooLong(WHY_BYTES_MAX)));
    assert_eq!(Why::parse(" \t"), Err(LineError::Empty));
    assert_eq!(By::parse("a\u{1b}[2Jb"), Err(LineError::Control));
    assert_eq!(format!("{:?}", By::parse("Robin").unwrap()), "Line(5 bytes)");
}

fn stopped() -> (Folder, SqliteStore) {
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.database(), ROOMY).unwrap();
    Suspender::open(&folder.database()).unwrap().put(&row(0, Act::Suspended, contest("a"))).unwrap();
    (folder, store)
}

#[test]
fn what_is_in_force_survives_the_process_and_the_rows_every_hand() {
    let (folder, store) = stopped();
    drop(store);
    let _store = SqliteStore::open(&folder.database(), ROOMY).unwrap();
    assert_eq!(Watch::open(&folder.database()).unwrap().look().unwrap(), Some(vec![contest("a")]));
    let connection = rusqlite::Connection::open(folder.database()).unwrap();
    for sql in ["DELETE FROM suspension", "UPDATE suspension SET act = 'resumed'"] {
        assert!(connection.execute(sql, ()).unwrap_err().to_string().contains("on record is never"), "{sql}");
    }
}

#[test]
fn a_stop_that_no_proxy_would_read_is_refused() {
    let folder = Folder::new();
    assert!(matches!(Suspender::open(&folder.database()), Err(StoreError::NotFound { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "and no store is made");
    drop(SqliteStore::open(&folder.database(), ROOMY).unwrap());
    let connection = rusqlite::Connection::open(folder.database()).unwrap();
    connection.execute("UPDATE schema_version SET version = 1", ()).unwrap();
    assert!(matches!(Suspender::open(&folder.database()), Err(StoreError::SchemaOlder { found: 1, .. })));
}

#[test]
fn a_store_of_the_first_schema_is_brought_up_to_date_and_loses_nothing() {
    use portcullis::engine::reason::Reason;
    use portcullis::store::{RejectionBook, RejectionFilter, RejectionReader};
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.database(), ROOMY).unwrap();
    assert!(store.record(super::support::row(0, Reason::RateLimited)));
    drop(store);
    let connection = rusqlite::Connection::open(folder.database()).unwrap();
    let later = "SELECT name FROM sqlite_schema WHERE type = 'table'
        AND name NOT IN ('rejection', 'schema_version') AND name NOT LIKE 'sqlite_%'";
    let later: Vec<String> = connection.prepare(later).unwrap().query_map((), |row| row.get(0)).unwrap().flatten().collect();
    for table in later {
        connection.execute_batch(&format!("DROP TABLE {table}")).unwrap();
    }
    connection.execute_batch("UPDATE schema_version SET version = 1").unwrap();
    let _store = SqliteStore::open(&folder.database(), ROOMY).unwrap();
    assert_eq!(Reader::open(&folder.database()).unwrap().query(&RejectionFilter::all(9)).unwrap().len(), 1);
    assert_eq!(Reader::open(&folder.database()).unwrap().in_force().unwrap(), []);
}

#[test]
fn a_file_that_was_moved_away_or_makes_no_sense_is_an_error_and_never_no_stop() {
    let (folder, _store) = stopped();
    let mut watch = Watch::open(&folder.database()).unwrap();
    assert_eq!(watch.look().unwrap(), Some(vec![contest("a")]));
    let aside = folder.path().join("aside.db");
    std::fs::rename(folder.database(), &aside).unwrap();
    assert!(matches!(watch.look(), Err(StoreError::Replaced { .. })));
    std::fs::copy(&aside, folder.database()).unwrap();
    assert!(matches!(watch.look(), Err(StoreError::Replaced { .. })), "a copy is another file");
    std::fs::rename(&aside, folder.database()).unwrap();
    assert_eq!(watch.look().unwrap(), Some(vec![contest("a")]), "and after an error everything is read again");

    let sql =
        "INSERT INTO suspension (at, scope, contest, act, said_by, why) VALUES (0, 'contest', 'No Name', 'suspended', 'x', 'y')";
    rusqlite::Connection::open(folder.database()).unwrap().execute(sql, ()).unwrap();
    assert!(matches!(watch.look(), Err(StoreError::Database { .. })));
    assert!(watch.look().is_err(), "and it stays one");
}
