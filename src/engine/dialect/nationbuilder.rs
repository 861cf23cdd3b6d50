//! The family `nationbuilder`: signups in version 2 of NationBuilder's API, which is JSON:API (jsonapi.org, version 1.1).
//!
//! Reads lists of signups with pages, conditions, an ordering and a sparse fieldset of signups, and single signups. Never asks for
//! other resources: `include` brings other people whole, and a list or a tag tells by whom it holds. Always asks for the attributes
//! that are needed alone, because the API gives some eighty of a person otherwise.

use serde_json::{Value, json};

use super::encoding::{append_parameter, decode_query};
use super::family::{Family, Members, NOTHING_USUAL, Speech, Terms, Trouble, Unfit, Usual};
use super::offer::{Offer, position, quoted, refuse};
use super::place::Place;
use super::rest::{onwards, parameter_of};
use super::route::NotUnderstood;
use super::speech::{Address, Asked, Base, Dialect, Draft, SourceRequest, in_the_manner_of, is_link};
use crate::engine::ids::FieldPath;
use crate::engine::query::{Filter, ListQuery, Operand, Operator, Position, Subject, Tokens};
use crate::engine::reason::Reason;
use crate::engine::rejection::Rejection;

/// Signups.
pub const SIGNUPS: Family = Family {
    name: "nationbuilder",
    usual: Usual {
        records: Some("/data"),
        item_record: "/data",
        next: Some("/links/next"),
        root: Some("attributes"),
        size_max: 100,
        ..NOTHING_USUAL
    },
    speech: Speech::Own(make),
    trouble,
    stray,
    entry: None,
};

const SIZE: &str = "page[size]";
const NUMBER: &str = "page[number]";
/// Our own: the API has none of this name.
const CURSOR: &str = "page[cursor]";
const FIELDS: &str = "fields[signups]";
const EXTRA: &str = "extra_fields[signups]";
const SORT: &str = "sort";

/// The operators that ask for no more than a value, or for an order of values. What looks inside one (`prefix`, `suffix`, `match`)
/// and what leaves one out (`not_eq`) is not offered.
const OPERATORS: [(&str, Operator); 5] = [
    ("eq", Operator::Is),
    ("gt", Operator::After),
    ("gte", Operator::AtLeast),
    ("lt", Operator::Before),
    ("lte", Operator::AtMost),
];

/// Signups, for one export.
#[derive(Debug)]
struct Signups {
    place: Place,
}

fn make(terms: Terms) -> Result<Box<dyn Dialect>, Unfit> {
    let settled = |name: &str| name == EXTRA || condition(name).is_some();
    if let Some((name, _)) = terms.fixed.iter().find(|(name, _)| !settled(name)) {
        let problem = format!("`params` may not settle `{name}`: pages and fields are asked for anew, and other resources never");
        return Err(Unfit::new(problem, format!("keep `filter[…]` and `{EXTRA}` alone")));
    }
    Ok(Box::new(Signups { place: terms.place() }))
}

impl Dialect for Signups {
    fn read(&self, offer: &Offer, asked: &Asked<'_>, tokens: &dyn Tokens) -> Result<Draft, Rejection> {
        let parameters = decode_query(asked.query).map_err(|fault| refuse(fault.sentence().to_owned()))?;
        let mut draft = match asked.address {
            Address::Item(key) => Draft::from(ListQuery::item(number_of(offer.key(key, tokens)?)?)),
            _ => Draft::from(ListQuery::list(offer.usual_size(SIZE)?)),
        };
        for (name, value) in &parameters {
            match name.as_str() {
                name if self.place.fixes(name, value) => {}
                // An empty value asks for no attribute; what stands beside them (`id`, `type`) is no field in JSON:API, and always there.
                FIELDS => draft.query.fields = Some(offer.selection(value.split(',').filter(|_| !value.is_empty()))?),
                name if draft.query.subject == Subject::List => self.narrow(offer, &mut draft, name, value, tokens)?,
                name => return Err(self.undeclared(offer, name, value)),
            }
        }
        Ok(draft)
    }

    fn request(&self, offer: &Offer, query: &ListQuery) -> SourceRequest {
        let mut target = self.place.target(query);
        append_parameter(&mut target, FIELDS, &attributes(offer, query).join(","));
        if query.subject == Subject::List {
            append_wishes(&mut target, offer, query, |operand| &operand.value);
            if let Position::Number(number) = query.page.position {
                append_parameter(&mut target, NUMBER, &number.to_string());
            }
        }
        SourceRequest::get(target)
    }

    /// A link is given on every page that has a record, also where the page behind it is empty.
    fn next(&self, said: &str, current: &Position) -> Result<Option<Position>, NotUnderstood> {
        if said.is_empty() {
            return Ok(None);
        }
        let number = parameter_of(said, NUMBER).filter(|_| is_link(said)).ok_or(NotUnderstood)?;
        let from = if let Position::Number(number) = current { *number } else { 1 };
        Ok(onwards(&number, from)?.map(Position::Number))
    }

    fn link(&self, offer: &Offer, query: &ListQuery, sealed: &str, base: &Base) -> String {
        let mut link = base.list();
        if let Some(fields) = &query.fields {
            let inside = fields.iter().filter_map(|field| offer.below_root(field));
            append_parameter(&mut link, FIELDS, &inside.map(|field| field.to_string()).collect::<Vec<_>>().join(","));
        }
        append_wishes(&mut link, offer, query, Operand::spoken);
        append_parameter(&mut link, CURSOR, sealed);
        link
    }

    fn word(&self, said: &str, link: String, _: &str) -> String {
        in_the_manner_of(said, link)
    }

    fn parameters(&self, offer: &Offer) -> Vec<String> {
        let paging = [SIZE, NUMBER, CURSOR, FIELDS].map(str::to_owned).into_iter();
        let sort = offer.order.first().map(|_| SORT.to_owned());
        let conditions = offer.filters.iter().map(|rule| parameter(&offer.name(&rule.field), rule.operator));
        paging.chain(sort).chain(conditions).collect()
    }

    fn fits(&self, offer: &Offer) -> Result<(), Unfit> {
        let plain = |field: &&FieldPath| offer.below_root(field).is_none_or(|inside| inside.parts().len() == 1);
        let asked = offer.filters.iter().map(|rule| &rule.field).chain(&offer.order);
        if let Some(nested) = asked.clone().find(|field| !plain(field)) {
            let problem = format!("NationBuilder neither filters nor sorts by `{nested}`, which stands inside an attribute");
            return Err(Unfit::new(problem, "remove it from `filters` and `order_by`"));
        }
        let named = |field: FieldPath| field.members().all(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        let needed = offer.wanted(None).into_iter().chain(asked.cloned());
        if let Some(field) = needed.into_iter().find(|field| !named(field.clone())) {
            return Err(Unfit::new(format!("`{field}` is no name of an attribute"), "use letters, digits and `_`"));
        }
        offer.filters.iter().try_for_each(|rule| self.can_ask(&offer.name(&rule.field), rule.operator))
    }

    fn terms(&self) -> Vec<(&'static str, Value)> {
        self.place.terms()
    }
}

impl Signups {
    /// Takes what narrows, orders or pages the list.
    fn narrow(&self, offer: &Offer, draft: &mut Draft, name: &str, value: &str, tokens: &dyn Tokens) -> Result<(), Rejection> {
        let query = &mut draft.query;
        match name {
            SIZE => query.page.size = offer.size(SIZE, value)?,
            NUMBER => {
                let number = position(NUMBER, value, 1)?;
                query.page.position = if number == 1 { Position::Start } else { Position::Number(number) };
            }
            CURSOR => draft.cursor = Some(value.to_owned()),
            SORT => {
                let by = |part: &str| part.strip_prefix('-').map_or((part.to_owned(), false), |field| (field.to_owned(), true));
                let parts = value.split(',').map(by).map(|(field, descending)| offer.ordering(&field, descending));
                query.order = parts.collect::<Result<_, _>>()?;
            }
            name => {
                let Some((attribute, operator)) = condition(name) else { return Err(self.undeclared(offer, name, value)) };
                query.filters.push(literal(name, offer.filter(attribute, operator, &[value], tokens)?)?);
            }
        }
        Ok(())
    }

    fn undeclared(&self, offer: &Offer, name: &str, value: &str) -> Rejection {
        let resources = name == "include" || name.starts_with("fields[") || name.starts_with("extra_fields");
        let known: Vec<_> = self.parameters(offer).iter().map(|name| format!("`{name}`")).collect();
        let more = if resources { "; other resources, and more of this one, are not offered" } else { "" };
        let sentence = format!("`{}` is not a parameter here; there are {}{more}.", quoted(name), known.join(", "));
        offer.refuse(&format!("{name} {value}"), sentence)
    }

    fn can_ask(&self, name: &str, operator: Operator) -> Result<(), Unfit> {
        if !OPERATORS.iter().any(|(_, known)| *known == operator) {
            let problem =
                format!("NationBuilder is not asked by `{}`: there are is, before, after, at-most and at-least", operator.name());
            return Err(Unfit::new(problem, format!("give the filter on `{name}` another `op`")));
        }
        let settled = self.place.fixed.iter().any(|(fixed, _)| condition(fixed) == Some((name, operator)));
        if settled {
            return Err(Unfit::new(
                format!("`params` settles the condition on `{name}` that is also offered"),
                "remove one of the two",
            ));
        }
        Ok(())
    }
}

/// What a parameter sets a condition on: `filter[attribute]`, which means equal, or `filter[attribute][operator]`.
fn condition(name: &str) -> Option<(&str, Operator)> {
    let (attribute, rest) = name.strip_prefix("filter[")?.split_once(']')?;
    let operator = if rest.is_empty() { "eq" } else { rest.strip_prefix('[')?.strip_suffix(']')? };
    OPERATORS.iter().find(|(known, _)| *known == operator).map(|(_, operator)| (attribute, *operator))
}

/// The parameter that sets a condition, in its one spelling.
fn parameter(attribute: &str, operator: Operator) -> String {
    match OPERATORS.iter().find(|(_, known)| *known == operator) {
        Some((word, meant)) if *meant != Operator::Is => format!("filter[{attribute}][{word}]"),
        _ => format!("filter[{attribute}]"),
    }
}

/// The API's operators are those of Graphiti, which reads a comma as several values, braces and brackets as a spelling of some, and
/// `null` as no value at all. One of these would ask for something else than it says.
fn literal(name: &str, filter: Filter) -> Result<Filter, Rejection> {
    let plain = |operand: &Operand| operand.value != "null" && !operand.value.contains([',', '[', ']', '{', '}']);
    if filter.operands.iter().all(plain) {
        return Ok(filter);
    }
    let sentence = "takes no value with `,`, `[`, `]`, `{` or `}` in it, nor `null`: the source reads these as a grammar.";
    Err(refuse(format!("`{}` {sentence}", quoted(name))))
}

/// The attributes that the source is asked for, each once: of what stands inside one, all of it.
fn attributes(offer: &Offer, query: &ListQuery) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for field in offer.wanted(query.fields.as_deref()) {
        let name = offer.below_root(&field).and_then(|inside| inside.members().next().map(str::to_owned));
        names.extend(name.filter(|name| !names.contains(name)));
    }
    names
}

/// Appends conditions, ordering and size, with values as `word` says them.
fn append_wishes(target: &mut String, offer: &Offer, query: &ListQuery, word: fn(&Operand) -> &str) {
    for filter in &query.filters {
        let name = parameter(&offer.name(&filter.field), filter.operator);
        filter.operands.iter().for_each(|operand| append_parameter(target, &name, word(operand)));
    }
    let order = query.order.iter().map(|by| format!("{}{}", if by.descending { "-" } else { "" }, offer.name(&by.field)));
    let order: Vec<_> = order.collect();
    if !order.is_empty() {
        append_parameter(target, SORT, &order.join(","));
    }
    append_parameter(target, SIZE, &query.page.size.to_string());
}

/// A signup is named by a number; what else may stand in its place (`me`, `count`) is an address of its own.
///
/// # Errors
/// `record_unknown` for anything else.
pub(super) fn number_of(key: Operand) -> Result<Operand, Rejection> {
    let number = !key.value.is_empty() && key.value.bytes().all(|byte| byte.is_ascii_digit());
    if number { Ok(key) } else { Err(Reason::RecordUnknown.into()) }
}

/// `{code, message}`, in both versions of the API.
pub(super) fn trouble(trouble: &Trouble<'_>) -> Members {
    vec![("code", json!(trouble.code)), ("message", json!(trouble.detail))]
}

fn stray(path: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match parts.as_slice() {
        ["api", "v1", ..] => Some("This contest speaks version 2 of the API, below `/api/v2`."),
        ["api", "v2", "lists", ..] => Some(
            "Lists are not offered: whoever is on one has the attribute for which it was made. Ask for the signups themselves.",
        ),
        ["api", "v2", "signup_tags" | "signup_taggings" | "tags" | "taggings", ..] => {
            Some("Tags are not offered: whoever has one has the attribute that it names.")
        }
        ["api", "v2", "signups", _, _, ..] => {
            Some("What hangs on a signup (tags, memberships, the recruiter, profiles) is not offered; the signup itself may be.")
        }
        ["api", "v2", "exports" | "imports" | "webhooks", ..] => {
            Some("Nothing is exported to elsewhere: pull the list page by page.")
        }
        _ => None,
    }
}
