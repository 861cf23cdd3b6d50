//! Jobs, end to end, at sources that say too little of what comes next: a list is refused then, and never cut.

use std::io::Read;
use std::net::TcpStream;

use super::clients::{contest, order, proxy_in};
use super::support::source::write;
use super::support::{AMBER_KEY, Answer, Proxy, Source, get, get_as};

const JOBS: &str = "/leader/services/data/v59.0/jobs/query";
const TABLE: &str = "\"Id\",\"FirstName\",\"LastName\",\"Email\",\"HasOptedOutOfEmail\"\n\"003STANDIN00001AAA\",\"Ann\",\"Lee\",\"MARKER@example.org\",\"true\"\n";

/// A source whose every page has these header lines.
fn source(headers: &'static str) -> Source {
    Source::scripted(move |head, stream| {
        drain(head, stream);
        let (kind, body) = match head.contains("/results") {
            true => ("text/csv", TABLE),
            false => ("application/json", r#"{"id": "750STANDIN00001AAA", "state": "JobComplete", "object": "MARKER"}"#),
        };
        let length = body.len();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n{headers}connection: close");
        write(stream, format!("{head}\r\n\r\n{body}").as_bytes());
    })
}

/// Reads what came with a request, so that closing does not take the answer back.
fn drain(head: &str, stream: &mut TcpStream) {
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    stream.read_exact(&mut vec![0; length]).unwrap();
}

fn proxy(name: &str, source: &Source) -> Proxy {
    let folder = std::env::temp_dir().join(format!("portcullis-jobs-{name}-{}", std::process::id()));
    proxy_in(folder, &contest("salesforce-bulk", source.address.port(), 0, "2020-01-01T00:00:00Z"), None)
}

/// The address of a job's results.
fn results(proxy: &Proxy) -> String {
    let ordered = order(proxy, JOBS, r#"{"operation": "query", "query": "SELECT Id, FirstName, LastName, Email FROM Contact"}"#);
    assert!(ordered.status == 200 && !ordered.text().contains("MARKER"), "{}", ordered.text());
    format!("{JOBS}/{}/results", ordered.json()["id"].as_str().unwrap())
}

fn locator(page: &Answer) -> String {
    page.header("sforce-locator").unwrap().to_owned()
}

#[test]
fn a_page_that_does_not_say_what_follows_is_refused() {
    let cases = [
        ("none", "link: <https://x/?locator=MTAw>; rel=\"next\"\r\n"),
        ("empty", "sforce-locator: \r\n"),
        ("twice", "sforce-locator: null\r\nsforce-locator: MTAw\r\n"),
        ("strange", "sforce-locator: MT Aw\r\n"),
        ("capital", "sforce-locator: NULL?\r\n"),
    ];
    for (name, headers) in cases {
        let source = source(headers);
        let proxy = proxy(name, &source);
        let page = get(proxy.public, &results(&proxy), AMBER_KEY);
        assert_eq!((page.status, page.reason()), (502, "shape_unexpected".to_owned()), "{name}: {}", page.text());
        assert!(page.header("sforce-locator").is_none() && !page.text().contains("Ann"), "{name}");
    }
}

#[test]
fn a_locator_that_leads_back_to_its_own_page_is_refused() {
    let source = source("sforce-locator: MTAw\r\nsforce-numberofrecords: 1\r\n");
    let proxy = proxy("back", &source);
    let results = results(&proxy);
    let first = get(proxy.public, &results, AMBER_KEY);
    assert_eq!((first.status, first.header("sforce-numberofrecords")), (200, None), "{}", first.text());
    let again = get(proxy.public, &format!("{results}?locator={}", locator(&first)), AMBER_KEY);
    assert_eq!(again.status, 502, "{}", again.text());
    assert!(source.seen().last().unwrap().contains("maxRecords=100&locator=MTAw"));
}

#[test]
fn the_header_comes_in_every_form_and_orders_are_told_in_either() {
    let source = source("sforce-locator: null\r\nlink: <https://x/?page=2>; rel=\"next\"\r\n");
    let proxy = proxy("forms", &source);
    let results = results(&proxy);
    for (accept, whole) in [
        ("text/csv", "Id,FirstName,LastName,Email\r\n003STANDIN00001AAA,Ann,Lee,\r\n"),
        ("application/json", r#"[{"Id":"003STANDIN00001AAA","FirstName":"Ann","LastName":"Lee"}]"#),
    ] {
        let page = get_as(proxy.public, &results, AMBER_KEY, accept);
        assert_eq!((page.text().as_str(), locator(&page).as_str(), page.header("link")), (whole, "null", None));
        let job = get_as(proxy.public, results.strip_suffix("/results").unwrap(), AMBER_KEY, accept);
        assert_eq!((job.status, job.header("content-type")), (200, Some("application/json")), "{}", job.text());
    }
}
