//! Telephone numbers: what `keep = "phone"` takes, and the one form under which a number has one pseudonym.
//!
//! Two ways, because they are asked different things. `keep` asks of every record whether a value looks like a number, and a
//! grammar answers in nanoseconds: it keeps other data out from under the name, and a table of the world's numbering plans
//! would do that no better, at 12 µs a look-up. A pseudonym asks which number it is: there the common spellings of the United
//! Kingdom are settled by rule, and only what is left goes to `rlibphonenumber`, a port of Google's libphonenumber. Its table
//! is built at the first such number (5 ms, 5 MB); a pattern in it is compiled when it is first needed, and nothing else of it
//! changes. Nothing here tells whether a number is in use.
//!
//! The table changes with the version of that library. What it says of a number decides the number's pseudonym, so a contest
//! should end on the version on which it began.

use rlibphonenumber::{CountryCodeSource, PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

/// Digits of a number in E.164, country code included (ITU-T E.164 has at most 15; none is shorter than 7).
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// Bytes of a number with what stands between its digits.
const SPELLED_BYTES_MAX: usize = 32;
/// Digits that may be dialled before the number itself: `00`, or up to five in some countries.
const PREFIX_DIGITS_MAX: usize = 5;
/// Digits of a national number that is taken for one by its length. A date has eight, and so have many identifiers.
const NATIONAL_DIGITS_SURE: usize = 9;
/// The least number of so many digits.
const NATIONAL_NUMBER_SURE: u64 = 100_000_000;

/// Seven to fifteen digits (ITU-T E.164 has at most fifteen), and signs between them.
#[inline(never)]
pub(super) fn is_phone(text: &[u8]) -> bool {
    let rest = text.strip_prefix(b"+").unwrap_or(text);
    let count = |(digits, signs), byte: &u8| {
        let sign = matches!(byte, b' ' | b'(' | b')' | b'-' | b'.');
        (digits + usize::from(byte.is_ascii_digit()), signs + usize::from(sign))
    };
    let (digits, signs) = rest.iter().fold((0, 0), count);
    DIGITS.contains(&digits) && text.len() <= SPELLED_BYTES_MAX && digits + signs == rest.len()
}

/// The country in which a number without a country code is at home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhoneRegion {
    region: Region,
    /// Whether every national spelling begins with a `0`. Where it does, other digits are no telephone number.
    zero: bool,
}

impl Default for PhoneRegion {
    /// The United Kingdom.
    fn default() -> Self {
        Self { region: Region::GB, zero: true }
    }
}

impl PhoneRegion {
    /// The country of an ISO 3166-1 alpha-2 code in capitals; `None` for one without a numbering plan of its own.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let region = PHONE_NUMBER_UTIL.get_supported_regions().find(|region| code_of(*region) == code)?;
        Some(Self { region, zero: has_zero(region) })
    }

    /// Every code that [`parse`](Self::parse) takes, in the order of the alphabet.
    #[must_use]
    pub fn codes() -> Vec<String> {
        let mut codes: Vec<String> = PHONE_NUMBER_UTIL.get_supported_regions().map(code_of).collect();
        codes.sort();
        codes
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> String {
        code_of(self.region)
    }

    /// The number that a text in UTF-8 is a spelling of; `None` for what is not clearly a telephone number.
    #[must_use]
    pub(in crate::engine) fn e164(&self, text: &[u8]) -> Option<E164> {
        // Most of what is pseudonymised is no number, and shows it by how it begins.
        let begins = text.first().is_some_and(|byte| matches!(byte, b'+' | b'(' | b'0') || (!self.zero && byte.is_ascii_digit()));
        let mut buffer = [0; DIALLED_BYTES_MAX];
        let digits = if begins { dialled(text, &mut buffer)? } else { return None };
        if !matches!(digits, [b'+' | b'0', ..]) && self.zero {
            return None;
        }
        match self.region {
            Region::GB => match british(digits) {
                British::Number(national) => E164::new(b"+44", national),
                British::Never => None,
                British::Perhaps => self.looked_up(digits),
            },
            _ => self.looked_up(digits),
        }
    }

    /// What is spelled with its country, or as at home with a `0`, is a number when one may be so long; what is digits alone only
    /// when it is one in the country's plan.
    fn looked_up(&self, digits: &[u8]) -> Option<E164> {
        use CountryCodeSource::{FromNumberWithIdd, FromNumberWithPlusSign};
        let digits = std::str::from_utf8(digits).ok()?;
        let number = PHONE_NUMBER_UTIL.parse_and_keep_raw_input(digits, Some(self.region)).ok()?;
        // Of a number of zeroes the library gives back the spelling.
        if number.national_number == 0 {
            return None;
        }
        let abroad = matches!(number.country_code_source(), FromNumberWithIdd | FromNumberWithPlusSign);
        let sure = abroad || (self.zero && number.national_number >= NATIONAL_NUMBER_SURE);
        let is_number =
            if sure { PHONE_NUMBER_UTIL.is_possible_number(&number) } else { PHONE_NUMBER_UTIL.is_valid_number(&number) };
        let spelled = is_number.then(|| PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164))?;
        E164::new(b"", spelled.as_bytes())
    }
}

/// A telephone number in E.164: `+`, country code, national number.
#[derive(Clone, Copy)]
pub(in crate::engine) struct E164 {
    bytes: [u8; E164_BYTES_MAX],
    length: usize,
}

/// Bytes of a number in E.164. The plans of a few countries have numbers that are longer than its fifteen digits.
const E164_BYTES_MAX: usize = 24;

impl E164 {
    /// The number of these digits behind those; `None` where there are too many.
    fn new(country: &[u8], national: &[u8]) -> Option<Self> {
        let (mut bytes, length) = ([0; E164_BYTES_MAX], country.len() + national.len());
        let (first, behind) = bytes.get_mut(..length)?.split_at_mut(country.len());
        first.copy_from_slice(country);
        behind.copy_from_slice(national);
        Some(Self { bytes, length })
    }

    /// Its digits and the `+` before them, in ASCII.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

fn code_of(region: Region) -> String {
    region.as_region_str().as_str().to_owned()
}

/// Whether a country writes a `0` before its numbers at home that is not one of their digits.
fn has_zero(region: Region) -> bool {
    let Ok(example) = PHONE_NUMBER_UTIL.get_example_number(region) else { return false };
    let number = PHONE_NUMBER_UTIL.format(&example, PhoneNumberFormat::E164);
    let national = PHONE_NUMBER_UTIL.format(&example, PhoneNumberFormat::National);
    let national: String = national.chars().filter(char::is_ascii_digit).collect();
    national.strip_prefix('0').is_some_and(|rest| *number == format!("+{}{rest}", example.country_code))
}

/// Bytes of what is dialled, the `+` included.
const DIALLED_BYTES_MAX: usize = 1 + *DIGITS.end() + PREFIX_DIGITS_MAX;

/// The digits of a spelling, after a `+` where it has one; `None` for a text with anything else in it than people put between
/// digits, and for too few or too many of them.
fn dialled<'b>(text: &[u8], buffer: &'b mut [u8; DIALLED_BYTES_MAX]) -> Option<&'b [u8]> {
    // Longer texts, which are most of what is no number, are not looked at.
    if text.len() > 2 * SPELLED_BYTES_MAX {
        return None;
    }
    let (mut rest, mut length) = (text, 0);
    while let [byte, behind @ ..] = rest {
        rest = behind;
        match byte {
            b'0'..=b'9' => {}
            b'+' if length == 0 => {}
            b' ' | b'(' | b')' | b'-' | b'.' => continue,
            _ => {
                rest = behind_foreign_sign(*byte, behind)?;
                continue;
            }
        }
        *buffer.get_mut(length)? = *byte;
        length += 1;
    }
    let plus = usize::from(buffer[0] == b'+');
    let count = (*DIGITS.start()..=DIALLED_BYTES_MAX - 1).contains(&(length - plus));
    Some(&buffer[..length]).filter(|_| count)
}

/// What follows a space that does not break, or a dash: U+00A0, U+202F, U+2010 to U+2015.
#[cold]
fn behind_foreign_sign(first: u8, behind: &[u8]) -> Option<&[u8]> {
    match (first, behind) {
        (0xC2, [0xA0, rest @ ..]) | (0xE2, [0x80, 0xAF | 0x90..=0x95, rest @ ..]) => Some(rest),
        _ => None,
    }
}

/// What can be said without a look-up of what is dialled in the United Kingdom.
#[derive(Debug, PartialEq, Eq)]
enum British<'d> {
    /// This national number.
    Number(&'d [u8]),
    /// No telephone number.
    Never,
    /// The library knows.
    Perhaps,
}

/// Ten digits that begin with 1, 2, 3 or 7, after `0`, `+44`, `0044`, or one of the last two and a `0`, are a number. Too few
/// digits are none, and neither is a country code that begins with `0`: so much for identifiers with zeroes before them. The
/// library says the same of each, but for a few numbers of seven digits or less, which are no member's.
fn british(dialled: &[u8]) -> British<'_> {
    let from_abroad = |rest| British::common(<[u8]>::strip_prefix(rest, b"0").unwrap_or(rest)).unwrap_or(British::Perhaps);
    match (dialled.strip_prefix(b"+44").or_else(|| dialled.strip_prefix(b"0044")), dialled.strip_prefix(b"00")) {
        (Some(rest), _) => from_abroad(rest),
        (None, Some(rest)) if rest.starts_with(b"0") || rest.len() < *DIGITS.start() => British::Never,
        (None, Some(_)) => British::Perhaps,
        (None, None) => match dialled.strip_prefix(b"0") {
            Some(national) if national.len() < NATIONAL_DIGITS_SURE => British::Never,
            Some(national) => British::common(national).unwrap_or(British::Perhaps),
            None => British::Perhaps,
        },
    }
}

impl<'d> British<'d> {
    fn common(national: &'d [u8]) -> Option<Self> {
        (national.len() == 10 && matches!(national[0], b'1' | b'2' | b'3' | b'7')).then_some(Self::Number(national))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn region(code: &str) -> PhoneRegion {
        PhoneRegion::parse(code).unwrap()
    }

    fn text(number: Option<E164>) -> Option<String> {
        number.map(|number| String::from_utf8(number.as_bytes().to_vec()).unwrap())
    }

    fn e164(home: PhoneRegion, spelling: &str) -> Option<String> {
        text(home.e164(spelling.as_bytes()))
    }

    #[test]
    fn one_number_has_one_form_at_home() {
        let at_home = [
            (
                "GB",
                "+447700900123",
                &[
                    "07700 900123",
                    "+44 7700 900123",
                    "0044 7700-900123",
                    "+44 (0)7700 900.123",
                    "(07700) 900123",
                    "(+44) 7700 900123",
                    "+44(0) 7700\u{a0}900123",
                    "07700\u{2013}900\u{2013}123",
                    "07700900123",
                ][..],
            ),
            ("GB", "+442079460018", &["020 7946 0018", "(020) 7946-0018", "+44 20 7946 0018", "0044 (0)20 7946 0018"][..]),
            ("GB", "+441204123456", &["01204 123456", "+441204123456"][..]),
            ("IE", "+353851234567", &["085 123 4567", "+353 85 123 4567", "00353 (0)85 1234567"][..]),
            ("PL", "+48221234567", &["22 123 45 67", "221234567", "+48 22 123 45 67", "0048 221234567"][..]),
            (
                "US",
                "+12025550123",
                &["(202) 555-0123", "202.555.0123", "1-202-555-0123", "+1 202 555 0123", "011 1 202 555 0123"][..],
            ),
            ("DE", "+4930123456", &["030 123456", "+49 30 123456", "+49 (0)30 123456", "0049 30 123456"][..]),
            ("IT", "+390612345678", &["06 1234 5678", "+39 06 1234 5678", "0039 0612345678"][..]),
        ];
        for (code, number, spellings) in at_home {
            for spelling in spellings {
                assert_eq!(e164(region(code), spelling).as_deref(), Some(number), "{code} {spelling}");
            }
        }
    }

    #[test]
    fn numbers_of_other_countries_are_known_by_their_codes() {
        let from_home = PhoneRegion::default();
        for (spelling, number) in
            [("+1 202-555-0123", "+12025550123"), ("+49 (0)30 123456", "+4930123456"), ("0033 1 23 45 67 89", "+33123456789")]
        {
            assert_eq!(e164(from_home, spelling).as_deref(), Some(number), "{spelling}");
        }
    }

    #[test]
    fn what_is_not_clearly_a_telephone_number_is_none() {
        let none = [
            "7700900123",
            "447700900123",
            "00123",
            "0123",
            "012345678901234567",
            "0",
            "",
            "+",
            "07700 90012x",
            "01-02-2026",
            "01022026",
            "2026-02-01",
            "+999 123 456 789",
            "07700 900123 x2",
            "0770+0900123",
            "07700\u{2016}900123",
            "٠٧٧٠٠٩٠٠١٢٣",
            "0000000000",
            "+44 000 000",
            "+43 0000",
            "0043 0000",
            "0800 1111",
        ];
        for text in none {
            assert_eq!(e164(PhoneRegion::default(), text), None, "{text}");
        }
        for text in ["12345678", "123", "2026-02-01"] {
            assert_eq!(e164(region("PL"), text), None, "{text}");
        }
    }

    #[test]
    fn countries_have_codes() {
        assert_eq!(PhoneRegion::parse("GB"), Some(PhoneRegion::default()));
        for bad in ["UK", "gb", "GBR", "", "001", "ZZ"] {
            assert_eq!(PhoneRegion::parse(bad), None, "{bad}");
        }
        let codes = PhoneRegion::codes();
        assert!(codes.len() > 200 && codes.is_sorted() && codes.iter().all(|code| region(code).code() == *code));
    }

    /// The library's patterns are compiled when they are first needed; one that the smaller engine of patterns refused would
    /// panic then.
    #[test]
    fn every_country_s_own_example_is_its_own_number() {
        for code in PhoneRegion::codes() {
            let home = region(&code);
            let example = PHONE_NUMBER_UTIL.get_example_number(home.region).unwrap();
            let number = PHONE_NUMBER_UTIL.format(&example, PhoneNumberFormat::E164).into_owned();
            for format in [PhoneNumberFormat::E164, PhoneNumberFormat::International, PhoneNumberFormat::National] {
                let spelling = PHONE_NUMBER_UTIL.format(&example, format);
                // A few islands have numbers of five or six digits, which are no more clearly numbers than identifiers are.
                let short = spelling.bytes().filter(u8::is_ascii_digit).count() < *DIGITS.start();
                assert!(short || e164(home, &spelling).as_deref() == Some(&*number), "{code} {spelling}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_rule_for_british_numbers_says_what_the_library_says(
            national in "[1237][0-9]{9}", prefix in prop::sample::select(&["0", "+44", "+440", "0044", "00440"][..])
        ) {
            let dialled = format!("{prefix}{national}");
            prop_assert_eq!(british(dialled.as_bytes()), British::Number(national.as_bytes()));
            prop_assert_eq!(text(PhoneRegion::default().looked_up(dialled.as_bytes())), Some(format!("+44{national}")));
        }

        #[test]
        fn what_the_rule_for_british_numbers_refuses_is_none_to_the_library(dialled in "0[0-9]{6,8}|000[0-9]{4,16}|00[1-9][0-9]{5}") {
            let found = text(PhoneRegion::default().looked_up(dialled.as_bytes()));
            let short = found.as_ref().is_some_and(|number| number.len() <= "+448001111".len());
            prop_assert!(british(dialled.as_bytes()) != British::Never || found.is_none() || short, "{:?}", found);
        }

        #[test]
        fn any_text_is_judged_without_a_panic(text in "[+0-9 ().x-]{0,40}|.{0,40}", code in prop::sample::select(PhoneRegion::codes())) {
            let home = region(&code);
            if let Some(number) = e164(home, &text) {
                prop_assert!(number.starts_with('+') && number[1..].bytes().all(|byte| byte.is_ascii_digit()), "{}", number);
            }
        }
    }
}
