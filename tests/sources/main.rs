//! The synthetic members in a file, for the real source servers in this folder and for the benchmark.
//!
//! The people are made in one place, `portcullis::demo::people`; the Python loaders only read what this writes.
//! `tests/sources/members COUNT FILE` runs this test with both variables set; without them it writes a small file and removes it.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use portcullis::demo::people;

#[test]
fn writes_one_member_a_line() {
    let wanted = env::var_os("MEMBERS_FILE").map(PathBuf::from);
    let count = env::var("MEMBERS_COUNT").map_or(100, |text| text.parse().expect("MEMBERS_COUNT is a whole number"));
    let path = wanted.clone().unwrap_or_else(|| env::temp_dir().join(format!("members-{}.ndjson", std::process::id())));
    write(count, &path);
    assert_eq!(BufReader::new(File::open(&path).expect("it was written")).lines().count(), count);
    if wanted.is_none() {
        fs::remove_file(&path).expect("it was written");
    }
}

fn write(count: usize, path: &Path) {
    let mut file = BufWriter::new(File::create(path).expect("the file can be made"));
    people::write_ndjson(count, people::SEED, &mut file).expect("the members can be written");
    file.flush().expect("the members can be written");
}
