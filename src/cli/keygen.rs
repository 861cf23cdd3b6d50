//! `portcullis keygen`: a new secret key file for a contest's pseudonyms and tokens.
//!
//! It never prints a secret key.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use zeroize::Zeroizing;

use super::key_file;
use super::output::quiet;
use crate::engine::audit::key::{KeyName, SecretKey};

/// Random bytes in a key file; twice as many hexadecimal digits.
const KEY_BYTES: usize = 32;

/// Make a new secret key file (mode 0600), never overwriting one.
///
/// The key makes a contest's pseudonyms and tokens. Whoever has it can compute them; without it nobody can, so keep a
/// copy in a safe place while the contest runs, and destroy every copy when it is over.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  portcullis keygen config/contests/secrets/leader-2026.key\n  \
                        portcullis keygen --log vote.example.org/portcullis config/secrets/log.key")]
pub struct KeygenArgs {
    /// Make the key that signs the audit log of this name instead, and print its public key
    #[arg(long, value_name = "NAME", value_parser = KeyName::parse)]
    pub log: Option<KeyName>,
    /// The file to create. Its directory has to exist
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Writes 32 random bytes to a new file as 64 lower-case hexadecimal digits and a newline, and says so on `out`.
///
/// # Errors
/// When the file exists, its directory does not, or either cannot be written. Exit code 2 is meant.
pub fn run(args: &KeygenArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    getrandom::fill(key.as_mut_slice()).context("the system gave no random bytes")?;
    if let Some(name) = &args.log {
        let key = SecretKey::new(name.clone(), &key);
        key_file::write(&args.file, &key.spell())?;
        return quiet(tell_of_log(&args.file, &key, out));
    }
    let digits = Zeroizing::new(data_encoding::HEXLOWER.encode(key.as_slice()));
    key_file::write(&args.file, &digits)?;
    quiet(tell(&args.file, out))
}

fn tell_of_log(path: &Path, key: &SecretKey, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    writeln!(out, "A new key of the audit log is in {}, for its owner's eyes alone (mode 0600).", path.display())?;
    writeln!(out, "Name it as `key_file` under [audit]. Its public key, for everyone who is to check the log:")?;
    writeln!(out, "{}", key.public())?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn tell(path: &Path, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    writeln!(out, "A new key is in {}, for its owner's eyes alone (mode 0600).", path.display())?;
    writeln!(out, "Name it as `key_file` under [pseudonyms] in the contest's file; destroy it when the contest is over.")?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
