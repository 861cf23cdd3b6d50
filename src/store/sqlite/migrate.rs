//! Bringing a file to the newest schema, one numbered step at a time, each in a transaction of its own.
//!
//! A step that was ever released is never changed; what follows gets the next number. There is no way back: an older program
//! refuses a newer file.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::access::explain;
use crate::store::StoreError;

/// The steps, in order; the first brings an empty file to schema 1.
const STEPS: &[&str] = &[
    include_str!("migrations/0001-rejections.sql"),
    include_str!("migrations/0002-suspensions.sql"),
    include_str!("migrations/0003-books.sql"),
];

/// The schema that this program reads and writes.
const NEWEST: u32 = STEPS.len() as u32;

/// Brings the file to the newest schema.
pub(super) fn to_newest(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let found = version(connection).map_err(|error| explain(path, error))?;
    if found > NEWEST {
        return Err(StoreError::SchemaNewer { path: path.into(), found, known: NEWEST });
    }
    for (step, number) in STEPS.iter().zip(1..).skip(found as usize) {
        apply(connection, step, number).map_err(|error| explain(path, error))?;
        tracing::info!(path = %path.display(), schema = number, "the store's schema was brought up to date");
    }
    Ok(())
}

/// Makes sure that the file has the newest schema, without changing it.
pub(super) fn is_newest(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let path = path.to_path_buf();
    match version(connection).map_err(|error| explain(&path, error))? {
        NEWEST => Ok(()),
        found if found > NEWEST => Err(StoreError::SchemaNewer { path, found, known: NEWEST }),
        found => Err(StoreError::SchemaOlder { path, found, known: NEWEST }),
    }
}

fn apply(connection: &mut Connection, step: &str, number: u32) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT")?;
    transaction.execute_batch(step)?;
    transaction.execute("DELETE FROM schema_version", ())?;
    transaction.execute("INSERT INTO schema_version (version) VALUES (?1)", [number])?;
    transaction.commit()
}

/// The file's schema; 0 while it is empty.
fn version(connection: &Connection) -> rusqlite::Result<u32> {
    if !connection.table_exists(None, "schema_version")? {
        return Ok(0);
    }
    connection.query_row("SELECT coalesce(max(version), 0) FROM schema_version", (), |row| row.get(0))
}
