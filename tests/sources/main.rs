//! Writes the synthetic members to a file, for the real source servers in this folder and for the benchmark.
//!
//! The people are made in one place, `portcullis::demo::people`; the Python loaders only read what this writes.

use std::fs::File;
use std::io::{BufWriter, Write};

use portcullis::demo::people;

/// `tests/sources/members COUNT FILE` runs this with the two variables set.
#[test]
#[ignore = "a tool: tests/sources/members runs it"]
fn write_members() {
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} says what to write"));
    let count = variable("MEMBERS_COUNT").parse().expect("MEMBERS_COUNT is a whole number");
    let file = File::create(variable("MEMBERS_FILE")).expect("MEMBERS_FILE can be written");
    let mut file = BufWriter::new(file);
    people::write_ndjson(count, people::SEED, &mut file).expect("the members can be written");
    file.flush().expect("the members can be written");
}
