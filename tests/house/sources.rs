//! Real sources, real client: Datasette and a Django REST framework app hold the synthetic members, and `requests`
//! follows the links that the proxy gives.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use portcullis::demo::people::{self, MEMBERS, SEED};
use portcullis::engine::credential::KeyDigest;
use serde_json::Value;

use super::support::folder::{CONTEST_KEY, secret};
use super::support::{AMBER_KEY, Proxy};

/// What the sources that ask for one take for theirs.
pub const TOKEN: &str = "synthetic-members-token";

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sources")
}

/// A source as a process, in a process group of its own so that its children end with it.
pub struct RealSource {
    process: Child,
    pub address: SocketAddr,
    data: PathBuf,
}

impl RealSource {
    /// Starts one of the folders beside this file, with the synthetic members in it.
    pub fn start(name: &str) -> Self {
        let setup = Command::new(here().join("setup")).output().unwrap();
        assert!(setup.status.success(), "{}", String::from_utf8_lossy(&setup.stderr));
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let data = std::env::temp_dir().join(format!("portcullis-{name}-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&data);
        fs::create_dir_all(&data).unwrap();
        people::write_ndjson(MEMBERS, SEED, &mut File::create(data.join("members.ndjson")).unwrap()).unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (port, log) = (address.port().to_string(), File::create(data.join("log")).unwrap());
        let mut command = Command::new(here().join(name).join("run"));
        command.arg(port).arg(&data).env("SOURCE_TOKEN", TOKEN).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut source = Self { process: command.spawn().unwrap(), address, data };
        source.wait();
        source
    }

    fn wait(&mut self) {
        let until = Instant::now() + Duration::from_secs(120);
        while TcpStream::connect(self.address).is_err() {
            let ended = self.process.try_wait().unwrap().is_some();
            assert!(!ended && Instant::now() < until, "{}", fs::read_to_string(self.data.join("log")).unwrap());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for RealSource {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.data);
    }
}

/// A proxy in front of a real source, with the contest that stands beside it.
pub fn proxy(source: &RealSource, name: &str, change: impl FnOnce(String) -> String) -> Proxy {
    let folder = source.data.join("portcullis");
    fs::create_dir_all(folder.join("contests")).unwrap();
    let process = "[listen]\naddress = \"127.0.0.1:0\"\n[admin]\naddress = \"127.0.0.1:0\"\n[store]\nkind = \"sqlite\"\npath = \"portcullis.db\"\n[log]\nformat = \"json\"\n";
    fs::write(folder.join("portcullis.toml"), process).unwrap();
    secret(&folder.join("source-token"), TOKEN);
    secret(&folder.join("contest.key"), CONTEST_KEY);
    let filled = [
        ("{PORT}", source.address.port().to_string()),
        ("{OPENS}", "2020-01-01T00:00:00Z".to_owned()),
        ("{CLOSES}", "2099-01-01T00:00:00Z".to_owned()),
        ("{SOURCE_TOKEN_FILE}", "../source-token".to_owned()),
        ("{PSEUDONYM_KEY_FILE}", "../contest.key".to_owned()),
        ("{AMBER_KEY_SHA256}", KeyDigest::of(AMBER_KEY.as_bytes()).to_hex()),
    ];
    let template = fs::read_to_string(here().join(name).join("contest.toml")).unwrap();
    let contest = filled.iter().fold(change(template), |text, (name, value)| text.replace(name, value));
    fs::write(folder.join("contests/contest.toml"), contest).unwrap();
    Proxy::start_in(folder)
}

/// The campaign's tool: `requests`, following the next links.
fn pull(url: &str, out: &Path, options: &[&str]) -> Output {
    let python = here().join("../.venv/bin/python");
    Command::new(python)
        .arg(here().join("pull.py"))
        .arg(url)
        .args(["--key", AMBER_KEY, "--out"])
        .arg(out)
        .args(options)
        .output()
        .unwrap()
}

fn pulled(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn records(file: &Path) -> Vec<Value> {
    fs::read_to_string(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn keys(summary: &Value) -> Vec<&str> {
    summary["keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect()
}

#[test]
fn all_members_arrive_from_datasette_with_the_allowed_fields_alone() {
    let source = RealSource::start("datasette");
    let proxy = proxy(&source, "datasette", |contest| contest);
    let (url, out) = (format!("http://{}/datasette-2026/members", proxy.public), source.data.join("out.ndjson"));
    let summary = pulled(&pull(&url, &out, &["--records", "/rows", "--next", "/next_url"]));
    assert_eq!((&summary["count"], &summary["pages"]), (&MEMBERS.into(), &10.into()));
    let allowed = [
        "address_postcode",
        "address_town",
        "constituency",
        "date_of_birth",
        "email",
        "first_name",
        "joined_on",
        "last_name",
        "member_id",
        "mobile",
        "status",
        "title",
        "union_ref",
    ];
    assert_eq!(keys(&summary), allowed);
    same_people(
        &records(&out),
        |record| record["member_id"].as_u64().unwrap().to_string(),
        |member| member["member_id"].to_string(),
    );
    is_on_the_books(&proxy, "datasette-2026", MEMBERS);
}

#[test]
fn all_members_arrive_from_django_with_the_allowed_fields_alone() {
    let source = RealSource::start("drf");
    let everybody = |contest: String| contest.replace("[[export.rows]]\n  field = \"status\"\n  in    = [\"current\"]", "");
    let proxy = proxy(&source, "drf", everybody);
    let (url, out) = (format!("http://{}/drf-2026/members?limit=500", proxy.public), source.data.join("out.ndjson"));
    let summary = pulled(&pull(&url, &out, &["--records", "/results"]));
    assert_eq!((&summary["count"], &summary["pages"]), (&MEMBERS.into(), &10.into()));
    let allowed = [
        "address",
        "address.postcode",
        "address.town",
        "constituency",
        "date_of_birth",
        "donations",
        "donations.amount",
        "donations.on",
        "email",
        "first_name",
        "joined_on",
        "last_name",
        "member_id",
        "mobile",
        "title",
        "union_ref",
    ];
    assert_eq!(keys(&summary), allowed);
    let tokens: BTreeSet<String> = records(&out).iter().map(|record| record["member_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(tokens.len(), MEMBERS, "each member has a token of its own");
    is_on_the_books(&proxy, "drf-2026", MEMBERS);
}

#[test]
fn a_row_rule_leaves_members_out_and_filters_and_refusals_work_on_django() {
    let source = RealSource::start("drf");
    let proxy = proxy(&source, "drf", |contest| contest);
    let (url, out) = (format!("http://{}/drf-2026/members", proxy.public), source.data.join("out.ndjson"));
    let current = |member: &&Value| member["status"] == "current";
    let expected = originals().iter().filter(current).count();
    assert_eq!(pulled(&pull(&format!("{url}?limit=500"), &out, &["--records", "/results"]))["count"], expected);
    let bangor: Vec<_> = originals().into_iter().filter(|member| member["constituency"] == "Ynys Môn").collect();
    let filtered =
        pulled(&pull(&format!("{url}?constituency=Ynys+M%C3%B4n&ordering=-member_id"), &out, &["--records", "/results"]));
    assert_eq!(filtered["count"], bangor.iter().filter(current).count());
    let refused = pull(&format!("{url}?religion=Sikh"), &out, &["--records", "/results"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("query_not_allowed"));
    // Django answers a browser with HTML and a stranger with 401: neither gets through.
    let stranger = super::support::get(source.address, "/api/members/", "nobody");
    assert_eq!(stranger.status, 401);
}

/// The members, as they are.
pub fn originals() -> Vec<Value> {
    people::members(MEMBERS, SEED).map(|member| serde_json::to_value(&member).unwrap()).collect()
}

fn same_people(got: &[Value], id: impl Fn(&Value) -> String, original: impl Fn(&Value) -> String) {
    let got: BTreeSet<String> = got.iter().map(id).collect();
    let expected: BTreeSet<String> = originals().iter().map(original).collect();
    assert_eq!(got, expected);
}

fn is_on_the_books(proxy: &Proxy, contest: &str, records: usize) {
    let line = format!("portcullis_records_total{{contest=\"{contest}\",campaign=\"amber\"}} {records}\n");
    assert!(proxy.metrics().contains(&line), "{}", proxy.metrics());
}
