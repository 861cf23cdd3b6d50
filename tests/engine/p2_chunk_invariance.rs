//! P2: any splitting of a body gives the same bytes, the same verdict at the same place, and the same counts; and so does any
//! processor.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::bench_of::{Bench, spec};
use crate::bodies::{body, edited, edits};
use crate::dice::Dice;
use portcullis::engine::minimise::Kernel;
use portcullis::engine::minimise::plan::{Bounds, PlanSpec};

const BODY: &str = r#" {"meta":{"x":[1,{"y":"\u00e9\"]}"}]},"count":2, "data" : { "page": 1, "items" : [
  {"id":7,"name":"Zoë O'Neil","address":{"town":"Ely","postcode":"CB7 4DL","geo":{"lat":52.4}},"n":-12,"mobile":"07700 900123",
   "consent":{"phone":true,"email":false},"union":"U-\u0031","card":"1234","religion":"none","status":"current"},
  {"id":8,"status":"lapsed"} , {"status":"current","id":"9","name":"\ud83d\ude00","consent":{"phone":0},"mobile":"07700 900124"}
 ], "z": null }, "links":{"next":"/members?after=9&k=\u0026"}, "more" : -0.5e+10 } "#;

#[test]
fn p2_every_split_point_gives_the_same() {
    let bench = Bench::new(spec());
    let whole = bench.whole(BODY);
    assert_eq!(whole.end, Ok(()));
    for at in 0..=BODY.len() {
        let (a, b) = BODY.as_bytes().split_at(at);
        assert_eq!(bench.chunks([a, b]), whole, "split at {at}");
    }
}

#[test]
fn p2_every_chunk_length_gives_the_same() {
    let bench = Bench::new(spec());
    let whole = bench.whole(BODY);
    for length in 1..=64 {
        assert_eq!(bench.chunks(BODY.as_bytes().chunks(length)), whole, "chunks of {length}");
    }
}

#[test]
fn p2_the_released_bytes_are_as_expected() {
    let whole = Bench::new(spec()).whole(BODY);
    println!("{}", whole.out);
    assert_eq!((whole.tally.seen, whole.tally.released, whole.tally.left_out), (3, 2, 1));
    let json: serde_json::Value = serde_json::from_str(&whole.out).unwrap();
    assert_eq!(json["data"]["items"][0]["address"], serde_json::json!({"town": "Ely", "postcode": "CB7"}));
}

#[test]
fn p2_a_number_or_word_that_does_not_end_gives_the_same() {
    let bench = Bench::new(spec());
    for value in ["0", "-1.5e3", "null", "true"] {
        for after in ["", "{", "0", "x", "\"", ":", "]", "{\"a\"b", "lll"] {
            for body in [r#"{"count":"#, r#"{"links":{"next":"#, r#"{"zz":"#] {
                let body = format!("{body}{value}{after}");
                let whole = bench.whole(&body);
                assert!(whole.end.is_err(), "{body}");
                for length in 1..body.len() {
                    assert_eq!(bench.chunks(body.as_bytes().chunks(length)), whole, "chunks of {length}: {body}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Whatever the body and its faults, whatever the bounds that it meets, and whoever watches.
    #[test]
    fn p2_pieces_of_any_lengths_give_the_same(
        body in body(),
        edits in edits(),
        lengths in vec(any::<u8>(), 0..40),
        record_bytes_max in 1..400usize,
        envelope_bytes_max in 1..400usize,
        body_bytes_max in 1..2000u64,
        depth_max in 2..10usize,
    ) {
        let body = edited(&body, &edits);
        let narrow = Bounds { record_bytes_max, envelope_bytes_max, body_bytes_max, depth_max };
        for bounds in [Bounds::default(), narrow] {
            let bench = Bench::new(PlanSpec { bounds, ..spec() });
            let whole = bench.whole(&body);
            prop_assert_eq!(&bench.chunks(Dice::new(&lengths).pieces(&body)), &whole);
            prop_assert_eq!(&bench.chunks(body.chunks(1)), &whole);
            prop_assert_eq!(&bench.watched(&body), &whole);
            for kernel in Kernel::all() {
                prop_assert_eq!(&bench.by(*kernel, &body), &whole, "{}", kernel.name());
            }
        }
    }
}
