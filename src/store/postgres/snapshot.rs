//! Reading the books beside those who write, each time in one snapshot. Never writes, and holds nobody up.

use std::sync::{Mutex, PoisonError};

use super::address::{ANSWER_MAX, Address};
use super::migrate;
use super::session::Session;
use super::tables::Rows;
use crate::config::postgres::Postgres;
use crate::store::StoreError;
use crate::store::books::tables::{ReadBooks, Reading};

/// A store in PostgreSQL, open for reading the books.
pub struct PostgresBooksReader {
    address: Address,
    /// `None` when it was lost: who reads next connects again.
    session: Mutex<Option<Session>>,
}

impl PostgresBooksReader {
    /// Opens the store, which has to exist at the schema of this program. Blocks while it does.
    ///
    /// # Errors
    /// [`StoreError::Postgres`].
    pub fn open(store: &Postgres) -> Result<Self, StoreError> {
        let address = Address::of(store)?;
        let session = Mutex::new(Some(connect(&address)?));
        Ok(Self { address, session })
    }
}

fn connect(address: &Address) -> Result<Session, StoreError> {
    let mut session = Session::open(address, ANSWER_MAX)?;
    migrate::is_newest(&mut session, address)?;
    Ok(session)
}

impl ReadBooks for PostgresBooksReader {
    fn reading(&self, work: &mut dyn FnMut(&mut dyn Reading) -> Result<(), StoreError>) -> Result<(), StoreError> {
        // A panic elsewhere may have left a connection in a transaction, but not here: it is taken out while it is used.
        let mut kept = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let mut session = match kept.take().filter(|session| !session.is_lost()) {
            Some(session) => session,
            None => connect(&self.address)?,
        };
        let refused = |said| self.address.refused(said);
        session.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").map_err(refused)?;
        // Nobody is a writer here, and the server refuses to write.
        let done = work(&mut Rows::new(&mut session, &self.address, 0));
        session.batch("ROLLBACK").map_err(refused)?;
        *kept = Some(session);
        done
    }
}
