//! The dialect `osdi`, where examples cannot say it: where next links lead, or that they lead nowhere, and what cannot be served.

use portcullis::engine::dialect::family::{Speech, Terms, Trouble};
use portcullis::engine::dialect::osdi::OSDI;
use portcullis::engine::dialect::{NotUnderstood, Offer};
use portcullis::engine::format::Format;
use portcullis::engine::query::{Operator, Position};
use serde_json::json;

use crate::asking::{Names, ask_list, base, filter, offer, route};

#[test]
fn next_links_are_read_for_the_number_of_their_page_alone() {
    let route = route(&OSDI);
    let next = |said: &str, from: &Position| route.dialect.next(said, from);
    let second = Ok(Some(Position::Number(2)));
    for said in ["https://actionnetwork.org/api/v2/people?page=2", "/api/v2/people?filter=x%20eq%201&page=2#page=9", "?page=2"] {
        assert_eq!(next(said, &Position::Start), second, "{said}");
    }
    assert_eq!(next("?page=8", &Position::Number(7)), Ok(Some(Position::Number(8))));
    for said in ["", "2", "?page=1", "?page=0", "?page=02", "?page=", "?page=2&page=3", "?per_page=2", "?page=1000000001"] {
        assert_eq!(next(said, &Position::Start), Err(NotUnderstood), "{said}");
    }
    assert_eq!(next("?page=7", &Position::Number(7)), Err(NotUnderstood), "in a circle");
}

#[test]
fn links_are_ours_and_lead_to_the_same_people() {
    let route = route(&OSDI);
    let names = Names::usual();
    let context = names.context(0);
    let asked = ask_list(&route, "filter=joined_on+gt+'2024-01-31'+and+id+eq+'t_7'&page=3", &context).unwrap().query;
    let target = route.generate(&asked).target;
    assert_eq!(target, "/source/get?per_page=20&filter=joined_on%20gt%20%272024-01-31%27%20and%20id%20eq%20%277%27&page=3");
    let next = route.next("https://actionnetwork.org/api/v2/people?page=4", &asked, &base(&route), &context).unwrap().unwrap();
    assert_eq!(next.word, next.link);
    assert!(next.link.contains("id%20eq%20%27t_7%27"), "a campaign keeps its token: {}", next.link);
    assert!(!next.link.contains("page=4"), "{}", next.link);
}

#[test]
fn what_the_proxy_writes_itself_cannot_be_fixed() {
    let Speech::Own(make) = OSDI.speech else { panic!("it has words of its own") };
    let plain =
        Terms { source_path: "/people".into(), source_item: None, fixed: Vec::new(), registered: None, columns: Vec::new() };
    for name in ["filter", "page", "per_page", "cursor"] {
        assert!(make(Terms { fixed: vec![(name.into(), "x".into())], ..plain.clone() }).is_err(), "{name}");
    }
    assert!(make(Terms { registered: Some("SELECT".into()), ..plain.clone() }).is_err());
    assert!(make(Terms { fixed: vec![("background_request".into(), "true".into())], ..plain }).is_ok());
}

#[test]
fn what_no_request_can_say_is_not_promised() {
    let fits = |offer: &Offer| route(&OSDI).dialect.fits(offer).map_err(|unfit| unfit.problem);
    let ordered = offer(None);
    assert_eq!(fits(&ordered), Err("this API does not order".to_owned()));
    let mut plain = Offer { order: Vec::new(), ..ordered };
    assert_eq!(fits(&plain), Ok(()));
    plain.filters.push(filter("town", Operator::In, Format::Text { max: 9 }));
    assert_eq!(fits(&plain), Err("this API has no `in`, which the filter on `town` needs".to_owned()));
}

#[test]
fn trouble_is_told_as_its_clients_read_it() {
    let told = Trouble { status: 400, code: "query_not_allowed", detail: "No." };
    assert_eq!((OSDI.trouble)(&told), [("error", json!("No."))]);
}
