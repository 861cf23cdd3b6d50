//! Identifiers, parsed once at the border and trusted afterwards.
//!
//! This module never generates an identifier: randomness and time come in as arguments.

use std::fmt;

/// Longest identifier of a contest, campaign or export, in bytes.
pub const NAME_BYTES_MAX: usize = 63;
/// Longest name of an actor, in bytes.
pub const ACTOR_BYTES_MAX: usize = 128;
/// Longest field path, in bytes, and most members in it.
pub const PATH_BYTES_MAX: usize = 256;
/// Most members that a field path may have.
pub const PATH_DEPTH_MAX: usize = 16;

/// Why a text is not an identifier. Never holds the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is empty.
    #[error("must not be empty")]
    Empty,
    /// The text is longer than the bound.
    #[error("must be at most {0} bytes long")]
    TooLong(usize),
    /// A character that the alphabet does not have.
    #[error("may contain only a-z, 0-9 and single inner hyphens or underscores, and starts with a letter or digit")]
    Alphabet,
    /// A control character.
    #[error("must not contain control characters")]
    Control,
    /// An empty member name in a field path.
    #[error("has an empty part; write `outer.inner`, or a JSON Pointer such as `/outer/inner`")]
    EmptyPart,
    /// A `~` that RFC 6901 section 3 does not define.
    #[error("has a `~` that is neither `~0` nor `~1` (RFC 6901, section 3)")]
    Escape,
    /// More parts than the bound.
    #[error("has more than {PATH_DEPTH_MAX} parts")]
    TooDeep,
}

fn check_name(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > NAME_BYTES_MAX {
        return Err(IdError::TooLong(NAME_BYTES_MAX));
    }
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends_plain = plain(bytes[0]) && plain(bytes[bytes.len() - 1]);
    let all = bytes.iter().all(|&b| plain(b) || b == b'-' || b == b'_');
    if ends_plain && all { Ok(()) } else { Err(IdError::Alphabet) }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// One to [`NAME_BYTES_MAX`] bytes of `a-z`, `0-9`, `-` and `_`, beginning and ending with a letter or digit:
        /// safe in a path, a metric label, a file name and a log line without any escaping.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Box<str>);

        impl $name {
            /// Parses the text, or says what is wrong with it.
            ///
            /// # Errors
            /// [`IdError`] when the text is empty, too long, or outside the alphabet.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check_name(text)?;
                Ok(Self(text.into()))
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// One election or ballot: the unit of configuration.
    ContestId
}
name! {
    /// One side in a contest: the recipient of exports and the unit of limits.
    CampaignId
}
name! {
    /// One named list that a contest offers.
    ExportName
}
name! {
    /// The domain of a pseudonym: two fields with one domain get equal pseudonyms for equal values.
    Domain
}

/// The person or tool account that acts for a campaign, when the credential names one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ActorId(Box<str>);

impl ActorId {
    /// Parses the text, or says what is wrong with it.
    ///
    /// # Errors
    /// [`IdError`] when the text is empty, longer than [`ACTOR_BYTES_MAX`], or holds a control character.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if text.is_empty() {
            return Err(IdError::Empty);
        }
        if text.len() > ACTOR_BYTES_MAX {
            return Err(IdError::TooLong(ACTOR_BYTES_MAX));
        }
        if text.chars().any(char::is_control) {
            return Err(IdError::Control);
        }
        Ok(Self(text.into()))
    }

    /// The actor as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names one exchange, in the answer, the log and the books alike.
///
/// 48 bits of Unix time in milliseconds, then 80 random bits, written as 26 characters of lower-case
/// base32hex (RFC 4648 section 7): sorts by time, and cannot be guessed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId([u8; 16]);

impl RequestId {
    /// Joins a time and random bits that the caller drew.
    #[must_use]
    pub fn new(unix_milliseconds: u64, random: [u8; 10]) -> Self {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&unix_milliseconds.to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&random);
        Self(bytes)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = data_encoding::BASE32HEX_NOPAD.encode(&self.0);
        f.write_str(&text.to_ascii_lowercase())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One step of a [`FieldPath`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Into the member of this name.
    Member(Box<str>),
    /// Into each element of an array.
    Each,
}

impl Part {
    /// The member's name.
    #[must_use]
    pub fn member(&self) -> Option<&str> {
        match self {
            Self::Member(name) => Some(name),
            Self::Each => None,
        }
    }
}

/// Where a value stands inside a record, or a member inside a body: the steps from the outside in.
///
/// Written `outer.inner`, and `list[].inner` or `list[]` for what stands in each element of an array; a text that starts with
/// `/` is a JSON Pointer (RFC 6901), for names that contain a dot or end with `[]`. There each element is written `~[]` behind
/// the list's name, which is no escape of that standard. The empty text is the whole value. Single elements have no path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldPath(Box<[Part]>);

impl FieldPath {
    /// Parses either spelling.
    ///
    /// # Errors
    /// [`IdError`] when it is too long, too deep, has an empty part or a bad escape.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if text.len() > PATH_BYTES_MAX {
            return Err(IdError::TooLong(PATH_BYTES_MAX));
        }
        if text.chars().any(char::is_control) {
            return Err(IdError::Control);
        }
        let mut parts = Vec::new();
        match text.strip_prefix('/') {
            _ if text.is_empty() => {}
            Some(pointer) => pointer.split('/').try_for_each(|step| push_step(step, POINTER_EACH, &mut parts))?,
            None => text.split('.').try_for_each(|step| push_step(step, DOTTED_EACH, &mut parts))?,
        }
        if parts.len() > PATH_DEPTH_MAX {
            return Err(IdError::TooDeep);
        }
        Ok(Self(parts.into()))
    }

    /// The path of these steps, which may be longer than what can be parsed.
    #[must_use]
    pub fn of(parts: &[Part]) -> Self {
        Self(parts.into())
    }

    /// The steps from the outside in; empty for the whole value.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The names of the members from the outside in.
    pub fn members(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.iter().filter_map(Part::member)
    }

    /// Whether it leads into the elements of an array.
    #[must_use]
    pub fn enters_list(&self) -> bool {
        self.0.contains(&Part::Each)
    }

    /// The list that it leads into last, and the steps inside an element of it; `None` where it leads into none.
    #[must_use]
    pub fn innermost_list(&self) -> Option<(Self, &[Part])> {
        let at = self.0.iter().rposition(|part| *part == Part::Each)?;
        Some((Self(self.0[..at].into()), &self.0[at + 1..]))
    }

    /// The lists that it leads into, from the outside in.
    pub fn lists(&self) -> impl Iterator<Item = Self> {
        let entered = self.0.iter().enumerate().filter(|(_, part)| **part == Part::Each);
        entered.map(|(at, _)| Self(self.0[..at].into()))
    }

    /// Where a path inside an element of this list leads to. May be longer than what can be parsed.
    #[must_use]
    pub fn in_each(&self, inner: &Self) -> Self {
        let steps = self.0.iter().chain([&Part::Each]).chain(&inner.0);
        Self(steps.cloned().collect())
    }
}

/// What stands for each element behind a name, in the dotted spelling.
const DOTTED_EACH: &str = "[]";
/// The same in a pointer, where `[]` is part of a name.
const POINTER_EACH: &str = "~[]";

/// Reads a name and what stands behind it for each element.
fn push_step(step: &str, each: &str, parts: &mut Vec<Part>) -> Result<(), IdError> {
    let mut name = step;
    let mut entered = 0;
    while let Some(rest) = name.strip_suffix(each) {
        name = rest;
        entered += 1;
    }
    if name.is_empty() {
        return Err(IdError::EmptyPart);
    }
    let name = if each == POINTER_EACH { unescape_pointer(name)? } else { name.into() };
    parts.push(Part::Member(name));
    parts.extend(std::iter::repeat_n(Part::Each, entered));
    Ok(())
}

/// RFC 6901 section 4: `~1` is `/`, then `~0` is `~`.
fn unescape_pointer(part: &str) -> Result<Box<str>, IdError> {
    let mut bad = part.split('~').skip(1);
    if bad.any(|rest| !rest.starts_with(['0', '1'])) {
        return Err(IdError::Escape);
    }
    Ok(part.replace("~1", "/").replace("~0", "~").into())
}

/// Steps in the spelling in which a configuration can name them. No two paths have one spelling.
#[must_use]
pub fn spell(parts: &[Part]) -> String {
    let plain = |name: &str| !name.is_empty() && !name.contains(['.', '/', '~']) && !name.ends_with(DOTTED_EACH);
    let dotted = parts.iter().filter_map(Part::member).all(plain);
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Member(name) if dotted => text.extend([if text.is_empty() { "" } else { "." }, name]),
            Part::Member(name) => text.extend(["/", &name.replace('~', "~0").replace('/', "~1")]),
            Part::Each => text.push_str(if dotted { DOTTED_EACH } else { POINTER_EACH }),
        }
    }
    text
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&spell(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Result<Vec<String>, IdError> {
        FieldPath::parse(text).map(|p| p.parts().iter().map(|part| part.member().unwrap_or("EACH").to_owned()).collect())
    }

    #[test]
    fn names_keep_to_their_alphabet() {
        for good in ["a", "leader-2026", "x_y", "0"] {
            assert!(ContestId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a b", "a/b", "é", &"a".repeat(64)] {
            assert!(ContestId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn field_paths_have_two_spellings() {
        assert_eq!(path("address.town").unwrap(), ["address", "town"]);
        assert_eq!(path("/email_primary.email").unwrap(), ["email_primary.email"]);
        assert_eq!(path("/a~1b/c~0d").unwrap(), ["a/b", "c~d"]);
        assert_eq!(path("").unwrap(), Vec::<String>::new());
        assert_eq!(path("a..b"), Err(IdError::EmptyPart));
        assert_eq!(path("/a~2"), Err(IdError::Escape));
        for text in ["address.town", "/a.b/c", "/a~1b"] {
            assert_eq!(FieldPath::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn each_element_of_a_list_has_a_spelling_that_is_no_name() {
        assert_eq!(path("gifts[].amount").unwrap(), ["gifts", "EACH", "amount"]);
        assert_eq!(path("a.tags[]").unwrap(), ["a", "tags", "EACH"]);
        assert_eq!(path("a[][].b").unwrap(), ["a", "EACH", "EACH", "b"]);
        assert_eq!(path("/x[]/b").unwrap(), ["x[]", "b"], "in a pointer it is part of the name");
        assert_eq!(path("/x.y~[]/b[]").unwrap(), ["x.y", "EACH", "b[]"]);
        assert_eq!(path("a[]b").unwrap(), ["a[]b"]);
        for empty in ["[]", "a.[]", "/~[]", "/"] {
            assert_eq!(path(empty), Err(IdError::EmptyPart), "{empty}");
        }
        assert_eq!(path("/a~[]b"), Err(IdError::Escape));
        for text in ["gifts[].amount", "a[][]", "/x[]/b", "/x.y~[]/b", "/x[]~[]", "/[]"] {
            assert_eq!(FieldPath::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(FieldPath::parse("/a~[]/b").unwrap().to_string(), "a[].b");
        assert_eq!(FieldPath::parse(&"a[]".repeat(9).replace("]a", "].a")), Err(IdError::TooDeep));
    }

    #[test]
    fn request_ids_sort_by_time() {
        let early = RequestId::new(1_000, [255; 10]);
        let late = RequestId::new(1_001, [0; 10]);
        assert!(early.to_string() < late.to_string());
        assert_eq!(early.to_string().len(), 26);
    }
}
