//! `portcullis suspend` and `portcullis resume`: one row in the store, which every proxy on it sees within a second.
//!
//! They need nothing but the store: on the night when they are wanted the rest may be broken. They never change a file of the
//! configuration, and never write down what has no effect.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::output::{harmless, quiet};
use super::shelf;
use crate::config::settings::Store;
use crate::engine::ids::{CampaignId, ContestId};
use crate::engine::policy::Ruleset;
use crate::engine::policy::suspension::Scope;
use crate::engine::time::Timestamp;
use crate::store::suspensions::{Act, By, Effect, SuspensionRow, Why};

/// Who the operating system says is asking; the one behind `sudo` first, because root is nobody in particular.
const USER_VARIABLES: [&str; 3] = ["SUDO_USER", "USER", "LOGNAME"];

/// Stop a campaign, a contest or everything, now.
///
/// Within a second the running proxy refuses what is asked (`suspended`) and breaks off lists in transfer. It stays so, over
/// restarts and reloads, until `portcullis resume`. The campaign is not told why. Who and why stay on record.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  portcullis suspend --contest leader-2026 --campaign amber --reason \"complaint 17\"\n  \
                        portcullis suspend --all --reason \"the source leaks\" --by \"Robin Hughes\"")]
pub struct SuspendArgs {
    /// What is stopped, by whom and why.
    #[command(flatten)]
    pub stop: StopArgs,
    /// Do not look whether the configuration has this contest and campaign
    #[arg(long)]
    pub unchecked: bool,
}

/// Let what was stopped by `suspend` go on.
///
/// Lifts the stop of exactly this campaign, this contest, or everything: a campaign stays stopped while its contest or
/// everything is, or while the contest's file says `suspended`. Who and why stay on record.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Example:\n  portcullis resume --contest leader-2026 --campaign amber --reason \"complaint 17 is settled\""
)]
pub struct ResumeArgs {
    /// What may go on, by whose word and why.
    #[command(flatten)]
    pub stop: StopArgs,
}

/// What both commands are told.
#[derive(Debug, Clone, clap::Args)]
pub struct StopArgs {
    /// The folder that holds portcullis.toml and contests/
    #[arg(long, default_value = "config")]
    pub config: PathBuf,
    /// The contest; or say --all
    #[arg(long, value_name = "CONTEST", value_parser = ContestId::parse, required_unless_present = "all")]
    pub contest: Option<ContestId>,
    /// One campaign of it alone
    #[arg(long, value_name = "CAMPAIGN", value_parser = CampaignId::parse, requires = "contest")]
    pub campaign: Option<CampaignId>,
    /// Every campaign of every contest
    #[arg(long, conflicts_with_all = ["contest", "campaign"])]
    pub all: bool,
    /// Why: one line, for the record
    #[arg(long, value_name = "TEXT", value_parser = Why::parse)]
    pub reason: Why,
    /// Who decides it; the user of the operating system when left out
    #[arg(long, value_name = "NAME", value_parser = By::parse)]
    pub by: Option<By>,
}

impl StopArgs {
    fn scope(&self) -> Scope {
        match (&self.contest, &self.campaign) {
            (None, _) => Scope::Everything,
            (Some(contest), None) => Scope::Contest(contest.clone()),
            (Some(contest), Some(campaign)) => Scope::Campaign(contest.clone(), campaign.clone()),
        }
    }

    fn row(&self, act: Act, now: Timestamp) -> anyhow::Result<SuspensionRow> {
        let by = self.by.clone().or_else(user).context("who decides this is on record: say it with --by NAME")?;
        Ok(SuspensionRow { at: now, scope: self.scope(), act, by, why: self.reason.clone() })
    }
}

/// The user of the operating system.
pub(super) fn user() -> Option<By> {
    USER_VARIABLES.iter().find_map(|name| By::parse(&std::env::var(name).ok()?).ok())
}

/// Suspends in the store. `ruleset` is the configuration, where it can be read, to look for the names in.
///
/// # Errors
/// When a name is unknown, nobody says who decides, the store cannot be written, or `out` fails. Exit code 2 is meant; unless it
/// was `out`, nothing has changed.
pub fn suspend(
    args: &SuspendArgs,
    store: &Store,
    ruleset: Option<&Ruleset>,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let row = args.stop.row(Act::Suspended, now)?;
    if let Some(ruleset) = ruleset.filter(|_| !args.unchecked) {
        known(&row.scope, ruleset)?;
    }
    let effect = shelf::suspender(store)?.put(&row)?;
    let told = tell_suspended(&row, effect, out).and_then(|()| tell_of_log(store, out));
    quiet(told.map(|()| ExitCode::SUCCESS))
}

/// A stop of what does not exist would only seem to be one.
fn known(scope: &Scope, ruleset: &Ruleset) -> anyhow::Result<()> {
    const ANYWAY: &str = "nothing was suspended; --all stops everything, --unchecked records it all the same";
    let Some(id) = scope.contest() else { return Ok(()) };
    let Some(contest) = ruleset.contest(id.as_str()) else {
        let names: Vec<_> = ruleset.contests.iter().map(|contest| contest.id.as_str()).collect();
        bail!("the configuration has no contest `{id}`, but: {}; {ANYWAY}", names.join(", "));
    };
    match scope.campaign().filter(|campaign| contest.campaign(campaign.as_str()).is_none()) {
        None => Ok(()),
        Some(campaign) => {
            let names: Vec<_> = contest.campaigns.iter().map(|campaign| campaign.id.as_str()).collect();
            bail!("contest `{id}` has no campaign `{campaign}`, but: {}; {ANYWAY}", names.join(", "))
        }
    }
}

fn tell_suspended(row: &SuspensionRow, effect: Effect, out: &mut dyn Write) -> anyhow::Result<()> {
    let (scope, by) = (&row.scope, harmless(row.by.as_str()));
    match effect {
        Effect::Repeated => writeln!(out, "{scope} was suspended already; that {by} says so as well is on record")?,
        Effect::Changed | Effect::Nothing => writeln!(out, "{scope} is suspended, by {by}")?,
    }
    writeln!(out, "the proxy on this store stops it within a second, lists in transfer too")?;
    Ok(writeln!(out, "to let it go on: portcullis resume {} --reason \"…\"", flags(scope))?)
}

/// Where no log has begun, the stop holds all the same; that it is not in the log should not be a surprise later.
fn tell_of_log(store: &Store, out: &mut dyn Write) -> anyhow::Result<()> {
    if shelf::read(store, |reading| Ok(reading.log_end()?.is_none()))? {
        writeln!(out, "the audit log has not begun, so it does not have this; `portcullis suspensions` does")?;
    }
    Ok(())
}

fn flags(scope: &Scope) -> String {
    match scope {
        Scope::Everything => "--all".to_owned(),
        Scope::Contest(contest) => format!("--contest {contest}"),
        Scope::Campaign(contest, campaign) => format!("--contest {contest} --campaign {campaign}"),
    }
}

/// Resumes in the store. `ruleset` is the configuration, where it can be read, to say what it stops by itself.
/// Exit code 1: no command has suspended it, and nothing was written.
///
/// # Errors
/// When nobody says who decides, the store cannot be read or written, or `out` fails. Exit code 2 is meant.
pub fn resume(
    args: &ResumeArgs,
    store: &Store,
    ruleset: Option<&Ruleset>,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let row = args.stop.row(Act::Resumed, now)?;
    let effect = shelf::suspender(store)?.put(&row)?;
    let left = shelf::reader(store)?.in_force()?.into_iter().map(|row| row.scope).collect();
    let code = ExitCode::from(u8::from(effect == Effect::Nothing));
    let told = tell_resumed(&row, effect, left, ruleset, out).and_then(|()| tell_of_log(store, out));
    quiet(told.map(|()| code))
}

fn tell_resumed(
    row: &SuspensionRow,
    effect: Effect,
    left: Vec<Scope>,
    ruleset: Option<&Ruleset>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    match effect {
        Effect::Nothing => writeln!(out, "{} was not suspended by command; nothing was changed", row.scope)?,
        Effect::Changed | Effect::Repeated => writeln!(out, "{} is resumed, by {}", row.scope, harmless(row.by.as_str()))?,
    }
    for scope in left {
        writeln!(out, "still suspended: {scope}  (portcullis resume {})", flags(&scope))?;
    }
    for scope in ruleset.map(by_file).unwrap_or_default() {
        writeln!(out, "still suspended: {scope}  (`suspended` in the contest's file)")?;
    }
    Ok(())
}

/// What the contests' files stop by themselves.
fn by_file(ruleset: &Ruleset) -> Vec<Scope> {
    let mut scopes = Vec::new();
    for contest in &ruleset.contests {
        scopes.extend(contest.suspension.as_ref().map(|_| Scope::Contest(contest.id.clone())));
        let stopped = contest.campaigns.iter().filter(|campaign| campaign.suspension.is_some());
        scopes.extend(stopped.map(|campaign| Scope::Campaign(contest.id.clone(), campaign.id.clone())));
    }
    scopes
}
