//! E0308

use portcullis::engine::ids::RequestId;
use portcullis::engine::time::Timestamp;
use portcullis::proxy::admit::Admitted;
use portcullis::proxy::audit::open;
use portcullis::store::books::writer::Books;
use std::sync::Arc;

pub async fn skip(admitted: Admitted, books: Arc<Books>) {
    let _ = open(admitted, &books, RequestId::new(0, [0; 10]), Timestamp::UNIX_EPOCH, |_| {}).await;
}

fn main() {}
