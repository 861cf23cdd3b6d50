//! Logs to try things on: entries of every kind in a story that holds together, heads here and there, every hash kept.

use std::collections::BTreeMap;

use portcullis::engine::audit::checkpoint::Checkpoint;
use portcullis::engine::audit::entry::Entry;
use portcullis::engine::audit::event::{Event, Pull};
use portcullis::engine::audit::hash::Hash;
use portcullis::engine::audit::journal::{Appended, Journal};
use portcullis::engine::audit::key::{KeyName, PublicKey, SecretKey};
use portcullis::engine::audit::note::Note;
use portcullis::engine::audit::number::Whole;
use portcullis::engine::audit::tree::Node;
use portcullis::engine::audit::verify::{Fault, Verified, Verifier};
use portcullis::engine::ids::RequestId;
use zeroize::Zeroizing;

use crate::dice::Dice;
use crate::story;

pub const NAME: &str = "vote.example/portcullis";
/// When the logs begin, in Unix milliseconds.
pub const BEGAN: u64 = 1_769_000_000_000;

pub fn name() -> KeyName {
    KeyName::parse(NAME).unwrap()
}

pub fn secret_named(name: &str, seed: u8) -> SecretKey {
    SecretKey::new(KeyName::parse(name).unwrap(), &Zeroizing::new([seed; 32]))
}

pub fn secret() -> SecretKey {
    secret_named(NAME, 7)
}

pub fn public() -> Vec<PublicKey> {
    vec![secret().public().clone()]
}

/// A log as it would be exported.
#[derive(Clone)]
pub struct Log {
    pub journal: Journal,
    pub entries: Vec<Vec<u8>>,
    pub hashes: BTreeMap<Node, Hash>,
    pub heads: Vec<Vec<u8>>,
}

impl Log {
    pub fn begin() -> Self {
        let (journal, first) = Journal::begin(name(), Whole::saturating(BEGAN));
        let mut log = Self { journal, entries: Vec::new(), hashes: BTreeMap::new(), heads: Vec::new() };
        log.keep(first);
        log
    }

    fn keep(&mut self, appended: Appended) {
        self.entries.push(appended.bytes);
        self.hashes.extend(appended.whole);
    }

    pub fn append(&mut self, event: Event) {
        let now = Whole::saturating(BEGAN + 1000 * self.journal.size());
        let appended = self.journal.append(event, now);
        self.keep(appended);
    }

    /// The head of now, by these keys.
    pub fn head(&self, keys: &[&SecretKey]) -> Note {
        Checkpoint { origin: name(), root: self.journal.root() }.sign(keys).unwrap()
    }

    pub fn publish(&mut self) {
        self.heads.push(self.head(&[&secret()]).spell().into_bytes());
    }

    /// A story of this length whose events depend on `salt`, with heads at these sizes.
    pub fn told(salt: u8, length: u64, heads: &[u64]) -> Self {
        let mut log = Self::begin();
        let mut open = Vec::new();
        while log.journal.size() <= length {
            if heads.contains(&log.journal.size()) {
                log.publish();
            }
            if log.journal.size() == length {
                break;
            }
            log.append(next(salt, log.journal.size(), &mut open));
        }
        log
    }

    /// A log of these events. Heads are the caller's.
    pub fn of(events: impl IntoIterator<Item = Event>) -> Self {
        let mut log = Self::begin();
        events.into_iter().for_each(|event| log.append(event));
        log
    }

    pub fn events(&self) -> Vec<Event> {
        self.entries[1..].iter().map(|bytes| Entry::parse(bytes).unwrap().event).collect()
    }
}

/// Every third entry opens a pull and the one after next closes it; between them stands something else.
fn next(salt: u8, at: u64, open: &mut Vec<Pull>) -> Event {
    let bytes: Vec<u8> = (0..200).map(|n: u64| Hash::of_leaf(&[salt, at as u8, n as u8]).0[0]).collect();
    let mut dice = Dice::new(&bytes);
    match at % 3 {
        0 => {
            let mut pull = story::pull(&mut dice);
            pull.request = RequestId::new(at, [salt; 10]);
            open.push(pull.clone());
            Event::PullOpened(pull)
        }
        2 if !open.is_empty() => {
            let pull = open.remove(0);
            Event::PullClosed {
                pull,
                ending: story::ending(&mut dice),
                records: story::whole(&mut dice),
                bytes: story::whole(&mut dice),
            }
        }
        _ => story::quiet(&mut dice),
    }
}

pub fn verifier(heads: &[Vec<u8>]) -> Result<Verifier<'static>, Fault> {
    let heads: Vec<&[u8]> = heads.iter().map(Vec::as_slice).collect();
    Verifier::new(&name(), &public(), &heads)
}

pub fn walk(mut verifier: Verifier<'_>, entries: &[Vec<u8>]) -> Result<Verified, Fault> {
    entries.iter().try_for_each(|entry| verifier.entry(entry))?;
    verifier.finish()
}

pub fn verified(entries: &[Vec<u8>], heads: &[Vec<u8>]) -> Result<Verified, Fault> {
    walk(verifier(heads)?, entries)
}
