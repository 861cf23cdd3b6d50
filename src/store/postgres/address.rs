//! How the server is reached: host, user, TLS, and how long anything may take.
//!
//! Never falls back to a way in the clear, and never shows the URL.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio_postgres::Config;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::{PostgresError, Said};
use crate::config::postgres::Postgres;

/// From asking for a connection until it can be used: TCP, TLS and the password.
pub(super) const CONNECT_MAX: Duration = Duration::from_secs(5);
/// One statement, as the server counts it (`statement_timeout`). A commit that waits for a synchronous standby for longer is
/// durable on the primary alone.
pub(super) const STATEMENT_MAX: Duration = Duration::from_secs(30);
/// Waiting for the turn of this process, or for any other lock (`lock_timeout`).
pub(super) const LOCK_MAX: Duration = Duration::from_secs(10);
/// A transaction that does nothing (`idle_in_transaction_session_timeout`): one whose process hangs must not keep the others out.
pub(super) const IDLE_MAX: Duration = Duration::from_secs(15);
/// One answer of the server, as this process counts it: one that is silent for longer is given up.
pub(super) const ANSWER_MAX: Duration = Duration::from_secs(35);
/// The same for what has to be noticed within a second: the next look is better than a long one.
pub(super) const LOOK_MAX: Duration = Duration::from_secs(2);
/// From the last sign of life of a silent server until it is asked for one.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(10);
/// From one such question to the next.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(3);
/// So many of them stay unanswered before the connection counts as lost.
const KEEPALIVE_RETRIES: u32 = 3;

/// A database, and how to get there.
#[derive(Clone)]
pub(super) struct Address {
    /// Names it for people.
    pub place: Box<str>,
    pub config: Config,
    /// `None`: in the clear, which the configuration allows in words or on this machine alone.
    pub tls: Option<MakeRustlsConnect>,
}

impl Address {
    /// # Errors
    /// [`PostgresError::Tls`] when there is nothing to trust.
    pub fn of(store: &Postgres) -> Result<Self, PostgresError> {
        let place: Box<str> = store.place().into();
        // It was read when the configuration was; so this does not happen.
        let config = store.url().parse::<Config>();
        let mut config =
            config.map_err(|error| PostgresError::Unreachable { place: place.clone(), source: Said::from(error) })?;
        config.application_name("portcullis");
        config.ssl_mode(if store.encrypted { SslMode::Require } else { SslMode::Disable });
        config.connect_timeout(CONNECT_MAX).tcp_user_timeout(ANSWER_MAX);
        config.keepalives_idle(KEEPALIVE_IDLE).keepalives_interval(KEEPALIVE_INTERVAL).keepalives_retries(KEEPALIVE_RETRIES);
        if config.get_hosts().len() > 1 {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        let tls = store.encrypted.then(|| connector(store.ca_pem.as_deref())).transpose();
        Ok(Self { place, config, tls: tls.map_err(|why| PostgresError::Tls { why })? })
    }

    pub fn unreachable(&self, source: impl Into<Said>) -> PostgresError {
        PostgresError::Unreachable { place: self.place.clone(), source: source.into() }
    }

    pub fn refused(&self, source: impl Into<Said>) -> PostgresError {
        PostgresError::Refused { place: self.place.clone(), source: source.into() }
    }
}

/// TLS that trusts the given CA alone, or the system's roots.
fn connector(ca_pem: Option<&[u8]>) -> Result<MakeRustlsConnect, Box<str>> {
    let roots = match ca_pem {
        Some(pem) => given(pem)?,
        None => system()?,
    };
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

fn given(pem: &[u8]) -> Result<RootCertStore, Box<str>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| "the CA file holds no PEM certificate")?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    Ok(roots)
}

fn system() -> Result<RootCertStore, Box<str>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err("the system has no trusted CA certificates; install ca-certificates or name a ca_file".into());
    }
    Ok(roots)
}
