//! P2 end to end: the memory of the proxy is bounded by a record and some constants, in every form, however long a list is.

use std::io::Write;

use super::support::{AMBER_KEY, Contest, Proxy, Source, get_as};

const LIST: &str = "/leader/members";
/// Bytes of a list that is long enough to show in a proxy's memory, were it kept there.
const LIST_BYTES: usize = 80 << 20;
/// What a transfer may take: buffers of two connections and of one record.
const KIBIBYTES_MAX: u64 = 24 << 10;

/// A source that writes a list of such a length in chunks, and the records in it.
fn long(content_type: &'static str, head: &'static str, block: String, tail: &'static str) -> Source {
    Source::scripted(move |_, stream| {
        let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
        let fields =
            format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n");
        let begin = if head.is_empty() { String::new() } else { chunk(head) };
        let mut written = stream.write_all(format!("{fields}\r\n{begin}").as_bytes());
        let chunk = chunk(&block);
        for _ in 0..LIST_BYTES / block.len() {
            written = written.and_then(|()| stream.write_all(chunk.as_bytes()));
        }
        let end = if tail.is_empty() { "0\r\n\r\n".to_owned() } else { format!("{:x}\r\n{tail}\r\n0\r\n\r\n", tail.len()) };
        // Where the proxy has hung up, its log says why.
        let _ = written.and_then(|()| stream.write_all(end.as_bytes()));
    })
}

/// Pulls the list in this form, and holds the proxy to its memory and to the number of records.
fn holds_one_record(contest: &Contest, source: &Source, accept: &str, records: usize, mark: &str) {
    let proxy = Proxy::start(contest, source);
    // Whatever a first request sets up is no part of a transfer.
    get_as(proxy.public, "/leader/-/status", AMBER_KEY, "application/json");
    proxy.forget_peak();
    let idle = proxy.peak_kibibytes();
    let answer = get_as(proxy.public, LIST, AMBER_KEY, accept);
    assert!(answer.whole, "{}", proxy.log());
    assert_eq!(answer.text().matches(mark).count(), records);
    let grown = proxy.peak_kibibytes() - idle;
    assert!(grown < KIBIBYTES_MAX, "{grown} KiB more for a list of {LIST_BYTES} bytes as {accept}");
}

/// A block of records, and how many of them a list has.
fn block(record: impl Fn(usize) -> String) -> (String, usize) {
    let block: String = (0..500).map(record).collect();
    let records = LIST_BYTES / block.len() * 500;
    (block, records)
}

fn record(number: usize) -> String {
    format!(r#"{{"member_id": {number}, "first_name": "Sian", "notes": "{}"}}"#, "MARKER ".repeat(150))
}

/// The usual list in every form, and of another format.
fn contest(format: &str) -> Contest {
    let mut contest = Contest::default();
    if format != "json" {
        contest.records = format!("format = \"{format}\"");
        contest.export = "page = { size = \"limit\", offset = \"offset\", max = 500 }".into();
    }
    contest.export.push_str("\naccept = [\"json\", \"ndjson\", \"csv\"]");
    contest
}

#[test]
fn p2_memory_does_not_grow_with_a_json_body() {
    let (block, records) = block(|number| format!("{},", record(number)));
    let source = long("application/json", r#"{"values": ["#, block, r#"{"member_id": 0}]}"#);
    holds_one_record(&contest("json"), &source, "application/json", records + 1, "member_id");
}

#[test]
fn p2_memory_does_not_grow_with_lines() {
    let (block, records) = block(|number| format!("{}\n", record(number)));
    holds_one_record(
        &contest("ndjson"),
        &long("application/x-ndjson", "", block, ""),
        "application/x-ndjson",
        records,
        "member_id",
    );
}

#[test]
fn p2_memory_does_not_grow_with_a_table() {
    let contest = Contest {
        records: "format = \"csv\"\ncolumns = [\"member_id\", \"first_name\", \"notes\"]".into(),
        filters: String::new(),
        fields: "member_id = { keep = \"integer\" }\nfirst_name = { keep = \"name\" }".into(),
        ..contest("csv")
    };
    let (block, records) = block(|number| format!("{number},Sian,\"{}\"\"\"\r\n", "MARKER, ".repeat(120)));
    let source = long("text/csv", "member_id,first_name,notes\r\n", block, "");
    holds_one_record(&contest, &source, "text/csv", records, "Sian");
}

#[test]
fn p2_memory_does_not_grow_with_lists_inside_records() {
    let mut contest = contest("ndjson");
    contest.fields.push_str("\"gifts[].sum\" = { keep = \"decimal\" }\n");
    contest.rows = "[export.lists]\ngifts = { max = 50, rows = [{ field = \"open\", is = true }] }".into();
    contest.export = contest.export.replace(", \"csv\"", "");
    let gift = |number: usize| {
        format!(r#"{{"sum": {number}, "open": {}, "to": "{}"}}"#, number.is_multiple_of(10), "MARKER ".repeat(20))
    };
    let gifts: Vec<_> = (0..40).map(gift).collect();
    let (block, records) = block(|number| format!("{{\"member_id\": {number}, \"gifts\": [{}]}}\n", gifts.join(", ")));
    holds_one_record(&contest, &long("application/x-ndjson", "", block, ""), "application/json", 4 * records, "\"sum\"");
}
