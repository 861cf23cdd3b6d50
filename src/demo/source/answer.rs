//! One request of the membership API to one answer: who may ask, which records, and where the next page is.

use bytes::{BufMut, Bytes, BytesMut};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;

use super::database::{Database, Filter};
use super::{LIMIT_DEFAULT, LIMIT_MAX, PATH};

/// Answers a request. The `authorization` is the whole header value that is let in.
pub(super) fn to<B>(request: &Request<B>, database: &Database, authorization: &str) -> Response<Full<Bytes>> {
    if request.headers().get(AUTHORIZATION).is_none_or(|value| value != authorization) {
        let mut refusal = json(StatusCode::UNAUTHORIZED, r#"{"detail":"A valid token is needed."}"#);
        refusal.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return refusal;
    }
    let path = request.uri().path().trim_end_matches('/');
    match path.strip_prefix(PATH) {
        Some(_) if request.method() != Method::GET => {
            json(StatusCode::METHOD_NOT_ALLOWED, r#"{"detail":"Only GET is allowed here."}"#)
        }
        Some("") => page(request, database),
        Some(rest) => one(rest, database),
        None => not_found(),
    }
}

fn one(rest: &str, database: &Database) -> Response<Full<Bytes>> {
    let member_id = rest.strip_prefix('/').and_then(|text| text.parse().ok());
    match member_id.and_then(|member_id| database.one(member_id)) {
        Some(record) => json(StatusCode::OK, Bytes::copy_from_slice(record)),
        None => not_found(),
    }
}

fn page<B>(request: &Request<B>, database: &Database) -> Response<Full<Bytes>> {
    let wish = Wish::read(request.uri().query().unwrap_or(""));
    let count = database.count(&wish.filter);
    let base = format!("http://{}{PATH}?{}", host(request), wish.others);
    let end = wish.offset.saturating_add(wish.limit);
    let next = (end < count).then(|| wish.link(&base, end));
    let previous = (wish.offset > 0).then(|| wish.link(&base, wish.offset.saturating_sub(wish.limit)));

    let mut body = BytesMut::with_capacity(wish.limit.min(count) * 1_100 + 512);
    body.put_slice(
        format!("{{\"count\":{count},\"next\":{},\"previous\":{},\"values\":[", text(next), text(previous)).as_bytes(),
    );
    database.write_page(&wish.filter, wish.offset, wish.limit, &mut body);
    body.put_slice(b"]}");
    json(StatusCode::OK, body.freeze())
}

/// The host that the client named, in the careless way of most frameworks.
fn host<B>(request: &Request<B>) -> &str {
    request.headers().get(HOST).and_then(|value| value.to_str().ok()).unwrap_or("127.0.0.1")
}

/// A JSON string, or `null`.
fn text(value: Option<String>) -> String {
    serde_json::Value::from(value).to_string()
}

fn not_found() -> Response<Full<Bytes>> {
    json(StatusCode::NOT_FOUND, r#"{"detail":"Not found."}"#)
}

fn json(status: StatusCode, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// What a query asks for. Values that cannot be read count as not given.
struct Wish {
    limit: usize,
    offset: usize,
    filter: Filter,
    /// The parameters other than `limit` and `offset`, as they came, each with `&` behind it.
    others: String,
}

impl Wish {
    fn read(query: &str) -> Self {
        let mut wish = Self { limit: LIMIT_DEFAULT, offset: 0, filter: Filter::default(), others: String::new() };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            wish.take(name, decode(value));
            if name != "limit" && name != "offset" {
                wish.others.push_str(pair);
                wish.others.push('&');
            }
        }
        wish
    }

    fn take(&mut self, name: &str, value: String) {
        match name {
            "limit" => self.limit = value.parse().ok().filter(|&limit| limit > 0).unwrap_or(LIMIT_DEFAULT).min(LIMIT_MAX),
            "offset" => self.offset = value.parse().unwrap_or(0),
            "constituency" => self.filter.constituency = Some(value),
            "joined_after" => self.filter.joined_after = value.parse().ok(),
            "religion" => self.filter.religion = Some(value),
            _ => {}
        }
    }

    fn link(&self, base: &str, offset: usize) -> String {
        format!("{base}limit={}&offset={offset}", self.limit)
    }
}

/// A form-encoded value in clear: `+` is a space, `%XX` a byte; what is neither stays as it is.
fn decode(value: &str) -> String {
    let bytes = value.as_bytes();
    let mut clear = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%').then(|| value.get(at + 1..at + 3)).flatten();
        if let Some(byte) = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            clear.push(byte);
            at += 3;
        } else {
            clear.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
            at += 1;
        }
    }
    String::from_utf8_lossy(&clear).into_owned()
}
