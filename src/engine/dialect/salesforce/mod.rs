//! The family `salesforce`: queries of Salesforce's REST API (REST API Developer Guide, "Query").
//!
//! A query language in one parameter can ask for anything, so a campaign asks the one query that the operator registered, letter
//! for letter, and nothing else: no conditions, orderings or fields of its own. The source is asked a query written anew: the fields that
//! are needed, from what the registered one says of objects and records. Never asks `queryAll`, which brings what was deleted, nor a
//! description, nor several things at once.

pub mod bulk;
mod fit;
mod order;
pub mod soql;

use serde_json::{Value, json};

use soql::Registered;

use crate::engine::dialect::encoding::{append_parameter, decode_query, encode_into};
use crate::engine::dialect::family::{Family, Members, NOTHING_USUAL, Speech, Terms, Trouble, Unfit, Usual};
use crate::engine::dialect::offer::{Offer, quoted, refuse};
use crate::engine::dialect::place::Place;
use crate::engine::dialect::route::NotUnderstood;
use crate::engine::dialect::speech::{Address, Asked, Base, Dialect, Draft, SourceRequest, in_the_manner_of};
use crate::engine::ids::FieldPath;
use crate::engine::query::{ListQuery, Position, Subject, Tokens};
use crate::engine::reason::Reason;
use crate::engine::rejection::Rejection;

/// Queries, and single records.
pub const SALESFORCE: Family = Family {
    name: "salesforce",
    usual: Usual {
        records: Some("/records"),
        next: Some("/nextRecordsUrl"),
        count: Some("totalSize"),
        envelope: &["done"],
        size_max: 2000,
        ..NOTHING_USUAL
    },
    speech: Speech::Own(make),
    trouble,
    stray,
    entry: None,
};

const QUERY: &str = "q";
const FIELDS: &str = "fields";
/// How the source hears of a page's size ("Query Options Header").
const OPTIONS: &str = "sforce-query-options";
/// What each record has without being asked for it: its type, and its address.
const ATTRIBUTES: &str = "attributes";
/// Longest locator of a next page, in characters.
const LOCATOR_CHARS_MAX: usize = 100;

/// One registered query.
#[derive(Debug)]
struct Salesforce {
    place: Place,
    query: Registered,
}

fn make(terms: Terms) -> Result<Box<dyn Dialect>, Unfit> {
    let Some(registered) = &terms.registered else {
        let problem = "Salesforce is asked by a registered query alone, and none is registered";
        return Err(Unfit::new(problem, "add `query = \"SELECT Id, … FROM Contact\"`"));
    };
    if !terms.fixed.is_empty() {
        return Err(Unfit::new("a query takes no other parameters", "remove `params`"));
    }
    let query = Registered::parse(registered)?;
    Ok(Box::new(Salesforce { place: terms.place(), query }))
}

impl Dialect for Salesforce {
    fn read(&self, offer: &Offer, asked: &Asked<'_>, tokens: &dyn Tokens) -> Result<Draft, Rejection> {
        let parameters = decode_query(asked.query).map_err(|fault| refuse(fault.sentence().to_owned()))?;
        match asked.address {
            Address::Item(key) => self.record(offer, key, &parameters, tokens).map(Draft::from),
            Address::List => self.list(offer, &parameters).map(Draft::from),
            Address::Below(..) => Err(Reason::ExportUnknown.into()),
            Address::Continued(sealed) => match parameters.first() {
                Some((name, value)) => Err(self.undeclared(offer, name, value, "a further page takes no parameters")),
                None => Ok(Draft { cursor: Some(sealed.clone()), ..Draft::from(page(offer)?) }),
            },
        }
    }

    fn request(&self, offer: &Offer, query: &ListQuery) -> SourceRequest {
        let names = wanted(offer, query.fields.as_deref());
        let mut target = self.place.target(query);
        if query.subject != Subject::List {
            append_parameter(&mut target, FIELDS, &names.join(","));
            return SourceRequest::get(target);
        }
        if let Position::Token(locator) = &query.page.position {
            target.push_str(if target.ends_with('/') { "" } else { "/" });
            encode_into(&mut target, locator);
        } else {
            append_parameter(&mut target, QUERY, &self.query.selecting(&names));
        }
        let headers = vec![(OPTIONS, format!("batchSize={}", query.page.size))];
        SourceRequest { headers, ..SourceRequest::get(target) }
    }

    /// The source says a path, `…/query/01gRO0000016PIAYA2-2000`: the result of the query, and where in it the page begins.
    fn next(&self, said: &str, current: &Position) -> Result<Option<Position>, NotUnderstood> {
        if said.is_empty() {
            return Ok(None);
        }
        let (_, locator) = said.rsplit_once("/query/").ok_or(NotUnderstood)?;
        let plain = locator.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !plain || locator.is_empty() || locator.len() > LOCATOR_CHARS_MAX {
            return Err(NotUnderstood);
        }
        let next = Position::Token(locator.to_owned());
        Ok((next != *current).then_some(next))
    }

    fn link(&self, _: &Offer, _: &ListQuery, sealed: &str, base: &Base) -> String {
        format!("{}/{sealed}", base.list())
    }

    fn word(&self, said: &str, link: String, _: &str) -> String {
        in_the_manner_of(said, link)
    }

    fn parameters(&self, _: &Offer) -> Vec<String> {
        let fields = self.place.item.iter().map(|_| FIELDS.to_owned());
        std::iter::once(QUERY.to_owned()).chain(fields).collect()
    }

    fn fits(&self, offer: &Offer) -> Result<(), Unfit> {
        fit::fits(self, offer)
    }

    fn terms(&self) -> Vec<(&'static str, Value)> {
        let mut terms = self.place.terms();
        terms.push(("query", json!(self.query.text())));
        terms
    }

    fn cursor_in_path(&self) -> bool {
        true
    }
}

impl Salesforce {
    /// The registered query alone.
    fn list(&self, offer: &Offer, parameters: &[(String, String)]) -> Result<ListQuery, Rejection> {
        if let Some((name, value)) = parameters.iter().find(|(name, _)| name != QUERY) {
            return Err(self.undeclared(offer, name, value, "a query takes `q` alone"));
        }
        let said = parameters.first().map(|(_, said)| said.as_str()).unwrap_or_default();
        if self.query.is(said) {
            return page(offer);
        }
        let sentence = format!("One query is registered here, letter for letter: `{}`.", self.query.text());
        Err(offer.refuse(&self.query.strange_in(said), sentence))
    }

    /// A single record, of which a campaign may choose fields.
    fn record(
        &self,
        offer: &Offer,
        key: &str,
        parameters: &[(String, String)],
        tokens: &dyn Tokens,
    ) -> Result<ListQuery, Rejection> {
        let key = offer.key(key, tokens)?;
        if !is_record_id(&key.value) {
            return Err(Reason::RecordUnknown.into());
        }
        let mut query = ListQuery::item(key);
        for (name, value) in parameters {
            match name.as_str() {
                FIELDS => query.fields = Some(offer.selection(value.split(','))?),
                name => return Err(self.undeclared(offer, name, value, "a single record takes `fields` alone")),
            }
        }
        Ok(query)
    }

    fn undeclared(&self, offer: &Offer, name: &str, value: &str, instead: &str) -> Rejection {
        let touched = if name == QUERY { self.query.strange_in(value) } else { format!("{name} {value}") };
        offer.refuse(&touched, format!("`{}` is not a parameter here; {instead}.", quoted(name)))
    }
}

/// A page of the list, which is always the same query.
fn page(offer: &Offer) -> Result<ListQuery, Rejection> {
    offer.usual_size(QUERY).map(ListQuery::list)
}

/// The name of a field in a query; `None` for what comes without being asked for.
fn name(field: &FieldPath) -> Option<String> {
    let name = field.members().collect::<Vec<_>>().join(".");
    (field.members().next() != Some(ATTRIBUTES)).then_some(name)
}

/// The names of the fields that the source is asked for.
fn wanted(offer: &Offer, selection: Option<&[FieldPath]>) -> Vec<String> {
    offer.wanted(selection).iter().filter_map(name).collect()
}

/// Fifteen or eighteen letters and digits, some of them digits; other words in its place (`describe`, `approvalLayouts`) are
/// addresses of their own.
fn is_record_id(key: &str) -> bool {
    let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric()) && key.bytes().any(|byte| byte.is_ascii_digit());
    plain && matches!(key.len(), 15 | 18)
}

/// `message` and `errorCode`, as the API has them in 401 and 403. Never a code of its own: clients would sign in anew.
fn trouble(trouble: &Trouble<'_>) -> Members {
    vec![("message", json!(trouble.detail)), ("errorCode", json!(trouble.code))]
}

fn stray(path: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let ["services", service, rest @ ..] = parts.as_slice() else { return None };
    match (*service, rest) {
        ("data", [_, "query", ..]) => {
            Some("One query is registered in this contest, under its own version of the API; ask there.")
        }
        ("data", [_, "queryAll", ..]) => Some("`queryAll` brings deleted records; ask `query` with the registered query."),
        ("data", [_, "search" | "parameterizedSearch", ..]) => {
            Some("Nothing is searched for: who is found tells what was asked. Ask `query` with the registered query.")
        }
        ("data", [_, "jobs", ..]) => Some(
            "Jobs are not offered in this contest; its operator can offer query jobs in one whose source has `api = \"salesforce-bulk\"`. Here ask `query` with the registered query, page by page.",
        ),
        ("async", _) => {
            Some("The first version of the Bulk API is not offered; ask `query` with the registered query, page by page.")
        }
        ("data", [_, "composite", .., last]) if *last != "batch" => {
            Some("One request asks for one thing; composite requests are not offered.")
        }
        ("data", [_, "sobjects", _, "describe" | "listviews" | "quickActions", ..]) | ("data", [_, "sobjects"]) => {
            Some("What the source's objects look like is not told; the fields of this contest's exports are in its status.")
        }
        ("data", [_, "sobjects", _, "deleted" | "updated", ..]) => {
            Some("What was deleted or changed is not listed; pull the list anew.")
        }
        ("data", [_, "sobjects", ..]) => {
            Some("Single records of this object are not offered; ask `query` with the registered query.")
        }
        ("data", [_, "tooling" | "analytics" | "chatter" | "ui-api" | "process" | "limits", ..]) | ("Soap" | "apexrest", _) => {
            Some("Of Salesforce's APIs, `query` alone is offered here, with the registered query.")
        }
        _ => None,
    }
}
