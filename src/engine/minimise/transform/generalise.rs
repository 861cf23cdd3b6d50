//! Generalisation (ISO/IEC 20889): a value leaves coarser, so that many people share it.
//!
//! Never lets a value through that it cannot make coarser.

use super::super::json::text;
use super::super::rule::Generalisation;
use crate::engine::format::{self, Format, Scalar, date};
use crate::engine::time::Date;

/// Appends the coarser value; nothing, and `None`, when the value is not one that can be made coarser in this way.
pub(in super::super) fn generalise(value: Scalar<'_>, how: &Generalisation, out: &mut Vec<u8>) -> Option<()> {
    let coarser = match how {
        Generalisation::AgeBand { bands, on } => born(value).and_then(|born| age_band(age(born, *on)?, bands)),
        Generalisation::Year => born(value).map(|date| format!("{:04}", date.year())),
        Generalisation::Month => born(value).map(|date| format!("{:04}-{:02}", date.year(), date.month())),
        Generalisation::Outcode => outcode(value),
        Generalisation::NumericBand { width } => numeric_band(value, u64::from(width.get())),
        Generalisation::Prefix { chars } => prefix(value, chars.get() as usize),
    };
    coarser.map(|coarser| text::write(&coarser, out))
}

fn born(value: Scalar<'_>) -> Option<Date> {
    match value {
        Scalar::Text(text) => date::parse(text.as_bytes()),
        _ => None,
    }
}

/// Completed years. Someone born on 29 February completes one on 1 March where the year has no such day.
fn age(born: Date, on: Date) -> Option<u16> {
    let before_birthday = (on.month(), on.day()) < (born.month(), born.day());
    u16::try_from(on.year() - born.year() - i16::from(before_birthday)).ok()
}

fn age_band(age: u16, bands: &[u16]) -> Option<String> {
    let above = bands.partition_point(|&edge| edge <= age);
    let lower = if above == 0 { 0 } else { *bands.get(above - 1)? };
    Some(match bands.get(above) {
        Some(next) => format!("{lower}-{}", next - 1),
        None => format!("{lower}+"),
    })
}

/// The outward code: all but the last three characters (Royal Mail, Programmers' Guide to PAF).
fn outcode(value: Scalar<'_>) -> Option<String> {
    let Scalar::Text(text) = value else { return None };
    if !Format::Postcode.accepts(value) {
        return None;
    }
    let letters: String = text.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_uppercase()).collect();
    letters.get(..letters.len().checked_sub(3)?).map(str::to_owned)
}

fn numeric_band(value: Scalar<'_>, width: u64) -> Option<String> {
    let text = value.text()?;
    if !Format::Decimal.accepts(value) {
        return None;
    }
    let whole: u64 = text.split('.').next()?.parse().ok()?;
    let lower = whole - whole % width;
    Some(format!("{lower}-{}", lower.checked_add(width - 1)?))
}

fn prefix(value: Scalar<'_>, chars: usize) -> Option<String> {
    let Scalar::Text(text) = value else { return None };
    let one_line = Format::Text { max: format::TEXT_CHARS_DEFAULT }.accepts(value);
    let (end, _) = text.char_indices().nth(chars)?;
    one_line.then(|| text[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn coarser(value: Scalar<'_>, how: &Generalisation) -> Option<String> {
        let mut out = Vec::new();
        generalise(value, how, &mut out).map(|()| serde_json::from_slice(&out).unwrap())
    }

    fn text(text: &str, how: &Generalisation) -> Option<String> {
        coarser(Scalar::Text(text), how)
    }

    #[test]
    fn ages_fall_into_bands_on_the_stated_day() {
        let bands = |on: &str| Generalisation::AgeBand { bands: [18, 25, 65].into(), on: on.parse().unwrap() };
        let on_polling_day = bands("2026-02-14");
        let cases = [
            ("2008-02-15", "0-17"),
            ("2008-02-14", "18-24"),
            ("2001-02-15", "18-24"),
            ("2001-02-14T00:00:00Z", "25-64"),
            ("1961-02-14", "65+"),
        ];
        for (born, band) in cases {
            assert_eq!(text(born, &on_polling_day).as_deref(), Some(band), "{born}");
        }
        assert_eq!(text("2026-02-15", &on_polling_day), None, "not born yet");
        assert_eq!(text("15/02/2008", &on_polling_day), None);
        assert_eq!(text("2008-02-29", &bands("2026-02-28")).as_deref(), Some("0-17"));
        assert_eq!(text("2008-02-29", &bands("2026-03-01")).as_deref(), Some("18-24"));
        assert_eq!(coarser(Scalar::Number("1990"), &on_polling_day), None);
    }

    #[test]
    fn dates_postcodes_numbers_and_texts_lose_their_ends() {
        assert_eq!(text("1990-05-01", &Generalisation::Year).as_deref(), Some("1990"));
        assert_eq!(text("1990-05-01", &Generalisation::Month).as_deref(), Some("1990-05"));
        assert_eq!(text("sw1a 1aa", &Generalisation::Outcode).as_deref(), Some("SW1A"));
        assert_eq!(text("E16AN", &Generalisation::Outcode).as_deref(), Some("E1"));
        assert_eq!(text("SW1A", &Generalisation::Outcode), None);
        let ten = Generalisation::NumericBand { width: NonZeroU32::new(10).unwrap() };
        assert_eq!(coarser(Scalar::Number("29.99"), &ten).as_deref(), Some("20-29"));
        assert_eq!(text("0", &ten).as_deref(), Some("0-9"));
        assert_eq!(coarser(Scalar::Number("-1"), &ten), None);
        assert_eq!(coarser(Scalar::Number("1e2"), &ten), None);
        let two = Generalisation::Prefix { chars: NonZeroU32::new(2).unwrap() };
        assert_eq!(text("ééa", &two).as_deref(), Some("éé"));
        assert_eq!(text("ab", &two), None);
        assert_eq!(text("ab\ncd", &two), None);
    }
}
