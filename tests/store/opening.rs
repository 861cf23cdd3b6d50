//! Opening the embedded store: what is refused, and in which words.

use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use portcullis::store::StoreError;
use portcullis::store::sqlite::{Reader, SqliteStore};

use super::support::{Folder, ROOMY};

fn refused(path: &Path) -> StoreError {
    SqliteStore::open(path, ROOMY).expect_err("this is to be refused")
}

#[test]
fn a_new_file_is_private_and_so_are_those_beside_it() {
    let folder = Folder::new();
    let _store = SqliteStore::open(&folder.database(), ROOMY).unwrap();
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["portcullis.db", "portcullis.db-shm", "portcullis.db-wal", "portcullis.db.lock"]);
}

#[test]
fn a_second_process_is_refused_until_the_first_has_ended() {
    let folder = Folder::new();
    let first = SqliteStore::open(&folder.database(), ROOMY).unwrap();
    let error = refused(&folder.database());
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("in use by another `portcullis serve`"), "{error}");
    drop(first);
    SqliteStore::open(&folder.database(), ROOMY).unwrap();
}

#[test]
fn what_is_in_the_way_is_named() {
    let folder = Folder::new();
    let error = refused(folder.path());
    assert!(matches!(error, StoreError::IsDirectory { .. }) && error.to_string().contains("portcullis.db"), "{error}");

    let error = refused(&folder.path().join("no/such/portcullis.db"));
    assert!(matches!(error, StoreError::FolderMissing { .. }) && error.to_string().contains("/no/such"), "{error}");

    let text = folder.path().join("text");
    fs::write(
        &text,
        "this is not a database, it is a text that is long enough to have a header of a hundred bytes or so, is it not",
    )
    .unwrap();
    let error = refused(&text);
    assert!(matches!(error, StoreError::NotADatabase { .. }), "{error:?}");
    let error = Reader::open(&text).unwrap_err();
    assert!(matches!(error, StoreError::NotADatabase { .. }), "{error:?}");
    assert!(fs::read_to_string(&text).unwrap().starts_with("this is not"), "and it is left alone");

    let foreign = folder.path().join("foreign");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    let before = fs::read(&foreign).unwrap();
    let error = refused(&foreign);
    assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
    assert_eq!(fs::read(&foreign).unwrap(), before);
}

#[test]
fn a_path_that_cannot_be_written_says_so() {
    // Nobody may create a file here, root included.
    let error = refused(Path::new("/proc/portcullis.db"));
    assert!(matches!(error, StoreError::NotAccessible { .. } | StoreError::NotFound { .. }), "{error:?}");
    assert!(error.to_string().contains("/proc/portcullis.db"), "{error}");
}

#[test]
fn a_newer_schema_is_refused_by_all_and_an_older_one_by_readers() {
    let folder = Folder::new();
    drop(SqliteStore::open(&folder.database(), ROOMY).unwrap());
    let set = |version: u32| {
        let connection = rusqlite::Connection::open(folder.database()).unwrap();
        connection.execute("UPDATE schema_version SET version = ?1", [version]).unwrap();
    };
    set(99);
    let error = refused(&folder.database());
    assert!(matches!(error, StoreError::SchemaNewer { found: 99, .. }), "{error:?}");
    assert!(matches!(Reader::open(&folder.database()), Err(StoreError::SchemaNewer { found: 99, .. })));
    set(0);
    assert!(matches!(Reader::open(&folder.database()), Err(StoreError::SchemaOlder { found: 0, .. })));
}

#[test]
fn a_reader_creates_nothing() {
    let folder = Folder::new();
    let error = Reader::open(&folder.database()).unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }) && error.source().is_none(), "{error:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
