//! Formats, dates, masks and coarser values once more, written from what the documentation says of them and in the plainest
//! way: whole strings, one rule after the other. Never calls what it is compared with.

use portcullis::engine::format::Format;
use portcullis::engine::minimise::rule::{Generalisation, Test};
use portcullis::engine::time::Date;

/// A scalar of a document, texts unescaped and numbers as they are spelled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Plain<'t> {
    Text(&'t str),
    Number(&'t str),
    Boolean(bool),
    Null,
}

/// A pattern, and what matches it.
type Known = (&'static str, fn(&str) -> bool);

/// Patterns that tests use.
pub const PATTERNS: [Known; 3] = [
    ("[A-Z]{2}[0-9]+", |text| {
        text.len() > 2 && first(text, 2, |c| c.is_ascii_uppercase()) && rest(text, 2, |c| c.is_ascii_digit())
    }),
    ("a|bc", |text| ["a", "bc"].contains(&text)),
    (".é?", |text| (1..=2).contains(&text.chars().count()) && !text.starts_with('\n') && rest(text, 1, |c| c == 'é')),
];

fn first(text: &str, count: usize, judge: impl Fn(char) -> bool) -> bool {
    text.chars().take(count).all(judge)
}

fn rest(text: &str, after: usize, judge: impl Fn(char) -> bool) -> bool {
    text.chars().skip(after).all(judge)
}

/// Whether the value is of the format.
pub fn is_of(format: &Format, value: Plain<'_>) -> bool {
    match (format, value) {
        (Format::Boolean, Plain::Boolean(_)) => true,
        (Format::Boolean, Plain::Number(number)) => ["0", "1"].contains(&number),
        (Format::Boolean, _) | (_, Plain::Boolean(_) | Plain::Null) => false,
        (Format::Integer, Plain::Text(text) | Plain::Number(text)) => is_decimal(text, 19) && !text.contains('.'),
        (Format::Decimal, Plain::Text(text) | Plain::Number(text)) => is_decimal(text, 30),
        (_, Plain::Number(_)) => false,
        (Format::Name, Plain::Text(text)) => is_name(text),
        (Format::Text { max }, Plain::Text(text)) => is_line(text, *max as usize),
        (Format::Email, Plain::Text(text)) => is_address(text),
        (Format::Phone, Plain::Text(text)) => is_phone(text),
        (Format::Postcode, Plain::Text(text)) => is_postcode(text),
        (Format::Date, Plain::Text(text)) => day(text).is_some(),
        (Format::Enum(texts), Plain::Text(text)) => texts.iter().any(|one| **one == *text),
        (Format::Uuid, Plain::Text(text)) => shape(text) == "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh",
        (Format::Pattern(pattern), Plain::Text(text)) => {
            let known = PATTERNS.iter().find(|(known, _)| pattern.as_str() == format!("^(?:{known})$"));
            known.expect("a pattern of these tests").1(text)
        }
    }
}

/// Each hexadecimal digit as `h`, hyphens as they are, and all else as `?`.
fn shape(text: &str) -> String {
    let class = |c: char| match c {
        '0'..='9' | 'A'..='F' | 'a'..='f' => 'h',
        '-' => '-',
        _ => '?',
    };
    text.chars().map(class).collect()
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

fn is_decimal(text: &str, digits_max: usize) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let parts: Vec<_> = unsigned.split('.').collect();
    parts.len() <= 2 && parts.iter().all(|part| all_digits(part)) && parts.concat().len() <= digits_max
}

/// Marks that are written with letters and are none, in the order of their blocks: accents, then nuktas and viramas and the
/// like of Indic scripts, then the points of Hebrew and Arabic, Sinhala, Thai and Burmese.
const MARKS: [(char, char); 29] = [
    ('\u{300}', '\u{36F}'),
    ('\u{1AB0}', '\u{1AFF}'),
    ('\u{1DC0}', '\u{1DFF}'),
    ('\u{FE20}', '\u{FE2F}'),
    ('\u{93C}', '\u{93C}'),
    ('\u{94D}', '\u{94D}'),
    ('\u{9BC}', '\u{9BC}'),
    ('\u{9CD}', '\u{9CD}'),
    ('\u{A3C}', '\u{A3C}'),
    ('\u{A4D}', '\u{A4D}'),
    ('\u{ABC}', '\u{ABC}'),
    ('\u{ACD}', '\u{ACD}'),
    ('\u{B3C}', '\u{B3C}'),
    ('\u{B4D}', '\u{B4D}'),
    // Not assigned yet: Tamil writes no nukta.
    ('\u{BBC}', '\u{BBC}'),
    ('\u{BCD}', '\u{BCD}'),
    ('\u{C3C}', '\u{C3C}'),
    ('\u{C4D}', '\u{C4D}'),
    ('\u{CBC}', '\u{CBC}'),
    ('\u{CCD}', '\u{CCD}'),
    ('\u{D3C}', '\u{D3C}'),
    ('\u{D4D}', '\u{D4D}'),
    ('\u{591}', '\u{5BD}'),
    ('\u{64B}', '\u{652}'),
    ('\u{DCA}', '\u{DCA}'),
    ('\u{E3A}', '\u{E3A}'),
    ('\u{E47}', '\u{E4E}'),
    ('\u{1039}', '\u{1039}'),
    ('\u{103A}', '\u{103A}'),
];

fn is_name(text: &str) -> bool {
    let mark = |c: char| MARKS.iter().any(|(first, last)| (*first..=*last).contains(&c));
    let fits = |c: char| c.is_alphabetic() || mark(c) || " '’-.,".contains(c);
    text.chars().count() <= 100 && text.contains(char::is_alphabetic) && text.chars().all(fits)
}

fn is_line(text: &str, max: usize) -> bool {
    let trimmed = text.trim();
    let inside = |open, close| trimmed.starts_with(open) && trimmed.ends_with(close);
    let trick = |c: char| "\u{2028}\u{2029}\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2066}\u{2067}\u{2068}\u{2069}".contains(c);
    text.chars().count() <= max && !text.contains(|c: char| c.is_control() || trick(c)) && !inside('{', '}') && !inside('[', ']')
}

/// `atom *("." atom) "@" label 1*("." label)`, each of its parts and the whole not too long, the last label with a letter.
fn is_address(text: &str) -> bool {
    let halves: Vec<_> = text.split('@').collect();
    let [local, domain] = halves[..] else { return false };
    let atom =
        |atom: &str| !atom.is_empty() && atom.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c));
    let label = |label: &str| {
        let fits = !label.is_empty() && label.len() <= 63 && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        fits && !label.starts_with('-') && !label.ends_with('-')
    };
    let labels: Vec<_> = domain.split('.').collect();
    let short = text.len() <= 254 && local.len() <= 64;
    let ends = labels.last().is_some_and(|last| last.contains(|c: char| c.is_ascii_alphabetic()));
    short && local.split('.').all(atom) && labels.len() >= 2 && labels.into_iter().all(label) && ends
}

fn is_phone(text: &str) -> bool {
    let number = text.strip_prefix('+').unwrap_or(text);
    let digits = number.chars().filter(char::is_ascii_digit).count();
    (7..=15).contains(&digits) && text.len() <= 32 && number.chars().all(|c| c.is_ascii_digit() || " ()-.".contains(c))
}

/// BS 7666, letters as `A` and digits as `9`.
fn is_postcode(text: &str) -> bool {
    let class = |c: char| match c {
        'A'..='Z' | 'a'..='z' => 'A',
        '0'..='9' => '9',
        other => other,
    };
    let shape: String = text.chars().map(class).collect();
    let outward = ["A9", "A99", "AA9", "AA99", "A9A", "AA9A"];
    let known = outward.iter().any(|outward| [format!("{outward} 9AA"), format!("{outward}9AA")].contains(&shape));
    let girobank = ["GIR 0AA", "GIR0AA"].iter().any(|code| text.eq_ignore_ascii_case(code));
    known || girobank
}

/// The day of a text, `YYYY-MM-DD`, when it is one with or without a time of day.
pub fn day(text: &str) -> Option<&str> {
    let (day, time) = text.split_at_checked(10)?;
    let [year, month, date] = day.split('-').collect::<Vec<_>>()[..] else { return None };
    let sizes = [(year, 4), (month, 2), (date, 2)].iter().all(|(part, size)| all_digits(part) && part.len() == *size);
    (sizes && is_day(year.parse().ok()?, month.parse().ok()?, date.parse().ok()?) && is_time(time)).then_some(day)
}

fn is_day(year: u16, month: u8, date: u8) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u8::from(leap),
        _ => 0,
    };
    (1..=days).contains(&date)
}

/// Nothing, or `T` or a space, `hh:mm`, perhaps `:ss` with a fraction or none, and perhaps `Z` or `+hh:mm`.
fn is_time(time: &str) -> bool {
    if time.is_empty() {
        return true;
    }
    let Some(time) = time.strip_prefix(['T', 't', ' ']) else { return false };
    let (clock, offset) = time.split_at(time.find(['Z', 'z', '+', '-']).unwrap_or(time.len()));
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let parts: Vec<_> = clock.split(':').collect();
    let fits = match parts[..] {
        [hour, minute] => at_most(hour, 23) && at_most(minute, 59) && fraction.is_none(),
        [hour, minute, second] => {
            at_most(hour, 23) && at_most(minute, 59) && at_most(second, 60) && fraction.is_none_or(all_digits)
        }
        _ => false,
    };
    fits && is_offset(offset)
}

fn is_offset(offset: &str) -> bool {
    let Some(clock) = offset.strip_prefix(['+', '-']) else { return ["", "Z", "z"].contains(&offset) };
    clock.split_once(':').is_some_and(|(hour, minute)| at_most(hour, 23) && at_most(minute, 59))
}

fn at_most(two: &str, most: u8) -> bool {
    two.len() == 2 && all_digits(two) && two.parse::<u8>().is_ok_and(|number| number <= most)
}

/// What becomes of a value that is masked.
pub fn masked(value: Plain<'_>, last: usize) -> Option<String> {
    let (Plain::Text(text) | Plain::Number(text)) = value else { return None };
    let length = text.chars().count();
    let shown = if length <= last { 0 } else { last };
    is_line(text, 200).then(|| "*".repeat(length - shown) + &text.chars().skip(length - shown).collect::<String>())
}

/// What becomes of a value that is made coarser.
pub fn coarser(value: Plain<'_>, how: &Generalisation) -> Option<String> {
    match (how, value) {
        (Generalisation::AgeBand { bands, on }, Plain::Text(text)) => {
            let age = birthdays(day(text)?, &on.to_string())?;
            Some(band(age, bands))
        }
        (Generalisation::Year, Plain::Text(text)) => day(text).map(|day| day[..4].to_owned()),
        (Generalisation::Month, Plain::Text(text)) => day(text).map(|day| day[..7].to_owned()),
        (Generalisation::Outcode, Plain::Text(text)) => {
            let joined = text.replace(' ', "").to_uppercase();
            is_postcode(text).then(|| joined[..joined.len() - 3].to_owned())
        }
        (Generalisation::NumericBand { width }, Plain::Text(text) | Plain::Number(text)) => {
            numeric_band(text, u128::from(width.get()))
        }
        (Generalisation::Prefix { chars }, Plain::Text(text)) => {
            let prefix: String = text.chars().take(chars.get() as usize).collect();
            (is_line(text, 200) && prefix != text).then_some(prefix)
        }
        _ => None,
    }
}

/// Birthdays from the year after the first day until the other, both written as `YYYY-MM-DD`, so that they compare as texts.
fn birthdays(born: &str, on: &str) -> Option<u32> {
    let year = |day: &str| day[..4].parse::<u32>().unwrap();
    let had = |year: &u32| *format!("{year:04}{}", &born[4..]) <= *on;
    (born <= on).then(|| (year(born) + 1..=year(on)).filter(had).count() as u32)
}

fn band(age: u32, edges: &[u16]) -> String {
    let lower = edges.iter().filter(|edge| u32::from(**edge) <= age).max().copied().unwrap_or(0);
    match edges.iter().filter(|edge| u32::from(**edge) > age).min() {
        Some(next) => format!("{lower}-{}", next - 1),
        None => format!("{lower}+"),
    }
}

/// Numbers beyond 64 bits have no band.
fn numeric_band(text: &str, width: u128) -> Option<String> {
    if !is_decimal(text, 30) || text.starts_with('-') {
        return None;
    }
    let whole: u128 = text.split('.').next()?.parse().ok()?;
    let (first, last) = (whole / width * width, (whole / width + 1) * width - 1);
    (last <= u128::from(u64::MAX)).then(|| format!("{first}-{last}"))
}

/// Whether a condition on days holds.
pub fn holds_on(value: Plain<'_>, test: &Test) -> bool {
    let Plain::Text(text) = value else { return false };
    let written = |date: &Date| date.to_string();
    match (day(text), test) {
        (Some(day), Test::Before(date)) => *day < *written(date),
        (Some(day), Test::After(date)) => *day > *written(date),
        _ => false,
    }
}
