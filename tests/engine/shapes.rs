//! Lists whose records almost follow one shape: members in another order, left out, added late or repeated, spelled and spaced
//! anew, with strings, numbers and names of the lengths at which a scanner that reads ahead goes astray. What a scanner learns
//! of one record must never change what it reads of the next.

use portcullis::engine::form::Form;
use portcullis::engine::format::Format;
use portcullis::engine::minimise::Kernel;
use portcullis::engine::minimise::plan::PlanSpec;
use portcullis::engine::minimise::rule::Rule;

use crate::bench_of::{Bench, bare, field, keyring, text};
use crate::dice::Dice;
use crate::oracle;

/// Longer than any word or vector in which a name may be compared at once.
const LONG: &str = "a-name-that-is-longer-than-thirty-two-bytes";
const LONGER: &str = "a-name-that-is-longer-than-thirty-two-bytez";
const NAMES: [&str; 12] = ["a", "b", "é", "n", "sixteen-bytes-na", LONG, LONGER, "in", "q\"", "", "aa", "x"];
const FILLS: [&str; 7] = ["x", "x", "é", "😀", r"\u00e9", r#"\""#, r"\\"];
const ENDS: [&str; 8] = ["", "", "é", r"\u0041", r#"\""#, r"\\", "\u{7f}", r"\ud83d\ude00"];
/// What is read ahead as a number or a word, and is none, or is one in another spelling.
const ODD: [&str; 18] = [
    "01", "-", "-01", "1.", "1e", "00", "1.5e+3", "-0", "0e0", "tru", "nul", "falsee", "nullx", "true", "false", "null",
    "\"\t\"", "\"",
];

/// What the plan keeps of these lists.
pub fn spec() -> PlanSpec {
    let long = || Rule::Keep(Format::Text { max: 200 });
    let mut fields = vec![
        field("a", long()),
        field("n", Rule::Keep(Format::Decimal)),
        field("é", text()),
        field("sixteen-bytes-na", long()),
        field(LONG, long()),
        field("in.a", long()),
        field("in.n", Rule::Keep(Format::Integer)),
        field("in.in.b", long()),
        field("list[].a", long()),
        field("list[].n", Rule::Keep(Format::Decimal)),
    ];
    fields.push(field("/q\"", Rule::Tokenise));
    bare(fields)
}

/// A string of up to 200 bytes, its end on any place of a block.
fn string(dice: &mut Dice<'_>) -> String {
    let fill = dice.pick(&FILLS);
    let count = dice.below(201) / fill.len();
    format!("\"{}{}\"", fill.repeat(count), dice.pick(&ENDS))
}

/// A number of up to 30 digits.
fn number(dice: &mut Dice<'_>) -> String {
    let digits = |dice: &mut Dice<'_>, count: usize| -> String {
        (0..count).map(|at| char::from(b'0' + ((at + usize::from(dice.byte())) % 10) as u8)).collect()
    };
    let count = dice.below(30);
    let whole = format!("{}{}", 1 + dice.below(9), digits(dice, count));
    let sign = dice.pick(&["", "", "-"]);
    match dice.below(5) {
        0 => format!("{sign}{whole}.{}", 1 + dice.below(200)),
        1 => format!("{sign}{whole}e-{}", dice.below(200)),
        _ => format!("{sign}{whole}"),
    }
}

fn value(dice: &mut Dice<'_>, depth: usize) -> String {
    match dice.below(16) {
        0..=5 => string(dice),
        6..=9 => number(dice),
        10 => dice.pick(&["true", "false", "null"]).to_owned(),
        11 if dice.once_in(6) => dice.pick(&ODD).to_owned(),
        12 | 13 if depth > 0 => {
            let elements: Vec<_> = (0..dice.below(4)).map(|_| value(dice, depth - 1)).collect();
            format!("[{}]", elements.join(","))
        }
        14 if depth > 0 => object(dice, depth - 1),
        _ => "\"\"".to_owned(),
    }
}

fn object(dice: &mut Dice<'_>, depth: usize) -> String {
    let mut names: Vec<_> = (0..dice.below(5)).map(|_| dice.pick(&NAMES)).collect();
    if !dice.once_in(20) {
        names.sort_unstable();
        names.dedup();
        dice.shuffle(&mut names);
    }
    let members: Vec<_> = names.into_iter().map(|name| member(dice, name, depth, false)).collect();
    format!("{{{}}}", members.join(","))
}

fn member(dice: &mut Dice<'_>, name: &str, depth: usize, anew: bool) -> String {
    let value = match name {
        "in" if depth > 0 => object(dice, depth - 1),
        "list" if depth > 0 => {
            let elements: Vec<_> = (0..dice.below(6)).map(|_| object(dice, depth - 1)).collect();
            format!("[{}]", elements.join(","))
        }
        "n" => number(dice),
        _ => value(dice, depth),
    };
    let name = if anew { dice.string(name) } else { serde_json::to_string(name).unwrap() };
    let (before, after) = if anew { (dice.blank(), dice.blank()) } else { ("", "") };
    format!("{before}{name}{after}:{before}{value}{after}")
}

/// Records that follow the order of the first, but for what changes on the way.
fn list(dice: &mut Dice<'_>) -> Vec<String> {
    let mut order: Vec<&str> = vec!["a", "n", "list", "in"];
    for _ in 0..dice.below(6) {
        let name = dice.pick(&NAMES);
        if !order.contains(&name) {
            order.insert(dice.below(order.len() + 1), name);
        }
    }
    (0..1 + dice.below(8)).map(|_| record(dice, &mut order)).collect()
}

fn record(dice: &mut Dice<'_>, order: &mut Vec<&str>) -> String {
    if dice.once_in(5) {
        dice.shuffle(order);
    }
    let anew = dice.once_in(4);
    let left_out = dice.below(3 * order.len());
    let names: Vec<_> = order.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, name)| *name).collect();
    let mut members: Vec<_> = names.iter().map(|name| member(dice, name, 3, anew)).collect();
    if dice.once_in(6) {
        members.push(member(dice, late_name(names.len()), 1, anew));
    }
    if dice.once_in(12) && !names.is_empty() {
        let twice = names[dice.below(names.len())];
        members.push(member(dice, twice, 1, anew));
    }
    format!("{{{}}}", members.join(dice.pick(&[",", ",", ", ", ",\t"])))
}

/// A name that no record begins with, of another length each time.
fn late_name(length: usize) -> &'static str {
    &"late-names-differ-in-their-length-alone-up-to-this-one"[..10 + length]
}

/// Reads a list that the dice make, in one piece by every kernel, in pieces, and cut short; and asks the oracle. Then its records one
/// by one, by a plan that has read all that and by one that has read nothing.
pub fn tried(dice: &mut Dice<'_>) {
    let lines = dice.once_in(3);
    let records = list(dice);
    let (spec, body) = match lines {
        true => (PlanSpec { source: Form::Ndjson, ..spec() }, records.iter().map(|record| one_line(record)).collect()),
        false => (spec(), format!("{}[{}]", dice.blank(), records.join(dice.pick(&[",", ",", " ,\n", ",\r\n\t"])))),
    };
    let keys = keyring("leader", "amber");
    let asked = |body: &str| match lines {
        true => oracle::lines_minimised(&spec, &keys, body.as_bytes()),
        false => oracle::minimised(&spec, &keys, body.as_bytes()),
    };
    let bench = Bench::new(spec.clone());
    let whole = bench.whole(&body);
    assert_eq!(whole.end.is_ok().then(|| whole.out.clone()), asked(&body), "{:?} {body}", whole.end);
    for kernel in Kernel::all() {
        assert_eq!(bench.by(*kernel, &body), whole, "{} {body}", kernel.name());
    }
    let pieces = dice.pieces(body.as_bytes());
    assert_eq!(bench.chunks(pieces), whole, "{body}");
    let end = (0..=dice.below(body.len() + 1)).rev().find(|end| body.is_char_boundary(*end)).unwrap_or(0);
    let cut = bench.whole(&body[..end]);
    assert_eq!(cut.end.is_ok().then(|| cut.out.clone()), asked(&body[..end]), "{:?} {}", cut.end, &body[..end]);
    assert!(whole.out.starts_with(cut.out.trim_end_matches(']')), "what leaves of a beginning is a beginning of what leaves");
    for record in records.iter().rev() {
        let body = if lines { one_line(record) } else { format!("[{record}]") };
        assert_eq!(bench.whole(&body), Bench::new(spec.clone()).whole(&body), "{body}");
    }
}

/// The record as a line: white space between tokens may be a line break.
fn one_line(record: &str) -> String {
    record.replace(['\n', '\r'], " ") + "\n"
}
