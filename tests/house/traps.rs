//! Traps: requests that carry what is hidden past a careless proxy, first against the real server, then against ours.
//!
//! Each is shown to be real: asked directly, the server does give the hidden thing away. Asked through the proxy it is refused, for a
//! reason that the operator reads in the books, with an answer that says nothing of it.

use std::net::SocketAddr;

use portcullis::engine::reason::Reason;
use serde_json::Value;

use super::sources::{RealSource, TOKEN, originals, proxy};
use super::support::{AMBER_KEY, Answer, Proxy, send};

use Leak::{Counts, Pages, Says};
use Reason::{ExportUnknown, FormatNotOffered, MethodNotAllowed, QueryNotAllowed, QueryOnHiddenField};

/// What a trap gives away when the server itself is asked.
#[derive(Clone, Copy)]
enum Leak {
    /// The answer has this in it.
    Says(&'static str),
    /// The envelope counts the members of whom this is true, however few of their fields come with them.
    Counts(fn(&Value) -> bool),
    /// Whether there is another page, which says whether there are more such members than a page holds.
    Pages,
}

/// A request, below the list where it begins with a question mark; `{muslim}` is the identifier of such a member.
type Trap = (&'static str, &'static str, Leak, Reason);

const DATASETTE: &[Trap] = &[
    // The answer holds allowed fields alone: what is counted tells.
    ("GET", "?_shape=objects&_col=member_id&religion__exact=Muslim", Counts(muslim), QueryOnHiddenField),
    ("GET", "?_shape=objects&_col=member_id&religion=Muslim", Counts(muslim), QueryOnHiddenField),
    ("GET", "?_shape=objects&_col=member_id&religion__contains=usli", Counts(muslim), QueryOnHiddenField),
    ("GET", "?_shape=objects&_col=member_id&religion__in=Muslim", Counts(muslim), QueryOnHiddenField),
    ("GET", "?_shape=objects&_col=member_id&health_condition__isnull=1", Counts(healthy), QueryOnHiddenField),
    ("GET", "?_shape=objects&_col=member_id&_where=religion+%3D+%27Muslim%27", Counts(muslim), QueryOnHiddenField),
    ("GET", "?_shape=objects&_col=member_id&rel%69gion__exact=Muslim", Counts(muslim), QueryOnHiddenField),
    ("GET", "?_shape=objects&_col=member_id&_col=religion&_size=500", Says("Muslim"), QueryOnHiddenField),
    ("GET", "?_shape=objects&_col=member_id&_size=500&_facet=religion", Says("Muslim"), QueryOnHiddenField),
    ("GET", "?_shape=objects&_col=member_id&_size=1&_sort_desc=religion", Says("\"next\": \"no"), QueryOnHiddenField),
    ("HEAD", "?_size=100&religion__exact=Muslim", Pages, MethodNotAllowed),
    // Unknown conditions and searches are ignored, and the list comes whole.
    ("GET", "?_shape=objects&_col=member_id&_search=Muslim", Counts(anybody), QueryNotAllowed),
    ("GET", "?_shape=objects&_col=member_id&_nope=Muslim", Counts(anybody), QueryNotAllowed),
    // Other shapes and forms.
    ("GET", "?_shape=arrays", Says("Muslim"), QueryNotAllowed),
    ("GET", "?_shape=array", Says("Muslim"), QueryNotAllowed),
    ("GET", "?_shape=object", Says("Muslim"), QueryNotAllowed),
    ("GET", "?_shape=array&_nl=on", Says("Muslim"), QueryNotAllowed),
    ("GET", "?_shape=objects&_nocol=religion&_col=health_condition", Says("depression"), QueryOnHiddenField),
    ("GET", "/members/members.csv?_stream=on", Says("Muslim"), ExportUnknown),
    ("GET", "/members/members/{muslim}.blob?_blob_column=religion", Says("Muslim"), ExportUnknown),
    ("GET", "/members/members/{muslim}.json?_shape=objects", Says("Muslim"), ExportUnknown),
    ("GET", "/members/members/{muslim}", Says("Muslim"), ExportUnknown),
    ("GET", "/members/members", Says("Muslim"), ExportUnknown),
    ("GET", "/members.json?sql=select+distinct+religion+as+constituency+from+members", Says("Muslim"), ExportUnknown),
    ("GET", "/members.csv?sql=select+distinct+upper(religion)+as+town+from+members", Says("MUSLIM"), ExportUnknown),
    ("GET", "/members/case_notes.json?_shape=objects", Says("\"body\": \""), ExportUnknown),
];

const DRF: &[Trap] = &[
    ("GET", "?limit=1&religion=Muslim", Counts(muslim), QueryOnHiddenField),
    ("GET", "?limit=1&rel%69gion=Muslim", Counts(muslim), QueryOnHiddenField),
    ("GET", "?limit=1&health_condition=depression", Counts(depressed), QueryOnHiddenField),
    ("GET", "?limit=1&status=lapsed", Counts(lapsed), QueryOnHiddenField),
    ("GET", "?limit=1&ordering=-religion", Says("\"religion\":\"no religion\""), QueryOnHiddenField),
    // Unknown and empty conditions are ignored, and the list comes whole.
    ("GET", "?limit=1&religion__icontains=usli", Counts(anybody), QueryOnHiddenField),
    ("GET", "?limit=1&member_id=1", Counts(anybody), QueryOnHiddenField),
    ("GET", "?limit=1&constituency=", Counts(anybody), QueryNotAllowed),
    ("GET", "?limit=1&constituency=+", Counts(anybody), QueryNotAllowed),
    ("GET", "?limit=1&nope=Muslim", Counts(anybody), QueryNotAllowed),
    ("GET", "?limit=1&search=Muslim", Counts(says_muslim), QueryNotAllowed),
    // Other forms and addresses.
    ("GET", "?limit=500&format=api", Says("Muslim"), QueryNotAllowed),
    ("GET text/html", "?limit=500", Says("Muslim"), FormatNotOffered),
    ("GET", "/members.json?limit=500", Says("Muslim"), ExportUnknown),
    ("GET", "/members/{muslim}/", Says("Muslim"), ExportUnknown),
    ("GET", "/members/{muslim}.json", Says("Muslim"), ExportUnknown),
    ("GET", "/", Says("/api/members/"), ExportUnknown),
    ("OPTIONS", "?limit=1", Says("\"renders\""), MethodNotAllowed),
];

fn muslim(member: &Value) -> bool {
    member["religion"] == "Muslim"
}

fn healthy(member: &Value) -> bool {
    member["health_condition"].is_null()
}

fn depressed(member: &Value) -> bool {
    member["health_condition"] == "depression"
}

fn lapsed(member: &Value) -> bool {
    member["status"] == "lapsed"
}

fn anybody(_: &Value) -> bool {
    true
}

fn says_muslim(member: &Value) -> bool {
    ["last_name", "notes", "religion"].iter().any(|name| member[name].as_str().is_some_and(|text| text.contains("Muslim")))
}

impl Leak {
    /// Whether the server's own answer gives it away.
    fn is_in(self, answer: &Answer) -> bool {
        let counted = |count: usize| [format!("_rows_count\": {count},"), format!("\"count\":{count},")];
        match self {
            Says(text) => answer.text().contains(text),
            Counts(who) => {
                let count = originals().iter().filter(|member| who(member)).count();
                count > 0 && counted(count).iter().any(|text| answer.text().contains(text))
            }
            Pages => answer.header("link").is_some_and(|link| link.contains("rel=\"next\"")),
        }
    }
}

/// Asks as a client does: with a method, and perhaps a form behind it.
fn ask(address: SocketAddr, method: &str, target: &str, credential: &str) -> Answer {
    let (method, accept) = method.split_once(' ').unwrap_or((method, "*/*"));
    let head = format!("{method} {target} HTTP/1.1\r\nhost: {address}\r\nauthorization: {credential}\r\naccept: {accept}");
    send(address, &format!("{head}\r\nconnection: close\r\n\r\n"))
}

/// Every trap of a table, directly below `list` and `base` at the source, and below the contest here.
fn sprung(traps: &[Trap], source: &RealSource, proxy: &Proxy, (base, list): (&str, &str), (contest, export): (&str, &str)) {
    let muslim = originals().iter().find(|member| muslim(member)).unwrap()["member_id"].to_string();
    let mut expected = Vec::new();
    for (method, target, leak, reason) in traps {
        let target = target.replace("{muslim}", &muslim);
        let below = |list: &str| if target.starts_with('?') { format!("{list}{target}") } else { target.clone() };
        let open = ask(source.address, method, &format!("{base}{}", below(list)), &format!("Token {TOKEN}"));
        assert!(leak.is_in(&open), "{target} is no trap: {} {}", open.head, open.text().chars().take(2000).collect::<String>());
        let shut = ask(proxy.public, method, &format!("{contest}{}", below(export)), &format!("Bearer {AMBER_KEY}"));
        assert!((400..500).contains(&shut.status), "{target}: {} {}", shut.head, shut.text());
        let told = format!("{}{}", shut.head, shut.text());
        let hidden = ["Muslim", "MUSLIM", "depression", "\"rows\"", "\"results\"", &source.address.to_string()];
        assert!(hidden.iter().all(|hidden| !told.contains(hidden)), "{target}: {told}");
        expected.push((shut.header("portcullis-request-id").unwrap().to_owned(), *reason));
    }
    are_in_the_books(proxy, &expected);
}

/// Each refusal is in the operator's table, by the exchange's name, and in the metrics.
fn are_in_the_books(proxy: &Proxy, expected: &[(String, Reason)]) {
    let books = proxy.rejections(expected.len());
    assert_eq!(books.len(), expected.len());
    for (id, reason) in expected {
        let row = books.iter().find(|row| row["request_id"] == **id).unwrap();
        assert_eq!(row["reason"], reason.code(), "{row}");
        let count = expected.iter().filter(|(_, other)| other == reason).count();
        let line = format!("outcome=\"refused\",reason=\"{reason}\"}} {count}\n");
        assert!(proxy.metrics().contains(&line), "{line} is not in\n{}", proxy.metrics());
    }
}

#[test]
fn p4_no_trap_that_datasette_falls_into_gets_through() {
    let source = RealSource::start("datasette");
    let same_path = |contest: String| {
        contest
            .replace("path        = \"/members\"\n", "path        = \"/members/members.json\"\n")
            .replace("source_path = \"/members/members.json\"\n", "")
    };
    let proxy = proxy(&source, "datasette", same_path);
    let list = "/members/members.json";
    sprung(DATASETTE, &source, &proxy, ("", list), ("/datasette-2026", list));
}

#[test]
fn p4_no_trap_that_django_falls_into_gets_through() {
    let source = RealSource::start("drf");
    let proxy = proxy(&source, "drf", |contest| contest);
    sprung(DRF, &source, &proxy, ("/api", "/members/"), ("/drf-2026", "/members"));
}
