//! Campaign keys: how a presented one is matched against the stored digests.
//!
//! The proxy never stores a key, only its SHA-256. A key has 256 random bits, so a plain hash suffices: there is
//! nothing to guess. Comparison takes the same time whatever matches, and walks every stored credential.

use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};

use super::ids::ActorId;
use super::time::Timestamp;

/// What every campaign key begins with, so that secret scanners and people recognise one.
pub const KEY_PREFIX: &str = "portcullis_";
/// Longest credential that is looked at, in bytes.
pub const KEY_BYTES_MAX: usize = 256;

/// SHA-256 of a campaign key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// The digest of a presented key.
    #[must_use]
    pub fn of(key: &[u8]) -> Self {
        Self(Sha256::digest(key).into())
    }

    /// A stored digest.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Parses 64 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The digest in hexadecimal.
    #[must_use]
    pub fn to_hex(self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }
}

impl std::fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyDigest(..)")
    }
}

/// A key that a campaign was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Of the key.
    pub digest: KeyDigest,
    /// From this time on the key is refused.
    pub expires: Option<Timestamp>,
    /// The person or tool account that holds it.
    pub actor: Option<ActorId>,
}

impl Credential {
    /// Whether the key is no longer accepted at `now`.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| now >= expires)
    }
}

/// The position of the digest that equals the presented one.
///
/// Every stored digest is compared in full, and the position is selected without a branch (`subtle`), so the time
/// taken says nothing about which one matched.
#[must_use]
pub fn find(presented: &KeyDigest, stored: impl Iterator<Item = KeyDigest>) -> Option<usize> {
    let mut found = u32::MAX;
    for (position, digest) in stored.enumerate() {
        let position = u32::try_from(position).unwrap_or(u32::MAX);
        found = u32::conditional_select(&found, &position, digest.0.ct_eq(&presented.0));
    }
    (found != u32::MAX).then_some(found as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_one_that_matches() {
        let stored: Vec<_> = ["a", "b", "c"].iter().map(|key| KeyDigest::of(key.as_bytes())).collect();
        assert_eq!(find(&KeyDigest::of(b"b"), stored.iter().copied()), Some(1));
        assert_eq!(find(&KeyDigest::of(b"d"), stored.iter().copied()), None);
        assert_eq!(find(&KeyDigest::of(b"d"), std::iter::empty()), None);
    }

    #[test]
    fn digests_parse_as_printed() {
        let digest = KeyDigest::of(b"a key");
        assert_eq!(KeyDigest::parse(&digest.to_hex()), Some(digest));
        assert_eq!(KeyDigest::parse("abc"), None);
        assert_eq!(KeyDigest::parse(&"g".repeat(64)), None);
    }
}
