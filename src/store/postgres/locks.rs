//! The locks that replicas agree on, by number: advisory locks of the server.
//!
//! A lock of a transaction ends with it. The lock of a writer belongs to its connection, so it tells every replica whether the
//! process is alive, without any clock: the server lets it go when the connection ends, however it ends.

use super::error::Said;
use super::session::Session;

/// Ours among other users of such locks: "Port" in ASCII.
const CLASS: i32 = 0x506f_7274;
/// Writers, by their numbers: "Porw".
pub(super) const WRITERS: i32 = 0x506f_7277;

/// Whose turn it is with the books.
pub(super) const BOOKS: i32 = 1;
/// Whose turn it is with the book of rejections.
pub(super) const REJECTIONS: i32 = 2;
/// Whose turn it is with the book of suspensions: a stop never waits for a long list.
pub(super) const SUSPENSIONS: i32 = 3;
/// Who brings the schema up to date.
pub(super) const MIGRATION: i32 = 4;

/// Takes one of the locks until the transaction ends, waiting for it. What other transactions have committed under it is seen by
/// the statements behind this one.
pub(super) fn take(session: &mut Session, lock: i32) -> Result<(), Said> {
    session.all("SELECT pg_advisory_xact_lock($1, $2)", &[&CLASS, &lock]).map(drop)
}

/// Begins a transaction that has its turn.
pub(super) fn begin(session: &mut Session, lock: i32) -> Result<(), Said> {
    // Each statement sees what was committed before it: so what the last one that had its turn has written is seen.
    session.batch("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")?;
    take(session, lock)
}

/// Takes the lock of a writer for as long as the connection lasts, and says which of the server's processes has it now; `None` when
/// another one has it.
pub(super) fn claim(session: &mut Session, writer: i32) -> Result<Option<i32>, Said> {
    const SQL: &str = "SELECT pg_backend_pid() WHERE pg_try_advisory_lock($1, $2)";
    let row = session.one(SQL, &[&WRITERS, &writer])?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Ends the connection that holds the lock of a writer: an earlier one of the same process, which the server does not know to be
/// lost.
pub(super) fn evict(session: &mut Session, writer: i32) -> Result<(), Said> {
    const SQL: &str = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND classid = $1::int::oid AND objid = $2::int::oid AND objsubid = 2 AND pid <> pg_backend_pid()";
    session.all(SQL, &[&WRITERS, &writer]).map(drop)
}
