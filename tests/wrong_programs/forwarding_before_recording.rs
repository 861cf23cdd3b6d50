//! E0308

use portcullis::proxy::forward::Upstreams;
use portcullis::proxy::limit::Limited;
use portcullis::telemetry::metrics::Metrics;

pub async fn skip(upstreams: Upstreams, limited: Limited, metrics: Metrics) {
    let _ = upstreams.forward(limited, &metrics).await;
}

fn main() {}
