//! The dialect `odata`, where examples cannot say it: where next links lead, or that they lead nowhere, and what cannot be served.

use portcullis::engine::dialect::cursor::TOKEN_BYTES_MAX;
use portcullis::engine::dialect::family::{Speech, Terms, Trouble};
use portcullis::engine::dialect::odata::ODATA;
use portcullis::engine::dialect::{Need, NotUnderstood, Offer, Route};
use portcullis::engine::format::Format;
use portcullis::engine::query::{Operator, Position};
use serde_json::json;

use crate::asking::{Names, ask_list, base, below, filter, offer, path, route};

/// Where a source's word leads from a position, or why nowhere.
fn leads(route: &Route, said: &str, from: &Position) -> Result<Option<Position>, NotUnderstood> {
    route.dialect.next(said, from)
}

fn token(text: &str) -> Position {
    Position::Token(text.to_owned())
}

#[test]
fn next_links_are_absolute_or_relative_and_read_for_their_position_alone() {
    let route = route(&ODATA);
    let cases = [
        ("Members?%24select=id&%24skiptoken=1000", token("1000")),
        ("/odata/v4/crm/Members?$skiptoken=1000&$filter=religion%20eq%20'x'", token("1000")),
        (
            "https://elsewhere.example.org/Members?$skiptoken=%3Ccookie%20pagenumber=%222%22%20/%3E",
            token("<cookie pagenumber=\"2\" />"),
        ),
        ("?$skiptoken=a%2Bb", token("a+b")),
        ("https://crm.example.org/Members?$select=id&$skip=500", Position::Offset(500)),
    ];
    for (said, expected) in cases {
        assert_eq!(leads(&route, said, &Position::Start), Ok(Some(expected)), "{said}");
    }
    assert_eq!(leads(&route, "Members?$skip=20", &Position::Offset(10)), Ok(Some(Position::Offset(20))));
}

/// OData leaves the link out at the end, so one that leads nowhere onwards is never taken for the end.
#[test]
fn a_next_link_that_leads_nowhere_is_not_the_end() {
    let route = route(&ODATA);
    let nowhere = [
        "",
        "1000",
        "Members",
        "Members?$skiptoken=",
        "Members?skiptoken=1",
        "Members?$skiptoken=1&$skiptoken=2",
        "Members?$skiptoken=1&%24skiptoken=2",
        "Members?$skiptoken=1&$skip=2",
        "Members?$skip=0",
        "Members?$skip=007",
        "Members?$skip=1000000001",
        "Members?$deltatoken=1",
        "Members?$skiptoken=%ff",
    ];
    for said in nowhere {
        assert_eq!(leads(&route, said, &Position::Start), Err(NotUnderstood), "{said}");
    }
    assert_eq!(leads(&route, "Members?$skiptoken=1", &token("1")), Err(NotUnderstood), "in a circle");
    assert_eq!(leads(&route, "Members?$skip=10", &Position::Offset(10)), Err(NotUnderstood), "in a circle");
}

/// `$top` bounds the whole list: no page may follow, and less than that many must not pass for all.
#[test]
fn nothing_follows_what_was_to_be_all() {
    let route = route(&ODATA);
    let names = Names::usual();
    let context = names.context(0);
    let all = ask_list(&route, "$top=5", &context).unwrap().query;
    assert!(all.page.alone);
    assert_eq!(route.next("Members?$skiptoken=5", &all, &base(&route), &context), Err(NotUnderstood));
    let page = ask_list(&route, "maxpagesize=5", &context).unwrap().query;
    let next = route.next("Members?$skiptoken=5", &page, &base(&route), &context).unwrap().unwrap();
    assert_eq!(next.word, next.link);
    assert!(ask_list(&route, &format!("$top=5&{}", query_of(&next.link)), &context).is_err(), "nor by way of another's cursor");
    assert!(ask_list(&route, query_of(&next.link), &context).unwrap().continues);
}

fn query_of(link: &str) -> &str {
    below(link).split_once('?').unwrap().1
}

#[test]
fn the_longest_cookie_that_is_sealed_comes_back() {
    let route = route(&ODATA);
    let names = Names::usual();
    let context = names.context(0);
    let query = ask_list(&route, "$filter=town eq 'Bangor'".replace(' ', "+").as_str(), &context).unwrap().query;
    let next = |cookie: &str| route.next(&format!("?$skiptoken={cookie}"), &query, &base(&route), &context);
    let link = next(&"x".repeat(TOKEN_BYTES_MAX)).unwrap().unwrap().link;
    assert_eq!(ask_list(&route, query_of(&link), &context).unwrap().query.page.position, token(&"x".repeat(TOKEN_BYTES_MAX)));
    assert_eq!(next(&"x".repeat(TOKEN_BYTES_MAX + 1)), Err(NotUnderstood));
}

#[test]
fn what_the_proxy_writes_itself_cannot_be_fixed() {
    let Speech::Own(make) = ODATA.speech else { panic!("it has words of its own") };
    let plain =
        Terms { source_path: "/Members".into(), source_item: None, fixed: Vec::new(), registered: None, columns: Vec::new() };
    for name in ["$filter", "$select", "$expand", "@p", "maxpagesize"] {
        assert!(make(Terms { fixed: vec![(name.into(), "x".into())], ..plain.clone() }).is_err(), "{name}");
    }
    assert!(make(Terms { registered: Some("SELECT".into()), ..plain.clone() }).is_err());
    assert!(make(Terms { fixed: vec![("api-version".into(), "9".into())], ..plain }).is_ok());
}

#[test]
fn what_no_request_can_say_is_not_promised() {
    let fits = |offer: &Offer| route(&ODATA).dialect.fits(offer).map_err(|unfit| unfit.problem);
    assert_eq!(fits(&offer(None)), Ok(()));
    let mut annotated = offer(None);
    annotated.fields.push(Need { field: path("/x@OData.Community.Display.V1.FormattedValue"), reads: Vec::new() });
    assert!(fits(&annotated).unwrap_err().contains("annotation"));
    let mut spaced = offer(None);
    spaced.filters.push(filter("shoe size", Operator::Is, Format::Integer));
    assert!(fits(&spaced).unwrap_err().contains("shoe size"));
}

#[test]
fn trouble_is_told_as_its_clients_read_it() {
    let told = Trouble { status: 400, code: "query_not_allowed", detail: "No." };
    assert_eq!((ODATA.trouble)(&told), [("error", json!({"code": "query_not_allowed", "message": "No."}))]);
}
