//! E0308

use portcullis::proxy::account::deliver;
use portcullis::proxy::forward::Forwarded;
use portcullis::proxy::house::{House, Place};
use portcullis::proxy::ledger::Ledger;
use portcullis::wire::listen::Connection;
use std::sync::Arc;

pub fn skip(forwarded: Forwarded, house: Arc<House>, ledger: Ledger, place: Place, connection: Connection) {
    let _ = deliver(forwarded, &house, ledger, place, connection);
}

fn main() {}
