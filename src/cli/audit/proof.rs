//! `portcullis audit proof`: the receipt of one pull, which anyone can check with the log's public key.
//!
//! Proves what the log says of the pull, and nothing about the records themselves. Never overwrites a file.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::StoreArgs;
use crate::cli::shelf;
use crate::config::settings::Store;
use crate::engine::audit::receipt::Receipt;
use crate::engine::ids::RequestId;
use crate::store::books::heads::receipt;
use crate::store::books::tables::Reading;
use crate::store::books::{PullFilter, StoredPull};

/// Print the receipt of a pull (a C2SP tlog-proof).
///
/// It holds the entry that closed the pull and proves that it is in the log, under the newest signed head. A campaign
/// keeps it; `audit verify --receipt` holds the log to it.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Example:\n  portcullis audit proof 0nq5f2b6k1a2b3c4d5e6f7g8h9 --out mine.tlog-proof")]
pub struct ProofArgs {
    #[command(flatten)]
    pub(super) store: StoreArgs,
    /// The identifier of the exchange, as the answer's `Portcullis-Request-Id` said it
    #[arg(value_name = "REQUEST_ID", value_parser = request)]
    pub request: RequestId,
    /// Write it to this new file, instead of printing it
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

fn request(text: &str) -> Result<RequestId, &'static str> {
    RequestId::parse(text).ok_or("write the 26 letters and digits of a Portcullis-Request-Id")
}

/// What there is instead of a receipt.
enum Answer {
    Proved(Receipt),
    No(&'static str),
}

/// Prints the receipt. Exit code 1: there is none, or not yet.
///
/// # Errors
/// When the store cannot be read, or the file or `out` cannot be written.
pub fn run(args: &ProofArgs, store: &Store, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let receipt = match shelf::read(store, |reading| prove(reading, args.request))? {
        Answer::Proved(receipt) => receipt,
        Answer::No(why) => {
            eprintln!("portcullis: {why}");
            return Ok(ExitCode::from(1));
        }
    };
    match &args.out {
        Some(path) => {
            create(path, &receipt)?;
            writeln!(out, "The receipt is in {}; it proves entry {}.", path.display(), receipt.index)?;
        }
        None => write!(out, "{}", receipt.spell())?,
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn prove(reading: &mut dyn Reading, request: RequestId) -> anyhow::Result<Answer> {
    const UNKNOWN: Answer = Answer::No("no pull with this identifier is on record; what was refused is none");
    const OPEN: Answer = Answer::No("the pull is still open: its receipt is made when it has ended");
    const UNSIGNED: Answer = Answer::No("no signed head covers the pull's end yet; the running proxy signs one within a second");
    let filter = PullFilter { request: Some(request), ..PullFilter::default() };
    let Some(StoredPull { end, .. }) = reading.pulls(&filter)?.into_iter().next() else { return Ok(UNKNOWN) };
    let Some(end) = end else { return Ok(OPEN) };
    match reading.newest_head()?.filter(|(size, _)| *size > end.entry) {
        Some((size, head)) => Ok(Answer::Proved(receipt(reading, end.entry, size, &head)?)),
        None => Ok(UNSIGNED),
    }
}

fn create(path: &Path, receipt: &Receipt) -> anyhow::Result<()> {
    let shown = path.display();
    match File::create_new(path) {
        Ok(mut file) => file.write_all(receipt.spell().as_bytes()).with_context(|| format!("{shown} cannot be written")),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => bail!("{shown} exists, and is not overwritten"),
        Err(error) => Err(error).with_context(|| format!("{shown} cannot be created")),
    }
}
