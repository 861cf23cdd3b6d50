//! E0308

use portcullis::engine::ids::RequestId;
use portcullis::engine::time::Timestamp;
use portcullis::proxy::admit::Admitted;
use portcullis::proxy::audit::open;
use portcullis::proxy::house::House;
use std::sync::Arc;

pub async fn skip(admitted: Admitted, house: Arc<House>) {
    let _ = open(admitted, &house, RequestId::new(0, [0; 10]), Timestamp::UNIX_EPOCH, |_| {}).await;
}

fn main() {}
