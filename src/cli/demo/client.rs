//! The demo's own client: a GET, and what came back.

use std::io;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// Largest answer that the demo reads, in bytes.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// What came back.
pub(super) struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body; `null` where it is not JSON.
    pub body: Value,
    /// The same as text, as far as it came.
    pub text: String,
    /// Whether it came to its end.
    pub whole: bool,
}

/// Asks for `url` with a bearer key.
pub(super) async fn get(url: &str, key: &str) -> io::Result<Answer> {
    let client: Client<HttpConnector, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let request =
        Request::get(url).header(AUTHORIZATION, format!("Bearer {key}")).body(Empty::new()).map_err(io::Error::other)?;
    let (head, body) = client.request(request).await.map_err(io::Error::other)?.into_parts();
    let (mut body, mut bytes) = (Limited::new(body, ANSWER_BYTES_MAX), Vec::new());
    let whole = loop {
        match body.frame().await {
            Some(Ok(frame)) => bytes.extend_from_slice(frame.data_ref().map_or(&[], |data| &data[..])),
            Some(Err(_)) => break false,
            None => break true,
        }
    };
    let (status, headers) = (head.status, head.headers);
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Ok(Answer { status, headers, body, text: String::from_utf8_lossy(&bytes).into_owned(), whole })
}

impl Answer {
    /// Records of the demo's contest that came, whole answer or not.
    pub(super) fn records(&self) -> usize {
        self.text.matches("\"member_id\"").count()
    }

    /// The reason of a problem document; empty otherwise.
    pub(super) fn reason(&self) -> &str {
        self.body["reason"].as_str().unwrap_or("")
    }
}
