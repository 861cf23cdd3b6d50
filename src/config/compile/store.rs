//! `[store]`: where the books are. Never connects, and never shows the URL.

use std::path::PathBuf;

use super::{refuse, word};
use crate::config::notes::Notes;
use crate::config::postgres::Postgres;
use crate::config::raw::process::Store as Said;
use crate::config::raw::read::Text;
use crate::config::secret::Folder;
use crate::config::settings::Store;

use super::process::certificates;

/// The words that allow a database beyond this machine without TLS.
pub const PLAINTEXT_WORDS: &str = "on-a-trusted-network";
/// Where the books are when the file does not say.
const PATH_DEFAULT: &str = "portcullis.db";

#[derive(Clone, Copy)]
enum Kind {
    Sqlite,
    Postgres,
}

/// Compiles `[store]`; the usual store where the file does not say.
pub fn store(said: Option<&Said>, folder: &Folder<'_>, notes: &mut Notes) -> Option<Store> {
    let Some(said) = said else { return Some(Store::Sqlite(folder.directory.join(PATH_DEFAULT))) };
    let kinds = [("sqlite", Kind::Sqlite), ("postgres", Kind::Postgres)];
    match said.kind.as_ref().map_or(Some(Kind::Sqlite), |kind| word(kind, "store", &kinds, notes))? {
        Kind::Sqlite => sqlite(said, folder, notes),
        Kind::Postgres => postgres(said, folder, notes).map(Store::Postgres),
    }
}

fn sqlite(said: &Said, folder: &Folder<'_>, notes: &mut Notes) -> Option<Store> {
    for other in [&said.url_file, &said.ca_file, &said.plaintext] {
        refuse(other.as_ref(), "an SQLite store has none of this", "remove it, or write `kind = \"postgres\"`", notes);
    }
    let Some(path) = &said.path else { return Some(Store::Sqlite(folder.directory.join(PATH_DEFAULT))) };
    if path.value.is_empty() {
        notes.error(path.at, "the database's path is empty", format!("write for example `{PATH_DEFAULT}`"));
        return None;
    }
    Some(Store::Sqlite(PathBuf::from(folder.directory).join(&path.value)))
}

fn postgres(said: &Said, folder: &Folder<'_>, notes: &mut Notes) -> Option<Postgres> {
    refuse(said.path.as_ref(), "a PostgreSQL store has no path", "remove it: the URL says where the database is", notes);
    let words = said.plaintext.as_ref();
    let plaintext = words.map(|said| word(said, "reason for no TLS", &[(PLAINTEXT_WORDS, ())], notes)).is_some();
    let authority = said.ca_file.as_ref().map(|said| certificates(said, folder, notes));
    let Some(file) = &said.url_file else {
        let help =
            "write `url_file = \"secrets/postgres-url\"`, a file with one line: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`";
        notes.error(said.at, "a PostgreSQL store needs the database's URL", help);
        return None;
    };
    let mut store = url(file, folder, notes)?;
    if store.is_exposed() && !plaintext {
        let help = format!("write `sslmode=require` in it, or say in words `plaintext = \"{PLAINTEXT_WORDS}\"`");
        notes.error(file.at, "the books would travel in the clear: the URL says `sslmode=disable`", help);
        return None;
    }
    if let Some(authority) = authority {
        store.ca_pem = Some(authority?);
    }
    Some(store)
}

/// The URL that the file holds.
fn url(file: &Text, folder: &Folder<'_>, notes: &mut Notes) -> Option<Postgres> {
    if file.value.contains("://") {
        notes.conceal(file.at);
        let help = "put it in a file of its own, mode 0600, and name the file here";
        notes.error(file.at, "this looks like the URL itself, which holds a password", help);
        return None;
    }
    let content = folder.read_secret(file, notes)?;
    match Postgres::parse(content.line().unwrap_or_default().trim()) {
        Ok(store) => Some(store),
        Err(why) => {
            let help = "the file holds one line: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`";
            notes.error(file.at, format!("the URL in this file {why}"), help);
            None
        }
    }
}
