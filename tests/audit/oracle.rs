//! Our trees, proofs and tiles against those of `tlog_tiles`, which shares no code with ours.

use std::collections::BTreeMap;

use portcullis::engine::audit::hash::Hash;
use portcullis::engine::audit::proof::{self, ProofFault};
use portcullis::engine::audit::tile::Tile;
use portcullis::engine::audit::tree::{Frontier, Hashes, Missing, Node, Root, SIZE_MAX};
use proptest::prelude::*;
use tlog_tiles::tile::TileHashReader;
use tlog_tiles::tlog::{self, HashReader};

use crate::theirs::{Exported, Stored};

/// Sizes that are tried one and all.
const SIZES: u64 = 300;

/// Both trees over the same leaves, and the roots of every size.
struct Both {
    ours: BTreeMap<Node, Hash>,
    roots: Vec<Root>,
    theirs: Stored,
}

fn leaf(seed: u64, at: u64) -> Vec<u8> {
    format!("{seed} {at}").into_bytes()
}

fn grown(seed: u64, size: u64) -> Both {
    let mut frontier = Frontier::default();
    let mut both = Both { ours: BTreeMap::new(), roots: vec![frontier.root()], theirs: Stored::default() };
    for at in 0..size {
        let leaf = leaf(seed, at);
        both.ours.extend(frontier.append(Hash::of_leaf(&leaf)));
        both.theirs.append(at, &leaf);
        both.roots.push(frontier.root());
    }
    both
}

fn same(ours: &[Hash], theirs: &[tlog::Hash]) -> bool {
    ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| a.0 == b.0)
}

impl Both {
    fn root(&self, size: u64) -> Root {
        self.roots[usize::try_from(size).unwrap()]
    }

    /// One entry under one size: both make one proof, and each accepts it.
    fn prove(&self, seed: u64, size: u64, index: u64) {
        let ours = proof::inclusion(size, index, &self.ours).unwrap();
        let theirs = tlog::prove_record(size, index, &self.theirs).unwrap();
        assert!(same(&ours, &theirs), "{index} of {size}");
        assert!(proof::includes(&self.root(size), index, &leaf(seed, index), &ours));
        assert!(!proof::includes(&self.root(size), index, &leaf(seed, index + 1), &ours));
        let root = tlog::Hash(self.root(size).hash.0);
        tlog::check_record(&theirs, size, root, index, tlog::record_hash(&leaf(seed, index))).unwrap();
        let needed: BTreeMap<_, _> =
            proof::inclusion_needs(size, index).unwrap().into_iter().map(|node| (node, self.ours.hash(node).unwrap())).collect();
        assert_eq!(proof::inclusion(size, index, &needed).as_ref(), Ok(&ours), "what it asks for suffices");
    }

    /// Two sizes.
    fn compare(&self, old: u64, new: u64) {
        let ours = proof::consistency(old, new, &self.ours).unwrap();
        let theirs = tlog::prove_tree(new, old, &self.theirs).unwrap();
        assert!(same(&ours, &theirs), "{old} to {new}");
        let (was, is) = (self.root(old), self.root(new));
        assert!(proof::continues(&was, &is, &ours));
        tlog::check_tree(&theirs, new, tlog::Hash(is.hash.0), old, tlog::Hash(was.hash.0)).unwrap();
        let forged = Root { hash: Hash::of_node(was.hash, was.hash), ..was };
        assert!(!proof::continues(&forged, &is, &ours));
        assert!(proof::consistency_needs(old, new).unwrap().iter().all(|node| self.ours.contains_key(node)));
    }
}

#[test]
fn roots_of_all_small_sizes_are_the_same() {
    let both = grown(0, SIZES);
    for size in 0..=SIZES {
        let theirs = tlog::tree_hash(size, &both.theirs).unwrap();
        assert_eq!(both.root(size).hash.0, theirs.0, "{size}");
        assert_eq!(Frontier::load(size, &both.ours).unwrap().root(), both.root(size));
        assert_eq!(Frontier::needs(size).len(), size.count_ones() as usize);
    }
}

#[test]
fn proofs_of_all_small_sizes_are_the_same() {
    let both = grown(1, 70);
    for new in 1..=70 {
        (0..new).for_each(|index| both.prove(1, new, index));
        (1..=new).for_each(|old| both.compare(old, new));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn proofs_of_random_sizes_are_the_same(seed: u64, size in 1_u64..1500, picks in proptest::collection::vec(any::<(prop::sample::Index, prop::sample::Index)>(), 12)) {
        let both = grown(seed, size);
        for (a, b) in picks {
            let [a, b] = [a, b].map(|pick| pick.index(usize::try_from(size).unwrap()) as u64);
            both.prove(seed, a.max(b) + 1, a.min(b));
            both.compare(a.min(b) + 1, a.max(b) + 1);
        }
    }

    #[test]
    fn tiles_have_the_same_names_and_bytes(size in 1_u64..1500) {
        let both = grown(2, size);
        let hashes = Tile::added(0, size).into_iter().filter(|tile| tile.nodes().next().is_some());
        let ours: BTreeMap<_, _> = hashes.map(|tile| (tile.path(), tile.bytes(&both.ours).unwrap())).collect();
        let theirs = tlog_tiles::tile::Tile::new_tiles(8, 0, size);
        let theirs: BTreeMap<_, _> =
            theirs.iter().map(|tile| (tile.path().replace("tile/8/", "tile/"), tile.read_data(&both.theirs).unwrap())).collect();
        prop_assert_eq!(&ours, &theirs);
        // A client of tiles that trusts the signed root alone finds them to be of it.
        let (exported, root) = (Exported(ours), tlog::Hash(both.root(size).hash.0));
        let wanted: Vec<_> = (0..size).step_by(7).map(|at| tlog::stored_hash_index(0, at)).collect();
        let read = TileHashReader::new(size, root, &exported).read_hashes(&wanted).unwrap();
        prop_assert!(read == both.theirs.read_hashes(&wanted).unwrap());
    }
}

#[test]
fn what_is_outside_of_a_tree_has_no_proof() {
    let both = grown(3, 9);
    assert_eq!(proof::inclusion(9, 9, &both.ours), Err(ProofFault::Outside));
    assert_eq!(proof::inclusion(0, 0, &both.ours), Err(ProofFault::Outside));
    assert_eq!(proof::consistency(9, 8, &both.ours), Err(ProofFault::Outside));
    assert_eq!(proof::inclusion(SIZE_MAX + 1, 0, &both.ours), Err(ProofFault::Outside));
    assert_eq!(proof::consistency(0, 9, &both.ours), Ok(Vec::new()));
    assert!(proof::continues(&both.root(0), &both.root(9), &[]));
    assert_eq!(Frontier::load(16, &both.ours), Err(Missing(Node { level: 4, index: 0 })));
    assert!(matches!(proof::inclusion(16, 0, &both.ours), Err(ProofFault::Missing(_))));
    for size in [SIZE_MAX, SIZE_MAX + 1, u64::MAX / 2 + 1, u64::MAX] {
        let root = Root { size, hash: Hash::empty() };
        for proof in [Vec::new(), vec![Hash::empty(); 48], vec![Hash::empty(); 64]] {
            assert!(!proof::includes(&root, size - 1, b"", &proof));
            assert!(!proof::continues(&both.root(9), &root, &proof));
        }
    }
}
