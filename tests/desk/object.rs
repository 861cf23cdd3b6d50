//! `object`: what it writes down, whom it says to tell, and what it refuses.

use portcullis::engine::audit::event::Event;
use portcullis::store::books::register::objections;
use portcullis::store::books::tables::Backend;
use serde_json::Value;

use super::folder::Contest;
use super::stage::Stage;

/// A contest whose lists show this of the identifier; members 1 to 3 are with amber, member 1 with teal.
fn disclosed(rule: &str) -> Stage {
    let fields = format!("member_id = {rule}\nfirst_name = {{ keep = \"name\" }}");
    let mut stage = Stage::of(&Contest { fields, filters: String::new(), ..Contest::default() });
    stage.pull("amber", 1..4, 0);
    stage.pull("teal", 1..2, 1000);
    stage
}

fn rows(stage: &mut Stage) -> Vec<(String, Option<String>, bool)> {
    let mut rows = Vec::new();
    let read = stage.backend.transact(&mut |tables| {
        let said = tables.objections(0)?.into_iter().map(|stored| stored.row);
        rows = said.map(|row| (row.withheld.code().to_owned(), row.campaign.map(|it| it.to_string()), row.withdrawn)).collect();
        Ok(())
    });
    read.unwrap();
    rows
}

fn in_force(stage: &mut Stage, member: &str) -> Vec<String> {
    let (digest, contest, mut found) = (stage.contest.member_key.digest(member), stage.contest.id.clone(), Vec::new());
    let read = stage.backend.transact(&mut |tables| {
        let standing = objections(tables, &contest)?.remove(&digest).unwrap_or_default();
        found = standing
            .keys()
            .map(|(campaign, withheld)| format!("{} {}", campaign.as_ref().map_or("*", |it| it.as_str()), withheld.code()))
            .collect();
        Ok(())
    });
    read.unwrap();
    found
}

const OBJECT: [&str; 3] = ["object", "--contest", "leader"];

fn object(stage: &Stage, rest: &[&str]) -> (i32, String) {
    stage.says(&[&OBJECT[..], rest].concat())
}

#[test]
fn an_objection_is_recorded_and_each_campaign_is_told_in_its_own_words() {
    let mut stage = disclosed("\"tokenise\"");
    let (code, text) = object(&stage, &["--member", "1"]);
    assert_eq!(code, 0, "{text}");
    let token = |campaign: &str| {
        let keyring = &stage.contest.campaign(campaign).unwrap().keyring;
        keyring.tokenise(&stage.contest.exports[0].plan.spec().id, "1").unwrap()
    };
    let (amber, teal) = (token("amber"), token("teal"));
    let width = amber.len();
    let expected = format!(
        "1 objection in contest leader: on record now
the proxy on this store holds the members back within a second

2 campaigns were given members before. Tell them (GDPR, Articles 19 and 21):

  amber (Amber)
    EXPORT   FIELD      {:width$}  LEAVE OFF
    members  member_id  {amber}  all

  teal (Teal)
    EXPORT   FIELD      {:width$}  LEAVE OFF
    members  member_id  {teal}  all
",
        "KNOWN AS", "KNOWN AS"
    );
    assert_eq!(text, expected);
    assert_eq!(in_force(&mut stage, "1"), ["* all"]);
    let entry = stage.entries().pop().unwrap();
    assert!(matches!(portcullis::engine::audit::entry::Entry::parse(&entry).unwrap().event, Event::Objected(_)));
    assert!(!String::from_utf8_lossy(&entry).contains(&amber));
    let (_, text) = object(&stage, &["--member", "1"]);
    assert!(text.contains("0 objections in contest leader: on record now\n1 more: in force before"), "{text}");
    let (_, text) = object(&stage, &["--member", "1", "--withdraw"]);
    assert!(text.starts_with("1 withdrawal in contest leader: on record now\n") && !text.contains("Tell them"), "{text}");
    assert!(in_force(&mut stage, "1").is_empty());
    assert_eq!(rows(&mut stage).len(), 2);
}

#[test]
fn a_campaign_is_told_what_it_was_given_and_nothing_else() {
    for (rule, known) in
        [("{ keep = \"integer\" }", Some("2")), ("{ mask = { last = 1 } }", None), ("{ pseudonymise = \"member\" }", Some(""))]
    {
        let stage = disclosed(rule);
        let (code, text) = object(&stage, &["--member", "2", "--json"]);
        let said: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{rule}: {error}: {text}"));
        assert_eq!(code, 0);
        let notices = said["notices"].as_array().unwrap();
        assert_eq!(notices.len(), 1, "teal was never given the member: {said}");
        assert_eq!(notices[0]["campaign"], "amber");
        match known {
            Some("") => assert_eq!(notices[0]["members"][0]["known_as"].as_str().unwrap().len(), 32),
            Some(known) => assert_eq!(notices[0]["members"][0]["known_as"], known),
            None => assert!(notices[0]["members"][0]["known_as"].is_null(), "{said}"),
        }
    }
}

#[test]
fn one_campaign_and_one_channel_can_be_meant() {
    let mut stage = disclosed("\"tokenise\"");
    let (code, text) = object(&stage, &["--member", "1", "--channel", "phone", "--campaign", "teal"]);
    assert!(code == 0 && text.contains("teal (Teal)") && !text.contains("amber"), "{text}");
    let (_, text) = object(&stage, &["--member", "3", "--channel", "email"]);
    assert!(text.contains("1 campaign was given members before"), "{text}");
    let (_, text) = object(&stage, &["--member", "9"]);
    assert!(text.ends_with("no campaign has been given any of them\n"), "{text}");
    assert_eq!(in_force(&mut stage, "1"), ["teal phone"]);
    let (code, text) = stage.says(&["register", "--contest", "leader", "--member", "1"]);
    assert!(code == 0 && text.contains("an objection to campaign teal, about phone, since "), "{text}");
    let (code, text) = object(&stage, &["--member", "1", "--campaign", "green"]);
    assert!(code == 1 && text == "contest `leader` has no such campaign, but: amber, teal\nnothing was recorded\n", "{text}");
    assert_eq!(object(&stage, &["--member", "1", "--channel", "fax"]).0, 2);
    assert_eq!(object(&stage, &[]).0, 2);
}

#[test]
fn a_csv_is_recorded_whole_or_not_at_all() {
    let mut stage = disclosed("\"tokenise\"");
    let file = stage.path("objections.csv");
    let put = |text: &str| {
        std::fs::write(&file, text).unwrap();
        object(&stage, &["--csv", &file])
    };
    for (text, told) in [
        ("member,chanel\n1,phone\n", "line 1: the first line names the columns"),
        ("member,member\n1,1\n", "line 1: the first line names the columns"),
        ("channel\nphone\n", "line 1: the first line names the columns"),
        ("member,channel\n1,phone\n2,fax\n\"3\n", "line 3: the channel is none of phone, email, post and all"),
        ("member,campaign\n1,amber\n,teal\n", "line 3: the member is missing"),
        ("member,campaign\n1,amber\n2,blue\n", "line 3: contest `leader` has no such campaign, but: amber, teal"),
        ("member\n1,2\n", "line 2: has 2 cells where 1 are named"),
        ("member\n", "there is no line below"),
        ("", "line 1: the first line names the columns"),
    ] {
        let (code, said) = put(text);
        assert!(code == 1 && said.contains(told) && said.ends_with("nothing was recorded\n"), "{text:?}: {said}");
    }
    let (code, text) = put("\u{feff}member,channel,campaign\n1,phone,\n1,phone,\n\"2\",,teal\r\n 3 ,all,amber\n");
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with("3 objections in contest leader: on record now\n1 more: in force before\n"), "{text}");
    assert!(text.contains("MEMBER (not for the campaign)"), "{text}");
    assert!(rows(&mut stage).iter().all(|row| !row.2));
    assert_eq!((in_force(&mut stage, "1"), in_force(&mut stage, "2")), (vec!["* phone".to_owned()], vec!["teal all".to_owned()]));
    assert_eq!(in_force(&mut stage, "3"), ["amber all"]);
    let (code, text) = object(&stage, &["--csv", "/nonexistent"]);
    assert!(code == 2 && text.contains("/nonexistent cannot be read"), "{text}");
}

#[test]
fn thousands_are_recorded_in_one_go() {
    let mut stage = disclosed("\"tokenise\"");
    let file = stage.path("objections.csv");
    let lines: String = (0..5000).map(|member| format!("{member}\n")).collect();
    std::fs::write(&file, format!("member\n{lines}")).unwrap();
    let (code, text) = object(&stage, &["--csv", &file, "--json"]);
    let said: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &said["recorded"]), (0, &5000.into()));
    assert_eq!(said["notices"][0]["members"].as_array().unwrap().len(), 3);
    assert_eq!(rows(&mut stage).len(), 5000);
}
