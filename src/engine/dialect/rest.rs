//! The dialect `rest`: lists at a path, with paging, filters, ordering and selection as query parameters.
//!
//! Which parameters these are is said by an export, or by the preset of a product that has no grammar of its own. Reads with GET
//! alone. A parameter that the export does not declare is refused, never dropped: a filter that silently vanishes widens a pull.

use serde_json::{Value, json};

pub use super::encoding::PARAMETERS_MAX;
use super::encoding::{append_parameter, decode_query, decode_repeating};
use super::family::{Family, NOTHING_USUAL, Speech, no_members, no_stray};
pub use super::offer::POSITION_MAX;
use super::offer::{Offer, decimal, position, quoted, refuse};
use super::route::{NotUnderstood, Template};
use super::speech::{Address, Asked, Base, Dialect, Draft, SourceRequest, is_link};
pub use super::spelling::Spelling;
use crate::engine::ids::FieldPath;
use crate::engine::query::{ListQuery, Operand, Operator, Ordering, Position, Subject, Tokens};
use crate::engine::rejection::Rejection;

/// An API of which nothing is known.
pub const PLAIN: Family = Family {
    name: "rest",
    usual: NOTHING_USUAL,
    speech: Speech::Rest(&Preset::NOTHING),
    trouble: no_members,
    stray: no_stray,
    entry: None,
};

/// What a product's API calls things, where an export does not say.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// The page's size.
    pub size: Option<&'static str>,
    /// How pages are asked for.
    pub position: PresetPosition,
    /// How a field is filtered.
    pub filter: fn(&str, Operator) -> Option<Spelling>,
    /// How the list is ordered.
    pub order: Option<OrderStyle>,
    /// How fields are selected.
    pub select: Option<SelectStyle>,
    /// What every request to the source carries.
    pub fixed: &'static [(&'static str, &'static str)],
}

/// How a product's pages are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresetPosition {
    /// An export has to say.
    Unknown,
    /// Records to skip.
    Offset(&'static str),
    /// The number of the page, the first being 1.
    Number(&'static str),
    /// A cursor of the source's own.
    Token(&'static str),
}

impl Preset {
    /// Nothing is preset: a filter is a parameter of its field's name.
    pub const NOTHING: Self = Self {
        size: None,
        position: PresetPosition::Unknown,
        filter: |name, operator| (operator != Operator::In).then(|| Spelling::plain(name)),
        order: Some(OrderStyle::Minus("order_by")),
        select: None,
        fixed: &[],
    };
}

/// How one export is asked for, on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// The path at the source, below its base URL; begins with `/`.
    pub source_path: Box<str>,
    /// The path of a single record at the source.
    pub source_item: Option<Template>,
    /// Parameters that every request to the source carries. A campaign may say them too, with the same values.
    pub fixed: Vec<(Box<str>, Box<str>)>,
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
}

/// What the source's position parameter means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PositionRule {
    /// Records to skip. A campaign may also give it itself.
    Offset(Box<str>),
    /// The number of the page, the first being `first`. A campaign may also give it itself.
    Number {
        /// The parameter.
        parameter: Box<str>,
        /// The number of the first page: 0 or 1.
        first: u64,
    },
    /// A cursor of the source's own making. A campaign never sees it, and gives ours.
    Token(Box<str>),
    /// The source has one page only.
    Single,
}

/// How an ordering is spelled: parameter names, without the export's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderStyle {
    /// `order_by=a,-b`.
    Minus(&'static str),
    /// `order=a.asc,b.desc`.
    Dotted(&'static str),
    /// `$orderby=a asc,b desc`.
    Words(&'static str),
    /// `_sort=a` or `_sort_desc=a`, and one field alone.
    Pair(&'static str, &'static str),
}

/// How one export's ordering is spelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered {
    /// The style; its own parameter names are those of the preset.
    pub style: OrderStyle,
    /// The parameter.
    pub parameter: Box<str>,
}

/// How a selection of fields is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelectStyle {
    /// `fields=a,b.c`; `*` is every field that is offered.
    Paths(&'static str),
    /// `select=a,b`: of a nested field, the source is asked for all of its outermost member. `*` is every field that is offered.
    Columns(&'static str),
    /// `_col=a&_col=b`: the same, once a field.
    Repeated(&'static str),
    /// `properties=a,b`, or `properties=a&properties=b`: the same, however a client writes it.
    Listed(&'static str),
}

/// How one export's selection is spelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// The parameter.
    pub parameter: Box<str>,
    /// Whether it stands once a field, rather than once with commas.
    pub repeated: bool,
    /// Whether the source understands the paths of nested fields.
    pub paths: bool,
    /// What else clients of the API write.
    pub also: Also,
}

/// What the clients of an API write as a selection beside its one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Also {
    /// Nothing.
    Nothing,
    /// `*` for every field, which is every field that the export offers and no more.
    Star,
    /// The parameter several times.
    Several,
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
                name if self.fixed.iter().any(|(own, said)| **own == *name && is_said(said, value)) => {}
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
        let mut target = match (&query.subject, &self.source_item) {
            (Subject::Item(key), Some(item)) => item.fill(&key.value),
            _ => String::from(&*self.source_path),
        };
        for (name, value) in &self.fixed {
            append_parameter(&mut target, name, value);
        }
        self.append(&mut target, offer, query, To::Source);
        match (&self.position, &query.page.position) {
            (PositionRule::Single, _) | (_, Position::Start) => {}
            (
                PositionRule::Offset(name) | PositionRule::Number { parameter: name, .. },
                Position::Offset(number) | Position::Number(number),
            ) => append_parameter(&mut target, name, &number.to_string()),
            (PositionRule::Token(name), Position::Token(token)) => append_parameter(&mut target, name, token),
            // A position of another kind cannot come from this export: neither `read` nor a cursor bound to it gives one.
            _ => {}
        }
        SourceRequest::get(target)
    }

    fn next(&self, said: &str, current: &Position) -> Result<Option<Position>, NotUnderstood> {
        let Some(parameter) = self.position.parameter() else { return Ok(None) };
        let value = if is_link(said) { parameter_of(said, parameter).ok_or(NotUnderstood)? } else { said.to_owned() };
        if value.is_empty() {
            return Ok(None);
        }
        Ok(match (&self.position, current) {
            (PositionRule::Offset(_), Position::Offset(from)) => onwards(&value, *from)?.map(Position::Offset),
            (PositionRule::Offset(_), _) => onwards(&value, 0)?.map(Position::Offset),
            (PositionRule::Number { .. }, Position::Number(from)) => onwards(&value, *from)?.map(Position::Number),
            (PositionRule::Number { first, .. }, _) => onwards(&value, *first)?.map(Position::Number),
            (PositionRule::Token(_), Position::Token(from)) if *from == value => None,
            (PositionRule::Token(_), _) => Some(Position::Token(value)),
            (PositionRule::Single, _) => None,
        })
    }

    fn link(&self, offer: &Offer, query: &ListQuery, sealed: &str, base: &Base) -> String {
        let mut link = base.list();
        self.append(&mut link, offer, query, To::Campaign);
        append_parameter(&mut link, &self.cursor, sealed);
        link
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
        let fixed: serde_json::Map<_, _> = self.fixed.iter().map(|(name, value)| (name.to_string(), json!(value))).collect();
        let mut terms = vec![("source_path", json!(self.source_path)), ("params", fixed.into()), ("page", page.into())];
        terms.extend(self.source_item.iter().map(|item| ("source_item", json!(format!("{}{{id}}{}", item.before, item.after)))));
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
    /// Several selections are one, and two conditions may share a parameter.
    fn may_repeat(&self, name: &str) -> bool {
        let several = |select: &Selected| select.repeated || select.also == Also::Several;
        let select = self.select.as_ref().is_some_and(|select| several(select) && *select.parameter == *name);
        select || self.filters.iter().filter(|spelling| *spelling.parameter == *name).count() > 1
    }

    /// The fields that a parameter selects, looked up at once: the first fault of a query is the one that is told.
    fn selected<'v>(&self, offer: &Offer, value: &'v str) -> Result<Vec<&'v str>, Rejection> {
        let names: Vec<_> = self.select.iter().flat_map(|select| select.split(value)).collect();
        offer.selection(names.iter().copied())?;
        Ok(names)
    }

    /// Takes what narrows or orders the list.
    fn take(&self, offer: &Offer, query: &mut ListQuery, name: &str, value: &str, tokens: &dyn Tokens) -> Result<(), Rejection> {
        if let Some(order) = self.order.as_ref().filter(|order| order.parameters().any(|known| known == name)) {
            if !query.order.is_empty() {
                return Err(refuse(format!("The ordering stands twice; `{}` is one too many.", quoted(name))));
            }
            query.order = self.ordering(order, offer, name, value)?;
            return Ok(());
        }
        let mut own = self.filters.iter().zip(&offer.filters).filter(|(spelling, _)| *spelling.parameter == *name);
        let spoken = own.find_map(|(spelling, rule)| spelling.inner(value).map(|inner| (spelling, rule, inner)));
        let Some((spelling, rule, inner)) = spoken else { return Err(self.undeclared(offer, name, value)) };
        let other = || refuse(format!("The value of `{}` is empty, or the API would take it for something else.", quoted(name)));
        let values = spelling.split(inner, rule.operator).ok_or_else(other)?;
        let filter = rule.read(name, &values.iter().map(String::as_str).collect::<Vec<_>>(), tokens)?;
        if !spelling.carries(&filter) {
            return Err(other());
        }
        query.filters.push(filter);
        Ok(())
    }

    fn ordering(&self, order: &Ordered, offer: &Offer, name: &str, value: &str) -> Result<Vec<Ordering>, Rejection> {
        let part = |part: &str| {
            let (field, descending) = order.style.read(name, part);
            offer.ordering(field, descending)
        };
        match order.style {
            OrderStyle::Pair(..) => Ok(vec![part(value)?]),
            _ => value.split(',').map(part).collect(),
        }
    }

    /// A parameter that is none of this export's, or does not take this value.
    fn undeclared(&self, offer: &Offer, name: &str, value: &str) -> Rejection {
        let own = self.filters.iter().filter(|spelling| *spelling.parameter == *name);
        let own: Vec<_> = own.map(|spelling| format!("`{}…{}`", spelling.before, spelling.after)).collect();
        let fixed = self.fixed.iter().find(|(parameter, _)| **parameter == *name);
        let sentence = match (fixed, own.is_empty()) {
            (Some((_, said)), _) => format!("`{name}` is always `{said}` here; leave it out."),
            (None, false) => format!("`{name}` takes {}.", own.join(", ")),
            (None, true) => {
                let accepted: Vec<_> = self.parameters(offer).iter().map(|name| format!("`{name}`")).collect();
                format!("`{}` is not a parameter of this export; it accepts {}.", quoted(name), accepted.join(", "))
            }
        };
        offer.refuse(&format!("{name} {value}"), sentence)
    }

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
            let at = offer.filters.iter().position(|rule| rule.field == filter.field && rule.operator == filter.operator);
            if let Some(spelling) = at.and_then(|at| self.filters.get(at)) {
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

/// Whether a campaign says what is fixed. Python clients write a truth value as `False`.
fn is_said(fixed: &str, value: &str) -> bool {
    fixed == value || (["true", "false"].contains(&fixed) && fixed.eq_ignore_ascii_case(value))
}

fn word(operand: &Operand, to: To) -> String {
    match to {
        To::Source => operand.value.clone(),
        To::Campaign => operand.spoken().to_owned(),
    }
}

impl Ordered {
    fn parameters(&self) -> impl Iterator<Item = &str> {
        let second = if let OrderStyle::Pair(_, descending) = self.style { Some(descending) } else { None };
        std::iter::once(&*self.parameter).chain(second)
    }

    fn append(&self, target: &mut String, offer: &Offer, order: &[Ordering]) {
        if let (OrderStyle::Pair(_, descending), [by]) = (self.style, order) {
            let parameter = if by.descending { descending } else { &self.parameter };
            return append_parameter(target, parameter, &offer.name(&by.field));
        }
        let parts: Vec<_> = order.iter().map(|by| self.style.write(&offer.name(&by.field), by.descending)).collect();
        append_parameter(target, &self.parameter, &parts.join(","));
    }
}

impl OrderStyle {
    /// The parameter, or the first of two.
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::Minus(name) | Self::Dotted(name) | Self::Words(name) | Self::Pair(name, _) => name,
        }
    }

    fn read<'p>(self, parameter: &str, part: &'p str) -> (&'p str, bool) {
        let ends = |ascending, descending| match part.strip_suffix(descending) {
            Some(field) => (field, true),
            None => (part.strip_suffix(ascending).unwrap_or(part), false),
        };
        match self {
            Self::Minus(_) => part.strip_prefix('-').map_or((part, false), |field| (field, true)),
            Self::Dotted(_) => ends(".asc", ".desc"),
            Self::Words(_) => ends(" asc", " desc"),
            Self::Pair(_, descending) => (part, parameter == descending),
        }
    }

    fn write(self, field: &str, descending: bool) -> String {
        match self {
            Self::Minus(_) => format!("{}{field}", if descending { "-" } else { "" }),
            Self::Dotted(_) => format!("{field}{}", if descending { ".desc" } else { ".asc" }),
            Self::Words(_) => format!("{field}{}", if descending { " desc" } else { " asc" }),
            Self::Pair(..) => field.to_owned(),
        }
    }
}

impl SelectStyle {
    /// With its own parameter.
    #[must_use]
    pub fn selected(self) -> Selected {
        match self {
            Self::Paths(name) => Selected { parameter: name.into(), repeated: false, paths: true, also: Also::Star },
            Self::Columns(name) => Selected { parameter: name.into(), repeated: false, paths: false, also: Also::Star },
            Self::Repeated(name) => Selected { parameter: name.into(), repeated: true, paths: false, also: Also::Nothing },
            Self::Listed(name) => Selected { parameter: name.into(), repeated: false, paths: false, also: Also::Several },
        }
    }
}

impl Selected {
    /// The names; none for every field, which is what a query without a selection means too.
    fn split<'v>(&self, value: &'v str) -> Vec<&'v str> {
        match value {
            "*" if self.also == Also::Star => Vec::new(),
            one if self.repeated => vec![one],
            several => several.split(',').collect(),
        }
    }

    /// Asks the source for these fields. What stands outside an export's root comes without being asked for.
    fn ask(&self, target: &mut String, offer: &Offer, fields: &[FieldPath]) {
        let mut names: Vec<String> = Vec::new();
        for field in fields.iter().filter_map(|field| offer.below_root(field)) {
            let name = if self.paths { field.to_string() } else { FieldPath::of(&field.parts()[..1]).to_string() };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        self.append(target, &names);
    }

    fn append(&self, target: &mut String, names: &[String]) {
        if self.repeated {
            names.iter().for_each(|name| append_parameter(target, &self.parameter, name));
        } else if !names.is_empty() {
            append_parameter(target, &self.parameter, &names.join(","));
        }
    }
}

impl PositionRule {
    fn parameter(&self) -> Option<&str> {
        match self {
            Self::Offset(name) | Self::Token(name) | Self::Number { parameter: name, .. } => Some(name),
            Self::Single => None,
        }
    }

    /// The parameter, where a campaign may give it itself.
    fn open_parameter(&self) -> Option<&str> {
        match self {
            Self::Offset(name) | Self::Number { parameter: name, .. } => Some(name),
            Self::Token(_) | Self::Single => None,
        }
    }

    fn read(&self, name: &str, value: &str) -> Result<Position, Rejection> {
        let first = if let Self::Number { first, .. } = self { *first } else { 0 };
        let number = position(name, value, first)?;
        Ok(match self {
            _ if number == first => Position::Start,
            Self::Number { .. } => Position::Number(number),
            _ => Position::Offset(number),
        })
    }
}

/// The number, when it leads onwards. Sources say zero, or the same again, where there is nothing more.
pub(super) fn onwards(value: &str, from: u64) -> Result<Option<u64>, NotUnderstood> {
    let number = decimal(value).filter(|number| *number <= POSITION_MAX).ok_or(NotUnderstood)?;
    Ok((number > from).then_some(number))
}

/// The parameter's value in a link of the source. What else stands there is its own affair, but this one must be unambiguous.
#[must_use]
pub fn parameter_of(link: &str, name: &str) -> Option<String> {
    let query = link.split_once('?')?.1;
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let parameters = query.split('&').filter_map(|part| decode_query(part).ok()?.pop());
    let mut values = parameters.filter(|(other, _)| other == name).map(|(_, value)| value);
    values.next().filter(|_| values.next().is_none())
}
