//! P3: what is not RFC 8259 JSON, or repeats a name, is refused wherever it stands, dropped values included.

use crate::bench_of::{Bench, bare, field, spec, text};
use portcullis::engine::minimise::FaultKind::{
    self, BodyTooLarge, DuplicateKey, EnvelopeTooLarge, Malformed, RecordTooLarge, ShapeUnexpected, TooDeep,
};
use portcullis::engine::minimise::plan::{Bounds, PlanSpec};

/// Values that RFC 8259 does not have, after the `n_` cases of JSONTestSuite (Seriot, 2016), each with its family.
const NOT_VALUES: &[&[u8]] = &[
    // words
    b"nul",
    b"True",
    b"nulll",
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"undefined",
    b"truefalse",
    b"fals e",
    // numbers
    b"01",
    b"-01",
    b"1.",
    b".5",
    b"-.5",
    b"+1",
    b"++1",
    b"-",
    b"--1",
    b"1e",
    b"1e+",
    b"1E-",
    b"1.e1",
    b"0e",
    b"0.e",
    b"0x1",
    b"1_000",
    b"1,5.",
    b"1 000",
    b"0.1.2",
    b"1eE2",
    b"2.e+3",
    b"-a",
    b"1a",
    b"\xef\xbc\x91",
    b"9.e",
    b"1ea",
    b"-2.",
    b"0.3e+",
    b"012",
    b"-012",
    // strings
    b"\"",
    b"\"a",
    b"'a'",
    b"\"\x00\"",
    b"\"\x1f\"",
    b"\"a\nb\"",
    b"\"\t\"",
    br#""\x""#,
    br#""\a""#,
    br#""\u12""#,
    br#""\u12g4""#,
    br#""\U0041""#,
    br#""\"#,
    br#""\\\""#,
    br#""\u00A""#,
    b"\"\\\xe2\x82\xac\"",
    b"a",
    b"\"a\"\"b\"",
    br#""a" "b""#,
    br#"\"a\""#,
    // surrogates
    br#""\ud800""#,
    br#""\ud800x""#,
    br#""\udc00""#,
    br#""\ud800\ud800""#,
    br#""\udc00\ud800""#,
    br#""\ud800\n""#,
    br#""\uD834\u0041""#,
    br#""\udbff""#,
    br#""\udfff""#,
    br#""\ud800\udbff""#,
    br#""\ud800\ue000""#,
    // UTF-8: continuation alone, overlong, surrogate, above U+10FFFF, cut short, Latin-1
    b"\"\x80\"",
    b"\"\xc0\xaf\"",
    b"\"\xe0\x80\xaf\"",
    b"\"\xf0\x80\x80\xaf\"",
    b"\"\xed\xa0\x80\"",
    b"\"\xf4\x90\x80\x80\"",
    b"\"\xe2\x82\"",
    b"\"\xff\"",
    b"\"\xe9\"",
    b"\"\xf8\x88\x80\x80\x80\"",
    // arrays
    b"[",
    b"]",
    b"[1",
    b"[1,",
    b"[1,]",
    b"[,1]",
    b"[,]",
    b"[1,,2]",
    b"[1 2]",
    b"[1;2]",
    b"[1}",
    b"[\"a\":1]",
    b"[1]]",
    b"[a]",
    b"[*]",
    b"[1,\n",
    b"[]{}",
    // objects
    b"{",
    b"}",
    b"{\"a\"",
    b"{\"a\":",
    b"{\"a\":1",
    b"{\"a\":1,}",
    b"{,\"a\":1}",
    b"{\"a\",1}",
    b"{\"a\" 1}",
    b"{a:1}",
    b"{1:1}",
    b"{'a':1}",
    b"{\"a\":1 \"b\":2}",
    b"{\"a\":1,,\"b\":2}",
    b"{\"a\":1]",
    b"{\"a\"::1}",
    b"{\"a\":}",
    b"{\"a\":1}}",
    b"{null:1}",
    b"{[1]:1}",
    b"{\"a\":/**/1}",
    b"{\"a\":1}//",
    b"{\"a\":1}#",
    b"{\"\x80\":1}",
    b"{\"\\ud800\":1}",
    // white space that is none, and none at all
    b"",
    b"\x0c1",
    b"\xc2\xa01",
    b"\xe2\x81\xa01",
    b"\xef\xbb\xbf1",
    b"\x0b1",
    b"\x001",
];

/// Values that are JSON, after the `y_` cases.
const VALUES: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "0.5",
    "-0.0",
    "1e0",
    "1E+5",
    "1e-5",
    "123.456e78",
    "1E400",
    "123456789012345678901234567890",
    "true",
    "false",
    "null",
    "\"\"",
    "\"\u{7f}\"",
    "\"\u{2028}\"",
    "\"\u{10FFFF}\"",
    "\"é\u{0}\"",
    r#""\"\\\/\b\f\n\r\t""#,
    r#""\u0000""#,
    r#""\uD834\uDD1E""#,
    r#""\ud83d\uDE00x""#,
    r#""\uFFFF""#,
    r#""\uD800\uDC00\uDBFF\uDFFF""#,
    r#""\uD7FF\uE000""#,
    "[]",
    "[ ]",
    "[[]]",
    "[1,[2,[3]]]",
    " [ 1 , null ] ",
    "{}",
    "{ }",
    r#"{"":0}"#,
    r#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}"#,
    "\r\n\t 1 \r\n\t",
    r#"{"\u0000":1,"\u0001":1}"#,
];

/// Bodies with the value in every kind of place.
pub fn bodies(value: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let around = |before: &str, after: &str| [before.as_bytes(), value, after.as_bytes()].concat();
    vec![
        ("kept", around(r#"{"data":{"items":[{"name":"#, r#","status":"current"}]}}"#)),
        ("dropped", around(r#"{"data":{"items":[{"status":"current","religion":"#, "}]}}")),
        ("unnamed", around(r#"{"data":{"items":[{"zz":"#, "}]}}")),
        ("nested", around(r#"{"data":{"items":[{"address":{"geo":[[{"lat":"#, "}]]}}]}}")),
        ("of a record that is left out", around(r#"{"data":{"items":[{"status":"lapsed","zz":"#, "}]}}")),
        ("beside the records", around(r#"{"zz":"#, r#","data":{"items":[]}}"#)),
        ("after the records", around(r#"{"data":{"items":[],"zz":"#, "}}")),
        ("allowed beside the records", around(r#"{"data":{"items":[]},"count":"#, "}")),
    ]
}

#[test]
fn p3_what_is_no_value_is_refused_everywhere() {
    let bench = Bench::new(spec());
    for value in NOT_VALUES {
        for (place, body) in bodies(value) {
            let whole = bench.whole(&body);
            // A bracket too many closes something of the body, so that the shape is what is wrong.
            let expected = [Some(Malformed), Some(ShapeUnexpected)];
            assert!(expected.contains(&whole.kind()), "{place}: {}", value.escape_ascii());
            assert_eq!(bench.chunks(body.chunks(1)), whole, "{place}: {}", value.escape_ascii());
        }
    }
}

#[test]
fn p3_what_is_a_value_passes_everywhere() {
    let bench = Bench::new(spec());
    for value in VALUES.iter().filter(|value| !value.contains('\0')) {
        for (place, body) in bodies(value.as_bytes()) {
            assert_eq!(bench.whole(&body).end, Ok(()), "{place}: {value}");
        }
    }
}

#[test]
fn p3_numbers_keep_their_spelling() {
    let bench = Bench::new(spec());
    let body = r#"{"data":{"items":[]},"count":1.50E+400}"#;
    assert_eq!(bench.passes(body), body);
}

#[test]
fn p3_names_are_compared_after_unescaping_in_every_object() {
    let bench = Bench::new(spec());
    for twice in
        [r#""a":1,"a":1"#, r#""a":1,"b":2,"\u0061":3"#, r#""\ud83d\ude00":1,"😀":2"#, r#""":1,"":2"#, r#""a\/b":1,"a/b":2"#]
    {
        for (place, body) in bodies(format!("{{{twice}}}").as_bytes()) {
            assert_eq!(bench.whole(&body).kind(), Some(DuplicateKey), "{place}: {twice}");
        }
        let record = format!(r#"{{"data":{{"items":[{{{twice}}}]}}}}"#);
        let envelope = format!(r#"{{{twice},"data":{{"items":[]}}}}"#);
        for body in [record, envelope] {
            assert_eq!(bench.whole(&body).kind(), Some(DuplicateKey), "{body}");
        }
    }
}

#[test]
fn p3_a_name_that_is_learnt_cannot_come_twice() {
    let bench = Bench::new(bare(vec![field("a", text())]));
    for second in
        [r#"{"a":"1","b":2,"a":"3"}"#, r#"{"b":1,"a":"1","a":"2"}"#, r#"{"a":"1","b":2,"c":3,"b":4}"#, r#"{"c":1,"c":2}"#]
    {
        let body = format!(r#"[{{"a":"1","b":2,"c":3}},{{"a":"1","c":3}},{second}]"#);
        let outcome = bench.whole(&body);
        assert_eq!(outcome.kind(), Some(DuplicateKey), "{second}");
        assert_eq!(outcome.tally.released, 2);
    }
}

#[test]
fn p3_a_second_array_of_records_never_begins() {
    let bench = Bench::new(spec());
    let outcome = bench.whole(r#"{"data":{"items":[],"it\u0065ms":[{"status":"current"}]}}"#);
    assert_eq!((outcome.kind(), outcome.out.as_str()), (Some(DuplicateKey), r#"{"data":{"items":[]"#));
}

#[test]
fn p3_one_document_and_nothing_after_it() {
    let bench = Bench::new(bare(vec![field("a", text())]));
    let cases: [(&str, Option<FaultKind>); 14] = [
        ("[]", None),
        (" \t\r\n[ ] \n", None),
        ("", Some(Malformed)),
        (" ", Some(Malformed)),
        ("[] []", Some(Malformed)),
        ("[],", Some(Malformed)),
        ("[]x", Some(Malformed)),
        ("[]\0", Some(Malformed)),
        ("\u{feff}[]", Some(Malformed)),
        ("[{}", Some(Malformed)),
        ("[{},]", Some(Malformed)),
        ("[{}{}]", Some(Malformed)),
        ("[", Some(Malformed)),
        ("[{}}", Some(Malformed)),
    ];
    for (body, kind) in cases {
        assert_eq!(bench.whole(body).kind(), kind, "{body:?}");
    }
}

#[test]
fn p3_the_records_are_an_array_of_objects_where_the_plan_says() {
    let bench = Bench::new(spec());
    let shapes = [
        "[]",
        "3",
        "\"x\"",
        "null",
        "{}",
        r#"{"data":[]}"#,
        r#"{"data":{}}"#,
        r#"{"data":{"items":{}}}"#,
        r#"{"data":{"items":null}}"#,
        r#"{"items":[]}"#,
        r#"{"data":{"items":[1]}}"#,
        r#"{"data":{"items":[{},[]]}}"#,
        r#"{"data":{"items":[null]}}"#,
        r#"{"data":null}"#,
        r#"{"error":"no such list"}"#,
        r#"{"links":{"next":{}},"data":{"items":[]}}"#,
        r#"{"links":{"next":true},"data":{"items":[]}}"#,
    ];
    for body in shapes {
        assert_eq!(bench.whole(body).kind(), Some(ShapeUnexpected), "{body}");
    }
}

fn bounded(change: impl FnOnce(&mut Bounds)) -> Bench {
    let mut spec = PlanSpec { rows: Vec::new(), ..spec() };
    change(&mut spec.bounds);
    Bench::new(spec)
}

/// The outcome of a body at every chunk length; they are all the same.
fn at_any_length(bench: &Bench, body: &str) -> (Option<FaultKind>, Option<u64>) {
    let whole = bench.whole(body);
    for length in 1..body.len() {
        assert_eq!(bench.chunks(body.as_bytes().chunks(length)), whole, "chunks of {length}: {body}");
    }
    (whole.kind(), whole.end.err().map(|fault| fault.offset))
}

#[test]
fn p3_bounds_hold_to_the_byte() {
    let record = r#"{"data":{"items":[{"a":"0123456789"}, {}]}}"#;
    let length = r#"{"a":"0123456789"}"#.len();
    let start = record.find(r#"{"a""#).unwrap();
    assert_eq!(at_any_length(&bounded(|b| b.record_bytes_max = length), record), (None, None));
    let too_large = (Some(RecordTooLarge), Some((start + length - 1) as u64));
    assert_eq!(at_any_length(&bounded(|b| b.record_bytes_max = length - 1), record), too_large);

    let all = record.len() as u64;
    assert_eq!(at_any_length(&bounded(|b| b.body_bytes_max = all), record), (None, None));
    for max in 0..all {
        assert_eq!(at_any_length(&bounded(|b| b.body_bytes_max = max), record), (Some(BodyTooLarge), Some(max)));
    }

    let envelope = r#"{"x":"0123456789","data":{"items":[]}} "#;
    let beside = envelope.len() - 1;
    assert_eq!(at_any_length(&bounded(|b| b.envelope_bytes_max = beside), envelope), (None, None));
    for max in 1..beside {
        let (kind, _) = at_any_length(&bounded(|b| b.envelope_bytes_max = max), envelope);
        assert_eq!(kind, Some(EnvelopeTooLarge), "{max}");
    }
}

#[test]
fn p3_a_fault_before_a_bound_is_the_fault_that_is_named() {
    let body = r#"{"data":{"items":[{"a":tru3,"b":"0123456789"}]}}"#;
    let place = Some(body.find('3').unwrap() as u64);
    assert_eq!(at_any_length(&bounded(|b| b.record_bytes_max = 12), body), (Some(Malformed), place));
    assert_eq!(at_any_length(&bounded(|b| b.body_bytes_max = 32), body), (Some(Malformed), place));
}

#[test]
fn p3_depth_counts_the_body_itself() {
    let nested = |depth: usize| format!(r#"{{"data":{{"items":[{{"a":{}{}}}]}}}}"#, "[".repeat(depth), "]".repeat(depth));
    let beside = |depth: usize| format!(r#"{{"a":{}{},"data":{{"items":[]}}}}"#, "[".repeat(depth), "]".repeat(depth));
    let bench = bounded(|b| b.depth_max = 10);
    assert_eq!(at_any_length(&bench, &nested(6)), (None, None));
    assert_eq!(at_any_length(&bench, &nested(7)).0, Some(TooDeep));
    assert_eq!(at_any_length(&bench, &beside(9)), (None, None));
    assert_eq!(at_any_length(&bench, &beside(10)).0, Some(TooDeep));
    let deepest = bounded(|b| b.depth_max = 256);
    assert_eq!(deepest.whole(nested(100_000)).kind(), Some(TooDeep), "and no stack overflows");
}

#[test]
fn p3_after_a_fault_nothing_more_is_appended() {
    let bench = Bench::new(bare(vec![field("a", text())]));
    let mut machine = bench.machine();
    let mut out = Vec::new();
    let fault = machine.feed(br#"[{"a":"1"},{"a":x"#, &mut crate::bench_of::Link, &mut out).unwrap_err();
    let before = out.clone();
    assert_eq!(machine.feed(br#"{"a":"2"}]"#, &mut crate::bench_of::Link, &mut out), Err(fault));
    assert_eq!(machine.finish(&mut out), Err(fault));
    assert_eq!(out, before);
    assert_eq!((fault.offset, String::from_utf8(out).unwrap().as_str()), (16, r#"[{"a":"1"}"#));
}

#[test]
fn p3_no_record_leaves_before_its_last_byte() {
    let bench = Bench::new(bare(vec![field("a", text())]));
    let mut machine = bench.machine();
    let mut out = Vec::new();
    for byte in br#"[{"a":"1","b":[1,2,{"c":null}]"# {
        machine.feed(&[*byte], &mut crate::bench_of::Link, &mut out).unwrap();
        assert!(out.len() <= 1, "only the bracket: {}", out.escape_ascii());
    }
    machine.feed(b"}", &mut crate::bench_of::Link, &mut out).unwrap();
    assert_eq!((out.as_slice(), machine.tally().released), (&br#"[{"a":"1"}"#[..], 1));
}

#[test]
fn p11_a_machine_prints_nothing_of_what_it_reads() {
    let bench = Bench::new(spec());
    for body in [r#"{"marker":"marker","mar"#, r#"{"data":{"items":[{"marker":1},{"name":"marker""#, r#"{"marker":"marker\x"#] {
        let mut machine = bench.machine();
        let fed = machine.feed(body.as_bytes(), &mut crate::bench_of::Link, &mut Vec::new());
        let printed = format!("{machine:?} {fed:?}");
        assert!(!printed.contains("mar"), "{printed}");
    }
}

#[test]
fn p3_a_body_that_stops_before_a_record_is_malformed_not_deep() {
    let body = r#"{"data":{"items":["#;
    assert_eq!(at_any_length(&bounded(|b| b.depth_max = 3), body), (Some(Malformed), Some(body.len() as u64)));
}
