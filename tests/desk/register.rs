//! `register`: what left of a member for whom, told by the real binary out of a store that was filled as the proxy fills it.

use portcullis::engine::audit::event::Ending;
use portcullis::engine::outcome::Outcome;
use portcullis::engine::reason::Reason;
use portcullis::store::books::{Release, Step};
use serde_json::Value;

use super::stage::{Stage, at, request};

const FIELDS: [&str; 3] = ["member_id", "first_name", "email"];

/// Member 7 is in two pulls of amber and one of teal; member 8 in the first alone; member 9 in none.
fn disclosed() -> Stage {
    let mut stage = Stage::usual();
    let first = stage.open("amber", &FIELDS, 0);
    // The second record has no first name, and the first no e-mail address.
    stage.release(first, [7, 8], &[(2, 0), (1, 1)]);
    stage.close(first, 2, 1000);
    let second = stage.open("amber", &FIELDS, 60_000);
    stage.release(second, [7], &[]);
    stage.end(second, 1, 61_000, Ending::Ended(Outcome::Truncated(Reason::Suspended)));
    let third = stage.open("teal", &FIELDS[..1], 120_000);
    stage.release(third, [7], &[]);
    stage
}

#[test]
fn it_shows_every_pull_with_the_fields_that_really_left() {
    let stage = disclosed();
    let (code, text) = stage.says(&["register", "--contest", "leader", "--member", "7"]);
    let id = |number| request(number).to_string();
    let expected = format!(
        "member 7 in contest leader was given to amber (2 pulls), teal (1 pull):

  OPENED (UTC)          CAMPAIGN  ACTOR  EXPORT   STATE                  REQUEST                     FIELDS THAT LEFT
  2026-02-14T12:00:00Z  amber     Robin  members  served                 {}  member_id, first_name
  2026-02-14T12:01:00Z  amber     Robin  members  truncated (suspended)  {}  member_id, first_name, email
  2026-02-14T12:02:00Z  teal      Robin  members  open                   {}  member_id

of a pull that is open or was lost, the record may have left; of every other, it has

no objection of the member is in force
",
        id(1),
        id(2),
        id(3)
    );
    assert_eq!((code, text), (0, expected));
    let (code, text) = stage.says(&["register", "--contest", "leader", "--member", "8", "--json"]);
    let said: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, said["pulls"].as_array().unwrap().len()), (0, 1));
    assert_eq!(said["pulls"][0]["fields"], serde_json::json!(["member_id", "email"]));
    assert_eq!(said["pulls"][0]["closed"], format!("{:.3}", at(1000)));
    assert_eq!(said["pulls"][0]["request_id"], id(1));
}

#[test]
fn a_member_whom_nobody_was_given_is_a_no() {
    let stage = disclosed();
    let (code, text) = stage.says(&["register", "--contest", "leader", "--member", "9"]);
    assert_eq!(code, 1);
    assert!(text.starts_with("no campaign was given member 9 in contest leader\n"), "{text}");
    let (code, text) = stage.says(&["register", "--contest", "leader", "--member", "\u{1b}[2J"]);
    assert!(code == 1 && !text.contains('\u{1b}'), "{text}");
    let (code, text) = stage.says(&["register", "--contest", "youth", "--member", "9"]);
    assert!(code == 2 && text.contains("the configuration has no contest `youth`, but: leader"), "{text}");
}

#[test]
fn p10_the_books_hold_no_identifier_and_another_key_finds_nobody() {
    let mut stage = Stage::usual();
    let number = stage.open("amber", &FIELDS, 0);
    let member = stage.contest.member_key.digest("MARKER-member-77");
    let release = Release { members: vec![member], bytes: 1, ..Release::default() };
    stage.take(&[Step::Release(number, Box::new(release), super::stage::FREE)]);
    stage.close(number, 1, 10);
    assert_eq!(stage.says(&["register", "--contest", "leader", "--member", "MARKER-member-77"]).0, 0);
    for name in ["portcullis.db", "portcullis.db-wal"] {
        let bytes = std::fs::read(stage.folder.join(name)).unwrap_or_default();
        assert!(!bytes.windows(6).any(|window| window == b"MARKER"), "{name}");
    }
    super::folder::secret(&stage.folder.join("contest.key"), &"5eed".repeat(16));
    assert_eq!(stage.says(&["register", "--contest", "leader", "--member", "MARKER-member-77"]).0, 1);
}

#[test]
fn members_are_found_in_every_chunk() {
    let mut stage = Stage::usual();
    let number = stage.open("amber", &FIELDS, 0);
    for from in (0..140_000).step_by(20_000) {
        stage.release(number, from..from + 20_000, &[(2, 7)]);
    }
    stage.close(number, 140_000, 10);
    for (member, fields) in [("0", 3), ("7", 2), ("65535", 3), ("65536", 3), ("120007", 2), ("139999", 3)] {
        let (code, text) = stage.says(&["register", "--contest", "leader", "--member", member, "--json"]);
        let said: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((code, said["pulls"][0]["fields"].as_array().unwrap().len()), (0, fields), "{member}: {text}");
    }
    assert_eq!(stage.says(&["register", "--contest", "leader", "--member", "140000"]).0, 1);
}

#[test]
fn the_readme_shows_what_is_printed() {
    let stage = disclosed();
    super::shown::walk("### The register", &stage);
    super::shown::walk("### Objections", &stage);
}
