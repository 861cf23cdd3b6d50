//! Heads of the log: its name, its size and its root, signed (C2SP `tlog-checkpoint` v1.0.0).
//!
//! A head without extension lines: C2SP advises against them, and none is read. Two heads of one log that do not fit each
//! other are proof, under its own signature, that the log has told two stories.

use super::hash::Hash;
use super::key::{KeyName, PublicKey, SecretKey};
use super::note::{Note, NoteFault};
use super::tree::{Root, SIZE_MAX};

/// Why a text is not a head of this log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeadFault {
    /// The note is malformed, or its signature is missing or wrong.
    #[error("the note {0}")]
    Note(NoteFault),
    /// The text is not a name, a size and a root.
    #[error("the signed text is not a name, a size and a root")]
    Form,
    /// The first line names another log.
    #[error("is the head of another log")]
    OtherLog,
}

/// What a head says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log: the name of the key that signs it.
    pub origin: KeyName,
    /// Its size and root.
    pub root: Root,
}

impl Checkpoint {
    /// The text that is signed: three lines.
    #[must_use]
    pub fn spell(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.root.size, self.root.hash.to_base64())
    }

    /// Parses the text.
    ///
    /// # Errors
    /// [`HeadFault::Form`] for anything that [`spell`](Self::spell) would not write.
    pub fn parse(text: &str) -> Result<Self, HeadFault> {
        let read = || {
            let mut lines = text.split('\n');
            let origin = KeyName::parse(lines.next()?).ok()?;
            let size = lines.next()?.parse().ok().filter(|size| *size <= SIZE_MAX)?;
            let hash = Hash::from_base64(lines.next()?)?;
            Some(Self { origin, root: Root { size, hash } })
        };
        // Written again, so that leading zeros, signs and further lines are refused.
        read().filter(|read| read.spell() == text).ok_or(HeadFault::Form)
    }

    /// What a signed note claims to be the head of, whoever signed it: for comparing sizes, never as proof.
    #[must_use]
    pub fn claimed(note: &[u8]) -> Option<Self> {
        Self::parse(Note::parse(note).ok()?.text()).ok()
    }

    /// Signs it. The caller has made durable every entry that it covers, and never signs two that do not fit each other.
    ///
    /// # Errors
    /// [`HeadFault::OtherLog`] for keys of which none has the log's name, and [`HeadFault::Note`] for too many keys.
    pub fn sign(&self, keys: &[&SecretKey]) -> Result<Note, HeadFault> {
        if !keys.iter().any(|key| *key.public().name() == self.origin) {
            return Err(HeadFault::OtherLog);
        }
        Note::sign(self.spell(), keys).map_err(HeadFault::Note)
    }

    /// The head that a note holds, when it is this log's and signed by a key of the log's name.
    ///
    /// Other keys that are given, of witnesses, must have signed rightly where they are named, but do not suffice.
    ///
    /// # Errors
    /// [`HeadFault`].
    pub fn open(note: &Note, log: &KeyName, keys: &[PublicKey]) -> Result<Self, HeadFault> {
        let head = Self::parse(note.text())?;
        if head.origin != *log {
            return Err(HeadFault::OtherLog);
        }
        let signers = note.verify(keys).map_err(HeadFault::Note)?;
        if signers.iter().any(|key| key.name() == log) { Ok(head) } else { Err(HeadFault::Note(NoteFault::UnknownKey)) }
    }
}
