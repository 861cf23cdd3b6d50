//! A rejection as a problem document (RFC 9457): the only place where a reason gets an HTTP status.

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use jiff::Timestamp;
use serde::Serialize;

use crate::engine::dialect::family::{Family, Trouble};
use crate::engine::ids::RequestId;
use crate::engine::reason::{Advice, Reason};
use crate::engine::rejection::{Hint, Rejection};

/// Names the exchange in the answer.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("portcullis-request-id");
/// Seconds after which to try again where nobody knows better: sources come back, and drains end, within seconds.
const RETRY_SECONDS: u64 = 5;
/// What every reason's `type` begins with; the code follows.
pub const TYPE_PREFIX: &str = "urn:portcullis:reason:";

/// The status that a reason gets. Total: a new reason does not compile until it is named here.
#[must_use]
pub const fn status(reason: Reason) -> StatusCode {
    use Reason as R;
    match reason {
        R::MalformedRequest | R::TlsHandshakeFailed | R::BodyNotAccepted => StatusCode::BAD_REQUEST,
        R::MethodOverrideNotAllowed | R::BatchNotAllowed | R::GraphqlNotAllowed => StatusCode::BAD_REQUEST,
        R::ConditionalNotAllowed | R::RangeNotAllowed => StatusCode::BAD_REQUEST,
        R::QueryNotAllowed | R::QueryOnHiddenField | R::CursorInvalid => StatusCode::BAD_REQUEST,
        R::CredentialMissing | R::CredentialInvalid | R::CredentialExpired => StatusCode::UNAUTHORIZED,
        R::ContestUnknown | R::ExportUnknown | R::NotGranted | R::RecordUnknown | R::ReceiptUnknown => StatusCode::NOT_FOUND,
        R::FormatNotOffered => StatusCode::NOT_ACCEPTABLE,
        R::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        R::Suspended | R::AgreementMissing | R::AgreementOutdated => StatusCode::FORBIDDEN,
        R::NetworkNotAllowed | R::WindowNotOpen | R::WindowClosed => StatusCode::FORBIDDEN,
        R::RateLimited | R::TooManyAtOnce => StatusCode::TOO_MANY_REQUESTS,
        R::RecordQuotaExhausted => StatusCode::TOO_MANY_REQUESTS,
        // Nothing comes back, and tools try a 429 again and again.
        R::MemberQuotaExhausted => StatusCode::FORBIDDEN,
        R::AuditUnavailable | R::RegisterUnavailable | R::MemberObjected => StatusCode::SERVICE_UNAVAILABLE,
        R::TooManyConnections | R::Overloaded | R::ShuttingDown | R::ContestChanged => StatusCode::SERVICE_UNAVAILABLE,
        R::UpstreamUnreachable | R::UpstreamRefused | R::UpstreamBrokeOff => StatusCode::BAD_GATEWAY,
        R::UpstreamTimeout => StatusCode::GATEWAY_TIMEOUT,
        R::ContentTypeUnexpected | R::ContentEncodingUnexpected | R::BodyMalformed => StatusCode::BAD_GATEWAY,
        R::BodyTooLarge | R::NestingTooDeep | R::RecordTooLarge | R::ShapeUnexpected => StatusCode::BAD_GATEWAY,
        R::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: String,
    reason: &'a str,
    request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    opens_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<String>,
    retry: &'a str,
    /// What clients of the contest's API family look for.
    #[serde(flatten)]
    native: serde_json::Map<String, serde_json::Value>,
}

/// The rejection as an answer. What is heard may be coarser than the reason. Where the API family is known, its clients find
/// their own members beside those of RFC 9457.
#[must_use]
pub fn response(rejection: &Rejection, request_id: RequestId, family: Option<&Family>) -> Response<Bytes> {
    let heard = rejection.reason().heard();
    let mut response = Response::new(Bytes::from(document(heard, rejection.hint(), request_id, family)));
    *response.status_mut() = status(heard);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let mut insert = |name, value: String| HeaderValue::try_from(value).ok().and_then(|value| headers.insert(name, value));
    insert(REQUEST_ID, request_id.to_string());
    match heard {
        Reason::CredentialMissing => insert(WWW_AUTHENTICATE, "Bearer".to_owned()),
        Reason::CredentialInvalid | Reason::CredentialExpired => {
            insert(WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"".to_owned())
        }
        Reason::MethodNotAllowed => insert(ALLOW, methods(rejection.hint()).to_owned()),
        _ => None,
    };
    if let Some(wait) = retry_after(heard, rejection.hint()) {
        insert(RETRY_AFTER, wait);
    }
    response
}

/// What `Allow` lists (RFC 9110 section 15.5.6 asks for it). What is no export is read with GET.
const fn methods(hint: &Hint) -> &'static str {
    if let Hint::Methods(methods) = hint { methods } else { "GET" }
}

/// Whoever is told to try later is told when (RFC 9110 section 10.2.3).
fn retry_after(heard: Reason, hint: &Hint) -> Option<String> {
    match (heard.entry().advice, hint) {
        (_, Hint::OpensAt(opens)) => Some(http_date(*opens)),
        (_, Hint::RetryAfter(seconds)) => Some(seconds.to_string()),
        (Advice::RetryLater, _) => Some(RETRY_SECONDS.to_string()),
        _ => None,
    }
}

fn document(heard: Reason, hint: &Hint, request_id: RequestId, family: Option<&Family>) -> Vec<u8> {
    let entry = heard.entry();
    let detail = detail(entry.sentence, hint);
    let trouble = Trouble { status: status(heard).as_u16(), code: entry.code, detail: &detail };
    let problem = Problem {
        native: family.map(|family| native(family, &trouble)).unwrap_or_default(),
        r#type: format!("{TYPE_PREFIX}{}", entry.code),
        title: entry.title,
        status: status(heard).as_u16(),
        detail: detail.clone(),
        reason: entry.code,
        request_id: request_id.to_string(),
        opens_at: if let Hint::OpensAt(at) = hint { Some(at.to_string()) } else { None },
        closed_at: if let Hint::ClosedAt(at) = hint { Some(at.to_string()) } else { None },
        retry: advice(entry.advice),
    };
    // A struct of strings and numbers always serialises.
    serde_json::to_vec(&problem).unwrap_or_default()
}

/// The family's members, but for those whose names RFC 9457 or we have given a meaning.
fn native(family: &Family, trouble: &Trouble<'_>) -> serde_json::Map<String, serde_json::Value> {
    const OURS: [&str; 9] = ["type", "title", "status", "detail", "reason", "request_id", "opens_at", "closed_at", "retry"];
    let members = (family.trouble)(trouble).into_iter().filter(|(name, _)| !OURS.contains(name));
    members.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn detail(sentence: &str, hint: &Hint) -> String {
    match hint {
        Hint::Sentence(more) => format!("{sentence} {more}"),
        Hint::None | Hint::OpensAt(_) | Hint::ClosedAt(_) | Hint::RetryAfter(_) | Hint::Methods(_) => sentence.to_owned(),
    }
}

const fn advice(advice: Advice) -> &'static str {
    match advice {
        Advice::ChangeRequest => "change-the-request",
        Advice::RetryLater => "later",
        Advice::AskOperator => "ask-the-operator",
        Advice::Stop => "never",
    }
}

/// IMF-fixdate (RFC 9110 section 5.6.7). Rounded up to the second, so that nobody is told to come too early.
fn http_date(at: Timestamp) -> String {
    let second = at.as_second() + i64::from(at.subsec_nanosecond() > 0);
    Timestamp::from_second(second).unwrap_or(at).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rejection: &Rejection) -> (Response<Bytes>, serde_json::Value) {
        let response = response(rejection, RequestId::new(0, [0; 10]), None);
        let document = serde_json::from_slice(response.body()).unwrap();
        (response, document)
    }

    #[test]
    fn every_reason_makes_a_whole_document() {
        for &reason in Reason::ALL {
            let (response, document) = told(&reason.into());
            assert_eq!(document["status"], response.status().as_u16());
            assert_eq!(document["reason"], reason.heard().code());
            assert_eq!(document["retry"] == "later", response.headers().contains_key(RETRY_AFTER), "{reason}");
            assert!(response.status().is_client_error() || response.status().is_server_error(), "{reason}");
        }
    }

    #[test]
    fn a_window_that_will_open_says_when_in_both_forms() {
        let opens: Timestamp = "2026-02-14T12:00:00Z".parse().unwrap();
        let (response, document) = told(&Rejection::with_hint(Reason::WindowNotOpen, Hint::OpensAt(opens)));
        assert_eq!(response.headers()[RETRY_AFTER], "Sat, 14 Feb 2026 12:00:00 GMT");
        assert_eq!(document["opens_at"], "2026-02-14T12:00:00Z");
        assert_eq!(http_date("2026-02-14T11:59:59.1Z".parse().unwrap()), "Sat, 14 Feb 2026 12:00:00 GMT");
    }

    #[test]
    fn a_method_that_reads_nothing_is_told_which_ones_do() {
        for (hint, allow) in [(Hint::None, "GET"), (Hint::Methods("GET, POST"), "GET, POST")] {
            let (response, _) = told(&Rejection::with_hint(Reason::MethodNotAllowed, hint));
            assert_eq!((response.status().as_u16(), &response.headers()[ALLOW]), (405, &HeaderValue::from_static(allow)));
        }
    }

    #[test]
    fn what_is_not_granted_sounds_like_what_does_not_exist() {
        let (granted, unknown) = (told(&Reason::NotGranted.into()).1, told(&Reason::ExportUnknown.into()).1);
        assert_eq!(granted, unknown);
    }
}
