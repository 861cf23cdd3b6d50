//! What a campaign asks for, once a dialect has understood it: the only form in which a request goes further.
//!
//! A `ListQuery` holds nothing that its export does not declare, so it can be judged, printed and written out
//! again as a fresh request to the source.

use super::ids::FieldPath;

/// One request for one page of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// The conditions, in the order in which the export declares them.
    pub filters: Vec<Filter>,
    /// The ordering that was asked for, outermost first; empty for the source's own.
    pub order: Vec<Ordering>,
    /// Which page, and how large.
    pub page: Page,
}

/// A condition on one declared field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The query parameter that carries it, as declared.
    pub parameter: Box<str>,
    /// The value for the source, checked against the declared format or opened from a token.
    pub value: String,
    /// What the campaign said in its place, where that was a token: what our links and cursors carry.
    pub token: Option<String>,
}

/// Opens the tokens that stand for values of a campaign's lists.
pub trait Tokens: std::fmt::Debug {
    /// The value of a token of this field; `None` for anything else.
    fn open(&self, field: &FieldPath, token: &str) -> Option<String>;
}

/// An ordering by one declared field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordering {
    /// The field, as declared.
    pub field: FieldPath,
    /// Largest first.
    pub descending: bool,
}

/// Which page, and how large.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Records a page, at least 1 and at most what the export declares.
    pub size: u32,
    /// Where the page begins.
    pub position: Position,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// At the beginning: this request starts a pull.
    Start,
    /// After this many records.
    Offset(u64),
    /// At the page of this number, as the source counts.
    Number(u64),
    /// Where the source's own cursor says. Never shown to a campaign: it may carry data.
    Token(String),
}
