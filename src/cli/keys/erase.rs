//! Overwriting a small file and removing its name.
//!
//! Does what a program can: new bytes over the old ones, forced to the disk, before the name goes. What the disk does underneath is not known here.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::store::folder;

/// What there was besides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Erased {
    /// Whether the file had further names.
    pub other_names: bool,
}

/// Overwrites a file with random bytes, removes it, and a symbolic link that led to it.
///
/// # Errors
/// What the system says. The file may be overwritten then and still have its name.
pub(super) fn erase(path: &Path) -> io::Result<Erased> {
    let real = path.canonicalize()?;
    let mut file = OpenOptions::new().write(true).open(&real)?;
    let facts = file.metadata()?;
    let mut noise = vec![0; usize::try_from(facts.len()).unwrap_or(usize::MAX).min(1 << 20)];
    getrandom::fill(&mut noise).map_err(|error| io::Error::other(error.to_string()))?;
    file.write_all(&noise)?;
    file.sync_all()?;
    fs::remove_file(&real)?;
    folder::sync_of(&real)?;
    if path.symlink_metadata().is_ok() {
        fs::remove_file(path)?;
        folder::sync_of(path)?;
    }
    Ok(Erased { other_names: facts.nlink() > 1 })
}
