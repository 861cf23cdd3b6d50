//! What `[export.fields]` says: one rule a field, and the conditions on it.

use toml_spanner::Item;

use super::read::{Entries, Flag, List, Moment, Read, Said, Text, Whole, said, wrong_kind};
use crate::config::notes::Notes;
use crate::engine::minimise::rule::Value;

/// The rule of one field.
pub enum FieldRule {
    /// One word.
    Bare(Text),
    /// A table.
    Table(Box<RuleTable>),
}

impl Read for FieldRule {
    fn read(item: &Item<'_>, key: &str, notes: &mut Notes) -> Option<Self> {
        if item.as_str().is_some() {
            return Text::read(item, key, notes).map(Self::Bare);
        }
        if item.as_table().is_none() {
            return wrong_kind(item, key, "a rule", &format!("{key} = {{ keep = \"text\", max = 60 }}"), notes);
        }
        RuleTable::read(item, key, notes).map(|table| Self::Table(Box::new(table)))
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "anyOf": [{ "enum": ["tokenise", "drop"] }, RuleTable::schema()] })
    }
}

said! {
    /// A rule with its particulars.
    struct RuleTable {
        /// Passes, when of this format.
        optional keep: Text,
        /// For `keep = "text"`.
        optional max: Whole,
        /// For `keep = "enum"`.
        optional values: List<Text>,
        /// For `keep = "pattern"`.
        optional pattern: Text,
        /// Passes with most of it hidden.
        optional mask: Mask,
        /// Passes coarser.
        optional generalise: Text,
        /// For `age-band`.
        optional bands: List<Whole>,
        /// For `age-band`.
        optional on: Moment,
        /// For `numeric-band`.
        optional width: Whole,
        /// For `prefix`.
        optional chars: Whole,
        /// Passes as a pseudonym of this domain.
        optional pseudonymise: Text,
        /// Passes as a token.
        optional tokenise: Flag,
        /// Does not pass, because of this category.
        optional drop: Text,
        /// The special category.
        optional category: Text,
        /// The way to reach the member that it is.
        optional channel: Text,
        /// Why it may pass all the same.
        optional lawful_basis: Text,
        /// On which conditions.
        optional when: Entries<Condition>,
    }
}

said! {
    /// `mask`.
    struct Mask {
        /// Characters that stay.
        required last: Whole,
    }
}

/// A condition on another field.
pub enum Condition {
    /// Equal to this.
    Value(Said<Value>),
    /// A table.
    Test(TestTable),
}

said! {
    /// A condition with its particulars.
    struct TestTable {
        /// Equal to this.
        optional is: Said<Value>,
        /// Equal to one of these.
        optional r#in: List<Said<Value>>,
        /// A date before.
        optional before: Moment,
        /// A date after.
        optional after: Moment,
        /// There or not.
        optional present: Flag,
    }
}

impl Read for Condition {
    fn read(item: &Item<'_>, key: &str, notes: &mut Notes) -> Option<Self> {
        match item.as_table() {
            Some(_) => TestTable::read(item, key, notes).map(Self::Test),
            None => Said::<Value>::read(item, key, notes).map(Self::Value),
        }
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "anyOf": [Said::<Value>::schema(), TestTable::schema()] })
    }
}
