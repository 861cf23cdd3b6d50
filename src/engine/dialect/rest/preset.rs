//! Presets: what a product's API calls things, where an export does not say. A preset is data.
//!
//! What may be asked, and what a page's size may be, is never decided here.

use super::habits::Habits;
use super::order::OrderStyle;
use super::select::SelectStyle;
use crate::engine::dialect::family::{Family, NOTHING_USUAL, Speech, no_members, no_stray};
use crate::engine::dialect::spelling::Spelling;
use crate::engine::query::Operator;

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
    /// What its clients do beside what they ask.
    pub habits: Habits,
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
        habits: Habits::NONE,
    };
}
