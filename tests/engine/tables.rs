//! Tables for the plan of [`spec`]: two that differ only in what it drops, and ones with a marker in every cell from which nothing
//! may leave.

use std::num::NonZeroU32;

use portcullis::engine::format::{Format, Scalar};
use portcullis::engine::minimise::plan::PlanSpec;
use portcullis::engine::minimise::rule::{Condition, Generalisation, Rule, Test, Value};

use crate::bench_of::{domain, field, integer, only_when, path, table};
use crate::dice::Dice;
use crate::markers::MARKER;

/// The header row.
pub const COLUMNS: [&str; 10] = ["id", "name", "notes", "n", "mobile", "consent", "postcode", "union", "card", "status"];

/// Columns of every kind, two that conditions read, and one that no rule names.
pub fn spec() -> PlanSpec {
    let said = |text: &str| Test::In([Value::Text(text.into())].into());
    let fields = vec![
        field("id", Rule::Tokenise),
        field("name", Rule::Keep(Format::Name)),
        field("n", integer()),
        only_when(field("mobile", Rule::Keep(Format::Phone)), "consent", said("yes")),
        field("postcode", Rule::Generalise(Generalisation::Outcode)),
        field("union", Rule::Pseudonymise(domain())),
        field("card", Rule::Mask { last: NonZeroU32::new(2).unwrap() }),
    ];
    let rows = vec![Condition { path: path("status"), test: said("current") }];
    PlanSpec { rows, ..table(&COLUMNS, fields) }
}

/// For each column, cells that leave, and cells of which nothing does. A quoted cell of nothing is a text, which a mask takes.
const CELLS: [(&[&str], &[&str]); 10] = [
    (&["7", "A-1", "é, \"x\""], &[""]),
    (&["Zoë", "O'Neil, Anne", "-Al"], &["", "R2D2", "a\nb", "{}", "=1+1"]),
    (&[""], &["", "x", "a,b", "\"\"", "[1]\r\n", "é"]),
    (&["1", "-25", "007"], &["", "1.5", "1e3", "x", "- 1"]),
    (&["07700 900123", "+44 7700 900124"], &["", "no", "{}", "123456"]),
    (&["yes"], &["", "no", "Yes", "yes "]),
    (&["E1 6AN", "sw1a1aa"], &["", "E1", "16", "E1 6AN "]),
    (&["U-1", "07700 900123"], &["", " ", "\n"]),
    (&["1234", "É\"é"], &["a\nb", "[1]"]),
    (&["current"], &["", "lapsed", "Current", "\"current\""]),
];
const MOBILE: usize = 4;
const CONSENT: usize = 5;
const STATUS: usize = 9;

/// Two tables that must give the same bytes. `choices` says what they share, `first` and `second` where they differ.
pub fn twins(choices: &[u8], first: &[u8], second: &[u8]) -> (String, String) {
    let mut dice = Dice::new(choices);
    let rows: Vec<_> = (0..dice.below(5)).map(|_| row(&mut dice)).collect();
    (spelled(&rows, first), spelled(&rows, second))
}

/// The cells of a row that leave, or that let others leave; the mobile does not leave without consent.
fn row(dice: &mut Dice<'_>) -> [Option<&'static str>; 10] {
    let mut row = CELLS.map(|(good, _)| (!dice.once_in(3)).then(|| dice.pick(good)));
    row[STATUS] = Some("current");
    row[MOBILE] = row[MOBILE].filter(|_| row[CONSENT].is_some());
    row
}

fn spelled(rows: &[[Option<&'static str>; 10]], differences: &[u8]) -> String {
    let dice = &mut Dice::new(differences);
    let mut out = line(dice, &COLUMNS);
    for row in rows {
        left_out(dice, &mut out);
        let mut cells: Vec<&str> = row.iter().zip(CELLS).map(|(cell, (_, bad))| cell.unwrap_or_else(|| dice.pick(bad))).collect();
        if row[CONSENT].is_none() && dice.once_in(2) {
            cells[MOBILE] = dice.pick(CELLS[MOBILE].0);
        }
        out += &line(dice, &cells);
    }
    left_out(dice, &mut out);
    if dice.once_in(2) { out.trim_end_matches(['\r', '\n']).to_owned() } else { out }
}

/// Rows that the row rule leaves out.
fn left_out(dice: &mut Dice<'_>, out: &mut String) {
    for _ in 0..dice.below(3) {
        let mut cells: Vec<&str> =
            CELLS.iter().map(|(good, bad)| if dice.once_in(2) { dice.pick(good) } else { dice.pick(bad) }).collect();
        cells[STATUS] = dice.pick(CELLS[STATUS].1);
        *out += &line(dice, &cells);
    }
}

fn line(dice: &mut Dice<'_>, cells: &[&str]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| quoted(dice, cell)).collect();
    format!("{}{}", cells.join(","), dice.pick(&["\n", "\r\n"]))
}

fn quoted(dice: &mut Dice<'_>, cell: &str) -> String {
    let must = cell.contains([',', '"', '\n', '\r']);
    if must || dice.once_in(3) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

/// A table with the marker in every cell that may not leave: in notes, in what a column does not take, in whole rows.
pub fn marked(choices: &[u8]) -> String {
    let dice = &mut Dice::new(choices);
    let mut out = line(dice, &COLUMNS);
    for _ in 0..dice.below(6) {
        let current = !dice.once_in(4);
        let mut cells: Vec<String> = CELLS.iter().map(|(good, _)| dice.pick(good).to_owned()).collect();
        for at in [1, 2, 3, MOBILE, 6] {
            if at == 2 || dice.once_in(2) {
                cells[at] = format!("{MARKER}{}", dice.pick(&["1", "\n", "{}", "@", "=1"]));
            }
        }
        // Text becomes a token or a pseudonym, and a mask hides all but two characters.
        for at in [0, 7, 8] {
            if dice.once_in(2) {
                cells[at] = format!("{MARKER}77");
            }
        }
        if dice.once_in(3) {
            cells[CONSENT] = MARKER.to_owned();
            cells[MOBILE] = format!("{MARKER} 07700 900123");
        }
        if !current {
            cells[STATUS] = format!("{MARKER}current");
            cells[1] = MARKER.to_owned();
        }
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        out += &line(dice, &cells);
    }
    out
}

/// Whether these lines, what left of a table as NDJSON, have nothing but the plan's columns in forms that they may have.
pub fn is_allowed(lines: &str) -> bool {
    lines.lines().all(|line| {
        let Ok(serde_json::Value::Object(record)) = serde_json::from_str(line) else { return false };
        record.iter().all(|(name, value)| value.as_str().is_some_and(|text| is_cell(name, text)))
    })
}

fn is_cell(name: &str, cell: &str) -> bool {
    let base32 = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'v'));
    match name {
        "id" => cell.strip_prefix("t1_").is_some_and(|rest| rest.len() >= 52 && base32(rest)),
        "union" => cell.len() == 32 && base32(cell),
        "name" => Format::Name.accepts(Scalar::Text(cell)),
        "n" => Format::Integer.accepts(Scalar::Text(cell)),
        "mobile" => Format::Phone.accepts(Scalar::Text(cell)),
        "postcode" => (2..=4).contains(&cell.len()) && cell.is_ascii(),
        "card" => cell.trim_start_matches('*').chars().count() <= 2,
        _ => false,
    }
}
