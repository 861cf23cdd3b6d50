//! P2: memory is bounded by one record plus constants, and the work by the bytes, whatever the body is.

use crate::bench_of::{Bench, Link, bare, field, spec, text};
use portcullis::engine::minimise::FaultKind;
use portcullis::engine::minimise::plan::{Bounds, PlanSpec};

#[test]
fn p2_a_body_of_any_size_holds_one_record() {
    let bench = Bench::new(bare(vec![field("a", text())]));
    let mut machine = bench.machine();
    let mut out = Vec::new();
    let record = format!(r#"{{"a":"x","b":"{}"}},"#, "y".repeat(1000));
    let stream: Vec<u8> = record.bytes().cycle().take(64 * record.len()).collect();
    machine.feed(b"[", &mut Link, &mut out).unwrap();
    let (mut most, mut longest) = (0, 0);
    for chunk in std::iter::repeat_n(&stream, 100).flat_map(|stream| stream.chunks(1460)) {
        out.clear();
        machine.feed(chunk, &mut Link, &mut out).unwrap();
        most = most.max(machine.held());
        longest = longest.max(out.len());
    }
    assert_eq!(machine.tally().released, 6400);
    assert!(most < 4 * record.len(), "{most} bytes held");
    assert!(longest < 64, "{longest} bytes at once");
}

#[test]
fn p2_a_record_without_end_is_refused_at_its_bound() {
    let bounds = Bounds { record_bytes_max: 100_000, ..Bounds::default() };
    let bench = Bench::new(PlanSpec { bounds, ..bare(vec![field("a", text())]) });
    for endless in ["x", "\\n", "é", "[", "{\"a\":", "0", " "] {
        let prefix = if endless.starts_with(['[', '{', '0', ' ']) { r#"[{"a":"# } else { r#"[{"a":""# };
        let mut machine = bench.machine();
        let mut out = Vec::new();
        let mut fed = machine.feed(prefix.as_bytes(), &mut Link, &mut out);
        let chunk = endless.repeat(1000 / endless.len());
        for _ in 0..200 {
            fed = fed.and_then(|()| machine.feed(chunk.as_bytes(), &mut Link, &mut out));
            assert!(machine.held() <= 200_000);
        }
        let kind = fed.unwrap_err().kind;
        let expected = match endless {
            "[" | "{\"a\":" => FaultKind::TooDeep,
            "0" => FaultKind::Malformed,
            _ => FaultKind::RecordTooLarge,
        };
        assert_eq!(kind, expected, "{endless}");
    }
}

/// Reads a body in chunks of this length to its good end. Each is so large that a square of its size takes minutes where
/// `n log n` takes a second: nothing here is timed, but a test runner's patience ends.
fn comes_to_its_end(body: &str, chunk: usize) {
    let bench = Bench::new(PlanSpec { rows: Vec::new(), ..spec() });
    assert_eq!(bench.chunks(body.as_bytes().chunks(chunk)).end, Ok(()));
}

fn with_record(inside: &str) -> String {
    format!(r#"{{"data":{{"items":[{inside}]}}}}"#)
}

#[test]
fn p2_a_long_string_in_small_chunks_is_not_read_again_for_every_chunk() {
    comes_to_its_end(&with_record(&format!(r#"{{"a":"{}"}}"#, "x\\n".repeat(300_000))), 16);
}

#[test]
fn p2_an_object_of_many_names_takes_no_square_of_them() {
    let names = (0..60_000).map(|n| format!(r#""name-{n}":0"#)).collect::<Vec<_>>().join(",");
    comes_to_its_end(&with_record(&format!(r#"{{"a":{{{names}}}}}"#)), 65_536);
    let records = (0..60_000).map(|n| format!(r#"{{"{n}":0,"b":0,"{}":0}}"#, n + 1)).collect::<Vec<_>>().join(",");
    comes_to_its_end(&with_record(&records), 65_536);
}

#[test]
fn p2_names_beside_the_records_take_no_square_of_them() {
    let names = (0..20_000).map(|n| format!(r#""n{n}":0"#)).collect::<Vec<_>>().join(",");
    comes_to_its_end(&format!(r#"{{{names},"data":{{"items":[]}}}}"#), 4096);
}

#[test]
fn p2_nested_objects_out_of_order_are_not_read_again_at_every_level() {
    let nest = |depth: usize, order: bool| {
        (0..depth).fold("0".to_owned(), |inner, _| {
            if order { format!(r#"{{"a":1,"b":{inner}}}"#) } else { format!(r#"{{"b":{inner},"a":1}}"#) }
        })
    };
    let pair = format!(r#"{{"x":{}}},{{"x":{}}}"#, nest(50, true), nest(50, false));
    // A doubling at every level would never end.
    comes_to_its_end(&with_record(&vec![pair; 20].join(",")), 65_536);
}
