//! TLS: rustls configurations for the public listener and for the way to a source.
//!
//! TLS 1.2 and 1.3 only, the provider's own choice of suites, no renegotiation, no client-side opt-out of verification.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::settings::TlsFiles;

/// Why TLS cannot be set up. Never holds key material.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate file holds no certificate.
    #[error("the certificate file holds no PEM certificate")]
    Certificate,
    /// The key file holds no private key.
    #[error("the key file holds no PEM private key")]
    Key,
    /// The CA file holds no certificate.
    #[error("the CA file holds no PEM certificate")]
    Authority,
    /// The system has no trust roots.
    #[error("the system has no trusted CA certificates; install ca-certificates or name a ca_file")]
    NoRoots,
    /// rustls refuses the combination.
    #[error("{0}")]
    Refused(#[from] rustls::Error),
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// The configuration of the public listener: HTTP/2 and HTTP/1.1 by ALPN (RFC 7301).
///
/// # Errors
/// [`TlsError`] when the files are not a certificate chain and its key.
pub fn server(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = certificates(&files.certificate_pem).ok_or(TlsError::Certificate)?;
    let key = PrivateKeyDer::from_pem_slice(&files.key_pem).map_err(|_| TlsError::Key)?;
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The configuration of the way to a source: the given CA alone, or the system's roots.
///
/// # Errors
/// [`TlsError`] when there is nothing to trust.
pub fn client(ca_pem: Option<&[u8]>) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    match ca_pem {
        Some(pem) => {
            for certificate in certificates(pem).ok_or(TlsError::Authority)? {
                roots.add(certificate)?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Err(TlsError::NoRoots);
            }
        }
    }
    trusting(roots)
}

/// The configuration of a way that never speaks TLS. It costs no reading of the system's roots, and trusts nobody.
///
/// # Errors
/// [`TlsError`] when rustls refuses its own defaults.
pub fn trusting_nobody() -> Result<ClientConfig, TlsError> {
    trusting(RootCertStore::empty())
}

fn trusting(roots: RootCertStore) -> Result<ClientConfig, TlsError> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().ok()?;
    (!chain.is_empty()).then_some(chain)
}
