//! Pseudonyms and tokens of fields that have few values, or values that anybody can list.
//!
//! Equal values have equal pseudonyms, so whoever counts them sees the frequencies, and whoever knows one member's value
//! knows everybody's who shares it. A name counts only by its last word, and only whole: `branch_id` is one of few, and
//! `branch_treasurer_id` is not. It looks at one export; what another one says of the same field is `join`'s business.

use super::super::fields::Placed;
use super::{disguise, words};
use crate::config::notes::Notes;
use crate::config::raw::export::Row;
use crate::config::raw::read::List;
use crate::engine::ids::FieldPath;
use crate::engine::minimise::rule::{Test, Value};

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

/// Warns of each field that leaves as a pseudonym or token and has few values.
pub fn fields(placed: &[Placed], rows: Option<&List<Row>>, notes: &mut Notes) {
    for field in placed {
        let Some(form) = disguise(&field.rule.rule) else { continue };
        let path = &field.rule.path;
        if let Some(few) = compared(path, placed, rows).or_else(|| named(path)) {
            let message =
                format!("`{path}` leaves as {form}, and {}: who counts equal ones can tell what they mean", few.reason());
            let help = "drop it, or `keep` or `generalise` it if the campaign may know it: only a value that nobody can guess is \
                        hidden by a pseudonym or token";
            notes.warn(field.at, message, help);
        }
    }
}

/// Whether the name of a field speaks of few values.
pub fn is_named(path: &FieldPath) -> bool {
    named(path).is_some()
}

fn named(path: &FieldPath) -> Option<Few> {
    let words = words(path.parts().last()?);
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
            ("enw_cangen", Few::Handful),
        ];
        for (name, expected) in &few[..8] {
            assert_eq!(named(&FieldPath::parse(name).unwrap()), Some(*expected), "{name}");
        }
        for many in
            ["id", "member_id", "branch_treasurer_id", "household", "union_ref", "town_hall", "email", "mobile", "is", "name"]
        {
            assert_eq!(named(&FieldPath::parse(many).unwrap()), None, "{many}");
        }
    }
}
