//! `portcullis report`: what a data-protection officer needs when a contest is over, or in its midst.
//!
//! Reads the books and writes nothing into them. Knows members by counts alone. It needs no key: it works after the contest's has been destroyed.

mod chart;
mod figures;
mod gather;
mod html;
mod text;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};

use self::figures::Report;
use super::output::quiet;
use super::with_store;
use crate::config;
use crate::engine::ids::ContestId;
use crate::engine::time::Timestamp;

/// Report what left for whom, what was refused, and what else is on record.
///
/// Who received how many records about how many members, on which days; refusals and their reasons; objections; suspensions with who and why;
/// configurations and keys; pulls that were lost or broken off; and the state of the audit log. As text, as JSON, or as one page to
/// print. It needs no key, so it works after `keys destroy` too. Days are those of UTC.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis report --contest leader-2026\n  portcullis report --contest leader-2026 --html report.html"
)]
pub struct ReportArgs {
    /// The folder that holds portcullis.toml and contests/
    #[arg(long, default_value = "config")]
    pub config: PathBuf,
    /// The contest
    #[arg(long, value_name = "CONTEST", value_parser = ContestId::parse)]
    pub contest: ContestId,
    /// Print one JSON object instead of text
    #[arg(long, conflicts_with = "html")]
    pub json: bool,
    /// Write one HTML page to this new file, which needs nothing beside it (- for standard output)
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// Reports. Exit code 1: nothing of the contest is on record.
///
/// # Errors
/// When the store cannot be read, or the file or `out` cannot be written. Exit code 2 is meant.
pub fn run(args: &ReportArgs, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let told = with_store(&args.config, |store| {
        let mut report = gather::report(store, &args.contest, now)?;
        // Names for people, where the configuration can be read; the books know identifiers.
        if let Ok(config) = config::read(&args.config) {
            report.name(config.ruleset.contest(args.contest.as_str()).map(AsRef::as_ref));
        }
        let code = ExitCode::from(u8::from(report.is_empty()));
        print(args, &report, out)?;
        out.flush()?;
        Ok(code)
    });
    quiet(told)
}

fn print(args: &ReportArgs, report: &Report, out: &mut dyn Write) -> anyhow::Result<()> {
    match &args.html {
        Some(path) if path.as_os_str() == "-" => Ok(out.write_all(html::page(report).as_bytes())?),
        Some(path) => {
            create(path, &html::page(report))?;
            Ok(writeln!(out, "The report on contest {} is in {}.", args.contest, path.display())?)
        }
        None if args.json => Ok(writeln!(out, "{}", serde_json::to_string(report)?)?),
        None => text::print(report, out),
    }
}

fn create(path: &Path, page: &str) -> anyhow::Result<()> {
    let shown = path.display();
    match File::create_new(path) {
        Ok(mut file) => file.write_all(page.as_bytes()).with_context(|| format!("{shown} cannot be written")),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => bail!("{shown} exists, and is not overwritten"),
        Err(error) => Err(error).with_context(|| format!("{shown} cannot be created")),
    }
}
