//! Commands: one file each, and the only place where the parts are joined.
//!
//! Exit codes: 0 yes or done; 1 the answer is no (problems found, would be refused); 2 could not answer.

pub mod audit;
pub mod books;
pub mod check;
pub mod demo;
pub mod explain;
pub mod key;
pub mod keygen;
pub mod keys;
pub mod object;
pub mod preview;
pub mod register;
pub mod rejections;
pub mod report;
pub mod schema;
pub mod serve;
pub mod suspend;
pub mod suspensions;

mod columns;
mod key_file;
mod members;
mod output;
mod sample;
mod shelf;

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::clock::Clock;
use crate::config::settings::Store;
use crate::config::{self, Config, Problems};
use crate::engine::policy::Ruleset;

/// A data-minimising export proxy between a membership database and the campaigns of an internal contest.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::ServeArgs),
    Demo(demo::DemoArgs),
    Check(check::CheckArgs),
    Explain(explain::ExplainArgs),
    Preview(preview::PreviewArgs),
    Keygen(keygen::KeygenArgs),
    Key(key::KeyArgs),
    Suspend(suspend::SuspendArgs),
    Resume(suspend::ResumeArgs),
    Suspensions(SuspensionsCommand),
    Rejections(RejectionsCommand),
    Register(register::RegisterArgs),
    Object(object::ObjectArgs),
    Report(report::ReportArgs),
    Keys(keys::KeysArgs),
    Audit(audit::AuditArgs),
    Schema(schema::SchemaArgs),
}

// No doc comment here: it would replace the help that `RejectionsArgs` has.
#[derive(Debug, clap::Args)]
struct RejectionsCommand {
    /// The folder that holds portcullis.toml; only its [store] is read
    #[arg(long, default_value = "config")]
    config: std::path::PathBuf,
    #[command(flatten)]
    rest: rejections::RejectionsArgs,
}

// No doc comment here either.
#[derive(Debug, clap::Args)]
struct SuspensionsCommand {
    /// The folder that holds portcullis.toml; only its [store] is read
    #[arg(long, default_value = "config")]
    config: std::path::PathBuf,
    #[command(flatten)]
    rest: suspensions::SuspensionsArgs,
}

/// Runs the command that the arguments name.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => {
            // Help and version are answers; anything else is a question that cannot be answered.
            let code = if said.use_stderr() { 2 } else { 0 };
            let _ = said.print();
            return ExitCode::from(code);
        }
    };
    match dispatch(&cli.command, &mut io::stdout().lock()) {
        Ok(code) => code,
        Err(error) => cannot(&format!("{error:#}")),
    }
}

fn dispatch(command: &Command, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let now = Clock::default().now();
    match command {
        Command::Serve(args) => Ok(serve::run(args)),
        Command::Demo(args) => output::quiet(demo::run(args, out).map_err(Into::into)),
        Command::Check(args) => output::quiet(check::run(args, out).map_err(Into::into)),
        Command::Explain(args) => output::quiet(explain::run(args, out).map_err(Into::into)),
        Command::Preview(args) => output::quiet(preview::run(args, out).map_err(Into::into)),
        Command::Keygen(args) => keygen::run(args, out),
        Command::Key(args) => key::run(args, now, out),
        Command::Suspend(args) => {
            with_store(&args.stop.config, |store| suspend::suspend(args, store, names(&args.stop.config).as_ref(), now, out))
        }
        Command::Resume(args) => {
            with_store(&args.stop.config, |store| suspend::resume(args, store, names(&args.stop.config).as_ref(), now, out))
        }
        Command::Suspensions(args) => with_store(&args.config, |store| suspensions::run(&args.rest, store, out)),
        Command::Rejections(args) => with_store(&args.config, |store| rejections::run(&args.rest, store, now, out)),
        Command::Report(args) => report::run(args, now, out),
        Command::Keys(args) => keys::run(args, now, out),
        Command::Audit(args) => audit::run(args, out),
        Command::Register(args) => register::run(args, out),
        Command::Object(args) => object::run(args, now, out),
        Command::Schema(args) => output::quiet(schema::run(args, out).map_err(Into::into)),
    }
}

/// Needs nothing of the configuration but the store's place: the rest may be broken on the night when it is asked.
fn with_store(directory: &Path, command: impl FnOnce(&Store) -> anyhow::Result<ExitCode>) -> anyhow::Result<ExitCode> {
    match config::store(directory) {
        Ok(store) => command(&store),
        Err(problems) => Ok(unusable(&problems)),
    }
}

/// The contests and campaigns that there are; where the configuration cannot be read, a warning.
fn names(directory: &Path) -> Option<Ruleset> {
    let config = config::read(directory);
    if config.is_err() {
        eprintln!(
            "portcullis: the configuration has problems (see `portcullis check`), so names are not looked for in it: mind their spelling"
        );
    }
    config.ok().map(|config| config.ruleset)
}

/// The configuration, or its problems on standard error.
fn load(directory: &Path) -> Result<Config, ExitCode> {
    config::read(directory).map_err(|problems| unusable(&problems))
}

fn unusable(problems: &Problems) -> ExitCode {
    eprint!("{}", problems.render(colours(&io::stderr())));
    ExitCode::from(2)
}

/// Says on standard error why there is no answer.
fn cannot(why: &str) -> ExitCode {
    eprintln!("portcullis: {why}");
    ExitCode::from(2)
}

/// Whether a stream is a terminal that wants colours (<https://no-color.org>).
fn colours(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
