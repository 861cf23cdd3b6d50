//! From what was said to what can be used: the one function between the two levels of configuration.
//!
//! Every part compiles as far as it can and notes what is wrong; `None` always means that a problem was noted.
//! Nothing here gives up at the first problem, and nothing is usable while there is one.

mod campaign;
mod channel;
mod contest;
mod credential;
mod export;
mod fields;
mod form;
mod formats;
mod limits;
mod lint;
mod lists;
mod offer;
mod process;
mod query;
mod source;
mod store;
mod test;
mod time;

use std::ops::RangeInclusive;

/// The closed lists of words that the files know, for the schema.
pub mod words {
    pub use super::fields::{GENERALISATIONS, NO_CATEGORY};
    pub use super::form::FORMULAS;
    pub use super::formats::FORMATS;
    pub use super::process::{ALLOW_REMOTE_WORDS as ALLOW_REMOTE, PLAINTEXT_WORDS as LISTEN_PLAINTEXT};
    pub use super::query::NEXT_IN;
    pub use super::source::PLAINTEXT_WORDS as SOURCE_PLAINTEXT;
    pub use super::store::PLAINTEXT_WORDS as STORE_PLAINTEXT;
    pub use crate::engine::dialect::family::FAMILIES;
    pub use crate::engine::form::Form;
    pub use crate::engine::minimise::rule::Category;
    pub use crate::engine::query::Operator;

    /// The special categories.
    pub const CATEGORIES: [(&str, Category); 10] = Category::ALL;
}

pub use self::contest::{Compiled, contest, samples};
pub use self::process::process;
pub use self::store::store;
pub use self::time::spell;
use super::notes::Notes;
use super::raw::read::{Said, Text, Whole};
use super::raw::spelling;

/// Contests at the most.
pub const CONTESTS_MAX: usize = 64;
/// Campaigns of one contest at the most.
pub const CAMPAIGNS_MAX: usize = 64;
/// Exports of one contest at the most.
pub const EXPORTS_MAX: usize = 32;
/// Fields of one export at the most.
pub const FIELDS_MAX: usize = 512;
/// Credentials of one campaign at the most.
pub const CREDENTIALS_MAX: usize = 64;
/// Other lists of a configuration: hosts, networks, envelope, rows, values.
pub const LIST_MAX: usize = 1024;
/// Texts for people: titles, reasons, names.
pub const TEXT_BYTES_MAX: usize = 512;

/// A number within its bounds. `what` names it with its unit, as in "`max` (records a page)".
fn number(said: &Whole, what: &str, bounds: RangeInclusive<i64>, notes: &mut Notes) -> Option<i64> {
    if bounds.contains(&said.value) {
        return Some(said.value);
    }
    let (least, most) = bounds.into_inner();
    let message = format!("{what} is from {least} to {most}, not {}", said.value);
    notes.error(said.at, message, format!("write a number from {least} to {most}"));
    None
}

/// One of a closed list of words.
fn word<T: Copy>(said: &Text, what: &str, known: &[(&str, T)], notes: &mut Notes) -> Option<T> {
    let found = known.iter().find(|(name, _)| *name == said.value).map(|&(_, value)| value);
    if found.is_none() {
        let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
        notes.error(said.at, format!("`{}` is no {what}", short(&said.value)), spelling::suggest(&said.value, &names));
    }
    found
}

/// A text for people: one line, not empty.
fn line(said: &Text, what: &str, notes: &mut Notes) -> Option<String> {
    let trimmed = said.value.trim();
    let trouble = if trimmed.is_empty() {
        "is empty"
    } else if trimmed.len() > TEXT_BYTES_MAX {
        "is longer than 512 bytes"
    } else if trimmed.chars().any(char::is_control) {
        "has a line break or another control character"
    } else {
        return Some(trimmed.to_owned());
    };
    notes.error(said.at, format!("{what} {trouble}"), "write one line of text");
    None
}

/// Notes a list that is longer than its bound.
fn bounded<T>(said: &Said<Vec<T>>, what: &str, most: usize, notes: &mut Notes) {
    if said.value.len() > most {
        let message = format!("{} {what}, and there may be {most}", said.value.len());
        notes.error(said.at, message, "divide them, or remove what is not used");
    }
}

/// Notes a key that this version knows and does not honour.
fn refuse<T>(said: Option<&Said<T>>, message: &str, help: &str, notes: &mut Notes) {
    if let Some(said) = said {
        notes.error(said.at, message, help);
    }
}

/// A text as it may stand in a message.
fn short(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
