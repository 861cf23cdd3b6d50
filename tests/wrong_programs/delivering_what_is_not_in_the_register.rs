//! E0308

use portcullis::proxy::account::deliver;
use portcullis::proxy::house::{House, Place};
use portcullis::proxy::ledger::Ledger;
use portcullis::proxy::minimise::Minimised;
use portcullis::wire::listen::Connection;
use std::sync::Arc;

pub fn skip(minimised: Minimised, house: Arc<House>, ledger: Ledger, place: Place, connection: Connection) {
    let _ = deliver(minimised, &house, ledger, place, connection);
}

fn main() {}
