//! Key files: written once, whole, for their owner's eyes alone.
//!
//! Never overwrites a file, and never leaves half of one behind.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, bail};

use crate::store::folder;

/// Writes a line to a new file. When this returns, the file is on disk: it is synced, and so is its directory.
///
/// # Errors
/// When the file exists, its directory does not, or either cannot be written.
pub fn write(path: &Path, line: &str) -> anyhow::Result<()> {
    let mut file = create(path)?;
    let written = file.write_all(line.as_bytes()).and_then(|()| file.write_all(b"\n")).and_then(|()| file.sync_all());
    if let Err(error) = written {
        // We made it a moment ago, and half a key is worse than none.
        let _ = std::fs::remove_file(path);
        return Err(error).with_context(|| format!("{} could not be written, and was removed again", path.display()));
    }
    folder::sync_of(path).with_context(|| format!("the directory of {} could not be synced", path.display()))
}

fn create(path: &Path) -> anyhow::Result<File> {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let shown = path.display();
    let folder = folder::of(path);
    match created {
        Ok(file) => Ok(file),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => bail!(
            "{shown} exists, and Portcullis never overwrites a key: what was made with a lost one cannot be made again. Name another file, or move this one away first"
        ),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !folder.is_dir() => bail!(
            "{shown} cannot be created, because the directory {} does not exist; create it first, readable to nobody else (mkdir -m 700)",
            folder.display()
        ),
        Err(error) => Err(error).with_context(|| format!("{shown} cannot be created")),
    }
}
