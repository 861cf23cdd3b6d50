//! Real clients, unchanged: the libraries that data managers use pull whole lists through the proxy, and fail clearly when refused.
//!
//! The vendors cannot be installed; stand-ins that were built from their documentation play them (`tests/sources/vendors`), with all
//! that is dangerous about them.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use portcullis::demo::people::{self, SEED};
use portcullis::engine::credential::KeyDigest;
use serde_json::Value;

use super::encrypted::{Certificate, certificate};
use super::support::folder::{CONTEST_KEY, secret};
use super::support::{AMBER_KEY, Answer, Proxy};

const TOKEN: &str = "synthetic-members-token";
/// Members of each vendor. Action Network gives 25 a page, so this is a dozen of its pages.
const MEMBERS: usize = 300;
/// What no campaign may see, in any vendor's words. The synthetic members have each of these values.
const HIDDEN: [&str; 8] = ["Sikh", "Muslim", "Buddhist", "Unite", "UNISON", "depression", "password_hash", "notes"];

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A vendor's stand-in, as a process.
struct Vendor {
    process: Child,
    address: SocketAddr,
    files: u16,
    data: PathBuf,
}

impl Vendor {
    fn start(name: &str) -> Self {
        let setup = Command::new(tests().join("clients/setup")).output().unwrap();
        assert!(setup.status.success(), "{}", String::from_utf8_lossy(&setup.stderr));
        let data = std::env::temp_dir().join(format!("portcullis-vendor-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&data);
        fs::create_dir_all(&data).unwrap();
        people::write_ndjson(MEMBERS, SEED, &mut File::create(data.join("members.ndjson")).unwrap()).unwrap();
        let (port, files) = (free_port(), free_port());
        let mut command = Command::new(tests().join("sources/vendors/run"));
        command.arg(name).arg(port.to_string()).arg(&data).env("SOURCE_TOKEN", TOKEN).env("STANDIN_BATCH", "100");
        command.env("STANDIN_FILES_PORT", files.to_string()).stdin(Stdio::null());
        let log = File::create(data.join("log")).unwrap();
        let process = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let mut vendor = Self { process, address: SocketAddr::from(([127, 0, 0, 1], port)), files, data };
        let until = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(vendor.address).is_err() {
            let ended = vendor.process.try_wait().unwrap().is_some();
            assert!(!ended && Instant::now() < until, "{}", fs::read_to_string(vendor.data.join("log")).unwrap());
            std::thread::sleep(Duration::from_millis(50));
        }
        vendor
    }

    /// What it was asked: method, target and body of each request.
    fn asked(&self) -> String {
        fs::read_to_string(self.data.join("requests.ndjson")).unwrap()
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.data);
    }
}

/// A library, by its driver, and what its user sees when the window is closed.
struct Client {
    driver: &'static str,
    options: &'static [&'static str],
    /// What its user is shown when the window is closed.
    refused: &'static str,
    /// Whether it says https and nothing else.
    encrypted: bool,
}

impl Client {
    const fn new(driver: &'static str, options: &'static [&'static str], refused: &'static str) -> Self {
        Self { driver, options, refused, encrypted: false }
    }

    /// Runs it against a contest at the proxy.
    fn pull(&self, proxy: &Proxy) -> Value {
        let scheme = if self.encrypted { "https" } else { "http" };
        let mut command = Command::new(tests().join(".venv-clients/bin/python"));
        command.arg(tests().join("clients").join(format!("drive_{}.py", self.driver)));
        command.arg("--base").arg(format!("{scheme}://{}/leader", proxy.public)).args(["--key", AMBER_KEY]).args(self.options);
        if self.encrypted {
            command.arg("--ca").arg(proxy.folder.join("tls.pem"));
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}: {}", self.driver, String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// What every contest here has beside its source and its export.
pub fn contest(name: &str, port: u16, files: u16, opens: &str) -> String {
    let own = fs::read_to_string(tests().join(format!("clients/contests/{name}.toml"))).unwrap();
    let own = own.replace("{PORT}", &port.to_string()).replace("{FILES_PORT}", &files.to_string());
    let export = own.lines().find_map(|line| line.trim().strip_prefix("name")).unwrap().trim_start_matches([' ', '=']).to_owned();
    format!(
        "[contest]\nid = \"leader\"\ntitle = \"T\"\ncontroller = \"P\"\ntimezone = \"Europe/London\"\nopens = {opens}\ncloses = 2099-01-01T00:00:00Z\n\
         [pseudonyms]\nkey_file = \"../contest.key\"\n[limits]\nrate = {{ pulls = 1000, requests = 1000, per = \"1m\", burst = 1000 }}\n{own}\n\
         [[campaign]]\nid = \"amber\"\ntitle = \"Amber\"\nexports = [{export}]\n[[campaign.credential]]\nkind = \"key\"\nsha256 = \"{}\"\n",
        KeyDigest::of(AMBER_KEY.as_bytes()).to_hex()
    )
}

/// A proxy in front of a vendor.
fn proxy(name: &str, vendor: &Vendor, opens: &str, tls: Option<&Certificate>) -> Proxy {
    let folder = vendor.data.join(format!("portcullis-{name}-{}", &opens[..4]));
    proxy_in(folder, &contest(name, vendor.address.port(), vendor.files, opens), tls)
}

/// A proxy with this contest, whose folder is made here.
pub fn proxy_in(folder: PathBuf, contest: &str, tls: Option<&Certificate>) -> Proxy {
    fs::create_dir_all(folder.join("contests")).unwrap();
    let listen = tls.map_or("", |_| "tls = { certificate_file = \"tls.pem\", key_file = \"tls.key\" }");
    let process = format!(
        "[listen]\naddress = \"127.0.0.1:0\"\n{listen}\n[admin]\naddress = \"127.0.0.1:0\"\n[store]\nkind = \"sqlite\"\npath = \"portcullis.db\"\n[log]\nformat = \"json\"\n"
    );
    fs::write(folder.join("portcullis.toml"), process).unwrap();
    if let Some(certificate) = tls {
        fs::write(folder.join("tls.pem"), &certificate.pem).unwrap();
        secret(&folder.join("tls.key"), &certificate.key);
    }
    secret(&folder.join("source-token"), TOKEN);
    secret(&folder.join("source-basic"), &BASE64.encode(format!("application:{TOKEN}|1").as_bytes()));
    secret(&folder.join("contest.key"), CONTEST_KEY);
    fs::write(folder.join("contests/leader.toml"), contest).unwrap();
    Proxy::start_in(folder)
}

/// Every client pulls all members through the proxy, contacts nothing else, and gets nothing but what the contest names; and what its
/// user sees when the window is closed is what the README says.
fn serves(name: &str, vendor_name: &str, clients: &[Client]) {
    let vendor = Vendor::start(vendor_name);
    let certificate = clients.iter().any(|client| client.encrypted).then(certificate);
    let open = proxy(name, &vendor, "2020-01-01T00:00:00Z", certificate.as_ref());
    let closed = proxy(name, &vendor, "2098-01-01T00:00:00Z", certificate.as_ref());
    for client in clients {
        let pulled = client.pull(&open);
        let who = format!("{} {:?}: {pulled}\n{}", client.driver, client.options, open.log());
        assert_eq!((&pulled["ok"], &pulled["count"]), (&true.into(), &MEMBERS.into()), "{who}");
        let ids: std::collections::BTreeSet<_> = pulled["ids"].as_array().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(ids.len(), MEMBERS, "{who}");
        let scheme = if client.encrypted { "https" } else { "http" };
        assert_eq!(pulled["origins"], serde_json::json!([format!("{scheme}://{}", open.public)]), "{who}");
        let records = pulled["records"].to_string();
        assert!(HIDDEN.iter().all(|hidden| !records.contains(hidden)), "{who}");
    }
    let before = vendor.asked();
    assert!(!before.contains(AMBER_KEY), "a campaign's key went to the source");
    for client in clients {
        let shown = client.pull(&closed);
        let said = format!("{} {}", shown["shown"].as_str().unwrap_or(""), shown["logged"]);
        assert!(shown["ok"] == false && said.contains(client.refused), "{}: {shown}", client.driver);
    }
    assert_eq!(vendor.asked(), before, "a refused client reached the source");
}

const NOT_OPEN: &str = "The access window has not opened yet";

#[test]
fn civicrms_clients_are_served_and_told() {
    serves(
        "civicrm",
        "civicrm",
        &[
            Client::new("civicrmapi", &["--api", "4", "--page", "100"], NOT_OPEN),
            Client::new("civicrm_py", &[], "CiviAuthError: Permission denied"),
        ],
    );
}

#[test]
fn nationbuilders_clients_are_served_and_told() {
    // Parsons asks again for ever, whatever it is told, so its time has an end here.
    let parsons = Client::new("parsons", &["--connector", "nationbuilder", "--seconds", "20"], NOT_OPEN);
    serves("nationbuilder-v1", "nationbuilder", &[parsons]);
}

#[test]
fn nationbuilders_second_api_is_served_and_told() {
    serves(
        "nationbuilder",
        "nationbuilder",
        &[Client::new("dlt", &["--vendor", "nationbuilder2"], "403 Client Error: Forbidden")],
    );
}

#[test]
fn action_networks_clients_are_served_and_told() {
    serves(
        "osdi",
        "actionnetwork",
        &[
            Client::new("parsons", &["--connector", "actionnetwork"], NOT_OPEN),
            // It looks at no status: it has the refusal in its hands as if it were the list, and its user misses the people in it.
            Client::new("pyactionnetwork", &[], "KeyError: '_embedded'"),
            Client::new("dlt", &["--vendor", "actionnetwork"], "403 Client Error: Forbidden"),
        ],
    );
}

#[test]
fn everyactions_clients_are_served_and_told() {
    serves(
        "everyaction",
        "everyaction",
        &[
            Client::new("parsons", &["--connector", "van"], NOT_OPEN),
            Client::new("everyaction_client", &[], NOT_OPEN),
            Client::new("everyaction_client", &["--follow"], NOT_OPEN),
            Client::new("dlt", &["--vendor", "everyaction"], "403 Client Error: Forbidden"),
        ],
    );
}

#[test]
fn salesforces_client_is_served_and_told() {
    let query = Client { encrypted: true, ..Client::new("simple_salesforce", &["--what", "query"], NOT_OPEN) };
    serves("salesforce", "salesforce", &[query]);
}

#[test]
fn odatas_clients_are_served_and_told() {
    serves("odata", "dynamics", &[Client::new("dlt", &["--vendor", "dynamics"], "403 Client Error: Forbidden")]);
}

#[test]
fn postgrests_client_is_served_and_told() {
    serves(
        "postgrest",
        "postgrest",
        &[
            Client::new("postgrest", &["--paging", "range"], NOT_OPEN),
            Client::new("postgrest", &["--paging", "limit", "--columns", "id,first_name,email", "--as", "supabase"], NOT_OPEN),
        ],
    );
}

/// Orders a list that the source prepares.
pub fn order(proxy: &Proxy, target: &str, body: &str) -> Answer {
    let request = format!(
        "POST {target} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {AMBER_KEY}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        proxy.public,
        body.len()
    );
    super::support::send(proxy.public, &request)
}

/// Parsons orders a file, waits, and would fetch it without its key: the link alone opens nothing, whoever finds it.
#[test]
fn a_file_that_was_prepared_is_fetched_with_the_campaigns_key_alone() {
    let vendor = Vendor::start("everyaction");
    let open = proxy("everyaction-jobs", &vendor, "2020-01-01T00:00:00Z", None);
    let ordered = order(
        &open,
        "/leader/v4/changedEntityExportJobs",
        r#"{"resourceType": "Contacts", "dateChangedFrom": "2026-01-01", "includeInactive": false}"#,
    );
    assert_eq!(ordered.status, 200, "{}", ordered.text());
    let job = ordered.json()["exportJobId"].as_str().unwrap().to_owned();
    let ready = super::support::get(open.public, &format!("/leader/v4/changedEntityExportJobs/{job}"), AMBER_KEY).json();
    let link = ready["files"][0]["downloadUrl"].as_str().unwrap().to_owned();
    let target = link.strip_prefix(&format!("http://{}", open.public)).expect("a link of our own").to_owned();
    let without = super::support::send(open.public, &format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"));
    assert_eq!(without.reason(), "credential_missing");
    let file = super::support::get(open.public, &target, AMBER_KEY);
    assert_eq!(
        (file.status, file.header("content-type")),
        (200, Some("text/csv; charset=utf-8; header=present")),
        "{}",
        file.text()
    );
    assert_eq!(file.text().lines().count(), MEMBERS + 1);
    assert!(file.text().starts_with("VanID,FirstName,LastName\r\n"), "{}", &file.text()[..200]);
    let asked = vendor.asked();
    assert!(asked.lines().last().unwrap().contains(&format!("\"port\": {}", vendor.files)), "the file came from elsewhere");
    assert!(!asked.lines().last().unwrap().to_lowercase().contains("authorization"), "the credential went elsewhere too");
    assert!(!asked.contains(AMBER_KEY));
    let parsons = Client::new("parsons", &["--connector", "van-changed"], "");
    let shown = parsons.pull(&open);
    assert!(shown["shown"].as_str().unwrap().contains("401"), "{shown}");
}

/// A query job is ordered, waited for, and fetched page by page: the header says where the next one is, and none is left out.
#[test]
fn a_query_job_is_fetched_page_by_page_by_its_locators() {
    const JOBS: &str = "/leader/services/data/v59.0/jobs/query";
    let vendor = Vendor::start("salesforce");
    let open = proxy("salesforce-bulk", &vendor, "2020-01-01T00:00:00Z", None);
    let ordered = order(&open, JOBS, r#"{"operation": "query", "query": "SELECT Id, FirstName, LastName, Email FROM Contact"}"#);
    assert_eq!(ordered.status, 200, "{}", ordered.text());
    let job = format!("{JOBS}/{}", ordered.json()["id"].as_str().unwrap());
    let mut states = vec![ordered.json()["state"].clone()];
    while states.last().is_some_and(|state| state != "JobComplete") && states.len() < 5 {
        states.push(super::support::get(open.public, &job, AMBER_KEY).json()["state"].clone());
    }
    assert_eq!(states, ["InProgress", "InProgress", "JobComplete"]);
    let (mut ids, mut pulls, mut target) = (Vec::new(), Vec::new(), format!("{job}/results"));
    while pulls.len() < 5 {
        let page = super::support::get_as(open.public, &target, AMBER_KEY, "text/csv; charset=UTF-8");
        assert_eq!(page.status, 200, "{}", page.text());
        let text = page.text();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("Id,FirstName,LastName,Email"));
        ids.extend(lines.filter_map(|line| line.split(',').next()).map(str::to_owned));
        assert!(HIDDEN.iter().all(|hidden| !text.contains(hidden)) && page.header("sforce-numberofrecords").is_none());
        pulls.push(page.header("ratelimit").is_some_and(|left| left.contains("pulls")));
        let locator = page.header("sforce-locator").unwrap().to_owned();
        assert!(page.header("link").is_none() && locator.len() > 20 || locator == "null", "{locator}");
        if locator == "null" {
            break;
        }
        target = format!("{job}/results?locator={locator}");
    }
    assert_eq!((ids.len(), pulls), (MEMBERS, vec![true, false, false]), "one pull in three pages");
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), MEMBERS);
    let asked = vendor.asked();
    assert!(
        !asked.contains(AMBER_KEY) && !asked.contains("Religion__c") && asked.contains("maxRecords=100&locator=200"),
        "{asked}"
    );
}

/// It wants to be told how many records a page has, before they have left.
#[test]
fn simple_salesforces_query_jobs_end_at_what_is_never_told() {
    let vendor = Vendor::start("salesforce");
    let certificate = certificate();
    let open = proxy("salesforce-bulk", &vendor, "2020-01-01T00:00:00Z", Some(&certificate));
    let client = Client {
        encrypted: true,
        ..Client::new("simple_salesforce", &["--what", "bulk", "--page", "100"], "sforce-numberofrecords")
    };
    let shown = client.pull(&open);
    assert!(shown["shown"].as_str().unwrap().contains(client.refused), "{shown}");
}
