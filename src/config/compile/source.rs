//! `[source]`: where a contest's membership database is, and how it is asked.

use std::net::IpAddr;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Uri};
use zeroize::Zeroizing;

use super::process::certificates;
use super::time::duration;
use super::{bounded, number, short, word};
use crate::config::notes::{Notes, Span};
use crate::config::raw::contest::{Header, HeaderFile, Source as Said, is_secret};
use crate::config::raw::read::Text;
use crate::config::raw::spelling;
use crate::config::secret::Folder;
use crate::config::settings::Source;
use crate::engine::dialect::family::{FAMILIES, Family};

/// The words that allow plain HTTP to a source beyond loopback.
pub const PLAINTEXT_WORDS: &str = "on-a-trusted-network";
/// The time that a source has when the file does not say.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);
/// Connections to a source when the file does not say.
const CONNECTIONS_DEFAULT: i64 = 32;
/// Origins of a source's files at the most.
const FILE_ORIGINS_MAX: usize = 16;
/// Headers of a source at the most.
const HEADERS_MAX: usize = 64;
/// Headers that belong to the proxy's own exchange with the source.
const FORBIDDEN_HEADERS: [&str; 16] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "keep-alive",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
];
/// More of them, that only proxies and upgrades use.
const FORBIDDEN_PROXY_HEADERS: [&str; 4] = ["proxy-authorization", "proxy-connection", "upgrade", "via"];

/// Compiles a source.
pub fn source(said: &Said, folder: &Folder<'_>, notes: &mut Notes) -> Option<Source> {
    let plaintext = said.plaintext.as_ref().map(|said| word(said, "reason for plain HTTP", &[(PLAINTEXT_WORDS, ())], notes));
    let url = said.url.as_ref().and_then(|said| url(said, plaintext.is_some(), notes));
    let files = files(said, plaintext.is_some(), notes);
    let headers = headers(said, folder, notes);
    let bounds = Duration::from_millis(100)..=Duration::from_secs(600);
    let timeout = said.timeout.as_ref().map_or(Some(TIMEOUT_DEFAULT), |said| duration(said, "`timeout`", bounds, notes));
    let ca_pem = said.ca_file.as_ref().map_or(Some(None), |said| certificates(said, folder, notes).map(Some));
    let connections = said.connections.as_ref();
    let connections = connections
        .map_or(Some(CONNECTIONS_DEFAULT), |said| number(said, "`connections`", 1..=1024, notes))
        .and_then(|n| usize::try_from(n).ok());
    Some(Source {
        url: url?,
        headers: headers?,
        timeout: timeout?,
        ca_pem: ca_pem?,
        connections_max: connections?,
        file_origins: files?,
    })
}

/// The API family that a source speaks, and its campaigns' tools with it.
pub fn family(said: &Said, notes: &mut Notes) -> Option<&'static Family> {
    let api = said.api.as_ref()?;
    if api.value == "graphql" {
        notes.error(api.at, "GraphQL is not spoken: one question of it can reach everything", "name the source's REST API");
        return None;
    }
    let known: Vec<_> = FAMILIES.iter().map(|family| (family.name, *family)).collect();
    word(api, "dialect", &known, notes)
}

fn url(said: &Text, plaintext: bool, notes: &mut Notes) -> Option<Uri> {
    let example = "write for example `https://crm.internal/api`";
    let Some(uri) = said.value.parse::<Uri>().ok().filter(|uri| uri.scheme().is_some() && uri.authority().is_some()) else {
        conceal_userinfo(said, notes);
        notes.error(said.at, "this is no URL", example);
        return None;
    };
    let authority = uri.authority()?;
    let trouble = if authority.as_str().contains('@') {
        conceal_userinfo(said, notes);
        Some(("a URL may not hold a user or a password", "put them into a file, and name it under `headers`"))
    } else if uri.query().is_some() {
        notes.conceal(said.at);
        Some(("the base URL may not have a query", "put parameters that every request carries under `params` of the export"))
    } else if said.value.contains('#') {
        Some(("the base URL may not have a fragment", "remove `#` and what follows"))
    } else if !matches!(uri.scheme_str(), Some("http" | "https")) {
        Some(("only `https` and `http` are spoken", example))
    } else {
        None
    };
    if let Some((message, help)) = trouble {
        notes.error(said.at, message, help);
        return None;
    }
    if uri.scheme_str() == Some("http") && !is_loopback(uri.host()?) && !plaintext {
        let help = format!("use `https`, or say in words `plaintext = \"{PLAINTEXT_WORDS}\"`");
        notes.error(said.at, "members' data would travel in the clear: this is plain HTTP beyond loopback", help);
        return None;
    }
    let path = uri.path().trim_end_matches('/');
    let built = Uri::builder().scheme(uri.scheme()?.clone()).authority(authority.clone()).path_and_query(if path.is_empty() {
        "/"
    } else {
        path
    });
    built.build().ok()
}

/// Origins from which files may be fetched.
fn files(said: &Said, plaintext: bool, notes: &mut Notes) -> Option<Vec<Box<str>>> {
    let Some(list) = &said.files else { return Some(Vec::new()) };
    bounded(list, "origins of files", FILE_ORIGINS_MAX, notes);
    let origin = |said: &Text, notes: &mut Notes| -> Option<Box<str>> {
        let uri = url(said, plaintext, notes)?;
        if uri.path() != "/" {
            notes.error(said.at, "files come from an origin, and this is a place in one", "remove the path");
            return None;
        }
        Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?).to_ascii_lowercase().into())
    };
    let origins: Vec<_> = list.value.iter().map(|said| origin(said, notes)).collect();
    origins.into_iter().collect()
}

/// Whatever stands before an `@` may be a password.
fn conceal_userinfo(said: &Text, notes: &mut Notes) {
    if said.value.contains('@') {
        notes.conceal(said.at);
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn headers(said: &Said, folder: &Folder<'_>, notes: &mut Notes) -> Option<Vec<(HeaderName, HeaderValue)>> {
    let Some(entries) = &said.headers else { return Some(Vec::new()) };
    if entries.value.0.len() > HEADERS_MAX {
        notes.error(entries.at, "there are more than 64 headers", "remove those that the source does not need");
    }
    let mut all = Some(Vec::new());
    for (name, value) in entries.value.0.iter().take(HEADERS_MAX) {
        let header = header(name, value, folder, notes);
        match (&mut all, header) {
            (Some(headers), Some((name_parsed, _))) if headers.iter().any(|(other, _)| *other == name_parsed) => {
                notes.error(name.at, format!("the header `{name_parsed}` stands here twice"), "keep one of the two");
                all = None;
            }
            (Some(headers), Some(header)) => headers.push(header),
            _ => all = None,
        }
    }
    all
}

fn header(name: &Text, value: &Header, folder: &Folder<'_>, notes: &mut Notes) -> Option<(HeaderName, HeaderValue)> {
    let parsed = HeaderName::from_bytes(name.value.as_bytes()).ok();
    if parsed.is_none() {
        notes.error(name.at, format!("`{}` is no header name", short(&name.value)), "use letters, digits and hyphens");
    }
    let lower = name.value.to_ascii_lowercase();
    let forbidden = FORBIDDEN_HEADERS.contains(&lower.as_str()) || FORBIDDEN_PROXY_HEADERS.contains(&lower.as_str());
    if forbidden {
        let message = format!("the proxy sets `{lower}` itself, or never sends it");
        notes.error(name.at, message, "remove this header");
    }
    let value = match value {
        Header::Inline(text) => inline_value(&lower, text, notes),
        Header::File(file) => file_value(file, folder, notes),
    };
    parsed.filter(|_| !forbidden).zip(value)
}

fn inline_value(name: &str, text: &Text, notes: &mut Notes) -> Option<HeaderValue> {
    if is_secret(name) {
        let help = format!(
            "put it into a file, mode 0600, and write `{{ file = \"secrets/…\" }}`; known keys: {}",
            spelling::list(HeaderFile::KEYS)
        );
        notes.error(text.at, "a secret may not stand in the configuration itself", help);
        return None;
    }
    value(&text.value, text.at, notes)
}

fn file_value(said: &HeaderFile, folder: &Folder<'_>, notes: &mut Notes) -> Option<HeaderValue> {
    let file = said.file.as_ref()?;
    let content = folder.read_secret(file, notes)?;
    let line = content.line().filter(|line| !line.is_empty());
    if line.is_none() {
        notes.error(file.at, "the file holds no text in its first line", "put the secret into the file, in one line");
    }
    let prefix = said.prefix.as_ref().map_or("", |prefix| &prefix.value);
    let whole = Zeroizing::new(format!("{prefix}{}", line?));
    let mut value = value(&whole, file.at, notes)?;
    value.set_sensitive(true);
    Some(value)
}

fn value(text: &str, at: Span, notes: &mut Notes) -> Option<HeaderValue> {
    let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let value = HeaderValue::from_str(text).ok().filter(|_| printable && text.trim() == text);
    if value.is_none() {
        notes.error(
            at,
            "a header's value is one line of printable ASCII without spaces around it",
            "remove other characters and line breaks",
        );
    }
    value
}
