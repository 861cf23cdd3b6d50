//! Heads, proofs and receipts out of what the books keep; and the newest head beside the books, so that an old copy of them is noticed.
//!
//! Signs nothing that is not durable, and never a head that does not continue the newest one.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use super::tables::{Reading, Tables};
use crate::engine::audit::checkpoint::Checkpoint;
use crate::engine::audit::key::{KeyName, PublicKey, SecretKey};
use crate::engine::audit::note::{NOTE_BYTES_MAX, Note};
use crate::engine::audit::proof::inclusion;
use crate::engine::audit::receipt::Receipt;
use crate::engine::audit::tile::{TILE_HEIGHT, TILE_WIDTH, TileHashes, Tiles};
use crate::engine::audit::tree::{Frontier, Node, Root};
use crate::store::{StoreError, folder};

const HASHES: StoreError = StoreError::Unreadable { what: "the hashes of the audit log" };
const HEAD: StoreError = StoreError::Unreadable { what: "a signed head of the audit log" };

/// Who signs, and where the newest head is kept beside the books.
#[derive(Debug)]
pub struct Signer {
    /// The log's key.
    pub key: SecretKey,
    /// The file outside of the database.
    pub outside: Option<PathBuf>,
}

/// The books are older than a head that is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RolledBack {
    /// Entries that were signed are missing.
    #[error("the audit log has {found} entries, and a signed head of {signed} is known: the store is an old copy, or was cut")]
    Shorter {
        /// Entries in the store.
        found: u64,
        /// Entries under the head.
        signed: u64,
    },
    /// Other entries stand there than those that were signed.
    #[error("the first {signed} entries of the audit log are not those that a known head was signed over")]
    Other {
        /// Entries under the head.
        signed: u64,
    },
}

impl Signer {
    /// The newest head, signed now where entries are behind it. The caller makes it durable before it is given to anybody.
    ///
    /// # Errors
    /// [`StoreError`] of the tables; [`StoreError::LogNotBegun`] where there is no log.
    pub fn head(&self, tables: &mut dyn Tables) -> Result<(u64, String), StoreError> {
        let end = tables.log_end()?.ok_or(StoreError::LogNotBegun)?;
        let root = end.frontier.root();
        if let Some((size, head)) = tables.newest_head()?
            && size >= root.size
        {
            return if size == root.size { Ok((size, head)) } else { Err(HASHES) };
        }
        let origin = self.key.public().name().clone();
        let note = Checkpoint { origin, root }.sign(&[&self.key]).map_err(|_| HEAD)?.spell();
        tables.add_head(root.size, &note)?;
        Ok((root.size, note))
    }

    /// Keeps a head beside the books. Durable when this returns; what was there before is there until then.
    ///
    /// # Errors
    /// What the system says.
    pub fn keep_outside(&self, head: &str) -> io::Result<()> {
        let Some(path) = &self.outside else { return Ok(()) };
        let mut new = path.clone().into_os_string();
        new.push(".new");
        let mut file = File::options().write(true).create(true).truncate(true).mode(0o644).open(&new)?;
        file.write_all(head.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        folder::sync_of(path)
    }

    /// The head that is kept beside the books; `None` where there is none.
    ///
    /// # Errors
    /// What the system says, or that the file is no head of this log under this key.
    pub fn known(&self) -> io::Result<Option<Checkpoint>> {
        let Some(path) = &self.outside else { return Ok(None) };
        let length = match std::fs::metadata(path) {
            Ok(file) => file.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if length > NOTE_BYTES_MAX as u64 {
            return Err(io::Error::other("is no signed head of this log"));
        }
        let head = read_head(&std::fs::read(path)?, self.key.public().name(), std::slice::from_ref(self.key.public()));
        head.map(Some).ok_or_else(|| io::Error::other("is no signed head of this log"))
    }
}

/// The head that a signed note holds, where it is this log's.
#[must_use]
pub fn read_head(note: &[u8], log: &KeyName, keys: &[PublicKey]) -> Option<Checkpoint> {
    Checkpoint::open(&Note::parse(note).ok()?, log, keys).ok()
}

/// Whether the books continue what a head says.
///
/// # Errors
/// [`StoreError`] of the tables; the inner error says that they do not.
pub fn continues(reading: &mut dyn Reading, head: &Checkpoint) -> Result<Result<(), RolledBack>, StoreError> {
    let signed = head.root.size;
    let found = reading.log_end()?.map_or(0, |end| end.frontier.size());
    if found < signed {
        return Ok(Err(RolledBack::Shorter { found, signed }));
    }
    let same = root_at(reading, signed)? == head.root;
    Ok(if same { Ok(()) } else { Err(RolledBack::Other { signed }) })
}

/// The root over the first entries.
///
/// # Errors
/// [`StoreError`] of the tables, or where hashes are missing.
pub fn root_at(reading: &mut dyn Reading, size: u64) -> Result<Root, StoreError> {
    let (frontier, fault) = with_hashes(reading, |hashes| Frontier::load(size, hashes));
    fault.map_or_else(|| frontier.map(|frontier| frontier.root()).map_err(|_| HASHES), Err)
}

/// The receipt of an entry under a signed head that covers it.
///
/// # Errors
/// [`StoreError`] of the tables, or where the entry or hashes are missing, or the head is none.
pub fn receipt(reading: &mut dyn Reading, index: u64, size: u64, head: &str) -> Result<Receipt, StoreError> {
    let entry = reading.entries(index, 1)?.into_iter().find(|entry| entry.seq == index).ok_or(HASHES)?;
    let head = Note::parse(head.as_bytes()).map_err(|_| HEAD)?;
    let (proof, fault) = with_hashes(reading, |hashes| inclusion(size, index, hashes));
    match fault {
        Some(fault) => Err(fault),
        None => Ok(Receipt { entry: entry.bytes, index, proof: proof.map_err(|_| HASHES)?, head }),
    }
}

/// Does something with the hashes of the books. The second is why one could not be read, where that was so.
fn with_hashes<'r, T>(
    reading: &'r mut dyn Reading,
    work: impl FnOnce(&TileHashes<BookTiles<'r>>) -> T,
) -> (T, Option<StoreError>) {
    let hashes = TileHashes(BookTiles { reading: RefCell::new(reading), seen: RefCell::default(), fault: RefCell::default() });
    let done = work(&hashes);
    (done, hashes.0.fault.into_inner())
}

/// Tiles that were read, by level and index; `None` for one that could not be.
type Seen = HashMap<(u8, u64), Option<Vec<u8>>>;

/// The books' hashes, as tiles.
struct BookTiles<'r> {
    reading: RefCell<&'r mut dyn Reading>,
    seen: RefCell<Seen>,
    fault: RefCell<Option<StoreError>>,
}

impl BookTiles<'_> {
    fn read(&self, level: u8, index: u64) -> Result<Vec<u8>, StoreError> {
        let mut reading = self.reading.borrow_mut();
        let first = index.saturating_mul(TILE_WIDTH);
        if level == 0 {
            let entries = reading.entries(first, TILE_WIDTH as usize)?;
            return Ok(entries.into_iter().flat_map(|entry| entry.leaf.0).collect());
        }
        let mut bytes = Vec::new();
        for index in first..first.saturating_add(TILE_WIDTH) {
            let Some(hash) = reading.hash(Node { level: level.saturating_mul(TILE_HEIGHT), index })? else { break };
            bytes.extend_from_slice(&hash.0);
        }
        Ok(bytes)
    }
}

impl Tiles for BookTiles<'_> {
    fn tile(&self, level: u8, index: u64) -> Option<Vec<u8>> {
        if let Some(seen) = self.seen.borrow().get(&(level, index)) {
            return seen.clone();
        }
        let tile = match self.read(level, index) {
            Ok(tile) => Some(tile),
            Err(fault) => {
                self.fault.borrow_mut().get_or_insert(fault);
                None
            }
        };
        self.seen.borrow_mut().insert((level, index), tile.clone());
        tile
    }
}
