//! Registered queries of Salesforce, asked page by page or as jobs: which are taken, which are an error of the contest's file, and where
//! the next page leads.

use portcullis::engine::dialect::family::{Family, Speech, Terms, Unfit};
use portcullis::engine::dialect::offer::KeyRule;
use portcullis::engine::dialect::route::Template;
use portcullis::engine::dialect::salesforce::soql::Registered;
use portcullis::engine::dialect::speech::JobState;
use portcullis::engine::dialect::{Dialect, Naming, Need, NotUnderstood, Offer, Takes};
use portcullis::engine::format::Format;
use portcullis::engine::query::{Operator, Position};

use crate::asking::{filter, path};

#[test]
fn plain_queries_are_taken_apart_at_their_own_from() {
    let cases = [
        ("SELECT Id FROM Contact", &["Id"][..], &[][..], "SELECT X FROM Contact"),
        ("select Id,Account.Name\n  from Contact", &["Id", "Account.Name"], &[], "SELECT X FROM Contact"),
        ("SELECT Id FROM Contact WHERE a = ' FROM  y'", &["Id"], &[], "SELECT X FROM Contact WHERE a = ' FROM  y'"),
        (
            "SELECT Id FROM Contact WHERE a = 'it\\'s' AND b < -1.5",
            &["Id"],
            &[],
            "SELECT X FROM Contact WHERE a = 'it\\'s' AND b < -1.5",
        ),
        (
            "SELECT Id FROM Contact WHERE d > 2024-01-31T00:00:00+01:00 AND e = LAST_N_DAYS:30",
            &["Id"],
            &[],
            "SELECT X FROM Contact WHERE d > 2024-01-31T00:00:00+01:00 AND e = LAST_N_DAYS:30",
        ),
        (
            "SELECT Id FROM Contact WHERE Id IN (SELECT ContactId FROM CampaignMember LIMIT 5) WITH SECURITY_ENFORCED ORDER BY a, b DESC NULLS LAST LIMIT 9 OFFSET 1",
            &["Id"],
            &["a", "b"],
            "SELECT X FROM Contact WHERE Id IN (SELECT ContactId FROM CampaignMember LIMIT 5) WITH SECURITY_ENFORCED ORDER BY a, b DESC NULLS LAST LIMIT 9 OFFSET 1",
        ),
    ];
    for (text, fields, order, written) in cases {
        let query = Registered::parse(text).unwrap_or_else(|unfit| panic!("{text}: {unfit:?}"));
        assert!(query.fields.iter().map(|field| &**field).eq(fields.iter().copied()), "{text}");
        assert!(query.order.iter().map(|field| &**field).eq(order.iter().copied()), "{text}");
        assert_eq!(query.selecting(&["X".to_owned()]), written);
        assert!(query.is(text) && query.is(query.text()));
    }
}

#[test]
fn what_cannot_be_told_apart_is_not_registered() {
    let deep = format!("SELECT Id FROM Contact WHERE {}a = 1{}", "(".repeat(17), ")".repeat(17));
    let cases = [
        "",
        "SELECT",
        "SELECT Id",
        "FROM Contact",
        "SELECT FROM Contact",
        "SELECT Id, FROM Contact",
        "SELECT Id FROM",
        "DELETE Id FROM Contact",
        "SELECT Id Name FROM Contact",
        "SELECT Name n FROM Contact",
        "SELECT 'x' FROM Contact",
        "SELECT 1 FROM Contact",
        "SELECT Id. FROM Contact",
        "SELECT * FROM Contact",
        "SELECT COUNT() FROM Contact",
        "SELECT toLabel(Religion__c) FROM Contact",
        "SELECT FIELDS(ALL) FROM Contact LIMIT 200",
        "SELECT Id, (SELECT Religion__c FROM Notes) FROM Contact",
        "SELECT TYPEOF What WHEN Account THEN Phone END FROM Event",
        "SELECT Id FROM Contact c",
        "SELECT Id FROM Contact c, c.Account a",
        "SELECT Id FROM Contact USING SCOPE mine",
        "SELECT Id FROM Contact WHERE",
        "SELECT Id FROM Contact WHERE a = 1 WHERE b = 2",
        "SELECT Id FROM Contact LIMIT 5 WHERE a = 1",
        "SELECT Id FROM Contact WHERE a = 1 SELECT Religion__c FROM Contact",
        "SELECT Id FROM Contact GROUP BY Id",
        "SELECT Id FROM Contact WHERE Id IN (SELECT Id FROM Contact GROUP BY Id HAVING COUNT(Id) > 1)",
        "SELECT Id FROM Contact WITH DATA CATEGORY Geography__c AT uk__c",
        "SELECT Id FROM Contact ORDER Name",
        "SELECT Id FROM Contact ORDER BY",
        "SELECT Id FROM Contact ORDER BY Name SIDEWAYS",
        "SELECT Id FROM Contact ORDER BY LOWER(Religion__c)",
        "SELECT Id FROM Contact LIMIT many",
        "SELECT Id FROM Contact LIMIT 1 FOR VIEW",
        "SELECT Id FROM Contact FOR UPDATE",
        "SELECT Id FROM Contact ALL ROWS",
        "SELECT Id FROM Contact WHERE a = 1 ALL ROWS",
        "SELECT Id FROM Contact UPDATE VIEWSTAT",
        "SELECT Id FROM Contact WHERE a = 'open",
        "SELECT Id FROM Contact WHERE a = 'open\\'",
        "SELECT Id FROM Contact WHERE a = 'two\nlines'",
        "SELECT Id FROM Contact WHERE a = \"b\"",
        "SELECT Id FROM Contact; SELECT Religion__c FROM Contact",
        "SELECT Id FROM Contact -- x {y}",
        "SELECT Id FROM Contact WHERE (a = 1",
        "SELECT Id FROM Contact WHERE a = 1)",
        "SELECT Id) FROM Contact WHERE (a = 1",
        "SELECT\u{a0}Id FROM Contact",
        "SELECT Ïd FROM Contact",
        &deep,
    ];
    for text in cases {
        assert!(Registered::parse(text).is_err(), "{text}");
    }
}

#[test]
fn only_the_registered_query_is_it() {
    let query = Registered::parse("SELECT Id, Name FROM Contact WHERE a = 'x  y'").unwrap();
    for said in ["  SELECT  Id,  Name FROM Contact WHERE a =  'x  y' ", "SELECT Id, Name\tFROM Contact WHERE a = 'x  y'"] {
        assert!(query.is(said), "{said}");
    }
    for said in [
        "",
        "SELECT Id,Name FROM Contact WHERE a = 'x  y'",
        "select Id, Name FROM Contact WHERE a = 'x  y'",
        "SELECT Id, Name FROM Contact WHERE a = 'x y'",
        "SELECT Id, Name FROM Contact WHERE a = 'X  y'",
        "SELECT Id, Name FROM Contact WHERE a = 'x  y' LIMIT 1",
        "SELECT Id, Name FROM Contact WHERE a = 'x  y' OR b = 'x'",
        "SELECT Id, Name FROM Contact WHERE a = 'x  y",
    ] {
        assert!(!query.is(said), "{said}");
    }
}

fn template() -> Template {
    Template { before: "/services/data/v59.0/sobjects/Contact/".into(), after: "".into() }
}

fn salesforce(query: Option<&str>, single: bool) -> Result<Box<dyn Dialect>, Unfit> {
    let Speech::Own(make) = Family::named("salesforce").unwrap().speech else { panic!("it has words of its own") };
    make(Terms {
        source_path: "/services/data/v59.0/query".into(),
        source_item: single.then(template),
        fixed: Vec::new(),
        registered: query.map(Into::into),
        columns: Vec::new(),
    })
}

fn offer(fields: &[&str], order: &[&str]) -> Offer {
    Offer {
        fields: fields.iter().map(|field| Need { field: path(field), reads: vec![path("Hidden__c")] }).collect(),
        always: vec![path("Id")],
        root: None,
        naming: Naming::Path,
        filters: Vec::new(),
        order: order.iter().map(|field| path(field)).collect(),
        size_max: 2000,
        size_default: Some(500),
        hidden: vec![path("Hidden__c")],
        key: Some(KeyRule { field: path("Id"), takes: Takes::Token }),
    }
}

#[test]
fn a_query_and_its_export_say_the_same() {
    let (plain, nested) = ("SELECT Id, Email FROM Contact", "SELECT Id, Account.Name FROM Contact");
    let ordered = "SELECT Id, Email FROM Contact ORDER BY Id";
    let fits = |query, single, offer: &Offer| salesforce(Some(query), single).unwrap().fits(offer).is_ok();
    let both = offer(&["Id", "Email"], &[]);
    assert!(fits(plain, true, &both) && fits(nested, false, &offer(&["Id", "Account.Name", "attributes.type"], &[])));
    assert!(fits(ordered, true, &offer(&["Id", "Email"], &["Id"])));

    assert!(!fits(plain, true, &offer(&["Id"], &[])), "selects what does not leave");
    assert!(!fits(plain, true, &offer(&["Id", "Email", "Phone"], &[])), "does not select what leaves");
    assert!(!fits(plain, true, &offer(&["Id", "email"], &[])), "names are as Salesforce writes them");
    assert!(!fits(ordered, true, &both), "orders by what nobody may order by");
    assert!(!fits(plain, true, &offer(&["Id", "Email"], &["Id"])), "promises an order");
    assert!(!fits(nested, true, &offer(&["Id", "Account.Name"], &[])), "a single record has no fields of another object");
    assert!(!fits(plain, true, &offer(&["Id", "Email", "attributes.url"], &[])), "an address holds the Id");
    assert!(!fits(plain, true, &offer(&["Id", "Email", "Contacts[].Email"], &[])), "a list is selected by a query inside");
    let filtered = Offer { filters: vec![filter("Email", Operator::Is, Format::Email)], ..both.clone() };
    assert!(!fits(plain, true, &filtered), "nothing filters a registered query");
    assert!(!fits(plain, true, &Offer { size_default: Some(100), ..both.clone() }), "no page is so small");
    let otherwise = KeyRule { field: path("Member_Id__c"), takes: Takes::Token };
    assert!(!fits(plain, true, &Offer { key: Some(otherwise), ..both }), "a record is named by its Id");
    assert!(salesforce(None, false).is_err(), "nothing is registered");
}

#[test]
fn the_next_page_is_a_locator_or_not_understood() {
    let salesforce = salesforce(Some("SELECT Id FROM Contact"), false).unwrap();
    let token = |text: &str| Position::Token(text.into());
    let next = |said: &str| salesforce.next(said, &token("01gA-2000"));
    assert_eq!(next("/services/data/v59.0/query/01gA-4000"), Ok(Some(token("01gA-4000"))));
    assert_eq!(next("https://x.my.salesforce.com/services/data/v59.0/query/01gA-4000"), Ok(Some(token("01gA-4000"))));
    assert_eq!(next("/services/data/v59.0/query/01gA-2000"), Ok(None), "the same again leads nowhere");
    assert_eq!(next(""), Ok(None));
    let long = format!("/query/{}", "a".repeat(101));
    for said in [
        "01gA-4000",
        "/query/",
        "/query/../sobjects",
        "/query/a?b=c",
        "/query/a#b",
        "/query/é",
        "/query/a/b",
        "/x/01gA-4000",
        &long,
    ] {
        assert_eq!(next(said), Err(NotUnderstood), "{said}");
    }
}

fn bulk(query: Option<&str>, columns: &[&str]) -> Result<Box<dyn Dialect>, Unfit> {
    let Speech::Own(make) = Family::named("salesforce-bulk").unwrap().speech else { panic!("it has words of its own") };
    make(Terms {
        source_path: "/services/data/v59.0/jobs/query".into(),
        source_item: None,
        fixed: Vec::new(),
        registered: query.map(Into::into),
        columns: columns.iter().map(|column| (*column).into()).collect(),
    })
}

#[test]
fn a_job_asks_for_the_columns_that_are_needed_and_no_others() {
    let query = "SELECT Id, Email, Account.Name FROM Contact ORDER BY Id";
    let columns = ["Account.Name", "Id", "Email", "Hidden__c"];
    let fits = |columns: &[&str], offer: &Offer| bulk(Some(query), columns).unwrap().fits(offer).is_ok();
    let all = offer(&["Id", "Email", "/Account.Name"], &["Id"]);
    assert!(fits(&columns, &all));
    assert!(!fits(&["Account.Name", "Id", "Email", "Hidden__c", "Religion__c"], &all), "nothing needs it");
    assert!(!fits(&["Account.Name", "Id", "Email", "Hidden__c", "FIELDS(ALL)"], &all), "no field");
    assert!(!fits(&columns, &offer(&["Id", "Email"], &["Id"])), "selects what does not leave");
    assert!(!fits(&columns, &offer(&["Id", "Email", "/Account.Name"], &[])), "orders by what nobody may order by");
    let filtered = Offer { filters: vec![filter("Email", Operator::Is, Format::Email)], ..all };
    assert!(!fits(&columns, &filtered), "nothing filters a registered query");
    assert!(bulk(None, &columns).is_err() && bulk(Some(query), &[]).is_err(), "no query, or no table");
}

#[test]
fn the_next_page_of_a_job_is_a_locator_of_the_same_job_or_not_understood() {
    let bulk = bulk(Some("SELECT Id FROM Contact"), &["Id"]).unwrap();
    let token = |text: &str| Position::Token(text.into());
    let (first, second) = (token("job:750RO0000035WQKYA2"), token("job:750RO0000035WQKYA2/MTAw"));
    for current in [&first, &second] {
        assert_eq!(bulk.next("null", current), Ok(None));
        assert_eq!(bulk.next("MjAw/+=", current), Ok(Some(token("job:750RO0000035WQKYA2/MjAw/+="))));
        for said in ["", "a b", "a?b", "a#b", "a%20b", "é", "a\"b", &"a".repeat(101)] {
            assert_eq!(bulk.next(said, current), Err(NotUnderstood), "{said}");
        }
    }
    assert_eq!(bulk.next("MTAw", &second), Err(NotUnderstood), "the same again would hide what follows");
    assert_eq!(bulk.next("MTAw", &Position::Start), Err(NotUnderstood), "of no job");
    assert!(bulk.stands_within(&second, &first) && !bulk.stands_within(&first, &second));
    assert!(!bulk.stands_within(&second, &second) && !bulk.stands_within(&second, &token("job:750RO0000035WQKYA")));
    let header = bulk.page_header().unwrap();
    assert_eq!(header.name, header.name.to_ascii_lowercase());
}

#[test]
fn how_far_a_job_is_is_known_or_not_understood() {
    let bulk = bulk(Some("SELECT Id FROM Contact"), &["Id"]).unwrap();
    let state = |document: &str| bulk.progress(document).map(|progress| progress.state);
    let said = |state: &str| format!(r#"{{"id": "750RO0000035WQKYA2", "state": "{state}"}}"#);
    let known = [("UploadComplete", JobState::Working), ("InProgress", JobState::Working), ("JobComplete", JobState::Ready)];
    for (word, expected) in known.into_iter().chain([("Aborted", JobState::Failed), ("Failed", JobState::Failed)]) {
        assert_eq!(state(&said(word)), Some(expected), "{word}");
    }
    for document in
        ["", "{}", "[]", &said("Paused"), r#"{"id": "../x", "state": "JobComplete"}"#, r#"{"id": 7, "state": "JobComplete"}"#]
    {
        assert_eq!(state(document), None, "{document}");
    }
}
