//! Identifiers, parsed once at the border and trusted afterwards.
//!
//! This module never generates an identifier: randomness and time come in as arguments.

mod path;

use std::fmt;

pub use path::{FieldPath, PATH_BYTES_MAX, PATH_DEPTH_MAX, Part, spell};

/// Longest identifier of a contest, campaign or export, in bytes.
pub const NAME_BYTES_MAX: usize = 63;
/// Longest name of an actor, in bytes.
pub const ACTOR_BYTES_MAX: usize = 128;

/// Characters of a [`RequestId`].
pub const REQUEST_ID_CHARS: usize = 26;

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

    /// Parses what [`Display`](fmt::Display) writes; `None` for any other text, capitals among them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != REQUEST_ID_CHARS || text.bytes().any(|b| b.is_ascii_uppercase()) {
            return None;
        }
        let bytes = data_encoding::BASE32HEX_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn request_ids_sort_by_time() {
        let early = RequestId::new(1_000, [255; 10]);
        let late = RequestId::new(1_001, [0; 10]);
        assert!(early.to_string() < late.to_string());
        assert_eq!(early.to_string().len(), REQUEST_ID_CHARS);
    }

    #[test]
    fn request_ids_have_one_spelling() {
        let id = RequestId::new(1_769_000_000_000, *b"0123456789");
        let text = id.to_string();
        assert_eq!(RequestId::parse(&text), Some(id));
        // The last of 26 characters carries three bits: another fifth bit would be another spelling of the same bytes.
        for other in [text.to_uppercase(), format!("{text}0"), text[1..].to_owned(), format!("{}v", &text[..25]), "é".repeat(13)]
        {
            assert_eq!(RequestId::parse(&other), None, "{other}");
        }
    }
}
