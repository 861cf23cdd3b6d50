//! E0382

use portcullis::engine::reason::Reason;
use portcullis::proxy::ledger::Ledger;

pub fn twice(ledger: Ledger) {
    ledger.served();
    ledger.ended(Reason::Internal);
}

fn main() {}
