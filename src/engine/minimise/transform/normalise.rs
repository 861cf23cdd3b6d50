//! The normal form under which two spellings of one value get one pseudonym.
//!
//! White space at both ends goes. Then what is clearly a telephone number, in an international spelling or in the national one
//! of the contest's country, becomes E.164, and anything else becomes lower case, as Unicode defines it. Nothing is composed
//! or decomposed, and no other country is guessed.

use std::str;

use crate::engine::format::{E164, PhoneRegion};

/// A normal form. Most values are their own, and then nothing is allocated: this is asked of every record.
pub(in super::super) enum Normal<'v> {
    /// The value, or a part of it.
    Same(&'v [u8]),
    /// A telephone number.
    Number(E164),
    /// In lower case.
    Lower(String),
}

/// The normal form of a value in UTF-8. `home` is where a telephone number without a country code is at home.
pub(in super::super) fn normalise(value: &[u8], home: PhoneRegion) -> Normal<'_> {
    let value = trimmed(value);
    if let Some(number) = home.e164(value) {
        return Normal::Number(number);
    }
    let differs = value.iter().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii());
    match differs.then(|| str::from_utf8(value)) {
        Some(Ok(text)) => Normal::Lower(text.to_lowercase()),
        _ => Normal::Same(value),
    }
}

impl Normal<'_> {
    /// The form.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Same(value) => value,
            Self::Number(number) => number.as_bytes(),
            Self::Lower(text) => text.as_bytes(),
        }
    }
}

/// Without the white space at both ends. Most values have none, and show it by their first and last byte.
fn trimmed(value: &[u8]) -> &[u8] {
    match value {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => value,
        _ => str::from_utf8(value).map_or(value, |text| text.trim().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(value: &str) -> String {
        String::from_utf8(normalise(value.as_bytes(), PhoneRegion::default()).as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn one_number_has_one_form() {
        for spelling in ["07700 900123", "+44 7700 900123", "0044 7700-900123", "+44 (0)7700 900.123", " (07700) 900123 "] {
            assert_eq!(normal(spelling), "+447700900123", "{spelling}");
        }
        assert_eq!(normal("+1 202-555-0123"), "+12025550123");
    }

    #[test]
    fn what_is_no_telephone_number_keeps_its_digits() {
        for plain in ["7700900123", "00123", "0123", "012345678901234567", "0", "", "+", "07700 90012x"] {
            assert_eq!(normal(plain), plain);
        }
    }

    #[test]
    fn case_and_surrounding_space_do_not_count() {
        assert_eq!(normal("\u{a0}Anna.ÉCLAIR@Example.ORG\n"), "anna.éclair@example.org");
    }
}
