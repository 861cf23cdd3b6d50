//! The folder that a file stands in, and the rule that a name which is new, or gone, survives a power loss only once that is synced.
//!
//! It never creates a folder.

use std::fs::File;
use std::io;
use std::path::Path;

/// The folder of a path; the one that the process works in for a bare name.
#[must_use]
pub fn of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Brings to disk which names stand in the folder of a path.
///
/// # Errors
/// What the system says.
pub fn sync_of(path: &Path) -> io::Result<()> {
    File::open(of(path))?.sync_all()
}
