//! `portcullis schema`: the JSON Schema of a configuration file, so that an editor knows its keys.
//!
//! Reads no file. What the schema says comes from the declarations that the files are read with.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::config::schema;

/// Print the JSON Schema of a configuration file, for editors.
///
/// An editor with TOML support (Taplo, Even Better TOML) then completes keys, shows what they are for, and underlines
/// those that do not exist. Name the schema in the first line of the file: `#:schema ../contest.schema.json`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  portcullis schema contest > config/contest.schema.json\n  \
                        portcullis schema process > config/process.schema.json")]
pub struct SchemaArgs {
    /// Which file
    #[arg(value_enum, value_name = "FILE")]
    pub file: Described,
}

/// A file that has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Described {
    /// A contest: each file of contests/
    Contest,
    /// The process: portcullis.toml
    Process,
}

/// Prints the schema on `out`. Exit 0; another file is a question that cannot be answered: 2.
///
/// # Errors
/// When `out` fails.
pub fn run(args: &SchemaArgs, out: &mut dyn Write) -> io::Result<ExitCode> {
    let schema = match args.file {
        Described::Contest => schema::contest(),
        Described::Process => schema::process(),
    };
    writeln!(out, "{schema:#}")?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
