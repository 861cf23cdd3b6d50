//! What the files say, with every value's place: the first of the two levels of configuration.
//!
//! These types mirror the TOML and mean nothing yet. What a table can say is declared once, in `said!`; from that
//! declaration come the reading, the refusal of unknown keys and the suggestions. Nothing here is valid because it
//! could be read: `config::compile` decides.

pub mod campaign;
pub mod contest;
pub mod export;
pub mod process;
pub mod read;
pub mod rule;
pub mod spelling;

use toml_spanner::{Arena, parse_recoverable};

use self::contest::ContestFile;
use self::process::{ProcessFile, Store};
use self::read::{Opened, Read as _};
use super::notes::{Notes, Span};

/// Reads `portcullis.toml`. What could not be read is in the notes.
pub fn process_file(text: &str, notes: &mut Notes) -> ProcessFile {
    let arena = Arena::new();
    let document = parse_recoverable(text, &arena);
    note_syntax(document.errors(), text, notes);
    ProcessFile::from_root(&Opened::root(document.table(), ProcessFile::KEYS, notes), notes)
}

/// Reads `[store]` of `portcullis.toml` alone. What could not be read is in the notes.
pub fn store(text: &str, notes: &mut Notes) -> Option<Store> {
    let arena = Arena::new();
    let document = parse_recoverable(text, &arena);
    note_syntax(document.errors(), text, notes);
    match document.table().get("store") {
        Some(item) => Store::read(item, "store", notes),
        None => {
            // It may be there under a misspelled name.
            Opened::root(document.table(), ProcessFile::KEYS, notes);
            None
        }
    }
}

/// Reads one file of `contests/`. What could not be read is in the notes.
pub fn contest_file(text: &str, notes: &mut Notes) -> ContestFile {
    let arena = Arena::new();
    let document = parse_recoverable(text, &arena);
    note_syntax(document.errors(), text, notes);
    ContestFile::from_root(&Opened::root(document.table(), ContestFile::KEYS, notes), notes)
}

fn note_syntax(errors: &[toml_spanner::Error], text: &str, notes: &mut Notes) {
    for error in errors {
        notes.broken = true;
        let span = error.span();
        let at = Span { start: span.start as usize, end: span.end as usize };
        conceal_line(at, text, notes);
        notes.error(at, format!("not TOML: {}", error.message(text)), syntax_help(error));
    }
}

/// Nobody knows which part of a broken line is a value: where the line speaks of secrets, everything that may be one
/// is concealed.
fn conceal_line(at: Span, text: &str, notes: &mut Notes) {
    const SECRET_WORDS: [&str; 7] = ["authorization", "bearer", "cookie", "password", "secret", "token", "key"];
    let start = at.start.min(text.len());
    let line_start = text.as_bytes()[..start].iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    let line_end = text.as_bytes()[start..].iter().position(|&byte| byte == b'\n').map_or(text.len(), |newline| start + newline);
    let line = text.get(line_start..line_end).unwrap_or_default();
    let lower = line.to_ascii_lowercase();
    if !SECRET_WORDS.iter().any(|word| lower.contains(word)) {
        return;
    }
    if let Some(value) = line.find(['=', ':', '"', '\'']) {
        notes.conceal(Span { start: line_start + value + 1, end: line_end });
    }
}

fn syntax_help(error: &toml_spanner::Error) -> &'static str {
    use toml_spanner::ErrorKind as Kind;
    match error.kind() {
        Kind::UnquotedString => "put texts in quotes",
        Kind::UnterminatedString(_) => "close the text with the quote that opened it",
        Kind::DuplicateKey { .. } | Kind::DuplicateTable { .. } => "keep one of the two",
        Kind::UnclosedArray => "close the list with `]`",
        Kind::UnclosedInlineTable => "close the table with `}`",
        Kind::MissingArrayComma | Kind::MissingInlineTableComma => "put a comma between the two",
        Kind::InvalidDateTime(_) => "write a time as `2026-02-14T12:00:00`",
        _ => "see https://toml.io/en/v1.1.0 for what can stand here",
    }
}
