//! Formats: what a kept value looks like, and a filter's.

use super::{LIST_MAX, bounded, number, word};
use crate::config::notes::Notes;
use crate::config::raw::read::{List, Text, Whole};
use crate::engine::format::{Format, Pattern, TEXT_CHARS_DEFAULT};

/// Characters of a kept text at the most.
const TEXT_CHARS_MAX: i64 = 10_000;
/// Names of the formats.
pub const FORMATS: [&str; 12] =
    ["name", "text", "email", "phone", "postcode", "date", "integer", "decimal", "boolean", "enum", "uuid", "pattern"];
/// A format with its particulars; also of a filter's value.
pub fn format(
    name: &Text,
    max: Option<&Whole>,
    values: Option<&List<Text>>,
    pattern: Option<&Text>,
    notes: &mut Notes,
) -> Option<Format> {
    let missing = |notes: &mut Notes, key: &str| {
        notes.error(name.at, format!("the format `{}` needs `{key}`", name.value), format!("add `{key} = …` beside it"));
        None
    };
    Some(match name.value.as_str() {
        "name" => Format::Name,
        "email" => Format::Email,
        "phone" => Format::Phone,
        "postcode" => Format::Postcode,
        "date" => Format::Date,
        "integer" => Format::Integer,
        "decimal" => Format::Decimal,
        "boolean" => Format::Boolean,
        "uuid" => Format::Uuid,
        "text" => {
            let max = max
                .map_or(Some(i64::from(TEXT_CHARS_DEFAULT)), |max| number(max, "`max` (characters)", 1..=TEXT_CHARS_MAX, notes));
            Format::Text { max: u32::try_from(max?).ok()? }
        }
        "enum" => match values {
            Some(values) => Format::Enum(enumeration(values, notes)?),
            None => return missing(notes, "values"),
        },
        "pattern" => match pattern {
            Some(pattern) => Format::Pattern(compile_pattern(pattern, notes)?),
            None => return missing(notes, "pattern"),
        },
        _ => return word(name, "format", &FORMATS.map(|name| (name, ())), notes).and(None),
    })
}

fn enumeration(said: &List<Text>, notes: &mut Notes) -> Option<Box<[Box<str>]>> {
    bounded(said, "values", LIST_MAX, notes);
    if said.value.is_empty() {
        notes.error(said.at, "the list of values is empty", "name the values that may pass");
        return None;
    }
    Some(said.value.iter().map(|value| value.value.as_str().into()).collect())
}

fn compile_pattern(said: &Text, notes: &mut Notes) -> Option<Pattern> {
    match Pattern::compile(&said.value) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            notes.error(
                said.at,
                format!("this is no pattern: {error}"),
                "write a regular expression that the whole value matches",
            );
            None
        }
    }
}
