//! `[[campaign]]` and its credentials.

use crate::desk::{CONTEST, Desk, amended};

const TITLE: &str = "title = \"Amber\"";
const DIGEST: &str = "49a5ef1f0d8d2a70a2a1c5c1a4c8d8c3e0f9b1d2c3b4a5968778695a4b3c2d1e";

#[test]
fn windows_may_only_narrow() {
    let cases = [
        (
            "opens = 2026-02-14T11:59:59",
            "contests/c.toml:30 [2026-02-14T11:59:59] this campaign would open before its contest does => a campaign's window may only be narrower: choose a later time",
        ),
        (
            "closes = 2026-04-02T12:00:01",
            "contests/c.toml:30 [2026-04-02T12:00:01] this campaign would close after its contest does => a campaign's window may only be narrower: choose an earlier time",
        ),
        (
            "closes = 2026-02-14T12:00:00",
            "contests/c.toml:30 [2026-02-14T12:00:00] this campaign would close before it opens => let it close after it opens, inside the contest's window",
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(amended(TITLE, &format!("{TITLE}\n{line}")), [expected], "{line}");
    }
    assert_eq!(amended(TITLE, &format!("{TITLE}\nopens = 2026-02-14T12:00:00\ncloses = 2026-02-14T12:00:01Z")), [""; 0]);
}

#[test]
fn networks_are_networks() {
    let networks = r#"networks = ["203.0.113.0/24", "203.0.113.5/24", "203.0.113.5", "amber", "2001:db8::/32"]"#;
    let expected = [
        "contests/c.toml:30 [\"203.0.113.5/24\"] this network has bits beyond its prefix => write `203.0.113.0/24`",
        "contests/c.toml:30 [\"203.0.113.5\"] this is an address, and not a network => write `203.0.113.5/32`",
        "contests/c.toml:30 [\"amber\"] `amber` is no network => write for example `203.0.113.0/24` or `2001:db8::/32`",
    ];
    assert_eq!(amended(TITLE, &format!("{TITLE}\n{networks}")), expected);
}

#[test]
fn digests_are_digests_and_used_once() {
    let not_one = "this is no SHA-256 digest => write the 64 hexadecimal digits of the SHA-256 of the key";
    assert_eq!(amended(DIGEST, "abc"), [format!("contests/c.toml:33 [*****] {not_one}")]);
    let zero = format!("contests/c.toml:33 [\"{0}\"] this digest is all zero => write the SHA-256 of the key", "0".repeat(64));
    assert_eq!(amended(DIGEST, &"0".repeat(64)), [zero]);
    let twice = format!("{DIGEST}\"\n[[campaign.credential]]\nsha256 = \"{}", DIGEST.to_uppercase());
    let expected = format!(
        "contests/c.toml:35 [\"{}\"] this key's digest stands in contests/c.toml:33 too => give every campaign, and every holder, a key of its own: `portcullis key`",
        DIGEST.to_uppercase()
    );
    assert_eq!(amended(DIGEST, &twice), [expected]);
}

#[test]
fn a_key_in_the_place_of_its_digest_is_not_repeated() {
    let desk = Desk::small();
    desk.file("contests/c.toml", CONTEST.replace(DIGEST, "portcullis_KeyMarker0123456789"));
    let problems = desk.problems();
    assert!(problems.contains("this is the key itself, which must not be stored"), "{problems}");
    assert!(!problems.contains("KeyMarker"), "{problems}");
}

#[test]
fn other_kinds_of_credential_are_refused() {
    let line = format!("{DIGEST}\"\nkind = \"jwt\"\nactor = \"");
    let expected = [
        "contests/c.toml:34 [\"jwt\"] credentials of the kind `jwt` are not supported by this version => write `kind = \"key\"`",
        "contests/c.toml:35 [\"\"] the name of an actor must not be empty => write one line of text",
    ];
    assert_eq!(amended(DIGEST, &line), expected);
}

#[test]
fn agreements_that_are_not_signed_are_warnings() {
    let desk = Desk::small();
    desk.file("contests/a.md", "the agreement");
    let sha256 = "d16a6f67ca24e0a4ae2f5e4ba4d0e1a5f1fd4ccbd4b1a3c7a1a1d4b5a3c2d1e0";
    let contest = CONTEST.replace("[source]", "[agreement]\nversion = \"2\"\nfile = \"a.md\"\n\n[source]");
    desk.file("contests/c.toml", &contest);
    let unsigned = desk.brief();
    assert!(unsigned[0].starts_with("warning contests/c.toml:31 [[[campaign]]] this campaign has not signed the agreement, and is refused until it has => record its signature of version `2` with sha256 `"), "{unsigned:?}");
    let old =
        format!("{TITLE}\nagreement = {{ version = \"1\", sha256 = \"{sha256}\", signed_by = \"A\", signed_on = 2026-01-20 }}");
    desk.file("contests/c.toml", contest.replace(TITLE, &old));
    let outdated = desk.brief();
    assert!(outdated[0].contains("what this campaign signed is not the agreement in force: it is refused"), "{outdated:?}");
    assert_eq!((unsigned.len(), outdated.len()), (1, 1));
}

#[test]
fn campaigns_without_keys_and_contests_without_campaigns_are_warnings() {
    let desk = Desk::small();
    let (before, _) = CONTEST.split_once("[[campaign.credential]]").unwrap();
    desk.file("contests/c.toml", before);
    assert_eq!(
        desk.brief(),
        [
            "warning contests/c.toml:27 [[[campaign]]] this campaign has no credential: nobody can act for it => run `portcullis key`, and add the `[[campaign.credential]]` that it prints"
        ]
    );
    let (before, _) = CONTEST.split_once("[[campaign]]").unwrap();
    desk.file("contests/c.toml", before);
    assert_eq!(
        desk.brief(),
        ["warning contests/c.toml:1 [] the contest has no campaign: nobody can pull => add a `[[campaign]]`"]
    );
}
