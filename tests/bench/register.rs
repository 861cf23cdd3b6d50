//! How long `portcullis register` and `report` take over the books of a large contest, and how large they are.
//!
//! Half a million members, six campaigns, fifty pulls of the whole list by each, entered through the desk as the proxy does; two in
//! five records lack their telephone number and one in five its e-mail address. `MEMBERS`, `CAMPAIGNS` and `PULLS` make it smaller; `PAGE` says of
//! how many records a request is, each an entry of its own, where a list is not asked for whole.

use std::path::Path;
use std::time::{Duration, Instant};

use portcullis::engine::audit::event::{Asked, Asker, Ending, Pull};
use portcullis::engine::ids::{CampaignId, ContestId, ExportName, RequestId};
use portcullis::engine::member::MemberDigest;
use portcullis::engine::outcome::Outcome;
use portcullis::store::books::{Answer, Closing, Opening, Release, Step};

#[path = "../house/support/folder.rs"]
#[allow(dead_code)]
mod folder;
#[path = "../desk/stage.rs"]
#[allow(dead_code)]
mod stage;

use stage::{FREE, Stage, at};

/// Records of one release: what a fast source gives between two of the proxy's transactions.
const BATCH: usize = 10_000;
const FIELDS: [&str; 5] = ["member_id", "first_name", "last_name", "email", "phone"];
const RUNS: usize = 5;

fn number(name: &str, usual: u32) -> u32 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn main() {
    let [members, campaigns, pulls, page] =
        [("MEMBERS", 500_000), ("CAMPAIGNS", 6), ("PULLS", 50), ("PAGE", u32::MAX)].map(|(name, usual)| number(name, usual));
    let mut stage = Stage::usual();
    let digests: Vec<_> = (0..members).map(|member| stage.contest.member_key.digest(member.to_string())).collect();
    let (began, mut requests) = (Instant::now(), 0);
    for _ in 0..pulls {
        for campaign in 0..campaigns {
            for page in digests.chunks(page as usize) {
                enter(&mut stage, &format!("campaign-{campaign}"), requests, page);
                requests += 1;
            }
        }
    }
    let records = u64::from(members) * u64::from(campaigns) * u64::from(pulls);
    let entered = began.elapsed();
    println!("{members} members, {campaigns} campaigns, {pulls} pulls each: {records} records in {requests} requests");
    println!(
        "entered in {:.1} s, {:.1} million records a second",
        entered.as_secs_f64(),
        records as f64 / entered.as_secs_f64() / 1e6
    );
    println!("the store has {:.1} MB", bytes(&stage.folder) as f64 / 1e6);
    let member = (members / 2).to_string();
    for words in [&["register", "--contest", "leader", "--member", &member][..], &["report", "--contest", "leader"]] {
        let mut times: Vec<_> = (0..RUNS).map(|_| asked(&stage, words)).collect();
        times.sort_unstable();
        let [best, .., worst] = times[..] else { return };
        println!("`portcullis {}` takes {:.0} to {:.0} ms", words[0], best.as_secs_f64() * 1e3, worst.as_secs_f64() * 1e3);
    }
}

fn enter(stage: &mut Stage, campaign: &str, number: u64, digests: &[MemberDigest]) {
    let asker =
        Asker { contest: ContestId::parse("leader").unwrap(), campaign: CampaignId::parse(campaign).unwrap(), actor: None };
    let request = RequestId::new(1_771_070_400_000 + number, [5; 10]);
    let pull = Pull { request, asker, export: ExportName::parse("members").unwrap(), asked: Asked::List };
    let fields = FIELDS.map(str::to_owned).to_vec();
    let opening = Opening { pull, at: at(0), fields, allowance: FREE, records: true, expected: None };
    let [Answer::Opened(opened)] = &stage.take(&[Step::Open(Box::new(opening))])[..] else { panic!() };
    for (at, batch) in digests.chunks(BATCH).enumerate() {
        let random = |record: usize| (at * BATCH + record).wrapping_mul(0x9e37_79b9) >> 7;
        let phone = (0..batch.len()).filter(|record| random(*record) % 5 < 2).map(|record| (4, record as u32));
        let email = (0..batch.len()).filter(|record| random(*record) % 5 == 4).map(|record| (3, record as u32));
        let release =
            Release { members: batch.to_vec(), lacking: phone.chain(email).collect(), bytes: 1_000_000, ..Release::default() };
        stage.take(&[Step::Release(opened.number, Box::new(release), FREE)]);
    }
    let ending = Ending::Ended(Outcome::Served);
    let closing = Closing { ending, at: at(1000), records: digests.len() as u64, bytes: 1 };
    stage.take(&[Step::Close(opened.number, Box::new(closing))]);
}

/// All that stands in the folder: the database, and what SQLite has beside it.
fn bytes(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap());
    files.filter(std::fs::Metadata::is_file).map(|file| file.len()).sum()
}

fn asked(stage: &Stage, words: &[&str]) -> Duration {
    let began = Instant::now();
    let output = stage.run(words);
    let taken = began.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    taken
}
