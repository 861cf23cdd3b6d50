//! The commands around the store and the keys: what they print, and what they refuse.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use clap::Parser;
use portcullis::cli::key::{self, KeyArgs};
use portcullis::cli::keygen::{self, KeygenArgs};
use portcullis::cli::rejections::{self, RejectionsArgs};
use portcullis::config::settings::Store;
use portcullis::engine::credential::KeyDigest;
use portcullis::engine::reason::Reason;
use portcullis::store::RejectionBook;
use portcullis::store::sqlite::SqliteStore;

use super::support::{Folder, ROOMY, anonymous, at, row};

#[derive(Parser)]
enum Command {
    Rejections(RejectionsArgs),
    Key(KeyArgs),
    Keygen(KeygenArgs),
}

fn parse(line: &str) -> Result<Command, clap::Error> {
    Command::try_parse_from(std::iter::once("portcullis").chain(line.split_whitespace()))
}

/// A book with some rows; `now` is an hour after the first.
fn book() -> (Folder, SqliteStore) {
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.database(), ROOMY).unwrap();
    assert!((0..3).all(|n| store.record(row(n * 1_500, Reason::RateLimited))));
    assert!(store.record(row(3_500_000, Reason::QueryOnHiddenField)));
    assert!((0..7).all(|_| store.record(anonymous(3_550_000, Reason::CredentialInvalid))));
    store.flush(Duration::from_secs(20)).unwrap();
    (folder, store)
}

fn rejections(folder: &Folder, line: &str, out: &mut dyn Write) -> anyhow::Result<std::process::ExitCode> {
    let Ok(Command::Rejections(args)) = parse(&format!("rejections {line}")) else { panic!("{line}") };
    rejections::run(&args, &Store::Sqlite(folder.database()), at(3_600_000), out)
}

fn printed(folder: &Folder, line: &str) -> String {
    let mut out = Vec::new();
    rejections(folder, line, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_table_is_aligned_and_summed() {
    let (folder, _store) = book();
    let text = printed(&folder, "");
    let id = |n: i64| row(n, Reason::RateLimited).request_id;
    let expected = format!(
        "TIME (UTC)            CONTEST      CAMPAIGN    ACTOR         EXPORT   REASON                 COUNT  REQUEST
2026-02-14T12:00:00Z  leader-2026  amber       Ms Ärger \"x\"  members  rate_limited               1  {}
2026-02-14T12:00:01Z  leader-2026  amber       Ms Ärger \"x\"  members  rate_limited               1  {}
2026-02-14T12:00:03Z  leader-2026  amber       Ms Ärger \"x\"  members  rate_limited               1  {}
2026-02-14T12:58:20Z  leader-2026  amber       Ms Ärger \"x\"  members  query_on_hidden_field      1  {}
2026-02-14T12:59:10Z  leader-2026  -           -             -        credential_invalid         7  {}

11 rejections in all:
        7  credential_invalid     Credential not known
        3  rate_limited           Too many requests
        1  query_on_hidden_field  Query on a hidden field
",
        id(0),
        id(1_500),
        id(3_000),
        id(3_500_000),
        id(3_550_000)
    );
    assert_eq!(text, expected);
}

#[test]
fn filters_narrow_and_limits_say_so() {
    let (folder, _store) = book();
    let text = printed(&folder, "--limit 1");
    assert!(text.contains("The newest 1 of 5 rows; --limit 5 shows all of them.\n11 rejections in all:"), "{text}");
    let text = printed(&folder, "--since 2m --contest leader-2026 --campaign amber");
    assert!(
        text.contains("query_on_hidden_field") && text.ends_with("1  query_on_hidden_field  Query on a hidden field\n"),
        "{text}"
    );
    let text = printed(&folder, "--since 2026-02-14T12:59:00Z --json");
    assert_eq!(text.lines().count(), 1, "{text}");
    let text = printed(&folder, "--campaign green --reason suspended --since 1h");
    assert_eq!(text, "no rejections of campaign green, for suspended, since 2026-02-14T12:00:00Z\n");
    assert_eq!(printed(&folder, "--campaign green --json"), "");
}

#[test]
fn json_is_one_object_a_line() {
    let (folder, _store) = book();
    let text = printed(&folder, "--json --limit 2");
    let id = |n: i64| row(n, Reason::RateLimited).request_id;
    let expected = format!(
        "{{\"sequence\":4,\"at\":\"2026-02-14T12:58:20.000Z\",\"contest\":\"leader-2026\",\"campaign\":\"amber\",\"actor\":\"Ms Ärger \\\"x\\\"\",\"export\":\"members\",\"reason\":\"query_on_hidden_field\",\"count\":1,\"request_id\":\"{}\"}}
{{\"sequence\":5,\"at\":\"2026-02-14T12:59:10.000Z\",\"contest\":\"leader-2026\",\"campaign\":null,\"actor\":null,\"export\":null,\"reason\":\"credential_invalid\",\"count\":7,\"request_id\":\"{}\"}}
",
        id(3_500_000),
        id(3_550_000)
    );
    assert_eq!(text, expected);
}

#[test]
fn wrong_arguments_are_explained() {
    let said = |line: &str| {
        let Err(error) = parse(line) else { panic!("{line} was accepted") };
        assert_eq!(error.exit_code(), 2);
        error.to_string()
    };
    let text = said("rejections --reason rate_limit");
    assert!(text.contains("a similar value exists: 'rate_limited'"), "{text}");
    assert!(said("rejections --contest Leader").contains("may contain only a-z"));
    for bad in ["0s", "-1h", "1y", "1", "soon", "2026-02-14"] {
        assert!(said(&format!("rejections --since={bad}")).contains("write an age such as 90s"), "{bad}");
    }
    for bad in ["2026-04-02", "noon", "2026-04-02T12:00:00[Europe/London]", "20260402T120000"] {
        assert!(said(&format!("key --campaign amber --expires {bad}")).contains("write a time such as"), "{bad}");
    }
}

#[test]
fn a_missing_book_is_said_to_be_missing() {
    let folder = Folder::new();
    let error = rejections(&folder, "", &mut Vec::new()).unwrap_err();
    assert!(format!("{error:#}").ends_with("does not exist; `portcullis serve` creates it when it starts"), "{error:#}");
}

/// A reader who closes the pipe after some lines; hands each line to `each`.
struct Pipe<F: FnMut(&str)> {
    lines: usize,
    each: F,
}

impl<F: FnMut(&str)> Write for Pipe<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.lines == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.lines -= bytes.iter().filter(|&&byte| byte == b'\n').count().min(self.lines);
        (self.each)(std::str::from_utf8(bytes).unwrap_or_default());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_is_a_quiet_end() {
    let (folder, _store) = book();
    for line in ["", "--json", "--campaign green", "--follow"] {
        rejections(&folder, line, &mut Pipe { lines: 0, each: |_| () }).unwrap();
    }
    let Ok(Command::Key(args)) = parse("key --campaign amber") else { panic!() };
    key::run(&args, at(0), &mut Pipe { lines: 0, each: |_| () }).unwrap();
}

#[test]
fn following_prints_new_rows_and_what_is_added_to_folded_ones() {
    let (folder, store) = book();
    let mut text = String::new();
    let mut lines = 0;
    let pipe = &mut Pipe {
        lines: 7,
        each: |part: &str| {
            text.push_str(part);
            let before = std::mem::replace(&mut lines, text.lines().count());
            if before < 5 && lines == 5 {
                assert!(store.record(row(3_551_000, Reason::Suspended)));
                assert!((0..4).all(|_| store.record(anonymous(3_551_000, Reason::CredentialInvalid))));
                store.flush(Duration::from_secs(20)).unwrap();
            } else if before < 7 && lines == 7 {
                // One more, so that the closed pipe is noticed.
                assert!(store.record(row(3_552_000, Reason::Suspended)));
            }
        },
    };
    rejections(&folder, "--follow --json", pipe).unwrap();
    let tail: Vec<_> = text.lines().skip(5).collect();
    assert!(tail[0].contains("\"sequence\":5,") && tail[0].contains("\"count\":4,"), "{tail:?}");
    assert!(tail[1].contains("\"sequence\":6,") && tail[1].contains("\"suspended\""), "{tail:?}");
}

#[test]
fn a_key_file_is_private_and_never_overwritten() {
    let folder = Folder::new();
    let file = folder.path().join("leader-2026.key");
    let args = KeygenArgs { log: None, file: file.clone() };
    let mut out = Vec::new();
    keygen::run(&args, &mut out).unwrap();
    let key = fs::read_to_string(&file).unwrap();
    assert!(
        key.len() == 65
            && key.ends_with('\n')
            && key.trim_end().bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    );
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!String::from_utf8(out).unwrap().contains(key.trim_end()), "it is not printed");

    let error = keygen::run(&args, &mut Vec::new()).unwrap_err().to_string();
    assert!(error.contains("never overwrites a key"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), key);

    let args = KeygenArgs { log: None, file: folder.path().join("no/such.key") };
    let error = keygen::run(&args, &mut Vec::new()).unwrap_err().to_string();
    assert!(error.contains("/no does not exist"), "{error}");
    assert!(matches!(parse("keygen somewhere.key"), Ok(Command::Keygen(_))));
}

#[test]
fn a_log_key_is_private_and_its_public_key_is_printed() {
    use portcullis::engine::audit::key::SecretKey;
    let folder = Folder::new();
    let file = folder.path().join("log.key");
    let line = format!("keygen --log vote.example.org/portcullis {}", file.display());
    let Ok(Command::Keygen(args)) = parse(&line) else { panic!("{line}") };
    let mut out = Vec::new();
    keygen::run(&args, &mut out).unwrap();
    let key = SecretKey::parse(fs::read_to_string(&file).unwrap().trim_end()).unwrap();
    assert_eq!(key.public().name().as_str(), "vote.example.org/portcullis");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let printed = String::from_utf8(out).unwrap();
    assert!(printed.ends_with(&format!("{}\n", key.public())) && !printed.contains("PRIVATE"), "{printed}");
    assert!(keygen::run(&args, &mut Vec::new()).is_err(), "never overwritten");
    assert!(parse("keygen --log with+plus somewhere.key").is_err());
}

fn made(args: &KeyArgs) -> String {
    let mut out = Vec::new();
    key::run(args, at(0), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_campaign_key_and_its_lines_belong_together() {
    let line = ["portcullis", "key", "--campaign", "amber", "--actor", "Data \"desk\" \\ 1", "--expires", "2026-04-02T12:00:00"];
    let Ok(Command::Key(args)) = Command::try_parse_from(line) else { panic!() };
    let text = made(&args);
    let key = text.lines().map(str::trim).find(|line| line.starts_with("portcullis_")).unwrap();
    assert_eq!(key.len(), "portcullis_".len() + 52);
    assert!(key["portcullis_".len()..].bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b)), "{key}");
    let digest = KeyDigest::of(key.as_bytes()).to_hex();
    let expected = format!(
        "\n  [[campaign.credential]]\n  kind = \"key\"\n  sha256 = \"{digest}\"\n  actor = \"Data \\\"desk\\\" \\\\ 1\"\n  expires = 2026-04-02T12:00:00\n"
    );
    assert!(text.ends_with(&expected), "{text}");
    assert_ne!(made(&args), text, "each is a new one");

    let json: serde_json::Value = serde_json::from_str(&made(&KeyArgs { json: true, ..args })).unwrap();
    let key = json["key"].as_str().unwrap();
    assert_eq!(json["sha256"], KeyDigest::of(key.as_bytes()).to_hex());
    assert!(json["toml"].as_str().unwrap().contains(json["sha256"].as_str().unwrap()));
    assert_eq!(json["actor"], "Data \"desk\" \\ 1");
}

#[test]
fn a_key_that_has_expired_is_not_made() {
    for (expires, made) in [
        ("2026-02-14T12:00:00Z", false),
        ("2026-02-14T12:00:01Z", true),
        ("2026-02-14T13:00:00+01:00", false),
        ("2026-02-13T12:00:00", false),
        ("2026-02-14T12:00:00", true),
    ] {
        let Ok(Command::Key(args)) = parse(&format!("key --campaign amber --expires {expires}")) else { panic!("{expires}") };
        let result = key::run(&args, at(0), &mut Vec::new());
        assert_eq!(result.is_ok(), made, "{expires}");
    }
}
