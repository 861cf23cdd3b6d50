//! JSON Schema (2020-12) of the files, for editors: completion, descriptions, unknown keys.
//!
//! Made from the same declarations that the files are read with, so the two cannot differ. A schema cannot say
//! everything that `check` finds; it never refuses what `check` accepts.

use serde_json::{Value, json};

use super::compile::words;
use super::raw::contest::ContestFile;
use super::raw::process::ProcessFile;
use super::raw::read::Read as _;

/// Where an export's own keys stand, in the schema.
const EXPORT: &str = "/properties/export/items/properties";
/// Where an export's rules stand, in the schema.
const RULE: &str = "/properties/export/items/properties/fields/additionalProperties/anyOf/1/properties";
/// Where an export's filters stand, in the schema.
const FILTER: &str = "/properties/export/items/properties/filters/additionalProperties/properties";

/// The schema of `portcullis.toml`.
#[must_use]
pub fn process() -> Value {
    let closed = [
        ("/properties/store/properties/kind", vec!["sqlite", "postgres"]),
        ("/properties/store/properties/plaintext", vec![words::STORE_PLAINTEXT]),
        ("/properties/log/properties/format", vec!["json", "human"]),
        ("/properties/listen/properties/plaintext", vec![words::LISTEN_PLAINTEXT]),
        ("/properties/admin/properties/allow_remote", vec![words::ALLOW_REMOTE]),
    ];
    finish("portcullis.toml", ProcessFile::schema(), &closed)
}

/// The schema of a file of `contests/`.
#[must_use]
pub fn contest() -> Value {
    let categories: Vec<_> = words::CATEGORIES.iter().map(|(name, _)| *name).collect();
    let reviewed = categories.iter().copied().chain([words::NO_CATEGORY]).collect();
    let forms: Vec<_> = words::Form::ALL.iter().map(|(name, _)| *name).collect();
    let closed = [
        (format!("{EXPORT}/format"), forms.clone()),
        (format!("{EXPORT}/accept/items"), forms),
        (format!("{EXPORT}/formulas"), words::FORMULAS.iter().map(|(name, _)| *name).collect()),
        ("/properties/source/properties/api".to_owned(), words::FAMILIES.iter().map(|family| family.name).collect()),
        (format!("{EXPORT}/next_in"), words::NEXT_IN.iter().map(|(name, _)| *name).collect()),
        ("/properties/source/properties/plaintext".to_owned(), vec![words::SOURCE_PLAINTEXT]),
        (format!("{RULE}/keep"), words::FORMATS.to_vec()),
        (format!("{RULE}/generalise"), words::GENERALISATIONS.to_vec()),
        (format!("{RULE}/drop"), categories),
        (format!("{RULE}/category"), reviewed),
        (format!("{FILTER}/format"), words::FORMATS.to_vec()),
        (format!("{FILTER}/op"), words::Operator::ALL.iter().map(|(name, _)| *name).collect()),
        ("/properties/campaign/items/properties/credential/items/properties/kind".to_owned(), vec!["key"]),
    ];
    let closed: Vec<_> = closed.iter().map(|(place, words)| (place.as_str(), words.clone())).collect();
    finish("a contest of Portcullis", ContestFile::schema(), &closed)
}

/// Names the dialect of JSON Schema, and the words where only some are known.
fn finish(title: &str, mut schema: Value, closed: &[(&str, Vec<&str>)]) -> Value {
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = title.into();
    for (place, words) in closed {
        if let Some(property) = schema.pointer_mut(place) {
            property["enum"] = json!(words);
        }
    }
    schema
}
