//! The keys under the log's heads: Ed25519 (RFC 8032), named and spelled as C2SP `signed-note` does.
//!
//! Draws no key and prints no secret one. A secret key is wiped when it is dropped.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::base64;

/// Longest name of a key, in bytes.
pub const KEY_NAME_BYTES_MAX: usize = 255;
/// Bytes of a secret key: the seed of RFC 8032, section 5.1.5.
pub const SECRET_KEY_BYTES: usize = 32;
/// The signature type of Ed25519 in C2SP `signed-note`.
const ED25519: u8 = 1;
/// What the text of a secret key begins with.
const SECRET: &str = "PRIVATE+KEY+";
/// Bytes of an Ed25519 signature.
const SIGNATURE_BYTES: usize = 64;

/// Why a text is not a key or a key's name. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// Empty, longer than [`KEY_NAME_BYTES_MAX`], or with white space, a plus or a control character.
    #[error("a key's name has 1 to {KEY_NAME_BYTES_MAX} bytes without spaces, `+` and control characters")]
    Name,
    /// Not `name+id+base64`.
    #[error("a public key is written `name+id+key`, the id in eight hexadecimal digits and the key in base64")]
    Form,
    /// Another algorithm than Ed25519.
    #[error("only Ed25519 keys are known")]
    Algorithm,
    /// The bytes are no point of the curve, or one of the few under which anything can be signed.
    #[error("is not a usable Ed25519 key")]
    Point,
    /// The id belongs to another name or key: the text was altered or cut together.
    #[error("the id does not belong to this name and key")]
    Id,
}

/// The name of a key, which is also the name of the log that it signs: the first line of each head.
///
/// C2SP recommends an address without its scheme, such as `vote.example/portcullis`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyName(Box<str>);

impl KeyName {
    /// Parses the name.
    ///
    /// # Errors
    /// [`KeyFault::Name`].
    pub fn parse(text: &str) -> Result<Self, KeyFault> {
        let wrong = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if text.is_empty() || text.len() > KEY_NAME_BYTES_MAX || text.contains(wrong) {
            return Err(KeyFault::Name);
        }
        Ok(Self(text.into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for KeyName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which of the keys of one name: the first bytes of a hash, for finding a key and not for trusting it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub [u8; 4]);

impl KeyId {
    /// SHA-256 of the name, a line feed, the signature type and the key, the first four bytes of it.
    fn of(name: &KeyName, key: &[u8; 32]) -> Self {
        let hasher = Sha256::new_with_prefix(name.as_str()).chain_update([b'\n', ED25519]).chain_update(key);
        let [a, b, c, d, ..]: [u8; 32] = hasher.finalize().into();
        Self([a, b, c, d])
    }
}

/// A key that anyone may have, to check heads with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    name: KeyName,
    id: KeyId,
    key: VerifyingKey,
}

impl PublicKey {
    fn new(name: KeyName, key: VerifyingKey) -> Self {
        Self { id: KeyId::of(&name, key.as_bytes()), name, key }
    }

    /// Parses `name+id+base64`, the *vkey* of C2SP `signed-note`.
    ///
    /// # Errors
    /// [`KeyFault`] for anything that [`Display`](std::fmt::Display) would not write.
    pub fn parse(text: &str) -> Result<Self, KeyFault> {
        let (name, rest) = text.split_once('+').ok_or(KeyFault::Form)?;
        let (id, key) = rest.split_once('+').ok_or(KeyFault::Form)?;
        let bytes = base64::parse(key).ok_or(KeyFault::Form)?;
        let (&algorithm, point) = bytes.split_first().ok_or(KeyFault::Form)?;
        if algorithm != ED25519 {
            return Err(KeyFault::Algorithm);
        }
        let point: &[u8; 32] = point.try_into().map_err(|_| KeyFault::Form)?;
        let name = KeyName::parse(name)?;
        if data_encoding::HEXLOWER.encode(&KeyId::of(&name, point).0) != id {
            return Err(KeyFault::Id);
        }
        let key = VerifyingKey::from_bytes(point).ok().filter(|key| !key.is_weak()).ok_or(KeyFault::Point)?;
        Ok(Self::new(name, key))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// Which of the name's keys.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The 32 bytes of the key, of whose SHA-256 an entry about this key tells.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Whether the signature is this key's of the text. Strict: one signature has one spelling (RFC 8032, section 8.4).
    #[must_use]
    pub fn signed(&self, text: &str, signature: &[u8]) -> bool {
        <&[u8; SIGNATURE_BYTES]>::try_from(signature)
            .is_ok_and(|bytes| self.key.verify_strict(text.as_bytes(), &ed25519_dalek::Signature::from_bytes(bytes)).is_ok())
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut typed = vec![ED25519];
        typed.extend_from_slice(self.key.as_bytes());
        let id = data_encoding::HEXLOWER.encode(&self.id.0);
        write!(f, "{}+{id}+{}", self.name, base64::spell(&typed))
    }
}

/// A key that signs heads.
pub struct SecretKey {
    public: PublicKey,
    key: SigningKey,
}

impl SecretKey {
    /// The key of a seed that the caller read or drew.
    #[must_use]
    pub fn new(name: KeyName, seed: &Zeroizing<[u8; SECRET_KEY_BYTES]>) -> Self {
        let key = SigningKey::from_bytes(seed);
        Self { public: PublicKey::new(name, key.verifying_key()), key }
    }

    /// The key's text for a file: `PRIVATE+KEY+name+id+key`, as the tools of C2SP `signed-note` write it.
    #[must_use]
    pub fn spell(&self) -> Zeroizing<String> {
        let mut typed = Zeroizing::new(vec![ED25519]);
        typed.extend_from_slice(self.key.as_bytes());
        let (id, key) = (data_encoding::HEXLOWER.encode(&self.public.id.0), Zeroizing::new(base64::spell(&typed)));
        Zeroizing::new(format!("{SECRET}{}+{id}+{}", self.public.name, *key))
    }

    /// Parses what [`spell`](Self::spell) writes.
    ///
    /// # Errors
    /// [`KeyFault`] for anything else.
    pub fn parse(text: &str) -> Result<Self, KeyFault> {
        let (name, rest) = text.strip_prefix(SECRET).and_then(|rest| rest.split_once('+')).ok_or(KeyFault::Form)?;
        let (id, key) = rest.split_once('+').ok_or(KeyFault::Form)?;
        let bytes = Zeroizing::new(base64::parse(key).ok_or(KeyFault::Form)?);
        let (&algorithm, seed) = bytes.split_first().ok_or(KeyFault::Form)?;
        if algorithm != ED25519 {
            return Err(KeyFault::Algorithm);
        }
        let seed = Zeroizing::new(<[u8; SECRET_KEY_BYTES]>::try_from(seed).map_err(|_| KeyFault::Form)?);
        let key = Self::new(KeyName::parse(name)?, &seed);
        if data_encoding::HEXLOWER.encode(&key.public.id.0) == id { Ok(key) } else { Err(KeyFault::Id) }
    }

    /// What is given to everybody.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The signature of a text. Deterministic (RFC 8032, section 5.1.6): no randomness is needed.
    pub(super) fn sign(&self, text: &str) -> Vec<u8> {
        self.key.sign(text.as_bytes()).to_vec()
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(..)")
    }
}
