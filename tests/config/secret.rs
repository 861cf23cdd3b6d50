//! Secret files, and that no secret is ever repeated (promise P11).

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use portcullis::config::{effective, read_at};

use crate::desk::{CONTEST, Desk, KEY_HEX, amended};

const URL: &str = "url = \"https://crm.example.org\"";

#[test]
fn each_trouble_with_a_file_is_told_apart() {
    let key = |prepare: &dyn Fn(&Desk)| {
        let desk = Desk::small();
        prepare(&desk);
        desk.brief().join("\n")
    };
    let path = "contests/c.key";
    let at = "contests/c.toml:14 [\"c.key\"]";
    assert_eq!(
        key(&|desk| fs::remove_file(desk.root().join(path)).unwrap()),
        format!(
            "{at} there is no file {path} => make it with `portcullis keygen`, or mend the name; if it was destroyed because the contest is over, move the contest's file out of this folder"
        )
    );
    assert_eq!(
        key(&|desk| {
            desk.secret(path, "");
        }),
        format!("{at} {path} is empty => put the content into the file")
    );
    assert_eq!(
        key(&|desk| {
            desk.secret(path, &"a".repeat(65537));
        }),
        format!("{at} {path} is larger than 65536 bytes => name the right file")
    );
    assert_eq!(
        key(&|desk| {
            desk.secret(path, "abc");
        }),
        format!(
            "{at} this file holds no key => make one with `portcullis keygen`: 32 bytes as 64 hexadecimal digits, or as base64, in one line"
        )
    );
    assert_eq!(
        key(&|desk| {
            desk.secret(path, &"0".repeat(64));
        }),
        format!("{at} this key is not random: all its bytes are the same => make one with `portcullis keygen`")
    );
    let open = |desk: &Desk| fs::set_permissions(desk.root().join(path), fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(key(&open), format!("{at} others than its owner can read the contest's secret key => run `chmod 600 c.key`"));
    let folder = |desk: &Desk| {
        fs::remove_file(desk.root().join(path)).unwrap();
        fs::create_dir(desk.root().join(path)).unwrap();
    };
    assert_eq!(key(&folder), format!("{at} {path} is not a regular file => name a file"));
}

#[test]
fn credentials_of_the_service_manager_are_found() {
    let desk = Desk::small();
    // systemd gives files that its own rules protect: modes are not looked at.
    desk.file("credentials/contest", format!("{KEY_HEX}\n"))
        .file("contests/c.toml", CONTEST.replace("c.key", "$CREDENTIALS_DIRECTORY/contest"));
    let mut places = desk.places();
    assert!(read_at(&places).unwrap_err().render(false).contains("$CREDENTIALS_DIRECTORY is not set"));
    places.credentials = Some(desk.root().join("credentials"));
    assert_eq!(read_at(&places).unwrap().warnings, []);
}

#[test]
fn secrets_in_the_wrong_place_are_refused_and_not_repeated() {
    let lines = [
        "headers = { Authorization = \"Bearer Marker\" }",
        "headers = { X-Api-Key = \"Marker\" }",
        "headers = { Authorization = { flie = \"Marker\" } }",
        "headers = { Authorization = { file = \"-----BEGIN Marker\" } }",
        "headers = { Authorization = { file = \"Bearer Marker\" } }",
        "headers = { Authorization = \"Bearer Marker }",
        "password = \"Marker\"",
        "passwords = { first = [\"Marker\"] }",
        "login.password = \"Marker\"",
        "secret_token \"Marker\"",
        "headers = { Authorization = [\"Marker\"] }",
        "headers = { X-Api-Key = \"Marker\", X = 7 }\n[broken",
    ];
    for line in lines {
        let desk = Desk::small();
        desk.file("contests/c.toml", CONTEST.replace(URL, &format!("{URL}\n{line}")));
        let problems = desk.problems();
        assert!(problems.contains("contests/c.toml:12:"), "{line}\n{problems}");
        assert!(!problems.contains("Marker"), "{line}\n{problems}");
    }
    for url in ["https://user:Marker@crm.example.org", "https://crm.example.org/?token=Marker", "https//user:Marker@crm"] {
        let problems = amended(URL, &format!("url = \"{url}\"")).join("\n");
        assert!(problems.starts_with("contests/c.toml:11 [***"), "{problems}");
        assert!(!problems.contains("Marker"), "{problems}");
    }
}

#[test]
fn secrets_of_files_are_in_no_printed_form() {
    let desk = Desk::of_examples();
    let config = desk.read().unwrap();
    let printed = format!("{config:?}\n{config:#?}\n{}", effective(&config));
    for secret in ["secret-marker", KEY_HEX, "obLD1OX2", "a1b2c3d4", "161, 178, 195"] {
        assert!(!printed.contains(secret), "{secret}");
    }
    let source = config.settings.sources.values().next().unwrap();
    assert_eq!(source.headers[0].1.as_bytes(), b"Bearer crm-secret-marker");
    // A header's text with a line break in the file.
    desk.secret("contests/secrets/crm-token", "crm-secret\nmarker\n");
    let problems = desk.problems();
    assert!(problems.contains("a header's value is one line of printable ASCII"), "{problems}");
    assert!(!problems.contains("crm-secret\n") && !problems.contains("marker"), "{problems}");
}
