//! What presets say beside their words: where a next page leads, how trouble is told, and at which doors they warn.

use portcullis::engine::dialect::family::{Family, Trouble};
use portcullis::engine::dialect::route::NotUnderstood;
use portcullis::engine::dialect::speech::Payload;
use portcullis::engine::dialect::spelling::{Spelling, Values};
use portcullis::engine::dialect::{Address, Asked, Route, Verb};
use portcullis::engine::query::{Filter, ListQuery, Operand, Operator, Position};
use portcullis::engine::reason::Reason;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::asking::{Names, base, path, route};

fn family(name: &str) -> &'static Family {
    Family::named(name).unwrap()
}

/// What a campaign reads where the source said this about the page behind one at an offset of 20.
fn next(route: &Route, said: &str) -> Result<Option<String>, NotUnderstood> {
    let mut query = ListQuery::list(10);
    query.page.position = Position::Offset(20);
    Ok(route.next(said, &query, &base(route), &Names::usual().context(0))?.map(|next| next.word))
}

#[test]
fn links_of_every_product_are_read_and_become_ours() {
    let said = [
        ("datasette", "http://data.example.org/members/members.json?_sort=joined_on&_next=2013-09-21%2CMuslim"),
        ("drf", "http://crm.example.org/api/members/?religion=Muslim&limit=10&offset=30"),
    ];
    for (name, said) in said {
        let word = next(&route(family(name)), said).unwrap().unwrap();
        assert!(word.starts_with("https://gate.example.org/leader/list?"), "{word}");
        assert!(!word.contains("Muslim") && !word.contains("30"), "{word}");
    }
    for (name, said) in [("hubspot", "NTI1Cg=="), ("airtable", "itrZ7/rec17"), ("datasette", "Christian,2362")] {
        let word = next(&route(family(name)), said).unwrap().unwrap();
        assert!(!word.contains(said) && !word.contains('/'), "{word}");
    }
}

/// EveryAction's clients put an address before each link, or take it as RFC 3986 has it: both come to the list again.
#[test]
fn links_that_are_put_behind_an_address_are_the_lists_last_segment() {
    let said = [
        "https://api.securevan.com/v4/people?religion=Muslim&$top=10&$skip=30",
        "https://api.securevan.com/v4/people?%24top=10&%24skip=30",
    ];
    let mut route = route(family("everyaction"));
    for said in said {
        let word = next(&route, said).unwrap().unwrap();
        assert!(word.starts_with("list?%24top=10&cursor="), "{word}");
    }
    let written = [
        ("/v4/people", "people?"),
        ("/v4/people/", "?"),
        ("/a:b/people", "people?"),
        ("/a:b", "https://gate.example.org/leader/a:b?"),
    ];
    for (path, beginning) in written {
        route.path = path.into();
        let word = next(&route, said[0]).unwrap().unwrap();
        assert!(word.starts_with(&format!("{beginning}%24top=10&cursor=")), "{word}");
    }
}

/// Nothing else is taken for nothing, and whoever has no such habit sends no body at all.
#[test]
fn a_body_that_means_nothing_is_taken_letter_for_letter() {
    let reason = |name: &str, body| {
        let route = route(family(name));
        let asked = Asked { verb: Verb::Get, address: &Address::List, query: "", body, prefer: "" };
        route.parse(&asked, &Names::usual().context(0)).err().map(|refused| refused.reason())
    };
    for nothing in ["{}", " {\t\r\n} ", r#""{}""#] {
        assert_eq!(reason("everyaction", Payload::Json(nothing)), None, "{nothing}");
        assert_eq!(reason("drf", Payload::Json(nothing)), Some(Reason::BodyNotAccepted), "{nothing}");
    }
    for something in ["", "{", "}", "{}}", "{{}}", "[]", "null", r#"{"$top":1}"#, r#"{"":0}"#, r#""{ }""#, "{}\u{a0}", "{}\0"] {
        assert_eq!(reason("everyaction", Payload::Json(something)), Some(Reason::BodyNotAccepted), "{something}");
    }
    assert_eq!(reason("everyaction", Payload::Form("{}")), Some(Reason::BodyNotAccepted));
    let route = route(family("everyaction"));
    assert!(route.dialect.reads_bodies() && !route.dialect.posts());
}

#[test]
fn a_next_page_that_cannot_be_asked_for_is_no_end() {
    let said = [
        ("everyaction", "https://api.securevan.com/v4/people?continuation=abc"),
        ("drf", "https://crm.example.org/api/members/?cursor=cD0y"),
        ("datasette", "https://data.example.org/members/members.json?_size=2"),
    ];
    for (name, said) in said {
        assert_eq!(next(&route(family(name)), said), Err(NotUnderstood), "{name}");
    }
}

#[test]
fn trouble_is_told_in_the_words_of_each_product() {
    let trouble = Trouble { status: 400, code: "query_not_allowed", detail: "No." };
    let (code, loud) = ("query_not_allowed", "QUERY_NOT_ALLOWED");
    let told = [
        ("datasette", json!({ "ok": false, "error": "No." })),
        ("drf", json!({})),
        ("directus", json!({ "errors": [{ "message": "No.", "extensions": { "code": loud } }] })),
        ("postgrest", json!({ "code": code, "message": "No.", "details": null, "hint": null })),
        // Nothing else may stand in an error of EveryAction's.
        ("everyaction", json!({ "errors": [{ "code": loud, "text": "No." }] })),
        ("hubspot", json!({ "message": "No.", "category": loud })),
        ("airtable", json!({ "error": { "type": loud, "message": "No." } })),
        ("beacon", json!({ "error": { "code": code, "message": "No." } })),
    ];
    for (name, expected) in told {
        let members = (family(name).trouble)(&trouble);
        let members: Map<String, Value> = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        assert_eq!(Value::from(members), expected, "{name}");
    }
}

#[test]
fn whoever_knocks_at_a_side_door_is_told_where_the_front_is() {
    let doors = [
        ("datasette", "/members/members.csv"),
        ("datasette", "/members/members/1.BLOB"),
        ("drf", "/members.csv"),
        ("directus", "/revisions/17"),
        ("postgrest", "/rpc/find"),
        ("everyaction", "/people/find/"),
        ("everyaction", "/exportJobs/17"),
        ("hubspot", "/crm/v3/objects/contacts/search"),
        ("hubspot", "/crm/v3/objects/contacts/batch/read"),
        ("airtable", "/appBase/Members/listRecords"),
        ("beacon", "/entities/person/filter"),
    ];
    for (name, path) in doors {
        assert!((family(name).stray)(path).is_some(), "{name} {path}");
    }
    for (name, path) in [("datasette", "/members"), ("postgrest", "/members"), ("directus", "/graphql"), ("rest", "/search")] {
        assert_eq!((family(name).stray)(path), None, "{name} {path}");
    }
}

proptest! {
    /// PostgREST reads a list of values as it was meant, whatever is in them.
    #[test]
    fn p5_no_value_closes_a_quoted_list(said in vec(r#"[a-z,"\\()é ]{0,8}"#, 1..5), raw in ".{0,60}") {
        let list = Spelling::around("town", "in.(", ")").reading(Values::Quoted);
        let operands = said.iter().map(|value| Operand { value: value.clone(), token: None }).collect();
        let filter = Filter { field: path("town"), operator: Operator::In, operands };
        let spelled = list.spell(&filter, |operand| operand.value.clone());
        prop_assert_eq!(list.inner(&spelled).and_then(|inner| list.split(inner, Operator::In)), Some(said));
        let _ = list.split(&raw, Operator::In);
    }
}
