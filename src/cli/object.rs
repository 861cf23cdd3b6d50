//! `portcullis object`: a member objects to being on lists, or to one way of being reached (GDPR, Articles 18 and 21), and who has to be told.
//!
//! Writes the objections into the books in one transaction, or none of them. The running proxy leaves the members out; who holds them
//! already is listed, because nobody but the campaigns can take a list back. Identifiers are digested at once and never written anywhere.

mod asked;
mod notice;

use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use self::asked::Asked;
use self::notice::Notice;
use super::output::{counted, quiet};
use super::{members, shelf, with_store};
use crate::config::settings::Store;
use crate::engine::ids::{CampaignId, ContestId};
use crate::engine::member::Withheld;
use crate::engine::policy::Contest;
use crate::engine::time::Timestamp;
use crate::store::StoreError;
use crate::store::books::register::{holders, objections};
use crate::store::books::tables::Tables;
use crate::store::books::{ObjectionRow, desk};

/// Record that members object, and list the campaigns that hold them already.
///
/// Within a second the running proxy leaves the member out of every list, or the fields of one channel. Lists that a campaign has pulled
/// before are with the campaign: the command prints a notice for each, with the token or pseudonym under which it knows the
/// member. A CSV has the columns `member`, `channel` and `campaign`, of which the last two may be left out; all of it is
/// recorded, or nothing.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  portcullis object --contest leader-2026 --member 100027\n  \
                        portcullis object --contest leader-2026 --member 100027 --channel phone --campaign amber\n  \
                        portcullis object --contest leader-2026 --csv objections.csv --json\n  \
                        portcullis object --contest leader-2026 --member 100027 --withdraw")]
pub struct ObjectArgs {
    /// The folder that holds portcullis.toml and contests/
    #[arg(long, default_value = "config")]
    pub config: PathBuf,
    /// The contest
    #[arg(long, value_name = "CONTEST", value_parser = ContestId::parse)]
    pub contest: ContestId,
    /// The member's identifier at the source
    #[arg(long, value_name = "ID", required_unless_present = "csv", conflicts_with = "csv")]
    pub member: Option<String>,
    /// A file of members (- for standard input)
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// What stays behind: phone, email, post, or all of the record
    #[arg(long, value_name = "CHANNEL", default_value = "all", value_parser = channel)]
    pub channel: Withheld,
    /// Only from this campaign; every campaign when left out
    #[arg(long, value_name = "CAMPAIGN", value_parser = CampaignId::parse)]
    pub campaign: Option<CampaignId>,
    /// Withdraw the objection instead
    #[arg(long)]
    pub withdraw: bool,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

fn channel(text: &str) -> Result<Withheld, &'static str> {
    Withheld::from_code(text).ok_or("write phone, email, post or all")
}

/// Records objections, and prints who has to be told. Exit code 1: a line of the CSV is wrong, and nothing was recorded.
///
/// # Errors
/// When the configuration or the store cannot be read or written, or `out` fails. Exit code 2 is meant.
pub fn run(args: &ObjectArgs, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let done = with_store(&args.config, |store| {
        let contest = match members::contest(&args.config, &args.contest, store)? {
            Ok(contest) => contest,
            Err(code) => return Ok(code),
        };
        let asked = match asked::read(args, &contest)? {
            Ok(asked) => asked,
            Err(problems) => {
                problems.iter().try_for_each(|problem| writeln!(out, "{problem}"))?;
                writeln!(out, "nothing was recorded")?;
                return Ok(ExitCode::from(1));
            }
        };
        let outcome = Outcome::of(args, store, &contest, &asked, now)?;
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&outcome)?)?
        } else {
            outcome.print(args, out)?
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    });
    quiet(done)
}

/// What was recorded, and who has to be told.
#[derive(Serialize)]
struct Outcome<'a> {
    contest: &'a str,
    withdrawn: bool,
    recorded: usize,
    /// Objections that were in force already, or withdrawals of none.
    unchanged: usize,
    notices: Vec<Notice<'a>>,
}

impl<'a> Outcome<'a> {
    fn of(args: &ObjectArgs, store: &Store, contest: &'a Contest, asked: &'a [Asked], now: Timestamp) -> anyhow::Result<Self> {
        let rows: Vec<_> = asked.iter().map(|asked| asked.row(contest, args.withdraw, now)).collect();
        let mut recorded = 0;
        shelf::write(store, &mut |tables| {
            let new = changing(tables, &args.contest, &rows)?;
            recorded = new.len();
            desk::objections(tables, &new)
        })?;
        let notices = if args.withdraw { Vec::new() } else { notices(store, contest, asked)? };
        let unchanged = rows.len() - recorded;
        Ok(Self { contest: contest.id.as_str(), withdrawn: args.withdraw, recorded, unchanged, notices })
    }

    fn print(&self, args: &ObjectArgs, out: &mut dyn Write) -> anyhow::Result<()> {
        let what = if self.withdrawn { "withdrawal" } else { "objection" };
        writeln!(out, "{} in contest {}: on record now", counted(self.recorded as u64, what), self.contest)?;
        if self.unchanged > 0 {
            let before = if self.withdrawn { "had nothing to withdraw" } else { "in force before" };
            writeln!(out, "{} more: {before}", self.unchanged)?;
        }
        if self.withdrawn {
            writeln!(out, "the proxy on this store no longer holds the members back, from its next look at the books on")?;
            return Ok(());
        }
        writeln!(out, "the proxy on this store holds the members back within a second")?;
        if self.notices.is_empty() {
            writeln!(out, "\nno campaign has been given any of them")?;
            return Ok(());
        }
        writeln!(out, "\n{} before. Tell them (GDPR, Articles 19 and 21):", held(self.notices.len()))?;
        self.notices.iter().try_for_each(|notice| notice.print(args.csv.is_some(), out))
    }
}

fn held(campaigns: usize) -> String {
    if campaigns == 1 { "1 campaign was given members".to_owned() } else { format!("{campaigns} campaigns were given members") }
}

/// The rows that change what is in force. Looked for in the transaction that writes them.
fn changing(tables: &mut dyn Tables, contest: &ContestId, rows: &[ObjectionRow]) -> Result<Vec<ObjectionRow>, StoreError> {
    let standing = objections(tables, contest)?;
    let mut seen = HashSet::new();
    let changes = |row: &&ObjectionRow| {
        let object = (row.campaign.clone(), row.withheld);
        let stands = standing.get(&row.member).is_some_and(|objections| objections.contains_key(&object));
        stands == row.withdrawn && seen.insert((row.member, object))
    };
    Ok(rows.iter().filter(changes).cloned().collect())
}

/// What each campaign has to be told of the members that it was given.
fn notices<'a>(store: &Store, contest: &'a Contest, asked: &'a [Asked]) -> anyhow::Result<Vec<Notice<'a>>> {
    let digests: Vec<_> = asked.iter().map(|asked| asked.digest).collect();
    let holders = shelf::read(store, |reading| Ok(holders(reading, &contest.id, &digests)?))?;
    let mut notices = BTreeMap::<CampaignId, Notice<'a>>::new();
    for asked in asked {
        let Some(held) = holders.get(&asked.digest) else { continue };
        for (campaign, exports) in held.iter().filter(|(campaign, _)| asked.concerns(campaign)) {
            let notice = notices.entry(campaign.clone()).or_insert_with(|| Notice::to(contest, campaign));
            notice.add(contest, asked, exports);
        }
    }
    Ok(notices.into_values().collect())
}
