//! `portcullis keys destroy`: the end of a contest's secret key, after which nobody can tell whom its books and lists are about.
//!
//! In this order, each durable before the next: the contest is suspended, the log says that the key was destroyed, the file goes. So
//! nothing is ever lost that is not on record, and no proxy goes on with a key that it still has in memory.

mod erase;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;

use self::erase::{Erased, erase};
use super::output::{harmless, quiet};
use super::suspend::user;
use super::{load, shelf, with_store};
use crate::config::settings::Store;
use crate::config::{self, KeyFile, Places};
use crate::engine::audit::event::{Event, Key, KeyUse};
use crate::engine::audit::hash::Digest;
use crate::engine::ids::ContestId;
use crate::engine::policy::suspension::Scope;
use crate::engine::policy::window::Phase;
use crate::engine::policy::{Contest, Ruleset};
use crate::engine::time::Timestamp;
use crate::store::books::desk;
use crate::store::books::register::key_destroyed;
use crate::store::suspensions::{Act, By, SuspensionRow, Why};

/// Destroy the key of a contest that is over.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  portcullis keys destroy --contest leader-2026 --reason \"the result is final\" --yes")]
pub struct KeysArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Destroy(DestroyArgs),
}

/// Overwrite and remove a contest's secret key, on record.
///
/// Pseudonyms, tokens and the members in the books are keyed with it: afterwards nobody can tell whom they meant, `register` and `object` find nobody
/// any more, and the contest can not be served again. What the disk and backups keep of the file is beyond this command: it
/// says what is left to do. It refuses before the contest has closed.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Example:\n  portcullis keys destroy --contest leader-2026 --reason \"the result is final\" --yes")]
pub struct DestroyArgs {
    /// The folder that holds portcullis.toml and contests/
    #[arg(long, default_value = "config")]
    pub config: PathBuf,
    /// The contest
    #[arg(long, value_name = "CONTEST", value_parser = ContestId::parse)]
    pub contest: ContestId,
    /// Why: one line, for the record
    #[arg(long, value_name = "TEXT", value_parser = Why::parse)]
    pub reason: Why,
    /// Who decides it; the user of the operating system when left out
    #[arg(long, value_name = "NAME", value_parser = By::parse)]
    pub by: Option<By>,
    /// The key file itself, where the configuration names a copy that the service manager makes ($CREDENTIALS_DIRECTORY)
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// Destroy it although the contest has not closed
    #[arg(long)]
    pub even_now: bool,
    /// Really destroy it; without this, only say what would be done
    #[arg(long)]
    pub yes: bool,
}

/// Destroys. Exit code 1: it was refused, or `--yes` was not said, and nothing has changed.
///
/// # Errors
/// When the configuration or the store cannot be used, nobody says who decides, the file cannot be removed, or `out` fails. Exit
/// code 2 is meant; the message says how far it came.
pub(super) fn run(args: &KeysArgs, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let Command::Destroy(args) = &args.command;
    let config = match load(&args.config) {
        Ok(config) => config,
        Err(code) => return Ok(code),
    };
    let contest = config.ruleset.contest(args.contest.as_str());
    let contest =
        contest.with_context(|| format!("the configuration has no contest `{}`, whose key could be destroyed", args.contest))?;
    let file = file(args, &config.ruleset)?;
    if let Some(why) = refusal(args, contest, &file, now) {
        writeln!(out, "{why}\nnothing was destroyed")?;
        return Ok(ExitCode::from(1));
    }
    let done = with_store(&args.config, |store| destroy(args, contest, &file, store, now, out));
    quiet(done)
}

/// The file that is to go.
fn file(args: &DestroyArgs, ruleset: &Ruleset) -> anyhow::Result<KeyFile> {
    let places = Places::of_process(&args.config);
    let named = config::key_file(&places, &args.contest).context("the contest's file names no key")?;
    let file = match &args.key_file {
        None if named.copied => bail!(
            "{} is a copy that the service manager makes when it starts the proxy; name the file itself with --key-file",
            named.path.display()
        ),
        None => named,
        Some(path) if read(path)? == read(&named.path)? => KeyFile { path: path.clone(), copied: false, ..named },
        Some(path) => bail!("{} is not the key of contest `{}`", path.display(), args.contest),
    };
    let same = |other: &KeyFile| other.path.canonicalize().ok() == file.path.canonicalize().ok();
    for other in ruleset.contests.iter().filter(|other| other.id != args.contest) {
        if config::key_file(&places, &other.id).is_some_and(|other| same(&other)) {
            bail!("contest `{}` uses the same key: it would end too", other.id);
        }
    }
    Ok(file)
}

/// A key in its file, without what editors put behind it.
fn read(path: &Path) -> anyhow::Result<zeroize::Zeroizing<String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let text = zeroize::Zeroizing::new(text);
    Ok(zeroize::Zeroizing::new(text.trim_end().to_owned()))
}

fn refusal(args: &DestroyArgs, contest: &Contest, file: &KeyFile, now: Timestamp) -> Option<String> {
    if contest.window.phase(now) != Phase::Closed && !args.even_now {
        let closes = contest.window.closes();
        return Some(format!(
            "contest {} closes at {closes:.0}, and its lists cannot be made without the key; --even-now destroys it all the same",
            contest.id
        ));
    }
    (!args.yes).then(|| {
        format!(
            "this would suspend contest {}, record that its key was destroyed, and overwrite and remove {}; say --yes to do it",
            contest.id,
            file.path.display()
        )
    })
}

fn destroy(
    args: &DestroyArgs,
    contest: &Contest,
    file: &KeyFile,
    store: &Store,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let by = args.by.clone().or_else(user).context("who decides this is on record: say it with --by NAME")?;
    let suspended = SuspensionRow {
        at: now,
        scope: Scope::Contest(contest.id.clone()),
        act: Act::Suspended,
        by: by.clone(),
        why: args.reason.clone(),
    };
    shelf::suspender(store)?.put(&suspended)?;
    writeln!(out, "contest {} is suspended, by {}", contest.id, harmless(by.as_str()))?;
    record(contest, store, now)?;
    let fingerprint = Digest(contest.key_fingerprint).to_hex();
    writeln!(out, "the audit log has that the key with the fingerprint {fingerprint} was destroyed")?;
    let erased = erase(&file.path).with_context(|| {
        format!("the log has it, but {} could not be overwritten and removed; run this again", file.path.display())
    })?;
    tell(file, erased, out)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Writes it down, unless an attempt that was broken off has: what is written down is never written twice.
fn record(contest: &Contest, store: &Store, now: Timestamp) -> anyhow::Result<()> {
    let fingerprint = Digest(contest.key_fingerprint);
    let key = Key { used_for: KeyUse::Pseudonyms, contest: Some(contest.id.clone()), fingerprint };
    let written = shelf::write(store, &mut |tables| match key_destroyed(tables, &contest.id)? {
        Some((_, known)) if known == fingerprint => Ok(()),
        _ => desk::note(tables, Event::KeyDestroyed(key.clone()), now),
    });
    Ok(written?)
}

fn tell(file: &KeyFile, erased: Erased, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "{} was overwritten and removed", file.path.display())?;
    writeln!(out, "\nWhat is left to do:")?;
    if erased.other_names {
        writeln!(out, "- The file had other names (hard links); they hold what it was overwritten with, and can be removed.")?;
    }
    writeln!(out, "- Copies: backups, snapshots, images of the machine, and the service manager's own (systemd credentials).")?;
    writeln!(
        out,
        "- The disk: a solid-state one, and a file system that journals data or copies on write, may keep old blocks."
    )?;
    writeln!(out, "  Only a disk that was encrypted from the beginning, whose key goes too, forgets for certain.")?;
    writeln!(
        out,
        "- Move {} away, then reload or stop the proxy: until then it has the key in memory, and",
        file.said_in.display()
    )?;
    Ok(writeln!(out, "  keeps the contest suspended.")?)
}
