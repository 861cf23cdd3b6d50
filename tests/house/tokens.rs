//! Tokens, end to end: what a campaign got as a token it may ask for, and the source is asked for what the token stands for.

use super::support::source::ok_json;
use super::support::{AMBER_KEY, Contest, MEMBER, Proxy, Source, get};

fn contest() -> Contest {
    let usual = Contest::default();
    Contest {
        filters: "member_id = { param = \"member\" }".into(),
        fields: usual.fields.replace("member_id = { keep = \"integer\" }", "member_id = \"tokenise\""),
        ..usual
    }
}

/// One member; the first page says that there is another.
fn source() -> Source {
    Source::scripted(|head, stream| {
        let next = if head.contains("offset=1") { "null" } else { "\"/members?offset=1\"" };
        ok_json(stream, &format!(r#"{{"values":[{MEMBER}],"next":{next},"count":1}}"#));
    })
}

#[test]
fn a_token_in_an_allowed_filter_is_resolved_for_the_source_and_stays_a_token_for_the_campaign() {
    let source = source();
    let proxy = Proxy::start(&contest(), &source);
    let list = get(proxy.public, "/leader/members", AMBER_KEY).json();
    let token = list["values"][0]["member_id"].as_str().unwrap().to_owned();
    let found = get(proxy.public, &format!("/leader/members?member={token}"), AMBER_KEY);
    assert_eq!(found.status, 200, "{}", found.text());
    let link = found.json()["next"].as_str().unwrap().to_owned();
    let target = &link[link.find("/leader/").unwrap()..];
    assert!(target.contains(&format!("member={token}")), "{target}");
    assert_eq!(get(proxy.public, target, AMBER_KEY).status, 200);
    let asked: Vec<String> = source.seen().iter().map(|head| head.lines().next().unwrap().to_owned()).collect();
    assert!(asked[1].contains("member=1&") && asked[2].contains("member=1&") && asked[2].contains("offset=1"), "{asked:?}");
    assert!(asked.iter().all(|line| !line.contains(&token)), "{asked:?}");
}

#[test]
fn p5_what_is_no_token_of_the_campaign_is_refused_and_never_asked_for() {
    let source = source();
    let proxy = Proxy::start(&contest(), &source);
    let list = get(proxy.public, "/leader/members", AMBER_KEY).json();
    let token = list["values"][0]["member_id"].as_str().unwrap().to_owned();
    let mut bent = token.clone().into_bytes();
    let last = bent.len() - 8;
    bent[last] = if bent[last] == b'0' { b'1' } else { b'0' };
    let bent = String::from_utf8(bent).unwrap();
    for guess in ["1", "", "t1_", &bent, &token.to_uppercase(), &format!("{token}0")] {
        let refused = get(proxy.public, &format!("/leader/members?member={guess}"), AMBER_KEY);
        assert_eq!((refused.status, refused.reason().as_str()), (400, "query_not_allowed"), "{guess}");
    }
    assert_eq!(source.seen().len(), 1);
}
