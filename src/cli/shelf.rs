//! Where commands open the books: one place, so that every command works on every sort of store.
//!
//! Never creates a store and never brings one to another schema: what a command writes, a proxy has to read.

use crate::config::settings::Store;
use crate::store::books::tables::Reading;
use crate::store::sqlite::SqliteBooksReader;

/// Does some work on one snapshot of the books: what is written meanwhile is not seen, and nobody waits.
///
/// # Errors
/// What the work says, or why the store cannot be read.
pub(super) fn read<T>(store: &Store, work: impl FnOnce(&mut dyn Reading) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let Store::Sqlite(path) = store;
    let mut done = None;
    SqliteBooksReader::open(path)?.read(|reading| {
        done = Some(work(reading));
        Ok(())
    })?;
    done.unwrap_or_else(|| Err(anyhow::anyhow!("the store was not read")))
}
