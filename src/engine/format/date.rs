//! Dates as sources write them: RFC 3339 `full-date`, optionally with a time.
//!
//! Never guesses the order of day and month: what is not `YYYY-MM-DD` is not a date.

use crate::engine::time::Date;

/// The date that a text begins with, when the text is a date, or a date with a time.
pub(in crate::engine) fn parse(text: &str) -> Option<Date> {
    let (day, time) = text.split_at_checked(10)?;
    let date = day_of(day.as_bytes())?;
    (time.is_empty() || is_time(time)).then_some(date)
}

fn day_of(day: &[u8]) -> Option<Date> {
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
fn is_time(time: &str) -> bool {
    let Some(time) = time.strip_prefix(['T', 't', ' ']) else { return false };
    let Some((hours_minutes, rest)) = time.split_at_checked(5) else { return false };
    is_clock(hours_minutes) && is_offset(after_seconds(rest))
}

fn after_seconds(rest: &str) -> &str {
    let seconds = rest.strip_prefix(':').and_then(|rest| rest.split_at_checked(2));
    let Some((seconds, rest)) = seconds else { return rest };
    if number(seconds.as_bytes()).is_none_or(|seconds| seconds > 60) {
        return "?";
    }
    match rest.strip_prefix('.') {
        Some(fraction) if fraction.starts_with(|c: char| c.is_ascii_digit()) => {
            fraction.trim_start_matches(|c: char| c.is_ascii_digit())
        }
        _ => rest,
    }
}

fn is_offset(offset: &str) -> bool {
    matches!(offset, "" | "Z" | "z") || offset.strip_prefix(['+', '-']).is_some_and(is_clock)
}

/// `hh:mm`
fn is_clock(clock: &str) -> bool {
    let &[a, b, b':', c, d] = clock.as_bytes() else { return false };
    number(&[a, b]).is_some_and(|hours| hours < 24) && number(&[c, d]).is_some_and(|minutes| minutes < 60)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn dates_are_dates_with_or_without_a_time() {
        for good in ["1990-05-01", "2024-02-29", "1990-05-01T00:00:00Z", "1990-05-01T10:15", "1990-05-01 10:15:30.123+01:00"] {
            assert!(parse(good).is_some(), "{good}");
        }
        let bad =
            ["", "1990-5-1", "1990-02-30", "01-05-1990", "1990-05-01T", "1990-05-01T25:00", "1990-05-01x", "1990-05-01T10:15:99"];
        for bad in bad.into_iter().chain(["1990-05-01T10:15:00 tea", "1990-05-0é", "+990-05-01", "1990-05-01T10:15:"]) {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
