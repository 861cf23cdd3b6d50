//! JSON that a campaign sends, read so that no two readers could understand it differently (RFC 8259).
//!
//! A name that stands twice in an object is refused, with escapes undone before names are compared: RFC 8259 section 4 leaves open
//! which of the two counts, and servers differ. Numbers keep their spelling, and nothing may follow the value. What a member means is
//! never known here.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Longest text that is read, in bytes.
pub const JSON_BYTES_MAX: usize = 8192;
/// Most lists and objects inside one another.
pub const JSON_DEPTH_MAX: usize = 8;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, as it was spelled.
    Number(String),
    /// A string, unescaped.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object: its members as they stood, no name twice.
    Object(Vec<(String, Json)>),
}

/// Why a text cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonFault {
    /// Longer than [`JSON_BYTES_MAX`].
    TooLong,
    /// Deeper than [`JSON_DEPTH_MAX`].
    TooDeep,
    /// A name that stands twice in one object.
    Repeated,
    /// Not one JSON value, and nothing else.
    Broken,
}

impl JsonFault {
    /// A sentence for the asker.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::TooLong => "The JSON is longer than 8192 bytes.",
            Self::TooDeep => "The JSON has more than 8 lists and objects inside one another.",
            Self::Repeated => "A name stands twice in one object; write each at most once.",
            Self::Broken => "It is not one JSON value, and nothing else.",
        }
    }
}

impl Json {
    /// Reads a whole text.
    ///
    /// # Errors
    /// [`JsonFault`] for anything ambiguous or out of bounds.
    pub fn read(text: &str) -> Result<Self, JsonFault> {
        if text.len() > JSON_BYTES_MAX {
            return Err(JsonFault::TooLong);
        }
        value(parse(text)?, JSON_DEPTH_MAX)
    }

    /// A scalar as text: a string, a number as it was spelled, `true` or `false`.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Boolean(true) => Some("true"),
            Self::Boolean(false) => Some("false"),
            Self::Null | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// Every name and string inside, with spaces between, for whoever has to know what could be meant.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(values) => values.iter().map(Self::words).collect::<Vec<_>>().join(" "),
            Self::Object(members) => {
                members.iter().map(|(name, value)| format!("{name} {}", value.words())).collect::<Vec<_>>().join(" ")
            }
            Self::Null | Self::Boolean(_) | Self::Number(_) => String::new(),
        }
    }
}

/// Reads one level, whose members stay as they are: `depth` more may follow. What is inside is thus looked at once a level, at most
/// [`JSON_DEPTH_MAX`] times.
fn value(raw: &RawValue, depth: usize) -> Result<Json, JsonFault> {
    let text = raw.get();
    let inside = || depth.checked_sub(1).ok_or(JsonFault::TooDeep);
    Ok(match text.as_bytes() {
        b"null" => Json::Null,
        b"true" => Json::Boolean(true),
        b"false" => Json::Boolean(false),
        [b'"', ..] => Json::Text(parse(text)?),
        [b'[', ..] => list(text, inside()?)?,
        [b'{', ..] => object(text, inside()?)?,
        _ => Json::Number(text.to_owned()),
    })
}

fn list(text: &str, depth: usize) -> Result<Json, JsonFault> {
    let elements: Vec<&RawValue> = parse(text)?;
    elements.into_iter().map(|raw| value(raw, depth)).collect::<Result<_, _>>().map(Json::List)
}

fn object(text: &str, depth: usize) -> Result<Json, JsonFault> {
    let Members(members) = parse(text)?;
    let mut names = HashSet::new();
    if !members.iter().all(|(name, _)| names.insert(name)) {
        return Err(JsonFault::Repeated);
    }
    members.into_iter().map(|(name, raw)| Ok((name, value(raw, depth)?))).collect::<Result<_, _>>().map(Json::Object)
}

fn parse<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, JsonFault> {
    serde_json::from_str(text).map_err(|_| JsonFault::Broken)
}

/// The members of an object as they stand. A map would quietly keep one of two.
struct Members<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Json {
        Json::Text(text.to_owned())
    }

    #[test]
    fn keeps_what_was_said_as_it_was_said() {
        let read =
            Json::read(" {\"b\":[1.0, -0e5, 12345678901234567890],\t\"a\":\"\\u0072eligion\", \"c\":[true,null]}\n").unwrap();
        let numbers = ["1.0", "-0e5", "12345678901234567890"].map(|number| Json::Number(number.to_owned()));
        let members = [
            ("b".to_owned(), Json::List(numbers.into())),
            ("a".to_owned(), text("religion")),
            ("c".to_owned(), Json::List(vec![Json::Boolean(true), Json::Null])),
        ];
        assert_eq!(read, Json::Object(members.into()));
        assert_eq!(read.words().split_whitespace().collect::<Vec<_>>(), ["b", "a", "religion", "c"]);
    }

    #[test]
    fn refuses_what_two_readers_read_differently() {
        for repeated in [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":2}"#, r#"[{"b":{"a":{},"x":0,"a":[]}}]"#] {
            assert_eq!(Json::read(repeated), Err(JsonFault::Repeated), "{repeated}");
        }
        let broken = [
            "",
            "{",
            "{} {}",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "+1",
            ".5",
            "NaN",
            "Infinity",
            "'a'",
            "{a:1}",
            "nul",
            "[1]//",
            "/**/1",
            "\u{feff}{}",
            "\"a\nb\"",
            "\"\\ud800\"",
            "{\"\\ud800\":1}",
            "\"\\x41\"",
            "{1:2}",
            "\u{a0}1",
            "tru",
            "True",
        ];
        for broken in broken {
            assert_eq!(Json::read(broken), Err(JsonFault::Broken), "{broken}");
        }
    }

    #[test]
    fn bounds_hold() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::read(&nested(JSON_DEPTH_MAX)).is_ok());
        assert_eq!(Json::read(&nested(JSON_DEPTH_MAX + 1)), Err(JsonFault::TooDeep));
        assert_eq!(Json::read(&nested(JSON_BYTES_MAX / 2 - 1)), Err(JsonFault::TooDeep));
        assert_eq!(Json::read(&"[".repeat(JSON_BYTES_MAX)), Err(JsonFault::Broken));
        assert_eq!(Json::read(&" ".repeat(JSON_BYTES_MAX + 1)), Err(JsonFault::TooLong));
    }
}
