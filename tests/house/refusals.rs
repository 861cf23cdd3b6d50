//! Saying no: every reason is provoked for real, and is then in the answer, the books, the metrics and the log alike.

use std::collections::BTreeSet;

use portcullis::engine::reason::Reason;

use super::support::{AMBER_KEY, Answer, Contest, MEMBER, Proxy, Source, TEAL_KEY, get, page, send, source};

/// A way to provoke a reason: what stands between, and what is sent.
struct Case {
    reason: Reason,
    status: u16,
    contest: Contest,
    request: Request,
}

/// What is sent.
enum Request {
    /// GET with amber's key.
    Amber(&'static str),
    /// GET with teal's key, which is granted nothing.
    Teal(&'static str),
    /// These lines, with `{host}` and `{amber}` filled in.
    Raw(&'static str),
    /// The same twice.
    Twice(&'static str),
}

use Request::{Amber, Raw, Teal, Twice};

fn case(reason: Reason, status: u16, request: Request) -> Case {
    Case { reason, status, contest: Contest::default(), request }
}

fn with(reason: Reason, status: u16, request: Request, change: impl FnOnce(&mut Contest)) -> Case {
    let mut contest = Contest::default();
    change(&mut contest);
    Case { reason, status, contest, request }
}

const LIST: &str = "/leader/members";

/// Refusals that the request, the contest or the campaign causes. The source answers well, and must not be asked.
fn cases() -> Vec<Case> {
    use Reason as R;
    vec![
        case(R::CredentialMissing, 401, Raw("GET /leader/members HTTP/1.1\r\nhost: {host}\r\n")),
        case(R::CredentialMissing, 401, Raw("GET /leader/members HTTP/1.1\r\nhost: {host}\r\nauthorization: Digest {amber}\r\n")),
        case(R::CredentialInvalid, 401, Raw("GET /leader/members HTTP/1.1\r\nhost: {host}\r\nauthorization: Basic {amber}\r\n")),
        case(
            R::CredentialMissing,
            401,
            Raw("GET /leader/members?api_key={amber}&access_token={amber} HTTP/1.1\r\nhost: {host}\r\n"),
        ),
        case(R::CredentialInvalid, 401, Raw("GET /leader/members HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer nobody\r\n")),
        case(
            R::CredentialInvalid,
            401,
            Raw(
                "GET /leader/members HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {amber}\r\nauthorization: Bearer {amber}\r\n",
            ),
        ),
        with(R::CredentialExpired, 401, Amber(LIST), |c| c.amber_credential = "expires = 2020-02-02T00:00:00Z".into()),
        case(R::ContestUnknown, 404, Amber("/other/members")),
        case(R::ContestUnknown, 404, Amber("/leaderx/members")),
        case(R::ContestUnknown, 404, Amber("/")),
        case(R::ExportUnknown, 404, Amber("/leader/people")),
        case(R::ExportUnknown, 404, Amber("/leader/members/")),
        case(R::ExportUnknown, 404, Amber("/leader//members")),
        case(R::ExportUnknown, 404, Amber("/leader/%6dembers")),
        case(R::ExportUnknown, 404, Amber("/leader/members/1")),
        case(
            R::MethodNotAllowed,
            405,
            Raw("POST /leader/members HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {amber}\r\ncontent-length: 0\r\n"),
        ),
        case(
            R::MethodNotAllowed,
            405,
            Raw("OPTIONS /leader/members HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {amber}\r\n"),
        ),
        case(
            R::MethodNotAllowed,
            405,
            Raw("SEARCH /leader/members HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {amber}\r\n"),
        ),
        case(
            R::BodyNotAccepted,
            400,
            Raw(
                "GET /leader/members HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {amber}\r\ncontent-length: 0\r\ntransfer-encoding: chunked\r\n",
            ),
        ),
        case(
            R::FormatNotOffered,
            406,
            Raw("GET /leader/members HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {amber}\r\naccept: text/csv\r\n"),
        ),
        case(
            R::MethodOverrideNotAllowed,
            400,
            Raw(
                "GET /leader/members HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {amber}\r\nx-http-method-override: PATCH\r\n",
            ),
        ),
        case(
            R::ConditionalNotAllowed,
            400,
            Raw("GET /leader/members HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {amber}\r\nif-none-match: \"x\"\r\n"),
        ),
        case(
            R::RangeNotAllowed,
            400,
            Raw("GET /leader/members HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {amber}\r\nrange: items=0-24\r\n"),
        ),
        case(R::BatchNotAllowed, 400, Amber("/leader/$batch")),
        case(R::GraphqlNotAllowed, 400, Amber("/leader/graphql?query=%7Bmembers%7Breligion%7D%7D")),
        with(R::RecordUnknown, 404, Amber("/leader/members/first"), |c| c.export.push_str("\nitem = \"/members/{member_id}\"")),
        case(R::QueryNotAllowed, 400, Amber("/leader/members?town=Bangor&town=Bangor")),
        case(R::QueryNotAllowed, 400, Amber("/leader/members?limit=501")),
        case(R::QueryNotAllowed, 400, Amber("/leader/members?limit=-1")),
        case(R::QueryNotAllowed, 400, Amber("/leader/members?sort=first_name")),
        case(R::QueryNotAllowed, 400, Amber("/leader/members?format=csv")),
        case(R::QueryNotAllowed, 400, Amber("/leader/members?town=%00")),
        case(R::QueryOnHiddenField, 400, Amber("/leader/members?religion=Sikh")),
        case(R::QueryOnHiddenField, 400, Amber("/leader/members?religion__icontains=S")),
        case(R::QueryOnHiddenField, 400, Amber("/leader/members?filter[religion][_eq]=Sikh")),
        case(R::QueryOnHiddenField, 400, Amber("/leader/members?_where=religion%3D'Sikh'")),
        case(R::QueryOnHiddenField, 400, Amber("/leader/members?sort=-religion")),
        case(R::CursorInvalid, 400, Amber("/leader/members?cursor=AAAA")),
        with(R::Suspended, 403, Amber(LIST), |c| c.contest = "suspended = \"a complaint is looked into\"".into()),
        with(R::Suspended, 403, Amber(LIST), |c| c.amber.push_str("\nsuspended = \"a complaint is looked into\"")),
        with(R::NetworkNotAllowed, 403, Amber(LIST), |c| c.amber.push_str("\nnetworks = [\"203.0.113.0/24\"]")),
        with(R::WindowNotOpen, 403, Amber(LIST), |c| c.opens = "2098-01-01T00:00:00Z".into()),
        with(R::WindowNotOpen, 403, Amber(LIST), |c| c.amber.push_str("\nopens = 2098-01-01T00:00:00Z")),
        with(R::WindowClosed, 403, Amber(LIST), |c| c.closes = "2020-01-02T00:00:00Z".into()),
        case(R::NotGranted, 404, Teal(LIST)),
        with(R::RateLimited, 429, Twice(LIST), |c| {
            c.limits = "rate = { pulls = 1, requests = 100, per = \"1h\", burst = 1 }\nconcurrent = 2".into();
        }),
    ]
}

fn ask(proxy: &Proxy, request: &Request) -> Answer {
    match request {
        Amber(target) => get(proxy.public, target, AMBER_KEY),
        Teal(target) => get(proxy.public, target, TEAL_KEY),
        Twice(target) => {
            get(proxy.public, target, AMBER_KEY);
            get(proxy.public, target, AMBER_KEY)
        }
        Raw(lines) => {
            let lines = lines.replace("{host}", &proxy.public.to_string()).replace("{amber}", AMBER_KEY);
            let body = if lines.contains("chunked") { "0\r\n\r\n" } else { "" };
            send(proxy.public, &format!("{lines}connection: close\r\n\r\n{body}"))
        }
    }
}

#[test]
fn every_refusal_names_its_reason_and_the_source_sees_nothing() {
    for Case { reason, status, contest, request } in cases() {
        let source = Source::json(page(MEMBER));
        let proxy = Proxy::start(&contest, &source);
        let answer = ask(&proxy, &request);
        assert_eq!((answer.status, answer.reason()), (status, reason.heard().code().to_owned()), "{reason}: {}", answer.text());
        let allowed = usize::from(matches!(request, Twice(_)));
        assert_eq!(source.seen().len(), allowed, "{reason}: the source was asked");
        is_written_down(&proxy, &answer, reason);
    }
}

/// In the books, the metrics and the log: by code, with the exchange's name, and never with anything of the request.
fn is_written_down(proxy: &Proxy, answer: &Answer, reason: Reason) {
    let id = answer.json()["request_id"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("portcullis-request-id"), Some(&*id));
    let row = proxy.rejections(1).pop().unwrap();
    assert_eq!((row["reason"].as_str(), row["request_id"].as_str()), (Some(reason.code()), Some(&*id)));
    let metrics = proxy.metrics();
    assert!(metrics.contains(&format!("outcome=\"refused\",reason=\"{reason}\"}} 1")), "{reason} is not in\n{metrics}");
    let line = proxy.wait_for(|line| line["request_id"] == *id);
    assert_eq!(line["reason"], reason.code());
}

/// Refusals that the source causes.
#[test]
fn every_fault_of_the_source_names_its_reason_and_nothing_of_it_leaks() {
    for (reason, status, source, contest) in source_faults() {
        let proxy = Proxy::start(&contest, &source);
        let answer = get(proxy.public, LIST, AMBER_KEY);
        assert_eq!((answer.status, answer.reason()), (status, reason.code().to_owned()), "{}", answer.text());
        assert!(!format!("{answer:?}{}", answer.text()).contains("MARKER"), "{reason}: {}", answer.text());
        is_written_down(&proxy, &answer, reason);
        assert!(!proxy.log().contains("MARKER"), "{reason}: {}", proxy.log());
    }
}

fn head_and(status: &str, headers: &str, body: &str) -> Source {
    Source::raw(format!("HTTP/1.1 {status}\r\n{headers}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
}

fn ok_with(headers: &str) -> Source {
    head_and("200 OK", headers, &page(MEMBER))
}

fn small_bounds(bounds: &str) -> Contest {
    Contest { process: format!("[bounds]\n{bounds}"), ..Contest::default() }
}

fn impatient() -> Contest {
    Contest { source: "timeout = \"300ms\"".into(), ..Contest::default() }
}

fn source_faults() -> Vec<(Reason, u16, Source, Contest)> {
    use Reason as R;
    let usual = Contest::default;
    let json = "content-type: application/json";
    let error = r#"{"error": "MARKER: row (1, Sian, MARKER-religion) violates a constraint"}"#;
    let big = format!(r#"{{"values": [{{"member_id": 1, "notes": "{}"}}]}}"#, "MARKER".repeat(1000));
    let deep = format!(r#"{{"values": [{{"member_id": 1, "x": {}{}}}]}}"#, "[".repeat(100), "]".repeat(100));
    vec![
        (R::UpstreamUnreachable, 502, unreachable(), usual()),
        (R::UpstreamTimeout, 504, Source::scripted(|_, _| source::hang(2)), impatient()),
        (R::UpstreamTimeout, 504, stalls_in_the_body(), impatient()),
        (R::UpstreamRefused, 502, head_and("500 Oops", json, error), usual()),
        (R::UpstreamRefused, 502, head_and("401 No", json, error), usual()),
        (R::UpstreamRefused, 502, head_and("404 No", json, error), usual()),
        (
            R::UpstreamRefused,
            502,
            head_and("302 Found", "location: http://127.0.0.1:1/MARKER\r\ncontent-type: application/json", error),
            usual(),
        ),
        (R::UpstreamRefused, 502, head_and("206 Partial", json, error), usual()),
        (
            R::UpstreamBrokeOff,
            502,
            Source::raw(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{\"values\": [{\"notes\": \"MARKER",
            ),
            usual(),
        ),
        (R::UpstreamBrokeOff, 502, Source::raw("MARKER this is not HTTP\r\n\r\n"), usual()),
        (R::ContentTypeUnexpected, 502, ok_with("content-type: text/html"), usual()),
        (R::ContentTypeUnexpected, 502, ok_with("content-type: application/json; charset=latin-1"), usual()),
        (R::ContentTypeUnexpected, 502, ok_with("x-none: 1"), usual()),
        (R::ContentTypeUnexpected, 502, ok_with("content-type: application/json\r\ncontent-type: text/html"), usual()),
        (R::ContentEncodingUnexpected, 502, ok_with("content-type: application/json\r\ncontent-encoding: gzip"), usual()),
        (R::BodyMalformed, 502, Source::json(page(r#"{"member_id": 1, "notes": "MARKER}"#)), usual()),
        (R::BodyMalformed, 502, Source::json(page(r#"{"member_id": 1, "member_id": 2}"#)), usual()),
        (R::BodyMalformed, 502, Source::json(page(r#"{"member_id": 1, "x": {"religion": 1, "\u0072eligion": 2}}"#)), usual()),
        (R::BodyMalformed, 502, Source::json(format!("{} MARKER", page(MEMBER))), usual()),
        (R::BodyMalformed, 502, Source::json(r#"{"values": [{"member_id": 1, "notes": "MARKER"#), usual()),
        (R::BodyMalformed, 502, Source::json("<html>MARKER</html>"), usual()),
        (R::BodyMalformed, 502, Source::json(""), usual()),
        (R::BodyTooLarge, 502, Source::json(big.clone()), small_bounds("body_bytes_max = 4096\nrecord_bytes_max = 4096")),
        (R::RecordTooLarge, 502, Source::json(big), small_bounds("record_bytes_max = 4096")),
        (R::NestingTooDeep, 502, Source::json(deep), usual()),
        (R::ShapeUnexpected, 502, Source::json(r#"{"values": {"1": {"member_id": 1, "notes": "MARKER"}}}"#), usual()),
        (R::ShapeUnexpected, 502, Source::json(r#"{"values": [[1, "MARKER"]]}"#), usual()),
        (R::ShapeUnexpected, 502, Source::json(r#"{"error": "MARKER"}"#), usual()),
        (R::ShapeUnexpected, 502, Source::json(r#"["MARKER"]"#), usual()),
    ]
}

/// A port that nobody listens on.
fn unreachable() -> Source {
    let mut source = Source::json("");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    source.address = listener.local_addr().unwrap();
    source
}

fn stalls_in_the_body() -> Source {
    Source::scripted(|_, stream| {
        source::write(stream, source::UNTIL_CLOSE);
        source::write(stream, br#"{"values": [{"member_id": 1, "notes": "MARKER"#);
        source::hang(3);
    })
}

/// Reasons that no test here provokes, with the reason for it. Keep it short.
const ELSEWHERE: [(Reason, &str); 15] = [
    (Reason::ReceiptUnknown, "books/receipts.rs"),
    (Reason::RecordQuotaExhausted, "books/quotas.rs"),
    (Reason::MemberQuotaExhausted, "books/quotas.rs"),
    (Reason::AuditUnavailable, "books/disk.rs"),
    (Reason::RegisterUnavailable, "books/disk.rs"),
    (Reason::MemberObjected, "books/objections.rs"),
    (Reason::TooManyConnections, "edges.rs"),
    (Reason::TlsHandshakeFailed, "encrypted.rs"),
    (Reason::MalformedRequest, "edges.rs"),
    (Reason::ShuttingDown, "edges.rs"),
    (Reason::ContestChanged, "edges.rs"),
    (Reason::AgreementMissing, "edges.rs"),
    (Reason::AgreementOutdated, "edges.rs"),
    (Reason::TooManyAtOnce, "edges.rs"),
    (Reason::Overloaded, "edges.rs"),
];

#[test]
fn no_reason_is_without_a_test() {
    let here = cases().iter().map(|case| case.reason).collect::<BTreeSet<_>>();
    let faults = source_faults().iter().map(|fault| fault.0).collect::<BTreeSet<_>>();
    let elsewhere = ELSEWHERE.iter().map(|(reason, _)| *reason);
    let provoked: BTreeSet<_> = here.into_iter().chain(faults).chain(elsewhere).collect();
    let missing: Vec<_> =
        Reason::ALL.iter().filter(|reason| !provoked.contains(reason) && **reason != Reason::Internal).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_closed_window_says_when_it_opens_and_the_source_sees_nothing() {
    let source = Source::json(page(MEMBER));
    let proxy = Proxy::start(&Contest { opens: "2098-07-01T12:00:00".into(), ..Contest::default() }, &source);
    let answer = get(proxy.public, LIST, AMBER_KEY);
    let problem = answer.json();
    assert_eq!(problem["opens_at"], "2098-07-01T11:00:00Z", "noon in London is eleven in UTC in summer");
    assert_eq!(answer.header("retry-after"), Some("Tue, 01 Jul 2098 11:00:00 GMT"));
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert!(source.seen().is_empty());
}

#[test]
fn what_is_hidden_sounds_like_what_does_not_exist() {
    let source = Source::json(page(MEMBER));
    let proxy = Proxy::before(&source);
    let told = |target: &str, name: &str| {
        let answer = get(proxy.public, target, AMBER_KEY);
        let mut problem = answer.json();
        problem["request_id"] = "".into();
        problem.to_string().replace(name, "NAME")
    };
    assert_eq!(told("/leader/members?religion=1", "religion"), told("/leader/members?nonsense=1", "nonsense"));
}
