//! How an ordering is spelled, by campaigns and for the source alike.
//!
//! By which fields a list may be ordered is the offer's to say, and never decided here.

use crate::engine::dialect::encoding::append_parameter;
use crate::engine::dialect::offer::Offer;
use crate::engine::query::Ordering;
use crate::engine::rejection::Rejection;

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

impl Ordered {
    /// The parameter, or both.
    pub(super) fn parameters(&self) -> impl Iterator<Item = &str> {
        let second = if let OrderStyle::Pair(_, descending) = self.style { Some(descending) } else { None };
        std::iter::once(&*self.parameter).chain(second)
    }

    /// Reads the parameter's value.
    pub(super) fn read(&self, offer: &Offer, name: &str, value: &str) -> Result<Vec<Ordering>, Rejection> {
        let part = |part: &str| {
            let (field, descending) = self.style.read(name, part);
            offer.ordering(field, descending)
        };
        match self.style {
            OrderStyle::Pair(..) => Ok(vec![part(value)?]),
            _ => value.split(',').map(part).collect(),
        }
    }

    /// Appends an ordering.
    pub(super) fn append(&self, target: &mut String, offer: &Offer, order: &[Ordering]) {
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
