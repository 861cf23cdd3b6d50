//! Receipts: what a campaign keeps of one pull, to be checked with the log's public key and nothing else.
//!
//! A receipt is a C2SP `tlog-proof`: the entry (as *extra* data, which the proof then vouches for), its index, its proof and
//! the head. It says nothing that the campaign does not know already, and holds no field of any record.

use super::base64;
use super::checkpoint::{Checkpoint, HeadFault};
use super::entry::{ENTRY_BYTES_MAX, Entry, EntryFault};
use super::hash::Hash;
use super::key::{KeyName, PublicKey};
use super::note::{NOTE_BYTES_MAX, Note};
use super::proof::{PROOF_HASHES_MAX, includes};

/// Longest receipt, in bytes.
pub const RECEIPT_BYTES_MAX: usize = 2 * ENTRY_BYTES_MAX + 64 * PROOF_HASHES_MAX + NOTE_BYTES_MAX;
/// The first line.
const TITLE: &str = "c2sp.org/tlog-proof@v1";

/// What is wrong with a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptFault {
    /// Longer than [`RECEIPT_BYTES_MAX`].
    #[error("is longer than {RECEIPT_BYTES_MAX} bytes")]
    TooLong,
    /// Not the lines of a receipt.
    #[error("is not a receipt: a title, an entry, an index, a proof, an empty line and a head")]
    Form,
    /// The entry is not one.
    #[error("the entry {0}")]
    Entry(EntryFault),
    /// The head is not one, or not this log's.
    #[error("the head {0}")]
    Head(HeadFault),
    /// The entry has another number than the index.
    #[error("the entry has another number than the receipt")]
    Index,
    /// The proof does not lead from the entry to the head.
    #[error("the entry is not under the head")]
    NotIncluded,
}

/// A receipt, not believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The spelling of the entry.
    pub entry: Vec<u8>,
    /// Where it stands in the log.
    pub index: u64,
    /// From its sibling up to the root's child.
    pub proof: Vec<Hash>,
    /// The head, signed.
    pub head: Note,
}

/// What a receipt proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// The entry.
    pub entry: Entry,
    /// The head that it is under.
    pub head: Checkpoint,
}

impl Receipt {
    /// The document, which C2SP likes to see in files named `.tlog-proof`.
    #[must_use]
    pub fn spell(&self) -> String {
        let entry = base64::spell(&self.entry);
        let proof: String = self.proof.iter().map(|hash| hash.to_base64() + "\n").collect();
        format!("{TITLE}\nextra {entry}\nindex {}\n{proof}\n{}", self.index, self.head.spell())
    }

    /// Parses the document. Nothing of it is believed yet.
    ///
    /// # Errors
    /// [`ReceiptFault`] for anything that [`spell`](Self::spell) would not write.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptFault> {
        if bytes.len() > RECEIPT_BYTES_MAX {
            return Err(ReceiptFault::TooLong);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ReceiptFault::Form)?;
        let (above, head) = text.split_once("\n\n").ok_or(ReceiptFault::Form)?;
        let head = Note::parse(head.as_bytes()).map_err(|fault| ReceiptFault::Head(HeadFault::Note(fault)))?;
        let receipt = Self::lines(above, head).ok_or(ReceiptFault::Form)?;
        if receipt.spell() == text { Ok(receipt) } else { Err(ReceiptFault::Form) }
    }

    fn lines(above: &str, head: Note) -> Option<Self> {
        let mut lines = above.split('\n');
        if lines.next()? != TITLE {
            return None;
        }
        let entry = base64::parse(lines.next()?.strip_prefix("extra ")?)?;
        let index = lines.next()?.strip_prefix("index ")?.parse().ok()?;
        let proof: Vec<_> = lines.map(Hash::from_base64).collect::<Option<_>>()?;
        (proof.len() <= PROOF_HASHES_MAX).then_some(Self { entry, index, proof, head })
    }

    /// What it proves, to whoever trusts these keys of this log.
    ///
    /// Against a log that was exported, the head is handed to [`Verifier`](super::verify::Verifier) as one more head.
    ///
    /// # Errors
    /// [`ReceiptFault`].
    pub fn verify(&self, log: &KeyName, keys: &[PublicKey]) -> Result<Proved, ReceiptFault> {
        let head = Checkpoint::open(&self.head, log, keys).map_err(ReceiptFault::Head)?;
        let entry = Entry::parse(&self.entry).map_err(ReceiptFault::Entry)?;
        if entry.seq.get() != self.index {
            return Err(ReceiptFault::Index);
        }
        if !includes(&head.root, self.index, &self.entry, &self.proof) {
            return Err(ReceiptFault::NotIncluded);
        }
        Ok(Proved { entry, head })
    }
}
