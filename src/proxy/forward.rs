//! Forward: a freshly generated request to the source.
//!
//! Nothing of what the campaign sent is passed on: method, path, query and headers are ours, and the source's
//! credential is added here. Redirects are not followed. Nothing of a source's error reaches anybody.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, LINK, TRANSFER_ENCODING, USER_AGENT,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::audit::Recorded;
use crate::config::settings::Source;
use crate::engine::dialect::speech::PageHeader;
use crate::engine::dialect::{SourceRequest, Verb};
use crate::engine::form::Form;
use crate::engine::ids::ContestId;
use crate::engine::query::Subject;
use crate::engine::reason::Reason;
use crate::engine::rejection::Rejection;
use crate::telemetry::metrics::Metrics;
use crate::wire::tls::{self, TlsError};

/// Longest wait for a connection to a source, whatever its own timeout.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// How long an idle connection to a source is kept. Many servers close theirs after five seconds, and a request that meets the
/// close is lost: nothing is asked twice here.
const IDLE_MAX: Duration = Duration::from_secs(4);

/// Bytes that are read from a source at once: twice this is all that a stream holds of a source that is faster than its campaign.
const READ_BYTES: usize = 256 << 10;

/// The source's answer: whole and well-behaved as far as its head goes.
#[derive(Debug)]
pub struct Forwarded {
    recorded: Recorded,
    answer: Option<SourceAnswer>,
}

/// A body that is still arriving from a source, and the connection's place in the pool.
#[derive(Debug)]
pub struct SourceAnswer {
    /// The body.
    pub body: Incoming,
    /// The longest pause inside the body.
    pub pause_max: Duration,
    /// What its header says of the next page: `Link` (RFC 8288), or one of the API's own.
    pub next: Option<String>,
    /// Given back when the body ends or is dropped.
    pub place: OwnedSemaphorePermit,
}

impl Forwarded {
    /// No answer means that the source knows no such record.
    pub(super) fn into_parts(self) -> (Recorded, Option<SourceAnswer>) {
        (self.recorded, self.answer)
    }
}

/// The way to one contest's source.
pub struct Upstream {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    source: Arc<Source>,
    headers: HeaderMap,
    places: Arc<Semaphore>,
}

/// The ways to every contest's source.
#[derive(Default)]
pub struct Upstreams(HashMap<ContestId, Arc<Upstream>>);

impl Upstreams {
    /// Prepares the ways; opens no connection. The way to a source that did not change stays, with its connections and its bound
    /// on them: a reload must not let twice as many be open.
    ///
    /// # Errors
    /// The contest and [`TlsError`] when a source's CA cannot be used.
    pub fn of<'a>(
        sources: impl Iterator<Item = (&'a ContestId, &'a Arc<Source>)>,
        before: Option<&Self>,
    ) -> Result<Self, (ContestId, TlsError)> {
        let mut upstreams = HashMap::new();
        for (contest, source) in sources {
            let kept = before.and_then(|before| before.0.get(contest)).filter(|upstream| upstream.source == *source);
            let upstream = match kept {
                Some(upstream) => Arc::clone(upstream),
                None => Arc::new(Upstream::new(source).map_err(|error| (contest.clone(), error))?),
            };
            upstreams.insert(contest.clone(), upstream);
        }
        Ok(Self(upstreams))
    }

    /// Asks the source of the request's contest.
    ///
    /// # Errors
    /// `overloaded`, `upstream_unreachable`, `upstream_timeout`, `upstream_refused`, `upstream_broke_off`, and
    /// `content_type_unexpected` or `content_encoding_unexpected` when the head rules the body out.
    pub async fn forward(&self, recorded: Recorded, metrics: &Metrics) -> Result<Forwarded, Rejection> {
        let routed = recorded.limited().admitted().routed();
        let upstream = self.0.get(&routed.contest().id).ok_or(Reason::Internal)?;
        let wanted = routed.export().route.generate(routed.query());
        let began = std::time::Instant::now();
        let subject = &routed.query().subject;
        // What is said of a file that is being prepared is a short document, whatever the file will be.
        let form = if subject.is_about_a_job() { Form::Json } else { routed.export().plan.spec().source };
        let page_header = routed.export().route.dialect.page_header();
        let answer = upstream.ask(&wanted, form, subject, page_header).await;
        metrics.upstream_answered(began.elapsed());
        Ok(Forwarded { recorded, answer: answer? })
    }
}

impl Upstream {
    fn new(source: &Arc<Source>) -> Result<Self, TlsError> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(source.timeout.min(CONNECT_MAX)));
        // Roots are loaded only where TLS is spoken: a source on loopback needs none.
        let tls = if source.is_encrypted() { tls::client(source.ca_pem.as_deref())? } else { tls::trusting_nobody()? };
        let https =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_all_versions().wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_MAX)
            .http1_max_buf_size(READ_BYTES)
            .build(https);
        let headers = request_headers(source);
        let places = Arc::new(Semaphore::new(source.connections_max));
        Ok(Self { client, source: Arc::clone(source), headers, places })
    }

    /// Asks. `None` when a single record was asked for, and the source says that there is none.
    async fn ask(
        &self,
        wanted: &SourceRequest,
        form: Form,
        about: &Subject,
        page_header: Option<PageHeader>,
    ) -> Result<Option<SourceAnswer>, Reason> {
        let place = timeout(self.source.timeout, Arc::clone(&self.places).acquire_owned()).await;
        // It is our own bound that is reached: the source has not even been asked.
        let place = place.map_err(|_| Reason::Overloaded)?.map_err(|_| Reason::Internal)?;
        let request = self.request(wanted, form)?;
        let response = timeout(self.source.timeout, self.client.request(request)).await;
        let response = response.map_err(|_| Reason::UpstreamTimeout)?.map_err(|error| failure(&error))?;
        match response.status() {
            // What is removed is as little there as what never was.
            StatusCode::NOT_FOUND | StatusCode::GONE if matches!(about, Subject::Item(_)) => return Ok(None),
            StatusCode::CREATED | StatusCode::ACCEPTED if *about == Subject::Order => {}
            StatusCode::OK => {}
            _ => return Err(Reason::UpstreamRefused),
        }
        acceptable(&response, form)?;
        let headers = response.headers();
        let next = page_header.map_or_else(|| next_by_link(headers), |own| next_by_header(headers, own));
        Ok(Some(SourceAnswer { body: response.into_body(), pause_max: self.source.timeout, next, place }))
    }

    /// Where it is asked: below the source's base, or at one of the origins from which its files may come.
    fn address(&self, wanted: &SourceRequest) -> Result<Uri, Reason> {
        if let Some(origin) = &wanted.elsewhere {
            let url = format!("{origin}{}", wanted.target).parse::<Uri>();
            return url.ok().filter(|_| self.source.has_files_at(origin)).ok_or(Reason::UpstreamRefused);
        }
        let mut parts = self.source.url.clone().into_parts();
        let path = format!("{}{}", self.source.url.path().trim_end_matches('/'), wanted.target);
        parts.path_and_query = Some(path.try_into().map_err(|_| Reason::Internal)?);
        Uri::from_parts(parts).map_err(|_| Reason::Internal)
    }

    fn request(&self, wanted: &SourceRequest, form: Form) -> Result<Request<Full<Bytes>>, Reason> {
        let mut request = Request::new(Full::default());
        *request.method_mut() = match wanted.verb {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
        };
        *request.uri_mut() = self.address(wanted)?;
        let headers = request.headers_mut();
        match wanted.elsewhere {
            None => *headers = self.headers.clone(),
            Some(_) => own_headers(headers),
        }
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static(form.accepted()));
        for (name, value) in &wanted.headers {
            headers.insert(*name, HeaderValue::try_from(value).map_err(|_| Reason::Internal)?);
        }
        if let Some((content_type, body)) = &wanted.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            *request.body_mut() = Full::new(Bytes::from(body.clone()));
        }
        Ok(request)
    }
}

/// What every request says of itself.
fn own_headers(headers: &mut HeaderMap) {
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("portcullis/", env!("CARGO_PKG_VERSION"))));
}

fn request_headers(source: &Source) -> HeaderMap {
    let mut headers = HeaderMap::new();
    own_headers(&mut headers);
    let said = source.headers.iter().filter(|(name, _)| *name != HOST);
    headers.extend(said.map(|(name, value): &(HeaderName, HeaderValue)| (name.clone(), value.clone())));
    headers
}

/// The one target of the relation `next` in `Link` headers. Where two are named, none is meant.
fn next_by_link(headers: &HeaderMap) -> Option<String> {
    let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let links = links.flat_map(|value| value.split(",").map(str::trim));
    let mut next = links.filter_map(|link| {
        let (target, parameters) = link.strip_prefix('<')?.split_once('>')?;
        let relation = |parameter: &str| {
            let (name, value) = parameter.trim().split_once('=')?;
            name.eq_ignore_ascii_case("rel")
                .then(|| value.trim_matches('"').split(' ').any(|rel| rel.eq_ignore_ascii_case("next")))
        };
        parameters.split(';').find_map(relation).unwrap_or(false).then(|| target.to_owned())
    });
    next.next().filter(|_| next.next().is_none())
}

/// What an API's own header says of the next page. Where it stands twice, nothing is said.
fn next_by_header(headers: &HeaderMap, own: PageHeader) -> Option<String> {
    let mut said = headers.get_all(own.name).iter();
    let first = said.next()?.to_str().ok()?.to_owned();
    said.next().is_none().then_some(first)
}

/// Whether the head promises a body that the minimiser can read: in the declared form, in UTF-8, not compressed.
fn acceptable(response: &Response<Incoming>, form: Form) -> Result<(), Reason> {
    let headers = response.headers();
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    if encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Reason::ContentEncodingUnexpected);
    }
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let declared = types.next().and_then(|value| value.to_str().ok()).filter(|_| types.next().is_none());
    if !declared.is_some_and(|declared| form.is_promised_by(declared)) {
        return Err(Reason::ContentTypeUnexpected);
    }
    // Lines and rows have no closing bracket: where only the connection's end ends the body, a cut would look like the end.
    let framed =
        response.version() == Version::HTTP_2 || headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
    if form == Form::Json || framed { Ok(()) } else { Err(Reason::UpstreamBrokeOff) }
}

fn failure(error: &Error) -> Reason {
    if error.is_connect() { Reason::UpstreamUnreachable } else { Reason::UpstreamBrokeOff }
}
