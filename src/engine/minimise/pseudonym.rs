//! Keys and pseudonyms: HKDF (RFC 5869) from the contest's key, HMAC-SHA-256 (FIPS 198-1) of normalised values.
//!
//! Draws no randomness and prints no key. Two contests, campaigns, domains or purposes never share a key, so what one
//! campaign holds cannot be joined with what another holds.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::token::TokenKey;
use super::transform::normalise::normalise;
use crate::engine::format::PhoneRegion;
use crate::engine::ids::{CampaignId, ContestId, Domain, FieldPath};
use crate::engine::query::Tokens;

/// Bytes of a contest's secret key file, decoded.
pub const CONTEST_KEY_BYTES: usize = 32;
/// Most bytes that one purpose can be given: 255 blocks of SHA-256 (RFC 5869 section 2.3).
pub const DERIVED_BYTES_MAX: usize = 255 * 32;
/// Characters of a pseudonym: 160 bits in lower-case base32hex (RFC 4648 section 7), without padding.
pub const PSEUDONYM_CHARS: usize = 32;

/// The version of the derivation. A change of any label or order below gives it a new name.
const VERSION: &str = "portcullis/1";
const PSEUDONYM: &str = "pseudonym";
const TOKEN: &str = "token";
/// Bytes of an HMAC-SHA-256 that a pseudonym shows: 160 of 256 bits.
const PSEUDONYM_BYTES: usize = 20;

/// The secret key of a contest, from which every other key of the contest is derived. Zeroed when dropped.
pub struct ContestKey(Zeroizing<[u8; CONTEST_KEY_BYTES]>);

impl ContestKey {
    /// A key of bytes that the caller read or drew.
    #[must_use]
    pub fn new(bytes: [u8; CONTEST_KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Fills `out` with a key of its own for a purpose, a contest and a campaign. The caller zeroes it.
    ///
    /// HKDF-SHA-256 whose `info` is the version of this scheme, the purpose, the contest and the campaign, each with its
    /// length before it, so that no two lists of them have one spelling.
    ///
    /// # Panics
    /// When `out` is longer than [`DERIVED_BYTES_MAX`].
    pub fn derive(&self, purpose: &str, contest: &ContestId, campaign: &CampaignId, out: &mut [u8]) {
        self.expand(&[purpose, contest.as_str(), campaign.as_str()], out);
    }

    /// Fills `out` with a key of its own for a purpose and a contest, the same for all campaigns. What a campaign is given is never
    /// made with it. The caller zeroes it.
    ///
    /// # Panics
    /// When `out` is longer than [`DERIVED_BYTES_MAX`].
    pub fn derive_for_all(&self, purpose: &str, contest: &ContestId, out: &mut [u8]) {
        self.expand(&[purpose, contest.as_str()], out);
    }

    fn expand(&self, labels: &[&str], out: &mut [u8]) {
        let mut info = Vec::with_capacity(256);
        for label in [VERSION].iter().chain(labels) {
            info.extend_from_slice(&(label.len() as u64).to_be_bytes());
            info.extend_from_slice(label.as_bytes());
        }
        let fits = Hkdf::<Sha256>::new(None, &self.0[..]).expand(&info, out);
        assert!(fits.is_ok(), "a derived key has at most {DERIVED_BYTES_MAX} bytes");
    }
}

impl std::fmt::Debug for ContestKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContestKey(..)")
    }
}

/// The keys with which one campaign's values of one contest are pseudonymised and tokenised.
pub struct Keyring {
    domains: Vec<(Domain, Hmac<Sha256>)>,
    token: TokenKey,
    phones: PhoneRegion,
}

impl Keyring {
    /// Derives the keys. No two contests, campaigns or domains share one.
    #[must_use]
    pub fn derive(key: &ContestKey, contest: &ContestId, campaign: &CampaignId, domains: &[Domain]) -> Self {
        let domains = domains.iter().map(|domain| (domain.clone(), domain_key(key, contest, campaign, domain))).collect();
        let mut token = Zeroizing::new([0; TokenKey::BYTES]);
        key.derive(TOKEN, contest, campaign, &mut token[..]);
        Self { domains, token: TokenKey::new(token, contest, campaign), phones: PhoneRegion::default() }
    }

    /// The same keys, with telephone numbers without a country code at home in this country; in the United Kingdom otherwise.
    #[must_use]
    pub fn at_home_in(mut self, phones: PhoneRegion) -> Self {
        self.phones = phones;
        self
    }

    /// Where telephone numbers without a country code are at home.
    #[must_use]
    pub fn home(&self) -> PhoneRegion {
        self.phones
    }

    /// The pseudonym of a value in a domain: [`PSEUDONYM_CHARS`] characters of `0-9a-v`.
    ///
    /// The value is normalised first: surrounding white space goes, letters become lower case, and a telephone number
    /// becomes E.164, with the country code of [`home`](Self::home) where it is written without one. The number `7` and the text `"7"`
    /// have one pseudonym. `None` for a domain that the ring was not derived for, and for a value of white space alone.
    #[must_use]
    pub fn pseudonym(&self, domain: &Domain, value: &str) -> Option<[u8; PSEUDONYM_CHARS]> {
        let (_, keyed) = self.domains.iter().find(|(known, _)| known == domain)?;
        let normal = normalise(value, self.phones);
        if normal.is_empty() {
            return None;
        }
        let mut mac = keyed.clone();
        mac.update(normal.as_bytes());
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        digest.first_chunk().map(base32hex)
    }

    /// The token of a field's value. The number `7` and the text `"7"` have one token.
    ///
    /// `None` for an empty value, and for one longer than [`TOKEN_TEXT_BYTES_MAX`](super::token::TOKEN_TEXT_BYTES_MAX).
    #[must_use]
    pub fn tokenise(&self, field: &FieldPath, value: &str) -> Option<String> {
        self.token.seal(field, value)
    }

    /// The value of a token of this contest, campaign and field; `None` for anything else.
    #[must_use]
    pub fn detokenise(&self, field: &FieldPath, token: &str) -> Option<String> {
        self.token.open(field, token)
    }
}

/// Base32hex in lower case: eight characters for each five bytes. Written here because a library that encodes any length takes longer
/// over twenty bytes than the hash does.
fn base32hex(bytes: &[u8; PSEUDONYM_BYTES]) -> [u8; PSEUDONYM_CHARS] {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let mut text = [0; PSEUDONYM_CHARS];
    let (groups, _) = bytes.as_chunks::<5>();
    let (characters, _) = text.as_chunks_mut::<8>();
    for (&[a, b, c, d, e], characters) in groups.iter().zip(characters) {
        let group = u64::from_be_bytes([0, 0, 0, a, b, c, d, e]);
        for (at, character) in characters.iter_mut().enumerate() {
            *character = ALPHABET[(group >> (35 - 5 * at)) as usize % ALPHABET.len()];
        }
    }
    text
}

impl Tokens for Keyring {
    fn open(&self, field: &FieldPath, token: &str) -> Option<String> {
        self.detokenise(field, token)
    }
}

fn domain_key(key: &ContestKey, contest: &ContestId, campaign: &CampaignId, domain: &Domain) -> Hmac<Sha256> {
    let mut derived = Zeroizing::new([0; 64]);
    key.expand(&[PSEUDONYM, contest.as_str(), campaign.as_str(), domain.as_str()], &mut derived[..]);
    Hmac::new(&(*derived).into())
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pseudonyms_are_spelled_as_rfc_4648_says(bytes: [u8; PSEUDONYM_BYTES]) {
            let spelled = data_encoding::BASE32_DNSSEC.encode(&bytes);
            prop_assert_eq!(&base32hex(&bytes)[..], spelled.as_bytes());
        }
    }
}
