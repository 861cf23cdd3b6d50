//! What each format looks like, over the UTF-8 of a text.
//!
//! Texts in ASCII are judged by their bytes alone; characters are looked at only where there are others. Never allocates.

use super::NAME_CHARS_MAX;

/// Digits that an `integer` may have at the most.
const INTEGER_DIGITS_MAX: usize = 19;
/// Digits that a `decimal` may have at the most.
const DECIMAL_DIGITS_MAX: usize = 30;

/// Whether the text has at most `max` characters: bytes of UTF-8 that do not continue a character.
fn at_most(text: &[u8], max: u32) -> bool {
    text.len() <= max as usize || text.iter().filter(|byte| **byte & 0xC0 != 0x80).count() <= max as usize
}

/// Judges a text character by character, when it is one.
fn characters(text: &[u8], judge: impl FnOnce(&str) -> bool) -> bool {
    std::str::from_utf8(text).is_ok_and(judge)
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

/// Letters of any script, marks, spaces and the signs of names; at least one letter.
pub(super) fn is_name(text: &[u8]) -> bool {
    let (all, any) = Class::all_and_any(text);
    let plain = all & Class::NAME != 0 && any & Class::LETTER != 0;
    at_most(text, NAME_CHARS_MAX) && (plain || characters(text, is_name_beyond_ascii))
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

/// One line that is no document in disguise.
pub(super) fn is_line(text: &[u8], max: u32) -> bool {
    let (all, _) = Class::all_and_any(text);
    let plain = all & Class::LINE != 0;
    (plain || characters(text, is_line_beyond_ascii))
        && at_most(text, max)
        && !(ends_like_document(text) && characters(text, is_document))
}

#[cold]
fn is_line_beyond_ascii(text: &str) -> bool {
    text.chars().all(|c| !c.is_control() && !is_trick(c))
}

/// Whether the last byte may be that of a document, or of white space after one.
fn ends_like_document(text: &[u8]) -> bool {
    text.last().is_some_and(|last| matches!(last, b'}' | b']' | b' ' | 0x80..))
}

/// A JSON object or array that travels as a string would carry whatever it likes under an allowed name.
#[cold]
fn is_document(text: &str) -> bool {
    let text = text.trim();
    (text.starts_with('{') && text.ends_with('}')) || (text.starts_with('[') && text.ends_with(']'))
}

/// Line ends that are no control characters, and overrides of the direction of writing.
fn is_trick(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// RFC 5321 section 4.1.2 without quoted local parts and address literals; section 4.5.3.1 for the lengths.
pub(super) fn is_email(text: &[u8]) -> bool {
    let Some(at) = text.iter().position(|&byte| byte == b'@') else { return false };
    text.len() <= 254 && at <= 64 && is_dotted(&text[..at], is_atom) && is_domain(&text[at + 1..])
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

/// `A9 9AA`, `A99 9AA`, `AA9 9AA`, `AA99 9AA`, `A9A 9AA`, `AA9A 9AA` (BS 7666), and the one-off `GIR 0AA`.
pub(super) fn is_postcode(text: &[u8]) -> bool {
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

/// Digits, and a minus sign perhaps.
pub(super) fn is_integer(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    digits.len() <= INTEGER_DIGITS_MAX && is_digits(digits)
}

/// Digits, and a minus sign and a fraction perhaps.
pub(super) fn is_decimal(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let point = digits.iter().position(|&byte| byte == b'.');
    let (whole, fraction) = point.map_or((digits, &b"0"[..]), |point| (&digits[..point], &digits[point + 1..]));
    digits.len() <= DECIMAL_DIGITS_MAX + usize::from(point.is_some()) && is_digits(whole) && is_digits(fraction)
}

fn is_digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

/// RFC 9562 section 4.
pub(super) fn is_uuid(text: &[u8]) -> bool {
    let of_its_place =
        |(at, byte): (usize, &u8)| if matches!(at, 8 | 13 | 18 | 23) { *byte == b'-' } else { byte.is_ascii_hexdigit() };
    text.len() == 36 && text.iter().enumerate().all(of_its_place)
}
