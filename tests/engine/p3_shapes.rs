//! P3: what the scanner has learnt of the records before never changes what it reads of the next, wherever its words and blocks
//! end, and on every processor.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::bench_of::{Bench, bare, field, integer, keyring, text};
use crate::dice::Dice;
use crate::{oracle, shapes};
use portcullis::engine::format::Format;
use portcullis::engine::minimise::plan::PlanSpec;
use portcullis::engine::minimise::rule::Rule;
use portcullis::engine::minimise::{FaultKind, Kernel};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn p3_a_shape_that_is_learnt_changes_nothing_of_what_is_read(choices in vec(any::<u8>(), 0..400)) {
        shapes::tried(&mut Dice::new(&choices));
    }
}

/// What every kernel makes of a body; all of them the same, and what the oracle says.
fn read(spec: &PlanSpec, body: &str) -> Option<String> {
    let bench = Bench::new(spec.clone());
    let whole = bench.whole(body);
    for kernel in Kernel::all() {
        assert_eq!(bench.by(*kernel, body), whole, "{}", kernel.name());
    }
    let left = whole.end.is_ok().then_some(whole.out);
    assert_eq!(left, oracle::minimised(spec, &keyring("leader", "amber"), body.as_bytes()), "{:?}", whole.end);
    left
}

/// A list of a string of each of these lengths, after so many bytes, with something at its end.
fn strings(before: usize, lengths: std::ops::Range<usize>, fill: &str, end: &str) -> String {
    let record =
        |length: usize| format!(r#"{{"a":"{}{end}","z":"{}"}}"#, fill.repeat(length / fill.len()), "z".repeat(length % 7));
    format!("{}[{}]", " ".repeat(before), lengths.map(record).collect::<Vec<_>>().join(","))
}

#[test]
fn p3_strings_end_at_every_place_of_a_block() {
    let spec = bare(vec![field("a", Rule::Keep(Format::Text { max: 200 }))]);
    for before in 0..64 {
        assert!(read(&spec, &strings(before, 0..200, "x", "")).is_some_and(|left| left.len() > 20_000));
        for (fill, end) in [("x", "é"), ("x", r"\u00e9"), ("x", r#"\""#), ("é", r"\\"), ("😀", "x"), ("x", "\u{7f}")] {
            assert!(read(&spec, &strings(before, 55..72, fill, end)).is_some(), "{fill} {end}");
        }
    }
}

#[test]
fn p3_what_is_no_string_is_seen_at_every_place_of_a_block() {
    let spec = bare(vec![field("a", text())]);
    for before in 0..64 {
        for end in ["\n", "\0", r"\x", r"\ud800", r"\udc00\ud800", r"\u12", "\"", "\\"] {
            for length in [0, 7, 8, 30, 63] {
                assert_eq!(read(&spec, &strings(before, length..length + 2, "x", end)), None, "{length} {end:?}");
            }
        }
    }
}

#[test]
fn p3_numbers_of_every_length_end_where_they_end() {
    let spec = bare(vec![field("n", Rule::Keep(Format::Decimal)), field("m", integer())]);
    let digits = "123456789012345678901234567890";
    for count in 1..=digits.len() {
        for (sign, end) in [("", ""), ("-", ""), ("", ".5"), ("-", ".0"), ("", "e1"), ("", "E+10"), ("-", "e-1")] {
            let number = format!("{sign}{}{end}", &digits[..count]);
            for after in ["", " ", "\n", "\t  "] {
                let record = format!(r#"{{"n":{number}{after},"m":{number}{after}}}"#);
                assert!(read(&spec, &format!("[{record},{record},{{\"m\":{number}{after}}}]")).is_some(), "{record}");
            }
            for wrong in ["x", ".", "e", "-", "+", "\"", "1.1.1", " 1", "\u{b}"] {
                let record = format!(r#"{{"n":1,"m":{number}{wrong}}}"#);
                // Some of these are numbers once more: what matters is that all agree.
                read(&spec, &format!("[{{\"n\":1,\"m\":1}},{record}]"));
            }
        }
        let zeros = format!("[{{\"n\":1}},{{\"n\":0{}}}]", &digits[..count]);
        assert_eq!(read(&spec, &zeros), None, "{zeros}");
    }
}

/// Records of one shape, and one that is none.
const SHAPED: &str = r#"[{"a":"first","in":{"a":1,"n":2},"n":12345678,"long-name-of-more-than-thirty-two-bytes":"x","q":null},
 {"a":"sec\u006fnd","in":{"a":1,"n":-2},"n":1.5,"long-name-of-more-than-thirty-two-bytes":"é","q":true},
 {"n":3, "a":"x\\","q":false,"in":{"n":2 ,"a":"😀"} ,"long-name-of-more-than-thirty-two-bytes":"\"y\""}]"#;

fn shaped() -> PlanSpec {
    let fields = ["a", "in.a", "long-name-of-more-than-thirty-two-bytes"].map(|at| field(at, text()));
    bare(fields.into_iter().chain([field("n", Rule::Keep(Format::Decimal)), field("in.n", integer())]).collect())
}

#[test]
fn p3_records_that_are_cut_anywhere_are_refused_and_none_leaves_that_was_not_whole() {
    let (bench, whole) = (Bench::new(shaped()), read(&shaped(), SHAPED).unwrap());
    let ends: Vec<_> = SHAPED.match_indices("}").map(|(at, _)| at + 1).collect();
    for end in 0..SHAPED.len() {
        let cut = bench.whole(&SHAPED.as_bytes()[..end]);
        assert_eq!(cut.kind(), Some(FaultKind::Malformed), "{end}");
        assert!(whole.starts_with(&cut.out), "{end}: {}", cut.out);
        // Of the braces that were read, every other one ends a record.
        let records = ends.iter().filter(|brace| **brace <= end).count() / 2;
        assert_eq!(cut.tally.released as usize, records, "{end}");
        for kernel in Kernel::all() {
            assert_eq!(bench.by(*kernel, &SHAPED.as_bytes()[..end]), cut, "{} {end}", kernel.name());
        }
    }
}

#[test]
fn p3_a_byte_that_is_changed_anywhere_is_read_as_the_oracle_reads_it() {
    let (bench, spec, keys) = (Bench::new(shaped()), shaped(), keyring("leader", "amber"));
    for at in 0..SHAPED.len() {
        for byte in *b"\"\\,:{}[]0x \n\x00\x7f\xc3\xff" {
            let mut body = SHAPED.as_bytes().to_vec();
            body[at] = byte;
            let whole = bench.whole(&body);
            let left = whole.end.is_ok().then_some(whole.out);
            assert_eq!(left, oracle::minimised(&spec, &keys, &body), "{at}: {}", body.escape_ascii());
        }
    }
}

#[test]
fn p3_a_name_that_comes_late_and_twice_is_seen_in_every_spelling() {
    let spec = shaped();
    let members =
        [r#""a":"x""#, r#""in":{"a":"y","n":1}"#, r#""n":1"#, r#""long-name-of-more-than-thirty-two-bytes":"z""#, r#""q":0"#];
    let good = format!("{{{}}}", members.join(","));
    for (at, twice) in members.iter().enumerate() {
        let (name, value) = twice.split_at(twice[1..].find('"').unwrap() + 2);
        let letter = name.chars().nth(1).unwrap();
        let escaped = format!("\"\\u{:04x}{}", u32::from(letter), &name[2..]);
        for again in [format!("{name}{value}"), format!("{escaped}{value}"), format!(" {name} {}", value.replacen(':', " : ", 1))]
        {
            for place in 0..=members.len() {
                let mut all: Vec<_> = members.iter().map(|member| (*member).to_owned()).collect();
                all.insert(place, again.clone());
                let record = format!("{{{}}}", all.join(","));
                let body = format!("[{good},{good},{record},{good}]");
                assert_eq!(read(&spec, &body), None, "{at} {place} {again}");
            }
        }
        let reordered: Vec<_> = members.iter().rev().copied().filter(|member| member != twice).chain([*twice]).collect();
        assert!(read(&spec, &format!("[{good},{{{}}},{good}]", reordered.join(" , "))).is_some());
    }
}
