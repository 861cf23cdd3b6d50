//! One exchange, from the head of a request to the head of its answer.
//!
//! `walk` is the whole way through the house; details belong in the rooms that it enters. Every exchange ends exactly
//! once, by its ledger.

use std::sync::Arc;

use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HOST, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, Version};
use hyper::body::{Body, Incoming};

use super::account::{Delivery, deliver};
use super::admit::admit;
use super::audit;
use super::disclose::{self, Disclosed};
use super::enclosed;
use super::house::{Current, House, Place};
use super::identify::identify;
use super::job;
use super::leash::Leash;
use super::ledger::Ledger;
use super::limit::Pace;
use super::minimise;
use super::receipt;
use super::route::{Destination, RECEIPTS_PATH, Target, route};
use super::status;
use crate::engine::dialect::Family;
use crate::engine::ids::RequestId;
use crate::engine::policy::understand::reads_bodies;
use crate::engine::quota::{Left, Quotas};
use crate::engine::reason::Reason;
use crate::engine::rejection::{Hint, Rejection};
use crate::wire::listen::Connection;
use crate::wire::problem::{self, REQUEST_ID};

/// The header fields of `draft-ietf-httpapi-ratelimit-headers-10`.
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// Where the campaign finds the receipt of what it was given.
const RECEIPT: HeaderName = HeaderName::from_static("portcullis-receipt");
/// Longest authority that is put into a link, in bytes (RFC 1035 section 2.3.4, and a port).
const AUTHORITY_BYTES_MAX: usize = 261;

/// Seconds after which another try may find a place: lists come and go within seconds.
const OVERLOADED_SECONDS: u64 = 1;

/// What the walk leads to.
enum Arrival {
    /// Records may leave.
    Records(Box<Disclosed>),
    /// A document of our own, and its media type.
    Document(Vec<u8>, &'static str),
}

/// The media type of most documents.
const JSON: &str = "application/json";

/// Answers one request.
pub async fn run(house: Arc<House>, request: Request<Incoming>, mut connection: Connection) -> Response<Delivery> {
    let (request, mut body) = request.into_parts();
    let enclosed = !body.is_end_stream();
    connection.shows_cuts = request.version > Version::HTTP_10;
    let began = house.clock.now();
    let request_id = new_request_id(u64::try_from(began.as_millisecond()).unwrap_or(0));
    let mut ledger = Ledger::open(request_id, began, house.instruments.clone());
    let current = house.current().clone();
    let Ok(place) = Arc::clone(&house.places).try_acquire_owned() else {
        return refuse(ledger, &Rejection::with_hint(Reason::Overloaded, Hint::RetryAfter(OVERLOADED_SECONDS)), None);
    };
    let mut family = None;
    let visit = Visit { current: &current, request: &request, connection: &connection, house: &house };
    let response = match visit.walk(&mut body, &mut ledger, &mut family).await {
        Ok(Arrival::Records(disclosed)) => answer(*disclosed, &house, ledger, place, connection),
        Ok(Arrival::Document(document, media_type)) => serve_document(ledger, document, media_type),
        Err(rejection) => refuse(ledger, &rejection, family),
    };
    if enclosed { closing(response) } else { response }
}

/// Nothing that follows a body is read: where it ends may be told differently by whoever stands before us (RFC 9112 section 11.2).
/// Of no effect on HTTP/2, where frames say where it ends.
fn closing(mut response: Response<Delivery>) -> Response<Delivery> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// What the walk has before it.
struct Visit<'a> {
    current: &'a Current,
    request: &'a Parts,
    connection: &'a Connection,
    house: &'a Arc<House>,
}

impl Visit<'_> {
    /// The way through the house. `family` learns whose clients are to be told of trouble, as soon as the asker is known.
    async fn walk(
        &self,
        body: &mut Incoming,
        ledger: &mut Ledger,
        family: &mut Option<&'static Family>,
    ) -> Result<Arrival, Rejection> {
        let (current, request, now) = (self.current, self.request, ledger.began());
        one_host(request)?;
        let identified = identify(&current.credentials, &request.headers, now, |who| {
            ledger.asked_by(who);
            *family = Some(who.contest().family);
        })?;
        let held = enclosed::read(body, reads_bodies(identified.contest())).await;
        let origin = origin(current, request, self.connection);
        let target = Target {
            method: &request.method,
            uri: &request.uri,
            headers: &request.headers,
            body: held.seen(&request.headers),
            authority: authority(request),
            origin: &origin,
        };
        let routed = match route(identified, &target, now, |export| ledger.asked_for(export))? {
            Destination::List(routed) => *routed,
            Destination::Status(who, prefix) => {
                let remaining = current.limiters.remaining(&who.contest().id, &who.campaign().id);
                let suspended = self.house.is_suspended(who.contest(), who.campaign());
                let quotas = status::quotas(&who, self.house, now).await;
                return Ok(Arrival::Document(status::document(&who, &prefix, suspended, (remaining, quotas), now), JSON));
            }
            Destination::Receipt(who, request) => {
                let request = request.ok_or(Reason::ReceiptUnknown)?;
                let document = receipt::document(&who, request, self.house).await?;
                return Ok(Arrival::Document(document, receipt::RECEIPT_TYPE));
            }
            Destination::Entry(document) => return Ok(Arrival::Document(document.to_string().into_bytes(), JSON)),
        };
        let admitted = admit(routed, self.connection.peer.ip(), &self.house.stops(), now)?;
        let leash = Leash::new(&admitted, current.generation, self.house);
        let limited = current.limiters.limit(admitted)?;
        let about_a_job = limited.admitted().routed().query().subject.is_about_a_job();
        let source = current.config.settings.sources.get(&limited.admitted().routed().contest().id);
        let request_id = ledger.request_id();
        let recorded = audit::open(limited, self.house, request_id, now, |entered| ledger.entered(entered)).await?;
        let forwarded = current.upstreams.forward(recorded, &self.house.instruments.metrics).await?;
        if about_a_job {
            return job::tell(forwarded, leash, source).await.map(|document| Arrival::Document(document, JSON));
        }
        let whole_bytes_max = current.config.settings.bounds.validate_whole_bytes_max;
        let minimised = minimise::begin(forwarded, leash, self.house, whole_bytes_max).await?;
        Ok(Arrival::Records(Box::new(disclose::begin(minimised, self.house).await?)))
    }
}

fn answer(disclosed: Disclosed, house: &Arc<House>, ledger: Ledger, place: Place, connection: Connection) -> Response<Delivery> {
    let (request_id, now) = (ledger.request_id(), ledger.began());
    let routed = disclosed.limited().admitted().routed();
    let (form, pace) = (routed.form(), disclosed.limited().pace());
    let (left, quotas) = (disclosed.entered().left(), disclosed.entered().quotas(now));
    let receipt = disclosed.has_records().then(|| format!("{}{RECEIPTS_PATH}{request_id}", routed.base().prefix));
    let next = disclosed.stream().next_in_head();
    let mut response = Response::new(deliver(disclosed, house, ledger, place, connection));
    own_headers(&mut response, request_id);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(form.content_type()));
    next.and_then(|(name, value)| response.headers_mut().insert(name, value));
    let receipt = receipt.and_then(|receipt| HeaderValue::try_from(receipt).ok());
    receipt.and_then(|receipt| response.headers_mut().insert(RECEIPT, receipt));
    pace_headers(&mut response, &pace, left, quotas);
    response
}

fn serve_document(ledger: Ledger, document: Vec<u8>, media_type: &'static str) -> Response<Delivery> {
    let mut response = Response::new(Delivery::Document(Some(document.into())));
    own_headers(&mut response, ledger.request_id());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    ledger.served();
    response
}

fn refuse(ledger: Ledger, rejection: &Rejection, family: Option<&Family>) -> Response<Delivery> {
    let response = problem::response(rejection, ledger.request_id(), family);
    ledger.ended(rejection.reason());
    response.map(|document| Delivery::Document(Some(document)))
}

fn own_headers(response: &mut Response<Delivery>, request_id: RequestId) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(value) = HeaderValue::try_from(request_id.to_string()) {
        headers.insert(REQUEST_ID, value);
    }
}

fn pace_headers(response: &mut Response<Delivery>, pace: &Pace, left: Left, (quotas, next): (Quotas, Option<u64>)) {
    let rate = pace.limits.rate;
    let window = rate.per.as_secs().max(1);
    let mut policy = format!("\"requests\";q={};w={window}, \"pulls\";q={};w={window}", rate.requests, rate.pulls);
    let pulls = pace.pulls_left.map_or_else(String::new, |left| format!(", \"pulls\";r={left}"));
    let mut state = format!("\"requests\";r={}{pulls}", pace.requests_left);
    if let (Some(quota), Some(left)) = (quotas.records, left.records) {
        let window = quota.per.map_or_else(String::new, |per| format!(";w={}", per.as_secs().max(1)));
        let until = next.map_or_else(String::new, |seconds| format!(";t={seconds}"));
        policy += &format!(", \"records\";q={}{window}", quota.max);
        state += &format!(", \"records\";r={left}{until}");
    }
    if let (Some(max), Some(left)) = (quotas.members, left.members) {
        policy += &format!(", \"members\";q={max}");
        state += &format!(", \"members\";r={left}");
    }
    for (name, value) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, state)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
}

/// A request names one host (RFC 9112 section 3.2): of two, whoever stands before us may have gone by the other. Before HTTP/1.1 it may
/// name none, and HTTP/2 has `:authority`.
fn one_host(request: &Parts) -> Result<(), Rejection> {
    match request.headers.get_all(HOST).iter().count() {
        0 if request.version != Version::HTTP_11 => Ok(()),
        1 => Ok(()),
        _ => Err(Rejection::with_hint(Reason::MalformedRequest, Hint::Sentence("Send one `Host`, and not more.".to_owned()))),
    }
}

/// The authority that the client named: `:authority` on HTTP/2, `Host` on HTTP/1.1.
fn authority(request: &Parts) -> Option<&str> {
    let named = request.uri.authority().map(http::uri::Authority::as_str);
    let host = || request.headers.get(HOST).and_then(|host| host.to_str().ok());
    named.or_else(host).filter(|authority| is_plain_authority(authority))
}

/// Only what can stand in a link unescaped: anything else is as good as absent.
fn is_plain_authority(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
    !text.is_empty() && text.len() <= AUTHORITY_BYTES_MAX && text.bytes().all(plain)
}

/// The origin of links: what the operator configured, else what the client used. Empty makes links relative.
fn origin(current: &Current, request: &Parts, connection: &Connection) -> String {
    if let Some(origin) = &current.config.settings.listen.public_origin {
        return origin.clone();
    }
    let scheme = if connection.encrypted { "https" } else { "http" };
    authority(request).map_or_else(String::new, |authority| format!("{scheme}://{authority}"))
}

/// Randomness makes an identifier unguessable; without any (no entropy source), time alone still tells exchanges apart.
fn new_request_id(unix_milliseconds: u64) -> RequestId {
    let mut random = [0; 10];
    let _ = getrandom::fill(&mut random);
    RequestId::new(unix_milliseconds, random)
}
