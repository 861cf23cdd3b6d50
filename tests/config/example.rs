//! The shipped examples load without a problem and without a warning, and mean what their comments say.

use portcullis::config::effective;
use portcullis::engine::minimise::rule::{Generalisation, Rule};

use crate::desk::Desk;

#[test]
fn the_shipped_examples_are_sound() {
    assert_eq!(Desk::of_examples().problems(), "");
}

#[test]
fn fields_leave_in_the_order_of_the_file() {
    let config = Desk::of_examples().read().unwrap();
    let contest = config.ruleset.contest("leader-2026").unwrap();
    let fields: Vec<_> = contest.export("members").unwrap().plan.spec().fields.iter().map(|rule| rule.path.to_string()).collect();
    let expected = [
        "member_id",
        "first_name",
        "last_name",
        "constituency",
        "joined_on",
        "email",
        "mobile",
        "postcode",
        "date_of_birth",
        "membership_no",
        "household",
        "address.town",
        "donations[].on",
        "donations[].amount",
        "union_ref",
        "religion",
    ];
    assert_eq!(fields, expected);
}

#[test]
fn what_a_query_may_not_touch_is_hidden() {
    let config = Desk::of_examples().read().unwrap();
    let contest = config.ruleset.contest("leader-2026").unwrap();
    let hidden: Vec<_> = contest.export("members").unwrap().route.offer.hidden.iter().map(ToString::to_string).collect();
    let expected = [
        "member_id",
        "email",
        "mobile",
        "postcode",
        "date_of_birth",
        "membership_no",
        "household",
        "donations[].on",
        "donations[].amount",
        "union_ref",
        "religion",
        "consent.email",
        "consent.phone",
        "donations[].public",
        "status",
        "donations[].refunded",
    ];
    assert_eq!(hidden, expected);
}

#[test]
fn defaults_are_those_of_the_comments() {
    let config = Desk::of_examples().read().unwrap();
    let leader = config.ruleset.contest("leader-2026").unwrap();
    let youth = config.ruleset.contest("youth-committee-2026").unwrap();
    // 12:00 in London is 12:00 UTC in February and 11:00 UTC in April.
    assert_eq!(leader.window.opens().to_string(), "2026-02-14T12:00:00Z");
    assert_eq!(leader.window.closes().to_string(), "2026-04-02T11:00:00Z");
    let ages = leader.export("members").unwrap().plan.spec().fields[8].rule.clone();
    let on = "2026-02-14".parse().unwrap();
    assert_eq!(ages, Rule::Generalise(Generalisation::AgeBand { bands: [18, 25, 35, 50, 65].into(), on }));
    let terms = youth.export("voters").unwrap().route.dialect.terms();
    let term = |key: &str| terms.iter().find(|(name, _)| *name == key).map(|(_, value)| value.to_string()).unwrap();
    assert!(term("page").contains(r#""token":"page_token""#));
    assert_eq!(term("cursor_param"), r#""page_token""#);
    let teal = leader.campaign("teal").unwrap().limits;
    assert_eq!((teal.concurrent.get(), teal.rate), (1, leader.campaign("amber").unwrap().limits.rate));
    let steady = youth.campaign("steady-hands").unwrap();
    assert!(youth.window.contains(&steady.window) && steady.window != youth.window);
}

#[test]
fn the_effective_settings_are_toml_and_can_be_read_again() {
    let config = Desk::of_examples().read().unwrap();
    let text = effective(&config);
    let arena = toml_spanner::Arena::new();
    let document = toml_spanner::parse(&text, &arena).expect("TOML");
    let leader = &document["contests"]["leader-2026"];
    assert_eq!(document["bounds"]["stall_milliseconds_max"].as_i64(), Some(60_000));
    assert_eq!(leader["campaign"][1]["limits"]["concurrent"].as_i64(), Some(1));
    assert_eq!(leader["export"][0]["fields"]["address.town"]["max"].as_i64(), Some(60));
    assert_eq!(leader["export"][0]["lists"]["donations"]["max"].as_i64(), Some(20));
    assert_eq!(leader["source"]["headers"]["authorization"].as_str(), Some("(secret)"));
    assert!(!text.contains("marker"), "{text}");
}
