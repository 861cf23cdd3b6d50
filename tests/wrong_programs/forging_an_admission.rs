//! E0451

use portcullis::engine::time::Timestamp;
use portcullis::proxy::admit::Admitted;
use portcullis::proxy::route::Routed;

pub fn forge(routed: Routed) -> Admitted {
    Admitted { routed, peer: [127, 0, 0, 1].into(), at: Timestamp::UNIX_EPOCH }
}

fn main() {}
