//! E0308

use portcullis::proxy::leash::Leash;
use portcullis::proxy::limit::Limited;
use portcullis::proxy::minimise::begin;

pub async fn skip(limited: Limited, leash: Leash) {
    let _ = begin(limited, leash, 0).await;
}

fn main() {}
