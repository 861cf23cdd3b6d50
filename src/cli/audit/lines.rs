//! `entries.jsonl`: the entries of an export once more, one a line, for people with `jq`.
//!
//! Nothing is proved by it; `audit verify` compares it with the entries that are proved.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Write as _};

use anyhow::Context;

use super::folder::Folder;
use crate::engine::audit::entry::ENTRY_BYTES_MAX;

const NAME: &str = "entries.jsonl";

/// The lines, open for those that are missing.
#[derive(Debug)]
pub(super) struct Lines {
    file: BufWriter<File>,
    /// So many entries are there.
    have: u64,
}

impl Lines {
    /// Keeps the lines of so many entries, and cuts off what an export that was broken off has left behind them.
    pub(super) fn continued(folder: &Folder, before: u64) -> anyhow::Result<Self> {
        let path = folder.path(NAME);
        let open = || {
            std::fs::create_dir_all(path.parent().unwrap_or(&path))?;
            let file = OpenOptions::new().read(true).append(true).create(true).open(&path)?;
            file.set_len(end_of(&file, before)?)?;
            Ok::<_, io::Error>(file)
        };
        let file = open().with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self { file: BufWriter::new(file), have: before })
    }

    /// The next entry, unless its line is there.
    pub(super) fn put(&mut self, seq: u64, entry: &[u8]) -> anyhow::Result<()> {
        if seq < self.have {
            return Ok(());
        }
        self.have = seq + 1;
        let written = self.file.write_all(entry).and_then(|()| self.file.write_all(b"\n"));
        written.context("entries.jsonl cannot be written")
    }

    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.file.flush().context("entries.jsonl cannot be written")
    }
}

/// Where the first lines end.
fn end_of(file: &File, lines: u64) -> io::Result<u64> {
    let (mut reader, mut at, mut seen) = (BufReader::with_capacity(1 << 16, file), 0, 0);
    while seen < lines {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            return Err(io::Error::other("it has fewer lines than the export has entries; remove the folder and export anew"));
        }
        let left = usize::try_from(lines - seen).unwrap_or(usize::MAX);
        let mut last = piece.len();
        for end in memchr::memchr_iter(b'\n', piece).take(left) {
            seen += 1;
            if seen == lines {
                last = end + 1;
            }
        }
        at += last as u64;
        let read = piece.len();
        reader.consume(read);
    }
    Ok(at)
}

/// The lines, for comparing.
#[derive(Debug, Default)]
pub(super) struct Compared(Option<BufReader<File>>);

impl Compared {
    /// The lines of an export; without the file nothing is compared.
    pub(super) fn open(folder: &Folder) -> anyhow::Result<Self> {
        let path = folder.path(NAME);
        match File::open(&path) {
            Ok(file) => Ok(Self(Some(BufReader::new(file)))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self(None)),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
    }

    /// Whether the next line is this entry; or, for none, whether no line is left.
    pub(super) fn is(&mut self, entry: Option<&[u8]>) -> anyhow::Result<bool> {
        let Some(file) = &mut self.0 else { return Ok(true) };
        let mut line = Vec::new();
        file.take(ENTRY_BYTES_MAX as u64 + 2).read_until(b'\n', &mut line).context("entries.jsonl cannot be read")?;
        Ok(entry.map_or(line.is_empty(), |entry| line.strip_suffix(b"\n") == Some(entry)))
    }
}
