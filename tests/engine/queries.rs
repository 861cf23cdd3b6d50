//! Exports to be asked for, and what must hold of any query string and any cursor.

use portcullis::engine::dialect::cursor::{Binding, CursorKey};
use portcullis::engine::dialect::encoding::append_parameter;
use portcullis::engine::dialect::rest::{
    CursorContext, FilterRule, Operator, OrderRule, Paging, PositionRule, RestExport, Takes,
};
use portcullis::engine::format::Format;
use portcullis::engine::ids::{CampaignId, ContestId, ExportName, FieldPath};
use portcullis::engine::query::{ListQuery, Position, Tokens};
use portcullis::engine::reason::Reason;
use portcullis::engine::time::Timestamp;

use crate::dice::Dice;

/// What a source may say about its next page.
const SAID: [&str; 14] = [
    "/members?offset=20&limit=10",
    "https://members.example.org/list?page=3",
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
];
/// Parameters as clients write them, and as attackers do.
const WRITTEN: [&str; 24] = [
    "limit=10",
    "offset=20",
    "page=2",
    "after=x",
    "cursor=AAAA",
    "constituency=Ynys%20M%C3%B4n",
    "joined[gte]=2024-01-31",
    "joined%5Bgte%5D=2024-02-30",
    "status=current",
    "order=surname,-address.town",
    "order=-joined",
    "religion=x",
    "order=religion",
    "limit=0",
    "limit=+5",
    "offset=00",
    "page=1",
    "LIMIT=5",
    "constituency=a%00b",
    "filter[religion][_eq]=x",
    "status=lapsed",
    "constituency=",
    "constituency=a%2Bb%26c%3Dd%23%25",
    "constituency=a+b",
];

fn path(text: &str) -> FieldPath {
    FieldPath::parse(text).unwrap()
}

fn filter(parameter: &str, format: Format) -> FilterRule {
    FilterRule { field: path("f"), parameter: parameter.into(), operator: Operator::Is, takes: Takes::Value(format) }
}

/// An export of each kind of paging.
fn export(dice: &mut Dice<'_>) -> RestExport {
    let position = match dice.below(5) {
        0 => PositionRule::Offset("offset".into()),
        1 => PositionRule::Number { parameter: "page".into(), first: 1 },
        2 => PositionRule::Number { parameter: "page".into(), first: 0 },
        3 => PositionRule::Token("after".into()),
        _ => PositionRule::Single,
    };
    RestExport {
        source_path: "/v1/members".into(),
        fixed: Vec::new(),
        paging: Paging {
            size_parameter: (!dice.once_in(4)).then(|| "limit".into()),
            position,
            size_max: 500,
            size_default: 100,
            cursor_parameter: "cursor".into(),
        },
        filters: vec![
            filter("constituency", Format::Text { max: 40 }),
            filter("joined[gte]", Format::Date),
            filter("status", Format::Enum(["current".into(), "lapsed".into()].into())),
        ],
        order: (!dice.once_in(4)).then(|| OrderRule {
            parameter: "order".into(),
            fields: vec![path("surname"), path("joined"), path("address.town"), path("/odd.name")],
        }),
        hidden: vec![path("religion")],
    }
}

/// Whom a cursor is for.
/// Opens none.
#[derive(Debug)]
struct NoTokens;

impl Tokens for NoTokens {
    fn open(&self, _: &FieldPath, _: &str) -> Option<String> {
        None
    }
}

struct Names(ContestId, CampaignId, ExportName, CursorKey);

impl Names {
    fn new(contest: &str, campaign: &str, export: &str, key: u8) -> Self {
        let (contest, campaign) = (ContestId::parse(contest).unwrap(), CampaignId::parse(campaign).unwrap());
        Self(contest, campaign, ExportName::parse(export).unwrap(), CursorKey::new([key; 64]))
    }

    fn context(&self, second: i64) -> CursorContext<'_> {
        let binding = Binding { contest: &self.0, campaign: &self.1, export: &self.2, query: "" };
        CursorContext { key: &self.3, binding, now: Timestamp::from_second(second).unwrap(), tokens: &NoTokens }
    }
}

/// Tries one query string, and then the cursor of its next page.
pub fn tried(dice: &mut Dice<'_>) {
    let export = export(dice);
    let mine = Names::new("leader", "amber", "members", 7);
    let context = mine.context(1_000_000);
    let said = if dice.once_in(4) { dice.text() } else { dice.pick(&SAID).to_owned() };
    let (place, with) = (dice.byte(), dice.byte());
    let written: Vec<_> = (0..dice.below(5)).map(|_| dice.pick(&WRITTEN)).collect();
    let query = if written.is_empty() { dice.rest() } else { written.join("&") };

    let parsed = match export.parse(&query, &context) {
        Ok(parsed) => parsed,
        Err(rejection) => {
            let reasons = [Reason::QueryNotAllowed, Reason::QueryOnHiddenField, Reason::CursorInvalid];
            assert!(reasons.contains(&rejection.reason()));
            return;
        }
    };
    assert!(!parsed.continues, "nobody guesses a cursor: {query}");
    let ListQuery { filters, order, page } = &parsed.query;
    assert!((1..=500).contains(&page.size) && filters.len() <= 3 && order.len() <= 4);

    let target = export.generate(&parsed.query);
    let canonical = target.strip_prefix("/v1/members").unwrap().trim_start_matches('?');
    assert!(canonical.bytes().all(|byte| byte.is_ascii_graphic() && !b"#<>\"'+\\".contains(&byte)), "{canonical}");
    assert_eq!(export.parse(canonical, &context).ok().as_ref(), Some(&parsed), "{canonical}");

    let Ok(Some(next)) = export.next(&said, &parsed.query, "https://gate.example.org/members", &context) else { return };
    let link = if next.contains("://") {
        next
    } else {
        let mut link = format!("https://gate.example.org/members{}", canonical_of(&export, &parsed.query));
        append_parameter(&mut link, "cursor", &next);
        link
    };
    let (_, query) = link.split_once('?').unwrap();
    let follow = |query: &str, names: &Names, second: i64| export.parse(query, &names.context(second));
    let Ok(followed) = follow(query, &mine, 1_000_000) else { panic!("our own link: {query}") };
    assert!(followed.continues && followed.query.page.position != Position::Start);
    assert_eq!((&followed.query.filters, &followed.query.order, followed.query.page.size), (filters, order, page.size));
    let target = export.generate(&followed.query);
    let canonical = target.trim_start_matches("/v1/members").trim_start_matches('?');
    if let Position::Token(token) = &followed.query.page.position {
        let mut expected = format!("/v1/members{}", canonical_of(&export, &parsed.query));
        append_parameter(&mut expected, "after", token);
        assert_eq!(target, expected);
        assert!(export.parse(canonical, &context).is_err(), "a source's own cursor is not for campaigns");
    } else {
        assert_eq!(export.parse(canonical, &context).ok().map(|again| again.query).as_ref(), Some(&followed.query));
        assert_ne!(page.position, followed.query.page.position);
    }

    let others = [("deputy", "amber", "members", 7), ("leader", "blue", "members", 7), ("leader", "amber", "branches", 7)];
    for (contest, campaign, name, key) in others.into_iter().chain([("leader", "amber", "members", 8)]) {
        let theirs = Names::new(contest, campaign, name, key);
        assert!(follow(query, &theirs, 1_000_000).is_err(), "another's cursor");
    }
    assert!(follow(query, &mine, 1_000_000 + 26 * 3600).is_err(), "an old cursor");
    assert!(follow(&format!("{query}&constituency=Ely"), &mine, 1_000_000).is_err(), "a cursor for another query");

    let (before, sealed) = query.split_at(query.rfind("cursor=").unwrap() + "cursor=".len());
    let mut altered = sealed.as_bytes().to_vec();
    let at = usize::from(place) % altered.len();
    altered[at] = if with.is_ascii_alphanumeric() { with } else { b'_' };
    let altered = String::from_utf8(altered).unwrap();
    assert_eq!(follow(&format!("{before}{altered}"), &mine, 1_000_000).is_ok(), altered == sealed);
    for other in [&sealed[1..], &sealed[..sealed.len() - 1], &format!("{sealed}A"), &format!("{sealed}%3D")] {
        assert!(follow(&format!("{before}{other}"), &mine, 1_000_000).is_err());
    }
}

/// The query that a cursor is bound to, with its question mark.
fn canonical_of(export: &RestExport, query: &ListQuery) -> String {
    let mut query = query.clone();
    query.page.position = Position::Start;
    export.generate(&query).trim_start_matches("/v1/members").to_owned()
}
