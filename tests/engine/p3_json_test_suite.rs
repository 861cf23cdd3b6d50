//! P3: every file of JSONTestSuite (Seriot, 2016), wherever a value can stand in a body, and as the body itself.
//!
//! `y_` must be accepted, `n_` refused, and what `i_` leaves open is decided in the tables below.

use portcullis::engine::minimise::FaultKind::{self, DuplicateKey, Malformed, ShapeUnexpected, TooDeep};

use crate::bench_of::{Bench, bare, field, spec, text};
use crate::p3_strict_or_nothing::bodies;

const FILES: &str = include_str!("json-test-suite/parsing.tsv");

/// RFC 8259 section 4 says that names should be unique, and that what a reader makes of repeated ones is unpredictable: P3
/// refuses them.
const REPEATED_NAMES: [&str; 2] = ["y_object_duplicated_key", "y_object_duplicated_key_and_value"];

/// Undefined and accepted: a number keeps its spelling and is never converted, so no number is too large, small or precise.
const ANY_NUMBER: [&str; 10] = [
    "i_number_double_huge_neg_exp",
    "i_number_huge_exp",
    "i_number_neg_int_huge_exp",
    "i_number_pos_double_huge_exp",
    "i_number_real_neg_overflow",
    "i_number_real_pos_overflow",
    "i_number_real_underflow",
    "i_number_too_big_neg_int",
    "i_number_too_big_pos_int",
    "i_number_very_big_negative_int",
];
/// Undefined and refused: an escape of half a surrogate pair stands for no character, and readers differ about it.
const HALF_A_PAIR: [&str; 10] = [
    "i_object_key_lone_2nd_surrogate",
    "i_string_1st_surrogate_but_2nd_missing",
    "i_string_1st_valid_surrogate_2nd_invalid",
    "i_string_incomplete_surrogate_and_escape_valid",
    "i_string_incomplete_surrogate_pair",
    "i_string_incomplete_surrogates_escape_valid",
    "i_string_invalid_lonely_surrogate",
    "i_string_invalid_surrogate",
    "i_string_inverted_surrogates_U+1D11E",
    "i_string_lone_second_surrogate",
];
/// Undefined and refused: not UTF-8 (RFC 8259 section 8.1, RFC 3629).
const NOT_UTF_8: [&str; 13] = [
    "i_string_UTF-16LE_with_BOM",
    "i_string_UTF-8_invalid_sequence",
    "i_string_UTF8_surrogate_U+D800",
    "i_string_invalid_utf-8",
    "i_string_iso_latin_1",
    "i_string_lone_utf8_continuation_byte",
    "i_string_not_in_unicode_range",
    "i_string_overlong_sequence_2_bytes",
    "i_string_overlong_sequence_6_bytes",
    "i_string_overlong_sequence_6_bytes_null",
    "i_string_truncated-utf-8",
    "i_string_utf16BE_no_BOM",
    "i_string_utf16LE_no_BOM",
];
/// Undefined and refused: a sender must not add a byte order mark, and a reader may refuse one (RFC 8259 section 8.1).
const BYTE_ORDER_MARK: [&str; 1] = ["i_structure_UTF-8_BOM_empty_object"];
/// Undefined and refused: deeper than any plan's bound can be.
const DEEP: [&str; 1] = ["i_structure_500_nested_arrays"];

/// Every file: its name and its bytes.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let written = FILES.lines().map(|line| line.split_once('\t').expect("a name and bytes"));
    let made = [
        ("n_structure_100000_opening_arrays", b"[".repeat(100_000)),
        ("n_structure_open_array_object", [&b"[{\"\":".repeat(50_000)[..], b"\n"].concat()),
    ];
    written.map(|(name, bytes)| (name, unescaped(bytes))).chain(made).collect()
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((plain, after)) = rest.split_once('\\') {
        bytes.extend(plain.bytes());
        rest = match after.strip_prefix('x') {
            Some(digits) => {
                bytes.push(u8::from_str_radix(&digits[..2], 16).unwrap());
                &digits[2..]
            }
            None => {
                bytes.push(b'\\');
                &after[1..]
            }
        };
    }
    bytes.extend(rest.bytes());
    bytes
}

/// What must become of a file; `None` when it passes.
fn verdict(name: &str) -> Option<&'static [FaultKind]> {
    match name {
        _ if REPEATED_NAMES.contains(&name) => Some(&[DuplicateKey]),
        _ if ANY_NUMBER.contains(&name) || name.starts_with("y_") => None,
        _ if DEEP.contains(&name) => Some(&[TooDeep]),
        _ if HALF_A_PAIR.contains(&name) || NOT_UTF_8.contains(&name) || BYTE_ORDER_MARK.contains(&name) => Some(&[Malformed]),
        // A bracket too many closes something of the body, and a hundred thousand meet the bound before their missing ends.
        _ => Some(&[Malformed, ShapeUnexpected, TooDeep]),
    }
}

fn judge(bench: &Bench, name: &str, place: &str, body: &[u8]) {
    let whole = bench.whole(body);
    match verdict(name) {
        None => assert_eq!(whole.end, Ok(()), "{name}, {place}"),
        Some(kinds) => assert!(whole.kind().is_some_and(|kind| kinds.contains(&kind)), "{name}, {place}: {:?}", whole.end),
    }
    assert_eq!(bench.chunks(body.chunks(1)), whole, "{name}, {place}");
}

#[test]
fn p3_json_test_suite_is_whole_and_all_that_it_leaves_open_is_decided() {
    let files = files();
    let count = |prefix: &str| files.iter().filter(|(name, _)| name.starts_with(prefix)).count();
    assert_eq!((count("y_"), count("n_"), count("i_"), files.len()), (95, 188, 35, 318));
    let decided = [&ANY_NUMBER[..], &HALF_A_PAIR, &NOT_UTF_8, &BYTE_ORDER_MARK, &DEEP].concat();
    let open: Vec<_> = files.iter().map(|(name, _)| *name).filter(|name| name.starts_with("i_")).collect();
    assert!(open.len() == decided.len() && open.iter().all(|name| decided.contains(name)));
}

#[test]
fn p3_json_test_suite_passes_wherever_a_value_can_stand() {
    let bench = Bench::new(spec());
    for (name, bytes) in files() {
        for (place, body) in bodies(&bytes) {
            judge(&bench, name, place, &body);
        }
    }
}

/// Most files are an array of one value; taken out of it, a number or a string may also be kept.
#[test]
fn p3_json_test_suite_passes_for_numbers_and_strings_that_are_kept() {
    let bench = Bench::new(spec());
    let mut kept = 0;
    for (name, bytes) in files() {
        let Some(value) = bytes.trim_ascii().strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")) else { continue };
        if !["y_number", "y_string", "n_number", "n_string", "i_number", "i_string"].iter().any(|kind| name.starts_with(kind)) {
            continue;
        }
        for (place, body) in bodies(value) {
            judge(&bench, name, place, &body);
            kept += usize::from(bench.whole(&body).out.as_bytes().windows(value.len()).any(|out| out == value));
        }
    }
    assert!(kept > 50, "{kept}");
}

#[test]
fn p3_json_test_suite_passes_as_the_body_itself() {
    let bench = Bench::new(bare(vec![field("a", text())]));
    for (name, bytes) in files() {
        let whole = bench.whole(&bytes);
        let records = serde_json::from_slice::<Vec<serde_json::Map<String, serde_json::Value>>>(&bytes);
        // What is JSON but no array of objects has the wrong shape, which shows before all of it is read.
        let passes = records.is_ok() && verdict(name).is_none();
        assert_eq!(whole.end.is_ok(), passes, "{name}: {:?}", whole.end);
        if verdict(name).is_none() && !passes {
            assert_eq!(whole.kind(), Some(ShapeUnexpected), "{name}");
        }
        assert_eq!(bench.chunks(bytes.chunks(1)), whole, "{name}");
    }
}
