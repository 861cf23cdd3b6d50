//! The dialect `civicrm`, where examples of single requests do not say it: links, bounds, and the words of trouble.

use portcullis::engine::dialect::civicrm::CIVICRM;
use portcullis::engine::dialect::family::{Speech, Terms, Trouble};
use portcullis::engine::dialect::route::Template;
use portcullis::engine::dialect::speech::Payload;
use portcullis::engine::dialect::{NotUnderstood, Offer, Route};
use portcullis::engine::query::{Operator, Position};
use portcullis::engine::reason::Reason;
use portcullis::engine::rejection::Rejection;

use crate::asking::{Names, ask, base, offer, path, route};

fn plain() -> Terms {
    Terms { source_path: "/api4/Contact/get".into(), source_item: None, fixed: Vec::new(), registered: None, columns: Vec::new() }
}

/// What becomes of `params`: the source's own, or the refusal.
fn asked(route: &Route, params: &str) -> Result<String, Rejection> {
    let form: String = params.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let parsed = ask(route, "/list", Payload::Form(&format!("params={form}")), &Names::usual().context(0))?;
    let (_, body) = route.generate(&parsed.query).body.unwrap();
    let body = portcullis::engine::dialect::encoding::decode_query(&body).unwrap();
    Ok(body.into_iter().next().unwrap().1)
}

#[test]
fn p5_a_link_carries_what_the_campaign_said_in_one_order() {
    let route = route(&CIVICRM);
    let target =
        r#"/list?params={"offset":0,"limit":5,"where":[["id","=","t_7654"]],"orderBy":{"joined_on":"DESC"},"select":["town"]}"#;
    let parsed = ask(&route, target, Payload::Nothing, &Names::usual().context(0)).unwrap();
    let (link, sealed) = route.link(&parsed.query, &Position::Offset(5), &base(&route), &Names::usual().context(0)).unwrap();
    let expected = "https://gate.example.org/leader/list?params=%7B%22select%22%3A%5B%22town%22%5D%2C%22where%22%3A%5B%5B%22id%22%2C%22%3D%22%2C%22t_7654%22%5D%5D%2C%22orderBy%22%3A%7B%22joined_on%22%3A%22DESC%22%7D%2C%22limit%22%3A5%7D&cursor=";
    assert_eq!(link, format!("{expected}{sealed}"));
    assert!(!link.contains("4567"), "what a token stands for is the source's alone");
}

#[test]
fn a_name_with_a_dot_is_asked_for_as_it_is() {
    let dotted = |name: &str| path(&format!("/{name}"));
    let mut offer = Offer { order: vec![dotted("g.on")], ..route(&CIVICRM).offer };
    offer.fields[2].field = dotted("address_primary.city");
    offer.filters[0].field = dotted("address_primary.city");
    let route = Route { offer, ..route(&CIVICRM) };
    let params = r#"{"select":["address_primary.city"],"where":[["address_primary.city","=","Bangor"]],"orderBy":{"g.on":"ASC"},"limit":5}"#;
    let written = r#"{"select":["id","status","address_primary.city"],"where":[["address_primary.city","=","Bangor"]],"orderBy":{"g.on":"ASC","id":"ASC"},"limit":5}"#;
    assert_eq!(asked(&route, params).unwrap(), written);
    assert!(asked(&route, &params.replace("address_primary", "/address_primary")).is_err());
}

#[test]
fn a_list_is_asked_for_whole_by_its_own_name() {
    let offer = Offer { naming: CIVICRM.usual.naming, ..offer(None) };
    assert_eq!(offer.name(&path("contact_sub_type[]")), "contact_sub_type");
    assert_eq!(offer.name(&path("/a.b~[]")), "a.b");
}

#[test]
fn bounds_hold() {
    let mut route = route(&CIVICRM);
    route.offer.filters[3].operator = Operator::In;
    let many = |count: usize| format!(r#"{{"where":[["id","IN",[{}"t_7"]]],"limit":5}}"#, r#""t_7","#.repeat(count - 1));
    assert!(asked(&route, &many(100)).is_ok());
    assert_eq!(asked(&route, &many(101)).unwrap_err().reason(), Reason::QueryNotAllowed);
    assert!(asked(&route, r#"{"limit":5,"offset":1000000000}"#).is_ok());
    assert!(asked(&route, r#"{"limit":5,"offset":1000000001}"#).is_err());
    let long = format!(r#"{{"limit":5,"where":[["town","=","{}"]]}}"#, "x".repeat(9000));
    assert!(ask(&route, "/list", Payload::Form(&format!("params={long}")), &Names::usual().context(0)).is_err());
}

#[test]
fn nothing_that_an_export_reads_as_a_next_page_is_taken_for_the_end() {
    let route = route(&CIVICRM);
    let parsed = ask(&route, r#"/list?params={"limit":5}"#, Payload::Nothing, &Names::usual().context(0)).unwrap();
    for said in ["", "2", "/civicrm/ajax/api4/Contact/get?offset=5"] {
        let next = route.next(said, &parsed.query, &base(&route), &Names::usual().context(0));
        assert_eq!(next, Err(NotUnderstood), "{said}");
    }
}

#[test]
fn what_civicrm_does_not_have_is_not_served() {
    let Speech::Own(speak) = CIVICRM.speech else { panic!("civicrm has words of its own") };
    assert!(speak(plain()).is_ok());
    for path in ["/api4/Contact/delete", "/api4/Contact/getFields", "/api4/Contact/forget", "/get/", "/api4/Contact/Get"] {
        assert!(speak(Terms { source_path: path.into(), ..plain() }).is_err(), "{path}");
    }
    let item = Template { before: "/api4/Contact/".into(), after: "".into() };
    assert!(speak(Terms { source_item: Some(item), ..plain() }).is_err());
    assert!(speak(Terms { registered: Some("x".into()), ..plain() }).is_err());
}

#[test]
fn its_clients_find_the_members_of_trouble_that_they_look_for() {
    let told = (CIVICRM.trouble)(&Trouble { status: 422, code: "query_not_allowed", detail: "No." });
    let told: serde_json::Map<_, _> = told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    assert_eq!(serde_json::Value::from(told), serde_json::json!({"error_code": 422, "error_message": "No."}));
}

#[test]
fn a_path_of_another_version_is_known_as_such() {
    let known = [
        "/civicrm/ajax/rest",
        "/civicrm/ajax/rest/",
        "/x/extern/rest.php",
        "/civicrm/ajax/api4",
        "/civicrm/ajax/api4/Contact/getFields",
    ];
    assert!(known.iter().all(|path| (CIVICRM.stray)(path).is_some()));
    let unknown = ["/", "", "/civicrm", "/civicrm/ajax/restful", "/civicrm/ajax/api40", "/extern/rest.php.bak"];
    assert!(unknown.iter().all(|path| (CIVICRM.stray)(path).is_none()));
}
