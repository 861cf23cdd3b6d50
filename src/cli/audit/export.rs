//! `portcullis audit export`: the log copied out of the store, up to its newest signed head, in the layout of C2SP
//! `tlog-tiles`, for whoever wants to keep or to check it.
//!
//! Holds one tile at a time, whatever the log's size. Goes on with an earlier export of the same log, and never writes over
//! another one: what was exported is compared with the store first. It signs nothing and decides nothing about what is right;
//! `audit verify` does.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use super::StoreArgs;
use super::folder::Folder;
use super::lines::Lines;
use crate::cli::output::entries as entries_of;
use crate::cli::shelf;
use crate::config::settings::Store;
use crate::engine::audit::bundle;
use crate::engine::audit::checkpoint::Checkpoint;
use crate::engine::audit::tile::{Content, TILE_HEIGHT, TILE_WIDTH, Tile};
use crate::engine::audit::tree::Node;
use crate::store::StoreError;
use crate::store::books::heads::root_at;
use crate::store::books::tables::{Reading, StoredEntry};

/// Heads that are read at once.
const HEADS: usize = 1000;
const ENTRIES: StoreError = StoreError::Unreadable { what: "the entries of the audit log" };
const HASHES: StoreError = StoreError::Unreadable { what: "the hashes of the audit log" };

/// Copy the log out, up to its newest signed head.
///
/// Makes `checkpoint`, `tile/…` and `tile/entries/…` (C2SP tlog-tiles), every signed head in `heads/<size>`, and the entries
/// once more in `entries.jsonl`, one a line. A second export into the same folder adds what is new. It never writes
/// over the export of another log.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Example:\n  portcullis audit export /srv/log && jq -c 'select(.event == \"refused\")' /srv/log/entries.jsonl"
)]
pub struct ExportArgs {
    #[command(flatten)]
    pub(super) store: StoreArgs,
    /// A new folder, or that of an earlier export of this log
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// Exports. Exit code 1: there is nothing signed to export, or the folder holds something else.
///
/// # Errors
/// When the store cannot be read or the folder cannot be written.
pub fn run(args: &ExportArgs, store: &Store, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let folder = Folder::at(&args.folder);
    match shelf::read(store, |reading| export(reading, &folder))? {
        Done::Exported { before, size, behind } => {
            writeln!(
                out,
                "{} added; the export in {} has {size}, up to the newest signed head",
                entries_of(size - before),
                folder.display()
            )?;
            if behind > 0 {
                writeln!(out, "{} behind that head: the next export has them, when one is signed over them", entries_of(behind))?;
            }
            out.flush()?;
            Ok(ExitCode::SUCCESS)
        }
        Done::No(why) => {
            eprintln!("portcullis: {why}");
            Ok(ExitCode::from(1))
        }
    }
}

enum Done {
    Exported { before: u64, size: u64, behind: u64 },
    No(String),
}

fn export(reading: &mut dyn Reading, folder: &Folder) -> anyhow::Result<Done> {
    let end = reading.log_end()?.ok_or(StoreError::LogNotBegun)?;
    let Some((size, head)) = reading.newest_head()? else {
        return Ok(Done::No("no head has been signed yet; the running proxy signs one a second after an entry".to_owned()));
    };
    let before = match earlier(reading, folder, &head, size)? {
        Ok(before) => before,
        Err(why) => return Ok(Done::No(why)),
    };
    let mut lines = Lines::continued(folder, before)?;
    for tile in Tile::added(before, size) {
        let bytes = match tile.content {
            Content::Entries => entries(reading, &tile, &mut lines)?,
            Content::Hashes { level } => hashes(reading, &tile, level)?,
        };
        folder.put_once(&tile.path(), &bytes)?;
    }
    lines.finish()?;
    heads(reading, folder, before, size)?;
    folder.replace("checkpoint", head.as_bytes())?;
    folder.drop_narrower(before, size)?;
    Ok(Done::Exported { before, size, behind: end.frontier.size().saturating_sub(size) })
}

/// How much of this log the folder has already, or why nothing may be written into it.
fn earlier(reading: &mut dyn Reading, folder: &Folder, head: &str, size: u64) -> anyhow::Result<Result<u64, String>> {
    let own = Checkpoint::claimed(head.as_bytes()).ok_or(StoreError::Unreadable { what: "the newest signed head" })?;
    let shown = folder.display();
    let Some(bytes) = folder.head("checkpoint")? else {
        return Ok(if folder.is_usable()? { Ok(0) } else { Err(format!("{shown} holds other files; name an empty folder")) });
    };
    let Some(known) = Checkpoint::claimed(&bytes) else {
        return Ok(Err(format!("{shown} has a `checkpoint` that is no head of a log; name another folder")));
    };
    if known.origin != own.origin {
        return Ok(Err(format!("{shown} holds the export of another log; name another folder")));
    }
    let exported = known.root.size;
    if exported > size {
        return Ok(Err(format!(
            "{shown} has a signed head of {exported} entries and the store has one of {size}: the store is an old copy, or was cut"
        )));
    }
    if root_at(reading, exported)? != known.root {
        let why = "are not those that were exported: one of the two was altered";
        return Ok(Err(format!("the first {exported} entries of the store {why}; `audit verify` says more")));
    }
    Ok(Ok(exported))
}

/// A bundle; and its entries as lines, where they are not there yet.
fn entries(reading: &mut dyn Reading, tile: &Tile, lines: &mut Lines) -> anyhow::Result<Vec<u8>> {
    let kept = kept(reading, tile)?;
    kept.iter().try_for_each(|entry| lines.put(entry.seq, &entry.bytes))?;
    bundle::spell(kept.iter().map(|entry| entry.bytes.as_slice())).context("the store holds what is no entry")
}

fn hashes(reading: &mut dyn Reading, tile: &Tile, level: u8) -> anyhow::Result<Vec<u8>> {
    if level == 0 {
        return Ok(kept(reading, tile)?.into_iter().flat_map(|entry| entry.leaf.0).collect());
    }
    let mut bytes = Vec::new();
    for node in tile.nodes() {
        let node = Node { level: level * TILE_HEIGHT, ..node };
        bytes.extend_from_slice(&reading.hash(node)?.ok_or(HASHES)?.0);
    }
    Ok(bytes)
}

/// The entries of a tile, all of them and each in its place.
fn kept(reading: &mut dyn Reading, tile: &Tile) -> Result<Vec<StoredEntry>, StoreError> {
    let first = tile.index * TILE_WIDTH;
    let kept = reading.entries(first, usize::from(tile.width))?;
    let in_place = kept.iter().zip(first..).all(|(entry, seq)| entry.seq == seq);
    if in_place && kept.len() == usize::from(tile.width) { Ok(kept) } else { Err(ENTRIES) }
}

fn heads(reading: &mut dyn Reading, folder: &Folder, before: u64, until: u64) -> anyhow::Result<()> {
    let mut from = before;
    while from <= until {
        let heads = reading.heads(from, HEADS)?;
        for (size, head) in heads.iter().filter(|(size, _)| *size <= until) {
            folder.put_once(&format!("heads/{size}"), head.as_bytes())?;
        }
        match heads.last() {
            Some((last, _)) if heads.len() == HEADS => from = last + 1,
            _ => break,
        }
    }
    Ok(())
}
