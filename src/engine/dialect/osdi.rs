//! The dialect `osdi`: the Open Supporter Data Interface as Action Network serves it, in HAL, read with GET.
//!
//! A request may say `page`, `per_page` and `filter`. The API neither selects nor orders, so neither is understood here. What
//! hangs on a person (taggings, submissions, donations) is a list of its own, and given only where it is an export.

use serde_json::{Map, Value, json};

use super::comparison::{Manner, Reader, is_bare_in_odata};
use super::encoding::{append_parameter, decode_query};
use super::family::{Entry, Family, Home, Members, NOTHING_USUAL, Speech, Terms, Trouble, Unfit, Usual};
use super::offer::{Offer, POSITION_MAX, Takes, decimal, position, quoted, refuse};
use super::place::Place;
use super::rest::parameter_of;
use super::route::NotUnderstood;
use super::speech::{Address, Asked, Base, Dialect, Draft, SourceRequest};
use crate::engine::format::Format;
use crate::engine::ids::FieldPath;
use crate::engine::query::{ListQuery, Position, Subject, Tokens};
use crate::engine::rejection::Rejection;

/// OSDI 1.1, by the documentation of Action Network's API v2.
pub const OSDI: Family = Family {
    name: "osdi",
    usual: Usual { records: Some("/_embedded/osdi:people"), next: Some("/_links/next/href"), size_max: 25, ..NOTHING_USUAL },
    speech: Speech::Own(make),
    trouble,
    stray,
    entry: Some(Entry { paths: &[ENTRY, "/api/v2"], says }),
};

const SIZE: &str = "per_page";
const PAGE: &str = "page";
const CURSOR: &str = "cursor";
const FILTER: Manner = Manner { parameter: "filter", lists: false, name, bare };
/// The number of the first page.
const FIRST: u64 = 1;
/// The entry point, as our links write it.
const ENTRY: &str = "/api/v2/";
/// Where nothing is, and clients may look for an entry point all the same.
const NO_ENTRIES: [&str; 2] = ["", "/api/v1"];
/// Below which member of a page the records stand, by the name of their resource (HAL, draft-kelly-json-hal, section 4.1.2).
const EMBEDDED: &str = "_embedded";

/// How one export is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Osdi {
    place: Place,
}

fn make(terms: Terms) -> Result<Box<dyn Dialect>, Unfit> {
    if terms.registered.is_some() {
        return Err(Unfit::new("OSDI is not asked by registered queries", "remove `query`"));
    }
    let own = [SIZE, PAGE, CURSOR, FILTER.parameter];
    if let Some((name, _)) = terms.fixed.iter().find(|(name, _)| own.contains(&&**name)) {
        let problem = format!("`{name}` is written by the proxy itself");
        return Err(Unfit::new(problem, "remove it from `params`; choose records by `rows`"));
    }
    Ok(Box::new(Osdi { place: terms.place() }))
}

fn trouble(told: &Trouble<'_>) -> Members {
    vec![("error", json!(told.detail))]
}

fn stray(path: &str) -> Option<&'static str> {
    let path = path.trim_end_matches('/');
    if NO_ENTRIES.contains(&path) {
        return Some("The entry point is `/api/v2/`.");
    }
    let beyond = path.strip_prefix("/api/v2/")?;
    let sentence =
        "Lists and, where they are offered, whole people are given; nothing that hangs on a person, and no other resource.";
    (!beyond.is_empty()).then_some(sentence)
}

/// The entry point (OSDI 1.1, "API Entry Point"), with a link to each list by the name of the resource that it holds; of two with the
/// same one, to the first.
fn says(home: &Home<'_>) -> Value {
    let address = |path: &str| format!("{}{path}", home.address);
    let mut links = Map::from_iter([("self".to_owned(), json!({ "href": address(ENTRY) }))]);
    for list in &home.lists {
        if let Some(resource) = resource(list.records) {
            links.entry(resource).or_insert_with(|| json!({ "href": address(list.path) }));
        }
    }
    json!({
        "motd": "These lists hold what the contest gives to your campaign, and nothing else.",
        "max_pagesize": home.lists.iter().map(|list| list.size_max).min().unwrap_or(OSDI.usual.size_max),
        "_links": links,
        // The one name under which pyactionnetwork looks for its address. Without it, it takes the campaign's key to the vendor.
        "links": { "self": address(ENTRY) },
    })
}

/// What records are: `osdi:people`, say.
fn resource(records: &FieldPath) -> Option<String> {
    let mut members = records.members();
    match (members.next(), members.next(), members.next()) {
        (Some(EMBEDDED), Some(resource), None) => Some(resource.to_owned()),
        _ => None,
    }
}

fn name(offer: &Offer, field: &FieldPath) -> String {
    offer.name(field)
}

/// Dates and identifiers are texts here: `modified_date gt '2024-01-31'`.
fn bare(takes: &Takes, value: &str) -> bool {
    matches!(takes, Takes::Value(Format::Integer | Format::Decimal | Format::Boolean)) && is_bare_in_odata(takes, value)
}

/// A person's own identifier: the last part of the link to them, where that is what identifies them.
fn identifier(value: &str) -> Option<String> {
    let path = value.split_once('?').map_or(value, |(path, _)| path);
    if value.contains("://") { path.rsplit('/').next().map(str::to_owned) } else { Some(value.to_owned()) }
}

impl Dialect for Osdi {
    fn read(&self, offer: &Offer, asked: &Asked<'_>, tokens: &dyn Tokens) -> Result<Draft, Rejection> {
        let parameters = decode_query(asked.query).map_err(|fault| refuse(fault.sentence().to_owned()))?;
        let mut draft = match asked.address {
            Address::Item(key) => Draft::from(ListQuery::item(offer.key_within(key, tokens, identifier)?)),
            _ => Draft::from(ListQuery::list(1)),
        };
        let list = draft.query.subject == Subject::List;
        let mut size = None;
        for (name, value) in &parameters {
            match name.as_str() {
                name if self.place.fixes(name, value) => {}
                SIZE if list => size = Some(offer.size(SIZE, value)?),
                PAGE if list => draft.query.page.position = page(value)?,
                CURSOR if list => draft.cursor = Some(value.clone()),
                name if list && name == FILTER.parameter => draft.query.filters = FILTER.read(offer, value, tokens)?,
                name => return Err(self.undeclared(offer, name, value)),
            }
        }
        if list {
            draft.query.page.size = size.map_or_else(|| offer.usual_size(SIZE), Ok)?;
        }
        Ok(draft)
    }

    fn request(&self, offer: &Offer, query: &ListQuery) -> SourceRequest {
        let mut target = self.place.target(query);
        if query.subject == Subject::List {
            append_wishes(&mut target, offer, query, Reader::Source);
            if let Position::Number(number) = query.page.position {
                append_parameter(&mut target, PAGE, &number.to_string());
            }
        }
        SourceRequest::get(target)
    }

    /// At the end there is no link, so one that leads nowhere is not taken for the end.
    fn next(&self, said: &str, current: &Position) -> Result<Option<Position>, NotUnderstood> {
        let from = if let Position::Number(from) = current { *from } else { FIRST };
        let number = parameter_of(said, PAGE).and_then(|number| decimal(&number));
        let number = number.filter(|number| *number > from && *number <= POSITION_MAX);
        number.map(|number| Some(Position::Number(number))).ok_or(NotUnderstood)
    }

    fn link(&self, offer: &Offer, query: &ListQuery, sealed: &str, base: &Base) -> String {
        let mut link = base.list();
        append_wishes(&mut link, offer, query, Reader::Campaign);
        append_parameter(&mut link, CURSOR, sealed);
        link
    }

    /// What HAL says is always a link.
    fn word(&self, _: &str, link: String, _: &str) -> String {
        link
    }

    fn fits(&self, offer: &Offer) -> Result<(), Unfit> {
        match offer.order.first() {
            Some(_) => Err(Unfit::new("this API does not order", "remove `order_by`")),
            None => FILTER.fits(offer),
        }
    }

    fn parameters(&self, offer: &Offer) -> Vec<String> {
        let filter = (!offer.filters.is_empty()).then_some(FILTER.parameter);
        [SIZE, PAGE, CURSOR].into_iter().chain(filter).map(str::to_owned).collect()
    }

    fn terms(&self) -> Vec<(&'static str, Value)> {
        self.place.terms()
    }
}

impl Osdi {
    fn undeclared(&self, offer: &Offer, name: &str, value: &str) -> Rejection {
        let accepted: Vec<_> = self.parameters(offer).iter().map(|name| format!("`{name}`")).collect();
        let sentence = format!(
            "`{}` is not a parameter of this export; lists accept {}, and single people none.",
            quoted(name),
            accepted.join(", ")
        );
        offer.refuse(&format!("{name} {value}"), sentence)
    }
}

fn page(value: &str) -> Result<Position, Rejection> {
    let number = position(PAGE, value, FIRST)?;
    Ok(if number == FIRST { Position::Start } else { Position::Number(number) })
}

/// Appends the page's size and the conditions.
fn append_wishes(target: &mut String, offer: &Offer, query: &ListQuery, reader: Reader) {
    append_parameter(target, SIZE, &query.page.size.to_string());
    if !query.filters.is_empty() {
        append_parameter(target, FILTER.parameter, &FILTER.write(offer, &query.filters, reader));
    }
}
