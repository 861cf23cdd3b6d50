//! The process's own settings, in usable form: listeners, store, log, bounds, and where each contest's source is.
//!
//! Made by `config::compile` and never changed afterwards. Nothing here decides about a campaign.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::postgres::Postgres;
use crate::engine::audit::key::KeyName;
use crate::engine::ids::ContestId;

/// Everything that `config/portcullis.toml` says, and the sources of all contests.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where campaigns connect.
    pub listen: Listen,
    /// Where the operator connects.
    pub admin: SocketAddr,
    /// Where the books are.
    pub store: Store,
    /// The audit log.
    pub audit: Audit,
    /// How log lines look.
    pub log: LogFormat,
    /// The process's bounds.
    pub bounds: ProcessBounds,
    /// Where each contest's membership database is.
    pub sources: BTreeMap<ContestId, Arc<Source>>,
}

impl Settings {
    /// Whether settings that are fixed for the life of the process stayed as they were `before`.
    ///
    /// # Errors
    /// A sentence that names what changed, and that a restart is needed.
    pub fn needs_restart(&self, before: &Self) -> Result<(), String> {
        let fixed = [
            ("[listen] address", self.listen.address == before.listen.address),
            ("[listen] tls (switched on or off)", self.listen.tls.is_some() == before.listen.tls.is_some()),
            ("[admin] address", self.admin == before.admin),
            ("[store]", self.store == before.store),
            // What is not said of it is beside the store, and moves with it.
            ("[audit]", self.audit == before.audit || self.store != before.store),
            ("[log] format", self.log == before.log),
            ("[bounds] of the process", self.bounds.fixed() == before.bounds.fixed()),
        ];
        let changed: Vec<_> = fixed.iter().filter(|(_, same)| !same).map(|(name, _)| *name).collect();
        if changed.is_empty() {
            Ok(())
        } else {
            Err(format!("{} cannot change while the process runs; restart it", changed.join(", ")))
        }
    }
}

/// The public listener.
#[derive(Debug, Clone)]
pub struct Listen {
    /// Address and port.
    pub address: SocketAddr,
    /// Certificate and key; `None` only on loopback or when the file says so in words.
    pub tls: Option<TlsFiles>,
    /// The origin that campaigns see, such as `https://lists.example.org`, for links; from the request where `None`.
    pub public_origin: Option<String>,
}

/// The content of the TLS files, read once so that a reload is all or nothing.
#[derive(Clone)]
pub struct TlsFiles {
    /// The certificate chain, PEM.
    pub certificate_pem: Arc<[u8]>,
    /// The private key, PEM.
    pub key_pem: Arc<zeroize::Zeroizing<Vec<u8>>>,
}

impl std::fmt::Debug for TlsFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsFiles(..)")
    }
}

/// The books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Store {
    /// The embedded store, at this path.
    Sqlite(PathBuf),
    /// A database that replicas share.
    Postgres(Postgres),
}

/// The audit log: who signs it, and where its newest head is kept beside the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// The log's name, where the file says one; otherwise its key's.
    pub name: Option<KeyName>,
    /// The file of the key that signs heads. Where the file says none it is beside the store, and made by `serve`.
    pub key_file: PathBuf,
    /// Whether `serve` may make that key: the file says none.
    pub makes_key: bool,
    /// The file of the newest head.
    pub head_file: PathBuf,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For reading in a terminal.
    Human,
}

/// One membership database.
#[derive(PartialEq, Eq)]
pub struct Source {
    /// The base URL; `http` or `https`, without query; its path has no slash at the end.
    pub url: http::Uri,
    /// Headers that every request carries, the credential among them.
    pub headers: Vec<(http::HeaderName, http::HeaderValue)>,
    /// From sending the request until the head of the answer; also the longest pause inside the body.
    pub timeout: Duration,
    /// A CA to trust instead of the system's roots, PEM.
    pub ca_pem: Option<Arc<[u8]>>,
    /// Connections to the source at the most.
    pub connections_max: usize,
    /// Origins, such as `https://files.example.org`, from which files may be fetched that the source has prepared. Lower case.
    pub file_origins: Vec<Box<str>>,
}

impl Source {
    /// Whether files may be fetched from this origin, in lower case.
    #[must_use]
    pub fn has_files_at(&self, origin: &str) -> bool {
        self.file_origins.iter().any(|known| **known == *origin)
    }

    /// Whether TLS is spoken to it, or to where its files are.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.url.scheme_str() == Some("https") || self.file_origins.iter().any(|origin| origin.starts_with("https:"))
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("authority", &self.url.authority()).finish_non_exhaustive()
    }
}

/// Bounds of the process. Names end in their unit. The bounds on bodies become part of each plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessBounds {
    /// One record of a source, bytes.
    pub record_bytes_max: usize,
    /// One body of a source, bytes.
    pub body_bytes_max: u64,
    /// All that stands beside the records, bytes.
    pub envelope_bytes_max: usize,
    /// Objects and arrays inside one another.
    pub depth_max: usize,
    /// A body of up to this many bytes is validated whole before its first byte leaves.
    pub validate_whole_bytes_max: usize,
    /// Open connections of campaigns.
    pub connections_max: usize,
    /// Requests in progress, over all campaigns.
    pub requests_max: usize,
    /// Head of one request, bytes.
    pub head_bytes_max: usize,
    /// From connecting until the head is complete (TLS included), and an idle connection's life, milliseconds.
    pub head_milliseconds_max: u64,
    /// How long a campaign may leave sent bytes unread, milliseconds.
    pub stall_milliseconds_max: u64,
    /// How long a stop waits for exchanges in progress, milliseconds.
    pub drain_milliseconds_max: u64,
    /// Rejections kept for each campaign, rows.
    pub rejections_per_campaign_max: u64,
    /// Rejections waiting to be written, rows; beyond this they are counted only.
    pub rejections_queue_max: usize,
}

impl ProcessBounds {
    /// The bounds that listeners, drain and store are built with, once; the others take effect at a reload.
    fn fixed(&self) -> [u64; 8] {
        [
            self.connections_max as u64,
            self.requests_max as u64,
            self.head_bytes_max as u64,
            self.head_milliseconds_max,
            self.stall_milliseconds_max,
            self.drain_milliseconds_max,
            self.rejections_per_campaign_max,
            self.rejections_queue_max as u64,
        ]
    }
}

impl Default for ProcessBounds {
    fn default() -> Self {
        Self {
            record_bytes_max: 1 << 20,
            body_bytes_max: 16 << 30,
            envelope_bytes_max: 256 << 10,
            depth_max: 64,
            validate_whole_bytes_max: 1 << 20,
            connections_max: 4096,
            requests_max: 1024,
            head_bytes_max: 16 << 10,
            head_milliseconds_max: 10_000,
            stall_milliseconds_max: 60_000,
            drain_milliseconds_max: 30_000,
            rejections_per_campaign_max: 20_000,
            rejections_queue_max: 4096,
        }
    }
}
