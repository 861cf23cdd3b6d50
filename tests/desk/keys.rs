//! `keys destroy`, `suspend` and `resume`: what they leave on record, in which order, and what can still be asked afterwards.

use std::fs;
use std::os::unix::fs::symlink;

use portcullis::engine::audit::entry::Entry;
use portcullis::engine::audit::event::{Event, Key, KeyUse, Scope, Stop, Through, Why};
use portcullis::engine::audit::hash::Digest;
use portcullis::engine::ids::{CampaignId, ContestId};
use portcullis::store::RejectionBounds;
use portcullis::store::sqlite::SqliteStore;

use super::folder::{CONTEST_KEY, Contest};
use super::stage::{Stage, run, said};

fn over() -> Stage {
    let mut stage = Stage::of(&Contest { closes: "2021-01-01T00:00:00Z".into(), ..Contest::default() });
    stage.pull("amber", 1..4, 0);
    stage
}

const DESTROY: [&str; 6] = ["keys", "destroy", "--contest", "leader", "--reason", "it is over"];

fn destroy(stage: &Stage, rest: &[&str]) -> (i32, String) {
    stage.says(&[&DESTROY[..], rest].concat())
}

fn events(stage: &mut Stage) -> Vec<Event> {
    stage.entries().iter().map(|entry| Entry::parse(entry).unwrap().event).collect()
}

fn stopped(scope: Scope) -> Stop {
    Stop { scope, through: Through::Command, why: Why::Unstated }
}

#[test]
fn p10_a_destroyed_key_is_on_record_and_finds_nobody_any_more() {
    let mut stage = over();
    let key = stage.folder.join("contest.key");
    assert_eq!(stage.says(&["register", "--contest", "leader", "--member", "1"]).0, 0);
    let (code, text) = destroy(&stage, &[]);
    assert!(code == 1 && text.contains("say --yes to do it\nnothing was destroyed\n") && key.exists(), "{text}");
    let again = stage.folder.join("another name");
    fs::hard_link(&key, &again).unwrap();
    let (code, text) = destroy(&stage, &["--yes", "--by", "Robin Hughes"]);
    let fingerprint = Digest(stage.contest.key_fingerprint);
    assert_eq!(code, 0, "{text}");
    let began = format!(
        "contest leader is suspended, by Robin Hughes
the audit log has that the key with the fingerprint {} was destroyed
{} was overwritten and removed

What is left to do:
- The file had other names (hard links)",
        fingerprint.to_hex(),
        stage.folder.join("contests/../contest.key").display()
    );
    assert!(text.starts_with(&began), "{text}");
    assert!(!key.exists() && fs::read(&again).unwrap() != CONTEST_KEY.as_bytes(), "its bytes are others");
    assert_eq!(fs::metadata(&again).unwrap().len(), CONTEST_KEY.len() as u64);
    let leader = ContestId::parse("leader").unwrap();
    let events = events(&mut stage);
    let destroyed = Key { used_for: KeyUse::Pseudonyms, contest: Some(leader.clone()), fingerprint };
    assert_eq!(events[3..], [Event::Suspended(stopped(Scope::Contest(leader))), Event::KeyDestroyed(destroyed)]);
    let (_, text) = stage.says(&["suspensions"]);
    assert!(text.contains("Robin Hughes  it is over"), "{text}");
    for command in
        [&["register", "--contest", "leader", "--member", "1"][..], &["object", "--contest", "leader", "--member", "1"]]
    {
        let (code, text) = stage.says(command);
        assert!(code == 2 && text.starts_with("portcullis: the key of contest `leader` was destroyed on 20"), "{text}");
        assert!(text.contains("nobody can look for a member in its books any more"), "{text}");
    }
    let (code, text) = stage.says(&["check"]);
    assert_eq!(code, 1);
    assert!(text.contains("contest.key\n") && text.contains("move the contest's file out of this folder"), "{text}");
    fs::remove_file(stage.folder.join("contests/leader.toml")).unwrap();
    assert!(stage.says(&["register", "--contest", "leader", "--member", "1"]).1.contains("was destroyed on 20"));
}

#[test]
fn a_contest_that_has_not_closed_keeps_its_key() {
    let stage = Stage::usual();
    let (code, text) = destroy(&stage, &["--yes"]);
    assert_eq!(
        (code, text.as_str()),
        (
            1,
            "contest leader closes at 2099-01-01T00:00:00Z, and its lists cannot be made without the key; --even-now destroys it all the same\nnothing was destroyed\n"
        )
    );
    assert!(stage.folder.join("contest.key").exists());
    assert_eq!(destroy(&stage, &["--yes", "--even-now"]).0, 0);
    assert!(!stage.folder.join("contest.key").exists());
}

/// The file could not be removed, or the machine stopped in between.
#[test]
fn what_was_broken_off_is_gone_on_with_and_recorded_once() {
    let mut stage = over();
    let key = stage.folder.join("contest.key");
    let content = fs::read(&key).unwrap();
    assert_eq!(destroy(&stage, &["--yes"]).0, 0);
    super::folder::secret(&key, std::str::from_utf8(&content).unwrap());
    assert_eq!(destroy(&stage, &["--yes"]).0, 0);
    let destroyed = events(&mut stage).into_iter().filter(|event| matches!(event, Event::KeyDestroyed(_)));
    assert_eq!(destroyed.count(), 1);
    assert!(!key.exists());
}

#[test]
fn a_key_behind_a_link_goes_with_the_link() {
    let stage = over();
    let (key, real) = (stage.folder.join("contest.key"), stage.folder.join("real.key"));
    fs::rename(&key, &real).unwrap();
    symlink(&real, &key).unwrap();
    assert_eq!(destroy(&stage, &["--yes"]).0, 0);
    assert!(!real.exists() && key.symlink_metadata().is_err());
}

#[test]
fn a_key_of_two_contests_is_not_destroyed_with_one() {
    let stage = over();
    let file = stage.folder.join("contests/leader.toml");
    let text = fs::read_to_string(&file).unwrap().replace("id = \"leader\"", "id = \"youth\"");
    let other = text.lines().map(|line| if line.starts_with("sha256") { line.replace('0', "1") } else { line.to_owned() });
    fs::write(stage.folder.join("contests/youth.toml"), other.collect::<Vec<_>>().join("\n")).unwrap();
    let (code, text) = destroy(&stage, &["--yes"]);
    assert!(code == 2 && text.contains("contest `youth` uses the same key"), "{text}");
    assert!(stage.folder.join("contest.key").exists());
}

#[test]
fn a_copy_of_the_service_managers_is_told_from_the_file() {
    let stage = over();
    let (copies, kept) = (stage.folder.join("copies"), stage.folder.join("kept.key"));
    fs::create_dir(&copies).unwrap();
    fs::copy(stage.folder.join("contest.key"), copies.join("key")).unwrap();
    fs::rename(stage.folder.join("contest.key"), &kept).unwrap();
    let file = stage.folder.join("contests/leader.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("../contest.key", "$CREDENTIALS_DIRECTORY/key")).unwrap();
    let says = |rest: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command.args(DESTROY).args(rest).arg("--config").arg(&stage.folder).env("CREDENTIALS_DIRECTORY", &copies);
        said(&command.env("USER", "robin").output().unwrap())
    };
    let (code, text) = says(&["--yes"]);
    assert!(code == 2 && text.contains("is a copy that the service manager makes") && kept.exists(), "{text}");
    let (code, text) = says(&["--yes", "--key-file", stage.folder.join("source-token").to_str().unwrap()]);
    assert!(code == 2 && text.contains("is not the key of contest `leader`"), "{text}");
    assert_eq!(says(&["--yes", "--key-file", kept.to_str().unwrap()]).0, 0);
    assert!(!kept.exists());
}

#[test]
fn stops_by_command_are_entries_of_the_log() {
    let mut stage = Stage::usual();
    let amber = ["--contest", "leader", "--campaign", "amber", "--reason", "MARKER complaint 17"];
    for command in ["suspend", "suspend", "resume", "resume"] {
        let (_, text) = stage.says(&[&[command][..], &amber].concat());
        assert!(!text.contains("has not begun"), "{text}");
    }
    assert_eq!(stage.says(&["suspend", "--all", "--reason", "no more"]).0, 0);
    let of_amber = || stopped(Scope::Campaign(ContestId::parse("leader").unwrap(), CampaignId::parse("amber").unwrap()));
    let everything = Event::Suspended(stopped(Scope::Everything));
    let expected = [Event::Suspended(of_amber()), Event::Suspended(of_amber()), Event::Resumed(of_amber()), everything];
    assert_eq!(events(&mut stage)[1..], expected, "what changed nothing is no entry");
    let quiet = stage.entries().iter().all(|entry| !String::from_utf8_lossy(entry).contains("MARKER"));
    assert!(quiet, "the operator's words stay out");
    stage.sign();
    assert_eq!(stage.says(&["audit", "verify", "--key", &super::stage::vkey()]).0, 0);
}

/// Before a proxy has served with this version, there is no log; a stop must work all the same.
#[test]
fn a_stop_holds_where_no_log_has_begun_and_says_so() {
    let folder = Contest::default().write("127.0.0.1:9".parse().unwrap());
    let bounds = RejectionBounds { per_campaign_max: 10, queue_max: 10 };
    drop(SqliteStore::open(&folder.join("portcullis.db"), bounds).unwrap());
    let config = folder.to_str().unwrap();
    for (command, told) in [("suspend", "everything is suspended, by robin"), ("resume", "everything is resumed, by robin")] {
        let (code, text) = said(&run(&[command, "--all", "--reason", "why", "--config", config]));
        assert_eq!(code, 0, "{text}");
        assert!(text.contains(told) && text.contains("the audit log has not begun, so it does not have this"), "{text}");
    }
    assert!(said(&run(&["suspensions", "--config", config])).1.contains("2 rows"));
    let _ = fs::remove_dir_all(folder);
}

#[test]
fn the_readme_shows_what_is_printed() {
    super::shown::walk("### When the contest is over", &over());
}
