//! compiles

use portcullis::engine::policy::suspension::Stops;
use portcullis::engine::rejection::Rejection;
use portcullis::engine::time::Timestamp;
use portcullis::proxy::account::{Delivery, deliver};
use portcullis::engine::ids::RequestId;
use portcullis::proxy::admit::admit;
use portcullis::proxy::audit::open;
use portcullis::proxy::disclose;
use portcullis::proxy::forward::Upstreams;
use portcullis::proxy::house::{House, Place};
use portcullis::proxy::leash::Leash;
use portcullis::proxy::ledger::Ledger;
use portcullis::proxy::limit::Limiters;
use portcullis::proxy::minimise::begin;
use portcullis::proxy::route::Routed;
use portcullis::telemetry::metrics::Metrics;
use portcullis::wire::listen::Connection;
use std::sync::Arc;

pub async fn the_way(
    routed: Routed, limiters: Limiters, upstreams: Upstreams, metrics: Metrics, house: Arc<House>, ledger: Ledger, place: Place, connection: Connection,
) -> Result<Delivery, Rejection> {
    let admitted = admit(routed, [127, 0, 0, 1].into(), &Stops::default(), Timestamp::UNIX_EPOCH)?;
    let leash = Leash::new(&admitted, 0, &house);
    let limited = limiters.limit(admitted)?;
    let request = RequestId::new(0, [0; 10]);
    let recorded = open(limited, &house, request, Timestamp::UNIX_EPOCH, |_| {}).await?;
    let forwarded = upstreams.forward(recorded, &metrics).await?;
    let minimised = begin(forwarded, leash, &house, 0).await?;
    let disclosed = disclose::begin(minimised, &house).await?;
    Ok(deliver(disclosed, &house, ledger, place, connection))
}

fn main() {}
