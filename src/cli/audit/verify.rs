//! `portcullis audit verify`: an exported log, held against the heads and receipts that others kept, with public keys alone.
//!
//! Needs no configuration and no secret, reads nothing but what it is given, and writes nothing. Names the first thing that is wrong.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde::Serialize;

use super::finding::Finding;
use super::folder::{Folder, read};
use super::stored::Stored;
use super::walk::{Named, Right, Walked, walk};
use crate::cli::output::{counted, entries, harmless};
use crate::cli::shelf;
use crate::config::settings::Store;
use crate::engine::audit::event::Event;
use crate::engine::audit::key::{KeyName, PublicKey};
use crate::engine::audit::note::NOTE_BYTES_MAX;
use crate::engine::audit::number::Whole;
use crate::engine::audit::receipt::{Proved, RECEIPT_BYTES_MAX, Receipt};
use crate::engine::audit::tile::Tiles;
use crate::engine::time::Timestamp;

/// Longest file of public keys, in bytes.
const KEYS_BYTES_MAX: usize = 64 << 10;

/// Check an exported log, heads and receipts, with public keys alone.
///
/// Finds and names the first thing that is wrong: an entry that was altered, taken out, put in or moved, an end that was
/// cut off, two histories under one key. An old copy of a log, and one that was written anew by whoever holds the key, are
/// right by themselves: only heads (--head) and receipts (--receipt) that others kept show them.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis audit verify /srv/log --key-file log.vkey --head kept/2026-03-01 --receipt mine.tlog-proof\n  \
                        portcullis audit verify --config config --key-file log.vkey --json\n\n\
                        Exit codes: 0 nothing is wrong; 1 something is; 2 it could not be checked."
)]
pub struct VerifyArgs {
    /// The folder of an export
    #[arg(value_name = "DIR", required_unless_present = "config")]
    pub folder: Option<PathBuf>,
    /// Check the log in the store instead; the folder that holds portcullis.toml
    #[arg(long, value_name = "FOLDER", conflicts_with = "folder")]
    pub config: Option<PathBuf>,
    /// The log's public key, as `name+id+key`; further ones are those of witnesses
    #[arg(long = "key", value_name = "VKEY", value_parser = PublicKey::parse, required_unless_present = "key_files")]
    pub keys: Vec<PublicKey>,
    /// A file of such keys, one a line
    #[arg(long = "key-file", value_name = "FILE", id = "key_files")]
    pub key_files: Vec<PathBuf>,
    /// A signed head that somebody kept
    #[arg(long = "head", value_name = "FILE")]
    pub heads: Vec<PathBuf>,
    /// A receipt
    #[arg(long = "receipt", value_name = "FILE")]
    pub receipts: Vec<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Checks an export. Exit code 1: something is wrong.
///
/// # Errors
/// When a file cannot be read, a key is none, or `out` fails. Exit code 2 is meant.
pub fn of_folder(args: &VerifyArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let path = args.folder.as_deref().context("name the folder of an export")?;
    if !path.is_dir() {
        bail!("{} is no folder; name that of an export (`portcullis audit export`)", path.display());
    }
    let keys = keys(args)?;
    let found = check(args, &keys, &Folder::at(path))?;
    tell(args, &keys[0], found, out)
}

/// Checks the log of a store. Exit code 1: something is wrong.
///
/// # Errors
/// As for [`of_folder`].
pub fn of_store(args: &VerifyArgs, store: &Store, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let keys = keys(args)?;
    let found = shelf::read(store, |reading| check(args, &keys, &Stored::new(reading)?))?;
    tell(args, &keys[0], found, out)
}

/// The keys. The first is the log's own.
fn keys(args: &VerifyArgs) -> anyhow::Result<Vec<PublicKey>> {
    let mut keys = args.keys.clone();
    for path in &args.key_files {
        let bytes = needed(path, KEYS_BYTES_MAX)?;
        let text = std::str::from_utf8(&bytes).with_context(|| format!("{} is not UTF-8", path.display()))?;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            keys.push(PublicKey::parse(line).with_context(|| format!("{} holds a line that is no key", path.display()))?);
        }
    }
    if keys.is_empty() { bail!("there is no key in the files that --key-file names") } else { Ok(keys) }
}

fn needed(path: &Path, bytes_max: usize) -> anyhow::Result<Vec<u8>> {
    read(path, bytes_max)?.with_context(|| format!("there is no file {}", path.display()))
}

/// What was right.
struct Checked {
    right: Right,
    /// Heads of the log's own.
    own: usize,
    receipts: Vec<(String, Proved)>,
}

fn check<L>(args: &VerifyArgs, keys: &[PublicKey], log: &L) -> anyhow::Result<Result<Checked, Finding>>
where
    L: Walked,
    for<'l> &'l L: Tiles,
{
    let name = keys[0].name();
    let mut heads = log.heads()?;
    let own = heads.len();
    if let Some(found) = misplaced(&heads) {
        return Ok(Err(found));
    }
    for path in &args.heads {
        heads.push(Named { name: path.display().to_string(), bytes: needed(path, NOTE_BYTES_MAX)? });
    }
    let mut receipts = Vec::new();
    for path in &args.receipts {
        match receipt(path, name, keys)? {
            Ok((proved, head)) => {
                receipts.push((path.display().to_string(), proved));
                heads.push(head);
            }
            Err(found) => return Ok(Err(found)),
        }
    }
    Ok(walk(log, name, keys, &heads)?.map(|right| Checked { right, own, receipts }))
}

/// A head that stands under another one's name.
fn misplaced(heads: &[Named]) -> Option<Finding> {
    let sized: Vec<_> = heads.iter().filter_map(|head| Some((head.name.as_str(), head.size()?))).collect();
    let newest = sized.iter().map(|(_, size)| *size).max()?;
    let wrong = |(name, size): &(&str, u64)| match name.strip_prefix("heads/") {
        Some(said) => said != size.to_string(),
        None => *name == "checkpoint" && *size != newest,
    };
    let (name, size) = sized.into_iter().find(wrong)?;
    Some(Finding::new("head_misplaced", format!("{name} is the head of {size} entries, and should be another one")))
}

/// What a receipt proves by itself, and the head that the log is held to.
fn receipt(path: &Path, log: &KeyName, keys: &[PublicKey]) -> anyhow::Result<Result<(Proved, Named), Finding>> {
    let name = path.display().to_string();
    let bytes = needed(path, RECEIPT_BYTES_MAX)?;
    let proved = Receipt::parse(&bytes).and_then(|receipt| Ok((receipt.verify(log, keys)?, receipt)));
    Ok(match proved {
        Ok((proved, receipt)) => {
            let head = Named { name: format!("{name}, a receipt"), bytes: receipt.head.spell().into_bytes() };
            Ok((proved, head))
        }
        Err(fault) => Err(Finding::new("receipt", format!("the receipt in {name}: {fault}"))),
    })
}

fn tell(args: &VerifyArgs, key: &PublicKey, found: Result<Checked, Finding>, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let code = ExitCode::from(u8::from(found.is_err()));
    let log = key.name().as_str();
    match (found, args.json) {
        (Ok(checked), false) => print(args, log, &checked, out)?,
        (Ok(checked), true) => writeln!(out, "{}", serde_json::to_string(&Summary::of(args, log, &checked))?)?,
        (Err(found), false) => {
            writeln!(out, "{}: something is wrong", harmless(log))?;
            writeln!(out, "  {}: {}", found.fault, harmless(&found.message))?;
        }
        (Err(found), true) => writeln!(out, "{}", serde_json::to_string(&Wrong { log, right: false, found })?)?,
    }
    out.flush()?;
    Ok(code)
}

fn print(args: &VerifyArgs, log: &str, checked: &Checked, out: &mut dyn Write) -> anyhow::Result<()> {
    let Right { verified, times } = &checked.right;
    writeln!(out, "{}: nothing is wrong", harmless(log))?;
    let (first, last) = times.map_or_else(Default::default, |(first, last)| (at(first), at(last)));
    writeln!(out, "  {} from {first} to {last}", entries(verified.root.size))?;
    writeln!(out, "  root {}", verified.root.hash.to_base64())?;
    let kept = args.heads.len() as u64;
    writeln!(
        out,
        "  {} of its own and {} that {} kept agree with it",
        counted(checked.own as u64, "head"),
        kept,
        if kept == 1 { "was" } else { "were" }
    )?;
    for (name, proved) in &checked.receipts {
        writeln!(out, "  {}: {}", harmless(name), told(proved))?;
    }
    if verified.open_pulls > 0 {
        writeln!(
            out,
            "  {} no ending yet",
            if verified.open_pulls == 1 { "1 pull has".to_owned() } else { format!("{} pulls have", verified.open_pulls) }
        )?;
    }
    if args.heads.is_empty() && args.receipts.is_empty() {
        writeln!(out, "  an old copy would look right as well: give heads and receipts that others kept (--head, --receipt)")?;
    }
    Ok(())
}

/// What a receipt says.
fn told(proved: &Proved) -> String {
    let index = proved.entry.seq;
    match &proved.entry.event {
        Event::PullClosed { pull, records, .. } => {
            let records = counted(records.get(), "record");
            format!("entry {index}, {records} of {} to {} in pull {}", pull.export, pull.asker.campaign, pull.request)
        }
        _ => format!("entry {index}"),
    }
}

fn at(time: Whole) -> String {
    let time = i64::try_from(time.get()).ok().and_then(|time| Timestamp::from_millisecond(time).ok());
    time.map_or_else(String::new, |time| format!("{time:.0}"))
}

/// The answer yes, as `--json` prints it.
#[derive(Serialize)]
struct Summary<'a> {
    log: &'a str,
    right: bool,
    size: u64,
    root: String,
    heads: usize,
    kept_heads: usize,
    open_pulls: usize,
    receipts: Vec<SaidReceipt<'a>>,
}

#[derive(Serialize)]
struct SaidReceipt<'a> {
    file: &'a str,
    entry: u64,
    head: u64,
}

impl<'a> Summary<'a> {
    fn of(args: &VerifyArgs, log: &'a str, checked: &'a Checked) -> Self {
        let verified = &checked.right.verified;
        let receipt = |(file, proved): &'a (String, Proved)| SaidReceipt {
            file,
            entry: proved.entry.seq.get(),
            head: proved.head.root.size,
        };
        Self {
            log,
            right: true,
            size: verified.root.size,
            root: verified.root.hash.to_base64(),
            heads: checked.own,
            kept_heads: args.heads.len(),
            open_pulls: verified.open_pulls,
            receipts: checked.receipts.iter().map(receipt).collect(),
        }
    }
}

/// The answer no, as `--json` prints it.
#[derive(Serialize)]
struct Wrong<'a> {
    log: &'a str,
    right: bool,
    #[serde(flatten)]
    found: Finding,
}
