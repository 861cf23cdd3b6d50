//! Dates as sources write them: RFC 3339 `full-date`, optionally with a time.
//!
//! Never guesses the order of day and month: what is not `YYYY-MM-DD` is not a date.

use crate::engine::time::Date;

/// The date that a text, given as its bytes, begins with, when the text is a date, or a date with a time.
pub(in crate::engine) fn parse(text: &[u8]) -> Option<Date> {
    let (day, time) = text.split_first_chunk::<10>()?;
    let date = day_of(day)?;
    (time.is_empty() || is_time(time)).then_some(date)
}

fn day_of(day: &[u8; 10]) -> Option<Date> {
    let &[a, b, c, d, b'-', e, f, b'-', g, h] = day else { return None };
    let year = number(&[a, b, c, d])?;
    let month = i8::try_from(number(&[e, f])?).ok()?;
    let day = i8::try_from(number(&[g, h])?).ok()?;
    Date::new(year, month, day).ok()
}

fn number(digits: &[u8]) -> Option<i16> {
    digits.iter().try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i16::from(digit - b'0')))
}

/// `Thh:mm[:ss[.fraction]][offset]`; SQL's space stands for `T`.
fn is_time(time: &[u8]) -> bool {
    match time.split_first_chunk::<6>() {
        Some((&[b'T' | b't' | b' ', a, b, c, d, e], rest)) => {
            is_clock(&[a, b, c, d, e]) && after_seconds(rest).is_some_and(is_offset)
        }
        _ => false,
    }
}

/// What follows the seconds and their fraction, where there are any; `None` where they are not what they should be.
fn after_seconds(rest: &[u8]) -> Option<&[u8]> {
    let Some(seconds) = rest.strip_prefix(b":") else { return Some(rest) };
    let (seconds, rest) = seconds.split_first_chunk::<2>()?;
    number(seconds).filter(|seconds| *seconds <= 60)?;
    let Some(fraction) = rest.strip_prefix(b".") else { return Some(rest) };
    let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0).then(|| &fraction[digits..])
}

fn is_offset(offset: &[u8]) -> bool {
    match offset {
        b"" | b"Z" | b"z" => true,
        [b'+' | b'-', clock @ ..] => is_clock(clock),
        _ => false,
    }
}

/// `hh:mm`
fn is_clock(clock: &[u8]) -> bool {
    let &[a, b, b':', c, d] = clock else { return false };
    number(&[a, b]).is_some_and(|hours| hours < 24) && number(&[c, d]).is_some_and(|minutes| minutes < 60)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn dates_are_dates_with_or_without_a_time() {
        for good in ["1990-05-01", "2024-02-29", "1990-05-01T00:00:00Z", "1990-05-01T10:15", "1990-05-01 10:15:30.123+01:00"] {
            assert!(parse(good.as_bytes()).is_some(), "{good}");
        }
        let bad =
            ["", "1990-5-1", "1990-02-30", "01-05-1990", "1990-05-01T", "1990-05-01T25:00", "1990-05-01x", "1990-05-01T10:15:99"];
        for bad in bad.into_iter().chain(["1990-05-01T10:15:00 tea", "1990-05-0é", "+990-05-01", "1990-05-01T10:15:"]) {
            assert!(parse(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
