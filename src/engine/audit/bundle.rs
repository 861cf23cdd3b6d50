//! Bundles of entries, each with its length before it, as C2SP `tlog-tiles` publishes them.
//!
//! Knows lengths and nothing of what the entries say.

use super::entry::ENTRY_BYTES_MAX;
use super::tile::TILE_WIDTH;

/// Why bytes are not a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleFault {
    /// More than 256 entries.
    #[error("has more than {TILE_WIDTH} entries")]
    TooMany,
    /// An entry of more than [`ENTRY_BYTES_MAX`] bytes.
    #[error("has an entry of more than {ENTRY_BYTES_MAX} bytes")]
    TooLong,
    /// It ends inside an entry or a length.
    #[error("ends in the middle of an entry")]
    CutOff,
}

/// Writes entries one behind the other, each after its length in two bytes, the higher first.
///
/// # Errors
/// [`BundleFault::TooMany`] and [`BundleFault::TooLong`].
pub fn spell<'e>(entries: impl IntoIterator<Item = &'e [u8]>) -> Result<Vec<u8>, BundleFault> {
    let mut bytes = Vec::new();
    for (at, entry) in (0..).zip(entries) {
        if at >= TILE_WIDTH {
            return Err(BundleFault::TooMany);
        }
        let length = u16::try_from(entry.len()).ok().filter(|_| entry.len() <= ENTRY_BYTES_MAX).ok_or(BundleFault::TooLong)?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// The entries of a bundle, in order.
///
/// # Errors
/// [`BundleFault`] for anything that [`spell`] would not write.
pub fn parse(bytes: &[u8]) -> Result<Vec<&[u8]>, BundleFault> {
    let (mut entries, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        let (length, behind) = rest.split_first_chunk().ok_or(BundleFault::CutOff)?;
        let length = usize::from(u16::from_be_bytes(*length));
        if length > ENTRY_BYTES_MAX {
            return Err(BundleFault::TooLong);
        }
        let (entry, behind) = behind.split_at_checked(length).ok_or(BundleFault::CutOff)?;
        entries.push(entry);
        rest = behind;
    }
    if entries.len() as u64 > TILE_WIDTH { Err(BundleFault::TooMany) } else { Ok(entries) }
}
