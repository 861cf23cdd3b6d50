//! Bodies with a marker in every place from which nothing may leave under the plan of `bench_of::spec`, and a judge that
//! knows what may leave by its form alone.

use portcullis::engine::format::{Format, Scalar};
use serde_json::{Map, Value};

use crate::dice::Dice;

/// Stands in every place that is dropped and nowhere else.
pub const MARKER: &str = "QzX";

/// A value with markers in it: of any kind, or a string that is no name, text, number, postcode or phone.
fn marked(dice: &mut Dice<'_>, depth: usize) -> String {
    let plain = dice.string(&format!("{MARKER}1"));
    let inner = |dice: &mut Dice<'_>| if depth == 0 { format!("\"{MARKER}\"") } else { marked(dice, depth - 1) };
    match dice.below(6) {
        0 => plain,
        1 => format!("[{},{plain}]", inner(dice)),
        2 => {
            let name = dice.pick(&["name", "town", "id", "data", "items", MARKER]);
            let value = inner(dice);
            dice.object(vec![(name.to_owned(), value), (format!("{MARKER}#"), plain)])
        }
        3 => dice.string(&format!("{{\"name\":\"{MARKER}\"}}")),
        4 => dice.string(&format!("[\"{MARKER}\"]")),
        _ => dice.string(&format!("{MARKER}\n{MARKER}")),
    }
}

/// Markers in a form that no kept field takes: not a line of text, not a scalar.
fn refused(dice: &mut Dice<'_>) -> String {
    match dice.below(4) {
        0 => dice.string(&format!("{MARKER}\n")),
        1 => dice.string(&format!("{{\"a\":\"{MARKER}\"}}")),
        2 => format!("[\"{MARKER}\"]"),
        _ => dice.object(vec![("town".to_owned(), format!("\"{MARKER}\"")), (MARKER.to_owned(), "1".to_owned())]),
    }
}

/// A body in order that holds the marker wherever it may not leave from.
pub fn body(choices: &[u8]) -> String {
    let dice = &mut Dice::new(choices);
    let mut items = Vec::new();
    for _ in 0..dice.below(5) {
        items.push(record(dice));
    }
    let items = format!("[{}]", items.join(","));
    let mut data = vec![("items".to_owned(), items)];
    beside(dice, &mut data, &["page"]);
    let mut links = vec![("next".to_owned(), dice.string(&format!("/members?after={MARKER}")))];
    beside(dice, &mut links, &[]);
    let (data, links) = (dice.object(data), dice.object(links));
    let mut all = vec![("data".to_owned(), data), ("links".to_owned(), links)];
    beside(dice, &mut all, &["count"]);
    dice.shuffle(&mut all);
    dice.object(all)
}

/// The same as lines, without anything beside the records.
pub fn lines(choices: &[u8]) -> String {
    let dice = &mut Dice::new(choices);
    let records: Vec<_> = (0..dice.below(5)).map(|_| record(dice)).collect();
    records.iter().map(|record| record.replace(['\n', '\r'], " ") + "\n").collect()
}

/// Whether all of these lines are records of which nothing left but what the plan lets leave.
pub fn are_allowed(lines: &str) -> bool {
    lines.lines().all(|line| serde_json::from_str::<Map<String, Value>>(line).is_ok_and(|record| is_record(&record)))
}

/// Adds members that no rule names, and named ones with what they do not take.
fn beside(dice: &mut Dice<'_>, members: &mut Vec<(String, String)>, named: &[&str]) {
    for name in named {
        if dice.once_in(2) {
            members.push(((*name).to_owned(), refused(dice)));
        }
    }
    for number in 0..dice.below(4) {
        let name = if dice.once_in(2) { format!("{MARKER}{number}") } else { dice.stranger(number) };
        let value = marked(dice, 2);
        members.push((name, value));
    }
    dice.shuffle(members);
}

/// A list of elements that hold markers, among others that hold none, often more of them than may leave.
fn list(dice: &mut Dice<'_>, good: &[&str], bad: fn(&mut Dice<'_>) -> String) -> String {
    let mut elements = Vec::new();
    for _ in 0..dice.below(8) {
        elements.push(if dice.once_in(2) { dice.pick(good).to_owned() } else { bad(dice) });
    }
    format!("[{}]", elements.join(","))
}

/// An element of `gifts` with markers in its dropped fields, in what its fields do not take, and in place of itself.
fn gift(dice: &mut Dice<'_>) -> String {
    let open = dice.pick(&["true", "null"]);
    let public = dice.pick(&["false", "[true]", "null"]);
    let mut members = vec![
        ("open".to_owned(), open.to_owned()),
        ("public".to_owned(), public.to_owned()),
        ("amount".to_owned(), marked(dice, 1)),
        ("appeal".to_owned(), dice.string(&format!("{MARKER} appeal"))),
        ("ref".to_owned(), dice.string(&format!("{MARKER}77"))),
        ("note".to_owned(), marked(dice, 1)),
    ];
    if open == "null" {
        members.push(("by".to_owned(), format!("{{\"phone\":\"{MARKER}\"}}")));
    }
    beside(dice, &mut members, &[]);
    if dice.once_in(4) { refused(dice) } else { dice.object(members) }
}

fn record(dice: &mut Dice<'_>) -> String {
    let current = !dice.once_in(4);
    let mut members = Vec::new();
    let good: [(&str, &str); 8] = [
        ("id", "7"),
        ("name", r#""Zoë""#),
        ("n", "-12"),
        ("union", r#""U-1""#),
        ("card", r#""1234""#),
        ("mobile", r#""07700 900123""#),
        ("address", r#"{"town":"Ely","postcode":"E1 6AN","tags":["a"]}"#),
        ("gifts", r#"[{"open":true,"amount":3},{}]"#),
    ];
    for (name, value) in good {
        let value = match (dice.below(5), name) {
            (0 | 1, _) => value.to_owned(),
            (2, _) => continue,
            (3, "address") => {
                let tags = list(dice, &["\"a\""], refused);
                let mut inner =
                    vec![("town".to_owned(), refused(dice)), ("postcode".to_owned(), marked(dice, 1)), ("tags".to_owned(), tags)];
                beside(dice, &mut inner, &[]);
                dice.object(inner)
            }
            (3, "gifts") => list(dice, &[r#"{"open":1,"ref":"U-1"}"#], gift),
            (4, "address") => format!("[{}]", marked(dice, 2)),
            // Text becomes a token or a pseudonym, and a mask hides all but two characters.
            (3, "id" | "union" | "card") => dice.string(&format!("{MARKER}77")),
            (3, "n" | "mobile") => marked(dice, 2),
            _ => refused(dice),
        };
        members.push((name.to_owned(), value));
    }
    members.push(("religion".to_owned(), marked(dice, 2)));
    members.push(("consent".to_owned(), format!("{{\"phone\":true,\"{MARKER}\":\"{MARKER}\"}}")));
    let status = if current { r#""current""#.to_owned() } else { marked(dice, 2) };
    members.push(("status".to_owned(), status));
    beside(dice, &mut members, &[]);
    dice.object(members)
}

/// Whether text is nothing but what the plan lets out, in the forms that it gives it.
pub fn is_allowed(out: &str) -> bool {
    let Ok(Value::Object(all)) = serde_json::from_str(out) else { return false };
    all.iter().all(|(name, value)| match (name.as_str(), value) {
        ("count", value) => is_short(value),
        ("data", Value::Object(data)) => data.iter().all(|(name, value)| match (name.as_str(), value) {
            ("page", value) => is_short(value),
            ("items", Value::Array(items)) => items.iter().all(|item| item.as_object().is_some_and(is_record)),
            _ => false,
        }),
        ("links", Value::Object(links)) => links.iter().all(|(name, value)| match (name.as_str(), value) {
            ("next", Value::String(link)) => link.strip_prefix("/next?after=").is_some_and(is_digits),
            ("next", Value::Null) => true,
            _ => false,
        }),
        _ => false,
    })
}

fn is_record(record: &Map<String, Value>) -> bool {
    record.iter().all(|(name, value)| match (name.as_str(), value) {
        ("id", Value::String(token)) => token.strip_prefix("t1_").is_some_and(|rest| rest.len() >= 52 && is_base32(rest)),
        ("union", Value::String(pseudonym)) => pseudonym.len() == 32 && is_base32(pseudonym),
        ("name" | "n" | "mobile", Value::Null) => true,
        ("name", Value::String(name)) => Format::Name.accepts(Scalar::Text(name)),
        ("mobile", Value::String(mobile)) => Format::Phone.accepts(Scalar::Text(mobile)),
        ("n", Value::String(digits)) => is_digits(digits.strip_prefix('-').unwrap_or(digits)),
        // Whole numbers beyond 64 bits, and `-0`, are read as floating point.
        ("n", Value::Number(number)) => !number.is_f64() || number.as_f64().is_some_and(|n| n == 0.0 || n.abs() > 9e18),
        ("card", Value::String(masked)) => masked.trim_start_matches('*').chars().count() <= 2 && masked.chars().count() <= 200,
        ("address", Value::Object(address)) => {
            !address.is_empty()
                && address.iter().all(|(name, value)| match (name.as_str(), value) {
                    ("town", Value::Null) => true,
                    ("town", Value::String(town)) => Format::Text { max: 60 }.accepts(Scalar::Text(town)),
                    ("tags", Value::Array(tags)) => {
                        let short = |tag: &str| Format::Text { max: 12 }.accepts(Scalar::Text(tag));
                        tags.len() <= 2 && tags.iter().all(|tag| tag.is_null() || tag.as_str().is_some_and(short))
                    }
                    ("postcode", Value::String(outward)) => (2..=4).contains(&outward.len()) && outward.is_ascii(),
                    _ => false,
                })
        }
        ("gifts", Value::Array(gifts)) => {
            gifts.len() <= 3 && gifts.iter().all(|gift| gift.as_object().is_some_and(|gift| !gift.is_empty() && is_gift(gift)))
        }
        _ => false,
    })
}

fn is_gift(gift: &Map<String, Value>) -> bool {
    gift.iter().all(|(name, value)| match (name.as_str(), value) {
        ("amount" | "appeal", Value::Null) => true,
        ("amount", Value::String(digits)) => Format::Decimal.accepts(Scalar::Text(digits)),
        ("amount", Value::Number(_)) => true,
        ("appeal", Value::String(appeal)) => Format::Text { max: 60 }.accepts(Scalar::Text(appeal)),
        ("by", Value::Object(by)) => by.len() == 1 && by.get("phone").is_some_and(is_phone),
        ("ref", Value::String(pseudonym)) => pseudonym.len() == 32 && is_base32(pseudonym),
        _ => false,
    })
}

fn is_phone(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|phone| Format::Phone.accepts(Scalar::Text(phone)))
}

fn is_short(value: &Value) -> bool {
    match value {
        Value::String(text) => Format::Text { max: 200 }.accepts(Scalar::Text(text)),
        other => !other.is_array() && !other.is_object(),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_base32(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'v'))
}
