//! CSV: RFC 4180 and nothing more on the way in, and nothing that a spreadsheet would run on the way out.

use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use crate::bench_of::{Bench, Link, field, integer, only_when, path, spec, table, text};
use crate::cells;
use portcullis::engine::form::Form;
use portcullis::engine::format::{Format, Pattern};
use portcullis::engine::minimise::plan::{Bounds, PlanSpec};
use portcullis::engine::minimise::rule::{Condition, FieldRule, Generalisation, Rule, Test, Value as Said};
use portcullis::engine::minimise::{Fault, FaultKind, Formulas};

/// A text of any characters.
fn free() -> Rule {
    Rule::Keep(Format::Pattern(Pattern::compile("(?s).*").unwrap()))
}

/// All columns of a table, as they are.
fn every(columns: &[&str]) -> PlanSpec {
    table(columns, columns.iter().map(|name| field(&pointer(name), free())).collect())
}

fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// What leaves of a table, as JSON.
fn json(spec: PlanSpec, body: &str) -> String {
    Bench::new(spec).writing(Form::Json).passes(body)
}

fn members() -> PlanSpec {
    let yes = Test::In([Said::Text("yes".into())].into());
    let fields = vec![
        field("id", integer()),
        field("name", Rule::Keep(Format::Name)),
        only_when(field("mobile", Rule::Keep(Format::Phone)), "consent", yes),
        field("postcode", Rule::Generalise(Generalisation::Outcode)),
        field("religion", Rule::Drop),
    ];
    let rows = vec![Condition { path: path("status"), test: Test::In([Said::Text("current".into())].into()) }];
    PlanSpec { rows, ..table(&["religion", "id", "name", "mobile", "consent", "postcode", "status", "notes"], fields) }
}

const HEADER: &str = "religion,id,name,mobile,consent,postcode,status,notes\r\n";

#[test]
fn rules_and_conditions_apply_to_columns_by_name() {
    let body = format!(
        "{HEADER}none,1,Zoë,+447700900123,yes,E1 6AN,current,\"a, \"\"b\"\"\nc\"\r\n,2,Al,07700 900124,no,,current,\n,3,Bo,,,,lapsed,\n,x,\"\",,,,current,"
    );
    assert_eq!(
        json(members(), &body),
        r#"[{"id":"1","name":"Zoë","mobile":"+447700900123","postcode":"E1"},{"id":"2","name":"Al"},{}]"#
    );
    assert_eq!(Bench::new(members()).passes(&body), "id,name,mobile,postcode\r\n1,Zoë,+447700900123,E1\r\n2,Al,,\r\n,,,\r\n");
    assert_eq!(Bench::new(members()).passes(HEADER), "id,name,mobile,postcode\r\n");
    assert_eq!(json(members(), HEADER), "[]");
    let tally = Bench::new(members()).whole(&body).tally;
    assert_eq!((tally.seen, tally.released, tally.left_out), (4, 3, 1));
    assert_eq!(
        (tally.fields[0].dropped_by_format, tally.fields[2].dropped_by_condition, tally.fields[4].dropped_by_rule),
        (1, 1, 1)
    );
}

#[test]
fn tables_of_rfc_4180_are_read() {
    let cases = [
        ("a,b\r\n1,2\r\n", r#"[{"a":"1","b":"2"}]"#),
        ("a,b\n1,2", r#"[{"a":"1","b":"2"}]"#),
        ("a,b", "[]"),
        ("\"a\",\"b\"\n\"1\",\"\"\n", r#"[{"a":"1","b":""}]"#),
        ("a,b\n,\n", "[{}]"),
        ("a,b\n 1 ,\"2\"\n", r#"[{"a":" 1 ","b":"2"}]"#),
        ("a,b\n\"1\"\"2\",\"\"\"\"\n", r#"[{"a":"1\"2","b":"\""}]"#),
        ("a,b\n\"1\r\n2\n3\r4\",\",\"\n", "[{\"a\":\"1\\u000d\\u000a2\\u000a3\\u000d4\",\"b\":\",\"}]"),
        ("a,b\n\\,é😀\n", r#"[{"a":"\\","b":"é😀"}]"#),
        ("a,b\nnull,1e5\n", r#"[{"a":"null","b":"1e5"}]"#),
    ];
    for (body, expected) in cases {
        assert_eq!(json(every(&["a", "b"]), body), expected, "{body:?}");
    }
}

#[test]
fn p3_what_is_no_such_table_is_refused_where_it_stands() {
    use FaultKind::{Malformed, ShapeUnexpected};
    let cases: [(&[u8], FaultKind, u64); 31] = [
        (b"", ShapeUnexpected, 0),
        (b"\n", ShapeUnexpected, 0),
        (b"b,a\n", ShapeUnexpected, 0),
        (b"a\n", ShapeUnexpected, 0),
        (b"a,b,c\n", ShapeUnexpected, 5),
        (b"a,B\n", ShapeUnexpected, 0),
        (b"a, b\n", ShapeUnexpected, 0),
        (b"\xef\xbb\xbfa,b\n", ShapeUnexpected, 0),
        (b"a;b\n1;2\n", ShapeUnexpected, 0),
        (b"{\"a\":1}\n", Malformed, 1),
        (b"a,b\n1\n", Malformed, 4),
        (b"a,b\n1,2,3\n", Malformed, 9),
        (b"a,b\n1,2,\n", Malformed, 8),
        (b"a,b\n\n", Malformed, 4),
        (b"a,b\n1,2\n\n", Malformed, 8),
        (b"a,b\r\n1,2\r\n\r\n", Malformed, 10),
        (b"a,b\n1\"2,3\n", Malformed, 5),
        (b"a,b\n \"1\",2\n", Malformed, 5),
        (b"a,b\n\"1\" ,2\n", Malformed, 7),
        (b"a,b\n\"1\"2,3\n", Malformed, 7),
        (b"a,b\n\\\"1,2\n", Malformed, 5),
        (b"a,b\n\"1,2\n", Malformed, 9),
        (b"a,b\n1,2\r", Malformed, 8),
        (b"a,b\n1\r2,3\n", Malformed, 6),
        (b"a,b\n1,2\r\r\n", Malformed, 8),
        (b"a,b\n1\t,2\n", Malformed, 5),
        (b"a,b\n\"1\t\",2\n", Malformed, 6),
        (b"a,b\n1,\0\n", Malformed, 6),
        (b"a,b\n\"\x7f\",2\n", Malformed, 5),
        (b"a,b\n1,\xff\n", Malformed, 6),
        (b"a,b\n\xc3,\xa9\n", Malformed, 4),
    ];
    for (body, kind, offset) in cases {
        let bench = Bench::new(every(&["a", "b"]));
        let whole = bench.whole(body);
        assert_eq!(whole.end, Err(Fault { kind, offset }), "{}", body.escape_ascii());
        for length in 1..=body.len() {
            assert_eq!(bench.chunks(body.chunks(length)), whole, "{} in chunks of {length}", body.escape_ascii());
        }
    }
    // A row of one cell cannot be told from a blank line.
    let one = Bench::new(every(&["a"]));
    assert_eq!(one.whole("a\n\n").kind(), Some(Malformed));
    assert_eq!(one.passes("a\n\"\"\n1\n"), "a\r\n\"\"\r\n1\r\n");
}

#[test]
fn p3_no_byte_of_a_row_that_is_refused_leaves() {
    let good = format!("{HEADER},1,Al,,,,current,\n");
    for bad in [",2,Bo,,,,current", ",2,Bo,,,,current,\"x", ",2,Bo,,,,current,\u{1}", ",2,Bo,,,,current,,"] {
        let outcome = Bench::new(members()).whole(format!("{good}{bad}"));
        assert!(outcome.end.is_err());
        assert_eq!(outcome.out, "id,name,mobile,postcode\r\n1,Al,,\r\n", "{bad}");
    }
}

#[test]
fn p2_a_row_is_bounded_and_nothing_else_is_held() {
    let bounds = Bounds { record_bytes_max: 64, body_bytes_max: 10_000, ..Bounds::default() };
    let bench = Bench::new(PlanSpec { bounds, ..every(&["a", "b"]) });
    let row = format!("{},\"\n\"\n", "y".repeat(58));
    assert_eq!(row.len(), 63);
    assert_eq!(bench.whole(format!("a,b\n{}", row.repeat(3))).tally.released, 3);
    for endless in ["y", "\"\"", ",", "\n", "é"] {
        let body = format!("a,b\n\"{}", endless.repeat(100));
        let whole = bench.whole(&body);
        assert_eq!(whole.end, Err(Fault { kind: FaultKind::RecordTooLarge, offset: 68 }), "{endless}");
        for length in 1..70 {
            assert_eq!(bench.chunks(body.as_bytes().chunks(length)), whole);
        }
    }
    let mut machine = bench.machine();
    for chunk in format!("a,b\n{}", row.repeat(100)).as_bytes().chunks(11) {
        machine.feed(chunk, &mut Link, &mut Vec::new()).unwrap();
        assert!(machine.held() <= 128);
    }
}

#[test]
fn formulas_are_escaped_or_dropped_and_telephone_numbers_are_not_formulas() {
    let columns = ["id", "text", "phone", "decimal", "masked"];
    let fields = |text: Rule| -> Vec<FieldRule> {
        vec![
            field("text", text),
            field("phone", Rule::Keep(Format::Phone)),
            field("decimal", Rule::Keep(Format::Decimal)),
            field("masked", Rule::Generalise(Generalisation::Prefix { chars: std::num::NonZeroU32::new(3).unwrap() })),
        ]
    };
    let body = "id,text,phone,decimal,masked\n1,=1+1,+447700900123,-1.50,=cmd()\n2,a=1,07700 900123,2,abcd\n";
    let with = |formulas| Bench::new(PlanSpec { formulas, ..table(&columns, fields(text())) });
    let header = "text,phone,decimal,masked\r\n";
    assert_eq!(
        with(Formulas::Escape).passes(body),
        format!("{header}'=1+1,+447700900123,-1.50,'=cm\r\na=1,07700 900123,2,abc\r\n")
    );
    let refused = with(Formulas::Refuse).whole(body);
    assert_eq!(refused.out, format!("{header},+447700900123,-1.50,\r\na=1,07700 900123,2,abc\r\n"));
    assert_eq!((refused.tally.fields[0].dropped_by_format, refused.tally.fields[3].dropped_by_format), (1, 1));
    let as_json = with(Formulas::Refuse).writing(Form::Json).passes(body);
    assert!(as_json.contains(r#""text":"=1+1""#), "in JSON a text is a text: {as_json}");
}

#[test]
fn a_json_list_leaves_as_a_table_of_its_fields() {
    let body = r#"{"count":2,"links":{"next":"/x?p=2"},"data":{"items":[
        {"n":1,"name":"Zoë, \"Z\"","address":{"town":"Ely","postcode":"CB7 4DL"},"status":"current"},
        {"status":"lapsed"},{"n":null,"name":"Al","address":{"town":7},"status":"current"}]}}"#;
    let fields =
        vec![field("n", integer()), field("address.town", text()), field("name", text()), field("address.postcode", text())];
    let bench = Bench::new(PlanSpec { fields, lists: Vec::new(), ..spec() }).writing(Form::Csv);
    let expected = "n,address.town,address.postcode,name\r\n1,Ely,CB7 4DL,\"Zoë, \"\"Z\"\"\"\r\n,,,Al\r\n";
    assert_eq!(bench.passes(body), expected);
    for length in 1..40 {
        assert_eq!(bench.chunks(body.as_bytes().chunks(length)).out, expected);
    }
    assert_eq!(bench.passes(r#"{"data":{"items":[]}}"#), "n,address.town,address.postcode,name\r\n");
    let cut = bench.whole(&body[..body.len() - 3]);
    assert_eq!((cut.kind(), cut.out.as_str()), (Some(FaultKind::Malformed), expected));
}

/// Texts that have it in them to be taken apart.
fn cell() -> impl Strategy<Value = String> {
    const PARTS: [&str; 15] = ["a", "b", ",", "\"", "\r", "\n", " ", "é", "😀", "\\", ";", "0", "'", "x=1", ""];
    vec(select(&PARTS[..]), 0..6).prop_map(|parts| parts.concat())
}

fn rows(columns: usize) -> impl Strategy<Value = Vec<Vec<String>>> {
    vec(vec(cell(), columns), 0..6)
}

fn written(rows: &[Vec<String>], always: bool, crlf: bool) -> String {
    let quotes = if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
    let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    let mut writer = csv::WriterBuilder::new().quote_style(quotes).terminator(terminator).from_writer(Vec::new());
    writer.write_record(["a", "b", "c"]).unwrap();
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

fn read(body: &str) -> Vec<Vec<String>> {
    let reader = csv::ReaderBuilder::new().from_reader(body.as_bytes()).into_records();
    reader.map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

proptest! {
    #[test]
    fn p3_what_another_library_writes_is_read_and_what_is_written_another_reads(
        table in rows(3), always in any::<bool>(), crlf in any::<bool>(), length in 1..50usize,
    ) {
        let body = written(&table, always, crlf);
        let bench = Bench::new(every(&["a", "b", "c"]));
        let outcome = bench.whole(&body);
        prop_assert_eq!(outcome.end, Ok(()), "{}", body);
        prop_assert_eq!(&bench.chunks(body.as_bytes().chunks(length)), &outcome);
        // Texts that begin like a formula are another test's business.
        let formula = |cell: &String| cell.trim_start().starts_with(['=', '+', '-', '@']) || cell.starts_with(char::is_whitespace);
        prop_assume!(!table.iter().flatten().any(formula));
        prop_assert_eq!(read(&outcome.out), table);
    }

    #[test]
    fn p3_mutated_tables_are_refused_or_read_as_another_library_reads_them(
        table in rows(3), at in any::<proptest::sample::Index>(), byte in select(&b"\",\r\n a\0\t"[..]),
    ) {
        let mut body = written(&table, false, false).into_bytes();
        let at = at.index(body.len());
        if !body[at].is_ascii() { return Ok(()); }
        body[at] = byte;
        let Ok(body) = String::from_utf8(body) else { return Ok(()) };
        let bench = Bench::new(every(&["a", "b", "c"])).writing(Form::Json);
        let outcome = bench.whole(&body);
        for length in [1, 2, 3, 7, 19] {
            prop_assert_eq!(&bench.chunks(body.as_bytes().chunks(length)), &outcome);
        }
        if outcome.end.is_ok() {
            let ours: Vec<Value> = serde_json::from_str(&outcome.out).unwrap();
            let ours: Vec<Vec<String>> = ours.iter().map(|record| {
                ["a", "b", "c"].iter().map(|name| record[*name].as_str().unwrap_or("").to_owned()).collect()
            }).collect();
            prop_assert_eq!(ours, read(&body));
        }
    }

    #[test]
    fn p1_hidden_columns_do_not_show(a in vec(cell(), 4), b in vec(cell(), 4), form in 0..3usize) {
        let form = [Form::Json, Form::Ndjson, Form::Csv][form];
        let bench = Bench::new(members()).writing(form);
        let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let body = |hidden: &[String], end: &str| {
            let h: Vec<_> = hidden.iter().map(quoted).collect();
            format!(
                "{HEADER}{},1,Zoë,07700 900123,no,E1 6AN,current,{}\n{},2,Al,,,,lapsed,{}\n,3,Bo,,,,current,{end}",
                h[0], h[1], h[2], h[3]
            )
        };
        prop_assert_eq!(bench.passes(body(&a, "")), bench.passes(body(&b, "\r\n")));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn p3_what_a_slow_reader_refuses_is_refused_and_what_it_reads_leaves(
        parts in vec(select(&["a", "\"", "\"", ",", ",", "\n", "\r\n", "\r", " ", "é", "\"\"", "\t", "x,y", "\u{7f}"][..]), 0..14),
        header in select(&["a,b\n", "a,b\r\n", "\"a\",b\n", "a,b", "b,a\n", ""][..]),
    ) {
        let body = format!("{header}{}", parts.concat());
        let outcome = Bench::new(every(&["a", "b"])).writing(Form::Json).whole(&body);
        let ours = outcome.end.is_ok().then(|| serde_json::from_str::<Value>(&outcome.out).unwrap());
        let rows = cells::read(&["a", "b"], body.as_bytes());
        prop_assert_eq!(ours, rows.map(|rows| cells::records(&["a", "b"], &rows)), "{:?} {:?}", body, outcome.end);
    }
}

/// csv-spectrum 2.0.0 (BSD-2-Clause): its tables, and what they hold. One of them has quotes inside bare cells, which RFC 4180
/// does not know, and is refused.
#[test]
fn csv_spectrum_is_read_but_for_bare_quotes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/csv-spectrum");
    let files: Vec<_> = fs::read_dir(folder.join("csvs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 12);
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let body = fs::read_to_string(&file).unwrap();
        if name == "location_coordinates" {
            let columns: Vec<_> = body.lines().next().unwrap().split(',').collect();
            assert_eq!(Bench::new(every(&columns)).whole(&body).kind(), Some(FaultKind::Malformed));
            continue;
        }
        let expected = fs::read_to_string(folder.join("json").join(name).with_extension("json")).unwrap();
        assert_eq!(spectrum(&body), serde_json::from_str::<Vec<Value>>(&expected).unwrap(), "{name}");
    }
}

/// The records of a table, with the empty text for a cell of nothing, as csv-spectrum has it.
fn spectrum(body: &str) -> Vec<Value> {
    let header = body.lines().next().unwrap();
    let columns: Vec<_> = header.split(',').collect();
    let mut records: Vec<Value> = serde_json::from_str(&json(every(&columns), body)).unwrap();
    for record in &mut records {
        for column in &columns {
            record.as_object_mut().unwrap().entry(*column).or_insert_with(|| "".into());
        }
    }
    records
}
