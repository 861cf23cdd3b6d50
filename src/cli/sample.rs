//! Samples: bodies of a source that the operator has as files, for `check` and `preview`.
//!
//! It reads them whole, within a bound, and looks at none of what is in them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Largest sample, in bytes.
const SAMPLE_BYTES_MAX: u64 = 64 << 20;

/// What `--sample CONTEST/EXPORT=FILE` names.
#[derive(Debug, Clone)]
pub(super) struct Named {
    /// The contest.
    pub contest: String,
    /// The export.
    pub export: String,
    /// The file, or `-` for standard input.
    pub file: std::path::PathBuf,
}

impl Named {
    /// Parses `CONTEST/EXPORT=FILE`.
    ///
    /// # Errors
    /// A sentence for the person who wrote it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(export, file)| Some((export.split_once('/')?, file)));
        match parts {
            Some(((contest, export), file)) if ![contest, export, file].contains(&"") => {
                Ok(Self { contest: contest.to_owned(), export: export.to_owned(), file: file.into() })
            }
            _ => Err("write contest, slash, export, equals sign, file: `leader-2026/members=sample.json`".to_owned()),
        }
    }
}

/// The bytes of a file, or of standard input where it is called `-`.
///
/// # Errors
/// Those of reading, and one for a file that is too large.
pub(super) fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut sample = Vec::new();
    let source: Box<dyn Read> = if file.as_os_str() == "-" { Box::new(io::stdin()) } else { Box::new(File::open(file)?) };
    source.take(SAMPLE_BYTES_MAX + 1).read_to_end(&mut sample)?;
    if sample.len() as u64 > SAMPLE_BYTES_MAX {
        return Err(io::Error::other(format!("a sample has at most {SAMPLE_BYTES_MAX} bytes")));
    }
    Ok(sample)
}
