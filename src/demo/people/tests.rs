//! What the demo and other tests rely on: repeatable bytes, 25 fields, and enough of everything to be worth hiding.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::*;

fn ndjson(count: usize, seed: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_ndjson(count, seed, &mut bytes).expect("a vector takes everything");
    bytes
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    assert_eq!(ndjson(300, 1), ndjson(300, 1));
    assert_ne!(ndjson(300, 1), ndjson(300, 2));
}

#[test]
fn a_member_does_not_depend_on_how_many_are_made() {
    assert_eq!(members(40, 9).last(), Some(member(40, 9)));
    assert!(ndjson(300, 1).starts_with(&ndjson(20, 1)));
}

#[test]
fn a_record_has_the_25_fields_in_order() {
    let line = serde_json::to_string(&member(1, SEED)).expect("a member is JSON");
    let value: serde_json::Value = serde_json::from_str(&line).expect("a member is JSON");
    assert_eq!(value.as_object().map(serde_json::Map::len), Some(FIELDS.len()));
    let places: Vec<_> = FIELDS.iter().map(|field| line.find(&format!("\"{field}\":"))).collect();
    assert!(places.iter().all(Option::is_some), "{line}");
    assert!(places.is_sorted(), "{line}");
}

#[test]
fn there_is_enough_of_everything() {
    let all: Vec<Member> = members(MEMBERS, SEED).collect();
    let share = |test: fn(&Member) -> bool| all.iter().filter(|member| test(member)).count() * 100 / all.len();
    assert!((80..95).contains(&share(|member| member.status == "current")));
    assert!((60..80).contains(&share(|member| member.consent.email)));
    assert!((55..80).contains(&share(|member| member.religion.is_some())));
    assert!((25..50).contains(&share(|member| member.union_ref.is_some())));
    assert!((10..30).contains(&share(|member| member.health_condition.is_some())));
    assert!((15..30).contains(&share(tells)));
    assert!((1..8).contains(&share(|member| member.email.is_none())));
    assert!(all.iter().any(|member| member.email.as_deref() == Some("")));
    assert!((30..50).contains(&share(|member| !member.donations.is_empty())));
}

fn tells(member: &Member) -> bool {
    let words = ["synagogue", "surgery", "Ramadan", "steward", "Pride", "diagnosis", "vote was", "cautioned"];
    member.notes.as_deref().is_some_and(|notes| words.iter().any(|word| notes.contains(word)))
}

#[test]
fn nothing_can_reach_a_real_person() {
    for member in members(MEMBERS, SEED) {
        let email = member.email.unwrap_or_default().to_lowercase();
        assert!(email.is_empty() || (email.is_ascii() && email.ends_with("@example.org")), "{email}");
        let digits: String = member.mobile.unwrap_or_default().replace("+44", "0").replace(' ', "");
        assert!(digits.is_empty() || (digits.len() == 11 && digits.starts_with("07700900")), "{digits}");
    }
}

#[test]
fn nobody_joined_before_being_14_or_after_the_day() {
    for member in members(MEMBERS, SEED) {
        assert!(member.joined_on <= DAY);
        assert!(member.date_of_birth.is_none_or(|born| born.saturating_add(14.years()) <= member.joined_on));
    }
}

/// The file from which the real source servers and the benchmark are loaded: `tests/sources/members COUNT FILE` runs this
/// test with both variables set. Without them it writes a small file and removes it.
#[test]
fn a_file_has_one_member_a_line() {
    let wanted = env::var_os("MEMBERS_FILE").map(PathBuf::from);
    let count = env::var("MEMBERS_COUNT").map_or(100, |text| text.parse().expect("MEMBERS_COUNT is a whole number"));
    let path = wanted.clone().unwrap_or_else(|| env::temp_dir().join(format!("members-{}.ndjson", std::process::id())));
    write_file(count, &path);
    assert_eq!(BufReader::new(File::open(&path).expect("it was written")).lines().count(), count);
    if wanted.is_none() {
        fs::remove_file(&path).expect("it was written");
    }
}

fn write_file(count: usize, path: &Path) {
    let mut file = BufWriter::new(File::create(path).expect("the file can be made"));
    write_ndjson(count, SEED, &mut file).expect("the members can be written");
    file.flush().expect("the members can be written");
}
