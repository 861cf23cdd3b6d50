//! Configuration folders for tests: one contest, two campaigns, and whatever a test changes.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use portcullis::engine::credential::KeyDigest;

/// Amber's key.
pub const AMBER_KEY: &str = "portcullis_amber_key_of_the_tests";
/// Teal's key.
pub const TEAL_KEY: &str = "portcullis_teal_key_of_the_tests";
/// The source's token.
pub const SOURCE_TOKEN: &str = "MARKER-source-token";

/// The contest's key.
pub const CONTEST_KEY: &str = "c0ffee00d15ea5ed0123456789abcdef10325476985badcfe0badf00deadface";

/// A contest as the tests know it; each part may be replaced.
pub struct Contest {
    pub opens: String,
    pub closes: String,
    /// Lines below `[contest]`.
    pub contest: String,
    /// What the source speaks.
    pub api: String,
    /// Lines below `[source]`.
    pub source: String,
    /// Where the export stands.
    pub path: String,
    pub limits: String,
    /// Where the records stand, below `[[export]]`.
    pub records: String,
    /// Lines below `[[export]]`.
    pub export: String,
    pub filters: String,
    pub fields: String,
    pub rows: String,
    /// Lines below amber's `[[campaign]]`.
    pub amber: String,
    /// Lines below amber's credential.
    pub amber_credential: String,
    pub listen: String,
    pub process: String,
}

impl Default for Contest {
    fn default() -> Self {
        Self {
            opens: "2020-01-01T00:00:00Z".into(),
            closes: "2099-01-01T00:00:00Z".into(),
            contest: String::new(),
            api: "rest".into(),
            source: "timeout = \"2s\"".into(),
            path: "/members".into(),
            limits: "rate = { pulls = 100000, requests = 100000, per = \"1m\", burst = 100000 }\nconcurrent = 16".into(),
            records: "records = \"/values\"".into(),
            export: "page = { size = \"limit\", offset = \"offset\", max = 500 }\nnext = \"/next\"\nenvelope = [\"count\"]"
                .into(),
            filters: "\"address.town\" = { param = \"town\", format = \"text\", max = 40 }".into(),
            fields: FIELDS.into(),
            rows: String::new(),
            amber: "exports = [\"members\"]".into(),
            amber_credential: String::new(),
            listen: String::new(),
            process: String::new(),
        }
    }
}

const FIELDS: &str = r#"
member_id = { keep = "integer" }
first_name = { keep = "name" }
last_name = { keep = "name" }
email = { keep = "email", when = { "consent.email" = true } }
"address.town" = { keep = "text", max = 40 }
religion = { drop = "religious-or-philosophical-belief" }
"#;

impl Contest {
    /// Writes the folder; the source is at this address.
    pub fn write(&self, source: SocketAddr) -> PathBuf {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("portcullis-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("contests")).unwrap();
        fs::write(folder.join("portcullis.toml"), self.process_toml()).unwrap();
        self.write_contest(&folder, source);
        secret(&folder.join("source-token"), SOURCE_TOKEN);
        secret(&folder.join("contest.key"), CONTEST_KEY);
        folder
    }

    /// Writes the contest's file anew, for a reload.
    pub fn write_contest(&self, folder: &Path, source: SocketAddr) {
        fs::write(folder.join("contests/leader.toml"), self.contest_toml(source)).unwrap();
    }

    fn process_toml(&self) -> String {
        let Self { listen, process, .. } = self;
        format!(
            "[listen]\naddress = \"127.0.0.1:0\"\n{listen}\n[admin]\naddress = \"127.0.0.1:0\"\n[store]\nkind = \"sqlite\"\npath = \"portcullis.db\"\n[log]\nformat = \"json\"\n{process}\n"
        )
    }

    fn contest_toml(&self, source: SocketAddr) -> String {
        let digest = |key: &str| KeyDigest::of(key.as_bytes()).to_hex();
        let (amber_digest, teal_digest) = (digest(AMBER_KEY), digest(TEAL_KEY));
        let Self {
            opens,
            closes,
            contest,
            api,
            source: source_lines,
            path,
            limits,
            records,
            export,
            filters,
            fields,
            rows,
            amber,
            amber_credential,
            ..
        } = self;
        format!(
            r#"
[contest]
id = "leader"
title = "Leader election"
controller = "Example Party"
timezone = "Europe/London"
opens = {opens}
closes = {closes}
{contest}
[source]
api = "{api}"
url = "http://{source}/api"
headers = {{ Authorization = {{ file = "../source-token", prefix = "Bearer " }} }}
{source_lines}
[pseudonyms]
key_file = "../contest.key"
[limits]
{limits}
[[export]]
name = "members"
path = "{path}"
{records}
id = "member_id"
{export}
[export.filters]
{filters}
[export.fields]
{fields}
{rows}
[[campaign]]
id = "amber"
title = "Amber"
{amber}
[[campaign.credential]]
kind = "key"
sha256 = "{amber_digest}"
{amber_credential}
[[campaign]]
id = "teal"
title = "Teal"
exports = []
[[campaign.credential]]
kind = "key"
sha256 = "{teal_digest}"
actor = "Robin at Teal"
"#
        )
    }
}

/// Writes a file that only its owner may read.
pub fn secret(path: &Path, content: &str) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}
