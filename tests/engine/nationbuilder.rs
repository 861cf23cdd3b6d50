//! NationBuilder: which exports its two versions cannot serve, and where their next pages lead.

use portcullis::engine::dialect::family::{Family, Speech, Terms, Unfit};
use portcullis::engine::dialect::{Dialect, NotUnderstood, Offer};
use portcullis::engine::format::Format;
use portcullis::engine::query::{Operator, Position};

use crate::asking::{filter, offer, path};

fn made(family: &str, fixed: &[(&str, &str)]) -> Result<Box<dyn Dialect>, Unfit> {
    let Speech::Own(make) = Family::named(family).unwrap().speech else { panic!("it has words of its own") };
    let fixed = fixed.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    make(Terms { source_path: "/people".into(), source_item: None, fixed, registered: None, columns: Vec::new() })
}

#[test]
fn fixed_parameters_bring_nobody_else() {
    for (name, sound) in [
        ("extra_fields[signups]", true),
        ("filter[party_member]", true),
        ("filter[created_at][gte]", true),
        ("filter[religion][prefix]", false),
        ("include", false),
        ("fields[signups]", false),
        ("page[size]", false),
        ("page[cursor]", false),
        ("sort", false),
    ] {
        assert_eq!(made("nationbuilder", &[(name, "x")]).is_ok(), sound, "{name}");
    }
    assert!(made("nationbuilder-v1", &[("access_token", "x")]).is_err());
}

#[test]
fn an_export_offers_no_more_than_the_api_can_be_asked() {
    let plain = offer(Some("attributes"));
    let fits = |fixed: &[(&str, &str)], offer: &Offer| made("nationbuilder", fixed).unwrap().fits(offer).is_ok();
    assert!(fits(&[("filter[party_member]", "true")], &plain));
    assert!(!fits(&[("filter[town]", "Bangor")], &plain), "a condition is settled and offered");
    let with = |rule| Offer { filters: vec![rule], ..plain.clone() };
    assert!(!fits(&[], &with(filter("attributes.town", Operator::In, Format::Name))), "several values are not asked for");
    assert!(!fits(&[], &with(filter("attributes.address.town", Operator::Is, Format::Name))), "nothing inside an attribute");
    assert!(!fits(&[], &Offer { order: vec![path("attributes.address.town")], ..plain.clone() }));
    assert!(!fits(&[], &Offer { always: vec![path("/attributes/a,b")], ..plain }), "a comma separates attributes");

    let bare = Offer { filters: Vec::new(), order: Vec::new(), ..offer(None) };
    let fits = |offer: &Offer| made("nationbuilder-v1", &[]).unwrap().fits(offer).is_ok();
    assert!(fits(&bare));
    assert!(!fits(&Offer { filters: offer(None).filters, ..bare.clone() }), "nothing narrows the list of people");
    assert!(!fits(&Offer { order: offer(None).order, ..bare }), "nor orders it");
}

#[test]
fn the_next_page_of_signups_has_a_number() {
    let signups = made("nationbuilder", &[]).unwrap();
    let next = |said: &str| signups.next(said, &Position::Number(3));
    assert_eq!(next("/api/v2/signups?page%5Bnumber%5D=4&page%5Bsize%5D=20"), Ok(Some(Position::Number(4))));
    assert_eq!(next("https://n.nationbuilder.com/api/v2/signups?page[number]=4"), Ok(Some(Position::Number(4))));
    assert_eq!(signups.next("/signups?page[number]=2", &Position::Start), Ok(Some(Position::Number(2))));
    for said in ["", "/signups?page[number]=3", "/signups?page[number]=1"] {
        assert_eq!(next(said), Ok(None), "{said}: no page, or none that leads onwards");
    }
    for said in ["4", "/signups", "/signups?page[number]=", "/signups?page[number]=04", "/signups?page[number]=4&page[number]=5"]
    {
        assert_eq!(next(said), Err(NotUnderstood), "{said}");
    }
}

#[test]
fn the_next_page_of_people_has_both_words() {
    let people = made("nationbuilder-v1", &[]).unwrap();
    let token = |text: &str| Position::Token(text.into());
    let next = |said: &str| people.next(said, &token("n1\nt1"));
    assert_eq!(next("/api/v1/people?__nonce=n%2B2&__token=t2%3D&limit=9"), Ok(Some(token("n+2\nt2="))));
    assert_eq!(next("/api/v1/people?__nonce=n1&__token=t1"), Ok(None), "the same again leads nowhere");
    assert_eq!(next(""), Ok(None));
    for said in [
        "t2",
        "/people",
        "/people?__token=t2",
        "/people?__nonce=n2",
        "/people?__nonce=&__token=t2",
        "/people?__nonce=%0A&__token=t2",
    ] {
        assert_eq!(next(said), Err(NotUnderstood), "{said}");
    }
    // What is kept is said again, each in its own parameter.
    let mut query = portcullis::engine::query::ListQuery::list(9);
    query.page.position = token("n+2\nt2=");
    assert_eq!(people.request(&offer(None), &query).target, "/people?limit=9&__nonce=n%2B2&__token=t2%3D");
}
