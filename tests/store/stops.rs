//! The commands `suspend`, `resume` and `suspensions`: what they print, what they refuse, and their exit codes.

use std::process::ExitCode;

use clap::Parser;
use portcullis::cli::suspend::{self, ResumeArgs, SuspendArgs};
use portcullis::cli::suspensions::{self, SuspensionsArgs};
use portcullis::config::settings::Store;
use portcullis::store::sqlite::SqliteStore;

use super::support::{Folder, ROOMY, at};

#[derive(Parser)]
enum Command {
    Suspend(SuspendArgs),
    Resume(ResumeArgs),
    Suspensions(SuspensionsArgs),
}

/// A store that a proxy has open.
struct Night {
    folder: Folder,
    _store: SqliteStore,
}

impl Night {
    fn new() -> Self {
        let folder = Folder::new();
        let store = SqliteStore::open(&folder.database(), ROOMY).unwrap();
        Self { folder, _store: store }
    }

    /// Runs the command at the `n`th second after noon, and gives its exit code and what it prints.
    fn run(&self, n: i64, words: &[&str]) -> (ExitCode, String) {
        let command = Command::try_parse_from([&["portcullis"], words].concat()).unwrap();
        let (store, now, mut out) = (Store::Sqlite(self.folder.database()), at(n * 1000), Vec::new());
        let code = match command {
            Command::Suspend(args) => suspend::suspend(&args, &store, None, now, &mut out),
            Command::Resume(args) => suspend::resume(&args, &store, None, now, &mut out),
            Command::Suspensions(args) => suspensions::run(&args, &store, &mut out),
        };
        (code.unwrap(), String::from_utf8(out).unwrap())
    }
}

const AMBER: [&str; 8] = ["--contest", "leader", "--campaign", "amber", "--by", "Robin", "--reason", "complaint 17"];

fn amber(verb: &'static str) -> Vec<&'static str> {
    [&[verb], &AMBER[..]].concat()
}

#[test]
fn a_stop_is_told_repeated_lifted_and_then_there_is_nothing_to_lift() {
    let night = Night::new();
    let (code, text) = night.run(0, &amber("suspend"));
    assert_eq!(code, ExitCode::SUCCESS);
    assert!(text.starts_with("campaign amber of contest leader is suspended, by Robin\n"), "{text}");
    assert!(text.contains("portcullis resume --contest leader --campaign amber --reason"), "{text}");
    let (code, text) = night.run(1, &amber("suspend"));
    assert_eq!(code, ExitCode::SUCCESS);
    assert!(text.contains("was suspended already"), "{text}");
    night.run(2, &["suspend", "--all", "--by", "Robin", "--reason", "everything is wrong"]);
    let (code, text) = night.run(3, &amber("resume"));
    assert_eq!(code, ExitCode::SUCCESS);
    assert!(text.contains("is resumed, by Robin\nstill suspended: everything  (portcullis resume --all)\n"), "{text}");
    let (code, text) = night.run(4, &amber("resume"));
    assert_eq!(code, ExitCode::from(1));
    assert!(text.contains("was not suspended by command; nothing was changed\nstill suspended: everything"), "{text}");
}

#[test]
fn the_history_is_shown_with_who_and_why() {
    let night = Night::new();
    assert_eq!(night.run(0, &["suspensions"]).1, "nothing is suspended by command\n");
    night.run(0, &amber("suspend"));
    night.run(60, &["suspend", "--contest", "youth", "--by", "Sam \u{202e}evil", "--reason", "wrong list"]);
    night.run(120, &amber("resume"));
    let expected = "1 suspension in force:
TIME (UTC)            SCOPE    CONTEST  CAMPAIGN  ACT        BY         REASON
2026-02-14T12:01:00Z  contest  youth    -         suspended  Sam \u{fffd}evil  wrong list

history, the newest 3 rows:
TIME (UTC)            SCOPE     CONTEST  CAMPAIGN  ACT        BY         REASON
2026-02-14T12:00:00Z  campaign  leader   amber     suspended  Robin      complaint 17
2026-02-14T12:01:00Z  contest   youth    -         suspended  Sam \u{fffd}evil  wrong list
2026-02-14T12:02:00Z  campaign  leader   amber     resumed    Robin      complaint 17
";
    assert_eq!(night.run(200, &["suspensions"]).1, expected);
    let (_, json) = night.run(200, &["suspensions", "--json", "--limit", "1"]);
    let lines: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = lines.iter().map(|line| (line["sequence"].as_u64().unwrap(), line["in_force"] == true)).collect();
    assert_eq!(told, [(2, true), (3, false)], "what is in force is shown whatever the limit");
    assert_eq!((&lines[0]["campaign"], &lines[0]["reason"]), (&serde_json::Value::Null, &"wrong list".into()));
}

#[test]
fn what_is_stopped_and_why_has_to_be_said() {
    for line in [
        "suspend --reason x",
        "suspend --contest leader",
        "suspend --campaign amber --reason x",
        "suspend --all --contest leader --reason x",
        "suspend --all --campaign amber --reason x",
        "suspend --contest Leader --reason x",
        "resume --all",
        "suspensions --limit 0",
    ] {
        let Err(error) = Command::try_parse_from(std::iter::once("portcullis").chain(line.split(' '))) else { panic!("{line}") };
        assert_eq!(error.exit_code(), 2, "{line}");
    }
    for reason in ["", "two\nlines", &"x".repeat(1001)] {
        assert!(Command::try_parse_from(["portcullis", "suspend", "--all", "--reason", reason]).is_err(), "{reason}");
    }
}
