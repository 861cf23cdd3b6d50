//! Lets a caller watch what happens to every record and field, at no cost to a caller that does not.
//!
//! `preview` watches; the proxy does not: its witness is `()`, and the calls compile to nothing.

use super::rule::Rule;
use super::tally::FieldTally;
use crate::engine::ids::Part;
use crate::engine::member::Objected;

/// What became of one value of a field. A field in a list has as many as the list has elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// Left as it was.
    Kept,
    /// Left masked.
    Masked,
    /// Left coarser.
    Generalised,
    /// Left as a pseudonym.
    Pseudonymised,
    /// Left as a token.
    Tokenised,
    /// Dropped: its rule says so.
    DroppedByRule,
    /// Dropped: no rule names it.
    DroppedByDefault,
    /// Dropped: its value is not what its rule takes.
    DroppedByFormat,
    /// Dropped: a condition does not hold.
    DroppedByCondition,
    /// Dropped: the member objects to being reached in this way.
    DroppedByObjection,
    /// Not there; or `null` where the rule is not `keep`.
    Absent,
}

impl Fate {
    /// What becomes of a value that leaves under this rule.
    pub(super) fn of_leaving(rule: &Rule) -> Self {
        match rule {
            Rule::Keep(_) => Self::Kept,
            Rule::Mask { .. } => Self::Masked,
            Rule::Generalise(_) => Self::Generalised,
            Rule::Pseudonymise(_) => Self::Pseudonymised,
            Rule::Tokenise => Self::Tokenised,
            Rule::Drop => Self::DroppedByRule,
        }
    }

    /// Whether a value of the field left, in some form.
    #[inline]
    #[must_use]
    pub fn leaves(self) -> bool {
        matches!(self, Self::Kept | Self::Masked | Self::Generalised | Self::Pseudonymised | Self::Tokenised)
    }

    /// Adds itself to a field's counts.
    #[inline]
    pub(super) fn count(self, tally: &mut FieldTally) {
        if self.leaves() {
            tally.left += 1;
        } else {
            self.count_what_stays(tally);
        }
    }

    #[inline(never)]
    fn count_what_stays(self, tally: &mut FieldTally) {
        match self {
            Self::Kept | Self::Masked | Self::Generalised | Self::Pseudonymised | Self::Tokenised => {}
            Self::DroppedByRule | Self::DroppedByDefault => tally.dropped_by_rule += 1,
            Self::DroppedByFormat => tally.dropped_by_format += 1,
            Self::DroppedByCondition => tally.dropped_by_condition += 1,
            Self::DroppedByObjection => tally.dropped_by_objection += 1,
            Self::Absent => tally.absent += 1,
        }
    }
}

/// Watches a minimiser. For each record: its fields' fates, then `released` or `left_out`.
///
/// What a witness is shown may not leave the machine that the operator works on: names of unnamed fields, and the
/// identifier, are the source's own data.
pub trait Witness {
    /// Whether anything is watched. Where it is false, what only a witness needs is not looked for.
    const WATCHES: bool = true;

    /// Whether the books are kept of what leaves. Where it is false, nobody is asked whether a record may, and no end is told.
    const BOOKS: bool = false;

    /// What stays of a record that is about to be written, by the identifier of its member, as UTF-8; `None` for all of it.
    fn admit(&mut self, id: Option<&[u8]>) -> Option<Objected> {
        let _ = id;
        Some(Objected::default())
    }

    /// The record that was admitted last has been written, up to this place of what was appended.
    fn written(&mut self, end: usize) {
        let _ = end;
    }

    /// A field that the plan names, by its position in the plan's fields, and what became of it. Told once for each of its
    /// values; those of one list together, when the list has been read.
    fn field(&mut self, field: usize, fate: Fate);

    /// A member that the plan does not name, and that is therefore dropped with all that is in it: the steps from the
    /// outside in.
    fn unnamed(&mut self, path: &[Part]);

    /// The record was appended. `id` is the text or number of the plan's identifier, where there is one.
    fn released(&mut self, id: Option<&str>);

    /// The record was left out by the row rule at this position.
    fn left_out(&mut self, row: usize);
}

impl Witness for () {
    const WATCHES: bool = false;
    fn field(&mut self, _: usize, _: Fate) {}
    fn unnamed(&mut self, _: &[Part]) {}
    fn released(&mut self, _: Option<&str>) {}
    fn left_out(&mut self, _: usize) {}
}
