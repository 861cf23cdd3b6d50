//! `portcullis register`: which campaigns were given a member, when, and with which fields (GDPR, Article 15(1)(c)).
//!
//! Reads the books beside a running `serve` or without one, and writes nothing. The identifier is digested under the contest's key, and
//! the books are asked for the digest.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use super::output::{counted, harmless, quiet};
use super::{columns, members, shelf, with_store};
use crate::engine::audit::event::Ending;
use crate::engine::ids::{CampaignId, ContestId};
use crate::engine::policy::Contest;
use crate::store::books::StoredObjection;
use crate::store::books::register::{Disclosure, disclosures, objections};

const TITLES: [&str; 7] = ["OPENED (UTC)", "CAMPAIGN", "ACTOR", "EXPORT", "STATE", "REQUEST", "FIELDS THAT LEFT"];

/// Show which campaigns were given a member, when, and which fields.
///
/// The answer to "who has my data?": every pull that the member's record was in, with the fields that really left of it. The identifier is
/// the value of the export's `id` field at the source. It needs the contest's key: once that is destroyed nobody can look for a member.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Example:\n  portcullis register --contest leader-2026 --member 100027\n\n\
                        Exit codes: 0 a campaign was given the member; 1 none was; 2 it could not be answered.")]
pub struct RegisterArgs {
    /// The folder that holds portcullis.toml and contests/
    #[arg(long, default_value = "config")]
    pub config: PathBuf,
    /// The contest
    #[arg(long, value_name = "CONTEST", value_parser = ContestId::parse)]
    pub contest: ContestId,
    /// The member's identifier at the source
    #[arg(long, value_name = "ID")]
    pub member: String,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Prints what was given of a member. Exit code 1: nothing, to nobody.
///
/// # Errors
/// When the configuration or the store cannot be read, or `out` fails. Exit code 2 is meant.
pub fn run(args: &RegisterArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let found = with_store(&args.config, |store| {
        let contest = match members::contest(&args.config, &args.contest, store)? {
            Ok(contest) => contest,
            Err(code) => return Ok(code),
        };
        let member = contest.member_key.digest(&args.member);
        let (given, objected) = shelf::read(store, |reading| {
            let objected = objections(reading, &args.contest)?.remove(&member).unwrap_or_default();
            Ok((disclosures(reading, &args.contest, member)?, objected.into_values().collect()))
        })?;
        let answer = Answer { args, contest: &contest, given, objected };
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&answer.said())?)?
        } else {
            answer.print(out)?
        }
        out.flush()?;
        Ok(ExitCode::from(u8::from(answer.given.is_empty())))
    });
    quiet(found)
}

struct Answer<'a> {
    args: &'a RegisterArgs,
    contest: &'a Contest,
    given: Vec<Disclosure>,
    objected: Vec<StoredObjection>,
}

impl Answer<'_> {
    fn print(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let (member, contest) = (harmless(&self.args.member), &self.contest.id);
        match self.by_campaign() {
            campaigns if campaigns.is_empty() => writeln!(out, "no campaign was given member {member} in contest {contest}")?,
            campaigns => {
                let who: Vec<_> = campaigns.iter().map(|(name, pulls)| format!("{name} ({})", counted(*pulls, "pull"))).collect();
                writeln!(out, "member {member} in contest {contest} was given to {}:\n", who.join(", "))?;
                let rows: Vec<_> = std::iter::once(TITLES.map(String::from).to_vec()).chain(self.given.iter().map(row)).collect();
                columns::print(&rows, 2, out)?;
            }
        }
        if self.given.iter().any(|given| given.pull.end.is_none_or(|end| end.ending == Ending::Lost)) {
            writeln!(out, "\nof a pull that is open or was lost, the record may have left; of every other, it has")?;
        }
        self.print_objections(out)
    }

    fn print_objections(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        if self.objected.is_empty() {
            return Ok(writeln!(out, "\nno objection of the member is in force")?);
        }
        writeln!(out, "\nin force:")?;
        for stored in &self.objected {
            let against =
                stored.row.campaign.as_ref().map_or("every campaign".to_owned(), |campaign| format!("campaign {campaign}"));
            writeln!(out, "  an objection to {against}, about {}, since {:.0}", stored.row.withheld.code(), stored.row.at)?;
        }
        Ok(())
    }

    fn by_campaign(&self) -> BTreeMap<&CampaignId, u64> {
        let campaigns = self.given.iter().map(|given| &given.pull.pull.asker.campaign);
        campaigns.fold(BTreeMap::new(), |mut counts, campaign| {
            *counts.entry(campaign).or_default() += 1;
            counts
        })
    }

    fn said(&self) -> Said<'_> {
        Said {
            contest: self.contest.id.as_str(),
            member: &self.args.member,
            pulls: self.given.iter().map(SaidPull::of).collect(),
            objections: self.objected.iter().map(SaidObjection::of).collect(),
        }
    }
}

fn row(given: &Disclosure) -> Vec<String> {
    let pull = &given.pull.pull;
    vec![
        format!("{:.0}", given.pull.opened),
        pull.asker.campaign.to_string(),
        pull.asker.actor.as_ref().map_or_else(|| "-".to_owned(), |actor| harmless(actor.as_str())),
        pull.export.to_string(),
        members::state(&given.pull),
        pull.request.to_string(),
        harmless(&given.fields.join(", ")),
    ]
}

/// The answer, as `--json` prints it.
#[derive(Serialize)]
struct Said<'a> {
    contest: &'a str,
    member: &'a str,
    pulls: Vec<SaidPull<'a>>,
    objections: Vec<SaidObjection<'a>>,
}

#[derive(Serialize)]
struct SaidPull<'a> {
    campaign: &'a str,
    actor: Option<&'a str>,
    export: &'a str,
    asked: &'a str,
    request_id: String,
    opened: String,
    closed: Option<String>,
    state: String,
    records: u64,
    fields: &'a [String],
}

impl<'a> SaidPull<'a> {
    fn of(given: &'a Disclosure) -> Self {
        let (stored, pull) = (&given.pull, &given.pull.pull);
        Self {
            campaign: pull.asker.campaign.as_str(),
            actor: pull.asker.actor.as_ref().map(|actor| actor.as_str()),
            export: pull.export.as_str(),
            asked: pull.asked.code(),
            request_id: pull.request.to_string(),
            opened: format!("{:.3}", stored.opened),
            closed: stored.end.map(|end| format!("{:.3}", end.at)),
            state: members::state(stored),
            records: stored.records,
            fields: &given.fields,
        }
    }
}

#[derive(Serialize)]
struct SaidObjection<'a> {
    at: String,
    campaign: Option<&'a str>,
    channel: &'a str,
}

impl<'a> SaidObjection<'a> {
    fn of(stored: &'a StoredObjection) -> Self {
        Self {
            at: format!("{:.3}", stored.row.at),
            campaign: stored.row.campaign.as_ref().map(CampaignId::as_str),
            channel: stored.row.withheld.code(),
        }
    }
}
