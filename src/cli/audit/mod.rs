//! `portcullis audit`: the audit log from the command line, for those who keep it and for those who check it.
//!
//! Nothing here signs, and nothing here writes into the books: the running proxy signs a head a second after an entry.

pub mod checkpoint;
pub mod export;
pub mod key;
pub mod proof;
pub mod verify;

mod finding;
mod folder;
mod lines;
mod stored;
mod tiles;
mod walk;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::output::quiet;
use super::with_store;

/// Copy out, check and prove the audit log.
///
/// The log holds codes, counts and identifiers, and never a value of a member. Its form is that of C2SP (tlog-tiles,
/// tlog-checkpoint, tlog-proof), so that other programs than this one can check it too.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  portcullis audit export /srv/log\n  \
                        portcullis audit verify /srv/log --key-file log.vkey --head kept-in-march --receipt mine.tlog-proof\n  \
                        portcullis audit checkpoint\n  portcullis audit key > log.vkey\n  portcullis audit proof 0nq5f2b6k1a2b3c4d5e6f7g8h9")]
pub struct AuditArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Export(export::ExportArgs),
    Verify(verify::VerifyArgs),
    Checkpoint(checkpoint::CheckpointArgs),
    Proof(proof::ProofArgs),
    Key(key::KeyArgs),
}

/// The folder of the configuration, for the path of the store alone.
#[derive(Debug, Clone, clap::Args)]
pub struct StoreArgs {
    /// The folder that holds portcullis.toml; only its [store] is read
    #[arg(long, default_value = "config")]
    pub config: PathBuf,
}

/// Runs the command that the arguments name.
///
/// # Errors
/// When it could not be answered. Exit code 2 is meant.
pub(super) fn run(args: &AuditArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let code = match &args.command {
        Command::Export(args) => with_store(&args.store.config, |store| export::run(args, store, out)),
        Command::Checkpoint(args) => with_store(&args.store.config, |store| checkpoint::run(args, store, out)),
        Command::Proof(args) => with_store(&args.store.config, |store| proof::run(args, store, out)),
        Command::Key(args) => key::run(args, out),
        Command::Verify(args) => match &args.config {
            Some(config) => with_store(config, |store| verify::of_store(args, store, out)),
            None => verify::of_folder(args, out),
        },
    };
    quiet(code)
}
