//! Many problems in several files: all at once, each with its place, its text and its remedy.

use crate::desk::{CONTEST, Desk};

const PROCESS: &str = r#"[listen]
adress = "0.0.0.0:8443"
address = "0.0.0.0:8443"

[store]
kind = "postgres"

[bounds]
depth_max = 1000
record_bytes_max = "1 MiB"
"#;

const EXPECTED: &str = r#"error: `adress` is not a key of `listen`
 --> portcullis.toml:2:1
  |
2 | adress = **************
  | ^^^^^^
  |
  = help: did you mean `address`?

error: campaign keys would travel in the clear: this address is not loopback, and there is no `tls`
 --> portcullis.toml:3:11
  |
3 | address = "0.0.0.0:8443"
  |           ^^^^^^^^^^^^^^
  |
  = help: add `tls`, or, where something in front speaks TLS, `plaintext = "behind-a-tls-terminator"`

error: a PostgreSQL store needs the database's URL
 --> portcullis.toml:5:1
  |
5 | [store]
  | ^^^^^^^
  |
  = help: write `url_file = "secrets/postgres-url"`, a file with one line: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`

error: `depth_max` (levels) is from 4 to 256, not 1000
 --> portcullis.toml:9:13
  |
9 | depth_max = 1000
  |             ^^^^
  |
  = help: write a number from 4 to 256

error: `record_bytes_max` is a whole number, not a text
  --> portcullis.toml:10:20
   |
10 | record_bytes_max = "1 MiB"
   |                    ^^^^^^^
   |
   = help: write for example `record_bytes_max = 10`

error: there is no time zone `Europe/Lodon`
 --> contests/a.toml:5:12
  |
5 | timezone = "Europe/Lodon"
  |            ^^^^^^^^^^^^^^
  |
  = help: did you mean `Europe/London`?

error: there is no file contests/missing.key
  --> contests/a.toml:14:12
   |
14 | key_file = "missing.key"
   |            ^^^^^^^^^^^^^
   |
   = help: make it with `portcullis keygen`, or mend the name; if it was destroyed because the contest is over, move the contest's file out of this folder

error: `e-mail` is no format
  --> contests/a.toml:24:17
   |
24 | name = { keep = "e-mail" }
   |                 ^^^^^^^^
   |
   = help: did you mean `email`?

error: this contest has no export `member`
  --> contests/a.toml:30:12
   |
30 | exports = ["member"]
   |            ^^^^^^^^
   |
   = help: did you mean `members`?

error: not TOML: expected an equals, found a string
 --> contests/b.toml:3:7
  |
3 | title "T"
  |       ^
  |
  = help: see https://toml.io/en/v1.1.0 for what can stand here

error: this key's digest stands in contests/a.toml:33 too
  --> contests/c.toml:33:10
   |
33 | sha256 = "49a5ef1f0d8d2a70a2a1c5c1a4c8d8c3e0f9b1d2c3b4a5968778695a4b3c2d1e"
   |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: give every campaign, and every holder, a key of its own: `portcullis key`

error: `mebmers` is not a key of this file
  --> contests/c.toml:35:3
   |
35 | [[mebmers]]
   |   ^^^^^^^
   |
   = help: known here: `contest`, `agreement`, `source`, `pseudonyms`, `limits`, `export`, `campaign`

12 problems
"#;

#[test]
fn a_dozen_problems_of_three_files_are_told_at_once() {
    let desk = Desk::small();
    let a = CONTEST
        .replace("id = \"c\"", "id = \"a\"")
        .replace("Europe/London", "Europe/Lodon")
        .replace("c.key", "missing.key")
        .replace("keep = \"name\"", "keep = \"e-mail\"")
        .replace("[\"members\"]", "[\"member\"]");
    desk.file("portcullis.toml", PROCESS)
        .file("contests/a.toml", a)
        .file("contests/b.toml", CONTEST.replace("title = \"T\"", "title \"T\""))
        .file("contests/c.toml", format!("{CONTEST}\n[[mebmers]]\n"));
    assert_eq!(desk.problems(), EXPECTED);
}

#[test]
fn problems_are_told_to_machines_too() {
    let desk = Desk::small();
    desk.file("portcullis.toml", "[listen]\naddress = \"nowhere\"\n");
    let problems = serde_json::to_value(desk.read().unwrap_err()).unwrap();
    let expected = serde_json::json!([{
        "severity": "error",
        "file": desk.root().join("portcullis.toml"),
        "line": 2,
        "column": 11,
        "span": { "start": 19, "end": 28 },
        "excerpt": "address = \"nowhere\"",
        "underline": { "start": 10, "end": 19 },
        "message": "`nowhere` is no address and port",
        "help": "write an IP address and a port, for example `0.0.0.0:8443`",
    }]);
    assert_eq!(problems, expected);
}

#[test]
fn a_flood_of_problems_is_counted() {
    let desk = Desk::small();
    let unknown: String = (0..1000).map(|number| format!("key{number} = 1\n")).collect();
    desk.file("portcullis.toml", format!("[listen]\naddress = \"127.0.0.1:1\"\n{unknown}"));
    let brief = desk.brief();
    assert_eq!(brief.len(), 201);
    assert_eq!(brief[200], "portcullis.toml:1003 [] 800 more problems in this file are not shown => mend those above first");
}

#[test]
fn a_broken_file_tells_what_can_still_be_told() {
    let desk = Desk::small();
    desk.file(
        "contests/c.toml",
        CONTEST.replace("[source]", "[source").replace("title = \"T\"", "title = 7").replace("[\"members\"]", "[\"member\"]"),
    );
    let expected = [
        "contests/c.toml:3 [7] `title` is a text, not a whole number => write for example `title = \"…\"`",
        "contests/c.toml:9 [] not TOML: expected a right bracket, found a newline => see https://toml.io/en/v1.1.0 for what can stand here",
    ];
    assert_eq!(desk.brief(), expected);
}
