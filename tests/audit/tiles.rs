//! Tiles and bundles: written for each size, they give back every hash and every entry.

use std::collections::BTreeMap;

use portcullis::engine::audit::bundle::{self, BundleFault};
use portcullis::engine::audit::entry::ENTRY_BYTES_MAX;
use portcullis::engine::audit::hash::Hash;
use portcullis::engine::audit::proof;
use portcullis::engine::audit::tile::{Content, Tile, TileHashes, Tiles};
use portcullis::engine::audit::tree::{Frontier, Hashes, Node};
use proptest::prelude::*;

/// Tiles by level and index, the widest of each place.
#[derive(Debug, Default)]
struct Kept(BTreeMap<(u8, u64), Vec<u8>>);

impl Tiles for Kept {
    fn tile(&self, level: u8, index: u64) -> Option<Vec<u8>> {
        self.0.get(&(level, index)).cloned()
    }
}

fn tree(size: u64) -> (Frontier, BTreeMap<Node, Hash>) {
    let (mut frontier, mut hashes) = (Frontier::default(), BTreeMap::new());
    (0..size).for_each(|at| hashes.extend(frontier.append(Hash::of_leaf(&at.to_be_bytes()))));
    (frontier, hashes)
}

#[test]
fn tiles_that_are_kept_as_the_log_grows_give_every_hash_back() {
    const SIZE: u64 = 66_000;
    let (frontier, hashes) = tree(SIZE);
    let (mut kept, mut size) = (Kept::default(), 0);
    for grown in [1, 2, 255, 256, 257, 700, 65_535, 65_536, SIZE] {
        for tile in Tile::added(size, grown) {
            if let Content::Hashes { level } = tile.content {
                kept.0.insert((level, tile.index), tile.bytes(&hashes).unwrap());
            }
        }
        size = grown;
        let tiled = TileHashes(&kept);
        assert_eq!(Frontier::load(size, &tiled), Frontier::load(size, &hashes));
    }
    let tiled = TileHashes(kept);
    assert_eq!(Frontier::load(SIZE, &tiled), Ok(frontier));
    let some = hashes.iter().filter(|(node, _)| node.level > 3 || node.index % 97 == 0);
    assert!(some.clone().count() > 4000);
    some.for_each(|(node, hash)| assert_eq!(tiled.hash(*node), Some(*hash), "{node:?}"));
    assert_eq!(proof::inclusion(SIZE, 12_345, &tiled), proof::inclusion(SIZE, 12_345, &hashes));
    assert_eq!(proof::consistency(700, SIZE, &tiled), proof::consistency(700, SIZE, &hashes));
    for beyond in [Node { level: 0, index: SIZE }, Node { level: 16, index: 1 }, Node { level: 255, index: u64::MAX }] {
        assert_eq!(tiled.hash(beyond), None);
    }
}

impl Tiles for &Kept {
    fn tile(&self, level: u8, index: u64) -> Option<Vec<u8>> {
        (*self).tile(level, index)
    }
}

proptest! {
    #[test]
    fn paths_are_read_as_they_are_written(level in 0_u8..64, entries: bool, index in 0_u64..1 << 48, width in 1_u16..=256) {
        let content = if entries { Content::Entries } else { Content::Hashes { level } };
        let tile = Tile { content, index, width };
        prop_assert_eq!(Tile::parse(&tile.path()), Some(tile));
    }

    #[test]
    fn bundles_are_read_as_they_are_written(entries in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 0..=256)) {
        let spelled = bundle::spell(entries.iter().map(Vec::as_slice)).unwrap();
        let read = bundle::parse(&spelled).unwrap();
        prop_assert!(read.iter().eq(entries.iter()));
    }

    #[test]
    fn added_tiles_are_those_that_were_not_there(old in 0_u64..70_000, more in 0_u64..70_000) {
        let (before, after) = (Tile::added(0, old), Tile::added(0, old + more));
        let expected: Vec<_> = after.into_iter().filter(|tile| !before.contains(tile)).collect();
        prop_assert_eq!(Tile::added(old, old + more), expected);
    }
}

#[test]
fn paths_that_no_tile_has() {
    let wrong = [
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/001/234",
        "tile/0/x001/x234",
        "tile/0/x000/234",
        "tile/data/000",
        "tile/8/0/000",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/x281/x474/x976/x710/657",
        "tile/+1/000",
        "tile/0/999x",
    ];
    for path in wrong {
        assert_eq!(Tile::parse(path), None, "{path}");
    }
}

#[test]
fn bytes_that_no_bundle_has() {
    assert_eq!(bundle::parse(&[0]), Err(BundleFault::CutOff));
    assert_eq!(bundle::parse(&[0, 2, 1]), Err(BundleFault::CutOff));
    assert_eq!(bundle::parse(&[0xff; 70_000]), Err(BundleFault::TooLong));
    assert_eq!(bundle::parse(&[0; 2 * 257]), Err(BundleFault::TooMany));
    assert_eq!(bundle::spell([&[0; ENTRY_BYTES_MAX + 1][..]]), Err(BundleFault::TooLong));
    assert_eq!(bundle::spell(std::iter::repeat_n(&[][..], 257)), Err(BundleFault::TooMany));
}
