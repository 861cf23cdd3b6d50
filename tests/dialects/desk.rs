//! A desk with one contest of a folder on it: asks as a campaign, and answers as the proxy.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use portcullis::config::{Config, read};
use portcullis::engine::dialect::Base;
use portcullis::engine::dialect::family::Entry;
use portcullis::engine::ids::FieldPath;
use portcullis::engine::minimise::pseudonym::Keyring;
use portcullis::engine::policy::understand::{Enclosed, Meant, Understood, Wish, entrance, understand};
use portcullis::engine::policy::{Campaign, Contest, Export};
use portcullis::engine::query::{ListQuery, Position, Subject};
use portcullis::engine::rejection::Rejection;
use portcullis::engine::time::Timestamp;

/// What every contest here has, before what its folder says.
const DESK: &str = r#"
[contest]
id         = "leader"
title      = "Leader election"
controller = "Example Party"
timezone   = "Europe/London"
opens      = 2020-01-01T00:00:00Z
closes     = 2099-01-01T00:00:00Z

[pseudonyms]
key_file = "leader.key"
"#;

/// And after it.
const CAMPAIGN: &str = r#"
[[campaign]]
id      = "amber"
title   = "Amber campaign"
exports = [EXPORTS]

  [[campaign.credential]]
  kind   = "key"
  sha256 = "49a5ef1f0d8d2a70a2a1c5c1a4c8d8c3e0f9b1d2c3b4a5968778695a4b3c2d1e"
"#;

/// The contest's key: always the same, so that tokens and cursors are.
const KEY: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f91";

/// One contest, read.
pub struct Desk {
    config: Config,
    root: PathBuf,
}

impl Drop for Desk {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.root));
    }
}

/// A request of a campaign, below its contest.
pub struct Asking {
    method: String,
    target: String,
    prefer: String,
    kind: Option<String>,
    body: String,
}

impl Asking {
    /// `GET /path?query`, or `POST /path application/json` with a body that follows, here or in lines of its own, or with `prefer:…` at the end.
    pub fn parse(line: &str) -> Self {
        let mut words = line.split(' ');
        let (method, target) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
        let (mut prefer, mut kind, mut body) = (String::new(), None, String::new());
        for word in words {
            match word.strip_prefix("prefer:") {
                Some(said) => prefer = said.to_owned(),
                None if kind.is_none() => kind = Some(word.to_owned()),
                None => body.push_str(word),
            }
        }
        Self { method, target, prefer, kind, body }
    }

    /// A plain request for this path and query.
    pub fn get(target: &str) -> Self {
        Self::parse(&format!("GET {target}"))
    }

    /// One more line of the body.
    pub fn body_line(&mut self, line: &str) {
        self.body.push_str(line);
    }

    /// In one line.
    pub fn line(&self) -> String {
        format!("{} {} {}", self.method, self.target, self.body)
    }
}

impl Desk {
    /// Reads the contest of a folder.
    pub fn new(folder: &Path) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("portcullis-dialects-{}-{number}", std::process::id()));
        fs::create_dir_all(root.join("contests")).unwrap();
        fs::write(root.join("portcullis.toml"), "[listen]\naddress = \"127.0.0.1:8443\"\n").unwrap();
        let key = root.join("contests/leader.key");
        fs::write(&key, KEY).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        let own = fs::read_to_string(folder.join("contest.toml")).unwrap();
        let quoted =
            |line: &str| line.trim().strip_prefix("name").and_then(|rest| Some(rest.trim().strip_prefix('=')?.trim().to_owned()));
        let exports: Vec<_> = own.lines().filter_map(quoted).collect();
        let campaign = CAMPAIGN.replace("EXPORTS", &exports.join(", "));
        fs::write(root.join("contests/leader.toml"), format!("{DESK}\n{own}\n{campaign}")).unwrap();
        let config = read(&root).unwrap_or_else(|problems| panic!("{}:\n{problems}", folder.display()));
        Self { config, root }
    }

    fn contest(&self) -> &Arc<Contest> {
        self.config.ruleset.contest("leader").unwrap()
    }

    fn campaign(&self) -> &Arc<Campaign> {
        self.contest().campaign("amber").unwrap()
    }

    /// The campaign's keys.
    pub fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(&self.campaign().keyring)
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    /// What becomes of a request for what an export gives.
    pub fn understand(&self, asking: &Asking) -> Result<Understood, Rejection> {
        self.means(asking).map(|meant| match meant {
            Meant::Export(understood) => understood,
            Meant::Entry(_) => panic!("{} is the entry", asking.line()),
        })
    }

    /// What an entry says to amber.
    pub fn entrance(&self, entry: &Entry) -> String {
        entrance(entry, self.contest(), self.campaign(), "https://gate.example.org/leader").to_string()
    }

    /// What becomes of a request, as the proxy understands it.
    pub fn means(&self, asking: &Asking) -> Result<Meant, Rejection> {
        let target = self.filled(&asking.target);
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let body = self.filled(&asking.body);
        let body = match &asking.kind {
            Some(kind) => Enclosed::Whole(kind, body.as_bytes()),
            None => Enclosed::Nothing,
        };
        let (method, prefer) = (asking.method.as_str(), asking.prefer.as_str());
        let wish = Wish { method, path, query, body, prefer, accept: "", unwelcome: None };
        understand(self.contest(), self.campaign(), &wish, Self::now(), |_| ())
    }

    fn base(export: &Export) -> Base {
        Base { origin: "https://gate.example.org".into(), prefix: "/leader".into(), path: export.route.path.to_string() }
    }

    /// Our link to another page of a query, below the contest.
    pub fn link(&self, export: &Export, query: &ListQuery, position: &Position) -> String {
        let cursors = self.campaign().cursors(&self.contest().id, &export.name, Self::now());
        let (link, _) = export.route.link(query, position, &Self::base(export), &cursors).unwrap();
        let below = link.strip_prefix("https://gate.example.org").unwrap_or(&link).strip_prefix("/leader");
        below.unwrap_or_else(|| panic!("{link} leads away")).to_owned()
    }

    /// What a campaign reads where the source said this of its next page.
    pub fn next(&self, asking: &Asking, said: &str) -> Option<String> {
        let Understood { export, parsed, .. } = self.understand(asking).unwrap();
        let cursors = self.campaign().cursors(&self.contest().id, &export.name, Self::now());
        let next = export.route.next(said, &parsed.query, &Self::base(&export), &cursors);
        next.unwrap_or_else(|_| panic!("{said} is not understood")).map(|next| next.word)
    }

    /// What a campaign is told of a file that the source said this of.
    pub fn job(&self, understood: &Understood, said: &str) -> String {
        let Understood { export, parsed, .. } = understood;
        let cursors = self.campaign().cursors(&self.contest().id, &export.name, Self::now());
        export.route.job(said, &parsed.query, &Self::base(export), &cursors).expect("understood").document.to_string()
    }

    /// The sealed name of a job of the first export, or of a file.
    fn sealed(&self, name: &str) -> String {
        let export = &self.contest().exports[0];
        let query = ListQuery { subject: Subject::Progress, ..ListQuery::list(1) };
        let cursors = self.campaign().cursors(&self.contest().id, &export.name, Self::now());
        export.route.link(&query, &Position::Token(name.to_owned()), &Self::base(export), &cursors).unwrap().1
    }

    /// A text with each `{sealed:NAME}` as amber's name for a job, and each `{token:FIELD:VALUE}` as amber's token of that value.
    pub fn filled(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, token)) = rest.split_once("{token:") {
            let (said, after) = token.split_once('}').unwrap();
            let (field, value) = said.split_once(':').unwrap();
            filled.push_str(before);
            filled.push_str(&self.keyring().tokenise(&FieldPath::parse(field).unwrap(), value).unwrap());
            rest = after;
        }
        let text = filled + rest;
        let Some((before, rest)) = text.split_once("{sealed:") else { return text };
        let (name, after) = rest.split_once('}').unwrap();
        format!("{before}{}{}", self.sealed(name), self.filled(after))
    }
}
