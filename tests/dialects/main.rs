//! Every dialect by its examples: what campaigns ask and sources answer, recorded in a folder beside this file.
//!
//! A folder is one contest:
//!
//! - `contest.toml` is its configuration, but for what every contest here has (`DESK` below);
//! - `asked.txt` holds requests of campaigns, each with the request that the source gets, or the reason for which it is refused;
//! - `answered/NAME.asked` is a request, `NAME.source` the source's answer to it (its body, and before that header lines and an empty
//!   line where they matter), and `NAME.leaves` what of that leaves.
//!
//! A new dialect is a new folder; nothing here has to change. `UPDATE_EXAMPLES=1` writes the `.leaves` files anew, to be read before
//! they are committed.

mod desk;

use std::fs;
use std::path::{Path, PathBuf};

use portcullis::engine::dialect::SourceRequest;
use portcullis::engine::dialect::family::FAMILIES;
use portcullis::engine::form::Form;
use portcullis::engine::minimise::{Minimiser, NextLink};
use portcullis::engine::policy::understand::Meant;
use portcullis::engine::query::{Position, Subject};
use portcullis::engine::reason::Reason;
use portcullis::engine::rejection::Hint;

use desk::{Asking, Desk};

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialects")
}

/// The folders, in the order of their names.
fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<_> =
        fs::read_dir(here()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(!folders.is_empty());
    folders
}

/// Requests with what becomes of them, as `asked.txt` writes them: `?` and a request with `|` before each line of its body, then
/// `>` before each line of the source's request, `!` and a reason, or `=` and the document of our own that answers it.
fn examples(text: &str) -> Vec<(Asking, String)> {
    let mut examples: Vec<(Asking, String)> = Vec::new();
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (mark, rest) = line.split_at(1);
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        match (mark, examples.last_mut()) {
            ("?", _) => examples.push((Asking::parse(rest), String::new())),
            ("|", Some((asking, _))) => asking.body_line(rest),
            (">" | "!" | "=", Some((_, expected))) => {
                expected.push_str(mark);
                expected.push_str(rest);
                expected.push('\n');
            }
            _ => panic!("`{line}` is no line of an example"),
        }
    }
    examples
}

fn spelled(request: &SourceRequest) -> String {
    let mut lines = format!(">{} {}\n", request.verb.name(), request.target);
    request.elsewhere.iter().for_each(|origin| lines.push_str(&format!(">elsewhere: {origin}\n")));
    request.headers.iter().for_each(|(name, value)| lines.push_str(&format!(">{name}: {value}\n")));
    if let Some((kind, body)) = &request.body {
        lines.push_str(&format!(">content-type: {kind}\n>| {body}\n"));
    }
    lines
}

#[test]
fn what_is_asked_is_written_anew_or_refused_as_recorded() {
    for folder in folders() {
        let desk = Desk::new(&folder);
        let text = fs::read_to_string(folder.join("asked.txt")).unwrap();
        let mut wrong = Vec::new();
        for (asking, expected) in examples(&text) {
            let got = match desk.means(&asking) {
                Ok(Meant::Entry(entry)) => format!("={}\n", desk.entrance(&entry)),
                Ok(Meant::Export(understood)) => spelled(&understood.export.route.generate(&understood.parsed.query)),
                Err(rejection) => match rejection.hint() {
                    Hint::Sentence(sentence) if expected.contains(':') => format!("!{}: {sentence}\n", rejection.reason()),
                    _ => format!("!{}\n", rejection.reason()),
                },
            };
            let expected = desk.filled(&expected);
            if got != expected {
                wrong.push(format!("? {}\nexpected\n{expected}got\n{got}", asking.line()));
            }
        }
        assert!(wrong.is_empty(), "{}:\n{}", folder.display(), wrong.join("\n"));
    }
}

/// What is accepted means the same when it is asked again in our own words, and its cursors open here alone.
#[test]
fn p5_what_is_accepted_is_canonical() {
    for folder in folders() {
        let desk = Desk::new(&folder);
        for (asking, _) in examples(&fs::read_to_string(folder.join("asked.txt")).unwrap()) {
            let Ok(Meant::Export(understood)) = desk.means(&asking) else { continue };
            let mut query = understood.parsed.query;
            if query.subject != Subject::List {
                continue;
            }
            for position in [Position::Offset(7), Position::Number(3), Position::Token("Christian,2362".into())] {
                let link = desk.link(&understood.export, &query, &position);
                let again = desk.understand(&Asking::get(&link)).unwrap_or_else(|refused| panic!("{link}: {refused:?}"));
                assert_eq!(again.parsed.query.page.position, position, "{link}");
                query.page.position = position;
                assert_eq!(again.parsed.query, query, "{link}");
                assert!(again.parsed.continues);
            }
        }
    }
}

/// Links of the source become ours.
struct Links<'d> {
    desk: &'d Desk,
    asking: &'d Asking,
}

impl NextLink for Links<'_> {
    fn link(&mut self, said: &str) -> Option<String> {
        self.desk.next(self.asking, said)
    }
}

/// What leaves of an answer.
fn leaves(desk: &Desk, asking: &Asking, body: &str) -> String {
    let understood = desk.understand(asking).unwrap_or_else(|refused| panic!("{}: {refused:?}", asking.line()));
    if understood.parsed.query.subject.is_about_a_job() {
        return pretty(desk.job(&understood, body), Form::Json);
    }
    let plan = understood.export.plan_for(&understood.parsed.query);
    let mut out = Vec::new();
    let mut machine = Minimiser::new(plan, desk.keyring()).writing(understood.form);
    let mut links = Links { desk, asking };
    let fed = machine.feed(body.as_bytes(), &mut links, &mut out).and_then(|()| machine.finish(&mut out));
    match fed {
        Ok(()) => pretty(String::from_utf8(out).unwrap(), understood.form),
        Err(fault) => format!("! {}\n", fault.reason()),
    }
}

/// JSON with a line for each value, so that people can read it.
fn pretty(text: String, form: Form) -> String {
    match form {
        Form::Json => {
            let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            serde_json::to_string_pretty(&value).unwrap() + "\n"
        }
        _ => text,
    }
}

#[test]
fn what_is_answered_leaves_as_recorded() {
    for folder in folders() {
        let desk = Desk::new(&folder);
        let Ok(entries) = fs::read_dir(folder.join("answered")) else { continue };
        let asked =
            entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|kind| kind == "asked"));
        for file in asked {
            let asking = Asking::parse(fs::read_to_string(&file).unwrap().trim());
            let body = fs::read_to_string(file.with_extension("source")).unwrap();
            let got = leaves(&desk, &asking, &body);
            let expected = file.with_extension("leaves");
            if std::env::var_os("UPDATE_EXAMPLES").is_some() {
                fs::write(&expected, &got).unwrap();
            }
            assert_eq!(
                got,
                fs::read_to_string(&expected).unwrap_or_default(),
                "{}; UPDATE_EXAMPLES=1 writes it anew",
                file.display()
            );
        }
    }
}

/// Nothing that a recorded answer says of a person's beliefs, health and the like leaves, wherever it stands in the answer.
#[test]
fn p4_no_marked_value_leaves() {
    for folder in folders() {
        let Ok(entries) = fs::read_dir(folder.join("answered")) else { continue };
        for file in entries.map(|entry| entry.unwrap().path()) {
            let text = fs::read_to_string(&file).unwrap();
            let marked = text.contains("HIDDEN");
            match file.extension().and_then(|kind| kind.to_str()) {
                Some("leaves") => assert!(!marked, "{} gives away what is hidden", file.display()),
                Some("source") => assert!(marked, "{} has no value with HIDDEN in it that must not leave", file.display()),
                _ => {}
            }
        }
    }
}

/// EveryAction's lists read a body that means nothing, and are read with GET all the same.
#[test]
fn a_method_that_reads_nothing_is_told_which_ones_do() {
    let exports = [
        ("civicrm", "/civicrm/ajax/api4/Contact/get", "GET, POST"),
        ("everyaction", "/people", "GET"),
        ("everyaction-jobs", "/v4/changedEntityExportJobs", "GET, POST"),
        ("rest", "/members", "GET"),
    ];
    for (folder, path, methods) in exports {
        let told = Desk::new(&here().join(folder)).understand(&Asking::parse(&format!("PUT {path}"))).expect_err(folder);
        assert_eq!(told.reason(), Reason::MethodNotAllowed, "{folder}");
        assert!(*told.hint() == Hint::Methods(methods), "{folder}");
    }
}

#[test]
fn each_family_is_fuzzed() {
    let manifest = fs::read_to_string(here().join("../fuzz/Cargo.toml")).unwrap();
    for family in FAMILIES {
        let target = format!("[[bin]]\nname = \"dialect_{}\"\npath = \"targets/dialect.rs\"\n", family.name.replace('-', "_"));
        assert!(manifest.contains(&target), "tests/fuzz/Cargo.toml lacks\n{target}");
    }
}

#[test]
fn each_family_has_its_examples() {
    let named: Vec<_> = folders().iter().map(|folder| folder.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    for family in FAMILIES {
        let with =
            |name: &String| name == family.name || name.strip_prefix(family.name).is_some_and(|rest| rest.starts_with('-'));
        assert!(named.iter().any(with), "tests/dialects/{} is missing", family.name);
    }
}
