//! Keys where the tools of each API family put them: as a bearer token, as a password, in a header of its own. Never in an address.

use data_encoding::BASE64;

use super::support::{AMBER_KEY, MEMBER, Proxy, Source, TEAL_KEY, page, send};

fn asked_with(proxy: &Proxy, headers: &str) -> (u16, String) {
    let head = format!("GET /leader/members HTTP/1.1\r\nhost: {}\r\n{headers}connection: close\r\n\r\n", proxy.public);
    let answer = send(proxy.public, &head);
    (answer.status, if answer.status == 200 { String::new() } else { answer.reason() })
}

fn basic(user: &str, password: &str) -> String {
    format!("authorization: Basic {}\r\n", BASE64.encode(format!("{user}:{password}").as_bytes()))
}

#[test]
fn a_key_is_found_where_an_api_family_has_it() {
    let source = Source::json(page(MEMBER));
    let proxy = Proxy::before(&source);
    let places = [
        format!("authorization: bearer   {AMBER_KEY}\r\n"),
        basic("any user", AMBER_KEY),
        basic("", AMBER_KEY),
        basic("application", &format!("{AMBER_KEY}|0")),
        basic("application", &format!("{AMBER_KEY}|1")),
        format!("x-civi-auth: Bearer {AMBER_KEY}\r\n"),
        format!("osdi-api-token: {AMBER_KEY}\r\n"),
        format!("apikey: {AMBER_KEY}\r\nauthorization: Bearer {AMBER_KEY}\r\n"),
    ];
    for headers in &places {
        assert_eq!(asked_with(&proxy, headers), (200, String::new()), "{headers}");
    }
    assert_eq!(source.seen().len(), places.len());
    assert!(source.seen().iter().all(|head| !head.contains(AMBER_KEY)), "the campaign's key went to the source");
}

#[test]
fn two_keys_are_no_key_and_none_is_taken_from_an_address() {
    let source = Source::json(page(MEMBER));
    let proxy = Proxy::before(&source);
    let invalid = |headers: &str| assert_eq!(asked_with(&proxy, headers), (401, "credential_invalid".into()), "{headers}");
    invalid(&format!("authorization: Bearer {AMBER_KEY}\r\nosdi-api-token: {TEAL_KEY}\r\n"));
    invalid(&format!("osdi-api-token: {AMBER_KEY}\r\nosdi-api-token: {AMBER_KEY}\r\n"));
    invalid(&basic(AMBER_KEY, ""));
    invalid(&basic("a", &format!("{AMBER_KEY}|2")));
    invalid("authorization: Basic !!!!\r\n");
    invalid(&format!("authorization: Basic {}\r\n", "QUFB".repeat(500)));
    invalid("x-civi-auth: Bearer\r\n");
    let head =
        format!("GET /leader/members?_authx=Bearer+{AMBER_KEY} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", proxy.public);
    assert_eq!(send(proxy.public, &head).reason(), "credential_missing");
    assert!(source.seen().is_empty());
}
