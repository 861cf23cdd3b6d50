//! Opening the books to serve from them: the log's key, the newest head that is known, and what a process before this one left open.
//!
//! Refuses to open an old copy of the books when a newer head is known. Never overwrites a key.

use std::sync::Arc;

use anyhow::{Context, bail};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::key_file;
use crate::clock::Clock;
use crate::config::Config;
use crate::config::effective;
use crate::config::settings::Audit;
use crate::engine::audit::event::{Event, Key, KeyUse};
use crate::engine::audit::hash::Digest;
use crate::engine::audit::key::{KeyName, SECRET_KEY_BYTES, SecretKey};
use crate::engine::ids::{CampaignId, ContestId};
use crate::engine::policy::objection::Objections;
use crate::engine::policy::suspension::Stops;
use crate::engine::quota::Quotas;
use crate::engine::time::Timestamp;
use crate::proxy::house::InForce;
use crate::proxy::status;
use crate::store::books::Step;
use crate::store::books::desk;
use crate::store::books::heads::{Signer, continues};
use crate::store::books::scan;
use crate::store::books::tables::{Backend, ReadBooks, Reading};
use crate::store::books::writer::Books;
use crate::store::open::{self, Serving};
use crate::store::suspensions::SuspensionWatch;
use crate::store::{RejectionBook, RejectionBounds, StoreError};

/// What a log is called that nobody named: this, and the beginning of its key's digest.
const UNNAMED: &str = "portcullis";

/// Everything that a store holds, open.
pub struct Shelf {
    /// The book of rejections. Dropped last.
    pub rejections: Arc<dyn RejectionBook>,
    /// The books of what leaves.
    pub books: Arc<Books>,
    /// The same, for reading.
    pub reader: Arc<dyn ReadBooks>,
    /// Looks for suspensions.
    pub watch: Box<dyn SuspensionWatch>,
    /// What is in force now.
    pub in_force: InForce,
    /// The newest objection in it.
    pub objected: u64,
}

/// Opens the store of a configuration, and writes down that the configuration decides from now on.
///
/// # Errors
/// What cannot be opened or read, in a sentence; and that the books are older than a head that is known.
pub fn open(config: &Config) -> anyhow::Result<Shelf> {
    let settings = &config.settings;
    let opened = open::to_serve(&settings.store, RejectionBounds::from(&settings.bounds))?;
    let Serving { mut backend, reader, mut watch, rejections } = opened;
    let signer = Signer { key: log_key(&settings.audit)?, outside: Some(settings.audit.head_file.clone()) };
    is_not_rolled_back(&*reader, &signer, &settings.audit)?;
    let now = Clock::default().now();
    prepare(&mut *backend, &signer, now)?;
    let books = Arc::new(Books::start(backend, signer)?);
    tell_keys(&books, &*reader, config, now)?;
    tell_configuration(&books, config, now);
    let stops = Stops::new(watch.look()?.unwrap_or_default());
    let held = reader.read(|reading| reading.objections(0))?;
    let objected = held.last().map_or(0, |last| last.sequence);
    let objections = Objections::default().with(held.into_iter().map(|stored| stored.row.into()));
    Ok(Shelf { rejections, books, reader, watch, in_force: InForce { stops, objections }, objected })
}

/// Begins the log where there is none, and ends what a process that is gone has left open.
fn prepare(backend: &mut dyn Backend, signer: &Signer, now: Timestamp) -> Result<(), StoreError> {
    let (mut lost, key, shared) = (0, signer.key.public(), backend.is_shared());
    backend.transact(&mut |tables| {
        if tables.log_end()?.is_none() {
            desk::begin(tables, key.name(), now)?;
            let created = Key { used_for: KeyUse::Log, contest: None, fingerprint: fingerprint(key.as_bytes()) };
            desk::note(tables, Event::KeyCreated(created), now)?;
        }
        // Where several processes write, one that is only starting cannot tell who is gone: it sweeps later.
        lost = if shared { 0 } else { desk::close_orphans(tables, now)? };
        Ok(())
    })?;
    tracing::info!(key = %key, "the audit log's public key: give it to everyone who is to check the log");
    if lost > 0 {
        tracing::warn!(
            lost,
            "pulls were open when the process before this one ended; they are closed as lost, with what may have left"
        );
    }
    Ok(())
}

fn fingerprint(public: &[u8; 32]) -> Digest {
    Digest(Sha256::digest(public).into())
}

fn is_not_rolled_back(reader: &dyn ReadBooks, signer: &Signer, audit: &Audit) -> anyhow::Result<()> {
    let file = audit.head_file.display();
    let known = signer.known().with_context(|| format!("{file} should hold the newest head of the audit log"))?;
    let Some(head) = known else { return Ok(()) };
    if let Err(rolled_back) = reader.read(|reading| continues(reading, &head))? {
        bail!(
            "{rolled_back}. The head is kept in {file}. Put the newest store back; if it is lost, keep {file} as evidence of what is \
             missing, name another `head_file` under [audit], and expect `audit verify` to say what was lost"
        );
    }
    Ok(())
}

/// Writes down that this configuration decides from now on.
pub fn tell_configuration(books: &Books, config: &Config, now: Timestamp) {
    let sha256 = Digest(Sha256::digest(effective(config)).into());
    books.tell(Step::Note(Box::new(Event::ConfigurationApplied { sha256 }), now));
}

/// Writes down which contests' keys came into use.
pub fn tell_keys(books: &Books, reader: &dyn ReadBooks, config: &Config, now: Timestamp) -> anyhow::Result<()> {
    let known = reader.read(keys_on_record)?;
    for contest in &config.ruleset.contests {
        let fingerprint = Digest(contest.key_fingerprint);
        match known.iter().rev().find(|(_, key)| key.fingerprint == fingerprint) {
            Some((true, _)) => {}
            Some((false, _)) => bail!(
                "the key of contest `{}` is on record as destroyed, and has come back: remove the contest's file, and the key wherever \
                 it came from",
                contest.id
            ),
            None => {
                let key = Key { used_for: KeyUse::Pseudonyms, contest: Some(ContestId::clone(&contest.id)), fingerprint };
                books.tell(Step::Note(Box::new(Event::KeyCreated(key)), now));
            }
        }
    }
    Ok(())
}

/// The keys that the log tells of, in its order, and whether it tells that they were made.
fn keys_on_record(reading: &mut dyn Reading) -> Result<Vec<(bool, Key)>, StoreError> {
    let (mut keys, finder) = (Vec::new(), memchr::memmem::Finder::new(b"\"event\":\"key_"));
    // Most entries are not parsed: this is asked at every start, of the whole log.
    scan::every(
        reading,
        |bytes| finder.find(bytes).is_some(),
        |entry| match entry.event {
            Event::KeyCreated(key) => keys.push((true, key)),
            Event::KeyDestroyed(key) => keys.push((false, key)),
            _ => {}
        },
    )?;
    Ok(keys)
}

/// The log's key: that of its file, or a new one where the configuration names none and none is there.
fn log_key(audit: &Audit) -> anyhow::Result<SecretKey> {
    if audit.makes_key && matches!(audit.key_file.try_exists(), Ok(false)) { make_key(audit) } else { kept_key(audit) }
}

/// The log's key, as its file holds it.
///
/// # Errors
/// When there is no such file, it holds no key, or that of another log.
pub fn kept_key(audit: &Audit) -> anyhow::Result<SecretKey> {
    let path = audit.key_file.display();
    let text = std::fs::read_to_string(&audit.key_file).map(Zeroizing::new);
    let text = text.with_context(|| format!("{path} should hold the audit log's key"))?;
    let key = SecretKey::parse(text.trim_end()).map_err(|fault| {
        anyhow::anyhow!("{path} should hold the audit log's key, made by `portcullis keygen --log NAME FILE`; {fault}")
    })?;
    if let Some(name) = audit.name.as_ref().filter(|name| *name != key.public().name()) {
        bail!("[audit] names the log `{name}`, and {path} is the key of `{}`: a log keeps its name", key.public().name());
    }
    Ok(key)
}

fn make_key(audit: &Audit) -> anyhow::Result<SecretKey> {
    let mut seed = Zeroizing::new([0; SECRET_KEY_BYTES]);
    getrandom::fill(seed.as_mut_slice()).context("the system gave no random bytes")?;
    let name = match &audit.name {
        Some(name) => name.clone(),
        None => KeyName::parse(&format!("{UNNAMED}/{}", &fingerprint(&seed).to_hex()[..12]))?,
    };
    let key = SecretKey::new(name, &seed);
    key_file::write(&audit.key_file, &key.spell())?;
    tracing::info!(file = %audit.key_file.display(), "made a key for the audit log; keep a copy of it in a safe place");
    Ok(key)
}

/// What the operator is told of the books that cannot be written.
#[must_use]
pub fn missing(books: &Books) -> [(bool, &'static str); 2] {
    [
        (books.have_stopped(), "the books cannot be written for certain; nothing leaves until a restart; see the log"),
        (books.are_owing() && !books.have_stopped(), "the books cannot be written; nothing leaves meanwhile; see the log"),
    ]
}

/// States what campaigns have left of their quotas.
pub fn quotas(
    reader: &dyn ReadBooks,
    config: &Config,
    now: Timestamp,
    mut state: impl FnMut(&ContestId, &CampaignId, &'static str, u64),
) {
    for contest in &config.ruleset.contests {
        for campaign in &contest.campaigns {
            if campaign.limits.quotas == Quotas::default() {
                continue;
            }
            let Ok(left) = status::left(reader, contest, campaign, now) else { continue };
            let stated = [("records", left.records), ("members", left.members)];
            stated
                .into_iter()
                .for_each(|(quota, left)| left.into_iter().for_each(|left| state(&contest.id, &campaign.id, quota, left)));
        }
    }
}
