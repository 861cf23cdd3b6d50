//! Where a page begins: the source's parameter for it, what a campaign may say itself, and where the source's word for its next page
//! leads.
//!
//! A cursor of the source's own making is never read from a campaign here: those come sealed, and are opened elsewhere.

use crate::engine::dialect::encoding::{append_parameter, decode_query};
use crate::engine::dialect::offer::{POSITION_MAX, decimal, position};
use crate::engine::dialect::route::NotUnderstood;
use crate::engine::dialect::speech::is_link;
use crate::engine::query::Position;
use crate::engine::rejection::Rejection;

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

impl PositionRule {
    /// Appends the parameter of a position other than the start.
    pub(super) fn append(&self, target: &mut String, at: &Position) {
        match (self, at) {
            (Self::Single, _) | (_, Position::Start) => {}
            (Self::Offset(name) | Self::Number { parameter: name, .. }, Position::Offset(number) | Position::Number(number)) => {
                append_parameter(target, name, &number.to_string())
            }
            (Self::Token(name), Position::Token(token)) => append_parameter(target, name, token),
            // A position of another kind cannot come from this export: neither `read` nor a cursor bound to it gives one.
            _ => {}
        }
    }

    /// Where the source's word leads: a link with the parameter in it, or the parameter's value.
    pub(super) fn next(&self, said: &str, current: &Position) -> Result<Option<Position>, NotUnderstood> {
        let Some(parameter) = self.parameter() else { return Ok(None) };
        let value = if is_link(said) { parameter_of(said, parameter).ok_or(NotUnderstood)? } else { said.to_owned() };
        if value.is_empty() {
            return Ok(None);
        }
        Ok(match (self, current) {
            (Self::Offset(_), Position::Offset(from)) => onwards(&value, *from)?.map(Position::Offset),
            (Self::Offset(_), _) => onwards(&value, 0)?.map(Position::Offset),
            (Self::Number { .. }, Position::Number(from)) => onwards(&value, *from)?.map(Position::Number),
            (Self::Number { first, .. }, _) => onwards(&value, *first)?.map(Position::Number),
            (Self::Token(_), Position::Token(from)) if *from == value => None,
            (Self::Token(_), _) => Some(Position::Token(value)),
            (Self::Single, _) => None,
        })
    }

    fn parameter(&self) -> Option<&str> {
        match self {
            Self::Offset(name) | Self::Token(name) | Self::Number { parameter: name, .. } => Some(name),
            Self::Single => None,
        }
    }

    /// The parameter, where a campaign may give it itself.
    pub(super) fn open_parameter(&self) -> Option<&str> {
        match self {
            Self::Offset(name) | Self::Number { parameter: name, .. } => Some(name),
            Self::Token(_) | Self::Single => None,
        }
    }

    /// The position that a campaign gives itself.
    pub(super) fn read(&self, name: &str, value: &str) -> Result<Position, Rejection> {
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
pub(in crate::engine::dialect) fn onwards(value: &str, from: u64) -> Result<Option<u64>, NotUnderstood> {
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
