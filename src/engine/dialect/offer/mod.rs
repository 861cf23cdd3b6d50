//! What an export lets a campaign ask for, whatever the dialect in which it is asked.
//!
//! Every field, operator, value and size that a request names is looked up here, so that all dialects refuse alike and a
//! hidden field is noticed in each of them. Nothing is known here of how a request is spelled.

mod condition;
mod refusal;

use super::encoding::leads_elsewhere;
use crate::engine::ids::FieldPath;
use crate::engine::query::{Filter, Operand, Operator, Ordering, Tokens};
use crate::engine::reason::Reason;
use crate::engine::rejection::Rejection;
pub use condition::{FilterRule, OPERANDS_MAX, Takes};
pub use refusal::{quoted, refuse};

/// Largest offset and page number that a campaign may give itself.
pub const POSITION_MAX: u64 = 1_000_000_000;

/// What may be asked of one export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The fields that leave, in the order in which they do, and what of the source each needs.
    pub fields: Vec<Need>,
    /// What of the source every record needs, whatever fields are asked for: its identifier, and what row rules read.
    pub always: Vec<FieldPath>,
    /// The object inside a record whose members are named without it: `attributes`, `properties`.
    pub root: Option<FieldPath>,
    /// How requests name a field.
    pub naming: Naming,
    /// The conditions that a campaign may set.
    pub filters: Vec<FilterRule>,
    /// The fields that a campaign may order by.
    pub order: Vec<FieldPath>,
    /// Records a page at the most.
    pub size_max: u32,
    /// Records a page when the campaign does not say; `None` where it has to.
    pub size_default: Option<u32>,
    /// Fields that the plan knows but that a query may not name; touching one has its own reason.
    pub hidden: Vec<FieldPath>,
    /// What names a single record, where they are offered.
    pub key: Option<KeyRule>,
}

/// How requests name a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Naming {
    /// By its path, as a contest's file spells it: `address.town`, `/email_primary.email`.
    #[default]
    Path,
    /// By the one member that it is, dots and all (`email_primary.email`): records hold no objects, so no path leads further.
    Member,
}

/// A field that leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The field.
    pub field: FieldPath,
    /// What of the source its conditions read.
    pub reads: Vec<FieldPath>,
}

/// What names a single record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRule {
    /// The field.
    pub field: FieldPath,
    /// What stands in the address.
    pub takes: Takes,
}

impl Offer {
    /// The name of a field in requests.
    #[must_use]
    pub fn name(&self, field: &FieldPath) -> String {
        let field = self.below_root(field).unwrap_or_else(|| field.clone());
        match self.naming {
            Naming::Path => field.to_string(),
            Naming::Member => field.members().collect::<Vec<_>>().join("."),
        }
    }

    /// The field's path inside the export's root, which is the whole record where none is said; `None` for what stands outside.
    #[must_use]
    pub fn below_root(&self, field: &FieldPath) -> Option<FieldPath> {
        let Some(root) = &self.root else { return Some(field.clone()) };
        let inside = field.parts().strip_prefix(root.parts())?;
        (!inside.is_empty()).then(|| FieldPath::of(inside))
    }

    /// The field that leaves and has this name.
    ///
    /// # Errors
    /// A refusal that lists those that there are.
    pub fn field(&self, name: &str) -> Result<&FieldPath, Rejection> {
        let known = self.fields.iter().map(|need| &need.field).find(|field| self.name(field) == name);
        known.ok_or_else(|| {
            let names: Vec<_> = self.fields.iter().map(|need| format!("`{}`", self.name(&need.field))).collect();
            self.refuse(name, format!("`{}` is not a field of this export; it has {}.", quoted(name), names.join(", ")))
        })
    }

    /// Fields that were asked for, in the export's order, each once. APIs with a root select what stands below it alone: what stands
    /// outside, such as a record's identifier, comes with every selection.
    ///
    /// # Errors
    /// A refusal when one is not there.
    pub fn selection<'n>(&self, names: impl Iterator<Item = &'n str>) -> Result<Vec<FieldPath>, Rejection> {
        let (chosen, refused): (Vec<_>, Vec<_>) = names.map(|name| self.field(name)).partition(Result::is_ok);
        // One refusal is told, and one that touches a hidden field before any other.
        let told = refused.into_iter().filter_map(Result::err).min_by_key(|told| told.reason() != Reason::QueryOnHiddenField);
        if let Some(told) = told {
            return Err(told);
        }
        let chosen: Vec<_> = chosen.into_iter().flatten().collect();
        let leaves = |field: &&FieldPath| chosen.contains(field) || self.below_root(field).is_none();
        Ok(self.fields.iter().map(|need| &need.field).filter(leaves).cloned().collect())
    }

    /// A condition.
    ///
    /// # Errors
    /// A refusal when the export has no such condition, or takes no such value.
    pub fn filter(&self, name: &str, operator: Operator, values: &[&str], tokens: &dyn Tokens) -> Result<Filter, Rejection> {
        let rule = self.filters.iter().find(|rule| rule.operator == operator && self.name(&rule.field) == name);
        let rule = rule.ok_or_else(|| {
            let rules: Vec<_> =
                self.filters.iter().map(|rule| format!("`{}` ({})", self.name(&rule.field), rule.operator.name())).collect();
            let has = if rules.is_empty() { "none".to_owned() } else { rules.join(", ") };
            let sentence = format!("A condition `{}` on `{}` is not offered; there are: {has}.", operator.name(), quoted(name));
            self.refuse(name, sentence)
        })?;
        rule.read(name, values, tokens)
    }

    /// The place among the conditions that are offered of the one that this is.
    #[must_use]
    pub fn rule_of(&self, filter: &Filter) -> Option<usize> {
        self.filters.iter().position(|rule| rule.field == filter.field && rule.operator == filter.operator)
    }

    /// An ordering.
    ///
    /// # Errors
    /// A refusal when the export does not order by this field.
    pub fn ordering(&self, name: &str, descending: bool) -> Result<Ordering, Rejection> {
        let known = self.order.iter().find(|field| self.name(field) == name);
        let Some(field) = known else {
            let names: Vec<_> = self.order.iter().map(|field| format!("`{}`", self.name(field))).collect();
            let has = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
            return Err(self.refuse(name, format!("The list cannot be ordered by `{}`; it can by: {has}.", quoted(name))));
        };
        Ok(Ordering { field: field.clone(), descending })
    }

    /// A page's size.
    ///
    /// # Errors
    /// A refusal when it is none, or larger than the export's.
    pub fn size(&self, parameter: &str, value: &str) -> Result<u32, Rejection> {
        let max = self.size_max;
        let size = decimal(value).and_then(|number| u32::try_from(number).ok()).filter(|size| (1..=max).contains(size));
        size.ok_or_else(|| refuse(format!("`{parameter}` takes a whole number from 1 to {max}.")))
    }

    /// The page's size of a campaign that did not say one.
    ///
    /// # Errors
    /// A refusal where it has to: a client that expects everything at once would take the first page for all there is.
    pub fn usual_size(&self, parameter: &str) -> Result<u32, Rejection> {
        let max = self.size_max;
        let sentence =
            || format!("Say `{parameter}`, from 1 to {max}, and ask page by page: the list is never given in one piece.");
        self.size_default.ok_or_else(|| refuse(sentence()))
    }

    /// The key of a single record.
    ///
    /// # Errors
    /// `record_unknown` when it cannot be one.
    pub fn key(&self, text: &str, tokens: &dyn Tokens) -> Result<Operand, Rejection> {
        self.key_within(text, tokens, |value| Some(value.to_owned()))
    }

    /// The same, where the identifier is more than what stands in the address: a link to the record, say. `within` takes it out.
    ///
    /// # Errors
    /// `record_unknown` when it cannot be one.
    pub fn key_within(
        &self,
        text: &str,
        tokens: &dyn Tokens,
        within: impl Fn(&str) -> Option<String>,
    ) -> Result<Operand, Rejection> {
        let rule = self.key.as_ref().ok_or(Reason::RecordUnknown)?;
        let named = rule.takes.read(&rule.field, text, tokens);
        let key = named.and_then(|key| Some(Operand { value: within(&key.value)?, ..key }));
        key.filter(|key| !leads_elsewhere(&key.value)).ok_or_else(|| Reason::RecordUnknown.into())
    }

    /// What the source has to be asked for, outermost names first come first, each once. List elements count as their list.
    #[must_use]
    pub fn wanted(&self, selection: Option<&[FieldPath]>) -> Vec<FieldPath> {
        let chosen = |need: &&Need| selection.is_none_or(|fields| fields.contains(&need.field));
        let needed = self.fields.iter().filter(chosen).flat_map(|need| std::iter::once(&need.field).chain(&need.reads));
        let mut wanted: Vec<FieldPath> = Vec::new();
        for path in self.always.iter().chain(needed) {
            let whole = path.lists().next().unwrap_or_else(|| path.clone());
            if !wanted.contains(&whole) {
                wanted.push(whole);
            }
        }
        wanted
    }
}

/// A whole number in its one plain spelling: no sign, no leading zero.
#[must_use]
pub fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

/// An offset or page number that a campaign gives itself.
///
/// # Errors
/// A refusal when it is none, or out of bounds.
pub fn position(parameter: &str, value: &str, first: u64) -> Result<u64, Rejection> {
    let number = decimal(value).filter(|number| (first..=POSITION_MAX).contains(number));
    number.ok_or_else(|| refuse(format!("`{parameter}` takes a whole number from {first} to {POSITION_MAX}.")))
}
