//! The dialect `rest`: lists at a path, with paging, filters, ordering and selection as query parameters.
//!
//! Which parameters these are is said by an export, or by the preset of a product that has no grammar of its own. Reads with GET
//! alone, and takes no body but one that means nothing. A parameter that the export does not declare is refused, never dropped: a
//! filter that silently vanishes widens a pull.

mod habits;
mod order;
mod position;
mod preset;
mod read;
mod select;

use serde_json::{Value, json};

pub use super::encoding::PARAMETERS_MAX;
use super::encoding::{append_parameter, decode_repeating};
pub use super::offer::POSITION_MAX;
use super::offer::{Offer, refuse};
use super::place::Place;
use super::route::NotUnderstood;
use super::speech::{Address, Asked, Base, Dialect, Draft, SourceRequest, is_link};
pub use super::spelling::Spelling;
use crate::engine::query::{ListQuery, Operand, Position, Subject, Tokens};
use crate::engine::reason::Reason;
use crate::engine::rejection::Rejection;
pub use habits::Habits;
pub use order::{OrderStyle, Ordered};
pub(super) use position::onwards;
pub use position::{PositionRule, parameter_of};
pub use preset::{PLAIN, Preset, PresetPosition};
pub use select::{Also, SelectStyle, Selected};

/// How one export is asked for, on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// Where it stands at the source.
    pub place: Place,
    /// The parameter that carries the page size, where the source has one.
    pub size: Option<Box<str>>,
    /// The parameter that carries the position, and what it means.
    pub position: PositionRule,
    /// The campaign's parameter for our own sealed cursor.
    pub cursor: Box<str>,
    /// How each condition of the offer is spelled, in its order.
    pub filters: Vec<Spelling>,
    /// How an ordering is spelled.
    pub order: Option<Ordered>,
    /// How a selection is spelled.
    pub select: Option<Selected>,
    /// What clients do beside what they ask.
    pub habits: Habits,
}

/// For whom a query is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    /// For the source: values, and the fields that are needed.
    Source,
    /// For a campaign: tokens, and the fields that it selected.
    Campaign,
}

impl Dialect for Rest {
    fn read(&self, offer: &Offer, asked: &Asked<'_>, tokens: &dyn Tokens) -> Result<Draft, Rejection> {
        if !self.habits.is_nothing(asked.body) {
            return Err(Reason::BodyNotAccepted.into());
        }
        let parameters =
            decode_repeating(asked.query, |name| self.may_repeat(name)).map_err(|fault| refuse(fault.sentence().to_owned()))?;
        let mut draft = match asked.address {
            Address::Item(key) => Draft::from(ListQuery::item(offer.key(key, tokens)?)),
            _ => Draft::from(ListQuery::list(1)),
        };
        let mut selected: Vec<&str> = Vec::new();
        let mut size = None;
        for (name, value) in &parameters {
            let list = *asked.address == Address::List;
            match name.as_str() {
                name if self.place.fixed.iter().any(|(own, said)| **own == *name && read::is_said(said, value)) => {}
                name if self.select.as_ref().is_some_and(|select| *select.parameter == *name) => {
                    selected.extend(self.selected(offer, value)?);
                }
                name if list && self.size.as_deref() == Some(name) => size = Some(offer.size(name, value)?),
                name if list && *self.cursor == *name => draft.cursor = Some(value.clone()),
                name if list && self.position.open_parameter() == Some(name) => {
                    draft.query.page.position = self.position.read(name, value)?;
                }
                name if list => self.take(offer, &mut draft.query, name, value, tokens)?,
                name => return Err(self.undeclared(offer, name, value)),
            }
        }
        if !selected.is_empty() {
            draft.query.fields = Some(offer.selection(selected.into_iter())?);
        }
        if *asked.address == Address::List {
            let parameter = self.size.as_deref().unwrap_or_default();
            draft.query.page.size = size.map_or_else(|| offer.usual_size(parameter), Ok)?;
        }
        Ok(draft)
    }

    fn request(&self, offer: &Offer, query: &ListQuery) -> SourceRequest {
        let mut target = self.place.target(query);
        self.append(&mut target, offer, query, To::Source);
        self.position.append(&mut target, &query.page.position);
        SourceRequest::get(target)
    }

    fn next(&self, said: &str, current: &Position) -> Result<Option<Position>, NotUnderstood> {
        self.position.next(said, current)
    }

    fn link(&self, offer: &Offer, query: &ListQuery, sealed: &str, base: &Base) -> String {
        let mut link = base.list();
        self.append(&mut link, offer, query, To::Campaign);
        append_parameter(&mut link, &self.cursor, sealed);
        link
    }

    fn word(&self, said: &str, link: String, sealed: &str) -> String {
        if is_link(said) { self.habits.written(link) } else { sealed.to_owned() }
    }

    fn reads_bodies(&self) -> bool {
        self.habits.empty_object
    }

    fn posts(&self) -> bool {
        false
    }

    fn terms(&self) -> Vec<(&'static str, Value)> {
        let mut page = serde_json::Map::new();
        page.extend(self.size.iter().map(|size| ("size".to_owned(), json!(size))));
        match &self.position {
            PositionRule::Offset(name) => page.extend([("offset".to_owned(), json!(name))]),
            PositionRule::Number { parameter, first } => {
                page.extend([("number".to_owned(), json!(parameter)), ("first".to_owned(), json!(first))]);
            }
            PositionRule::Token(name) => page.extend([("token".to_owned(), json!(name))]),
            PositionRule::Single => {}
        }
        let mut terms = self.place.terms();
        terms.push(("page", page.into()));
        terms.push(("cursor_param", json!(self.cursor)));
        terms.extend(self.order.iter().map(|order| ("order_param", json!(order.parameter))));
        terms.extend(self.select.iter().map(|select| ("select_param", json!(select.parameter))));
        terms
    }

    fn filter_parameter(&self, at: usize) -> Option<&str> {
        let spelling = self.filters.get(at).filter(|spelling| spelling.before.is_empty() && spelling.after.is_empty())?;
        Some(&spelling.parameter)
    }

    fn parameters(&self, _: &Offer) -> Vec<String> {
        let paging = [self.size.as_deref(), self.position.open_parameter()];
        let names = paging.into_iter().flatten().chain([&*self.cursor]);
        let names = names.chain(self.filters.iter().map(|spelling| &*spelling.parameter));
        let names = names
            .chain(self.order.iter().flat_map(Ordered::parameters))
            .chain(self.select.iter().map(|select| &*select.parameter));
        let mut parameters: Vec<String> = Vec::new();
        for name in names {
            if !parameters.iter().any(|known| known == name) {
                parameters.push(name.to_owned());
            }
        }
        parameters
    }
}

impl Rest {
    /// Appends all but the position.
    fn append(&self, target: &mut String, offer: &Offer, query: &ListQuery, to: To) {
        if let Some(select) = &self.select {
            match to {
                To::Source => select.ask(target, offer, &offer.wanted(query.fields.as_deref())),
                To::Campaign => {
                    let names = query.fields.iter().flatten().map(|field| offer.name(field)).collect::<Vec<_>>();
                    select.append(target, &names);
                }
            }
        }
        if query.subject != Subject::List {
            return;
        }
        for filter in &query.filters {
            if let Some(spelling) = offer.rule_of(filter).and_then(|at| self.filters.get(at)) {
                append_parameter(target, &spelling.parameter, &spelling.spell(filter, |operand| word(operand, to)));
            }
        }
        if let Some(order) = self.order.as_ref().filter(|_| !query.order.is_empty()) {
            order.append(target, offer, &query.order);
        }
        if let Some(name) = &self.size {
            append_parameter(target, name, &query.page.size.to_string());
        }
    }
}

fn word(operand: &Operand, to: To) -> String {
    match to {
        To::Source => operand.value.clone(),
        To::Campaign => operand.spoken().to_owned(),
    }
}
