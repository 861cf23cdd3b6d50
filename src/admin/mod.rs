//! The operator's side: a listener of its own for health and metrics.
//!
//! Knows nothing of the data plane: what it shows is handed to it. Never shows a key, a query or a field value.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::net::TcpListener;

use crate::telemetry::metrics::Metrics;
use crate::wire::listen::{ConnectionBounds, Gate, serve};

/// The content type of OpenMetrics text 1.0.0.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// What the operator's side shows.
#[derive(Clone)]
pub struct Panel {
    /// The instruments.
    pub metrics: Arc<Metrics>,
    /// Brings gauges that depend on the time up to date; called before each scrape.
    pub refresh: Arc<dyn Fn() + Send + Sync>,
    /// What is missing before requests can be served; empty when nothing is.
    pub missing: Arc<dyn Fn() -> Vec<&'static str> + Send + Sync>,
}

/// Serves the operator for as long as the task lives: an answer here is short, so it needs no drain of its own.
pub async fn run(listener: TcpListener, panel: Panel) {
    let bounds = ConnectionBounds {
        connections_max: 64,
        head_bytes_max: 16 << 10,
        head_wait_max: Duration::from_secs(30),
        stall_max: Duration::from_secs(10),
    };
    // The operator's own connections are not campaigns': they are counted apart, and shown to nobody.
    let gate = Gate { tls: ArcSwapOption::empty(), bounds, metrics: Arc::new(Metrics::new()), failed: Box::new(|_| {}) };
    let handler = move |request: Request<Incoming>, _| {
        let response = answer(&panel, request.method(), request.uri().path());
        async move { response }
    };
    serve(listener, Arc::new(gate), handler, std::future::pending(), Duration::ZERO).await;
}

fn answer(panel: &Panel, method: &Method, path: &str) -> Response<Full<Bytes>> {
    if method != Method::GET {
        return text(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET is answered here\n".to_owned());
    }
    match path {
        "/livez" => text(StatusCode::OK, TEXT, "ok\n".to_owned()),
        "/readyz" => readiness(&(panel.missing)()),
        "/metrics" => {
            (panel.refresh)();
            text(StatusCode::OK, OPEN_METRICS, panel.metrics.render())
        }
        _ => text(StatusCode::NOT_FOUND, TEXT, "there are /livez, /readyz and /metrics\n".to_owned()),
    }
}

fn readiness(missing: &[&'static str]) -> Response<Full<Bytes>> {
    if missing.is_empty() {
        return text(StatusCode::OK, TEXT, "ready\n".to_owned());
    }
    let lines: String = missing.iter().map(|what| format!("not ready: {what}\n")).collect();
    text(StatusCode::SERVICE_UNAVAILABLE, TEXT, lines)
}

fn text(status: StatusCode, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
