//! Exports to be asked for, in any dialect, and whoever asks.

use portcullis::engine::dialect::cursor::{Binding, CursorKey};
use portcullis::engine::dialect::family::{Family, Speech, Terms, Unfit};
use portcullis::engine::dialect::offer::KeyRule;
use portcullis::engine::dialect::place::Place;
use portcullis::engine::dialect::rest::{Ordered, PositionRule, Preset, PresetPosition, Rest, SelectStyle, Spelling};
use portcullis::engine::dialect::route::Template;
use portcullis::engine::dialect::speech::Payload;
use portcullis::engine::dialect::{
    Address, Asked, Base, CursorContext, Dialect, FilterRule, Naming, Need, Offer, Parsed, Route, Takes, Verb,
};
use portcullis::engine::format::Format;
use portcullis::engine::ids::{CampaignId, ContestId, ExportName, FieldPath};
use portcullis::engine::query::{Operator, Tokens};
use portcullis::engine::reason::Reason;
use portcullis::engine::rejection::Rejection;
use portcullis::engine::time::Timestamp;

/// The path of a text that is one.
pub fn path(text: &str) -> FieldPath {
    FieldPath::parse(text).unwrap()
}

/// A condition on a field that is kept.
pub fn filter(field: &str, operator: Operator, format: Format) -> FilterRule {
    FilterRule { field: path(field), operator, takes: Takes::Value(format) }
}

/// An offer of a handful of fields, some below `root`, with conditions of every kind.
pub fn offer(root: Option<&str>) -> Offer {
    let inside = |name: &str| path(&root.map_or_else(|| name.to_owned(), |root| format!("{root}.{name}")));
    let kept = |name: &str| Need { field: inside(name), reads: Vec::new() };
    let rule = |name: &str, operator, format| FilterRule { field: inside(name), operator, takes: Takes::Value(format) };
    Offer {
        fields: vec![
            Need { field: path("id"), reads: Vec::new() },
            kept("first_name"),
            kept("town"),
            Need { field: inside("email"), reads: vec![inside("consent_email")] },
            kept("joined_on"),
        ],
        always: vec![path("id"), inside("status")],
        root: root.map(path),
        naming: Naming::Path,
        filters: vec![
            rule("town", Operator::Is, Format::Text { max: 40 }),
            rule("joined_on", Operator::After, Format::Date),
            rule("joined_on", Operator::AtMost, Format::Date),
            FilterRule { field: path("id"), operator: Operator::Is, takes: Takes::Token },
        ],
        order: vec![inside("joined_on"), path("id")],
        size_max: 25,
        size_default: Some(20),
        hidden: vec![inside("religion"), inside("email"), inside("consent_email"), inside("status")],
        key: Some(KeyRule { field: path("id"), takes: Takes::Token }),
    }
}

/// An export of any family, as far as it can be had without particulars.
pub fn route(family: &Family) -> Route {
    let mut offer = Offer { naming: family.usual.naming, ..offer(family.usual.root) };
    let path = "/list";
    let (dialect, item): (Box<dyn Dialect>, _) = match family.speech {
        Speech::Rest(preset) => (Box::new(rest(preset, &mut offer)), true),
        Speech::Own(make) => own(make),
    };
    // Where a cursor follows the list's path, a single record cannot.
    let single = template(if dialect.cursor_in_path() { "/single/" } else { "/list/" });
    Route { offer, path: path.into(), item: item.then_some(single), dialect, next_in_header: false }
}

/// A family with words of its own, and whether it serves single records. What a family does not have, it refuses to be given.
fn own(make: fn(Terms) -> Result<Box<dyn Dialect>, Unfit>) -> (Box<dyn Dialect>, bool) {
    const QUERY: &str = "SELECT Id, FirstName FROM Contact WHERE IsDeleted = false";
    let terms = |item: bool, query: Option<&str>| Terms {
        source_path: "/source/get".into(),
        source_item: item.then(|| template("/source/")),
        fixed: Vec::new(),
        registered: query.map(Into::into),
        columns: ["Id", "FirstName"].map(Into::into).into(),
    };
    let tried = [(true, Some(QUERY)), (true, None), (false, None)];
    let mut made = tried.into_iter().filter_map(|(item, query)| Some((make(terms(item, query)).ok()?, item)));
    made.next().expect("a family serves a plain export")
}

fn template(before: &str) -> Template {
    Template { before: before.into(), after: "".into() }
}

/// What a preset makes of an offer. Conditions that it does not know are taken from the offer.
fn rest(preset: &Preset, offer: &mut Offer) -> Rest {
    let spelled = |rule: &FilterRule| (preset.filter)(&offer.name(&rule.field), rule.operator);
    let known: Vec<_> = offer.filters.iter().filter_map(|rule| Some((rule.clone(), spelled(rule)?))).collect();
    // An API of which nothing is known has one parameter a field, so one condition too.
    let alone = |at: usize| known[..at].iter().all(|(_, other): &(_, Spelling)| other != &known[at].1);
    let (rules, filters): (Vec<_>, Vec<_>) = (0..known.len()).filter(|&at| alone(at)).map(|at| known[at].clone()).unzip();
    offer.filters = rules;
    let position = match preset.position {
        PresetPosition::Unknown => PositionRule::Offset("offset".into()),
        PresetPosition::Offset(name) => PositionRule::Offset(name.into()),
        PresetPosition::Number(name) => PositionRule::Number { parameter: name.into(), first: 1 },
        PresetPosition::Token(name) => PositionRule::Token(name.into()),
    };
    let cursor = if let PositionRule::Token(name) = &position { name.clone() } else { "cursor".into() };
    if preset.order.is_none() {
        offer.order.clear();
    }
    Rest {
        place: Place {
            list: "/source".into(),
            item: Some(template("/source/")),
            fixed: preset.fixed.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        },
        size: preset.size.map(Into::into),
        position,
        cursor,
        filters,
        order: preset.order.map(|style| Ordered { style, parameter: style.parameter().into() }),
        select: preset.select.map(SelectStyle::selected),
        habits: preset.habits,
    }
}

/// Tokens that are `t_` and the value backwards.
#[derive(Debug)]
pub struct Reversed;

impl Tokens for Reversed {
    fn open(&self, _: &FieldPath, token: &str) -> Option<String> {
        Some(token.strip_prefix("t_")?.chars().rev().collect())
    }
}

/// Whom a cursor is for.
pub struct Names(ContestId, CampaignId, ExportName, CursorKey);

impl Names {
    /// One side of a contest, with a key.
    pub fn new(contest: &str, campaign: &str, export: &str, key: u8) -> Self {
        let (contest, campaign) = (ContestId::parse(contest).unwrap(), CampaignId::parse(campaign).unwrap());
        Self(contest, campaign, ExportName::parse(export).unwrap(), CursorKey::new([key; 64]))
    }

    /// The usual one.
    pub fn usual() -> Self {
        Self::new("leader", "amber", "members", 7)
    }

    /// What its requests are judged with at a second.
    pub fn context(&self, second: i64) -> CursorContext<'_> {
        let binding = Binding { contest: &self.0, campaign: &self.1, export: &self.2, query: "" };
        CursorContext { key: &self.3, binding, now: Timestamp::from_second(second).unwrap(), tokens: &Reversed }
    }
}

/// Where campaigns find the export.
pub fn base(route: &Route) -> Base {
    Base { origin: "https://gate.example.org".into(), prefix: "/leader".into(), path: route.path.to_string() }
}

/// Asks for what stands at a path and query below the contest.
pub fn ask(route: &Route, target: &str, body: Payload<'_>, context: &CursorContext<'_>) -> Result<Parsed, Rejection> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let address = route.address(path).ok_or(Reason::ExportUnknown)?;
    let verb = if body == Payload::Nothing { Verb::Get } else { Verb::Post };
    route.parse(&Asked { verb, address: &address, query, body, prefer: "" }, context)
}

/// Asks for the list with a query.
pub fn ask_list(route: &Route, query: &str, context: &CursorContext<'_>) -> Result<Parsed, Rejection> {
    route.parse(&Asked { verb: Verb::Get, address: &Address::List, query, body: Payload::Nothing, prefer: "" }, context)
}

/// The path and query of a link of ours, below the contest.
pub fn below(link: &str) -> &str {
    let link = link.strip_prefix("https://gate.example.org").unwrap_or(link);
    link.strip_prefix("/leader").unwrap_or_else(|| panic!("a link leads away: {link}"))
}
