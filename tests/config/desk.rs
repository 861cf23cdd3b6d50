//! A desk to try configurations on: a temporary directory, files, and what `read_at` makes of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use portcullis::config::sample::Sample;
use portcullis::config::{Config, Places, Problem, Problems, Severity, read_at, read_trying};

/// A temporary directory that goes when the desk is left.
pub struct Desk {
    root: PathBuf,
}

impl Drop for Desk {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.root));
    }
}

/// 32 bytes that no test prints on purpose.
pub const KEY_HEX: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f91";

/// The smallest process file.
pub const PROCESS: &str = "[listen]\naddress = \"127.0.0.1:8443\"\n";

/// A small contest.
pub const CONTEST: &str = r#"[contest]
id = "c"
title = "T"
controller = "P"
timezone = "Europe/London"
opens = 2026-02-14T12:00:00
closes = 2026-04-02T12:00:00

[source]
api = "rest"
url = "https://crm.example.org"

[pseudonyms]
key_file = "c.key"

[[export]]
name = "members"
path = "/members"
records = "/values"
id = "id"

[export.fields]
id = "tokenise"
name = { keep = "name" }
joined = { keep = "date" }

[[campaign]]
id = "amber"
title = "Amber"
exports = ["members"]

[[campaign.credential]]
sha256 = "49a5ef1f0d8d2a70a2a1c5c1a4c8d8c3e0f9b1d2c3b4a5968778695a4b3c2d1e"
"#;

/// What is wrong with the small process file when it is this text.
pub fn process(text: &str) -> Vec<String> {
    Desk::small().file("portcullis.toml", text).brief()
}

/// What is wrong with the small contest when one part of it is replaced.
pub fn amended(part: &str, replacement: &str) -> Vec<String> {
    assert_eq!(CONTEST.matches(part).count(), 1, "{part} must stand in the contest exactly once");
    Desk::small().file("contests/c.toml", CONTEST.replace(part, replacement)).brief()
}

impl Desk {
    /// An empty desk.
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("portcullis-config-{}-{number}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        Self { root }
    }

    /// A desk with the shipped examples and the secrets that their comments tell to make.
    pub fn of_examples() -> Self {
        let desk = Self::new();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("config"), &desk.root);
        desk.secret("contests/secrets/leader-2026.key", &format!("{KEY_HEX}\n"));
        desk.secret("contests/secrets/youth-committee-2026.key", "obLD1OX2Bxgpmktcbn6PkKGyw9Tl9gcYKTpLXG1+j5I=\n");
        desk.secret("contests/secrets/crm-token", "crm-secret-marker\n");
        desk.secret("contests/secrets/youth-api-key", "youth-secret-marker\n");
        desk
    }

    /// Where everything is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Writes a file.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Writes a file that only its owner can read.
    pub fn secret(&self, name: &str, content: &str) -> &Self {
        self.file(name, content);
        fs::set_permissions(self.root.join(name), fs::Permissions::from_mode(0o600)).unwrap();
        self
    }

    /// The places of this desk.
    pub fn places(&self) -> Places {
        Places { directory: self.root.clone(), credentials: None }
    }

    /// Reads the configuration.
    pub fn read(&self) -> Result<Config, Problems> {
        read_at(&self.places())
    }

    /// A desk with a small configuration without a problem or a warning: [`PROCESS`] and [`CONTEST`].
    pub fn small() -> Self {
        let desk = Self::new();
        desk.file("portcullis.toml", PROCESS).file("contests/c.toml", CONTEST);
        desk.secret("contests/c.key", &format!("{KEY_HEX}\n"));
        desk
    }

    /// What is wrong, a line each: `file:line [underlined] message => help`; warnings begin with `warning`.
    pub fn brief(&self) -> Vec<String> {
        self.brief_of(self.read())
    }

    /// Like [`Desk::brief`], with a sample of the small contest's list.
    pub fn brief_trying(&self, body: &str) -> Vec<String> {
        let sample =
            |body: &str| Sample { contest: "c".into(), export: "members".into(), name: "sample.json".into(), body: body.into() };
        self.brief_of(read_trying(&self.places(), &[sample(body)]))
    }

    fn brief_of(&self, read: Result<Config, Problems>) -> Vec<String> {
        let problems = match read {
            Ok(config) => config.warnings,
            Err(problems) => problems.0,
        };
        let root = format!("{}/", self.root.display());
        let brief = |problem: &Problem| {
            let warning = if problem.severity == Severity::Warning { "warning " } else { "" };
            let Problem { file, line, message, help, .. } = problem;
            let underlined = &problem.excerpt[problem.underline.clone()];
            format!("{warning}{file}:{line} [{underlined}] {message} => {help}").replace(&root, "")
        };
        problems.iter().map(brief).collect()
    }

    /// What is wrong, with paths relative to the desk. Empty when nothing is, warnings included.
    pub fn problems(&self) -> String {
        let rendered = match self.read() {
            Ok(config) => portcullis::config::problem::render(&config.warnings, false),
            Err(problems) => problems.render(false),
        };
        rendered.replace(&format!("{}/", self.root.display()), "")
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
