//! Tokens: AES-SIV (RFC 5297) of a value, which only the proxy can turn back.
//!
//! Deterministic, so that one member has one token throughout a contest and a campaign can join its own exports. The
//! length is padded to whole blocks, so that a short (early) membership number does not show by its token's length.

use aes_siv::KeyInit;
use aes_siv::siv::Aes256Siv;
use data_encoding::BASE32_DNSSEC;
use zeroize::Zeroizing;

use crate::engine::ids::{CampaignId, ContestId, FieldPath};

/// What every token begins with: the version of this scheme.
pub const TOKEN_PREFIX: &str = "t1_";
/// Longest text that is tokenised, in bytes.
pub const TOKEN_TEXT_BYTES_MAX: usize = 255;
/// The text is padded to a multiple of so many bytes (ISO/IEC 7816-4: `0x80`, then zeroes).
const BLOCK: usize = 16;

/// The key of one campaign's tokens in one contest.
pub(super) struct TokenKey {
    key: Zeroizing<[u8; Self::BYTES]>,
    /// `contest/campaign/`: unambiguous, because no identifier has a slash.
    whose: Box<str>,
}

impl TokenKey {
    /// Bytes of the key: two of AES-256 (RFC 5297 section 2.2).
    pub const BYTES: usize = 64;

    /// A derived key, and what its tokens are bound to.
    pub fn new(key: Zeroizing<[u8; Self::BYTES]>, contest: &ContestId, campaign: &CampaignId) -> Self {
        Self { key, whose: format!("{contest}/{campaign}/").into() }
    }

    /// [`TOKEN_PREFIX`], then IV and ciphertext in lower-case base32hex without padding.
    pub fn seal(&self, field: &FieldPath, text: &str) -> Option<String> {
        if text.is_empty() || text.len() > TOKEN_TEXT_BYTES_MAX {
            return None;
        }
        let sealed = self.with(field, |cipher, bound| cipher.encrypt(bound, &padded(text)))?;
        let mut token = TOKEN_PREFIX.to_owned();
        BASE32_DNSSEC.encode_append(&sealed, &mut token);
        Some(token)
    }

    /// The text of a token. A token has one spelling: upper case is not one.
    pub fn open(&self, field: &FieldPath, token: &str) -> Option<String> {
        let body = token.strip_prefix(TOKEN_PREFIX).filter(|body| body.len() <= 2 * (TOKEN_TEXT_BYTES_MAX + 2 * BLOCK))?;
        if body.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let sealed = BASE32_DNSSEC.decode(body.as_bytes()).ok()?;
        let opened = self.with(field, |cipher, bound| cipher.decrypt(bound, &sealed))?;
        let end = opened.iter().rposition(|&byte| byte == 0x80)?;
        String::from_utf8(opened[..end].to_vec()).ok()
    }

    /// Runs the cipher with contest, campaign and field as its associated data, in one component (RFC 5297 section 2.4).
    fn with<E>(&self, field: &FieldPath, run: impl FnOnce(&mut Aes256Siv, [&[u8]; 1]) -> Result<Vec<u8>, E>) -> Option<Vec<u8>> {
        let bound = format!("{}{field}", self.whose);
        run(&mut Aes256Siv::new(&(*self.key).into()), [bound.as_bytes()]).ok()
    }
}

fn padded(text: &str) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() + BLOCK + 1));
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(0x80);
    let whole = bytes.len().next_multiple_of(BLOCK);
    bytes.resize(whole, 0);
    bytes
}
