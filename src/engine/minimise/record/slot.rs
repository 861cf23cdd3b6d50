//! Where the values that a plan names stand in one record.

use super::super::json::text;
use crate::engine::format::Scalar;

/// What stands at a place that the plan names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) enum Kind {
    /// Nothing.
    #[default]
    Absent,
    /// A string in printable ASCII, without escapes.
    Ascii,
    /// A string without escapes.
    Plain,
    /// A string with escapes.
    Escaped,
    /// The text of a cell, which is its own bytes.
    Cell,
    /// A number.
    Number,
    /// `true`.
    True,
    /// `false`.
    False,
    /// `null`.
    Null,
    /// An object or an array.
    Container,
}

impl Kind {
    /// Whether only what follows the value shows that it has ended.
    pub fn is_bare(self) -> bool {
        matches!(self, Self::Number | Self::True | Self::False | Self::Null)
    }
}

/// One place in the bytes in which the record stands.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Slot {
    /// The first byte of the value.
    pub start: u32,
    /// The byte after it.
    pub end: u32,
    /// What it is.
    pub kind: Kind,
}

impl Slot {
    /// A value between two places; bytes that are read at once are fewer than 4 GiB.
    #[inline]
    pub fn new(start: usize, end: usize, kind: Kind) -> Self {
        Self { start: start as u32, end: end as u32, kind }
    }
}

/// A value in its record.
#[derive(Clone, Copy)]
pub(in super::super) struct Found<'r> {
    /// What it is.
    pub kind: Kind,
    /// Its spelling; that of a string with its quotes.
    pub raw: &'r [u8],
}

impl<'r> Found<'r> {
    /// The value at a slot.
    #[inline]
    pub fn at(record: &'r [u8], slot: Slot) -> Self {
        match record.get(slot.start as usize..slot.end as usize) {
            Some(raw) => Self { kind: slot.kind, raw },
            None => Self::nothing(),
        }
    }

    /// No value. Cold, so that there is a branch here which is never taken, and not a choice that is always waited for.
    #[cold]
    pub fn nothing() -> Self {
        Self { kind: Kind::Absent, raw: &[] }
    }

    /// The text of a string without escapes, or of a cell, as its UTF-8.
    #[inline]
    pub fn plain(&self) -> Option<&'r [u8]> {
        match (self.kind, self.raw) {
            (Kind::Ascii | Kind::Plain, [_, text @ .., _]) | (Kind::Cell, text) => Some(text),
            _ => None,
        }
    }

    /// Appends the value as JSON.
    #[inline]
    pub fn spell(&self, out: &mut Vec<u8>) {
        match self.kind {
            Kind::Cell => text::write(text::utf8(self.raw), out),
            _ => out.extend_from_slice(self.raw),
        }
    }

    /// The value as a scalar; `None` for a container and for nothing.
    #[inline]
    pub fn scalar<'t>(&self, scratch: &'t mut String) -> Option<Scalar<'t>>
    where
        'r: 't,
    {
        match self.kind {
            Kind::Ascii | Kind::Plain | Kind::Escaped => Some(Scalar::Text(self.inner(scratch))),
            Kind::Cell => Some(Scalar::Text(text::utf8(self.raw))),
            Kind::Number => Some(Scalar::Number(text::utf8(self.raw))),
            Kind::True => Some(Scalar::Boolean(true)),
            Kind::False => Some(Scalar::Boolean(false)),
            Kind::Null => Some(Scalar::Null),
            Kind::Absent | Kind::Container => None,
        }
    }

    /// The text of a string, or the spelling of a number: `7` and `"7"` are the same member.
    pub fn text<'t>(&self, scratch: &'t mut String) -> Option<&'t str>
    where
        'r: 't,
    {
        self.scalar(scratch)?.text()
    }

    /// The same as its UTF-8. It is asked of every record, and was validated when it was read.
    #[inline]
    pub fn text_bytes<'t>(&self, scratch: &'t mut String) -> Option<&'t [u8]>
    where
        'r: 't,
    {
        match self.kind {
            Kind::Number => Some(self.raw),
            Kind::Escaped => Some(self.inner(scratch).as_bytes()),
            _ => self.plain(),
        }
    }

    fn inner<'t>(&self, scratch: &'t mut String) -> &'t str
    where
        'r: 't,
    {
        let inside = self.raw.get(1..self.raw.len().saturating_sub(1)).unwrap_or_default();
        text::read(inside, self.kind == Kind::Escaped, scratch)
    }
}
