//! Pseudonyms and tokens of fields that have few values, or values that anybody can list.
//!
//! Equal values have equal pseudonyms, so whoever counts them sees the frequencies, and whoever knows one member's value
//! knows everybody's who shares it. A name counts only by its last word, and only whole: `branch_id` is one of few, and
//! `branch_treasurer_id` is not. Whether a campaign can undo a pseudonym by another list of its own is `join`'s business.

use std::collections::HashMap;

use super::super::fields::Placed;
use super::{disguise, words};
use crate::config::notes::{Notes, Span};
use crate::config::raw::export::{Export as Said, Row};
use crate::config::raw::read::List;
use crate::engine::format::Format;
use crate::engine::ids::FieldPath;
use crate::engine::minimise::rule::{FieldRule, Generalisation, Rule, Test, Value};
use crate::engine::policy::Export;

/// Why a field has too few values to hide in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Few {
    /// One of a handful.
    Handful,
    /// Yes or no.
    Truth,
    /// A day, a month, a year, an age.
    Time,
    /// A place with a public list.
    Place,
    /// The configuration itself compares it with so many values.
    Compared(usize),
    /// Another export keeps it as one of so many values.
    Kept(usize),
}

impl Few {
    fn reason(self) -> String {
        match self {
            Self::Handful => "its name speaks of a handful of values".to_owned(),
            Self::Truth => "it is true or false".to_owned(),
            Self::Time => "there are few enough days and years to list".to_owned(),
            Self::Place => "its values are in public lists".to_owned(),
            Self::Compared(1) => "a condition here compares it with one value".to_owned(),
            Self::Compared(count) => format!("a condition here compares it with {count} values"),
            Self::Kept(count) => format!("another export keeps it as one of {count} values"),
        }
    }
}

/// Last words of names, in English and Welsh, that speak of few values.
const WORDS: [(Few, &[&str]); 4] = [
    (
        Few::Handful,
        &[
            "gender",
            "sex",
            "pronoun",
            "pronouns",
            "title",
            "salutation",
            "marital",
            "religion",
            "faith",
            "denomination",
            "ethnicity",
            "race",
            "nationality",
            "language",
            "status",
            "state",
            "stage",
            "type",
            "kind",
            "category",
            "grade",
            "tier",
            "level",
            "band",
            "class",
            "role",
            "rank",
            "currency",
            "rhyw",
            "rhywedd",
            "teitl",
            "crefydd",
            "ffydd",
            "ethnigrwydd",
            "cenedligrwydd",
            "iaith",
            "statws",
            "gradd",
            "categori",
            "dosbarth",
        ],
    ),
    (
        Few::Truth,
        &["active", "enabled", "flag", "consent", "consented", "subscribed", "eligible", "deceased", "paid", "gweithredol"],
    ),
    (
        Few::Time,
        &[
            "dob",
            "birth",
            "birthday",
            "birthdate",
            "born",
            "date",
            "day",
            "month",
            "year",
            "age",
            "joined",
            "created",
            "updated",
            "expires",
            "expiry",
            "dyddiad",
            "geni",
            "mis",
            "blwyddyn",
            "oed",
            "oedran",
        ],
    ),
    (
        Few::Place,
        &[
            "postcode",
            "postal",
            "zip",
            "zipcode",
            "outcode",
            "outward",
            "district",
            "ward",
            "branch",
            "region",
            "constituency",
            "county",
            "country",
            "town",
            "city",
            "codpost",
            "cangen",
            "rhanbarth",
            "etholaeth",
            "sir",
            "tref",
            "dinas",
            "gwlad",
        ],
    ),
];
/// Last words that say how a value is written, and not what it is.
const MANNERS: [&str; 14] =
    ["id", "code", "name", "no", "number", "key", "ref", "on", "at", "hash", "lower", "cod", "enw", "rhif"];
/// First words that ask a question.
const QUESTIONS: [&str; 4] = ["is", "has", "can", "wants"];

/// Warns of each field that leaves as a pseudonym or token and has few values, as far as its own export tells.
pub fn fields(placed: &[Placed], rows: Option<&List<Row>>, notes: &mut Notes) {
    for field in placed {
        if let Some(few) = compared(&field.rule.path, placed, rows).or_else(|| named(&field.rule.path)) {
            warn(field.at, &field.rule, few, notes);
        }
    }
}

/// Warns of those that other exports of the contest show to have few values, by the form in which they let the same path leave.
pub fn elsewhere(said: &[Said], compiled: &[Option<Export>], notes: &mut Notes) {
    let rules = || compiled.iter().flatten().flat_map(|export| &export.plan.spec().fields);
    let shown: HashMap<&FieldPath, Few> = rules().filter_map(|field| Some((&field.path, shown(&field.rule)?))).collect();
    for (said, export) in said.iter().zip(compiled) {
        let Some(spec) = export.as_ref().map(|export| export.plan.spec()) else { continue };
        let told = |path: &FieldPath| {
            let conditions = spec.fields.iter().flat_map(|field| &field.when).chain(&spec.rows);
            named(path).is_some() || conditions.filter(|one| one.path == *path).any(|one| of_test(&one.test).is_some())
        };
        // Where an export compiled, each rule of the file did, in its order.
        let places = said.fields.iter().flat_map(|said| &said.value.0).map(|(name, _)| name.at);
        for (at, field) in places.zip(&spec.fields).filter(|(_, field)| !told(&field.path)) {
            if let Some(few) = shown.get(&field.path) {
                warn(at, field, *few, notes);
            }
        }
    }
}

fn warn(at: Span, field: &FieldRule, few: Few, notes: &mut Notes) {
    let (path, Some(form)) = (&field.path, disguise(&field.rule)) else { return };
    let message = format!("`{path}` leaves as {form}, and {}: who counts equal ones can tell what they mean", few.reason());
    let help = "drop it, or `keep` or `generalise` it if the campaign may know it: only a value that nobody can guess is \
                hidden by a pseudonym or token";
    notes.warn(at, message, help);
}

/// What the form in which a value leaves tells of how many values there are.
fn shown(rule: &Rule) -> Option<Few> {
    use Generalisation::{AgeBand, Month, NumericBand, Outcode, Prefix, Year};
    match rule {
        Rule::Keep(Format::Boolean) => Some(Few::Truth),
        Rule::Keep(Format::Enum(values)) => Some(Few::Kept(values.len())),
        Rule::Keep(Format::Date) | Rule::Generalise(AgeBand { .. } | Year | Month) => Some(Few::Time),
        Rule::Keep(Format::Postcode) | Rule::Generalise(Outcode) => Some(Few::Place),
        Rule::Generalise(NumericBand { .. } | Prefix { .. }) => None,
        Rule::Keep(_) | Rule::Mask { .. } | Rule::Pseudonymise(_) | Rule::Tokenise | Rule::Drop => None,
    }
}

/// Whether the name of a field speaks of few values.
pub fn is_named(path: &FieldPath) -> bool {
    named(path).is_some()
}

fn named(path: &FieldPath) -> Option<Few> {
    let words = words(path.members().next_back()?);
    if words.len() > 1 && QUESTIONS.contains(&words[0].as_str()) {
        return Some(Few::Truth);
    }
    let last = words.iter().rev().find(|word| !MANNERS.contains(&word.as_str()))?;
    WORDS.iter().find(|(_, words)| words.contains(&last.as_str())).map(|&(few, _)| few)
}

/// What the conditions of the export give away of a field.
fn compared(path: &FieldPath, placed: &[Placed], rows: Option<&List<Row>>) -> Option<Few> {
    let whens = placed.iter().flat_map(|placed| &placed.rule.when).filter(|condition| condition.path == *path);
    let rows = rows.into_iter().flat_map(|rows| &rows.value);
    let rows = rows.filter(|row| row.field.as_ref().is_some_and(|said| FieldPath::parse(&said.value).as_ref() == Ok(path)));
    rows.filter_map(of_row).chain(whens.filter_map(|condition| of_test(&condition.test))).next()
}

fn of_row(row: &Row) -> Option<Few> {
    let listed = row.r#in.iter().flat_map(|list| &list.value).chain(&row.is).map(|said| &said.value);
    of_values(listed).or_else(|| (row.before.is_some() || row.after.is_some()).then_some(Few::Time))
}

fn of_test(test: &Test) -> Option<Few> {
    match test {
        Test::In(values) => of_values(values.iter()),
        Test::Before(_) | Test::After(_) => Some(Few::Time),
        Test::Present(_) => None,
    }
}

fn of_values<'v>(values: impl Iterator<Item = &'v Value> + Clone) -> Option<Few> {
    match values.clone().count() {
        0 => None,
        _ if values.clone().all(|value| matches!(value, Value::Boolean(_))) => Some(Few::Truth),
        count => Some(Few::Compared(count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_that_says_what_a_value_is_decides() {
        let few = [
            ("gender", Few::Handful),
            ("membershipStatus", Few::Handful),
            ("is_officer", Few::Truth),
            ("date_of_birth", Few::Time),
            ("joined_on", Few::Time),
            ("dyddiad_geni", Few::Time),
            ("address.postal_code", Few::Place),
            ("BranchId", Few::Place),
            ("enw_cangen", Few::Place),
        ];
        for (name, expected) in &few {
            assert_eq!(named(&FieldPath::parse(name).unwrap()), Some(*expected), "{name}");
        }
        for many in
            ["id", "member_id", "branch_treasurer_id", "household", "union_ref", "town_hall", "email", "mobile", "is", "name"]
        {
            assert_eq!(named(&FieldPath::parse(many).unwrap()), None, "{many}");
        }
    }
}
