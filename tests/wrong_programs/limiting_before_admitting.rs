//! E0308

use portcullis::proxy::limit::Limiters;
use portcullis::proxy::route::Routed;

pub fn skip(limiters: Limiters, routed: Routed) {
    let _ = limiters.limit(routed);
}

fn main() {}
