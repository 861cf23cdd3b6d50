//! What a value of a declared format looks like. Used for kept values and for filter values alike.
//!
//! A format accepts or refuses; it never changes a value. What is not clearly of the format is refused.

pub(in crate::engine) mod date;

/// Longest pattern that a configuration may give, in bytes.
pub const PATTERN_BYTES_MAX: usize = 512;
/// Characters that a `name` may have at the most.
pub const NAME_CHARS_MAX: u32 = 100;
/// Characters that a `text` may have when the configuration gives no `max`.
pub const TEXT_CHARS_DEFAULT: u32 = 200;

/// Digits that an `integer` may have at the most.
const INTEGER_DIGITS_MAX: usize = 19;
/// Digits that a `decimal` may have at the most.
const DECIMAL_DIGITS_MAX: usize = 30;

/// The declared format of a scalar value.
#[derive(Debug, Clone)]
pub enum Format {
    /// A personal name: letters of any script, marks, spaces, and `' ’ - . ,`; at most [`NAME_CHARS_MAX`] characters.
    Name,
    /// One line of text without control characters and direction overrides, at most `max` characters. Not one that begins
    /// and ends like a JSON object or array: that would carry whatever it likes under an allowed name.
    Text {
        /// Unicode scalar values, at the most.
        max: u32,
    },
    /// One e-mail address: the `addr-spec` of RFC 5321 in ASCII without quoting or literals, at most 254 bytes.
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
        // On its own first: `a)|(b` is none, though it would be one inside the group below.
        regex_lite::Regex::new(text).map_err(|error| error.to_string())?;
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
    /// What a value of this format is called in a sentence: "is not …".
    #[must_use]
    pub const fn noun(&self) -> &'static str {
        match self {
            Self::Name => "a name",
            Self::Text { .. } => "a line of text within the length allowed",
            Self::Email => "an e-mail address",
            Self::Phone => "a telephone number",
            Self::Postcode => "a UK postcode",
            Self::Date => "a date (YYYY-MM-DD)",
            Self::Integer => "a whole number",
            Self::Decimal => "a decimal number",
            Self::Boolean => "true or false",
            Self::Enum(_) => "one of the values allowed",
            Self::Uuid => "a UUID",
            Self::Pattern(_) => "of the pattern allowed",
        }
    }

    /// Whether the value is of this format. `null` is of no format: the caller decides what it means.
    #[must_use]
    pub fn accepts(&self, value: Scalar<'_>) -> bool {
        match (self, value) {
            (Self::Integer, Scalar::Text(text) | Scalar::Number(text)) => is_integer(text),
            (Self::Decimal, Scalar::Text(text) | Scalar::Number(text)) => is_decimal(text),
            (Self::Boolean, Scalar::Boolean(_) | Scalar::Number("0" | "1")) => true,
            (_, Scalar::Text(text)) => self.accepts_text(text),
            _ => false,
        }
    }

    fn accepts_text(&self, text: &str) -> bool {
        match self {
            Self::Name => is_name(text),
            Self::Text { max } => is_line(text, *max),
            Self::Email => is_email(text),
            Self::Phone => is_phone(text),
            Self::Postcode => is_postcode(text.as_bytes()),
            Self::Date => date::parse(text).is_some(),
            Self::Enum(texts) => texts.iter().any(|one| **one == *text),
            Self::Uuid => is_uuid(text.as_bytes()),
            Self::Pattern(pattern) => pattern.0.is_match(text),
            Self::Integer | Self::Decimal | Self::Boolean => false,
        }
    }
}

fn at_most(text: &str, max: u32) -> bool {
    text.len() <= max as usize || text.chars().nth(max as usize).is_none()
}

fn is_name(text: &str) -> bool {
    let allowed = |c: char| c.is_alphabetic() || matches!(c, ' ' | '\'' | '’' | '-' | '.' | ',') || is_mark(c);
    at_most(text, NAME_CHARS_MAX) && text.chars().any(char::is_alphabetic) && text.chars().all(allowed)
}

/// Marks that names are written with and that are not alphabetic by themselves: combining accents, and the signs of
/// Indic scripts that join or silence consonants (Unicode general category `Mn`).
fn is_mark(c: char) -> bool {
    let accent = matches!(c, '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{FE20}'..='\u{FE2F}');
    // Each block from Devanagari to Malayalam has its nukta at 3C and its virama at 4D.
    let indic = matches!(c, '\u{900}'..='\u{D7F}') && matches!(u32::from(c) & 0x7F, 0x3C | 0x4D);
    let hebrew_or_arabic = matches!(c, '\u{591}'..='\u{5BD}' | '\u{64B}'..='\u{652}');
    accent || indic || hebrew_or_arabic || matches!(c, '\u{DCA}' | '\u{E3A}' | '\u{E47}'..='\u{E4E}' | '\u{1039}' | '\u{103A}')
}

fn is_line(text: &str, max: u32) -> bool {
    at_most(text, max) && !is_document(text) && text.chars().all(|c| !c.is_control() && !is_trick(c))
}

/// A JSON object or array that travels as a string would carry whatever it likes under an allowed name.
fn is_document(text: &str) -> bool {
    let text = text.trim();
    (text.starts_with('{') && text.ends_with('}')) || (text.starts_with('[') && text.ends_with(']'))
}

/// Line ends that are no control characters, and overrides of the direction of writing.
fn is_trick(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// RFC 5321 section 4.1.2 without quoted local parts and address literals; section 4.5.3.1 for the lengths.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let atom = |part: &str| !part.is_empty() && part.bytes().all(is_atom);
    text.len() <= 254 && local.len() <= 64 && local.split('.').all(atom) && is_domain(domain)
}

fn is_atom(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        let inner = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (1..=63).contains(&label.len()) && inner && !label.starts_with('-') && !label.ends_with('-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.') && domain.split('.').all(label) && top.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn is_phone(text: &str) -> bool {
    let rest = text.strip_prefix('+').unwrap_or(text);
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    let punctuation = |byte: u8| byte.is_ascii_digit() || b" ()-.".contains(&byte);
    (7..=15).contains(&digits) && text.len() <= 32 && rest.bytes().all(punctuation)
}

/// `A9 9AA`, `A99 9AA`, `AA9 9AA`, `AA99 9AA`, `A9A 9AA`, `AA9A 9AA` (BS 7666), and the one-off `GIR 0AA`.
fn is_postcode(text: &[u8]) -> bool {
    let Some((outward, [digit, a, b])) = text.split_last_chunk::<3>() else { return false };
    let outward = outward.strip_suffix(b" ").unwrap_or(outward);
    digit.is_ascii_digit() && a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && is_outward(outward)
}

fn is_outward(outward: &[u8]) -> bool {
    let area = outward.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let district = match &outward[area..] {
        [digit] => digit.is_ascii_digit(),
        [digit, last] => digit.is_ascii_digit() && last.is_ascii_alphanumeric(),
        _ => false,
    };
    ((1..=2).contains(&area) && district) || outward.eq_ignore_ascii_case(b"GIR")
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (1..=INTEGER_DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let some_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits.len() <= DECIMAL_DIGITS_MAX + usize::from(digits.contains('.')) && some_digits(whole) && some_digits(fraction)
}

fn is_uuid(text: &[u8]) -> bool {
    let of_its_place =
        |(at, byte): (usize, &u8)| if matches!(at, 8 | 13 | 18 | 23) { *byte == b'-' } else { byte.is_ascii_hexdigit() };
    text.len() == 36 && text.iter().enumerate().all(of_its_place)
}
