//! `portcullis audit key`: the log's public key, for everyone who is to check the log.
//!
//! Makes no key, and prints nothing of the secret one.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::{books, load};

/// Print the public key of the audit log (a C2SP signed-note verifier key).
///
/// Give it to campaigns and to the scrutineer before the window opens, by a way of its own: it is what they check receipts and the
/// log with. It is the public half of the `key_file` under [audit].
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Example:\n  portcullis audit key > log.vkey")]
pub struct KeyArgs {
    /// The folder that holds portcullis.toml and contests/
    #[arg(long, default_value = "config")]
    pub config: PathBuf,
}

/// Prints the key.
///
/// # Errors
/// When the key cannot be read, or `out` fails. Exit code 2 is meant.
pub fn run(args: &KeyArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let config = match load(&args.config) {
        Ok(config) => config,
        Err(code) => return Ok(code),
    };
    writeln!(out, "{}", books::kept_key(&config.settings.audit)?.public())?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
