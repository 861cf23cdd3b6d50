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

/// What an ASCII character may be part of.
struct Class;

impl Class {
    const LETTER: u8 = 1;
    const NAME: u8 = 2;
    const LINE: u8 = 4;
    const ATOM: u8 = 8;

    const TABLE: [u8; 128] = {
        let mut table = [0; 128];
        let mut at = 0;
        while at < 128 {
            table[at as usize] = Self::of(at);
            at += 1;
        }
        table
    };

    const fn of(byte: u8) -> u8 {
        let name = if byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'\'' | b'-' | b'.' | b',') { Self::NAME } else { 0 };
        let letter = if byte.is_ascii_alphabetic() { Self::LETTER } else { 0 };
        let line = if byte.is_ascii_control() { 0 } else { Self::LINE };
        let atom = if byte.is_ascii_alphanumeric() || is_atom_sign(byte) { Self::ATOM } else { 0 };
        name | letter | line | atom
    }

    /// The classes that all of these bytes are in, and those that any is in; none at all when one is beyond ASCII.
    #[inline]
    fn all_and_any(bytes: &[u8]) -> (u8, u8) {
        let of = |byte: &u8| Self::TABLE.get(*byte as usize).copied().unwrap_or(0);
        bytes.iter().map(of).fold((u8::MAX, 0), |(all, any), class| (all & class, any | class))
    }
}

/// RFC 5322 section 3.2.3, `atext` beyond letters and digits.
const fn is_atom_sign(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~')
}

fn is_name(text: &str) -> bool {
    let (all, any) = Class::all_and_any(text.as_bytes());
    let plain = all & Class::NAME != 0 && any & Class::LETTER != 0;
    at_most(text, NAME_CHARS_MAX) && (plain || is_name_beyond_ascii(text))
}

#[cold]
fn is_name_beyond_ascii(text: &str) -> bool {
    let allowed = |c: char| c.is_alphabetic() || matches!(c, ' ' | '\'' | '’' | '-' | '.' | ',') || is_mark(c);
    text.chars().any(char::is_alphabetic) && text.chars().all(allowed)
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
    let (all, _) = Class::all_and_any(text.as_bytes());
    let plain = all & Class::LINE != 0 || text.chars().all(|c| !c.is_control() && !is_trick(c));
    plain && at_most(text, max) && !is_document(text)
}

/// A JSON object or array that travels as a string would carry whatever it likes under an allowed name.
fn is_document(text: &str) -> bool {
    if !text.ends_with(['}', ']', ' ']) && text.is_ascii() {
        return false;
    }
    let text = text.trim();
    (text.starts_with('{') && text.ends_with('}')) || (text.starts_with('[') && text.ends_with(']'))
}

/// Line ends that are no control characters, and overrides of the direction of writing.
fn is_trick(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// RFC 5321 section 4.1.2 without quoted local parts and address literals; section 4.5.3.1 for the lengths.
fn is_email(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(at) = bytes.iter().position(|&byte| byte == b'@') else { return false };
    text.len() <= 254 && at <= 64 && is_dotted(&bytes[..at], is_atom) && is_domain(&bytes[at + 1..])
}

fn is_atom(part: &[u8]) -> bool {
    !part.is_empty() && Class::all_and_any(part).0 & Class::ATOM != 0
}

fn is_dotted(bytes: &[u8], part: fn(&[u8]) -> bool) -> bool {
    bytes.split(|&byte| byte == b'.').all(part)
}

/// RFC 1123 section 2.1, with a last label that is not all digits, and one before it.
fn is_domain(domain: &[u8]) -> bool {
    let Some(dot) = domain.iter().rposition(|&byte| byte == b'.') else { return false };
    is_dotted(domain, is_label) && domain[dot..].iter().any(u8::is_ascii_alphabetic)
}

fn is_label(label: &[u8]) -> bool {
    let inner = label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    (1..=63).contains(&label.len()) && inner && label[0] != b'-' && label[label.len() - 1] != b'-'
}

fn is_phone(text: &str) -> bool {
    let rest = text.strip_prefix('+').unwrap_or(text).as_bytes();
    let digits = rest.iter().filter(|byte| byte.is_ascii_digit()).count();
    let signs = rest.iter().filter(|byte| matches!(byte, b' ' | b'(' | b')' | b'-' | b'.')).count();
    (7..=15).contains(&digits) && text.len() <= 32 && digits + signs == rest.len()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted<'t>(format: &Format, texts: &[&'t str]) -> Vec<&'t str> {
        texts.iter().copied().filter(|text| format.accepts(Scalar::Text(text))).collect()
    }

    fn table(format: &Format, good: &[&str], bad: &[&str]) {
        assert_eq!(sorted(format, good), good, "{format:?}");
        assert_eq!(sorted(format, bad), [""; 0], "{format:?}");
    }

    #[test]
    fn names_are_of_any_script_and_nothing_else() {
        let good = ["Zoë", "O'Neil", "d’Arcy", "Anne-Marie St. John, jr", "李小龍", "Ngọc", "e\u{301}", "क्षत्रिय", "มานี"];
        table(&Format::Name, &good, &["", " ", "-", "R2D2", "a@b", "<b>", "a\nb", "{}", "a\u{202e}b", "😀", "a\u{a0}b"]);
        assert!(Format::Name.accepts(Scalar::Text(&"é".repeat(100))));
        assert!(!Format::Name.accepts(Scalar::Text(&"e".repeat(101))));
    }

    #[test]
    fn texts_are_one_line_and_no_document() {
        let good = ["", "Flat 2, Station Rd", "{x", "[a] b", "é", "123456789012"];
        table(
            &Format::Text { max: 20 },
            &good,
            &["a\nb", "a\u{7f}", "\u{85}", "a\u{2028}b", "{}", " [1] ", "{\"a\":1}", "\u{202e}", "123456789012345678901"],
        );
        assert!(Format::Text { max: 2 }.accepts(Scalar::Text("éé")));
        assert!(!Format::Text { max: 2 }.accepts(Scalar::Text("ééé")));
    }

    #[test]
    fn emails_are_plain_addresses() {
        let good = ["a@b.cd", "o'neil+x_y@mail.example.org", "a.b.c@x-y.museum", "1@2.c0m"];
        let bad = [
            "",
            "a",
            "@b.cd",
            "a@",
            "a@b",
            "a@b..cd",
            "a..b@c.de",
            ".a@b.cd",
            "a.@b.cd",
            "a b@c.de",
            "\"a\"@b.cd",
            "a@[1.2.3.4]",
        ];
        table(&Format::Email, &good, &bad);
        table(&Format::Email, &[], &["a@-b.cd", "a@b-.cd", "a@b.12", "a@@b.cd", "a@b.cd\n", "é@b.cd", "a@é.de", "a,b@c.de"]);
        assert!(!Format::Email.accepts(Scalar::Text(&format!("{}@b.cd", "a".repeat(65)))));
    }

    #[test]
    fn phones_have_seven_to_fifteen_digits() {
        let good = ["07700 900123", "+44 (0)7700-900.123", "1234567", "+123456789012345"];
        table(
            &Format::Phone,
            &good,
            &["", "123456", "1234567890123456", "07700 900123 x2", "0770+0900123", "٠١٢٣٤٥٦٧", "07700\t900123"],
        );
        assert!(!Format::Phone.accepts(Scalar::Number("07700900123")));
    }

    #[test]
    fn postcodes_have_an_outward_and_an_inward_part() {
        let good = ["E1 6AN", "e16an", "SW1A 1AA", "CB7 4DL", "EC1A1BB", "W1A 0AX", "GIR 0AA", "ZZ99 9ZZ"];
        table(
            &Format::Postcode,
            &good,
            &["", "E1", "SW1A", "SW1A  1AA", " E1 6AN", "123 456", "ABC1 1AA", "E1 AAA", "E1 6A", "É1 6AN", "E123 6AN"],
        );
    }

    #[test]
    fn numbers_are_numbers_or_texts_of_digits() {
        table(
            &Format::Integer,
            &["0", "-12", "007", "1234567890123456789"],
            &["", "-", "+1", "1.0", "1e3", "12345678901234567890", "١", " 1"],
        );
        table(
            &Format::Decimal,
            &["0", "-1.50", "123456789012345678901234567890"],
            &["", ".", "1.", ".5", "1.2.3", "1e3", "1234567890123456789012345678901"],
        );
        assert!(Format::Integer.accepts(Scalar::Number("-7")) && !Format::Integer.accepts(Scalar::Number("7.0")));
    }

    #[test]
    fn truth_values_are_json_s_or_sql_s() {
        for good in [Scalar::Boolean(true), Scalar::Boolean(false), Scalar::Number("1"), Scalar::Number("0")] {
            assert!(Format::Boolean.accepts(good), "{good:?}");
        }
        for bad in [
            Scalar::Number("2"),
            Scalar::Number("1.0"),
            Scalar::Number("-0"),
            Scalar::Text("true"),
            Scalar::Text("1"),
            Scalar::Null,
        ] {
            assert!(!Format::Boolean.accepts(bad), "{bad:?}");
        }
    }

    #[test]
    fn enums_uuids_and_patterns_match_whole_texts() {
        table(&Format::Enum(["a".into(), "B".into()].into()), &["a", "B"], &["", "b", "aB", " a"]);
        let good = ["6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"];
        table(
            &Format::Uuid,
            &good,
            &[
                "",
                "6ba7b8109dad11d180b400c04fd430c8",
                "6ba7b810-9dad-11d1-80b4-00c04fd430cg",
                "6ba7b810-9dad-11d1-80b4-00c04fd430c8 ",
            ],
        );
        let either = Format::Pattern(Pattern::compile("a|bc").unwrap());
        table(&either, &["a", "bc"], &["", "abc", "xa", "bcx", "a\n"]);
    }

    #[test]
    fn a_pattern_cannot_escape_its_anchors() {
        assert!(Pattern::compile("a)|(?:b").is_err());
        assert!(Pattern::compile("(?x)a #").is_err());
        assert!(Pattern::compile(&"a".repeat(PATTERN_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn null_is_of_no_format() {
        for format in [Format::Name, Format::Text { max: 9 }, Format::Boolean, Format::Integer, Format::Date] {
            assert!(!format.accepts(Scalar::Null));
        }
        assert!(!Format::Text { max: 9 }.accepts(Scalar::Number("1")));
    }
}
