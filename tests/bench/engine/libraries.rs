//! What one would otherwise filter with: the field's fastest parsers, each used as its documentation says is fastest.
//!
//! They know the fields when they are compiled, and write the same ten.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sonic_rs::LazyValue;

use super::ours::COLUMNS;
use super::{Contender, Input};

/// A list of members of any kind.
#[derive(Deserialize, Serialize)]
struct List<M> {
    count: u64,
    next: Option<String>,
    values: Vec<M>,
}

/// A member of whom each value is kept as it is spelled, in a library's own type for that.
#[derive(Deserialize, Serialize)]
struct Member<V> {
    member_id: V,
    first_name: V,
    last_name: V,
    email: V,
    mobile: V,
    address: V,
    constituency: V,
    joined_on: V,
    status: V,
    membership_type: V,
}

type RawMember<'a> = Member<&'a RawValue>;
type LazyMember<'a> = Member<LazyValue<'a>>;

const KEPT: [&str; 10] = [
    "member_id", "first_name", "last_name", "email", "mobile", "address", "constituency", "joined_on", "status", "membership_type",
];

fn by_value(body: &[u8]) -> usize {
    let mut list: serde_json::Value = serde_json::from_slice(body).expect("a list");
    for member in list["values"].as_array_mut().expect("an array").iter_mut() {
        let member = member.as_object_mut().expect("an object");
        member.retain(|name, _| KEPT.contains(&name.as_str()));
    }
    serde_json::to_vec(&list).expect("a list").len()
}

fn by_raw_value(body: &[u8]) -> usize {
    let list: List<RawMember<'_>> = serde_json::from_slice(body).expect("a list");
    serde_json::to_vec(&list).expect("a list").len()
}

fn by_sonic(body: &[u8]) -> usize {
    let list: List<LazyMember<'_>> = sonic_rs::from_slice(body).expect("a list");
    sonic_rs::to_vec(&list).expect("a list").len()
}

fn by_jiter(body: &[u8]) -> usize {
    let mut reader = jiter::Jiter::new(body);
    let mut out = Vec::with_capacity(body.len() / 2);
    let mut name = reader.next_object().expect("an object").map(str::to_owned);
    while let Some(member) = name {
        if member == "values" { members(&mut reader, body, &mut out) } else { reader.next_skip().expect("a value") }
        name = reader.next_key().expect("a name").map(str::to_owned);
    }
    reader.finish().expect("nothing more");
    out.len()
}

fn members(reader: &mut jiter::Jiter<'_>, body: &[u8], out: &mut Vec<u8>) {
    let mut more = reader.next_array().expect("an array");
    while more.is_some() {
        let before = out.len();
        let mut name = reader.known_object().expect("an object").and_then(|name| KEPT.iter().find(|kept| **kept == name).copied().or(Some("")));
        while let Some(kept) = name {
            let start = reader.current_index();
            reader.next_skip().expect("a value");
            if !kept.is_empty() {
                out.extend_from_slice(if out.len() == before { b"{\"" } else { b",\"" });
                out.extend_from_slice(kept.as_bytes());
                out.extend_from_slice(b"\":");
                out.extend_from_slice(&body[start..reader.current_index()]);
            }
            name = reader.next_key().expect("a name").map(|name| KEPT.iter().find(|kept| **kept == name).copied().unwrap_or(""));
        }
        out.extend_from_slice(b"},");
        more = reader.array_step().expect("a comma or the end");
    }
}

fn lines_by_raw_value(body: &[u8]) -> usize {
    let mut out = Vec::with_capacity(body.len() / 2);
    for member in serde_json::Deserializer::from_slice(body).into_iter::<RawMember<'_>>() {
        serde_json::to_writer(&mut out, &member.expect("a member")).expect("a line");
        out.push(b'\n');
    }
    out.len()
}

fn lines_by_sonic(body: &[u8]) -> usize {
    let mut out = Vec::with_capacity(body.len() / 2);
    for line in body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let member: LazyMember<'_> = sonic_rs::from_slice(line).expect("a member");
        sonic_rs::to_writer(&mut out, &member).expect("a line");
        out.push(b'\n');
    }
    out.len()
}

/// The records as a table.
pub fn table(records: &[&str]) -> Vec<u8> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(COLUMNS).expect("a header");
    for record in records {
        let record: serde_json::Value = serde_json::from_str(record).expect("a record");
        let cell = |name: &&str| match &record[*name] {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null => String::new(),
            other => other.to_string(),
        };
        table.write_record(COLUMNS.iter().map(cell)).expect("a row");
    }
    table.into_inner().expect("a table")
}

fn by_csv(body: &[u8]) -> usize {
    let kept: Vec<usize> = (0..COLUMNS.len()).filter(|at| KEPT.contains(&COLUMNS[*at])).collect();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(body);
    let mut writer = csv::Writer::from_writer(Vec::with_capacity(body.len()));
    let mut row = csv::ByteRecord::new();
    while reader.read_byte_record(&mut row).expect("a row") {
        writer.write_record(kept.iter().map(|at| &row[*at])).expect("a row");
    }
    writer.into_inner().expect("a table").len()
}

/// They parse and copy, and check nothing else.
pub fn contenders() -> Vec<Contender> {
    vec![
        Contender::new("sonic-rs, LazyValue", Input::Json, true, by_sonic),
        Contender::new("jiter", Input::Json, true, by_jiter),
        Contender::new("serde_json, RawValue", Input::Json, true, by_raw_value),
        Contender::new("serde_json, Value", Input::Json, true, by_value),
        Contender::new("sonic-rs, LazyValue", Input::Ndjson, true, lines_by_sonic),
        Contender::new("serde_json, RawValue", Input::Ndjson, true, lines_by_raw_value),
        Contender::new("csv", Input::Csv, true, by_csv),
    ]
}
