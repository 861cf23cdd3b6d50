//! A configuration, a store beside it, and pulls as the proxy writes them down.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use portcullis::engine::audit::event::{Asked, Asker, Ending, Event, Pull};
use portcullis::engine::audit::key::{KeyName, SecretKey};
use portcullis::engine::ids::{ActorId, CampaignId, ContestId, ExportName, RequestId};
use portcullis::engine::outcome::Outcome;
use portcullis::engine::policy;
use portcullis::engine::quota::Allowance;
use portcullis::engine::time::Timestamp;
use portcullis::store::RejectionBounds;
use portcullis::store::books::desk::{self, Desk};
use portcullis::store::books::heads::Signer;
use portcullis::store::books::tables::Backend;
use portcullis::store::books::{Answer, Closing, Opening, PullNumber, Release, Step};
use portcullis::store::sqlite::{SqliteBooks, SqliteStore};
use zeroize::Zeroizing;

use super::folder::Contest;

pub const LOG: &str = "vote.example/portcullis";
pub const FREE: Allowance = Allowance { period: 0, records: None, members: None };

pub fn log_key() -> SecretKey {
    SecretKey::new(KeyName::parse(LOG).unwrap(), &Zeroizing::new([7; 32]))
}

pub fn vkey() -> String {
    log_key().public().to_string()
}

/// A time in the contest, milliseconds after noon.
pub fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_771_070_400_000 + milliseconds).unwrap()
}

/// The exchange of this number.
pub fn request(number: u64) -> RequestId {
    RequestId::new(1_771_070_400_000 + number, [3; 10])
}

pub struct Stage {
    pub folder: PathBuf,
    pub contest: Arc<policy::Contest>,
    pub backend: SqliteBooks,
    pub desk: Desk,
    requests: u64,
}

impl Stage {
    pub fn usual() -> Self {
        Self::of(&Contest::default())
    }

    pub fn of(contest: &Contest) -> Self {
        let folder = contest.write("127.0.0.1:9".parse().unwrap());
        let config = portcullis::config::read(&folder).unwrap();
        let path = folder.join("portcullis.db");
        std::fs::write(folder.join("portcullis.db.log-key"), log_key().spell().as_bytes()).unwrap();
        drop(SqliteStore::open(&path, RejectionBounds { per_campaign_max: 1000, queue_max: 1000 }).unwrap());
        let mut backend = SqliteBooks::open(&path).unwrap();
        let name = KeyName::parse(LOG).unwrap();
        backend.transact(&mut |tables| desk::begin(tables, &name, at(0))).unwrap();
        let contest = Arc::clone(&config.ruleset.contests[0]);
        Self { folder, contest, backend, desk: Desk::default(), requests: 0 }
    }

    pub fn take(&mut self, steps: &[Step]) -> Vec<Answer> {
        let (mut answers, desk) = (Vec::new(), &mut self.desk);
        let taken = self.backend.transact(&mut |tables| {
            answers = desk.take(tables, steps)?;
            Ok(())
        });
        taken.unwrap();
        self.desk.adopt();
        answers
    }

    pub fn note(&mut self, event: Event, milliseconds: i64) {
        self.take(&[Step::Note(Box::new(event), at(milliseconds))]);
    }

    pub fn asker(campaign: &str, actor: Option<&str>) -> Asker {
        Asker {
            contest: ContestId::parse("leader").unwrap(),
            campaign: CampaignId::parse(campaign).unwrap(),
            actor: actor.map(|actor| ActorId::parse(actor).unwrap()),
        }
    }

    fn opening(&mut self, campaign: &str, fields: &[&str], milliseconds: i64) -> Step {
        self.requests += 1;
        let pull = Pull {
            request: request(self.requests),
            asker: Self::asker(campaign, Some("Robin")),
            export: ExportName::parse("members").unwrap(),
            asked: Asked::List,
        };
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        Step::Open(Box::new(Opening { pull, at: at(milliseconds), fields, allowance: FREE, records: true, expected: None }))
    }

    /// A pull is opened; its request has the next number.
    pub fn open(&mut self, campaign: &str, fields: &[&str], milliseconds: i64) -> PullNumber {
        let opening = self.opening(campaign, fields, milliseconds);
        match &self.take(&[opening])[..] {
            [Answer::Opened(opened)] => opened.number,
            other => panic!("{other:?}"),
        }
    }

    /// Pulls of one member each, a second apart, in one transaction.
    pub fn pulls(&mut self, count: i64, campaign: impl Fn(i64) -> &'static str) {
        let openings: Vec<_> =
            (0..count).map(|n| (n, self.opening(campaign(n), &["member_id", "first_name", "email"], n * 1000))).collect();
        let (desk, key) = (&mut self.desk, &self.contest.member_key);
        let taken = self.backend.transact(&mut |tables| {
            for (n, opening) in &openings {
                let [Answer::Opened(opened)] = &desk.take(tables, std::slice::from_ref(opening))?[..] else { panic!("{n}") };
                desk.adopt();
                let release = Release { members: vec![key.digest(n.to_string())], bytes: 100, ..Release::default() };
                let ending = Ending::Ended(Outcome::Served);
                let closing = Closing { ending, at: at(n * 1000 + 500), records: 1, bytes: 100 };
                let (release, closing) = (Box::new(release), Box::new(closing));
                desk.take(tables, &[Step::Release(opened.number, release, FREE), Step::Close(opened.number, closing)])?;
                desk.adopt();
            }
            Ok(())
        });
        taken.unwrap();
    }

    /// Records of these members leave.
    pub fn release(&mut self, number: PullNumber, members: impl IntoIterator<Item = u64>, lacking: &[(u16, u32)]) {
        let members = members.into_iter().map(|member| self.contest.member_key.digest(member.to_string())).collect();
        let release = Release { members, lacking: lacking.to_vec(), bytes: 100, ..Release::default() };
        assert!(matches!(self.take(&[Step::Release(number, Box::new(release), FREE)])[..], [Answer::Granted(_)]));
    }

    pub fn close(&mut self, number: PullNumber, records: u64, milliseconds: i64) {
        self.end(number, records, milliseconds, Ending::Ended(Outcome::Served));
    }

    pub fn end(&mut self, number: PullNumber, records: u64, milliseconds: i64, ending: Ending) {
        let closing = Closing { ending, at: at(milliseconds), records, bytes: records * 100 };
        assert!(matches!(self.take(&[Step::Close(number, Box::new(closing))])[..], [Answer::Done]));
    }

    /// One pull from its opening to its end.
    pub fn pull(&mut self, campaign: &str, members: std::ops::Range<u64>, milliseconds: i64) -> PullNumber {
        let number = self.open(campaign, &["member_id", "first_name", "email"], milliseconds);
        let records = members.end - members.start;
        self.release(number, members, &[]);
        self.close(number, records, milliseconds + 500);
        number
    }

    /// The log's entries, as they are spelled.
    pub fn entries(&mut self) -> Vec<Vec<u8>> {
        let mut entries = Vec::new();
        let read = self.backend.transact(&mut |tables| {
            entries = tables.entries(0, usize::MAX)?.into_iter().map(|entry| entry.bytes).collect();
            Ok(())
        });
        read.unwrap();
        entries
    }

    /// Signs the newest head, as the proxy does each second. Its size.
    pub fn sign(&mut self) -> u64 {
        let (signer, mut size) = (Signer { key: log_key(), outside: None }, 0);
        let signed = self.backend.transact(&mut |tables| {
            size = signer.head(tables)?.0;
            Ok(())
        });
        signed.unwrap();
        size
    }

    /// Runs the program on this configuration.
    pub fn run(&self, arguments: &[&str]) -> Output {
        run(&[arguments, &["--config", self.folder.to_str().unwrap()]].concat())
    }

    /// What it prints and its exit code.
    pub fn says(&self, arguments: &[&str]) -> (i32, String) {
        said(&self.run(arguments))
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

pub fn run(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    program.args(arguments).env("NO_COLOR", "1").env("USER", "robin").env_remove("SUDO_USER").output().unwrap()
}

pub fn said(output: &Output) -> (i32, String) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
