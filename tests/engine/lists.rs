//! Lists inside records: each of their elements is judged by rules of its own, and what leaves of them leaves as an array.

use std::num::NonZeroU32;

use crate::bench_of::{Bench, at_most, bare, condition, domain, field, integer, is, keyring, lines, only_when, path, text};
use portcullis::engine::form::Form;
use portcullis::engine::format::Format;
use portcullis::engine::minimise::plan::{Bounds, PlanSpec};
use portcullis::engine::minimise::rule::{FieldRule, Generalisation, LIST_ITEMS_DEFAULT, Rule, Test, Value};

fn amounts() -> Vec<FieldRule> {
    vec![field("a[].n", integer()), field("a[].t", text())]
}

/// What leaves of `a`; nothing where it does not leave.
fn of(fields: Vec<FieldRule>, a: &str) -> String {
    inside(bare(fields), &format!(r#""a":{a}"#))
}

fn inside(spec: PlanSpec, members: &str) -> String {
    let out = Bench::new(spec).passes(format!(r#"[{{"x":1,{members}}}]"#));
    out.strip_prefix("[{").and_then(|out| out.strip_suffix("}]")).unwrap().trim_start_matches(r#""a":"#).to_owned()
}

#[test]
fn elements_that_are_objects_leave_with_the_fields_that_have_rules() {
    let cases = [
        ("[]", "[]"),
        ("[ ]", "[]"),
        (r#"[{"n":1,"t":"x","z":2}]"#, r#"[{"n":1,"t":"x"}]"#),
        ("[ {\"t\" : \"x\" , \"n\":1} ,\n{\"n\" :2}\t]", r#"[{"n":1,"t":"x"},{"n":2}]"#),
        (r#"[{"\u006e":1},{"N":2},{"n ":3}]"#, r#"[{"n":1}]"#),
        (r#"[{"z":1},{},{"n":"x"},{"t":"]}"},{"n":[1]}]"#, r#"[{"t":"]}"}]"#),
        (r#"[{"z":1},{}]"#, "[]"),
        (r#"[{"n":null}]"#, r#"[{"n":null}]"#),
        (r#"[1,"x",null,true,[{"n":1}],{"n":2}]"#, r#"[{"n":2}]"#),
        (r#"[{"z":[{"n":1},{"n":2}],"n":3}]"#, r#"[{"n":3}]"#),
        (r#"{"n":1}"#, ""),
        (r#"{"0":{"n":1}}"#, ""),
        (r#""[{\"n\":1}]""#, ""),
        ("7", ""),
        ("null", ""),
    ];
    for (a, expected) in cases {
        assert_eq!(of(amounts(), a), expected, "{a}");
    }
    assert_eq!(inside(bare(amounts()), r#""b":[{"n":1}]"#), "", "an absent list stays absent");
}

#[test]
fn elements_that_are_values_leave_when_they_are_what_their_rule_takes() {
    let cases = [
        (text(), r#"["x",1,"\u00e9",{"t":"x"},["x"],null,"a\nb",true,""]"#, r#"["x","\u00e9",null,""]"#),
        (integer(), r#"[1 , "2",3.5,-4,null]"#, r#"[1,"2",-4,null]"#),
        (Rule::Keep(Format::Boolean), "[true,0,2]", "[true,0]"),
        (Rule::Mask { last: NonZeroU32::new(2).unwrap() }, r#"["1234",null,56,[]]"#, r#"["**34","**"]"#),
        (Rule::Generalise(Generalisation::Outcode), r#"["SW1A 1AA","x",null]"#, r#"["SW1A"]"#),
        (Rule::Drop, r#"["x",1]"#, ""),
        (text(), "[]", "[]"),
        (text(), "[1,2]", "[]"),
        (text(), r#""x""#, ""),
        (text(), r#"{"0":"x"}"#, ""),
        (text(), "null", ""),
    ];
    for (rule, a, expected) in cases {
        assert_eq!(of(vec![field("a[]", rule)], a), expected, "{a}");
    }
}

#[test]
fn pseudonyms_and_tokens_in_elements_are_those_of_their_path() {
    let keys = keyring("leader", "amber");
    let pseudonym = String::from_utf8(keys.pseudonym(&domain(), "U-1").unwrap().to_vec()).unwrap();
    let token = keys.tokenise(&path("a[].t"), "U-1").unwrap();
    let fields = vec![field("a[].p", Rule::Pseudonymise(domain())), field("a[].t", Rule::Tokenise)];
    let expected = format!(r#"[{{"p":"{pseudonym}","t":"{token}"}},{{"p":"{pseudonym}"}}]"#);
    assert_eq!(of(fields, r#"[{"p":"U-1","t":"U-1"},{"p":"u-\u0031"}]"#), expected);
    assert_ne!(keys.tokenise(&path("/a[]"), "7"), keys.tokenise(&path("a[]"), "7"), "a name that ends with brackets is no list");
    assert_eq!(inside(bare(vec![field("/y[]", text())]), r#""y":["x"],"y[]":"z""#), r#""y[]":"z""#);
}

#[test]
fn objects_around_and_inside_a_list_are_led_through() {
    let fields =
        vec![field("o.a[].b.c", text()), field("o.s", text()), field("o.a[].b.d", integer()), field("o.a[].e", integer())];
    let cases = [
        (
            r#""o":{"a":[{"b":{"c":"x","z":1,"d":2},"e":3},{"b":{}},{"b":[{"c":"x"}]}]}"#,
            r#""o":{"a":[{"b":{"c":"x","d":2},"e":3}]}"#,
        ),
        (r#""o":{"s":"y","a":[{"e":1}]}"#, r#""o":{"a":[{"e":1}],"s":"y"}"#),
        (r#""o":{"a":[]}"#, r#""o":{"a":[]}"#),
        (r#""o":{"a":3}"#, ""),
        (r#""o":[{"a":[{"e":1}]}]"#, ""),
        (r#""a":[{"e":1}]"#, ""),
    ];
    for (members, expected) in cases {
        assert_eq!(inside(bare(fields.clone()), members), expected, "{members}");
    }
}

#[test]
fn lists_stand_in_lists() {
    let fields = vec![field("a[].b[]", text()), field("a[].n", integer())];
    let cases = [
        (
            r#"[{"b":["x","y",1],"n":2},{"b":[]},{"b":"x"},{"n":1,"b":[["x"]]}]"#,
            r#"[{"b":["x","y"],"n":2},{"b":[]},{"b":[],"n":1}]"#,
        ),
        (r#"[[{"b":["x"]}]]"#, "[]"),
    ];
    for (a, expected) in cases {
        assert_eq!(of(fields.clone(), a), expected, "{a}");
    }
    let deeper = vec![field("a[].b[].c[].d", integer())];
    assert_eq!(
        of(deeper, r#"[{"b":[{"c":[{"d":1},{"d":2}]},{"c":[]}]},{"b":[7]}]"#),
        r#"[{"b":[{"c":[{"d":1},{"d":2}]},{"c":[]}]},{"b":[]}]"#
    );
    assert_eq!(of(vec![field("a[][]", integer())], r#"[[1,2],[],3,["x"],null]"#), "[[1,2],[],[]]");
    assert_eq!(of(vec![field("a[][].n", integer())], r#"[[{"n":1},{}],{"n":2},[[{"n":3}]]]"#), r#"[[{"n":1}],[]]"#);
}

#[test]
fn a_list_of_which_more_would_leave_than_may_is_dropped_whole() {
    let with = |max, rows, a: &str| {
        let fields = vec![field("a[].n", integer())];
        inside(PlanSpec { lists: vec![at_most("a", max, rows)], ..bare(fields) }, &format!(r#""a":{a}"#))
    };
    let open = || vec![condition("open", is(true))];
    let cases = [
        (with(2, vec![], r#"[{"n":1},{"n":2}]"#), r#"[{"n":1},{"n":2}]"#),
        (with(2, vec![], r#"[{"n":1},{"n":2},{"n":3}]"#), ""),
        (with(2, vec![], r#"[{"n":1},{"n":2},{"z":3},4,{"n":"x"}]"#), r#"[{"n":1},{"n":2}]"#),
        (with(1, open(), r#"[{"n":1},{"n":2,"open":true},{"n":3,"open":false}]"#), r#"[{"n":2}]"#),
        (with(1, open(), r#"[{"n":1,"open":1},{"n":2,"open":true}]"#), ""),
        (with(1, open(), r#"[{"n":1}]"#), "[]"),
        (with(1, open(), "[]"), "[]"),
    ];
    for (at, (out, expected)) in cases.into_iter().enumerate() {
        assert_eq!(out, expected, "{at}");
    }
    let numbers = |count: u32| format!("[{}]", vec!["1"; count as usize].join(","));
    let of_numbers = |count| of(vec![field("a[]", integer())], &numbers(count));
    assert_eq!(
        (of_numbers(LIST_ITEMS_DEFAULT), of_numbers(LIST_ITEMS_DEFAULT + 1)),
        (numbers(LIST_ITEMS_DEFAULT), String::new())
    );
    let nested = PlanSpec {
        lists: vec![at_most("a[].b", 1, vec![])],
        ..bare(vec![field("a[].b[]", integer()), field("a[].n", integer())])
    };
    assert_eq!(inside(nested, r#""a":[{"b":[1]},{"b":[1,2],"n":3},{"b":[4,5]}]"#), r#"[{"b":[1]},{"n":3}]"#);
}

#[test]
fn p1_a_list_of_which_nothing_leaves_looks_like_an_empty_one() {
    for a in
        ["[]", "[1]", r#"[{"z":1},{"z":2}]"#, r#"[{"n":"x"}]"#, "[[],[]]", &format!("[{}]", vec![r#"{"z":1}"#; 500].join(","))]
    {
        assert_eq!(of(amounts(), a), "[]", "{a}");
    }
}

#[test]
fn a_condition_reads_its_own_element_or_the_record() {
    let own = |test: Test| vec![only_when(field("a[].n", integer()), "a[].o.p", test)];
    assert_eq!(
        of(own(is(true)), r#"[{"n":1,"o":{"p":true}},{"n":2},{"o":{"p":1},"n":3},{"n":4,"o":{"p":0}}]"#),
        r#"[{"n":1},{"n":3}]"#
    );
    assert_eq!(of(own(Test::Present(false)), r#"[{"n":1,"o":{"p":true}},{"n":2},{"n":3}]"#), r#"[{"n":2},{"n":3}]"#);
    let record = || {
        bare(vec![
            only_when(field("a[].n", integer()), "consent.post", is(true)),
            only_when(field("a[].m", integer()), "m", Test::Present(false)),
        ])
    };
    assert_eq!(inside(record(), r#""a":[{"n":1,"m":2}],"consent":{"post":true}"#), r#"[{"n":1,"m":2}]"#);
    assert_eq!(inside(record(), r#""consent":{"post":false},"a":[{"n":1,"m":2,"consent":{"post":true}}]"#), r#"[{"m":2}]"#);
    assert_eq!(inside(record(), r#""m":0,"a":[{"n":1,"m":2}]"#), "[]");
    let itself =
        vec![only_when(field("a[]", text()), "a[]", Test::In([Value::Text("x".into()), Value::Text("é".into())].into()))];
    assert_eq!(of(itself, r#"["y","x","\u00e9",null,"x"]"#), r#"["x","\u00e9","x"]"#);
    let inner = vec![
        only_when(field("a[].b[].n", integer()), "a[].b[].p", is(true)),
        only_when(field("a[].b[].m", integer()), "x", Test::Present(true)),
    ];
    assert_eq!(of(inner, r#"[{"p":true,"b":[{"n":1},{"n":2,"p":true,"m":3}]}]"#), r#"[{"b":[{"n":2,"m":3}]}]"#);
}

#[test]
fn a_list_leaves_at_the_place_of_its_first_field_that_may_leave() {
    let fields = vec![
        field("a[].z", Rule::Drop),
        field("s", text()),
        field("a[].n", integer()),
        field("t", text()),
        field("a[].m", integer()),
    ];
    assert_eq!(inside(bare(fields), r#""a":[{"z":1,"m":2,"n":3}],"t":"y","s":"x""#), r#""s":"x","a":[{"n":3,"m":2}],"t":"y""#);
}

#[test]
fn p4_what_is_learnt_of_one_list_is_not_used_for_another() {
    let fields = ["a[].x", "b[].y", "a[].c[].y", "a[].d[].x", "y"].map(|at| field(at, integer()));
    let both = r#"{"x":1,"y":2}"#;
    let record = format!(r#"{{"a":[{{"c":[{both}],"d":[{both}],"x":1,"y":2}},{both}],"b":[{both},{both}],"x":3,"y":4}}"#);
    let left = r#"{"a":[{"x":1,"c":[{"y":2}],"d":[{"x":1}]},{"x":1}],"b":[{"y":2},{"y":2}],"y":4}"#;
    let out = Bench::new(bare(fields.to_vec())).passes(format!("[{record},{record},{record}]"));
    assert_eq!(out, format!("[{left},{left},{left}]"));
}

#[test]
fn every_value_in_a_list_is_counted_once() {
    let fields = || {
        vec![
            field("a[].n", integer()),
            only_when(field("a[].t", text()), "a[].p", is(true)),
            field("a[].d", Rule::Drop),
            field("b[].d", Rule::Drop),
        ]
    };
    let spec = || PlanSpec { lists: vec![at_most("a", 3, vec![condition("out", Test::Present(false))])], ..bare(fields()) };
    let cases = [
        ("", [[0, 0, 0, 0, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1]]),
        (r#""a":[],"b":null"#, [[0; 5], [0; 5], [0; 5], [0, 0, 0, 0, 1]]),
        (r#""a":{},"b":7"#, [[0, 0, 1, 0, 0], [0, 0, 1, 0, 0], [0, 1, 0, 0, 0], [0, 1, 0, 0, 0]]),
        (
            r#""a":[{"n":1,"t":"x"},{"n":"x","t":"y","p":true,"d":1},null,8],"b":[{"d":1},{"d":2},{}]"#,
            [[1, 0, 2, 0, 1], [1, 0, 1, 1, 1], [0, 2, 0, 0, 2], [0, 2, 0, 0, 1]],
        ),
        (r#""a":[{"n":1,"out":1},{"n":2}],"b":[]"#, [[1, 0, 0, 1, 0], [0, 0, 0, 1, 1], [0, 1, 0, 0, 1], [0; 5]]),
        (r#""a":[{"n":1},{"n":2},{"n":3},{"n":4},{"n":5}],"b":[]"#, [[0, 0, 1, 0, 0], [0, 0, 1, 0, 0], [0, 1, 0, 0, 0], [0; 5]]),
    ];
    for (members, expected) in cases {
        let body = format!("[{{{members}}}]");
        let whole = Bench::new(spec()).whole(&body);
        let counts: Vec<_> = whole
            .tally
            .fields
            .iter()
            .map(|f| [f.left, f.dropped_by_rule, f.dropped_by_format, f.dropped_by_condition, f.absent])
            .collect();
        assert_eq!(counts, expected, "{members}");
        assert_eq!(Bench::new(spec()).watched(body.as_bytes()), whole, "watched: {members}");
    }
}

#[test]
fn p3_what_stands_in_a_list_is_read_as_strictly_as_ever() {
    let bench = Bench::new(bare(amounts()));
    for a in ["[1,]", "[,1]", "[1 2]", r#"[{"n":1,"n":2}]"#, r#"[{"z":{"q":1,"\u0071":2}}]"#, "[01]", "[\"\t\"]", "[1", "[}"] {
        let whole = bench.whole(format!(r#"[{{"a":{a}}}]"#));
        assert!(whole.end.is_err(), "{a}");
        assert_eq!(whole.out, "[", "{a}");
    }
    let shallow = Bench::new(PlanSpec { bounds: Bounds { depth_max: 4, ..Bounds::default() }, ..bare(amounts()) });
    assert_eq!(shallow.passes(r#"[{"a":[{"n":1}]}]"#), r#"[{"a":[{"n":1}]}]"#, "as deep as the bound");
    assert!(shallow.whole(r#"[{"a":[{"n":[]}]}]"#).end.is_err());
}

#[test]
fn lines_have_lists_and_rows_of_csv_leave_them_behind() {
    let fields = || vec![field("id", integer()), field("a[].n", integer()), field("b[].n", Rule::Drop), field("t", text())];
    let line = r#"{"id":1,"a":[{"n":1,"z":2}],"b":[{"n":1},{"n":2}],"t":"x"}"#;
    assert_eq!(Bench::new(lines(fields())).passes(format!("{line}\n")), "{\"id\":1,\"a\":[{\"n\":1}],\"t\":\"x\"}\n");
    let table = Bench::new(bare(fields())).writing(Form::Csv).whole(format!("[{line}]"));
    assert_eq!(table.out, "id,t\r\n1,x\r\n");
    let (left, behind) = (table.tally.fields[0], table.tally.fields[1]);
    assert_eq!((left.left, behind.left, behind.dropped_by_format, table.tally.fields[2].dropped_by_rule), (1, 0, 1, 2));
}
