//! `portcullis check`: every problem of every configuration file at once.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::output::counted;
use super::sample::{self, Named};
use crate::config::sample::Sample;
use crate::config::{self, Config, Places, Problem, problem};

/// Check the configuration and print every problem of every file.
///
/// Example: `portcullis check --config config --sample leader-2026/members=sample.json`
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// The folder that holds portcullis.toml and contests/
    #[arg(long, default_value = "config")]
    config: PathBuf,
    /// Also print the process settings in force, defaults included
    #[arg(long)]
    effective: bool,
    /// A body as the source of an export sends it (- for standard input): also warn of names that no record of it has
    #[arg(long = "sample", value_name = "CONTEST/EXPORT=FILE", value_parser = Named::parse)]
    samples: Vec<Named>,
    /// One JSON object a line for each problem, instead of text
    #[arg(long)]
    json: bool,
}

/// Checks. Exit 0: usable, perhaps with warnings; 1: not usable; 2: a sample could not be tried.
pub fn run(args: &CheckArgs, out: &mut dyn Write) -> io::Result<ExitCode> {
    let samples = match samples(&args.samples) {
        Ok(samples) => samples,
        Err(why) => return Ok(super::cannot(&why)),
    };
    match config::read_trying(&Places::of_process(&args.config), &samples) {
        Ok(config) => {
            if let Some(why) = untried(&samples, &config) {
                return Ok(super::cannot(&why));
            }
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

fn samples(named: &[Named]) -> Result<Vec<Sample>, String> {
    let read = |named: &Named| {
        let name = named.file.display().to_string();
        let body = sample::read(&named.file).map_err(|error| format!("cannot read {name}: {error}"))?;
        Ok(Sample { contest: named.contest.clone(), export: named.export.clone(), name, body })
    };
    named.iter().map(read).collect()
}

/// Why a sample was not tried, in a configuration without a problem: there is no such export.
fn untried(samples: &[Sample], config: &Config) -> Option<String> {
    let known = |sample: &&Sample| config.ruleset.contest(&sample.contest).is_some_and(|it| it.export(&sample.export).is_some());
    let lost = samples.iter().find(|sample| !known(sample))?;
    Some(format!("there is no export `{}` in a contest `{}`", lost.export, lost.contest))
}

fn report(args: &CheckArgs, problems: &[Problem], out: &mut dyn Write) -> io::Result<()> {
    if !args.json {
        return write!(out, "{}", problem::render(problems, super::colours(&io::stdout())));
    }
    problems.iter().try_for_each(|problem| writeln!(out, "{}", serde_json::to_string(problem)?))
}
