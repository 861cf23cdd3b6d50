//! The hashes of the log's tree (RFC 6962, section 2.1), and the digests that entries name things by.
//!
//! The two are different types, because a digest of a thing is never a node of the tree.

use sha2::{Digest as _, Sha256};

use super::base64;

/// Bytes of a SHA-256.
pub const HASH_BYTES: usize = 32;

/// A node of the tree: of one entry, or of a run of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; HASH_BYTES]);

impl Hash {
    /// Of the tree without entries: SHA-256 of nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self(Sha256::digest([]).into())
    }

    /// Of one entry: SHA-256 of a zero byte and its spelling.
    #[must_use]
    pub fn of_leaf(entry: &[u8]) -> Self {
        Self(Sha256::new_with_prefix([0]).chain_update(entry).finalize().into())
    }

    /// Of two neighbours: SHA-256 of a one byte, the left and the right.
    #[must_use]
    pub fn of_node(left: Self, right: Self) -> Self {
        Self(Sha256::new_with_prefix([1]).chain_update(left.0).chain_update(right.0).finalize().into())
    }

    /// In base64 (RFC 4648, section 4), as C2SP's documents spell hashes.
    #[must_use]
    pub fn to_base64(self) -> String {
        base64::spell(&self.0)
    }

    /// Parses what [`to_base64`](Self::to_base64) writes, and no other spelling.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        base64::parse(text)?.try_into().ok().map(Self)
    }
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_base64())
    }
}

/// What an entry names something by that it must not spell out. Whoever makes one says of what it is, and whether it is keyed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; HASH_BYTES]);

impl Digest {
    /// In lower-case hexadecimal.
    #[must_use]
    pub fn to_hex(self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }

    /// Parses 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_hex())
    }
}
