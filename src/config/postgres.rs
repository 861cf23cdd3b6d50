//! Where a store in PostgreSQL is, as its URL says it.
//!
//! The URL is a secret: it holds a password. It is given to the store alone, and nothing here shows it; what names the database
//! for people is its host, port and name.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use zeroize::Zeroizing;

/// A database of PostgreSQL.
#[derive(Clone, PartialEq, Eq)]
pub struct Postgres {
    url: Arc<Zeroizing<String>>,
    place: Box<str>,
    local: bool,
    /// Whether TLS is spoken.
    pub encrypted: bool,
    /// A CA to trust instead of the system's roots, PEM.
    pub ca_pem: Option<Arc<[u8]>>,
}

/// Why a URL cannot be used. Never holds a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It does not begin like one.
    #[error("does not begin with `postgres://`")]
    Scheme,
    /// A password that is not escaped.
    #[error("has more than one `@`: write one that belongs to the password as `%40`")]
    At,
    /// What other clients know.
    #[error("asks for `sslmode=verify-…`: write `sslmode=require`, the certificate is always verified")]
    Verify,
    /// What other clients know.
    #[error("names files of certificates: name the CA's as `ca_file` here; client certificates are not supported")]
    Files,
    /// Anything else.
    #[error(
        "cannot be read: write `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with other characters than letters and digits as `%` and their code"
    )]
    Unreadable,
    /// No host.
    #[error("names no host")]
    NoHost,
}

impl Postgres {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`UrlError`] when it cannot be used.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://")).ok_or(UrlError::Scheme)?;
        let said = rest.split_once('?').map_or("", |(_, parameters)| parameters);
        if rest.matches('@').count() > 1 {
            return Err(UrlError::At);
        }
        if said.contains("sslmode=verify") {
            return Err(UrlError::Verify);
        }
        if ["sslrootcert=", "sslcert=", "sslkey="].iter().any(|file| said.contains(file)) {
            return Err(UrlError::Files);
        }
        let config: Config = url.parse().map_err(|_| UrlError::Unreadable)?;
        let place = place(&config).ok_or(UrlError::NoHost)?;
        let local = config.get_hosts().iter().all(is_local);
        let silent = local && !said.contains("sslmode=");
        let encrypted = config.get_ssl_mode() != SslMode::Disable && !silent;
        Ok(Self { url: Arc::new(Zeroizing::new(url.to_owned())), place, local, encrypted, ca_pem: None })
    }

    /// The URL. It holds the password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Names the database for people: host, port and name.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether what is written would travel over a network in the clear.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        !self.local && !self.encrypted
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").field("place", &self.place).field("encrypted", &self.encrypted).finish_non_exhaustive()
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
    }
}

fn place(config: &Config) -> Option<Box<str>> {
    const PORT: u16 = 5432;
    let ports = config.get_ports();
    let hosts = config.get_hosts().iter().enumerate().map(|(at, host)| {
        let port = ports.get(at).or(ports.first()).copied().unwrap_or(PORT);
        match host {
            Host::Tcp(name) => format!("{name}:{port}"),
            Host::Unix(folder) => format!("{}:{port}", folder.display()),
        }
    });
    let hosts: Vec<_> = hosts.collect();
    let name = config.get_dbname().or(config.get_user()).unwrap_or_default();
    (!hosts.is_empty()).then(|| format!("{}/{name}", hosts.join(",")).into())
}
