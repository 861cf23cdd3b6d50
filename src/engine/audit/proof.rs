//! Proofs: that an entry is under a root (RFC 6962, section 2.1.1), and that a root continues another (section 2.1.2).
//!
//! Which hashes a proof has, and whether it holds, is the business of `ct-merkle`. Here they are found among those that a
//! store keeps, and sizes are bounded before that crate sees them.

use ct_merkle::{ConsistencyProof, InclusionProof, RootHash, indices_for_consistency_proof, indices_for_inclusion_proof};
use sha2::Sha256;

use super::hash::Hash;
use super::tree::{Hashes, Missing, Node, Root, SIZE_MAX, covering, range};

/// Most hashes of a proof: one for each level below the root, and one more for consistency.
pub const PROOF_HASHES_MAX: usize = 49;

/// Why there is no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault {
    /// There is no such entry in a tree of that size, or no such size before it.
    #[error("is outside of the tree")]
    Outside,
    /// A hash is not kept.
    #[error(transparent)]
    Missing(#[from] Missing),
}

/// The proof that the entry of this index is in the tree of this size: hashes from the entry's sibling up to the root's child.
///
/// # Errors
/// [`ProofFault`].
pub fn inclusion(size: u64, index: u64, hashes: &(impl Hashes + ?Sized)) -> Result<Vec<Hash>, ProofFault> {
    hashed(&inclusion_ranges(size, index)?, hashes)
}

/// The subtrees that [`inclusion`] asks for, so that a store may fetch them at once.
///
/// # Errors
/// [`ProofFault::Outside`].
pub fn inclusion_needs(size: u64, index: u64) -> Result<Vec<Node>, ProofFault> {
    Ok(inclusion_ranges(size, index)?.into_iter().flat_map(|(from, until)| covering(from, until)).collect())
}

/// The proof that the tree of the size `new` continues the tree of the size `old`. Empty where the two are equal, and for an
/// empty old tree, which every tree continues.
///
/// # Errors
/// [`ProofFault`].
pub fn consistency(old: u64, new: u64, hashes: &(impl Hashes + ?Sized)) -> Result<Vec<Hash>, ProofFault> {
    hashed(&consistency_ranges(old, new)?, hashes)
}

/// The subtrees that [`consistency`] asks for.
///
/// # Errors
/// [`ProofFault::Outside`].
pub fn consistency_needs(old: u64, new: u64) -> Result<Vec<Node>, ProofFault> {
    Ok(consistency_ranges(old, new)?.into_iter().flat_map(|(from, until)| covering(from, until)).collect())
}

/// Whether the proof shows that this entry stands at this index under this root.
#[must_use]
pub fn includes(root: &Root, index: u64, entry: &[u8], proof: &[Hash]) -> bool {
    if root.size > SIZE_MAX || proof.len() > PROOF_HASHES_MAX {
        return false;
    }
    let digests: Vec<_> = proof.iter().map(|hash| hash.0.into()).collect();
    let proof = InclusionProof::<Sha256>::from_digests(&digests);
    root_hash(root).verify_inclusion(&entry, index, &proof).is_ok()
}

/// Whether the proof shows that the tree of `new` is that of `old` with entries appended.
#[must_use]
pub fn continues(old: &Root, new: &Root, proof: &[Hash]) -> bool {
    if old.size > new.size || new.size > SIZE_MAX || proof.len() > PROOF_HASHES_MAX {
        return false;
    }
    if old.size == 0 {
        return old.hash == Hash::empty() && proof.is_empty() && (new.size > 0 || new.hash == old.hash);
    }
    let digests: Vec<_> = proof.iter().map(|hash| hash.0.into()).collect();
    let proof = ConsistencyProof::<Sha256>::from_digests(&digests);
    root_hash(new).verify_consistency(&root_hash(old), &proof).is_ok()
}

fn root_hash(root: &Root) -> RootHash<Sha256> {
    RootHash::new(root.hash.0.into(), root.size)
}

/// Entries `from..until`.
type Range = (u64, u64);

fn hashed(ranges: &[Range], hashes: &(impl Hashes + ?Sized)) -> Result<Vec<Hash>, ProofFault> {
    ranges.iter().map(|&(from, until)| Ok(range(from, until, hashes)?)).collect()
}

fn inclusion_ranges(size: u64, index: u64) -> Result<Vec<Range>, ProofFault> {
    if index >= size || size > SIZE_MAX {
        return Err(ProofFault::Outside);
    }
    Ok(indices_for_inclusion_proof(size, index).into_iter().map(|at| entries_of(at, size)).collect())
}

fn consistency_ranges(old: u64, new: u64) -> Result<Vec<Range>, ProofFault> {
    if old > new || new > SIZE_MAX {
        return Err(ProofFault::Outside);
    }
    if old == 0 {
        return Ok(Vec::new());
    }
    Ok(indices_for_consistency_proof(old, new - old).into_iter().map(|at| entries_of(at, new)).collect())
}

/// The entries under a node that `ct-merkle` numbers as in RFC 9420, appendix C: the trailing ones are its level.
fn entries_of(at: u64, size: u64) -> Range {
    let level = at.trailing_ones();
    let from = (at >> (level + 1)) << level;
    (from, (from + (1 << level)).min(size))
}
