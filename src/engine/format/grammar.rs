//! What each format looks like, over the UTF-8 of a text.
//!
//! Texts in ASCII are judged by their bytes alone; characters are looked at only where there are others. Never allocates. The
//! judges are not inlined: whoever chooses among them then jumps, and needs no room of its own for what each of them holds.

use super::{NAME_CHARS_MAX, date};

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
        name | letter
    }

    /// The classes that all of these bytes are in, and those that any is in; none at all when one is beyond ASCII.
    #[inline]
    fn all_and_any(bytes: &[u8]) -> (u8, u8) {
        let of = |byte: &u8| Self::TABLE.get(*byte as usize).copied().unwrap_or(0);
        bytes.iter().map(of).fold((u8::MAX, 0), |(all, any), class| (all & class, any | class))
    }
}

/// Whether all is printable ASCII: eight bytes at a time, the last of them perhaps twice.
#[inline]
fn is_printable(text: &[u8]) -> bool {
    let Some(last) = text.last_chunk() else { return text.iter().all(|byte| matches!(byte, b' '..=b'~')) };
    let (words, _) = text.as_chunks();
    words.iter().chain([last]).fold(0, |bad, word| bad | unprintable(u64::from_le_bytes(*word))) == 0
}

/// Not zero when a byte of the word is not printable ASCII.
const fn unprintable(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xFF;
    const HIGHS: u64 = 0x80 * ONES;
    // Without its highest bit, a byte plus 0x60 reaches that bit from a space on, and a byte plus 1 only from DEL.
    let low = word & !HIGHS;
    (!(low + 0x60 * ONES) | (low + ONES) | word) & HIGHS
}

/// RFC 5322 section 3.2.3, `atext` beyond letters and digits.
const fn is_atom_sign(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~')
}

/// Letters of any script, marks, spaces and the signs of names; at least one letter.
#[inline(never)]
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
#[inline(never)]
pub(super) fn is_line(text: &[u8], max: u32) -> bool {
    (is_printable(text) || characters(text, is_line_beyond_ascii))
        && at_most(text, max)
        && !(ends_like_document(text) && characters(text, is_document))
}

/// The same of a text that is known to be printable ASCII.
#[inline]
pub(super) fn is_line_of_printable(text: &[u8], max: u32) -> bool {
    text.len() <= max as usize && !(ends_like_document(text) && characters(text, is_document))
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

/// RFC 5321 section 4.1.2 without quoted local parts and address literals; section 4.5.3.1 for the lengths. The domain has two labels
/// or more, and the last is not all digits (RFC 1123 section 2.1, RFC 3696 section 2).
#[inline(never)]
pub(super) fn is_email(text: &[u8]) -> bool {
    // In a text this short no part can be too long.
    let short = text.len() <= LABEL_MAX;
    address::is_whole(text) && (short || text.len() <= ADDRESS_MAX && has_short_parts(text))
}

/// Bytes of an e-mail address, of the part before its `@`, and of a label of its domain.
const ADDRESS_MAX: usize = 254;
const LOCAL_MAX: usize = 64;
const LABEL_MAX: usize = 63;

#[cold]
fn has_short_parts(text: &[u8]) -> bool {
    let mut halves = text.split(|byte| *byte == b'@');
    let (local, domain) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
    local.len() <= LOCAL_MAX && domain.split(|byte| *byte == b'.').all(|label| label.len() <= LABEL_MAX)
}

mod address {
    //! Atoms, dots, one `@`, labels and dots: a finite automaton whose state is how far its next row is shifted, so that a byte
    //! costs a look-up that waits for nothing and a shift.

    use super::is_atom_sign;

    /// Bits of a state.
    const BITS: u32 = 6;
    const REFUSED: u64 = 0;
    const IN_ATOM: u64 = 6;
    /// Before the domain's first label.
    const FIRST: u64 = 12;
    const IN_FIRST: u64 = 18;
    /// After a hyphen in it.
    const FIRST_HYPHEN: u64 = 24;
    /// Before a later label.
    const LABEL: u64 = 30;
    /// In one that has had no letter yet.
    const DIGITS: u64 = 36;
    const DIGITS_HYPHEN: u64 = 42;
    /// In one that has a letter.
    const NAME: u64 = 48;
    const NAME_HYPHEN: u64 = 54;
    /// Before an atom of the local part; at the beginning. Its row has four bits, which is enough for what may follow.
    const ATOM: u64 = 60;

    /// For each byte: at each state's place, the state that follows.
    static ROWS: [u64; 256] = {
        let mut rows = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            rows[byte] = row(byte as u8);
            byte += 1;
        }
        rows
    };

    const fn row(byte: u8) -> u64 {
        let atom = if byte.is_ascii_alphanumeric() || is_atom_sign(byte) { IN_ATOM } else { REFUSED };
        let after_atom = match byte {
            b'.' => ATOM,
            b'@' => FIRST,
            _ => atom,
        };
        let first = if byte.is_ascii_alphanumeric() { IN_FIRST } else { REFUSED };
        let label = match byte {
            b'0'..=b'9' => DIGITS,
            b'A'..=b'Z' | b'a'..=b'z' => NAME,
            _ => REFUSED,
        };
        let name = if byte.is_ascii_alphanumeric() { NAME } else { REFUSED };
        let atoms = atom << ATOM | after_atom << IN_ATOM;
        let firsts = first << FIRST | inside(byte, first, FIRST_HYPHEN) << IN_FIRST | hyphened(byte, first, FIRST_HYPHEN);
        let digits = inside(byte, label, DIGITS_HYPHEN) << DIGITS | hyphened(byte, label, DIGITS_HYPHEN);
        let names = inside(byte, name, NAME_HYPHEN) << NAME | hyphened(byte, name, NAME_HYPHEN);
        atoms | firsts | label << LABEL | digits | names
    }

    /// What follows inside a label.
    const fn inside(byte: u8, letter: u64, hyphen: u64) -> u64 {
        match byte {
            b'.' => LABEL,
            b'-' => hyphen,
            _ => letter,
        }
    }

    /// What follows after a hyphen, at that state's place: a label does not end with one.
    const fn hyphened(byte: u8, letter: u64, hyphen: u64) -> u64 {
        (if byte == b'-' { hyphen } else { letter }) << hyphen
    }

    pub fn is_whole(text: &[u8]) -> bool {
        let next = |state: u64, byte: &u8| (ROWS[*byte as usize] >> state) & ((1 << BITS) - 1);
        text.iter().fold(ATOM, next) == NAME
    }
}

/// `A9 9AA`, `A99 9AA`, `AA9 9AA`, `AA99 9AA`, `A9A 9AA`, `AA9A 9AA` (BS 7666), and the one-off `GIR 0AA`.
#[inline(never)]
pub(super) fn is_postcode(text: &[u8]) -> bool {
    let Some((outward, [digit, a, b])) = text.split_last_chunk::<3>() else { return false };
    let outward = outward.strip_suffix(b" ").unwrap_or(outward);
    let inward = digit.is_ascii_digit() && a.is_ascii_alphabetic() && b.is_ascii_alphabetic();
    inward && (is_outward(outward) || is_girobank(outward, &[*digit, *a, *b]))
}

fn is_girobank(outward: &[u8], inward: &[u8]) -> bool {
    outward.eq_ignore_ascii_case(b"GIR") && inward.eq_ignore_ascii_case(b"0AA")
}

fn is_outward(outward: &[u8]) -> bool {
    let area = outward.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let district = match &outward[area..] {
        [digit] => digit.is_ascii_digit(),
        [digit, last] => digit.is_ascii_digit() && last.is_ascii_alphanumeric(),
        _ => false,
    };
    (1..=2).contains(&area) && district
}

/// Digits, and a minus sign perhaps.
#[inline(never)]
pub(super) fn is_integer(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    digits.len() <= INTEGER_DIGITS_MAX && is_digits(digits)
}

/// Digits, and a minus sign and a fraction perhaps.
#[inline(never)]
pub(super) fn is_decimal(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let point = digits.iter().position(|&byte| byte == b'.');
    let (whole, fraction) = point.map_or((digits, &b"0"[..]), |point| (&digits[..point], &digits[point + 1..]));
    digits.len() <= DECIMAL_DIGITS_MAX + usize::from(point.is_some()) && is_digits(whole) && is_digits(fraction)
}

fn is_digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

/// One of these texts, letter for letter.
#[inline(never)]
pub(super) fn is_one_of(text: &[u8], texts: &[Box<str>]) -> bool {
    texts.iter().any(|one| one.as_bytes() == text)
}

/// A calendar date, with a time or without.
#[inline(never)]
pub(super) fn is_date(text: &[u8]) -> bool {
    date::parse(text).is_some()
}

/// RFC 9562 section 4.
#[inline(never)]
pub(super) fn is_uuid(text: &[u8]) -> bool {
    let of_its_place =
        |(at, byte): (usize, &u8)| if matches!(at, 8 | 13 | 18 | 23) { *byte == b'-' } else { byte.is_ascii_hexdigit() };
    text.len() == 36 && text.iter().enumerate().all(of_its_place)
}
