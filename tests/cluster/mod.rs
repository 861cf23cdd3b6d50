//! A private PostgreSQL server for the tests: started by the first test that asks, shared by all that run, ended when none does.
//!
//! Its files are in a temporary folder, it listens on a loopback port and a socket of its own, and it has nothing to do with a
//! server of the system. Every test gets a database of its own. It runs with the durability of a real one, and with TLS.
#![allow(dead_code, reason = "each test program uses what it needs")]

mod server;
mod sql;

use std::fs::File;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use portcullis::config::postgres::Postgres;

pub use self::sql::{Listener, Sql};

/// A server that runs for as long as this process does.
struct Cluster {
    folder: PathBuf,
    port: u16,
    /// Shared with every other test that runs: who gets it alone may end the server.
    _in_use: File,
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(server::join)
}

/// A database of its own, dropped when the test has passed.
pub struct Database {
    pub name: String,
}

impl Database {
    /// An empty one.
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Sql::connect(&url("postgres")).run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        Sql::connect(&url("postgres")).run(&format!("CREATE DATABASE {name}"));
        Self { name }
    }

    /// Over loopback, in the clear.
    pub fn url(&self) -> String {
        url(&self.name)
    }

    /// As the store takes it.
    pub fn store(&self) -> Postgres {
        Postgres::parse(&self.url()).unwrap()
    }

    /// Somebody else's way to it.
    pub fn sql(&self) -> Sql {
        Sql::connect(&self.url())
    }

    /// Somebody who hears what is said on a channel.
    pub fn listen(&self, channel: &str) -> Listener {
        Listener::to(&self.url(), channel)
    }

    pub fn port(&self) -> u16 {
        cluster().port
    }

    /// The folder that the server's socket is in.
    pub fn socket(&self) -> String {
        cluster().folder.display().to_string()
    }

    /// The certificate that the server's was signed with, PEM.
    pub fn ca_pem(&self) -> Vec<u8> {
        std::fs::read(cluster().folder.join("ca.pem")).unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            Sql::connect(&url("postgres")).run(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}

fn url(database: &str) -> String {
    format!("postgres://portcullis:{}@127.0.0.1:{}/{database}", server::PASSWORD_IN_URL, cluster().port)
}
