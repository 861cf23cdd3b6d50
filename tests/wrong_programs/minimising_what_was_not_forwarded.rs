//! E0308

use portcullis::proxy::limit::Limited;
use portcullis::proxy::minimise::begin;

pub async fn skip(limited: Limited) {
    let _ = begin(limited, 0).await;
}

fn main() {}
