//! The tree over the entries (RFC 6962, section 2.1), grown at its right edge and read from hashes that a store keeps.
//!
//! Never holds the tree: appending needs one hash for each set bit of the size, and everything else asks [`Hashes`].

use std::collections::BTreeMap;

use super::hash::Hash;

/// Most entries of a log: 2^48, three hundred years at thirty thousand a second. Keeps arithmetic on sizes from overflowing.
pub const SIZE_MAX: u64 = 1 << 48;

/// A whole subtree: the entries from `index << level` up to, and not with, `(index + 1) << level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    /// The height: 0 for one entry.
    pub level: u8,
    /// How many subtrees of this height stand left of it.
    pub index: u64,
}

/// The size of a tree and the hash that stands for all its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Root {
    /// Entries.
    pub size: u64,
    /// The Merkle tree hash.
    pub hash: Hash,
}

/// Where the hashes of whole subtrees are kept.
pub trait Hashes {
    /// The hash of a subtree, or `None` where it is not kept.
    fn hash(&self, node: Node) -> Option<Hash>;
}

impl Hashes for BTreeMap<Node, Hash> {
    fn hash(&self, node: Node) -> Option<Hash> {
        self.get(&node).copied()
    }
}

/// A hash that should have been kept is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hash of level {} and index {} is missing", .0.level, .0.index)]
pub struct Missing(pub Node);

/// The whole subtrees that make up the entries `from..until`, from left to right, the largest that fit.
///
/// Of a range that a node of a tree covers: `from` is 0 or a multiple of a power of two that is at least the range's length.
pub(super) fn covering(from: u64, until: u64) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut at = from;
    while at < until {
        let fits = (until - at).ilog2();
        let level = if at == 0 { fits } else { fits.min(at.trailing_zeros()) };
        nodes.push(Node { level: u8::try_from(level).unwrap_or(u8::MAX), index: at >> level });
        at += 1 << level;
    }
    nodes
}

/// The Merkle tree hash of the entries `from..until` (see [`covering`]).
pub(super) fn range(from: u64, until: u64, hashes: &(impl Hashes + ?Sized)) -> Result<Hash, Missing> {
    let peaks: Result<Vec<_>, _> = covering(from, until).into_iter().map(|node| hashes.hash(node).ok_or(Missing(node))).collect();
    Ok(joined(&peaks?))
}

/// The hash over peaks from left to right: the right ones are joined first.
fn joined(peaks: &[Hash]) -> Hash {
    let joined = peaks.iter().rev().copied().reduce(|right, left| Hash::of_node(left, right));
    joined.unwrap_or_else(Hash::empty)
}

/// The right edge of the tree: all that appending needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// The largest whole subtrees, from left to right: one for each set bit of the size.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The edge of a tree of this size, from hashes that were kept.
    ///
    /// # Errors
    /// [`Missing`] where one of them is not there.
    pub fn load(size: u64, hashes: &(impl Hashes + ?Sized)) -> Result<Self, Missing> {
        let peaks = covering(0, size).into_iter().map(|node| hashes.hash(node).ok_or(Missing(node)));
        Ok(Self { size, peaks: peaks.collect::<Result<_, _>>()? })
    }

    /// The subtrees that [`load`](Self::load) asks for: at most one for each bit of the size.
    #[must_use]
    pub fn needs(size: u64) -> Vec<Node> {
        covering(0, size)
    }

    /// The edge as it was kept: its size, and its [`peaks`](Self::peaks). `None` where they do not fit each other.
    #[must_use]
    pub fn resume(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (size <= SIZE_MAX && peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// The largest whole subtrees, from left to right: what has to be kept of the edge beside its size.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Entries in the tree.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The size and the hash of the tree.
    #[must_use]
    pub fn root(&self) -> Root {
        Root { size: self.size, hash: joined(&self.peaks) }
    }

    /// Appends an entry by its hash, and returns every subtree that is whole from now on, the entry's own first.
    pub fn append(&mut self, leaf: Hash) -> Vec<(Node, Hash)> {
        let (mut node, mut hash) = (Node { level: 0, index: self.size }, leaf);
        let mut whole = vec![(node, hash)];
        while node.index & 1 == 1 {
            // An odd index has a whole subtree to its left, which is the last peak.
            let Some(left) = self.peaks.pop() else { break };
            hash = Hash::of_node(left, hash);
            node = Node { level: node.level + 1, index: node.index >> 1 };
            whole.push((node, hash));
        }
        self.peaks.push(hash);
        self.size += 1;
        whole
    }
}
