//! Starting the server, once for all test processes, and letting it end by itself.
//!
//! Each test process holds a shared lock on a file for as long as it lives. A keeper beside the server looks every few seconds
//! whether it can have that lock alone; when it can, it ends the server and removes the folder. So nothing stays behind, whoever
//! was killed. `initdb` and `postgres` refuse to run as root: then they run as `postgres` or `nobody`.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use super::Cluster;

/// With characters that a URL has to escape.
const PASSWORD: &str = "p@ss/w:rd?&%";
pub const PASSWORD_IN_URL: &str = "p%40ss%2Fw%3Ard%3F%26%25";
/// How long the server may take to begin.
const START_MAX: Duration = Duration::from_secs(60);
/// Seconds from one look of the keeper to the next.
const KEEPER_LOOKS: u32 = 15;

const MISSING: &str = "PostgreSQL is not installed, and these tests need a real one: run `tests/run`, which installs it, or install \
                       the package `postgresql` (15 or newer)";

/// Joins those who use the server; starts it where nobody has.
pub fn join() -> Cluster {
    let folder = place();
    let in_use = shared(&folder.with_extension("in-use"));
    let starting = shared(&folder.with_extension("starting"));
    in_use.lock_shared().unwrap();
    starting.lock().unwrap();
    let port = running(&folder).unwrap_or_else(|| start(&folder));
    Cluster { folder, port, _in_use: in_use }
}

/// One for each checkout and user: tests of two do not meet.
fn place() -> PathBuf {
    let checkout = env!("CARGO_MANIFEST_DIR").bytes().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let user = fs::metadata("/proc/self").map_or(0, |me| std::os::unix::fs::MetadataExt::uid(&me));
    std::env::temp_dir().join(format!("portcullis-pg-{checkout:08x}-{user}"))
}

fn shared(path: &Path) -> File {
    File::options().create(true).truncate(false).write(true).open(path).unwrap()
}

fn running(folder: &Path) -> Option<u16> {
    let port = fs::read_to_string(folder.join("port")).ok()?.parse().ok()?;
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(port)
}

fn start(folder: &Path) -> u16 {
    let tools = Tools::find();
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    certificates(folder);
    fs::write(folder.join("password"), PASSWORD).unwrap();
    tools.give(folder);
    tools.run(folder, "initdb", &["-D", "data", "-U", "portcullis", "-A", "scram-sha-256", "--pwfile=password", "-E", "UTF8"]);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    fs::write(folder.join("data/postgresql.auto.conf"), settings(folder, port)).unwrap();
    tools.give(folder);
    tools.keep(folder);
    let until = Instant::now() + START_MAX;
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() || !folder.join("ready").exists() {
        assert!(Instant::now() < until, "PostgreSQL did not start; see {}", folder.join("log").display());
        std::thread::sleep(Duration::from_millis(50));
    }
    fs::write(folder.join("port"), port.to_string()).unwrap();
    port
}

/// Durable as a real one: the store refuses any other.
fn settings(folder: &Path, port: u16) -> String {
    format!(
        "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{0}'\nmax_connections = 300\n\
         shared_buffers = 32MB\nmax_wal_size = 256MB\nfsync = on\nssl = on\nssl_cert_file = '{0}/server.pem'\n\
         ssl_key_file = '{0}/server.key'\n",
        folder.display()
    )
}

fn certificates(folder: &Path) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    fs::write(folder.join("ca.pem"), ca.self_signed(&ca_key).unwrap().pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["127.0.0.1".into(), "localhost".into()]).unwrap();
    let signed = server.signed_by(&key, &Issuer::new(ca, ca_key)).unwrap();
    fs::write(folder.join("server.pem"), signed.pem()).unwrap();
    fs::write(folder.join("server.key"), key.serialize_pem()).unwrap();
    fs::set_permissions(folder.join("server.key"), fs::Permissions::from_mode(0o600)).unwrap();
}

/// Where PostgreSQL's programs are, and as whom they run.
struct Tools {
    programs: PathBuf,
    /// Number of the user and its group, where this is root.
    user: Option<(u32, u32)>,
}

impl Tools {
    fn find() -> Self {
        let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut versions: Vec<_> = debian.map(|version| version.path().join("bin")).collect();
        versions.sort_by_key(|path| path.parent().and_then(|version| version.file_name()?.to_str()?.parse::<u32>().ok()));
        let anywhere = std::env::var_os("PATH").unwrap_or_default();
        let candidates = versions.into_iter().rev().chain(std::env::split_paths(&anywhere));
        let programs = candidates.into_iter().find(|path| path.join("initdb").exists()).expect(MISSING);
        Self { programs, user: unprivileged() }
    }

    fn give(&self, folder: &Path) {
        let Some((user, group)) = self.user else { return };
        chown(folder, Some(user), Some(group)).unwrap();
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() { self.give(&entry.path()) } else { chown(entry.path(), Some(user), Some(group)).unwrap() }
        }
    }

    fn command(&self, folder: &Path, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).stdin(Stdio::null()).env("LC_ALL", "C.UTF-8");
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    fn run(&self, folder: &Path, program: &str, arguments: &[&str]) {
        let done = self.command(folder, self.programs.join(program)).args(arguments).output().unwrap();
        assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// Starts the server under a keeper that outlives this process.
    #[allow(clippy::zombie_processes, reason = "it outlives this process")]
    fn keep(&self, folder: &Path) {
        let script = format!(
            "{pg_ctl} -D data -l log -w -t 60 start > /dev/null 2>&1 || exit 1\n\
             touch ready\n\
             exec 9>> '{in_use}'\n\
             while sleep {KEEPER_LOOKS}; do flock -n -x 9 && break; done\n\
             rm -f port ready\n\
             {pg_ctl} -D data -m immediate -w stop > /dev/null 2>&1\n\
             rm -rf '{folder}'/*\n",
            pg_ctl = self.programs.join("pg_ctl").display(),
            in_use = folder.with_extension("in-use").display(),
            folder = folder.display(),
        );
        chown(folder.with_extension("in-use"), self.user.map(|user| user.0), None).unwrap();
        let mut command = self.command(folder, "setsid");
        command.args(["sh", "-c", &script]).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("the package `util-linux` is missing (setsid, flock)");
    }
}

/// `postgres` or `nobody`, where this is root.
fn unprivileged() -> Option<(u32, u32)> {
    let me = fs::metadata("/proc/self").map_or(0, |me| std::os::unix::fs::MetadataExt::uid(&me));
    if me != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let find = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut parts = line.split(':').skip(2).map(|part| part.parse().ok());
        Some((parts.next()??, parts.next()??))
    };
    Some(find("postgres").or_else(|| find("nobody")).expect("there is no user `postgres` or `nobody`"))
}
