//! The folder of an exported log: what stands where, and how it is written and read.
//!
//! A file that was written whole is never changed: the same is written again or nothing. Only `checkpoint` is replaced, by a
//! later one. Nothing is read that is larger than it may be.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Display, Path, PathBuf};

use anyhow::{Context, bail};

use super::lines::Compared;
use super::walk::{Named, Walked};
use crate::engine::audit::entry::ENTRY_BYTES_MAX;
use crate::engine::audit::note::NOTE_BYTES_MAX;
use crate::engine::audit::tile::{Content, TILE_WIDTH, Tile, Tiles};

/// What stands in the folder of an export.
const NAMES: [&str; 4] = ["checkpoint", "tile", "heads", "entries.jsonl"];
/// Longest file of a tile, in bytes.
const TILE_BYTES_MAX: usize = (ENTRY_BYTES_MAX + 2) * TILE_WIDTH as usize;

/// The folder of an export.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(super) fn display(&self) -> Display<'_> {
        self.0.display()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Whether an export may begin here: there is nothing, or what an export that was broken off has left.
    pub(super) fn is_usable(&self) -> anyhow::Result<bool> {
        let names = match fs::read_dir(&self.0) {
            Ok(names) => names.collect::<io::Result<Vec<_>>>(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            Err(error) => Err(error),
        };
        let names = names.with_context(|| format!("{} cannot be read", self.display()))?;
        Ok(names.iter().all(|entry| NAMES.iter().any(|name| entry.file_name() == *name)))
    }

    /// A file's content, `None` where there is no such file.
    fn read(&self, name: &str, bytes_max: usize) -> anyhow::Result<Option<Vec<u8>>> {
        read(&self.path(name), bytes_max)
    }

    /// A signed head.
    pub(super) fn head(&self, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        self.read(name, NOTE_BYTES_MAX)
    }

    /// The widest tile at this place, and how wide its name says that it is.
    fn tile(&self, content: Content, index: u64) -> anyhow::Result<Option<(u16, Vec<u8>)>> {
        let full = Tile { content, index, width: 256 };
        if let Some(bytes) = self.read(&full.path(), TILE_BYTES_MAX)? {
            return Ok(Some((full.width, bytes)));
        }
        let Some(width) = self.widths(&full)?.into_iter().max() else { return Ok(None) };
        Ok(self.read(&Tile { width, ..full }.path(), TILE_BYTES_MAX)?.map(|bytes| (width, bytes)))
    }

    /// The widths of the tiles at this place that are not full.
    fn widths(&self, full: &Tile) -> anyhow::Result<Vec<u16>> {
        let parts = self.path(&format!("{}.p", full.path()));
        let names = match fs::read_dir(&parts) {
            Ok(names) => names.collect::<io::Result<Vec<_>>>(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => Err(error),
        };
        let names = names.with_context(|| format!("{} cannot be read", parts.display()))?;
        let width = |name: &str| name.parse().ok().filter(|width: &u16| (1..256).contains(width) && width.to_string() == name);
        Ok(names.iter().filter_map(|entry| entry.file_name().to_str().and_then(width)).collect())
    }

    /// The names of the heads, by size.
    fn head_names(&self) -> anyhow::Result<Vec<String>> {
        let path = self.path("heads");
        let names = match fs::read_dir(&path) {
            Ok(names) => names.collect::<io::Result<Vec<_>>>(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => Err(error),
        };
        let names = names.with_context(|| format!("{} cannot be read", path.display()))?;
        let mut names: Vec<_> = names.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort_by_key(|name| (name.len(), name.clone()));
        Ok(names.into_iter().map(|name| format!("heads/{name}")).collect())
    }

    /// Writes a file that is never changed again. One that is there has to be the same.
    pub(super) fn put_once(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        match self.read(name, bytes.len())? {
            Some(known) if known == bytes => return Ok(()),
            Some(_) => bail!("{} is there and holds something else; export into an empty folder", self.path(name).display()),
            None => {}
        }
        self.replace(name, bytes)
    }

    /// Writes a file whole, or not at all.
    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let path = self.path(name);
        let write = || {
            fs::create_dir_all(path.parent().unwrap_or(&self.0))?;
            let mut new = path.clone().into_os_string();
            new.push(".new");
            let mut file = File::create(&new)?;
            file.write_all(bytes)?;
            fs::rename(&new, &path)
        };
        write().with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Removes tiles that were not full, and which wider ones have taken the place of.
    pub(super) fn drop_narrower(&self, before: u64, size: u64) -> anyhow::Result<()> {
        let now = Tile::added(before, size);
        for tile in Tile::added(0, before).into_iter().filter(|tile| tile.width < 256) {
            let place = |other: &&Tile| other.content == tile.content && other.index == tile.index && other.width != tile.width;
            let Some(wider) = now.iter().find(place) else { continue };
            let path = self.path(&tile.path());
            fs::remove_file(&path).with_context(|| format!("{} cannot be removed", path.display()))?;
            if wider.width == 256
                && let Some(parts) = path.parent()
            {
                // Somebody may have put something else there.
                let _ = fs::remove_dir(parts);
            }
        }
        Ok(())
    }
}

impl Walked for Folder {
    fn heads(&self) -> anyhow::Result<Vec<Named>> {
        let mut heads = Vec::new();
        for name in self.head_names()? {
            if let Some(bytes) = self.head(&name)? {
                heads.push(Named { name, bytes });
            }
        }
        if let Some(bytes) = self.head("checkpoint")? {
            heads.push(Named { name: "checkpoint".to_owned(), bytes });
        }
        Ok(heads)
    }

    fn bundle(&self, index: u64) -> anyhow::Result<Option<(u16, Vec<u8>)>> {
        self.tile(Content::Entries, index)
    }

    fn hashes(&self, level: u8, index: u64) -> anyhow::Result<Option<Vec<u8>>> {
        Ok(self.tile(Content::Hashes { level }, index)?.map(|(_, bytes)| bytes))
    }

    fn lines(&self) -> anyhow::Result<Compared> {
        Compared::open(self)
    }
}

impl Tiles for &Folder {
    fn tile(&self, level: u8, index: u64) -> Option<Vec<u8>> {
        self.hashes(level, index).ok().flatten()
    }
}

/// A file's content, `None` where there is no such file.
///
/// # Errors
/// That it cannot be read, or is larger than this many bytes.
pub(super) fn read(path: &Path, bytes_max: usize) -> anyhow::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    };
    let mut bytes = Vec::new();
    let read = file.take(bytes_max as u64 + 1).read_to_end(&mut bytes);
    read.with_context(|| format!("{} cannot be read", path.display()))?;
    if bytes.len() > bytes_max { bail!("{} is larger than it may be", path.display()) } else { Ok(Some(bytes)) }
}
