//! P4: what a format takes and what a coarser value looks like is what the documentation says, over texts of the characters and
//! lengths at which an implementation goes astray: each is judged by the engine and by the slow functions of `formats`.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::bench_of::{Bench, bare, field, only_when};
use crate::formats::{self, Plain};
use crate::rules::{agree, agree_about, every_rule, leaves};
use portcullis::engine::format::{Format, Scalar};
use portcullis::engine::minimise::rule::{Rule, Test};

/// Lengths around those at which words, blocks, labels and addresses end.
const LENGTHS: [usize; 20] = [0, 1, 2, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 62, 63, 64, 65, 199, 200, 201];

/// Texts of these parts, and of such lengths.
fn of_parts(parts: &'static [&'static str], count: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    vec(select(parts), count).prop_map(|parts| parts.concat())
}

fn of_length(inside: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let fill = select(&["a", "0", ".", "-", " ", "é", "~", "\u{7f}"][..]);
    (inside, fill, select(&LENGTHS[..]), any::<prop::sample::Index>()).prop_map(|(inside, fill, length, at)| {
        let missing = length.saturating_sub(inside.len()) / fill.len();
        let before = at.index(missing + 1);
        format!("{}{inside}{}", fill.repeat(before), fill.repeat(missing - before))
    })
}

const SIGNS: [&str; 40] = [
    "a",
    "Z",
    "f",
    "g",
    "0",
    "1",
    "9",
    " ",
    ".",
    "-",
    "+",
    "@",
    "'",
    "’",
    ",",
    "_",
    "(",
    ")",
    "/",
    ":",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    "~",
    "\u{7f}",
    "\u{1f}",
    "\n",
    "\0",
    "\u{80}",
    "\u{85}",
    "\u{a0}",
    "é",
    "e\u{301}",
    "क\u{94d}",
    "\u{202e}",
    "\u{2029}",
    "😀",
];
const ADDRESS: [&str; 22] = [
    "a", "Z", "0", ".", ".", "-", "@", "@", "+", "!", "`", "~", "b.cd", "x@y.zz", "a@b.c-d", "@1.2", "_", ",", ";", "é", " ",
    "\0",
];
const PHONE: [&str; 14] = ["0", "7", "07700", "900123", "+44", "+", " ", "-", "(", ")", ".", "x", "\u{a0}", "٣"];
const POSTCODE: [&str; 14] = ["A", "z", "1", "9", "E1", "SW1A", " ", " ", "1AA", "0aa", "GIR", "gir 0AA", "é", "-"];
const DATE: [&str; 24] = [
    "2000-02-29",
    "1990-05-01",
    "1900-02-29",
    "2008-02-29",
    "2026-02-28",
    "0000-02-29",
    "T",
    " ",
    "10:15",
    ":60",
    ":61",
    ":30",
    ".5",
    ".",
    "Z",
    "+01:00",
    "-24:00",
    "23:59",
    "24:00",
    "-",
    "9",
    "1",
    "t",
    "é",
];
const NUMBER: [&str; 12] =
    ["0", "1", "29.99", "9", "123456789", "18446744073709551615", ".", "-", "+", "e", "٣", "999999999999999"];
const UUID: [&str; 8] = ["6ba7b810-9dad-11d1-80b4-00c04fd430c8", "-", "0", "F", "g", "9dad", "6BA7B810-", "é"];
const PATTERNED: [&str; 10] = ["A", "B", "AB", "1", "12", "a", "bc", "é", "\n", "x"];

/// Days on which ages, years and leap days turn, for the days and bands of `rules`.
fn edge_of_days() -> impl Strategy<Value = String> {
    let year = select(&[1876, 1900, 1959, 1961, 1984, 2000, 2001, 2008, 2024, 2026, 2027][..]);
    let day = select(&["01-01", "02-27", "02-28", "02-29", "03-01", "12-31"][..]);
    (year, day, select(&["", "T10:15", " 23:59:60.9-01:00"][..])).prop_map(|(year, day, time)| format!("{year}-{day}{time}"))
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => edge_of_days(),
        3 => of_parts(&SIGNS, 0..12),
        2 => of_length(of_parts(&SIGNS, 0..4)),
        3 => of_parts(&ADDRESS, 0..8),
        2 => of_length(of_parts(&ADDRESS, 1..6)),
        2 => of_parts(&PHONE, 0..9),
        2 => of_parts(&POSTCODE, 0..4),
        3 => of_parts(&DATE, 0..6),
        2 => of_parts(&NUMBER, 0..6),
        1 => of_parts(&UUID, 0..3),
        1 => of_parts(&PATTERNED, 0..4),
        1 => "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]",
        1 => "[0-9a-f]{8}-[0-9a-fA-F]{4}-[0-9]{4}-[0-9]{4}-[0-9A-Fg]{12}",
    ]
}

/// A local part and labels of lengths around the longest that may be, and the whole likewise.
fn long_address() -> impl Strategy<Value = String> {
    let edge = select(&[1, 7, 8, 9, 61, 62, 63, 64, 65][..]);
    let label = (edge.clone(), select(&["a", "0", "-"][..])).prop_map(|(length, fill): (usize, &str)| match length {
        1 => fill.to_owned(),
        _ => format!("b{}c", fill.repeat(length - 2)),
    });
    let labels = vec(label, 1..5).prop_map(|labels| labels.join("."));
    (edge, labels, prop::option::of(select(&[62_usize, 63, 64, 65, 253, 254, 255, 256][..]))).prop_map(
        |(local, domain, whole)| {
            let address = format!("{}@{domain}.uk", "x".repeat(local));
            // Made as long as is wanted by a label more, where there is room for one.
            let more = whole.unwrap_or(0).saturating_sub(address.len() + 1);
            if more == 0 { address } else { format!("{address}.{}", "y".repeat(more)) }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn p4_formats_take_what_is_written_of_them(text in any_text()) {
        agree_about(&text);
    }

    #[test]
    fn p4_addresses_are_short_in_every_part(address in long_address(), at in any::<prop::sample::Index>(), sign in select(&ADDRESS[..])) {
        agree_about(&address);
        let at = at.index(address.len());
        agree_about(&format!("{}{sign}{}", &address[..at], &address[at + 1..]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn p4_what_leaves_under_each_rule_is_what_is_written_of_it(text in any_text(), escaped in any::<bool>()) {
        let plain = serde_json::to_string(&text).unwrap();
        let units = text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect::<String>();
        agree(Plain::Text(&text), &if escaped { format!("\"{units}\"") } else { plain });
    }

    #[test]
    fn p4_numbers_leave_as_what_is_written_of_them(number in "-?(0|[1-9][0-9]{0,31})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?") {
        agree(Plain::Number(&number), &number);
    }

    #[test]
    fn p4_days_decide_as_what_is_written_of_them(text in any_text(), day in select(&["2008-02-29", "1990-05-01", "2026-02-28"][..])) {
        let tests = [Test::Before(day.parse().unwrap()), Test::After(day.parse().unwrap())];
        for test in tests {
            let kept = Rule::Keep(Format::Integer);
            let bench = Bench::new(bare(vec![only_when(field("a", kept), "d", test.clone())]));
            let out = bench.passes(format!("[{{\"a\":1,\"d\":{}}}]", serde_json::to_string(&text).unwrap()));
            prop_assert_eq!(out != "[{}]", formats::holds_on(Plain::Text(&text), &test), "{:?} {:?}", test, text);
        }
    }
}

#[test]
fn p4_truth_values_and_null_are_of_no_other_format() {
    agree(Plain::Boolean(true), "true");
    agree(Plain::Boolean(false), "false");
    for rule in every_rule() {
        let expected = if matches!(rule, Rule::Keep(_)) { r#"{"f0":null}"# } else { "{}" };
        assert_eq!(leaves(std::slice::from_ref(&rule), "null").to_string(), expected, "{rule:?}");
    }
}

#[test]
fn p4_one_postcode_alone_begins_with_gir() {
    let is_postcode = |text: &&str| Format::Postcode.accepts(Scalar::Text(text));
    let texts = ["GIR 0AA", "gir0aa", "GIR 9ZZ", "GIR 1AA", "GIR0AB", "GIR", "GIR ", "GIR 0A"];
    assert_eq!(texts.iter().copied().filter(is_postcode).collect::<Vec<_>>(), ["GIR 0AA", "gir0aa"]);
    texts.into_iter().for_each(agree_about);
}

#[test]
fn p4_every_character_is_judged_as_what_is_written_of_it() {
    let judged = [Format::Name, Format::Text { max: 9 }, Format::Email, Format::Phone];
    for c in ('\0'..='\u{32FF}').chain('\u{A000}'..='\u{ABFF}').chain('\u{F900}'..='\u{1F9FF}').chain(['\u{E0001}', '\u{10FFFF}'])
    {
        for text in [format!("a{c}b"), format!("a@b{c}c.de"), format!("{c}07700900123")] {
            for format in &judged {
                let ours = format.accepts(Scalar::Text(&text));
                assert_eq!(ours, formats::is_of(format, Plain::Text(&text)), "{format:?} {text:?}");
            }
        }
    }
}

/// One byte at every place of texts of every length, so that whichever word it stands in is looked at.
#[test]
fn p4_no_byte_hides_at_any_place_of_a_text() {
    let format = Format::Text { max: 200 };
    for length in 1..=40 {
        for at in 0..length {
            for byte in 0..=0x7F_u8 {
                let mut text = vec![b'a'; length];
                text[at] = byte;
                let text = String::from_utf8(text).unwrap();
                assert_eq!(format.accepts(Scalar::Text(&text)), formats::is_of(&format, Plain::Text(&text)), "{text:?}");
            }
        }
    }
}
