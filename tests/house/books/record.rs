//! What the books of a proxy's folder say, read beside it.

use std::collections::BTreeSet;
use std::path::Path;

use portcullis::engine::audit::entry::Entry;
use portcullis::engine::audit::event::Event;
use portcullis::engine::audit::key::SecretKey;
use portcullis::engine::audit::verify::{Verified, Verifier};
use portcullis::engine::ids::{CampaignId, ContestId};
use portcullis::engine::member::{MemberDigest, MemberKey};
use portcullis::engine::quota::Spent;
use portcullis::store::StoreError;
use portcullis::store::books::sets::{CHUNK_MEMBERS, Chunk};
use portcullis::store::books::tables::{Reading, SetKey};
use portcullis::store::books::{PullFilter, Side, StoredPull};
use portcullis::store::sqlite::SqliteBooksReader;

/// The books of a folder.
pub struct Books {
    reader: SqliteBooksReader,
    key: std::sync::Arc<MemberKey>,
    log_key: SecretKey,
}

pub fn contest() -> ContestId {
    ContestId::parse("leader").unwrap()
}

pub fn amber() -> Side {
    Side { contest: contest(), campaign: CampaignId::parse("amber").unwrap() }
}

impl Books {
    pub fn of(folder: &Path) -> Self {
        let config = portcullis::config::read(folder).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
        let key = std::sync::Arc::clone(&config.ruleset.contest("leader").unwrap().member_key);
        let log_key = std::fs::read_to_string(folder.join("portcullis.db.log-key")).unwrap();
        let reader = SqliteBooksReader::open(&folder.join("portcullis.db")).unwrap();
        Self { reader, key, log_key: SecretKey::parse(log_key.trim_end()).unwrap() }
    }

    pub fn read<T>(&self, work: impl FnOnce(&mut dyn Reading) -> Result<T, StoreError>) -> T {
        self.reader.read(work).unwrap()
    }

    pub fn public(&self) -> portcullis::engine::audit::key::PublicKey {
        self.log_key.public().clone()
    }

    pub fn digest(&self, member: &str) -> MemberDigest {
        self.key.digest(member)
    }

    pub fn spent(&self) -> Spent {
        self.read(|reading| reading.spent(&amber()))
    }

    pub fn pulls(&self) -> Vec<StoredPull> {
        self.read(|reading| reading.pulls(&PullFilter::default()))
    }

    pub fn events(&self) -> Vec<Event> {
        let entries = self.read(|reading| reading.entries(0, usize::MAX));
        entries.iter().map(|entry| Entry::parse(&entry.bytes).unwrap().event).collect()
    }

    /// The digests in a set.
    pub fn set(&self, key: &SetKey) -> BTreeSet<MemberDigest> {
        self.read(|reading| {
            let segments = reading.members(&contest(), 0)?;
            let digests: Vec<_> = segments.iter().flat_map(|(_, bytes)| bytes.as_chunks::<16>().0.iter().copied()).collect();
            let mut found = BTreeSet::new();
            for chunk in 0..=u16::try_from(digests.len() as u32 / CHUNK_MEMBERS).unwrap() {
                let set = Chunk::read(reading.set(key, chunk)?.as_deref())?.0;
                found.extend(set.iter().map(|at| MemberDigest(digests[(u32::from(chunk) * CHUNK_MEMBERS + at) as usize])));
            }
            Ok(found)
        })
    }

    /// Verifies the log under its newest head, as far as that covers it.
    pub fn verified(&self) -> Verified {
        let (size, head) = self.read(|reading| reading.newest_head()).unwrap();
        let mut verifier = Verifier::new(self.public().name(), &[self.public()], &[head.as_bytes()]).unwrap();
        for entry in self.read(|reading| reading.entries(0, usize::try_from(size).unwrap())) {
            verifier.entry(&entry.bytes).unwrap();
        }
        verifier.finish().unwrap()
    }
}

/// A page of so many members, from this number on. Each third has no consent to e-mail.
pub fn members(numbers: std::ops::Range<u64>) -> String {
    let member = |n: u64| {
        format!(
            r#"{{"member_id": {n}, "first_name": "Sian", "email": "m{n}@example.org", "consent": {{"email": {}}}}}"#,
            !n.is_multiple_of(3)
        )
    };
    super::super::support::page(&numbers.map(member).collect::<Vec<_>>().join(", "))
}

/// The numbers of the members in what was received, whole or not.
pub fn received(text: &str) -> Vec<u64> {
    // A number that the end of the text cuts is not known.
    let number = |rest: &str| rest.split_once(|c: char| !c.is_ascii_digit()).and_then(|(digits, _)| digits.parse().ok());
    text.split("\"member_id\":").skip(1).filter_map(number).collect()
}
