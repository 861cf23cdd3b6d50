//! Times: zones, windows, durations. A local time that a zone's clocks show twice or never is refused.

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::tz::{AmbiguousOffset, TimeZone};

use super::short;
use crate::config::notes::Notes;
use crate::config::raw::read::{Moment, Text, When};
use crate::config::raw::spelling;
use crate::engine::time::{Date, Timestamp};

/// The zone with an IANA name.
pub fn zone(said: &Text, notes: &mut Notes) -> Option<TimeZone> {
    if let Ok(zone) = TimeZone::get(&said.value) {
        return Some(zone);
    }
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
    let help = match spelling::nearest(&said.value, names.iter().map(String::as_str)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "write an IANA name such as `Europe/London`".to_owned(),
    };
    notes.error(said.at, format!("there is no time zone `{}`", short(&said.value)), help);
    None
}

/// The moment of a date-time: local to the zone, or taken as it is when it has an offset.
pub fn instant(said: &Moment, zone: Option<&TimeZone>, notes: &mut Notes) -> Option<Timestamp> {
    match said.value {
        When::Exact(instant) => Some(instant),
        When::Date(date) => {
            let help = format!("write for example `{date}T12:00:00`");
            notes.error(said.at, "this is a day without a time", help);
            None
        }
        When::Local(local) => local_instant(local, said, zone?, notes),
    }
}

fn local_instant(local: jiff::civil::DateTime, said: &Moment, zone: &TimeZone, notes: &mut Notes) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let name = zone.iana_name().unwrap_or("the zone");
    let (message, before, after) = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => {
            let instant = ambiguous.unambiguous().ok();
            if instant.is_none() {
                notes.error(said.at, "this time is out of range", "write a time between the years 1 and 9998");
            }
            return instant;
        }
        AmbiguousOffset::Gap { before, after } => {
            (format!("the clocks of {name} never show {local}: they skip it"), before, after)
        }
        AmbiguousOffset::Fold { before, after } => {
            (format!("the clocks of {name} show {local} twice: they are turned back"), before, after)
        }
    };
    let with = |offset: jiff::tz::Offset| format!("`{local}{}`", offset_text(offset));
    notes.error(said.at, message, format!("give the offset that you mean: {} or {}", with(before), with(after)));
    None
}

fn offset_text(offset: jiff::tz::Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A day without a time.
pub fn date(said: &Moment, notes: &mut Notes) -> Option<Date> {
    let date = match said.value {
        When::Date(date) => return Some(date),
        When::Local(local) => local.date(),
        When::Exact(instant) => instant.to_zoned(TimeZone::UTC).date(),
    };
    notes.error(said.at, "only a day can stand here, without a time", format!("write `{date}`"));
    None
}

/// A duration with its unit: `500ms`, `30s`, `5m`, `1h`, `1d`.
pub fn duration(said: &Text, what: &str, bounds: RangeInclusive<Duration>, notes: &mut Notes) -> Option<Duration> {
    let parsed = parse_duration(&said.value);
    let (least, most) = (spell(*bounds.start()), spell(*bounds.end()));
    let Some(duration) = parsed else {
        let message = format!("`{}` is no duration", short(&said.value));
        notes.error(said.at, message, "write a number and a unit: `500ms`, `30s`, `5m`, `1h` or `1d`");
        return None;
    };
    if !bounds.contains(&duration) {
        let message = format!("{what} is from {least} to {most}, not {}", spell(duration));
        notes.error(said.at, message, format!("write a duration from `{least}` to `{most}`"));
        return None;
    }
    Some(duration)
}

fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(milliseconds).map(Duration::from_millis)
}

/// A duration as the files spell it, in the largest unit that is exact.
pub fn spell(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")];
    let exact = units.iter().find(|(unit, _)| milliseconds > 0 && milliseconds.is_multiple_of(*unit));
    exact.map_or_else(|| format!("{milliseconds}ms"), |(unit, name)| format!("{}{name}", milliseconds / unit))
}

/// The day of a moment on the clocks of a zone.
pub fn day_in(zone: &TimeZone, instant: Timestamp) -> Date {
    instant.to_zoned(zone.clone()).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_spelled() {
        for text in ["500ms", "30s", "1m", "2h", "1d", "1500ms"] {
            assert_eq!(spell(parse_duration(text).unwrap()), text);
        }
        for text in ["", "s", "30", "30 s", "-1s", "1.5s", "1w", "99999999999999999999d"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
