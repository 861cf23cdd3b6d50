//! The normal form under which two spellings of one value get one pseudonym.
//!
//! White space at both ends goes. Then what has the shape of a telephone number in an international spelling, or in the
//! national one of the United Kingdom, becomes E.164, and anything else becomes lower case, as Unicode defines it. Nothing
//! is composed or decomposed, and no other country is guessed.

use std::borrow::Cow;

/// Digits of an E.164 number, country code included (ITU-T E.164: at most 15).
const E164_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;
/// Digits of a national number of the United Kingdom, its leading `0` included.
const NATIONAL_DIGITS: std::ops::RangeInclusive<usize> = 10..=11;

/// The normal form.
pub(in super::super) fn normalise(value: &str) -> Cow<'_, str> {
    let value = value.trim();
    if let Some(number) = telephone(value) {
        return Cow::Owned(number);
    }
    if value.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
        return Cow::Owned(value.to_lowercase());
    }
    Cow::Borrowed(value)
}

/// E.164, for a text that begins with `+`, `00` or `0` and otherwise holds only digits, spaces and `()-.`.
fn telephone(value: &str) -> Option<String> {
    if !value.starts_with(['+', '0', '(']) {
        return None;
    }
    let (international, rest) = match value.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, value),
    };
    if !rest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b' ' | b'(' | b')' | b'-' | b'.')) {
        return None;
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    let digits = if international { from_abroad(&digits) } else { from_home(&digits)? };
    E164_DIGITS.contains(&digits.len()).then(|| format!("+{digits}"))
}

fn from_home(digits: &str) -> Option<String> {
    if let Some(abroad) = digits.strip_prefix("00") {
        return Some(from_abroad(abroad));
    }
    let national = digits.strip_prefix('0').filter(|_| NATIONAL_DIGITS.contains(&digits.len()))?;
    Some(format!("44{national}"))
}

/// `+44 (0)20 …`: the national zero goes, because no number of the United Kingdom has one after its country code.
fn from_abroad(digits: &str) -> String {
    match digits.strip_prefix("440") {
        Some(national) => format!("44{national}"),
        None => digits.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn one_number_has_one_form() {
        for spelling in ["07700 900123", "+44 7700 900123", "0044 7700-900123", "+44 (0)7700 900.123", " (07700) 900123 "] {
            assert_eq!(normalise(spelling), "+447700900123", "{spelling}");
        }
        assert_eq!(normalise("+1 202-555-0123"), "+12025550123");
    }

    #[test]
    fn what_is_no_telephone_number_keeps_its_digits() {
        for plain in ["7700900123", "00123", "0123", "012345678901234567", "0", "", "+", "07700 90012x"] {
            assert_eq!(normalise(plain), plain);
        }
    }

    #[test]
    fn case_and_surrounding_space_do_not_count() {
        assert_eq!(normalise("\u{a0}Anna.ÉCLAIR@Example.ORG\n"), "anna.éclair@example.org");
    }
}
