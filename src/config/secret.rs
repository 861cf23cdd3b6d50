//! Files that the configuration names: secrets, certificates, agreements.
//!
//! Content goes to the caller and nowhere else: no problem ever quotes it, and what may be a secret is zeroed when
//! dropped. This module writes no file.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::notes::Notes;
use super::raw::read::Text;

/// What a named file may hold at the most, in bytes.
pub const FILE_BYTES_MAX: usize = 64 << 10;
/// The beginning of a path that is looked up in the service manager's directory of credentials.
pub const CREDENTIALS_PREFIX: &str = "$CREDENTIALS_DIRECTORY/";

/// Where the files that a configuration file names are looked for.
#[derive(Clone, Copy)]
pub struct Folder<'a> {
    /// The folder of the file that names them.
    pub directory: &'a Path,
    /// What `$CREDENTIALS_DIRECTORY` stands for.
    pub credentials: Option<&'a Path>,
}

/// Who but its owner may read a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Readers {
    /// Nobody.
    Owner,
    /// Its group.
    Group,
    /// Everybody.
    Everybody,
}

/// A file's content, and who can read the file.
pub struct Content {
    /// The bytes as they are.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Who can read it. In the directory of credentials that is the service manager's business: `Owner`.
    pub readers: Readers,
}

impl Content {
    /// The text without the newline that editors put at the end; `None` where it is not UTF-8.
    pub fn line(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.bytes).ok()?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        Some(text.strip_suffix('\r').unwrap_or(text))
    }
}

impl Folder<'_> {
    /// Where a name points to.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        match name.strip_prefix(CREDENTIALS_PREFIX) {
            Some(rest) => self.credentials.map(|credentials| credentials.join(rest)),
            None => Some(self.directory.join(name)),
        }
    }

    /// Reads the file that is named here, or notes why it cannot be.
    pub fn read(&self, name: &Text, notes: &mut Notes) -> Option<Content> {
        if looks_like_content(&name.value) {
            notes.conceal(name.at);
            notes.error(
                name.at,
                "this looks like the secret itself",
                "put it in a file of its own, mode 0600, and name the file here",
            );
            return None;
        }
        let Some(path) = self.path(&name.value).filter(|_| !name.value.is_empty()) else {
            let (message, help) = match name.value.is_empty() {
                true => ("a file's name is empty", "name a file"),
                false => (
                    "$CREDENTIALS_DIRECTORY is not set",
                    "run under a service manager that sets it (LoadCredential=), or name a file",
                ),
            };
            notes.error(name.at, message, help);
            return None;
        };
        let outcome = fetch(&path);
        if let Err(trouble) = &outcome {
            let (message, help) = trouble.say(&path);
            notes.error(name.at, message, help);
        }
        let mut content = outcome.ok()?;
        if name.value.starts_with(CREDENTIALS_PREFIX) || self.credentials.is_some_and(|credentials| path.starts_with(credentials))
        {
            content.readers = Readers::Owner;
        }
        Some(content)
    }

    /// Like `read`, for a secret that its group may read but not everybody.
    pub fn read_secret(&self, name: &Text, notes: &mut Notes) -> Option<Content> {
        let content = self.read(name, notes)?;
        if content.readers == Readers::Everybody {
            let message = "everybody on this machine can read this secret";
            notes.warn(name.at, message, format!("run `chmod o-rwx {}`", name.value));
        }
        Some(content)
    }
}

/// A key or certificate where a file's name should stand.
fn looks_like_content(name: &str) -> bool {
    let hexadecimal = name.len() >= 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    name.contains('\n') || name.contains("-----BEGIN") || name.starts_with("Bearer ") || hexadecimal
}

enum Trouble {
    Missing,
    NotAFile,
    Unreadable(io::ErrorKind),
    Empty,
    TooLarge,
}

impl Trouble {
    fn say(&self, path: &Path) -> (String, String) {
        let path = path.display();
        let (message, help) = match self {
            Self::Missing => {
                (format!("there is no file {path}"), "make it, or mend the name; a relative name is relative to this file")
            }
            Self::NotAFile => (format!("{path} is not a regular file"), "name a file"),
            Self::Unreadable(kind) => (format!("{path} cannot be read: {kind}"), "let the user that runs the proxy read it"),
            Self::Empty => (format!("{path} is empty"), "put the content into the file"),
            Self::TooLarge => (format!("{path} is larger than {FILE_BYTES_MAX} bytes"), "name the right file"),
        };
        (message, help.to_owned())
    }
}

fn fetch(path: &Path) -> Result<Content, Trouble> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Trouble::Missing,
        kind => Trouble::Unreadable(kind),
    };
    // A pipe or a device would block or never end.
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Trouble::NotAFile);
    }
    // Room for all of it from the start: a growing buffer would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(FILE_BYTES_MAX + 1));
    let file = File::open(path).map_err(unreadable)?;
    file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() {
        0 => Err(Trouble::Empty),
        length if length > FILE_BYTES_MAX => Err(Trouble::TooLarge),
        _ => Ok(Content { bytes, readers: readers(&metadata) }),
    }
}

#[cfg(unix)]
fn readers(metadata: &fs::Metadata) -> Readers {
    use std::os::unix::fs::PermissionsExt as _;
    match metadata.permissions().mode() {
        mode if mode & 0o007 != 0 => Readers::Everybody,
        mode if mode & 0o070 != 0 => Readers::Group,
        _ => Readers::Owner,
    }
}

#[cfg(not(unix))]
fn readers(_metadata: &fs::Metadata) -> Readers {
    Readers::Owner
}
