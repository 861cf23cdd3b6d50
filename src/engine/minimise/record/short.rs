//! Words and short numbers, which most values are that are no strings: told from one look at eight bytes.
//!
//! What it takes, the cursor would take, with the same end. What it does not take may be right all the same: then the cursor reads
//! it, and judges it.

use super::super::json::cursor::leading_digits;
use super::slot::Kind;

/// The word or the short number at a place, when one stands there and more bytes follow it.
#[inline]
pub(super) fn short_scalar(bytes: &[u8], at: usize) -> Option<(usize, Kind)> {
    const NULL: u32 = u32::from_le_bytes(*b"null");
    const TRUE: u32 = u32::from_le_bytes(*b"true");
    const FALSE: u64 = u64::from_le_bytes(*b"\0\0\0false");
    let word = u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?);
    if word as u32 == NULL {
        return Some((at + 4, Kind::Null));
    }
    if word as u32 == TRUE {
        return Some((at + 4, Kind::True));
    }
    if word << 24 == FALSE {
        return Some((at + 5, Kind::False));
    }
    short_number(word).map(|length| (at + length, Kind::Number))
}

/// The length of the number without sign, zeros before it, or exponent that eight bytes begin with, when they show its end.
#[inline]
fn short_number(word: u64) -> Option<usize> {
    let whole = leading_digits(word);
    let behind = word.checked_shr(8 * whole as u32)?;
    let leading_zero = whole > 1 && word as u8 == b'0';
    if whole == 0 || leading_zero {
        return None;
    }
    match behind as u8 {
        b'.' => short_fraction(behind >> 8).filter(|fraction| whole + 1 + fraction < 8).map(|fraction| whole + 1 + fraction),
        b'e' | b'E' => None,
        _ => Some(whole),
    }
}

/// The digits behind a decimal point, where there are any and no exponent follows them.
#[inline]
fn short_fraction(word: u64) -> Option<usize> {
    let digits = leading_digits(word);
    let after = word.checked_shr(8 * digits as u32)? as u8;
    (digits > 0 && !matches!(after, b'e' | b'E')).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::super::super::json::cursor::Cursor;
    use super::super::super::stops::{Kernel, Lookout};
    use super::*;

    /// Where the cursor sees the end of a number.
    fn end(text: &[u8]) -> Option<usize> {
        let mut lookout = Lookout::new(b'\\', Kernel::fastest());
        let mut cursor = Cursor::new(text, lookout.look(text), 0);
        cursor.number().is_ok().then_some(cursor.at)
    }

    #[test]
    fn what_is_taken_ends_where_the_cursor_ends() {
        const ALPHABET: &[u8] = b"0159.eE-,";
        let mut taken = 0;
        for code in 0..ALPHABET.len().pow(6) {
            let digit = |place: u32| ALPHABET[code / ALPHABET.len().pow(place) % ALPHABET.len()];
            let text: [u8; 6] = std::array::from_fn(|place| digit(place as u32));
            let text = [&text[..], b"}}"].concat();
            if let Some(found) = short_scalar(&text, 0) {
                assert_eq!((Some(found.0), found.1), (end(&text), Kind::Number), "{}", text.escape_ascii());
                taken += 1;
            }
        }
        assert!(taken > 90_000, "{taken}");
    }

    #[test]
    fn what_may_go_on_behind_the_eight_bytes_is_not_taken() {
        for text in ["12345678", "1234567.", "1.234567", "12.34567", "1234567", "1.5"] {
            assert_eq!(short_scalar(text.as_bytes(), 0), None, "{text}");
        }
        assert_eq!(short_scalar(b"12.3456,", 0), Some((7, Kind::Number)));
        assert_eq!(short_scalar(b"1234567,", 0), Some((7, Kind::Number)));
        assert_eq!(short_scalar(b"[false,1]", 1), Some((6, Kind::False)));
        assert_eq!(short_scalar(b"[falsy,1]", 1), None);
    }
}
