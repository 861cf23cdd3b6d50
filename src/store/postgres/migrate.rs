//! Bringing a database to the newest schema, one numbered step at a time.
//!
//! A step that was ever released is never changed; what follows gets the next number. There is no way back: an older program
//! refuses a newer schema. Replicas that start at once wait for each other. Nothing outside of the schema `portcullis` is touched.

use super::address::Address;
use super::error::PostgresError;
use super::locks::{MIGRATION, take};
use super::session::Session;
use crate::store::StoreError;

/// The steps, in order; the first brings an empty database to schema 1.
const STEPS: &[&str] = &[
    include_str!("migrations/0001-rejections.sql"),
    include_str!("migrations/0002-suspensions.sql"),
    include_str!("migrations/0003-books.sql"),
];

/// The schema that this program reads and writes.
const NEWEST: u32 = STEPS.len() as u32;

/// The longest that a step may take, and that another replica is awaited which takes one. Milliseconds, as the server takes it.
const STEP_MILLISECONDS_MAX: u32 = 600_000;

/// Brings the database to the newest schema: all steps or none.
pub(super) fn to_newest(session: &mut Session, address: &Address) -> Result<(), StoreError> {
    // Where nothing is to be done nothing is asked for that the role may not have.
    if version(session, address)? == Some(NEWEST) {
        return Ok(());
    }
    let migrated = migrate(session, address);
    if migrated.is_err() {
        // Lost or refused, what was begun is undone; where the connection is gone the server does it.
        let _ = session.batch("ROLLBACK");
    }
    migrated
}

fn migrate(session: &mut Session, address: &Address) -> Result<(), StoreError> {
    let begin = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL statement_timeout = {STEP_MILLISECONDS_MAX};
         SET LOCAL lock_timeout = {STEP_MILLISECONDS_MAX}; SET LOCAL idle_in_transaction_session_timeout = 0"
    );
    let refused = |said| address.refused(said);
    session.batch(&begin).map_err(refused)?;
    take(session, MIGRATION).map_err(refused)?;
    let found = version(session, address)?;
    let (place, known) = (address.place.clone(), NEWEST);
    if let Some(found) = found.filter(|found| *found > NEWEST) {
        return Err(PostgresError::SchemaNewer { place, found, known }.into());
    }
    if found.is_none() {
        create(session).map_err(refused)?;
    }
    for (step, number) in STEPS.iter().zip(1u32..).skip(found.unwrap_or(0) as usize) {
        session.batch(step).map_err(refused)?;
        session.batch(&format!("UPDATE schema_version SET version = {number}")).map_err(refused)?;
        tracing::info!(%place, schema = number, "the store's schema was brought up to date");
    }
    Ok(session.batch("COMMIT").map_err(refused)?)
}

/// The schema itself may have been made beforehand, for a role that may not make one.
fn create(session: &mut Session) -> Result<(), super::error::Said> {
    if session.one("SELECT to_regnamespace('portcullis')::text", &[])?.and_then(|row| row.get::<_, Option<String>>(0)).is_none() {
        session.batch("CREATE SCHEMA portcullis")?;
    }
    session.batch("CREATE TABLE schema_version (version INTEGER NOT NULL); INSERT INTO schema_version VALUES (0)")
}

/// Makes sure that the database has the newest schema, without changing it.
pub(super) fn is_newest(session: &mut Session, address: &Address) -> Result<(), StoreError> {
    let (place, known) = (address.place.clone(), NEWEST);
    match version(session, address)? {
        Some(NEWEST) => Ok(()),
        None => Err(PostgresError::NotFound { place }.into()),
        Some(found) if found > NEWEST => Err(PostgresError::SchemaNewer { place, found, known }.into()),
        Some(found) => Err(PostgresError::SchemaOlder { place, found, known }.into()),
    }
}

/// The schema of the database; `None` while there is none.
fn version(session: &mut Session, address: &Address) -> Result<Option<u32>, StoreError> {
    const TABLES: &str = "SELECT count(*), count(*) FILTER (WHERE relname = 'schema_version') FROM pg_class
        WHERE relnamespace = to_regnamespace('portcullis') AND relkind = 'r'";
    let refused = |said| address.refused(said);
    let row = session.one(TABLES, &[]).map_err(refused)?;
    let (tables, ours) = row.map_or((0, 0), |row| (row.get::<_, i64>(0), row.get::<_, i64>(1)));
    match (tables, ours) {
        (0, _) => return Ok(None),
        (_, 0) => return Err(PostgresError::Foreign { place: address.place.clone() }.into()),
        _ => {}
    }
    let row = session.one("SELECT max(version) FROM schema_version", &[]).map_err(refused)?;
    Ok(row.and_then(|row| row.get::<_, Option<i32>>(0)).map(i32::unsigned_abs))
}
