//! The dialect `rest`: lists at a path, with paging, filters and ordering as query parameters.

use crate::engine::format::Format;
use crate::engine::ids::FieldPath;

/// Longest query string that is looked at, in bytes.
pub const QUERY_BYTES_MAX: usize = 8192;
/// Most parameters in one query.
pub const PARAMETERS_MAX: usize = 32;

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
    /// What a value looks like.
    pub format: Format,
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
