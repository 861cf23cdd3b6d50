//! Which members object to what: one on the command line, or a CSV of them, checked whole before anything is done.
//!
//! Quotes names of columns and channels, and never a member.

use std::fs::File;
use std::io::{self, Read};

use anyhow::Context;

use super::ObjectArgs;
use crate::engine::ids::CampaignId;
use crate::engine::member::{MemberDigest, Withheld};
use crate::engine::policy::Contest;
use crate::engine::time::Timestamp;
use crate::store::books::ObjectionRow;

/// Lines of a CSV at the most.
const LINES_MAX: usize = 1_000_000;
/// Longest identifier of a member, in bytes.
const MEMBER_BYTES_MAX: usize = 1000;
/// Problems that are told of at once.
const PROBLEMS_MAX: usize = 20;
const COLUMNS: [&str; 3] = ["member", "channel", "campaign"];

/// One objection, as it was asked for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// The member's identifier.
    pub member: String,
    pub digest: MemberDigest,
    pub withheld: Withheld,
    pub campaign: Option<CampaignId>,
}

impl Asked {
    fn new(contest: &Contest, member: &str, withheld: Withheld, campaign: Option<CampaignId>) -> Self {
        Self { member: member.to_owned(), digest: contest.member_key.digest(member), withheld, campaign }
    }

    /// Whether a campaign has to be told.
    pub(super) fn concerns(&self, campaign: &CampaignId) -> bool {
        self.campaign.as_ref().is_none_or(|own| own == campaign)
    }

    pub(super) fn row(&self, contest: &Contest, withdrawn: bool, at: Timestamp) -> ObjectionRow {
        let Self { digest, withheld, campaign, .. } = self;
        ObjectionRow {
            at,
            contest: contest.id.clone(),
            campaign: campaign.clone(),
            member: *digest,
            withheld: *withheld,
            withdrawn,
        }
    }
}

/// What the arguments ask for; the inner error is every problem with it.
pub(super) fn read(args: &ObjectArgs, contest: &Contest) -> anyhow::Result<Result<Vec<Asked>, Vec<String>>> {
    if let Some(problem) = args.campaign.as_ref().and_then(|campaign| unknown(contest, campaign.as_str())) {
        return Ok(Err(vec![problem]));
    }
    if let Some(member) = &args.member {
        let asked = checked(member).map(|member| vec![Asked::new(contest, member, args.channel, args.campaign.clone())]);
        return Ok(asked.map_err(|problem| vec![problem.to_owned()]));
    }
    let path = args.csv.as_deref().context("name a member or a file")?;
    let source: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(io::stdin()),
        false => Box::new(File::open(path).with_context(|| format!("{} cannot be read", path.display()))?),
    };
    Ok(table(args, contest, source))
}

fn table(args: &ObjectArgs, contest: &Contest, source: impl Read) -> Result<Vec<Asked>, Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(source);
    let titles = reader.headers().map_err(|error| vec![told(&error)])?.clone();
    let columns = columns(&titles).map_err(|problem| vec![problem])?;
    let (mut asked, mut problems) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let line = record.as_ref().ok().and_then(|record| record.position()).map_or(0, csv::Position::line);
        let read = record
            .map_err(|error| told(&error))
            .and_then(|record| one(args, contest, &columns, &record).map_err(|problem| format!("line {line}: {problem}")));
        match read {
            Ok(one) => asked.push(one),
            Err(problem) => problems.push(problem),
        }
        if asked.len() > LINES_MAX {
            problems.push(format!("more than {LINES_MAX} lines; divide the file"));
        }
        if problems.len() >= PROBLEMS_MAX || asked.len() > LINES_MAX {
            break;
        }
    }
    if asked.is_empty() && problems.is_empty() {
        problems.push("there is no line below the names of the columns".to_owned());
    }
    if problems.is_empty() { Ok(asked) } else { Err(problems) }
}

/// Where each column is.
fn columns(titles: &csv::StringRecord) -> Result<[Option<usize>; 3], String> {
    const WANTED: &str = "the first line names the columns: member, and if you like channel and campaign";
    let known = titles.iter().all(|title| COLUMNS.contains(&title));
    let columns = COLUMNS.map(|column| titles.iter().position(|title| title == column));
    let once = columns.iter().flatten().count() == titles.len();
    if known && once && columns[0].is_some() { Ok(columns) } else { Err(format!("line 1: {WANTED}")) }
}

fn one(
    args: &ObjectArgs,
    contest: &Contest,
    [member, channel, campaign]: &[Option<usize>; 3],
    record: &csv::StringRecord,
) -> Result<Asked, String> {
    let cell = |at: &Option<usize>| at.and_then(|at| record.get(at)).filter(|cell| !cell.is_empty());
    let member = checked(cell(member).unwrap_or_default())?;
    let withheld = match cell(channel) {
        Some(code) => Withheld::from_code(code).ok_or("the channel is none of phone, email, post and all")?,
        None => args.channel,
    };
    let campaign = match cell(campaign) {
        Some(name) => match unknown(contest, name) {
            Some(problem) => return Err(problem),
            None => CampaignId::parse(name).ok(),
        },
        None => args.campaign.clone(),
    };
    Ok(Asked::new(contest, member, withheld, campaign))
}

fn checked(member: &str) -> Result<&str, &'static str> {
    match member.len() {
        0 => Err("the member is missing"),
        1..=MEMBER_BYTES_MAX => Ok(member),
        _ => Err("the member's identifier is longer than any"),
    }
}

/// An objection against a campaign that there is not would only seem to be one.
fn unknown(contest: &Contest, name: &str) -> Option<String> {
    let names: Vec<_> = contest.campaigns.iter().map(|campaign| campaign.id.as_str()).collect();
    (!names.contains(&name)).then(|| format!("contest `{}` has no such campaign, but: {}", contest.id, names.join(", ")))
}

/// What is wrong with a line, without its content.
fn told(error: &csv::Error) -> String {
    let line = error.position().map_or(1, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => format!("line {line}: is not UTF-8"),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("line {line}: has {len} cells where {expected_len} are named")
        }
        csv::ErrorKind::Io(error) => format!("the file cannot be read: {error}"),
        _ => format!("line {line}: is no CSV"),
    }
}
