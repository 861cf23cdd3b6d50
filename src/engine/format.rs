//! What a value of a declared format looks like. Used for kept values and for filter values alike.
//!
//! A format accepts or refuses; it never changes a value. What is not clearly of the format is refused.

/// Longest pattern that a configuration may give, in bytes.
pub const PATTERN_BYTES_MAX: usize = 512;
/// Characters that a `name` may have at the most.
pub const NAME_CHARS_MAX: u32 = 100;
/// Characters that a `text` may have when the configuration gives no `max`.
pub const TEXT_CHARS_DEFAULT: u32 = 200;

/// The declared format of a scalar value.
#[derive(Debug, Clone)]
pub enum Format {
    /// A personal name: letters of any script, marks, spaces, and `' ’ - . ,`; at most [`NAME_CHARS_MAX`] characters.
    Name,
    /// One line of text without control characters, at most `max` characters.
    Text {
        /// Unicode scalar values, at the most.
        max: u32,
    },
    /// One e-mail address: the `addr-spec` of RFC 5321 without quoting or literals, at most 254 bytes.
    Email,
    /// A telephone number in E.164 or in a national spelling: digits, spaces and `+()-.`; 7 to 15 digits.
    Phone,
    /// A postcode of the United Kingdom, with or without its space.
    Postcode,
    /// A calendar date, `YYYY-MM-DD` (RFC 3339 `full-date`), optionally with a time after `T`.
    Date,
    /// A JSON number, or a string, without fraction or exponent; at most 19 digits.
    Integer,
    /// A JSON number, or a string, of digits with an optional fraction; at most 30 digits.
    Decimal,
    /// `true` or `false`; also the numbers 0 and 1, as SQL databases print them.
    Boolean,
    /// One of these texts, letter for letter.
    Enum(Box<[Box<str>]>),
    /// A UUID in its 36-character spelling (RFC 9562).
    Uuid,
    /// A text that this pattern matches as a whole.
    Pattern(Pattern),
}

/// A compiled pattern, anchored at both ends.
#[derive(Debug, Clone)]
pub struct Pattern(regex_lite::Regex);

impl Pattern {
    /// Compiles the pattern and anchors it.
    ///
    /// # Errors
    /// A sentence for the operator when the pattern is too long or not a regular expression.
    pub fn compile(text: &str) -> Result<Self, String> {
        if text.len() > PATTERN_BYTES_MAX {
            return Err(format!("a pattern has at most {PATTERN_BYTES_MAX} bytes"));
        }
        regex_lite::Regex::new(&format!("^(?:{text})$")).map(Self).map_err(|error| error.to_string())
    }

    /// The pattern as it was compiled, anchors included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}
impl Eq for Pattern {}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text { max: a }, Self::Text { max: b }) => a == b,
            (Self::Enum(a), Self::Enum(b)) => a == b,
            (Self::Pattern(a), Self::Pattern(b)) => a == b,
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        }
    }
}
impl Eq for Format {}

/// A scalar JSON value whose string form has been unescaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar<'a> {
    /// A string, unescaped.
    Text(&'a str),
    /// A number, in the source's own spelling.
    Number(&'a str),
    /// `true` or `false`.
    Boolean(bool),
    /// `null`.
    Null,
}

impl Format {
    /// Whether the value is of this format. `null` is of no format: the caller decides what it means.
    #[must_use]
    pub fn accepts(&self, value: Scalar<'_>) -> bool {
        let _ = value;
        unimplemented!()
    }
}
