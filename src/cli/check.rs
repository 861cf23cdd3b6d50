//! `portcullis check`: every problem of every configuration file at once.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::output::counted;
use crate::config::{self, Problem, problem};

/// Check the configuration and print every problem of every file.
///
/// Example: `portcullis check --config config --effective`
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// The folder that holds portcullis.toml and contests/
    #[arg(long, default_value = "config")]
    config: PathBuf,
    /// Also print the process settings in force, defaults included
    #[arg(long)]
    effective: bool,
    /// One JSON object a line for each problem, instead of text
    #[arg(long)]
    json: bool,
}

/// Checks. Exit 0: usable, perhaps with warnings; 1: not usable.
pub fn run(args: &CheckArgs, out: &mut dyn Write) -> io::Result<ExitCode> {
    match config::read(&args.config) {
        Ok(config) => {
            report(args, &config.warnings, out)?;
            if !args.json {
                let exports: usize = config.ruleset.contests.iter().map(|contest| contest.exports.len()).sum();
                let campaigns: usize = config.ruleset.contests.iter().map(|contest| contest.campaigns.len()).sum();
                let counts = [(config.ruleset.contests.len(), "contest"), (exports, "export"), (campaigns, "campaign")];
                let counts = counts.map(|(count, noun)| counted(count as u64, noun));
                writeln!(out, "usable: {}; {}", counts.join(", "), counted(config.warnings.len() as u64, "warning"))?;
            }
            if args.effective {
                write!(out, "\n{}", config::effective(&config))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(problems) => {
            report(args, &problems.0, out)?;
            if !args.json {
                writeln!(out, "not usable: {}; nothing was put in force", counted(problems.errors() as u64, "problem"))?;
            }
            Ok(ExitCode::from(1))
        }
    }
}

fn report(args: &CheckArgs, problems: &[Problem], out: &mut dyn Write) -> io::Result<()> {
    if !args.json {
        return write!(out, "{}", problem::render(problems, super::colours(&io::stdout())));
    }
    problems.iter().try_for_each(|problem| writeln!(out, "{}", serde_json::to_string(problem)?))
}
