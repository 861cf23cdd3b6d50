//! P4: what the plan does not name never passes, under any spelling; what it keeps passes only as what it is declared to be.

use std::num::NonZeroU32;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::bench_of::{Bench, bare, domain, field, integer, is, only_when, path, spec, spec_of_lines, text};
use crate::bodies::{body, edited, edits};
use crate::markers::{self, MARKER};
use crate::tables;
use portcullis::engine::form::Form;
use portcullis::engine::format::Format;
use portcullis::engine::minimise::plan::PlanSpec;
use portcullis::engine::minimise::rule::{Condition, Generalisation, Rule, Test, Value};

/// What leaves of one record under one rule for `a`.
fn leaves(rule: Rule, value: &str) -> String {
    let out = Bench::new(bare(vec![field("a", rule)])).passes(format!(r#"[{{"b":0,"a":{value}}}]"#));
    out.strip_prefix("[{").and_then(|out| out.strip_suffix("}]")).unwrap().trim_start_matches(r#""a":"#).to_owned()
}

#[test]
fn p4_containers_never_pass_under_an_allowed_name() {
    let rules =
        [text(), Rule::Keep(Format::Name), Rule::Tokenise, Rule::Pseudonymise(domain()), Rule::Mask { last: NonZeroU32::MIN }];
    for rule in rules.into_iter().chain([Rule::Generalise(Generalisation::Year), Rule::Drop]) {
        for value in ["{}", "[]", r#"{"a":"x"}"#, r#"["x"]"#, r#"[["2001-01-01"]]"#] {
            assert_eq!(leaves(rule.clone(), value), "", "{rule:?} {value}");
        }
    }
}

#[test]
fn p4_documents_in_strings_are_no_text() {
    for value in [r#""{\"a\":1}""#, r#"" [1, 2] ""#, r#""\u007b\"a\":1\u007d""#, r#""[]""#] {
        assert_eq!(leaves(text(), value), "", "{value}");
    }
    assert_eq!(leaves(text(), r#""Ely [ward 2]""#), r#""Ely [ward 2]""#);
}

#[test]
fn p4_null_passes_where_the_field_is_kept_and_nowhere_else() {
    assert_eq!(leaves(integer(), "null"), "null");
    for rule in [Rule::Tokenise, Rule::Pseudonymise(domain()), Rule::Mask { last: NonZeroU32::MIN }, Rule::Drop] {
        assert_eq!(leaves(rule, "null"), "");
    }
}

#[test]
fn p4_a_value_that_is_not_what_its_rule_takes_is_dropped_and_counted() {
    let bench = Bench::new(bare(vec![field("a", integer()), field("b", Rule::Drop), field("c", text())]));
    let tally = bench.whole(r#"[{"a":1,"b":1},{"a":"x","c":3},{"a":[],"b":null,"c":"y"},{}]"#).tally;
    let counts: Vec<_> = tally.fields.iter().map(|f| (f.left, f.dropped_by_rule, f.dropped_by_format, f.absent)).collect();
    assert_eq!(counts, [(1, 0, 2, 1), (0, 2, 0, 2), (1, 0, 1, 2)]);
}

#[test]
fn p4_names_are_matched_whole_and_after_unescaping() {
    let bench = Bench::new(bare(vec![field("name", text()), field("address.town", text())]));
    let out = bench.passes(
        r#"[{"n\u0061me":"a","Name":"b","name ":"c","nam\u0435":"d","address.town":"e","address":{"t\u006fwn":"f","Town":"g"}}]"#,
    );
    assert_eq!(out, r#"[{"name":"a","address":{"town":"f"}}]"#);
}

#[test]
fn p4_paths_lead_through_objects_only() {
    let bench = Bench::new(bare(vec![field("address.town", text())]));
    for value in [
        r#"[{"town":"Ely"}]"#,
        r#"{"x":{"town":"Ely"}}"#,
        r#""town""#,
        "null",
        r#"{"town":{"town":"Ely"}}"#,
        r#"[[{"town":"Ely"}]]"#,
    ] {
        let body = format!(r#"[{{"address":{{"town":"Ely"}}}},{{"address":{value}}},{{"address":{{"town":"Ely"}}}}]"#);
        assert_eq!(bench.passes(body), r#"[{"address":{"town":"Ely"}},{},{"address":{"town":"Ely"}}]"#, "{value}");
    }
}

#[test]
fn p4_what_is_learnt_of_objects_in_an_array_is_not_used_for_the_object_itself() {
    let bench = Bench::new(bare(vec![field("address.town", text())]));
    let body =
        r#"[{"address":[{"town":"no"}]},{"address":{"town":"Ely"}},{"address":[{"town":"no"}]},{"address":[[{"town":"no"}]]}]"#;
    assert_eq!(bench.passes(body), r#"[{},{"address":{"town":"Ely"}},{},{}]"#);
}

#[test]
fn p4_fields_leave_in_the_plan_s_order() {
    let bench = Bench::new(bare(vec![field("z", text()), field("o.b", text()), field("a", text()), field("o.a", text())]));
    let out = bench.passes(r#"[{"o":{"a":"1","b":"2"},"a":"3","z":"4"},{"a":"3","o":{"a":"1"}}]"#);
    assert_eq!(out, r#"[{"z":"4","o":{"b":"2","a":"1"},"a":"3"},{"o":{"a":"1"},"a":"3"}]"#);
}

#[test]
fn p4_of_the_envelope_only_named_scalars_leave() {
    let body = r#"{"secret":1,"count":3,"data":{"total":9,"page":[1],"items":[],"next":"x"},"links":{"prev":"/p","next":"/members?after=2"},"meta":{}}"#;
    assert_eq!(Bench::new(spec()).passes(body), r#"{"count":3,"data":{"items":[]},"links":{"next":"/next?after=16"}}"#);
    let long = format!(r#"{{"count":"{}","data":{{"items":[]}},"links":{{"next":null}}}}"#, "x".repeat(201));
    assert_eq!(Bench::new(spec()).passes(long), r#"{"data":{"items":[]},"links":{"next":null}}"#);
    let elsewhere = r#"{"data":{"count":1,"items":[]},"links":[{"next":"/x"}],"page":2}"#;
    assert_eq!(Bench::new(spec()).passes(elsewhere), r#"{"data":{"items":[]}}"#);
}

#[test]
fn p4_a_condition_reads_what_does_not_leave() {
    let with = |test: Test| Bench::new(bare(vec![only_when(field("a", text()), "c.x", test)]));
    let passes = |test: &Test, c: &str| with(test.clone()).passes(format!(r#"[{{"a":"y"{c}}}]"#)) != "[{}]";
    let cases = [
        (is(true), r#","c":{"x":true}"#, true),
        (is(true), r#","c":{"x":1}"#, true),
        (is(true), r#","c":{"x":1.0}"#, false),
        (is(true), r#","c":{"x":"1"}"#, false),
        (is(true), r#","c":{"x":"true"}"#, false),
        (is(true), r#","c":{"x":2}"#, false),
        (is(true), r#","c":true"#, false),
        (is(true), "", false),
        (is(false), r#","c":{"x":0}"#, true),
        (is(false), r#","c":{"x":null}"#, false),
        (Test::In([Value::Integer(-3)].into()), r#","c":{"x":-3}"#, true),
        (Test::In([Value::Integer(3)].into()), r#","c":{"x":"3"}"#, false),
        (Test::In([Value::Text("é".into())].into()), r#","c":{"x":"\u00e9"}"#, true),
        (Test::In([].into()), r#","c":{"x":1}"#, false),
        (Test::Present(true), r#","c":{"x":[]}"#, true),
        (Test::Present(true), r#","c":{"x":null}"#, false),
        (Test::Present(false), r#","c":{"x":null}"#, true),
        (Test::Present(false), r#","c":"x""#, true),
        (Test::Before("2026-01-01".parse().unwrap()), r#","c":{"x":"2025-12-31T23:59:59Z"}"#, true),
        (Test::Before("2026-01-01".parse().unwrap()), r#","c":{"x":"2026-01-01"}"#, false),
        (Test::After("2026-01-01".parse().unwrap()), r#","c":{"x":"2026-01-02"}"#, true),
        (Test::After("2026-01-01".parse().unwrap()), r#","c":{"x":20260102}"#, false),
    ];
    for (test, c, expected) in cases {
        assert_eq!(passes(&test, c), expected, "{test:?} {c}");
    }
}

#[test]
fn p4_a_row_that_fails_any_rule_is_left_out_whole() {
    let rows = vec![
        Condition { path: path("status"), test: Test::In([Value::Text("current".into())].into()) },
        Condition { path: path("deceased"), test: Test::Present(false) },
    ];
    let bench = Bench::new(PlanSpec { rows, ..bare(vec![field("a", text())]) });
    let body = r#"[{"a":"1"},{"a":"2","status":"current"},{"a":"3","status":"current","deceased":1},{"status":"current"}]"#;
    assert_eq!(bench.passes(body), r#"[{"a":"2"},{}]"#);
    assert_eq!(bench.whole(body).tally.left_out, 2);
    assert_eq!(bench.passes(r#"[{"a":"1"}]"#), "[]");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn p4_a_marker_in_every_dropped_place_of_lines_and_tables_never_leaves(choices in vec(any::<u8>(), 0..600)) {
        for form in [Form::Json, Form::Ndjson, Form::Csv] {
            let lines = Bench::new(spec_of_lines()).writing(form).passes(markers::lines(&choices));
            let cells = Bench::new(tables::spec()).writing(form).passes(tables::marked(&choices));
            prop_assert!(!lines.contains(MARKER) && !cells.contains(MARKER), "{}{}", lines, cells);
            prop_assert!(form != Form::Ndjson || markers::are_allowed(&lines) && tables::is_allowed(&cells), "{}{}", lines, cells);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn p4_a_marker_in_every_dropped_place_never_leaves(choices in vec(any::<u8>(), 0..600)) {
        let body = markers::body(&choices);
        let out = Bench::new(spec()).passes(&body);
        prop_assert!(!out.contains(MARKER), "{}", out);
        prop_assert!(markers::is_allowed(&out), "{}", out);
    }

    #[test]
    fn p4_whatever_leaves_has_a_declared_name_and_form(body in body(), edits in edits()) {
        let whole = Bench::new(spec()).whole(edited(&body, &edits));
        prop_assert!(whole.end.is_err() || markers::is_allowed(&whole.out), "{}", whole.out);
    }
}

#[test]
fn p4_the_judge_of_what_leaves_refuses_what_may_not() {
    let all = |inside: &str| markers::is_allowed(&format!(r#"{{"data":{{"items":[{{{inside}}}]}}}}"#));
    assert!(all(r#""name":"Zoë","n":-1,"card":"**34","address":{"town":"Ely","postcode":"E1","tags":["a",null]}"#));
    assert!(all(r#""gifts":[{"amount":1.5,"appeal":null,"by":{"phone":"07700 900123"}}]"#) && all(r#""gifts":[]"#));
    let wrong = [
        r#""religion":"none""#,
        r#""id":7"#,
        r#""id":"7""#,
        r#""n":1.5"#,
        r#""n":1e3"#,
        r#""name":{}"#,
        r#""card":"1234""#,
        r#""address":{}"#,
        r#""address":{"town":["Ely"]}"#,
        r#""address":{"geo":1}"#,
        r#""union":"U-1""#,
        r#""mobile":7"#,
        r#""gifts":{}"#,
        r#""gifts":[{}]"#,
        r#""gifts":[[]]"#,
        r#""gifts":[{"note":"x"}]"#,
        r#""gifts":[{"open":true}]"#,
        r#""gifts":[{"amount":1},{"amount":1},{"amount":1},{"amount":1}]"#,
        r#""address":{"tags":["a","b","c"]}"#,
        r#""address":{"tags":[7]}"#,
    ];
    for inside in wrong {
        assert!(!all(inside), "{inside}");
    }
    for out in ["[]", "{}x", r#"{"meta":1}"#, r#"{"links":{"next":"/members?after=9"}}"#, r#"{"count":[1]}"#] {
        assert!(!markers::is_allowed(out), "{out}");
    }
}
