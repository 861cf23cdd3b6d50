//! Books to try things on, in a database of their own.

use portcullis::config::postgres::Postgres;
use portcullis::engine::audit::event::{Asked, Asker, Ending, Pull};
use portcullis::engine::audit::key::{KeyName, SecretKey};
use portcullis::engine::audit::verify::{Verified, Verifier};
use portcullis::engine::ids::{CampaignId, ContestId, ExportName, RequestId};
use portcullis::engine::member::MemberDigest;
use portcullis::engine::outcome::Outcome;
use portcullis::engine::quota::{Allowance, Spent};
use portcullis::store::StoreError;
use portcullis::store::books::desk::{self, Desk};
use portcullis::store::books::heads::Signer;
use portcullis::store::books::sets::{CHUNK_MEMBERS, Chunk};
use portcullis::store::books::tables::{Backend, SetKey, Tables};
use portcullis::store::books::{Amount, Answer, Closing, Expected, Granted, Opened, Opening, PullNumber, Release, Side, Step};
use portcullis::store::postgres::{PostgresBooks, PostgresStore};
use portcullis::store::sqlite::SqliteStore;
use zeroize::Zeroizing;

use crate::cluster::Database;
use crate::support::{Folder, ROOMY, at};

pub const LOG: &str = "vote.example/portcullis";

pub fn log() -> KeyName {
    KeyName::parse(LOG).unwrap()
}

pub fn signer() -> Signer {
    Signer { key: SecretKey::new(log(), &Zeroizing::new([7; 32])), outside: None }
}

pub fn contest() -> ContestId {
    ContestId::parse("leader-2026").unwrap()
}

pub fn side(campaign: &str) -> Side {
    Side { contest: contest(), campaign: CampaignId::parse(campaign).unwrap() }
}

/// The `n`th member.
pub fn member(n: u32) -> MemberDigest {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&n.wrapping_mul(0x9e37_79b1).to_be_bytes());
    bytes[12..].copy_from_slice(&n.to_be_bytes());
    MemberDigest(bytes)
}

/// Which member that is.
pub fn number_of(member: &MemberDigest) -> u32 {
    u32::from_be_bytes(member.0[12..].try_into().unwrap())
}

pub fn pull(request: u64, campaign: &str) -> Pull {
    let asker = Asker { contest: contest(), campaign: CampaignId::parse(campaign).unwrap(), actor: None };
    let export = ExportName::parse("members").unwrap();
    Pull { request: RequestId::new(request, [3; 10]), asker, export, asked: Asked::List }
}

pub fn opening(request: u64, campaign: &str, fields: usize, allowance: Allowance) -> Step {
    let fields = (0..fields).map(|field| format!("field_{field}")).collect();
    let at = at(i64::try_from(request).unwrap());
    Step::Open(Box::new(Opening { pull: pull(request, campaign), at, fields, allowance, records: true, expected: None }))
}

/// The same, of a pull of which these members are expected: from a position on, so many.
pub fn expecting(opening: Step, (first, records): (u32, u64)) -> Step {
    let Step::Open(opening) = opening else { panic!("no opening") };
    let expected = Some(Expected { first, amount: Amount { records, bytes: records } });
    Step::Open(Box::new(Opening { expected, ..*opening }))
}

pub fn closing(number: PullNumber, records: u64) -> Step {
    let ending = Ending::Ended(Outcome::Served);
    Step::Close(number, Box::new(Closing { ending, at: at(900_000), records, bytes: records * 100 }))
}

/// Books in a database.
pub struct Shelf {
    pub backend: Box<dyn Backend>,
    pub desk: Desk,
    /// Opens the same books as another process would.
    pub another: Box<dyn Fn() -> Box<dyn Backend> + Send>,
    /// Where it is, when it is in PostgreSQL.
    pub place: Option<Postgres>,
}

impl Shelf {
    pub fn sqlite() -> Self {
        let folder = Folder::new();
        let store = SqliteStore::open(&folder.database(), ROOMY).unwrap();
        Self::begin(Box::new(move || {
            let _stays = &folder;
            Box::new(store.books().unwrap())
        }))
    }

    pub fn postgres() -> Self {
        Self::postgres_in(Database::new())
    }

    pub fn postgres_in(database: Database) -> Self {
        let place = database.store();
        Self::postgres_at(database, place)
    }

    /// Over a way that is not the straight one.
    pub fn postgres_at(database: Database, place: Postgres) -> Self {
        drop(PostgresStore::open(&database.store(), ROOMY).unwrap());
        let way = place.clone();
        let mut shelf = Self::begin(Box::new(move || {
            let _stays = &database;
            Box::new(PostgresBooks::open(&way).unwrap())
        }));
        shelf.place = Some(place);
        shelf
    }

    pub fn begin(another: Box<dyn Fn() -> Box<dyn Backend> + Send>) -> Self {
        let mut backend = another();
        backend.transact(&mut |tables| desk::begin(tables, &log(), at(0))).unwrap();
        Self { backend, desk: Desk::default(), another, place: None }
    }

    /// The process dies, and another one opens the books.
    pub fn dies(&mut self) {
        struct Gone;
        impl Backend for Gone {
            fn transact(&mut self, _: &mut dyn FnMut(&mut dyn Tables) -> Result<(), StoreError>) -> Result<(), StoreError> {
                unreachable!("nobody asks a process that has died")
            }
        }
        // The old one has gone before the new one comes.
        self.backend = Box::new(Gone);
        self.backend = (self.another)();
        self.desk = Desk::default();
    }

    pub fn take(&mut self, steps: &[Step]) -> Vec<Answer> {
        let (mut answers, desk) = (Vec::new(), &mut self.desk);
        self.backend
            .transact(&mut |tables| {
                answers = desk.take(tables, steps)?;
                Ok(())
            })
            .unwrap();
        self.desk.adopt();
        answers
    }

    /// Takes steps in a transaction that fails at its end.
    pub fn fail(&mut self, steps: &[Step]) {
        let desk = &mut self.desk;
        let failed = self.backend.transact(&mut |tables| {
            desk.take(tables, steps)?;
            Err(StoreError::LogNotBegun)
        });
        assert!(failed.is_err());
        self.desk.forget();
    }

    pub fn open(&mut self, request: u64, campaign: &str, fields: usize, allowance: Allowance) -> PullNumber {
        self.opened(opening(request, campaign, fields, allowance)).number
    }

    pub fn opened(&mut self, opening: Step) -> Opened {
        match &self.take(&[opening])[..] {
            [Answer::Opened(opened)] => opened.clone(),
            other => panic!("{other:?}"),
        }
    }

    pub fn release(&mut self, number: PullNumber, release: Release, allowance: Allowance) -> Granted {
        match &self.take(&[Step::Release(number, Box::new(release), allowance)])[..] {
            [Answer::Granted(granted)] => granted.clone(),
            other => panic!("{other:?}"),
        }
    }

    pub fn read<T>(&mut self, mut work: impl FnMut(&mut dyn Tables) -> Result<T, StoreError>) -> T {
        let mut read = None;
        self.backend
            .transact(&mut |tables| {
                read = Some(work(tables)?);
                Ok(())
            })
            .unwrap();
        read.unwrap()
    }

    pub fn spent(&mut self, campaign: &str) -> Spent {
        self.read(|tables| tables.spent(&side(campaign)))
    }

    /// Everyone in a set, by digest, in the order of the dictionary.
    pub fn set(&mut self, key: &SetKey) -> Vec<MemberDigest> {
        self.read(|tables| {
            let mut digests = Vec::new();
            for (first, segment) in tables.members(&contest(), 0)? {
                assert_eq!(first as usize, digests.len());
                digests.extend(segment.as_chunks::<16>().0.iter().map(|digest| MemberDigest(*digest)));
            }
            let mut found = Vec::new();
            for chunk in 0..=u16::try_from(digests.len() as u32 / CHUNK_MEMBERS).unwrap() {
                let set = Chunk::read(tables.set(key, chunk)?.as_deref())?;
                found.extend(set.0.iter().map(|at| digests[(u32::from(chunk) * CHUNK_MEMBERS + at) as usize]));
            }
            Ok(found)
        })
    }

    pub fn entries(&mut self) -> Vec<Vec<u8>> {
        self.read(|tables| tables.entries(0, usize::MAX)).into_iter().map(|entry| entry.bytes).collect()
    }

    /// Signs the log, and verifies it as a scrutineer would.
    pub fn verified(&mut self) -> Verified {
        let signer = signer();
        let (_, head) = self.read(|tables| signer.head(tables));
        let mut verifier = Verifier::new(&log(), &[signer.key.public().clone()], &[head.as_bytes()]).unwrap();
        for entry in self.entries() {
            verifier.entry(&entry).unwrap();
        }
        verifier.finish().unwrap()
    }
}
