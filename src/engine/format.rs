//! What a value of a declared format looks like. Used for kept values and for filter values alike.
//!
//! A format accepts or refuses; it never changes a value. What is not clearly of the format is refused.

pub(in crate::engine) mod date;
mod grammar;
mod phone;

pub(in crate::engine) use self::phone::E164;
pub use self::phone::PhoneRegion;

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
    /// One line of text without control characters and direction overrides, at most `max` characters. Not one that begins
    /// and ends like a JSON object or array: that would carry whatever it likes under an allowed name.
    Text {
        /// Unicode scalar values, at the most.
        max: u32,
    },
    /// One e-mail address: the `addr-spec` of RFC 5321 in ASCII without quoting or literals, at most 254 bytes.
    Email,
    /// A telephone number in E.164 or in a national spelling: digits, spaces and `+()-.`; 7 to 15 digits. Whether a country
    /// has such a number is not asked: a look-up for each record would cost more than all its other fields.
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

    #[inline(never)]
    fn matches(&self, text: &[u8]) -> bool {
        std::str::from_utf8(text).is_ok_and(|text| self.0.is_match(text))
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

impl<'a> Scalar<'a> {
    /// The text of a string, or the spelling of a number: `7` and `"7"` are the same member.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Boolean(_) | Self::Null => None,
        }
    }
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
            (_, Scalar::Text(text)) => self.accepts_text(text.as_bytes()),
            (_, Scalar::Number(number)) => self.accepts_number(number.as_bytes()),
            (Self::Boolean, Scalar::Boolean(_)) => true,
            _ => false,
        }
    }

    /// The same, for a text that is known to be printable ASCII: what a line of text may hold has been looked at already.
    #[inline]
    #[must_use]
    pub(in crate::engine) fn accepts_printable(&self, text: &[u8]) -> bool {
        match self {
            Self::Text { max } => grammar::is_line_of_printable(text, *max),
            _ => self.accepts_text(text),
        }
    }

    /// Whether a number, in its own spelling, is of this format.
    #[must_use]
    pub(in crate::engine) fn accepts_number(&self, number: &[u8]) -> bool {
        match self {
            Self::Integer => grammar::is_integer(number),
            Self::Decimal => grammar::is_decimal(number),
            Self::Boolean => matches!(number, b"0" | b"1"),
            _ => false,
        }
    }

    /// Whether a string, given as its UTF-8, is of this format. What is not UTF-8 is of none that looks beyond ASCII.
    #[must_use]
    pub(in crate::engine) fn accepts_text(&self, text: &[u8]) -> bool {
        match self {
            Self::Name => grammar::is_name(text),
            Self::Text { max } => grammar::is_line(text, *max),
            Self::Email => grammar::is_email(text),
            Self::Phone => phone::is_phone(text),
            Self::Postcode => grammar::is_postcode(text),
            Self::Date => grammar::is_date(text),
            Self::Integer => grammar::is_integer(text),
            Self::Decimal => grammar::is_decimal(text),
            Self::Boolean => false,
            Self::Enum(texts) => grammar::is_one_of(text, texts),
            Self::Uuid => grammar::is_uuid(text),
            Self::Pattern(pattern) => pattern.matches(text),
        }
    }
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
    fn emails_are_what_their_parts_say() {
        let is_label =
            |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && !label.contains('+');
        let is_address = |text: &str| {
            let Some((local, domain)) = text.split_once('@') else { return false };
            let last = domain.rsplit_once('.').map(|(_, last)| last);
            local.split('.').all(|atom| !atom.is_empty())
                && !domain.contains('@')
                && domain.split('.').all(is_label)
                && last.is_some_and(|last| last.contains('a'))
        };
        const ALPHABET: &[u8] = b"a1.@-+";
        let mut taken = 0;
        for code in 0..ALPHABET.len().pow(8) {
            let digits = (0..8).map(|place: u32| ALPHABET[code / ALPHABET.len().pow(place) % ALPHABET.len()]);
            let text = String::from_utf8(digits.collect()).unwrap();
            assert_eq!(Format::Email.accepts(Scalar::Text(&text)), is_address(&text), "{text}");
            taken += usize::from(is_address(&text));
        }
        assert!(taken > 3000, "{taken}");
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
