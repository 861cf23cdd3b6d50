//! Where an export stands at its source: the paths of its list and of a single record, and what every request to it carries.
//!
//! What a request asks for is appended by whichever dialect writes it. Nothing is known here of any family.

use serde_json::{Map, Value, json};

use super::encoding::append_parameter;
use super::route::Template;
use crate::engine::query::{ListQuery, Operand, Subject};

/// Where an export stands at its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The path of the list, below the source's base URL; begins with `/`.
    pub list: Box<str>,
    /// The path of a single record.
    pub item: Option<Template>,
    /// Parameters that every request to the source carries. A campaign may say them too, with the same values.
    pub fixed: Vec<(Box<str>, Box<str>)>,
}

impl Place {
    /// The path of a query, and the parameters that every request carries.
    #[must_use]
    pub fn target(&self, query: &ListQuery) -> String {
        self.target_with(query, |key| key.value.clone())
    }

    /// The same, where the key of a single record stands in its path in a spelling of its own.
    #[must_use]
    pub fn target_with(&self, query: &ListQuery, spelled: impl FnOnce(&Operand) -> String) -> String {
        let mut target = match (&query.subject, &self.item) {
            (Subject::Item(key), Some(item)) => item.fill(&spelled(key)),
            _ => String::from(&*self.list),
        };
        self.fixed.iter().for_each(|(name, value)| append_parameter(&mut target, name, value));
        target
    }

    /// Whether a campaign says what every request carries.
    #[must_use]
    pub fn fixes(&self, name: &str, value: &str) -> bool {
        self.fixed.iter().any(|(own, said)| **own == *name && **said == *value)
    }

    /// As keys of an export in a contest's file.
    #[must_use]
    pub fn terms(&self) -> Vec<(&'static str, Value)> {
        let fixed: Map<_, _> = self.fixed.iter().map(|(name, value)| (name.to_string(), json!(value))).collect();
        let mut terms = vec![("source_path", json!(self.list)), ("params", fixed.into())];
        terms.extend(self.item.iter().map(|item| ("source_item", json!(item.naming("id")))));
        terms
    }
}
