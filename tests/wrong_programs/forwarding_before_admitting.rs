//! E0308

use portcullis::proxy::forward::Upstreams;
use portcullis::proxy::route::Routed;
use portcullis::telemetry::metrics::Metrics;

pub async fn skip(upstreams: Upstreams, routed: Routed, metrics: Metrics) {
    let _ = upstreams.forward(routed, &metrics).await;
}

fn main() {}
