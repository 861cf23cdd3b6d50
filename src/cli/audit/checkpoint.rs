//! `portcullis audit checkpoint`: the newest signed head, to be kept by others.
//!
//! Signs nothing: the running proxy does, a second after an entry.

use std::io::Write;
use std::process::ExitCode;

use super::StoreArgs;
use crate::cli::shelf;
use crate::config::settings::Store;

/// Print the newest signed head of the log (a C2SP checkpoint).
///
/// Whoever keeps heads can show later that the log was cut, rolled back or written anew: give them to `audit verify`
/// with --head. The running proxy signs a head a second after an entry; this prints the newest.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Example:\n  portcullis audit checkpoint > kept/$(date +%F)")]
pub struct CheckpointArgs {
    #[command(flatten)]
    pub(super) store: StoreArgs,
}

/// Prints the head. Exit code 1: none has been signed.
///
/// # Errors
/// When the store cannot be read, or `out` fails.
pub fn run(_: &CheckpointArgs, store: &Store, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let Some((_, head)) = shelf::read(store, |reading| Ok(reading.newest_head()?))? else {
        eprintln!("portcullis: no head has been signed yet; the running proxy signs one a second after the log's first entry");
        return Ok(ExitCode::from(1));
    };
    write!(out, "{head}")?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
