//! The dialect `rest`: lists at a path, with paging, filters and ordering as query parameters.
//!
//! Reads a query string into a `ListQuery`, writes a `ListQuery` as a request to the source, and turns the source's
//! word for its next page into a position. A parameter that the export does not declare is refused, never dropped:
//! a filter that silently vanishes widens a pull.

use super::cursor::{Binding, CursorKey};
pub use super::encoding::PARAMETERS_MAX;
use super::encoding::{append_parameter, decode_query};
use crate::engine::format::{Format, Scalar};
use crate::engine::ids::FieldPath;
use crate::engine::query::{Filter, ListQuery, Ordering, Page, Position, Tokens};
use crate::engine::reason::Reason;
use crate::engine::rejection::{Hint, Rejection};
use crate::engine::time::Timestamp;

/// Largest offset and page number that a campaign may give itself.
pub const POSITION_MAX: u64 = 1_000_000_000;
/// Characters of a campaign's own words that an answer repeats.
const QUOTED_CHARS_MAX: usize = 60;

/// How one export is asked for, on both sides. Made by `config`, from one `[[export]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestExport {
    /// The path at the source, below its base URL; begins with `/`.
    pub source_path: Box<str>,
    /// Parameters that every request to the source carries.
    pub fixed: Vec<(Box<str>, Box<str>)>,
    /// How pages are asked for.
    pub paging: Paging,
    /// The conditions that a campaign may set.
    pub filters: Vec<FilterRule>,
    /// The ordering that a campaign may ask for.
    pub order: Option<OrderRule>,
    /// Fields that the plan knows but that a query may not name; touching one has its own reason.
    pub hidden: Vec<FieldPath>,
}

/// How pages are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// The parameter that carries the page size, where the source has one.
    pub size_parameter: Option<Box<str>>,
    /// The parameter that carries the position, and what it means.
    pub position: PositionRule,
    /// Records a page at the most.
    pub size_max: u32,
    /// Records a page when the campaign does not say.
    pub size_default: u32,
    /// The campaign's parameter for our own sealed cursor.
    pub cursor_parameter: Box<str>,
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

/// A condition that a campaign may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterRule {
    /// The field that it touches.
    pub field: FieldPath,
    /// The query parameter, at the proxy and at the source alike.
    pub parameter: Box<str>,
    /// What the parameter means. Written down for people; the source applies it.
    pub operator: Operator,
    /// What it takes.
    pub takes: Takes,
}

/// What a filter takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// A value of this format, which the source gets as it is.
    Value(Format),
    /// A token of the field, in whose place the source gets the value that it stands for. Only the proxy makes tokens, so no value can
    /// be guessed.
    Token,
}

/// What a filter means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Is,
    /// Earlier or smaller.
    Before,
    /// Later or larger.
    After,
}

/// The ordering that a campaign may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRule {
    /// The query parameter, at the proxy and at the source alike: field names, comma-separated, `-` before a descending one.
    pub parameter: Box<str>,
    /// The fields that it may name.
    pub fields: Vec<FieldPath>,
}

/// A request that has been understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// What is asked for.
    pub query: ListQuery,
    /// Whether it follows one of our cursors; otherwise it starts a pull.
    pub continues: bool,
}

/// What is needed to open and seal cursors, and to open tokens, for one campaign and export.
#[derive(Debug, Clone, Copy)]
pub struct CursorContext<'a> {
    /// The campaign's key.
    pub key: &'a CursorKey,
    /// Whom cursors are for; its `query` is filled in by this module.
    pub binding: Binding<'a>,
    /// The time at which the request is judged.
    pub now: Timestamp,
    /// Opens the campaign's tokens.
    pub tokens: &'a dyn Tokens,
}

impl RestExport {
    /// Reads a query string.
    ///
    /// # Errors
    /// `query_not_allowed`, `query_on_hidden_field` or `cursor_invalid`, with a sentence that names the parameter.
    pub fn parse(&self, query: &str, cursors: &CursorContext<'_>) -> Result<Parsed, Rejection> {
        let parameters = decode_query(query).map_err(|fault| refuse(fault.sentence().to_owned()))?;
        let mut parsed = ListQuery { filters: Vec::new(), order: Vec::new(), page: self.first_page() };
        let mut sealed = None;
        for (name, value) in &parameters {
            match self.take(&mut parsed, name, value, cursors.tokens)? {
                Taken::Value => {}
                Taken::Cursor => sealed = Some(value),
            }
        }
        parsed.filters.sort_by_key(|filter| self.filters.iter().position(|rule| rule.parameter == filter.parameter));
        let Some(sealed) = sealed else { return Ok(Parsed { query: parsed, continues: false }) };
        if parsed.page.position != Position::Start {
            return Err(refuse(
                "A cursor and a position of your own cannot be combined; follow the links as they are.".to_owned(),
            ));
        }
        let canonical = self.canonical(&parsed);
        let binding = Binding { query: &canonical, ..cursors.binding };
        parsed.page.position = cursors.key.open(&binding, sealed, cursors.now).ok_or(Reason::CursorInvalid)?;
        Ok(Parsed { query: parsed, continues: true })
    }

    fn first_page(&self) -> Page {
        Page { size: self.paging.size_default, position: Position::Start }
    }

    fn take(&self, query: &mut ListQuery, name: &str, value: &str, tokens: &dyn Tokens) -> Result<Taken, Rejection> {
        if self.paging.size_parameter.as_deref() == Some(name) {
            query.page.size = self.size(name, value)?;
        } else if *self.paging.cursor_parameter == *name {
            return Ok(Taken::Cursor);
        } else if self.paging.position.open_parameter() == Some(name) {
            query.page.position = self.paging.position.read(name, value)?;
        } else if let Some(rule) = self.order.as_ref().filter(|rule| *rule.parameter == *name) {
            query.order = self.ordering(rule, value)?;
        } else if let Some(rule) = self.filters.iter().find(|rule| *rule.parameter == *name) {
            query.filters.push(rule.read(value, tokens)?);
        } else {
            return Err(self.undeclared(name, value));
        }
        Ok(Taken::Value)
    }

    fn size(&self, name: &str, value: &str) -> Result<u32, Rejection> {
        let max = self.paging.size_max;
        let size = decimal(value).and_then(|number| u32::try_from(number).ok()).filter(|size| (1..=max).contains(size));
        size.ok_or_else(|| refuse(format!("`{name}` takes a whole number from 1 to {max}.")))
    }

    fn ordering(&self, rule: &OrderRule, value: &str) -> Result<Vec<Ordering>, Rejection> {
        let mut order: Vec<Ordering> = Vec::new();
        for part in value.split(',') {
            let (descending, field) = part.strip_prefix('-').map_or((false, part), |field| (true, field));
            let known = rule.fields.iter().find(|known| known.to_string() == field);
            let Some(known) = known.filter(|known| order.iter().all(|other| other.field != **known)) else {
                return Err(self.undeclared_ordering(rule, field));
            };
            order.push(Ordering { field: known.clone(), descending });
        }
        Ok(order)
    }

    fn undeclared_ordering(&self, rule: &OrderRule, field: &str) -> Rejection {
        let fields: Vec<_> = rule.fields.iter().map(|field| format!("`{field}`")).collect();
        let sentence =
            format!("`{}` accepts each of {} at most once, with `-` before a descending one.", rule.parameter, fields.join(", "));
        Rejection::with_hint(self.reason_for(field, ""), Hint::Sentence(sentence))
    }

    fn undeclared(&self, name: &str, value: &str) -> Rejection {
        let quoted: String = name.chars().take(QUOTED_CHARS_MAX).collect();
        let sentence = format!("`{quoted}` is not a parameter of this export; it accepts {}.", self.accepted());
        Rejection::with_hint(self.reason_for(name, value), Hint::Sentence(sentence))
    }

    /// The parameters that a campaign may use, for sentences.
    fn accepted(&self) -> String {
        let names: Vec<_> = self.parameters().iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    }

    /// The parameters that a campaign may use.
    #[must_use]
    pub fn parameters(&self) -> Vec<&str> {
        let paging = [self.paging.size_parameter.as_deref(), self.paging.position.open_parameter()];
        let filters = self.filters.iter().map(|rule| &*rule.parameter);
        let order = self.order.iter().map(|rule| &*rule.parameter);
        paging.into_iter().flatten().chain([&*self.paging.cursor_parameter]).chain(filters).chain(order).collect()
    }

    /// Only the reason differs, for the operator: what touches a hidden field is refused like anything else.
    fn reason_for(&self, name: &str, value: &str) -> Reason {
        let hidden = |word: &str| {
            self.hidden.iter().filter_map(|path| path.members().next_back()).any(|last| last.eq_ignore_ascii_case(word))
        };
        let mut touched = [name, value].into_iter().flat_map(words).any(hidden);
        touched |= [name, value].into_iter().flat_map(|text| text.split("__")).any(hidden);
        if touched { Reason::QueryOnHiddenField } else { Reason::QueryNotAllowed }
    }

    /// The path and query of the request to the source, below the source's base URL.
    #[must_use]
    pub fn generate(&self, query: &ListQuery) -> String {
        let mut target = String::from(&*self.source_path);
        for (name, value) in &self.fixed {
            append_parameter(&mut target, name, value);
        }
        self.append_selection(&mut target, query, |filter| &filter.value);
        match (&self.paging.position, &query.page.position) {
            (PositionRule::Single, _) | (_, Position::Start) => {}
            (
                PositionRule::Offset(name) | PositionRule::Number { parameter: name, .. },
                Position::Offset(number) | Position::Number(number),
            ) => {
                append_parameter(&mut target, name, &number.to_string());
            }
            (PositionRule::Token(name), Position::Token(token)) => append_parameter(&mut target, name, token),
            // A position of another kind cannot come from this export: neither `read` nor a cursor bound to it gives one.
            _ => {}
        }
        target
    }

    fn append_selection(&self, target: &mut String, query: &ListQuery, spelled: fn(&Filter) -> &str) {
        for filter in &query.filters {
            append_parameter(target, &filter.parameter, spelled(filter));
        }
        if let Some(rule) = self.order.as_ref().filter(|_| !query.order.is_empty()) {
            append_parameter(target, &rule.parameter, &ordering_text(&query.order));
        }
        if let Some(name) = &self.paging.size_parameter {
            append_parameter(target, name, &query.page.size.to_string());
        }
    }

    /// The query without its position, as the campaign spells it: what a cursor is bound to.
    fn canonical(&self, query: &ListQuery) -> String {
        let mut text = String::new();
        self.append_selection(&mut text, query, |filter| filter.token.as_ref().unwrap_or(&filter.value));
        text
    }

    /// What the campaign gets for the source's word about its next page: a link of ours where the source gave a
    /// link, a cursor where it gave a cursor; `None` when there is no next page, or none that leads onwards.
    ///
    /// `base` is the address of this export as the campaign knows it, without a query.
    ///
    /// # Errors
    /// [`NotUnderstood`] when there may be a next page and no way to ask for it.
    pub fn next(
        &self,
        said: &str,
        query: &ListQuery,
        base: &str,
        cursors: &CursorContext<'_>,
    ) -> Result<Option<String>, NotUnderstood> {
        let next = self.sealed_next(said, query, cursors)?;
        Ok(next.map(|(canonical, sealed)| if is_link(said) { self.link(base, &canonical, &sealed) } else { sealed }))
    }

    /// The same, and a link whatever the source gave: what a `Link` header needs.
    ///
    /// # Errors
    /// [`NotUnderstood`] when there may be a next page and no way to ask for it.
    pub fn next_link(
        &self,
        said: &str,
        query: &ListQuery,
        base: &str,
        cursors: &CursorContext<'_>,
    ) -> Result<Option<String>, NotUnderstood> {
        let next = self.sealed_next(said, query, cursors)?;
        Ok(next.map(|(canonical, sealed)| self.link(base, &canonical, &sealed)))
    }

    /// The query without its position, and the next position as a cursor.
    fn sealed_next(
        &self,
        said: &str,
        query: &ListQuery,
        cursors: &CursorContext<'_>,
    ) -> Result<Option<(String, String)>, NotUnderstood> {
        let Some(position) = self.next_position(said, &query.page.position)? else { return Ok(None) };
        let canonical = self.canonical(query);
        let binding = Binding { query: &canonical, ..cursors.binding };
        let sealed = cursors.key.seal(&binding, &position, cursors.now).ok_or(NotUnderstood)?;
        Ok(Some((canonical, sealed)))
    }

    fn link(&self, base: &str, canonical: &str, sealed: &str) -> String {
        let mut link = format!("{base}{canonical}");
        append_parameter(&mut link, &self.paging.cursor_parameter, sealed);
        link
    }

    fn next_position(&self, said: &str, current: &Position) -> Result<Option<Position>, NotUnderstood> {
        let Some(parameter) = self.paging.position.parameter() else { return Ok(None) };
        let value = if is_link(said) { parameter_of(said, parameter).ok_or(NotUnderstood)? } else { said.to_owned() };
        if value.is_empty() {
            return Ok(None);
        }
        Ok(match (&self.paging.position, current) {
            (PositionRule::Offset(_), Position::Offset(from)) => onwards(&value, *from)?.map(Position::Offset),
            (PositionRule::Offset(_), _) => onwards(&value, 0)?.map(Position::Offset),
            (PositionRule::Number { .. }, Position::Number(from)) => onwards(&value, *from)?.map(Position::Number),
            (PositionRule::Number { first, .. }, _) => onwards(&value, *first)?.map(Position::Number),
            (PositionRule::Token(_), Position::Token(from)) if *from == value => None,
            (PositionRule::Token(_), _) => Some(Position::Token(value)),
            (PositionRule::Single, _) => None,
        })
    }
}

/// What the source says about its next page cannot be understood. Read as the last page it would cut the list short, and nobody
/// would know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotUnderstood;

/// What a parameter turned out to be.
enum Taken {
    /// A value, now in the query.
    Value,
    /// The sealed cursor, which can be opened only when the rest of the query is known.
    Cursor,
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
        let number = decimal(value).filter(|number| (first..=POSITION_MAX).contains(number));
        let number = number.ok_or_else(|| refuse(format!("`{name}` takes a whole number from {first} to {POSITION_MAX}.")))?;
        Ok(match self {
            _ if number == first => Position::Start,
            Self::Number { .. } => Position::Number(number),
            _ => Position::Offset(number),
        })
    }
}

impl FilterRule {
    fn read(&self, value: &str, tokens: &dyn Tokens) -> Result<Filter, Rejection> {
        let parameter = self.parameter.clone();
        match &self.takes {
            Takes::Value(format) if format.accepts(Scalar::Text(value)) => {
                Ok(Filter { parameter, value: value.to_owned(), token: None })
            }
            Takes::Value(format) => Err(refuse(format!("The value of `{parameter}` is not {}.", format.noun()))),
            Takes::Token => match tokens.open(&self.field, value) {
                Some(opened) => Ok(Filter { parameter, value: opened, token: Some(value.to_owned()) }),
                None => Err(refuse(format!("The value of `{parameter}` is no token of yours for `{}`.", self.field))),
            },
        }
    }
}

fn refuse(sentence: String) -> Rejection {
    Rejection::with_hint(Reason::QueryNotAllowed, Hint::Sentence(sentence))
}

/// A whole number in its one plain spelling: no sign, no leading zero.
fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

/// The number, when it leads onwards. Sources say zero, or the same again, where there is nothing more.
fn onwards(value: &str, from: u64) -> Result<Option<u64>, NotUnderstood> {
    let number = decimal(value).filter(|number| *number <= POSITION_MAX).ok_or(NotUnderstood)?;
    Ok((number > from).then_some(number))
}

/// The words in which a hidden field could be named: `filter[religion][_eq]`, `UPPER(religion)`, `-religion`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}

fn ordering_text(order: &[Ordering]) -> String {
    let parts: Vec<_> = order.iter().map(|by| format!("{}{}", if by.descending { "-" } else { "" }, by.field)).collect();
    parts.join(",")
}

/// Whether the source's word is a link (absolute, by path, or a bare query) rather than a cursor. A path without a query
/// says no position, so what looks like one is a cursor: Base64 may begin with a slash.
fn is_link(said: &str) -> bool {
    said.contains("://") || said.starts_with('?') || (said.starts_with('/') && said.contains('?'))
}

/// The parameter's value in a link of the source. What else stands there is its own affair, but this one must be unambiguous.
fn parameter_of(link: &str, name: &str) -> Option<String> {
    let query = link.split_once('?')?.1;
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let parameters = query.split('&').filter_map(|part| decode_query(part).ok()?.pop());
    let mut values = parameters.filter(|(other, _)| other == name).map(|(_, value)| value);
    values.next().filter(|_| values.next().is_none())
}
