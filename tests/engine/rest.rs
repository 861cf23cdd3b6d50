//! The dialect `rest`: what a campaign may ask, what the source is asked, and where its next page leads.

use portcullis::engine::dialect::cursor::TOKEN_BYTES_MAX;
use portcullis::engine::dialect::place::Place;
use portcullis::engine::dialect::rest::{Also, Habits, OrderStyle, Ordered, PositionRule, Rest, Selected, Spelling};
use portcullis::engine::dialect::{FilterRule, Naming, Need, NotUnderstood, Offer, Parsed, Route, Takes};
use portcullis::engine::format::Format;
use portcullis::engine::query::{Operator, Position};
use portcullis::engine::rejection::Hint;
use proptest::prelude::*;

use crate::asking::{Names, ask_list, base, filter, path};

fn export(position: PositionRule) -> Route {
    let kept = |name: &str| Need { field: path(name), reads: Vec::new() };
    let offer = Offer {
        fields: vec![
            kept("member_id"),
            kept("name.last"),
            Need { field: path("email"), reads: vec![path("consent.email")] },
            kept("gifts[].amount"),
        ],
        always: vec![path("member_id"), path("status")],
        root: None,
        naming: Naming::Path,
        filters: vec![
            filter("town", Operator::Is, Format::Text { max: 20 }),
            filter("joined_on", Operator::After, Format::Date),
            FilterRule { field: path("member_id"), operator: Operator::Is, takes: Takes::Token },
            filter("status", Operator::In, Format::Enum(["current".into(), "lapsed".into()].into())),
        ],
        order: vec![path("member_id"), path("name.last")],
        size_max: 500,
        size_default: Some(100),
        hidden: vec![path("religion"), path("health.condition"), path("/Special_Category.belief")],
        key: None,
    };
    let cursor = if let PositionRule::Token(name) = &position { name.clone() } else { "cursor".into() };
    let rest = Rest { position, cursor, ..rest() };
    Route { offer, path: "/members".into(), item: None, dialect: Box::new(rest), next_in_header: false }
}

fn rest() -> Rest {
    Rest {
        place: Place { list: "/crm/members.json".into(), item: None, fixed: vec![("_shape".into(), "objects".into())] },
        size: Some("limit".into()),
        position: PositionRule::Offset("offset".into()),
        cursor: "cursor".into(),
        filters: ["town", "joined_after", "member"]
            .map(Spelling::plain)
            .into_iter()
            .chain([Spelling::around("status", "in.(", ")")])
            .collect(),
        order: Some(Ordered { style: OrderStyle::Minus("ordering"), parameter: "ordering".into() }),
        select: None,
        habits: Habits::NONE,
    }
}

fn offset() -> Route {
    export(PositionRule::Offset("offset".into()))
}

fn token() -> Route {
    export(PositionRule::Token("_next".into()))
}

fn parse(export: &Route, query: &str) -> Result<Parsed, String> {
    ask_list(export, query, &Names::usual().context(0)).map_err(|rejection| match rejection.hint() {
        Hint::Sentence(sentence) => format!("{}: {sentence}", rejection.reason()),
        _ => rejection.reason().to_string(),
    })
}

fn asked(export: &Route, query: &str) -> String {
    parse(export, query).map_or_else(|refusal| refusal, |parsed| export.generate(&parsed.query).target)
}

/// What the campaign gets for the source's word: a link, a cursor, nothing, or a refusal because the word is not understood.
fn next(export: &Route, query: &str, said: &str) -> Result<Option<String>, NotUnderstood> {
    let parsed = parse(export, query).unwrap();
    let next = export.next(said, &parsed.query, &base(export), &Names::usual().context(0))?;
    Ok(next.map(|next| next.word))
}

#[test]
fn a_request_is_written_anew_in_one_spelling() {
    let cases = [
        ("", "/crm/members.json?_shape=objects&limit=100"),
        ("limit=5", "/crm/members.json?_shape=objects&limit=5"),
        ("offset=0&limit=5", "/crm/members.json?_shape=objects&limit=5"),
        ("offset=40", "/crm/members.json?_shape=objects&limit=100&offset=40"),
        (
            "joined_after=2024-02-29&town=Pen+y+bont",
            "/crm/members.json?_shape=objects&town=Pen%20y%20bont&joined_after=2024-02-29&limit=100",
        ),
        ("ordering=-name.last,member_id", "/crm/members.json?_shape=objects&ordering=-name.last%2Cmember_id&limit=100"),
        ("member=t_7654", "/crm/members.json?_shape=objects&member=4567&limit=100"),
        ("t%6Fwn=%42angor", "/crm/members.json?_shape=objects&town=Bangor&limit=100"),
        (
            "_shape=objects&status=in.(lapsed,current)",
            "/crm/members.json?_shape=objects&status=in.%28lapsed%2Ccurrent%29&limit=100",
        ),
    ];
    for (query, target) in cases {
        assert_eq!(asked(&offset(), query), target, "{query}");
    }
}

#[test]
fn what_is_not_declared_is_refused_with_a_sentence_that_helps() {
    let accepted = "it accepts `limit`, `offset`, `cursor`, `town`, `joined_after`, `member`, `status`, `ordering`.";
    let undeclared = |name: &str| format!("query_not_allowed: `{name}` is not a parameter of this export; {accepted}");
    let cases = [
        ("sort=town", undeclared("sort")),
        ("_shape=arrays", "query_not_allowed: `_shape` is always `objects` here; leave it out.".into()),
        ("Town=x", undeclared("Town")),
        ("town[]=x", undeclared("town[]")),
        ("status=current", "query_not_allowed: `status` takes `in.(…)`.".into()),
        ("limit=0", "query_not_allowed: `limit` takes a whole number from 1 to 500.".into()),
        ("limit=0x5", "query_not_allowed: `limit` takes a whole number from 1 to 500.".into()),
        ("limit=005", "query_not_allowed: `limit` takes a whole number from 1 to 500.".into()),
        ("offset=18446744073709551616", "query_not_allowed: `offset` takes a whole number from 0 to 1000000000.".into()),
        ("joined_after=2023-02-29", "query_not_allowed: The value of `joined_after` is not a date (YYYY-MM-DD).".into()),
        ("joined_after=", "query_not_allowed: The value of `joined_after` is not a date (YYYY-MM-DD).".into()),
        ("town=+", "query_not_allowed: The value of `town` is empty, or the API would take it for something else.".into()),
        ("ordering=town", "query_not_allowed: The list cannot be ordered by `town`; it can by: `member_id`, `name.last`.".into()),
        ("ordering=member_id,-member_id", "query_not_allowed: The ordering names a field twice; write each at most once.".into()),
        ("status=in.(current,gone)", "query_not_allowed: The value of `status` is not one of the values allowed.".into()),
        ("member=4567", "query_not_allowed: The value of `member` is no token of yours for `member_id`.".into()),
        ("cursor=x", "cursor_invalid".into()),
        ("town=Bangor&town=Bangor", "query_not_allowed: A query parameter stands twice; write each at most once.".into()),
    ];
    for (query, refusal) in cases {
        assert_eq!(parse(&offset(), query), Err(refusal), "{query}");
    }
}

#[test]
fn p5_touching_a_hidden_field_has_a_reason_of_its_own() {
    let traps = [
        "religion=Sikh",
        "religion__in=Sikh",
        "filter%5Breligion%5D%5B_eq%5D=Sikh",
        "_where=religion%3D1",
        "alias[town]=religion",
        "_sort=religion",
        "$filter=religion+eq+'Sikh'",
        "select=upper(Religion)",
        "health.condition=x",
        "_facet=condition",
        "ordering=religion",
        "ordering=-religion",
        "select=Special_Category.belief",
        "belief=1",
        "case_notes__member__religion=Sikh",
    ];
    for query in traps {
        let refusal = parse(&offset(), query).unwrap_err();
        assert!(refusal.starts_with("query_on_hidden_field"), "{query}: {refusal}");
    }
    assert!(parse(&offset(), "religious=1").unwrap_err().starts_with("query_not_allowed"));
}

#[test]
fn the_next_page_is_ours_in_the_form_in_which_the_source_said_it() {
    let link = next(&offset(), "town=Bangor", "http://crm/members?religion=Sikh&offset=100&secret=1").unwrap().unwrap();
    assert!(link.starts_with("https://gate.example.org/leader/members?town=Bangor&limit=100&cursor="), "{link}");
    assert!(!link.contains("secret") && !link.contains("religion") && !link.contains("offset"));
    let bare = next(&token(), "", "Christian,2362").unwrap().unwrap();
    assert!(!bare.contains("Christian") && !bare.contains('/'), "{bare}");
    let followed = parse(&token(), &format!("_next={bare}")).unwrap();
    assert_eq!((followed.query.page.position, followed.continues), (Position::Token("Christian,2362".into()), true));
}

#[test]
fn a_next_page_that_does_not_lead_onwards_is_the_end_and_one_that_is_not_understood_is_no_end() {
    for said in ["", "?offset=", "?offset=0", "?offset=40", "40", "0"] {
        assert_eq!(next(&offset(), "offset=40", said), Ok(None), "{said}");
    }
    for said in ["41", "?offset=41", "//evil/?offset=41", "http://evil/?x=1&offset=41#f"] {
        assert!(next(&offset(), "offset=40", said).unwrap().is_some(), "{said}");
    }
    let riddles = [
        "?offset=-1",
        "?offset=1e9",
        "?page=3",
        "?offset=50&offset=60",
        "/x",
        "http://crm/",
        "99999999999999999999",
        "?offset=1000000001",
        "?offset=%zz",
    ];
    for said in riddles {
        assert_eq!(next(&offset(), "offset=40", said), Err(NotUnderstood), "{said}");
    }
    assert_eq!(next(&export(PositionRule::Single), "", "?offset=41"), Ok(None));
    assert_eq!(next(&token(), "", ""), Ok(None));
    assert_eq!(next(&token(), "", &"x".repeat(TOKEN_BYTES_MAX + 1)), Err(NotUnderstood), "longer than a cursor may be");
}

#[test]
fn a_selection_is_answered_and_the_source_is_asked_for_what_it_needs() {
    let selecting = |paths, repeated| {
        let plain = offset();
        let select = Selected { parameter: "fields".into(), repeated, paths, also: Also::Nothing };
        let mut rest = Rest { select: Some(select), ..rest() };
        rest.place.fixed.clear();
        Route { dialect: Box::new(rest), ..plain }
    };
    let cases = [
        ("fields=email", true, "fields=member_id%2Cstatus%2Cemail%2Cconsent.email"),
        ("fields=name.last,email", false, "fields=member_id%2Cstatus%2Cname%2Cemail%2Cconsent"),
        ("", true, "fields=member_id%2Cstatus%2Cname.last%2Cemail%2Cconsent.email%2Cgifts"),
    ];
    for (query, paths, expected) in cases {
        assert_eq!(asked(&selecting(paths, false), query), format!("/crm/members.json?{expected}&limit=100"), "{query}");
    }
    let repeated = selecting(true, true);
    let target = "/crm/members.json?fields=member_id&fields=status&fields=name.last&fields=email&fields=consent.email&limit=100";
    assert_eq!(asked(&repeated, "fields=email&fields=name.last&fields=email"), target);
    let refused = parse(&repeated, "fields=religion").unwrap_err();
    assert_eq!(
        refused,
        "query_on_hidden_field: `religion` is not a field of this export; it has `member_id`, `name.last`, `email`, `gifts[].amount`."
    );
}

#[test]
fn pages_by_number_begin_where_the_source_begins() {
    let export = export(PositionRule::Number { parameter: "page".into(), first: 1 });
    assert_eq!(asked(&export, "page=1"), "/crm/members.json?_shape=objects&limit=100");
    assert_eq!(asked(&export, "page=2"), "/crm/members.json?_shape=objects&limit=100&page=2");
    assert!(parse(&export, "page=0").is_err());
    assert_eq!(next(&export, "page=2", "?page=2"), Ok(None));
    assert!(next(&export, "", "?page=2").unwrap().is_some());
}

proptest! {
    #[test]
    fn p12_no_query_makes_it_panic(query in ".{0,200}", said in ".{0,100}") {
        for export in [offset(), token()] {
            let _ = parse(&export, &query);
            let _ = next(&export, "", &said);
        }
    }

    /// What is accepted is canonical: what the source is asked, asked of us, means the same.
    #[test]
    fn p5_accepted_implies_canonical(
        town in proptest::option::of("[A-Za-z &=+%/é-]{1,20}"), limit in proptest::option::of(1u32..=500), offset_by in proptest::option::of(0u64..=POSITION), descending: bool,
    ) {
        let mut query = url::Form::default();
        if let Some(town) = &town { query.add("town", town); }
        if let Some(limit) = limit { query.add("limit", &limit.to_string()); }
        if let Some(offset) = offset_by { query.add("offset", &offset.to_string()); }
        query.add("ordering", if descending { "-member_id" } else { "member_id" });
        let export = offset();
        if let Ok(parsed) = parse(&export, &query.0) {
            let target = export.generate(&parsed.query).target;
            let again = parse(&export, target.split_once('?').unwrap().1).unwrap();
            prop_assert_eq!(again.query, parsed.query);
        }
    }
}

const POSITION: u64 = portcullis::engine::dialect::rest::POSITION_MAX;

/// A form as a client writes it, independent of the engine's own encoding: every byte escaped.
mod url {
    #[derive(Default)]
    pub struct Form(pub String);

    impl Form {
        pub fn add(&mut self, name: &str, value: &str) {
            let escaped: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let separator = if self.0.is_empty() { "" } else { "&" };
            self.0 += &format!("{separator}{name}={escaped}");
        }
    }
}
