//! `portcullis.toml`: listeners, store, log, bounds.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use super::store::store;
use super::{number, refuse, short, word};
use crate::config::notes::{Notes, Span};
use crate::config::raw::process::{Admin, Bounds, Listen, ProcessFile, Tls};
use crate::config::raw::read::{Said, Text, Whole};
use crate::config::secret::Folder;
use crate::config::settings::{Audit, Listen as Listener, LogFormat, ProcessBounds, Settings, Store, TlsFiles};
use crate::engine::audit::key::{KeyFault, KeyName};

/// The words that allow plain HTTP beyond loopback, because something in front speaks TLS.
pub const PLAINTEXT_WORDS: &str = "behind-a-tls-terminator";
/// The words that allow the operator's listener beyond loopback, because something in front says who may reach it.
pub const ALLOW_REMOTE_WORDS: &str = "behind-my-own-access-control";
/// Where the operator connects when the file does not say.
const ADMIN_DEFAULT: &str = "127.0.0.1:9443";
/// What the store's path ends in where the audit log's key is, when the file does not say.
const LOG_KEY_ENDING: &str = ".log-key";
/// What stands for the path of a store that is on another machine.
const SHARED_STORE: &str = "portcullis";
/// The same of the log's newest head.
const LOG_HEAD_ENDING: &str = ".log-head";

/// Compiles the process's file. The sources come from the contests.
pub fn process(said: &ProcessFile, folder: &Folder<'_>, notes: &mut Notes) -> Option<Settings> {
    let listen = said.listen.as_ref().and_then(|listen| listener(listen, folder, notes));
    let admin = admin(said.admin.as_ref(), notes);
    let store = store(said.store.as_ref(), folder, notes);
    let audit = store.as_ref().and_then(|store| audit(said, store, folder, notes));
    let formats = [("json", LogFormat::Json), ("human", LogFormat::Human)];
    let format = said.log.as_ref().and_then(|log| log.format.as_ref());
    let log = format.map_or(Some(LogFormat::Json), |format| word(format, "log format", &formats, notes));
    let bounds = said.bounds.as_ref().map_or_else(|| Some(ProcessBounds::default()), |said| bounds(said, notes));
    Some(Settings {
        listen: listen?,
        admin: admin?,
        store: store?,
        audit: audit?,
        log: log?,
        bounds: bounds?,
        sources: Default::default(),
    })
}

fn address(said: &Text, example: &str, notes: &mut Notes) -> Option<SocketAddr> {
    let parsed = said.value.parse().ok();
    if parsed.is_none() {
        let message = format!("`{}` is no address and port", short(&said.value));
        notes.error(said.at, message, format!("write an IP address and a port, for example `{example}`"));
    }
    parsed
}

fn listener(said: &Listen, folder: &Folder<'_>, notes: &mut Notes) -> Option<Listener> {
    let address = said.address.as_ref().and_then(|said| address(said, "0.0.0.0:8443", notes));
    let tls = said.tls.as_ref().map(|said| tls(said, folder, notes));
    let plaintext = said.plaintext.as_ref().map(|said| word(said, "reason for plain HTTP", &[(PLAINTEXT_WORDS, ())], notes));
    let public_origin = said.public_url.as_ref().map(|said| origin(said, notes));
    if let (Some(words), true) = (&said.plaintext, said.tls.is_some()) {
        notes.error(words.at, "`plaintext` and `tls` exclude one another", "keep `tls`, or remove it");
    }
    if let (Some(words), None, None) = (&said.plaintext, &said.tls, &said.public_url) {
        let message = "links to next pages will begin with `http://`, which the terminator's clients cannot follow";
        notes.warn(words.at, message, "write what campaigns see: `public_url = \"https://lists.example.org\"`");
    }
    if let (Some(said), Some(address)) = (&said.address, address)
        && !address.ip().is_loopback()
        && tls.is_none()
        && plaintext.is_none()
    {
        let help = format!("add `tls`, or, where something in front speaks TLS, `plaintext = \"{PLAINTEXT_WORDS}\"`");
        notes.error(
            said.at,
            "campaign keys would travel in the clear: this address is not loopback, and there is no `tls`",
            help,
        );
    }
    Some(Listener { address: address?, tls: flip(tls)?, public_origin: flip(public_origin)? })
}

/// What was said must be usable; what was not said need not be.
fn flip<T>(said: Option<Option<T>>) -> Option<Option<T>> {
    said.map_or(Some(None), |usable| usable.map(Some))
}

fn tls(said: &Tls, folder: &Folder<'_>, notes: &mut Notes) -> Option<TlsFiles> {
    let help = "remove it: campaigns prove themselves with keys";
    refuse(said.client_ca_file.as_ref(), "client certificates are not supported by this version", help, notes);
    let certificate = said.certificate_file.as_ref().and_then(|said| certificates(said, folder, notes));
    let key = said.key_file.as_ref().and_then(|said| {
        let content = folder.read_secret(said, notes)?;
        let usable = PrivateKeyDer::from_pem_slice(&content.bytes).is_ok();
        if !usable {
            notes.error(
                said.at,
                "this file holds no private key in PEM",
                "name the file that begins with `-----BEGIN PRIVATE KEY-----`",
            );
        }
        usable.then_some(content.bytes)
    });
    Some(TlsFiles { certificate_pem: certificate?, key_pem: Arc::new(Zeroizing::new(key?.to_vec())) })
}

/// A file with at least one certificate in PEM, and nothing broken in it.
pub fn certificates(said: &Text, folder: &Folder<'_>, notes: &mut Notes) -> Option<Arc<[u8]>> {
    let content = folder.read(said, notes)?;
    let mut found = 0;
    let sound = CertificateDer::pem_slice_iter(&content.bytes).all(|certificate| {
        found += 1;
        certificate.is_ok()
    });
    if found == 0 || !sound {
        notes.error(
            said.at,
            "this file holds no certificate in PEM",
            "name the file that begins with `-----BEGIN CERTIFICATE-----`",
        );
        return None;
    }
    Some(content.bytes.as_slice().into())
}

fn origin(said: &Text, notes: &mut Notes) -> Option<String> {
    let trimmed = said.value.strip_suffix('/').unwrap_or(&said.value);
    let uri = trimmed.parse::<http::Uri>().ok();
    let parts = uri.as_ref().and_then(|uri| uri.scheme_str().zip(uri.authority()));
    let plain = parts.filter(|(scheme, authority)| {
        matches!(*scheme, "http" | "https") && *trimmed == format!("{scheme}://{authority}") && !authority.as_str().contains('@')
    });
    if plain.is_none() {
        notes.error(said.at, "this is no scheme, host and port", "write for example `https://lists.example.org`, without a path");
    }
    plain.map(|_| trimmed.to_owned())
}

fn admin(said: Option<&Admin>, notes: &mut Notes) -> Option<SocketAddr> {
    let Some(text) = said.and_then(|said| said.address.as_ref()) else { return ADMIN_DEFAULT.parse().ok() };
    let allowed = said.and_then(|said| said.allow_remote.as_ref());
    let allowed = allowed.map(|said| word(said, "reason for a remote admin address", &[(ALLOW_REMOTE_WORDS, ())], notes));
    let address = address(text, ADMIN_DEFAULT, notes)?;
    if !address.ip().is_loopback() && allowed.is_none() {
        let help = format!(
            "use `{ADMIN_DEFAULT}`, or, where something else decides who may reach it, `allow_remote = \"{ALLOW_REMOTE_WORDS}\"`"
        );
        notes.error(text.at, "the operator's listener asks for no credential, and this address is not loopback", help);
        return None;
    }
    Some(address)
}

/// Compiles `[audit]`. What the file does not say is beside the store.
fn audit(said: &ProcessFile, store: &Store, folder: &Folder<'_>, notes: &mut Notes) -> Option<Audit> {
    let audit = said.audit.as_ref();
    let name = audit.and_then(|said| said.name.as_ref()).map(|said| log_name(said, notes));
    let key_file = audit.and_then(|said| said.key_file.as_ref()).map(|said| file(said, folder, notes));
    let head_file = audit.and_then(|said| said.head_file.as_ref()).map(|said| file(said, folder, notes));
    let (name, key_file, head_file) = (flip(name)?, flip(key_file)?, flip(head_file)?);
    if let (Store::Postgres(_), Some(said), None) = (store, &said.store, &key_file) {
        let help = "make a key by `portcullis keygen --log NAME FILE`, give it to every replica, and name it as `key_file` under [audit]";
        notes.error(said.at, "replicas that share a store sign one audit log, and no key of it is named", help);
        return None;
    }
    Some(Audit {
        name,
        makes_key: key_file.is_none(),
        key_file: key_file.unwrap_or_else(|| beside(store, folder, LOG_KEY_ENDING)),
        head_file: head_file.unwrap_or_else(|| beside(store, folder, LOG_HEAD_ENDING)),
    })
}

/// A file beside the store; beside this one where the store is none on this machine.
fn beside(store: &Store, folder: &Folder<'_>, ending: &str) -> PathBuf {
    let mut name = match store {
        Store::Sqlite(path) => path.clone().into_os_string(),
        Store::Postgres(_) => folder.directory.join(SHARED_STORE).into_os_string(),
    };
    name.push(ending);
    name.into()
}

fn log_name(said: &Text, notes: &mut Notes) -> Option<KeyName> {
    let name = KeyName::parse(&said.value).ok();
    if name.is_none() {
        let message = format!("`{}` is no name of a log: {}", short(&said.value), KeyFault::Name);
        notes.error(said.at, message, "write an address without its scheme, such as `vote.example.org/portcullis`");
    }
    name
}

fn file(said: &Text, folder: &Folder<'_>, notes: &mut Notes) -> Option<PathBuf> {
    let path = folder.path(&said.value).filter(|_| !said.value.is_empty());
    if path.is_none() {
        notes.error(said.at, "this names no file", "name a file, relative to this one");
    }
    path
}

/// One line a bound: its unit and its limits stand where it is read.
fn bounds(said: &Bounds, notes: &mut Notes) -> Option<ProcessBounds> {
    let usual = ProcessBounds::default();
    macro_rules! bound {
        ($field:ident, $unit:literal, $least:expr, $most:expr) => {
            bound(said.$field.as_ref(), concat!("`", stringify!($field), "` (", $unit, ")"), $least..=$most, usual.$field, notes)
        };
    }
    let record_bytes_max = bound!(record_bytes_max, "bytes", 1 << 10, 64 << 20);
    let body_bytes_max = bound!(body_bytes_max, "bytes", 1 << 10, 1 << 40);
    let envelope_bytes_max = bound!(envelope_bytes_max, "bytes", 1 << 10, 16 << 20);
    let depth_max = bound!(depth_max, "levels", 4, 256);
    let validate_whole_bytes_max = bound!(validate_whole_bytes_max, "bytes", 0, 64 << 20);
    let connections_max = bound!(connections_max, "connections", 1, 1 << 20);
    let requests_max = bound!(requests_max, "requests", 1, 1 << 20);
    let head_bytes_max = bound!(head_bytes_max, "bytes", 8 << 10, 1 << 20);
    let head_milliseconds_max = bound!(head_milliseconds_max, "milliseconds", 100, 120_000);
    let stall_milliseconds_max = bound!(stall_milliseconds_max, "milliseconds", 1000, 600_000);
    let drain_milliseconds_max = bound!(drain_milliseconds_max, "milliseconds", 0, 600_000);
    let rejections_per_campaign_max = bound!(rejections_per_campaign_max, "rows", 0, 10_000_000);
    let rejections_queue_max = bound!(rejections_queue_max, "rows", 1, 1_000_000);
    let bounds = ProcessBounds {
        record_bytes_max: record_bytes_max?,
        body_bytes_max: body_bytes_max?,
        envelope_bytes_max: envelope_bytes_max?,
        depth_max: depth_max?,
        validate_whole_bytes_max: validate_whole_bytes_max?,
        connections_max: connections_max?,
        requests_max: requests_max?,
        head_bytes_max: head_bytes_max?,
        head_milliseconds_max: head_milliseconds_max?,
        stall_milliseconds_max: stall_milliseconds_max?,
        drain_milliseconds_max: drain_milliseconds_max?,
        rejections_per_campaign_max: rejections_per_campaign_max?,
        rejections_queue_max: rejections_queue_max?,
    };
    fits(&bounds, said, notes).then_some(bounds)
}

fn bound<T: TryFrom<i64>>(
    said: Option<&Whole>,
    what: &str,
    limits: std::ops::RangeInclusive<i64>,
    usual: T,
    notes: &mut Notes,
) -> Option<T> {
    let Some(said) = said else { return Some(usual) };
    // Every limit above fits a `u32`, or the field is a `u64`.
    number(said, what, limits, notes).and_then(|value| T::try_from(value).ok())
}

/// A record must fit in a body.
fn fits(bounds: &ProcessBounds, said: &Bounds, notes: &mut Notes) -> bool {
    let record = bounds.record_bytes_max as u64;
    if record <= bounds.body_bytes_max {
        return true;
    }
    let at = |said: &Option<Said<i64>>| said.as_ref().map(|said| said.at);
    let place: Span = at(&said.body_bytes_max).or_else(|| at(&said.record_bytes_max)).unwrap_or(said.at);
    let message = format!("`record_bytes_max` ({record}) is more than `body_bytes_max` ({})", bounds.body_bytes_max);
    notes.error(place, message, "a record is a part of a body: raise the one or lower the other");
    false
}
