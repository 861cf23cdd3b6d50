//! What a campaign asks for, once a dialect has understood it: the only form in which a request goes further.
//!
//! A `ListQuery` holds nothing that its export does not declare, so it can be judged, printed and written out
//! again as a fresh request to the source.

use super::ids::FieldPath;

/// One request for one page of an export, or for one record of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListQuery {
    /// The list, or one record.
    pub subject: Subject,
    /// The fields that are asked for, in the order in which the export declares them; `None` for all that it offers.
    pub fields: Option<Vec<FieldPath>>,
    /// The conditions, in the order in which the export declares them.
    pub filters: Vec<Filter>,
    /// The ordering that was asked for, outermost first; empty for the source's own.
    pub order: Vec<Ordering>,
    /// Which page, and how large.
    pub page: Page,
}

impl ListQuery {
    /// The first page of a list without any wishes.
    #[must_use]
    pub fn list(size: u32) -> Self {
        let page = Page { size, position: Position::Start, alone: false };
        Self { subject: Subject::List, fields: None, filters: Vec::new(), order: Vec::new(), page }
    }

    /// One record.
    #[must_use]
    pub fn item(key: Operand) -> Self {
        Self { subject: Subject::Item(key), ..Self::list(1) }
    }
}

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A page of the list.
    List,
    /// The record with this identifier.
    Item(Operand),
    /// That the source prepares a file of the list.
    Order,
    /// How far a file is that was ordered, by the position.
    Progress,
    /// A file that is ready, by the position.
    File,
}

impl Subject {
    /// Whether it is about a file that is being prepared, so that the answer is a word of the source's and holds no record.
    #[must_use]
    pub const fn is_about_a_job(&self) -> bool {
        matches!(self, Self::Order | Self::Progress)
    }
}

/// A condition on one declared field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The field.
    pub field: FieldPath,
    /// How it is compared.
    pub operator: Operator,
    /// What with: one value, but for [`Operator::In`].
    pub operands: Vec<Operand>,
}

/// A value for the source.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Operand {
    /// The value, checked against the declared format or opened from a token.
    pub value: String,
    /// What the campaign said in its place, where that was a token: what our links and cursors carry.
    pub token: Option<String>,
}

impl Operand {
    /// As the campaign said it.
    #[must_use]
    pub fn spoken(&self) -> &str {
        self.token.as_deref().unwrap_or(&self.value)
    }
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// Equal.
    Is,
    /// Equal to one of several.
    In,
    /// Earlier or smaller.
    Before,
    /// Later or larger.
    After,
    /// Not later or larger.
    AtMost,
    /// Not earlier or smaller.
    AtLeast,
}

impl Operator {
    /// Every operator with its name in a contest's file.
    pub const ALL: [(&'static str, Self); 6] = [
        ("is", Self::Is),
        ("in", Self::In),
        ("before", Self::Before),
        ("after", Self::After),
        ("at-most", Self::AtMost),
        ("at-least", Self::AtLeast),
    ];

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::In => "in",
            Self::Before => "before",
            Self::After => "after",
            Self::AtMost => "at-most",
            Self::AtLeast => "at-least",
        }
    }

    /// Whether it needs values that have an order.
    #[must_use]
    pub const fn compares(self) -> bool {
        !matches!(self, Self::Is | Self::In)
    }
}

/// Opens the tokens that stand for values of a campaign's lists.
pub trait Tokens: std::fmt::Debug {
    /// The value of a token of this field; `None` for anything else.
    fn open(&self, field: &FieldPath, token: &str) -> Option<String>;
}

/// An ordering by one declared field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ordering {
    /// The field, as declared.
    pub field: FieldPath,
    /// Largest first.
    pub descending: bool,
}

/// Which page, and how large.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Page {
    /// Records a page, at least 1 and at most what the export declares.
    pub size: u32,
    /// Where the page begins.
    pub position: Position,
    /// Whether it is all that is asked for, so that no page follows it: some APIs take a size for the whole list's.
    pub alone: bool,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
