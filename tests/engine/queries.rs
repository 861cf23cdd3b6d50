//! What must hold of any request and any cursor, in any dialect.

use portcullis::engine::dialect::family::{FAMILIES, Family};
use portcullis::engine::dialect::speech::Payload;
use portcullis::engine::dialect::{Parsed, Route};
use portcullis::engine::query::{Position, Subject};
use portcullis::engine::reason::Reason;

use crate::asking::{Names, ask, base, below, route};
use crate::dice::Dice;

/// What a source may say about its next page.
const SAID: [&str; 21] = [
    "/members?offset=20&limit=10",
    "https://members.example.org/list?page=3",
    "https://members.example.org/list?page[number]=3&page[size]=20",
    "/api/v1/people?__nonce=abc&__token=Christian%2C2362",
    "https://crm/data/contacts?$skiptoken=%3Ccookie%20pagenumber%3D%222%22%2F%3E",
    "Members?%24select=id&%24skiptoken=1000",
    "/services/data/v59.0/query/01gRO0000016PIAYA2-2000",
    "?after=Christian%2C2362",
    "20",
    "3",
    "Zm9v+/=",
    "?offset=20&offset=30",
    "/members?page=2#page=9",
    "?after=",
    "007",
    "99999999999999999999",
    "/?offset=1000000001",
    "?after=%ff",
    "é\u{1F600}",
    "https://x/?_next=1&$skip=20&$skiptoken=9&cursor=2",
    "https://x/?_next=Muslim,religion&after=Muslim,religion&$skiptoken=religion&__nonce=a&__token=religion",
];
/// Parameters as clients write them, and as attackers do.
const WRITTEN: [&str; 65] = [
    "limit=10",
    "limit=0",
    "limit=+5",
    "LIMIT=5",
    "offset=20",
    "offset=00",
    "page=2",
    "page=1",
    "per_page=5",
    "_size=5",
    "_next=AAAA",
    "after=x",
    "cursor=AAAA",
    "town=Ynys%20M%C3%B4n",
    "town=religion",
    "town=",
    "town=a%00b",
    "town=a%2Bb%26c%3Dd%23%25",
    "town=a+b",
    "town=eq.Bangor",
    "town__exact=Bangor",
    "filter[town][_eq]=Bangor",
    "filter%5Btown%5D=Bangor",
    "filter[joined_on][gt]=2024-01-31",
    "filter[religion][_eq]=x",
    "joined_on=2024-02-30",
    "joined_on=2024-02-29",
    "joined_on=gt.2024-02-29",
    "joined_on=lte.2024-02-29",
    "joined_on__gt=2024-02-29",
    "id=t_7",
    "id=7",
    "religion=x",
    "order=joined_on.desc,id",
    "order_by=-joined_on,id",
    "ordering=-joined_on",
    "sort=religion",
    "sort=-joined_on",
    "_sort=joined_on",
    "_sort_desc=religion",
    "fields=town,id",
    "fields[signups]=town,email",
    "fields[people]=religion",
    "fields[]=town",
    "select=town,alias:religion",
    "select=first_name,town",
    "properties=town,email",
    "_col=town",
    "_col=religion",
    "$top=5",
    "$top=500",
    "$skip=20",
    "$select=town,email",
    "$select=religion",
    "$filter=town%20eq%20'Bangor'",
    "$filter=joined_on%20gt%202024-01-31%20and%20town%20eq%20'O''Hara'",
    "filter=joined_on%20gt%20'2024-01-31'",
    "$filter=religion%20eq%20'x'%20or%20true",
    "$orderby=joined_on%20desc,id",
    "page[size]=5",
    "page[number]=2",
    "__token=AAAA",
    "q=SELECT%20Id,%20FirstName%20FROM%20Contact%20WHERE%20IsDeleted%20=%20false",
    "q=SELECT+Religion__c+FROM+Contact",
    "params=%7B%22select%22%3A%5B%22town%22%5D%2C%22where%22%3A%5B%5B%22town%22%2C%22%3D%22%2C%22Bangor%22%5D%5D%2C%22limit%22%3A5%7D",
];
/// `params` as CiviCRM's clients write them, and as attackers do.
const PARAMS: [&str; 12] = [
    r#"{"limit":5}"#,
    r#"{"select":["id","town"],"limit":5,"offset":10}"#,
    r#"{"where":[["town","=","Bangor"],["joined_on",">","2024-02-29"]],"limit":5,"orderBy":{"joined_on":"DESC"}}"#,
    r#"{"where":[["id","=","t_7"]],"limit":1}"#,
    r#"{"where":[["religion","=","x"]],"limit":5}"#,
    r#"{"select":["UPPER(religion) AS town"],"limit":5}"#,
    r#"{"chain":{"town":["Contact","get",{},0]},"limit":5}"#,
    r#"{"limit":5,"limit":6}"#,
    r#"{"limit":5,"\u006cimit":6}"#,
    r#"{"limit":5}{"#,
    r#"{"index":"religion","limit":5}"#,
    r#"{"limit":5.0}"#,
];

/// Tries one request in one dialect, and then the cursor of its next page.
pub fn tried_in(family: &Family, dice: &mut Dice<'_>) {
    let route = route(family);
    let mine = Names::usual();
    let said = if dice.once_in(4) { dice.text() } else { dice.pick(&SAID).to_owned() };
    let (place, with) = (dice.byte(), dice.byte());
    let (item, posted) = (route.item.is_some() && dice.once_in(8), route.dialect.posts() && !dice.once_in(3));
    let params = dice.pick(&PARAMS);
    let written: Vec<_> = (0..dice.below(5)).map(|_| dice.pick(&WRITTEN)).collect();
    let query = if written.is_empty() { dice.rest() } else { written.join("&") };
    let form = format!("params={}", escaped(params));
    let target = match (item, posted) {
        (true, _) => format!("{}?{query}", route.item.as_ref().unwrap().fill("t_7")),
        (false, true) => "/list".to_owned(),
        (false, false) => format!("/list?{query}"),
    };
    let body = if posted && !item { Payload::Form(&form) } else { Payload::Nothing };

    let context = mine.context(1_000_000);
    let parsed = match ask(&route, &target, body, &context) {
        Ok(parsed) => parsed,
        Err(rejection) => {
            let reasons = [Reason::QueryNotAllowed, Reason::QueryOnHiddenField, Reason::CursorInvalid, Reason::RecordUnknown];
            assert!(reasons.contains(&rejection.reason()), "{rejection:?}");
            return;
        }
    };
    assert!(!parsed.continues, "nobody guesses a cursor: {target}");
    let asked = &parsed.query;
    assert!((1..=25).contains(&asked.page.size) && asked.filters.len() <= 4 && asked.order.len() <= 2);
    plain(&route, &parsed);
    if asked.subject == Subject::List {
        cursors(&route, &parsed, &said, (place, with));
    }
}

/// What the source is asked is plain ASCII, and asks for nothing hidden but what conditions and row rules need.
fn plain(route: &Route, parsed: &Parsed) {
    let request = route.generate(&parsed.query);
    assert_eq!(route.generate(&parsed.query), request);
    let target = &request.target;
    assert!(
        target.starts_with('/') && target.bytes().all(|byte| byte.is_ascii_graphic() && !b"#<>\"\\".contains(&byte)),
        "{target}"
    );
    assert!(request.headers.iter().all(|(_, value)| value.bytes().all(|byte| (b' '..=b'~').contains(&byte))));
    // A value may say what it likes, and so may a cursor of the source's own making: neither names a field.
    let token = if let Position::Token(token) = &parsed.query.page.position { token } else { "" };
    let values = parsed.query.filters.iter().flat_map(|filter| &filter.operands).map(|operand| operand.value.as_str());
    let names = |text: &str| text.to_lowercase().contains("religion");
    assert!(values.chain([token]).any(names) || !names(&format!("{request:?}")), "{request:?}");
}

/// Every page of a query has a link of ours, which means the same query, for whom it was made alone.
fn cursors(route: &Route, parsed: &Parsed, said: &str, (place, with): (u8, u8)) {
    let mine = Names::usual();
    let follow = |link: &str, names: &Names, second: i64| ask(route, below(link), Payload::Nothing, &names.context(second));
    let asked = &parsed.query;
    let base = base(route);
    for position in [Position::Start, Position::Offset(7), Position::Number(3), Position::Token(said.chars().take(60).collect())]
    {
        let Some((link, _)) = route.link(asked, &position, &base, &mine.context(1_000_000)) else { panic!("not sealed") };
        let mut at_start = asked.clone();
        at_start.page.position = Position::Start;
        let followed = follow(&link, &mine, 1_000_000).unwrap_or_else(|refused| panic!("our own link {link}: {refused:?}"));
        assert!(followed.continues);
        assert_eq!(followed.query.page.position, position);
        let mut again = followed.query;
        again.page.position = Position::Start;
        assert_eq!(again, at_start, "accepted implies canonical: {link}");
    }
    let Ok(Some(next)) = route.next(said, asked, &base, &mine.context(1_000_000)) else { return };
    let link = next.link;
    let followed = follow(&link, &mine, 1_000_000).expect("our own link");
    assert_ne!(asked.page.position, followed.query.page.position);
    plain(route, &followed);

    let others = [("deputy", "amber", "members", 7), ("leader", "blue", "members", 7), ("leader", "amber", "branches", 7)];
    for (contest, campaign, name, key) in others.into_iter().chain([("leader", "amber", "members", 8)]) {
        assert!(follow(&link, &Names::new(contest, campaign, name, key), 1_000_000).is_err(), "another's cursor");
    }
    assert!(follow(&link, &mine, 1_000_000 + 26 * 3600).is_err(), "an old cursor");
    let (_, sealed) = route.link(asked, &followed.query.page.position, &base, &mine.context(1_000_000)).unwrap();
    assert!(link.contains(&sealed));
    let mut altered = sealed.as_bytes().to_vec();
    let at = usize::from(place) % altered.len();
    altered[at] = if with.is_ascii_alphanumeric() { with } else { b'_' };
    let altered = String::from_utf8(altered).unwrap();
    assert_eq!(follow(&link.replace(&sealed, &altered), &mine, 1_000_000).is_ok(), altered == sealed);
    for other in [&sealed[1..], &sealed[..sealed.len() - 1], &format!("{sealed}A")] {
        assert!(follow(&link.replace(&sealed, other), &mine, 1_000_000).is_err());
    }
}

/// Tries one request in the dialect that the dice choose.
pub fn tried(dice: &mut Dice<'_>) {
    let family = FAMILIES[usize::from(dice.byte()) % FAMILIES.len()];
    tried_in(family, dice);
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}
