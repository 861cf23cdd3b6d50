//! A good pull: what a campaign gets, what the source is asked, and what the answer looks like.

use portcullis::demo::{people, source as synthetic};
use serde_json::json;

use super::support::{AMBER_KEY, Contest, MEMBER, Proxy, Source, get, page, source};

#[test]
fn p4_only_what_the_contest_names_leaves() {
    let source = Source::json(page(MEMBER));
    let answer = get(Proxy::before(&source).public, "/leader/members", AMBER_KEY);
    assert_eq!(answer.status, 200);
    let record = json!({"member_id": 1, "first_name": "Sian", "last_name": "Griffiths", "email": "sian@example.org"});
    assert_eq!(answer.json(), json!({"count": 2, "next": null, "values": [record]}));
}

#[test]
fn the_source_gets_a_request_of_our_own_making() {
    let source = Source::json(page(MEMBER));
    let proxy = Proxy::before(&source);
    let request = format!(
        "GET /leader/members?town=Ynys+M%C3%B4n&limit=2 HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {AMBER_KEY}\r\naccept: application/json, text/html;q=0.5\r\ncookie: a=b\r\nx-forwarded-for: 10.0.0.1\r\nprefer: count=exact\r\nconnection: close\r\n\r\n",
        proxy.public
    );
    assert_eq!(super::support::send(proxy.public, &request).status, 200);
    let seen = source.seen().remove(0).to_lowercase();
    let mut lines: Vec<_> = seen.trim_end().split("\r\n").collect();
    assert_eq!(lines.remove(0), "get /api/members?town=ynys%20m%c3%b4n&limit=2 http/1.1");
    lines.sort_unstable();
    let agent = format!("user-agent: portcullis/{}", env!("CARGO_PKG_VERSION"));
    let host = format!("host: {}", source.address);
    let expected =
        ["accept-encoding: identity", "accept: application/json", "authorization: bearer marker-source-token", &host, &agent];
    assert_eq!(lines, expected);
}

#[test]
fn p1_the_answer_carries_our_own_headers_and_no_length() {
    let source = Source::scripted(|_, stream| {
        let body = page(MEMBER);
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: {}\r\netag: \"abc\"\r\nlast-modified: x\r\nset-cookie: s=1\r\nlink: <http://elsewhere/>; rel=\"next\"\r\nx-powered-by: y\r\nconnection: close\r\n\r\n",
            body.len()
        );
        source::write(stream, format!("{head}{body}").as_bytes());
    });
    let answer = get(Proxy::before(&source).public, "/leader/members", AMBER_KEY);
    let mut names: Vec<_> =
        answer.head.lines().skip(1).filter_map(|line| line.split_once(':')).map(|(name, _)| name.to_lowercase()).collect();
    names.sort();
    let expected = [
        "cache-control",
        "connection",
        "content-type",
        "date",
        "portcullis-receipt",
        "portcullis-request-id",
        "ratelimit",
        "ratelimit-policy",
        "transfer-encoding",
        "x-content-type-options",
    ];
    assert_eq!(names, expected);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("ratelimit").unwrap().starts_with("\"requests\";r=99999"), "{}", answer.head);
}

#[test]
fn links_lead_back_to_the_proxy_and_the_whole_list_arrives() {
    let (source, runtime) = synthetic_source();
    let mut contest = Contest { source: "timeout = \"5s\"".into(), ..Contest::default() };
    contest.fields = "member_id = { keep = \"integer\" }\nconstituency = { keep = \"text\", max = 60 }".into();
    contest.filters = "constituency = { format = \"text\", max = 60 }".into();
    let proxy = start_before_synthetic(&contest, &source);
    let home = format!("http://{}/leader/members?", proxy.public);
    let (mut target, mut ids) = ("/leader/members?limit=500".to_owned(), std::collections::BTreeSet::new());
    loop {
        let body = get(proxy.public, &target, AMBER_KEY).json();
        ids.extend(body["values"].as_array().unwrap().iter().map(|record| record["member_id"].as_u64().unwrap()));
        let Some(next) = body["next"].as_str() else { break };
        assert!(next.starts_with(&home) && !next.contains("offset"), "{next}");
        target = next.strip_prefix(&format!("http://{}", proxy.public)).unwrap().to_owned();
    }
    assert_eq!(ids.len(), people::MEMBERS);
    runtime.block_on(source.stop());
}

#[test]
fn a_campaign_reads_its_own_status_even_before_the_window_opens() {
    let source = Source::json(page(MEMBER));
    let proxy = Proxy::start(&Contest { opens: "2098-01-01T00:00:00Z".into(), ..Contest::default() }, &source);
    let answer = get(proxy.public, "/leader/-/status", AMBER_KEY);
    let status = answer.json();
    assert_eq!((answer.status, &status["window"]["state"]), (200, &json!("not_open")));
    assert_eq!(status["window"]["opens_at"], "2098-01-01T00:00:00Z");
    let fields: Vec<_> =
        status["exports"][0]["fields"].as_array().unwrap().iter().map(|field| field["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["member_id", "first_name", "last_name", "email", "address.town"]);
    assert_eq!(status["exports"][0]["parameters"], json!(["limit", "offset", "cursor", "town"]));
    let filters = json!([{ "field": "address.town", "operator": "is", "takes": "a line of text within the length allowed" }]);
    assert_eq!(status["exports"][0]["filters"], filters);
    assert!(source.seen().is_empty());
}

#[test]
fn a_campaign_reads_what_remains_and_reading_it_takes_nothing() {
    let source = Source::json(page(MEMBER));
    let limits = "rate = { pulls = 3, requests = 7, per = \"1h\", burst = 3 }\nconcurrent = 2".into();
    let proxy = Proxy::start(&Contest { limits, ..Contest::default() }, &source);
    let remaining = || get(proxy.public, "/leader/-/status", AMBER_KEY).json()["remaining"].clone();
    assert_eq!(remaining(), json!({ "pulls": 3, "requests": 7, "concurrent": 2 }));
    get(proxy.public, "/leader/members", AMBER_KEY);
    assert_eq!(remaining(), json!({ "pulls": 2, "requests": 6, "concurrent": 2 }));
    assert_eq!(remaining(), remaining());
    let asked = get(proxy.public, "/leader/-/status?limit=1", AMBER_KEY);
    assert_eq!((asked.status, asked.reason().as_str()), (400, "query_not_allowed"));
}

#[test]
fn pages_at_positions_of_ones_own_belong_to_the_pull_that_was_begun() {
    let source = Source::json(page(MEMBER));
    let limits = "rate = { pulls = 2, requests = 100, per = \"1h\", burst = 2 }\nconcurrent = 2".into();
    let proxy = Proxy::start(&Contest { limits, ..Contest::default() }, &source);
    let ask = |query: &str| get(proxy.public, &format!("/leader/members?{query}"), AMBER_KEY).status;
    assert_eq!(ask("limit=2"), 200);
    assert!((1..8).all(|page| ask(&format!("limit=2&offset={}", 2 * page)) == 200), "of the same pull");
    assert_eq!(ask("limit=2&town=Bangor&offset=2"), 200, "of another query: a pull of its own");
    assert_eq!(ask("limit=2&town=Bangor&offset=4"), 200, "which goes on");
    assert_eq!(ask("limit=3&offset=3"), 429, "a third pull, begun in its middle");
    assert_eq!(ask("limit=2"), 429, "begun anew");
    assert_eq!(ask("limit=2&offset=2"), 200);
}

#[test]
fn a_contest_answers_for_its_own_host_names_without_a_prefix() {
    let source = Source::json(r#"{"count": 9, "next": "/x?offset=2", "values": []}"#);
    let proxy = Proxy::start(&Contest { contest: "hosts = [\"lists.example.org\"]".into(), ..Contest::default() }, &source);
    let request = format!(
        "GET /members HTTP/1.1\r\nhost: lists.example.org\r\nauthorization: Bearer {AMBER_KEY}\r\nconnection: close\r\n\r\n"
    );
    let body = super::support::send(proxy.public, &request).json();
    assert!(body["next"].as_str().unwrap().starts_with("http://lists.example.org/members?limit=500&cursor="), "{body}");
    let status = super::support::send(proxy.public, &request.replace("/members", "/-/status")).json();
    assert_eq!(status["exports"][0]["path"], "/members");
}

#[test]
fn health_and_metrics_are_the_operators() {
    let source = Source::json(page(MEMBER));
    let proxy = Proxy::before(&source);
    get(proxy.public, "/leader/members", AMBER_KEY);
    assert_eq!(get(proxy.admin, "/livez", "").status, 200);
    assert_eq!(get(proxy.admin, "/readyz", "").text(), "ready\n");
    assert_eq!(get(proxy.public, "/metrics", AMBER_KEY).reason(), "contest_unknown");
    let metrics = proxy.metrics();
    for line in [
        "portcullis_requests_total{contest=\"leader\",campaign=\"amber\",outcome=\"served\",reason=\"\"} 1",
        "portcullis_records_total{contest=\"leader\",campaign=\"amber\"} 1",
        "portcullis_fields_total{contest=\"leader\",export=\"members\",action=\"keep\"} 4",
        "portcullis_fields_total{contest=\"leader\",export=\"members\",action=\"dropped_by_rule\"} 1",
        "portcullis_window_open{contest=\"leader\",campaign=\"teal\"} 1",
        "portcullis_suspended{contest=\"leader\",campaign=\"amber\"} 0",
        "portcullis_config_reloads_total{result=\"applied\"} 1",
        "# EOF",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}

/// The demo's synthetic database, in this process.
fn synthetic_source() -> (synthetic::RunningSource, tokio::runtime::Runtime) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let source = runtime.block_on(synthetic::start(people::MEMBERS, people::SEED, super::support::folder::SOURCE_TOKEN)).unwrap();
    (source, runtime)
}

fn start_before_synthetic(contest: &Contest, source: &synthetic::RunningSource) -> Proxy {
    Proxy::start_in(contest.write(source.address()))
}
