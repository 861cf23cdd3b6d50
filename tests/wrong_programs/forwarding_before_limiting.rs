//! E0308

use portcullis::proxy::admit::Admitted;
use portcullis::proxy::forward::Upstreams;
use portcullis::telemetry::metrics::Metrics;

pub async fn skip(upstreams: Upstreams, admitted: Admitted, metrics: Metrics) {
    let _ = upstreams.forward(admitted, &metrics).await;
}

fn main() {}
