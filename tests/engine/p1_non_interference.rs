//! P1: two bodies that differ only in what the plan drops give the same bytes.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::bench_of::{Bench, spec, spec_of_lines};
use crate::bodies::orderly;
use crate::dice::Dice;
use crate::tables;
use crate::twins::{twin_lines, twins};
use portcullis::engine::form::Form;
use portcullis::engine::minimise::plan::PlanSpec;

/// A record of fixed kept values around dropped ones.
fn record(number: usize, [a, b, c]: &[String; 3], order: bool) -> String {
    let kept =
        format!(r#""id":{number},"name":"Zoë","status":"current","consent":{{"phone":true,"zz":{a}}},"mobile":"07700 900123""#);
    let nested = format!(r#""address":{{"geo":{b},"town":"Ely"}}"#);
    if order {
        format!(r#"{{"zz":{a},{kept},{nested},"religion":{c}}}"#)
    } else {
        format!("{{ {nested},\n\"r\\u0065ligion\" : {c}, {kept} }}")
    }
}

fn body(dropped: &[[String; 3]], orders: bool, extra: &str) -> String {
    let lapsed = if orders { format!(r#"{{"status":"lapsed","name":{extra}}}"#) } else { r#"{"name":"Al"}"#.to_owned() };
    let records: Vec<_> =
        dropped.iter().enumerate().map(|(n, three)| record(n, three, orders ^ (n % 2 == 0))).chain([lapsed]).collect();
    let records = records.join(if orders { "," } else { " ,\n" });
    let (meta, self_link) = if orders { (format!(r#""meta":{extra},"#), "") } else { (String::new(), r#""self":"/x","#) };
    format!(r#"{{{meta}"count":3,"data":{{"items":[{records}],"seen":{extra}}},"links":{{{self_link}"next":"/next?after=9"}}}}"#)
}

fn dropped() -> impl Strategy<Value = Vec<[String; 3]>> {
    vec([orderly(), orderly(), orderly()], 4)
}

proptest! {
    #[test]
    fn p1_dropped_values_order_size_and_presence_do_not_show(a in dropped(), b in dropped(), x in orderly(), y in orderly()) {
        let (one, other) = (body(&a, true, &x), body(&b, false, &y));
        let bench = Bench::new(spec());
        let (one, other) = (bench.passes(one), bench.passes(other));
        prop_assert_eq!(&one, &other);
        prop_assert!(one.contains("Ely") && one.contains("07700"));
    }
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..400)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Names and white space are spelled anew, members stand in another order, values of wrong formats, values whose
    /// condition does not hold and records that are left out come and go, and the chunks are others.
    #[test]
    fn p1_twins_give_the_same_bytes(choices in bytes(), first in bytes(), second in bytes(), pieces in bytes()) {
        let (one, other) = twins(&choices, &first, &second);
        let bench = Bench::new(spec());
        let (one, chunked) = (bench.whole(&one), bench.chunks(Dice::new(&pieces).pieces(other.as_bytes())));
        prop_assert_eq!((one.end, chunked.end), (Ok(()), Ok(())));
        prop_assert_eq!(one.out, chunked.out);
    }
}

/// The benches that write what one reads in each form in which it may leave.
fn every_form(spec: fn() -> PlanSpec) -> impl Iterator<Item = Bench> {
    [Form::Json, Form::Ndjson, Form::Csv].into_iter().map(move |form| Bench::new(spec()).writing(form))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn p1_twin_lines_give_the_same_bytes_in_every_form(choices in bytes(), first in bytes(), second in bytes(), pieces in bytes()) {
        let (one, other) = twin_lines(&choices, &first, &second);
        for bench in every_form(spec_of_lines) {
            let (one, chunked) = (bench.whole(&one), bench.chunks(Dice::new(&pieces).pieces(other.as_bytes())));
            prop_assert_eq!((one.end, chunked.end), (Ok(()), Ok(())));
            prop_assert_eq!(one.out, chunked.out);
        }
    }

    #[test]
    fn p1_twin_tables_give_the_same_bytes_in_every_form(choices in bytes(), first in bytes(), second in bytes(), pieces in bytes()) {
        let (one, other) = tables::twins(&choices, &first, &second);
        for bench in every_form(tables::spec) {
            let (one, chunked) = (bench.whole(&one), bench.chunks(Dice::new(&pieces).pieces(other.as_bytes())));
            prop_assert_eq!((one.end, chunked.end), (Ok(()), Ok(())));
            prop_assert_eq!(one.out, chunked.out);
        }
    }
}

#[test]
fn p1_twins_differ_and_every_field_leaves_of_some() {
    let bench = Bench::new(spec());
    let mut seed = 1_u32;
    let mut bytes = || -> Vec<u8> {
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        };
        (0..400).map(|_| next()).collect()
    };
    let (lines, table) = (Bench::new(spec_of_lines()), Bench::new(tables::spec()).writing(Form::Ndjson));
    let (mut out, mut rows) = (String::new(), String::new());
    for _ in 0..100 {
        let (one, other) = twins(&bytes(), &bytes(), &bytes());
        assert_ne!(one, other);
        out += &bench.passes(&one);
        let (one, other) = tables::twins(&bytes(), &bytes(), &bytes());
        assert_ne!(one, other);
        rows += &table.passes(&one);
        let (one, other) = twin_lines(&bytes(), &bytes(), &bytes());
        assert!(one != other || one.trim().is_empty());
        rows += &lines.passes(&one);
    }
    for name in ["id", "name", "n", "mobile", "postcode", "union", "card", "gifts", "tags"] {
        assert!(rows.contains(&format!("\"{name}\":")), "{name}");
    }
    let named = ["id", "name", "town", "n", "mobile", "postcode", "union", "card", "count", "page", "next"];
    for name in named.into_iter().chain(["gifts", "amount", "appeal", "by", "ref", "tags"]) {
        assert!(out.contains(&format!("\"{name}\":")), "{name}");
    }
}

#[test]
fn p1_an_object_shows_only_when_something_inside_it_leaves() {
    let bench = Bench::new(spec());
    let with = |address: &str| bench.passes(format!(r#"{{"data":{{"items":[{{"status":"current"{address}}}]}}}}"#));
    let without = with("");
    for address in [r#","address":{}"#, r#","address":{"geo":1}"#, r#","address":null"#, r#","address":{"town":[]}"#] {
        assert_eq!(with(address), without, "{address}");
    }
}

#[test]
fn p1_records_that_are_left_out_do_not_show() {
    let bench = Bench::new(spec());
    let list = |items: &str| bench.passes(format!(r#"{{"data":{{"items":[{items}]}}}}"#));
    let (kept, out) = (r#"{"n":1,"status":"current"}"#, r#"{"n":2,"status":"lapsed"}"#);
    let expected = list(&format!("{kept},{kept}"));
    for items in [format!("{out},{kept},{kept}"), format!("{kept},{out},{out},{kept}"), format!("{kept},{kept},{out}")] {
        assert_eq!(list(&items), expected);
    }
    assert_eq!(list(out), list(""));
}
