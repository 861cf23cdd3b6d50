//! Signed notes: a text and signatures under it, as C2SP `signed-note` v1.0.0 writes them.
//!
//! What a note says is not to be believed before [`Note::verify`] has said whose it is.

use super::base64;
use super::key::{KeyId, KeyName, PublicKey, SecretKey};

/// Longest note, in bytes: room for sixteen signatures of five kilobytes, which C2SP asks for.
pub const NOTE_BYTES_MAX: usize = 128 * 1024;
/// Most signatures under a note.
pub const SIGNATURES_MAX: usize = 64;
/// What each line with a signature begins with: an em dash and a space.
const DASH: &str = "\u{2014} ";

/// What is wrong with a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteFault {
    /// Longer than [`NOTE_BYTES_MAX`], or with more than [`SIGNATURES_MAX`] signatures.
    #[error("is longer than {NOTE_BYTES_MAX} bytes or has more than {SIGNATURES_MAX} signatures")]
    TooLong,
    /// Not a text, an empty line and lines of signatures.
    #[error("is not a text with an empty line and signatures below it")]
    Form,
    /// No key that was given has signed it.
    #[error("is not signed by any of the keys")]
    UnknownKey,
    /// A key that was given is named under it, and the signature is not that key's.
    #[error("has a signature that is not of the key which it names")]
    Signature,
}

/// One signature.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Signature {
    name: KeyName,
    id: KeyId,
    bytes: Vec<u8>,
}

impl Signature {
    fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(DASH)?.split_once(' ')?;
        let bytes = base64::parse(encoded)?;
        let (id, bytes) = bytes.split_first_chunk().filter(|(_, bytes)| !bytes.is_empty())?;
        Some(Self { name: KeyName::parse(name).ok()?, id: KeyId(*id), bytes: bytes.to_vec() })
    }

    fn spell(&self) -> String {
        let typed = [&self.id.0, &self.bytes[..]].concat();
        format!("{DASH}{} {}\n", self.name, base64::spell(&typed))
    }

    /// Whether it says that it is this key's.
    fn names(&self, key: &PublicKey) -> bool {
        self.name == *key.name() && self.id == key.id()
    }
}

/// A text and the signatures under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

impl Note {
    /// Signs a text, which ends with a line feed.
    ///
    /// # Errors
    /// [`NoteFault::Form`] for a text that a note cannot have, and [`NoteFault::TooLong`].
    pub fn sign(text: String, keys: &[&SecretKey]) -> Result<Self, NoteFault> {
        if !text.ends_with('\n') || text.contains(forbidden) || keys.is_empty() {
            return Err(NoteFault::Form);
        }
        let sign = |key: &&SecretKey| {
            let public = key.public();
            Signature { name: public.name().clone(), id: public.id(), bytes: key.sign(&text) }
        };
        let signatures = keys.iter().map(sign).collect();
        let note = Self { text, signatures };
        note.within_bounds().then_some(note).ok_or(NoteFault::TooLong)
    }

    /// Parses a note. Its signatures are not looked at yet.
    ///
    /// # Errors
    /// [`NoteFault::Form`] and [`NoteFault::TooLong`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteFault> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteFault::TooLong);
        }
        let all = std::str::from_utf8(bytes).ok().filter(|all| !all.contains(forbidden)).ok_or(NoteFault::Form)?;
        let (text, lines) = all.rsplit_once("\n\n").ok_or(NoteFault::Form)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteFault::Form)?;
        let signatures: Option<Vec<_>> = lines.split('\n').map(Signature::parse).collect();
        let note = Self { text: format!("{text}\n"), signatures: signatures.ok_or(NoteFault::Form)? };
        note.within_bounds().then_some(note).ok_or(NoteFault::TooLong)
    }

    /// The note as it is published and kept.
    #[must_use]
    pub fn spell(&self) -> String {
        let lines: String = self.signatures.iter().map(Signature::spell).collect();
        format!("{}\n{lines}", self.text)
    }

    /// What was signed. Nobody's word before [`verify`](Self::verify).
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The keys, of those given, that signed the text. Signatures of other keys are passed over, as C2SP says.
    ///
    /// # Errors
    /// [`NoteFault::Signature`] where a signature names a given key and is not of it, whatever else is there;
    /// [`NoteFault::UnknownKey`] where no given key signed.
    pub fn verify<'k>(&self, keys: &'k [PublicKey]) -> Result<Vec<&'k PublicKey>, NoteFault> {
        let mut signers = Vec::new();
        for signature in &self.signatures {
            let mut named = keys.iter().filter(|key| signature.names(key)).peekable();
            if named.peek().is_none() {
                continue;
            }
            signers.push(named.find(|key| key.signed(&self.text, &signature.bytes)).ok_or(NoteFault::Signature)?);
        }
        if signers.is_empty() { Err(NoteFault::UnknownKey) } else { Ok(signers) }
    }

    fn within_bounds(&self) -> bool {
        self.signatures.len() <= SIGNATURES_MAX && self.spell().len() <= NOTE_BYTES_MAX
    }
}

/// C2SP `signed-note`: no ASCII control character but the line feed.
fn forbidden(c: char) -> bool {
    c.is_ascii_control() && c != '\n'
}
