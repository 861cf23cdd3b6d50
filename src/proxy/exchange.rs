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
use super::enclosed;
use super::house::{Current, House, Place};
use super::identify::identify;
use super::job;
use super::leash::Leash;
use super::ledger::Ledger;
use super::limit::Pace;
use super::minimise::{self, Minimised};
use super::route::{Destination, Target, route};
use super::status;
use crate::engine::dialect::Family;
use crate::engine::ids::RequestId;
use crate::engine::policy::understand::reads_bodies;
use crate::engine::reason::Reason;
use crate::engine::rejection::{Hint, Rejection};
use crate::wire::listen::Connection;
use crate::wire::problem::{self, REQUEST_ID};

/// The header fields of `draft-ietf-httpapi-ratelimit-headers-10`.
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// Longest authority that is put into a link, in bytes (RFC 1035 section 2.3.4, and a port).
const AUTHORITY_BYTES_MAX: usize = 261;

/// Seconds after which another try may find a place: lists come and go within seconds.
const OVERLOADED_SECONDS: u64 = 1;

/// What the walk leads to.
enum Arrival {
    /// Records may leave.
    Records(Box<Minimised>),
    /// A document of our own.
    Document(Vec<u8>),
}

/// Answers one request.
pub async fn run(house: Arc<House>, request: Request<Incoming>, connection: Connection) -> Response<Delivery> {
    let (request, mut body) = request.into_parts();
    let enclosed = !body.is_end_stream();
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
        Ok(Arrival::Records(minimised)) => answer(*minimised, &house, ledger, place, connection),
        Ok(Arrival::Document(document)) => serve_document(ledger, document),
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
                return Ok(Arrival::Document(status::document(&who, &prefix, suspended, remaining, now)));
            }
            Destination::Entry(document) => return Ok(Arrival::Document(document.to_string().into_bytes())),
        };
        let admitted = admit(routed, self.connection.peer.ip(), &self.house.stops(), now)?;
        let leash = Leash::new(&admitted, current.generation, self.house);
        let limited = current.limiters.limit(admitted)?;
        let about_a_job = limited.admitted().routed().query().subject.is_about_a_job();
        let source = current.config.settings.sources.get(&limited.admitted().routed().contest().id);
        let forwarded = current.upstreams.forward(limited, &self.house.instruments.metrics).await?;
        if about_a_job {
            return job::tell(forwarded, leash, source).await.map(Arrival::Document);
        }
        let minimised = minimise::begin(forwarded, leash, current.config.settings.bounds.validate_whole_bytes_max).await?;
        Ok(Arrival::Records(Box::new(minimised)))
    }
}

fn answer(minimised: Minimised, house: &Arc<House>, ledger: Ledger, place: Place, connection: Connection) -> Response<Delivery> {
    let (request_id, pace, form) = (ledger.request_id(), minimised.pace(), minimised.form());
    let next = minimised.next_in_head();
    let mut response = Response::new(deliver(minimised, house, ledger, place, connection));
    own_headers(&mut response, request_id);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(form.content_type()));
    next.and_then(|(name, value)| response.headers_mut().insert(name, value));
    pace_headers(&mut response, &pace);
    response
}

fn serve_document(ledger: Ledger, document: Vec<u8>) -> Response<Delivery> {
    let mut response = Response::new(Delivery::Document(Some(document.into())));
    own_headers(&mut response, ledger.request_id());
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

fn pace_headers(response: &mut Response<Delivery>, pace: &Pace) {
    let rate = pace.limits.rate;
    let window = rate.per.as_secs().max(1);
    let policy = format!("\"requests\";q={};w={window}, \"pulls\";q={};w={window}", rate.requests, rate.pulls);
    let pulls = pace.pulls_left.map_or_else(String::new, |left| format!(", \"pulls\";r={left}"));
    let state = format!("\"requests\";r={}{pulls}", pace.requests_left);
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
