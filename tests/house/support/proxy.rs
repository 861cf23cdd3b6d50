//! The proxy as a process: started on free ports, its log kept, stopped when the test ends.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Contest, Source};

/// A running proxy.
pub struct Proxy {
    pub public: SocketAddr,
    pub admin: SocketAddr,
    pub folder: PathBuf,
    process: Child,
    log: Arc<Mutex<Vec<String>>>,
    keep_folder: bool,
}

/// The program.
pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_portcullis"))
}

impl Proxy {
    /// Starts a proxy for a contest in front of a source.
    pub fn start(contest: &Contest, source: &Source) -> Self {
        Self::start_in(contest.write(source.address))
    }

    /// Starts a proxy with the usual contest.
    pub fn before(source: &Source) -> Self {
        Self::start(&Contest::default(), source)
    }

    /// Starts a proxy with this folder.
    pub fn start_in(folder: PathBuf) -> Self {
        let mut command = program();
        command.arg("serve").arg("--config").arg(&folder);
        Self::start_as(command, folder)
    }

    /// Starts a proxy by this command, which is to serve from the folder.
    pub fn start_as(mut command: Command, folder: PathBuf) -> Self {
        // A group of its own: whoever runs it, such as strace(1), ends together with it.
        let mut process = command.stderr(Stdio::piped()).process_group(0).spawn().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (stderr, lines) = (BufReader::new(process.stderr.take().unwrap()), Arc::clone(&log));
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).for_each(|line| lines.lock().unwrap().push(line)));
        let listening =
            wait_for(&log, || process.try_wait().is_ok_and(|ended| ended.is_some()), |line| line["message"] == "listening");
        let address = |name: &str| listening[name].as_str().unwrap().parse().unwrap();
        Self { public: address("public"), admin: address("admin"), folder, process, log, keep_folder: false }
    }

    /// Leaves the folder behind, for another proxy.
    pub fn keep_folder(&mut self) {
        self.keep_folder = true;
    }

    /// Everything that it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// Waits for a log line.
    pub fn wait_for(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        wait_for(&self.log, || false, wanted)
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.process.id().to_string()).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the process to end, and gives its exit code.
    pub fn ended(&mut self) -> Option<i32> {
        self.process.wait().unwrap().code()
    }

    pub fn metrics(&self) -> String {
        super::get(self.admin, "/metrics", "").text()
    }

    /// The operator's table of rejections, once it holds this many rows.
    pub fn rejections(&self, rows: usize) -> Vec<Value> {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let output = program().args(["rejections", "--json", "--config"]).arg(&self.folder).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let found: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            if found.len() >= rows || Instant::now() > until {
                assert!(
                    found.len() >= rows,
                    "{rows} rejections are not there: {text}{}",
                    String::from_utf8_lossy(&output.stderr)
                );
                return found;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Forgets how much memory the process has used until now (proc(5), `clear_refs`).
    pub fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.process.id()), "5").unwrap();
    }

    /// Most memory that the process has used, in kibibytes.
    pub fn peak_kibibytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

fn wait_for(log: &Mutex<Vec<String>>, mut hopeless: impl FnMut() -> bool, wanted: impl Fn(&Value) -> bool) -> Value {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let lines = log.lock().unwrap().clone();
        if let Some(found) = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).find(|line| wanted(line)) {
            return found;
        }
        assert!(Instant::now() < until && !hopeless(), "it was never logged; the log: {}", lines.join("\n"));
        std::thread::sleep(Duration::from_millis(10));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-KILL", "--"]).arg(format!("-{}", self.process.id())).stderr(Stdio::null()).status();
        let _ = self.process.wait();
        if !std::thread::panicking() && !self.keep_folder {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}
