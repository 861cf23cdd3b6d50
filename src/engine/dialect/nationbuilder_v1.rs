//! The family `nationbuilder-v1`: people in version 1 of NationBuilder's API.
//!
//! The list takes a page's size and the two words by which pages are told apart, `__nonce` and `__token`; nothing narrows or orders it,
//! and fields cannot be chosen. A single person has about three times the fields of the list, and goes through the same rules. Never
//! asks for `/people/search`, `/match`, `/nearby`, `/count`, or for the people of a tag or a list: what they answer tells what was asked.

use serde_json::Value;

use super::encoding::{append_parameter, decode_query};
use super::family::{Family, NOTHING_USUAL, Speech, Terms, Unfit, Usual};
use super::nationbuilder::{number_of, trouble};
use super::offer::{Offer, quoted, refuse};
use super::place::Place;
use super::rest::parameter_of;
use super::route::NotUnderstood;
use super::speech::{Address, Asked, Base, Dialect, Draft, SourceRequest, in_the_manner_of, is_link};
use crate::engine::query::{ListQuery, Operand, Position, Subject, Tokens};
use crate::engine::rejection::Rejection;

/// People.
pub const PEOPLE: Family = Family {
    name: "nationbuilder-v1",
    usual: Usual { records: Some("/results"), item_record: "/person", next: Some("/next"), size_max: 100, ..NOTHING_USUAL },
    speech: Speech::Own(make),
    trouble,
    stray,
    entry: None,
};

const LIMIT: &str = "limit";
const NONCE: &str = "__nonce";
const TOKEN: &str = "__token";
/// What stands for the source's nonce in our links: clients look for one, and the sealed cursor needs none.
const OUR_NONCE: &str = "sealed";

/// People, for one export.
#[derive(Debug)]
struct People {
    place: Place,
}

fn make(terms: Terms) -> Result<Box<dyn Dialect>, Unfit> {
    if !terms.fixed.is_empty() {
        return Err(Unfit::new("the list of people takes no parameters but those of its pages", "remove `params`"));
    }
    Ok(Box::new(People { place: terms.place() }))
}

impl Dialect for People {
    fn read(&self, offer: &Offer, asked: &Asked<'_>, tokens: &dyn Tokens) -> Result<Draft, Rejection> {
        let parameters = decode_query(asked.query).map_err(|fault| refuse(fault.sentence().to_owned()))?;
        let mut draft = match asked.address {
            Address::Item(key) => Draft::from(ListQuery::item(person(offer, key, tokens)?)),
            _ => Draft::from(ListQuery::list(offer.usual_size(LIMIT)?)),
        };
        let mut nonce = None;
        for (name, value) in &parameters {
            let list = draft.query.subject == Subject::List;
            match name.as_str() {
                LIMIT if list => draft.query.page.size = offer.size(LIMIT, value)?,
                NONCE if list => nonce = Some(value),
                TOKEN if list => draft.cursor = Some(value.clone()),
                name => return Err(undeclared(offer, name, value, list)),
            }
        }
        if nonce.is_some_and(|nonce| nonce != OUR_NONCE) || nonce.is_some() != draft.cursor.is_some() {
            return Err(refuse(format!(
                "`{NONCE}` and `{TOKEN}` stand together, as they were given: follow the links as they are."
            )));
        }
        Ok(draft)
    }

    fn request(&self, _: &Offer, query: &ListQuery) -> SourceRequest {
        let mut target = self.place.target(query);
        if query.subject != Subject::List {
            return SourceRequest::get(target);
        }
        append_parameter(&mut target, LIMIT, &query.page.size.to_string());
        if let Position::Token(both) = &query.page.position {
            let (nonce, token) = both.split_once('\n').unwrap_or(("", both));
            append_parameter(&mut target, NONCE, nonce);
            append_parameter(&mut target, TOKEN, token);
        }
        SourceRequest::get(target)
    }

    /// Both of its words are kept, with a line break between them: no parameter that is understood has one.
    fn next(&self, said: &str, current: &Position) -> Result<Option<Position>, NotUnderstood> {
        if said.is_empty() {
            return Ok(None);
        }
        let word = |name| parameter_of(said, name).filter(|word| is_link(said) && !word.is_empty()).ok_or(NotUnderstood);
        let next = Position::Token(format!("{}\n{}", word(NONCE)?, word(TOKEN)?));
        Ok((next != *current).then_some(next))
    }

    fn link(&self, _: &Offer, query: &ListQuery, sealed: &str, base: &Base) -> String {
        let mut link = base.list();
        append_parameter(&mut link, LIMIT, &query.page.size.to_string());
        append_parameter(&mut link, NONCE, OUR_NONCE);
        append_parameter(&mut link, TOKEN, sealed);
        link
    }

    fn word(&self, said: &str, link: String, _: &str) -> String {
        in_the_manner_of(said, link)
    }

    fn parameters(&self, _: &Offer) -> Vec<String> {
        [LIMIT, NONCE, TOKEN].map(str::to_owned).into()
    }

    fn fits(&self, offer: &Offer) -> Result<(), Unfit> {
        if !offer.filters.is_empty() {
            return Err(Unfit::new(
                "the list of people takes no filters",
                "remove `filters`, or speak version 2: `nationbuilder`",
            ));
        }
        if !offer.order.is_empty() {
            return Err(Unfit::new(
                "the list of people takes no ordering",
                "remove `order_by`, or speak version 2: `nationbuilder`",
            ));
        }
        Ok(())
    }

    fn terms(&self) -> Vec<(&'static str, Value)> {
        self.place.terms()
    }
}

/// The identifier of a person. Where a path for single persons is offered, the API's other addresses look like one.
fn person(offer: &Offer, key: &str, tokens: &dyn Tokens) -> Result<Operand, Rejection> {
    if let Some(sentence) = beside_people(key) {
        return Err(refuse(sentence.to_owned()));
    }
    number_of(offer.key(key, tokens)?)
}

fn undeclared(offer: &Offer, name: &str, value: &str, list: bool) -> Rejection {
    let has = if list { "; there are `limit`, and `__nonce` and `__token` of a link" } else { "; a single person takes none" };
    offer.refuse(&format!("{name} {value}"), format!("`{}` is not a parameter here{has}.", quoted(name)))
}

/// What stands beside the people, where one of them could.
fn beside_people(word: &str) -> Option<&'static str> {
    match word {
        "search" | "match" | "nearby" => {
            Some("People cannot be searched for: who is found tells what was asked. Pull the list of people page by page.")
        }
        "count" => Some("People are not counted; pull the list of people page by page."),
        "me" => Some("The account of the source's key is nobody's affair here."),
        "push" | "add" => Some("Nothing is written here; the list of people is for reading."),
        _ => None,
    }
}

fn stray(path: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match parts.as_slice() {
        ["api", "v2", ..] => Some("This contest speaks version 1 of the API, below `/api/v1`."),
        ["api", "v1", "people", word] => beside_people(word),
        ["api", "v1", "people", _, _, ..] => {
            Some("What hangs on a person (tags, notes, memberships) is not offered; the person may be.")
        }
        ["api", "v1", "people_tags" | "tags", ..] => {
            Some("Tags are not offered: whoever has one has the attribute that it names. Pull the list of people.")
        }
        ["api", "v1", "lists", _, "exports", ..] | ["api", "v1", "exports" | "imports" | "webhooks", ..] => {
            Some("Nothing is exported to elsewhere: pull the list of people page by page.")
        }
        ["api", "v1", "lists", ..] => {
            Some("Lists are not offered: whoever is on one has the attribute for which it was made. Pull the list of people.")
        }
        _ => None,
    }
}
