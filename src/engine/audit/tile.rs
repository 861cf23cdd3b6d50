//! The tree cut into tiles, 256 hashes wide, as C2SP `tlog-tiles` publishes it: paths, contents, and reading hashes back.
//!
//! Only the hashes of every eighth level are written down; those between are computed. Where tiles are kept is not known here.

use super::hash::{HASH_BYTES, Hash};
use super::tree::{Hashes, Node, SIZE_MAX};

/// Levels of the tree in one tile.
pub const TILE_HEIGHT: u8 = 8;
/// Hashes, or entries, in a full tile.
pub const TILE_WIDTH: u64 = 1 << TILE_HEIGHT;
/// Highest level that a path may name.
const LEVEL_MAX: u8 = 63;
/// Longest path that is read, in bytes.
const PATH_BYTES_MAX: usize = 64;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Content {
    /// Hashes of subtrees of the height `8 * level`.
    Hashes {
        /// In steps of eight levels of the tree.
        level: u8,
    },
    /// The entries themselves: see [`bundle`](super::bundle).
    Entries,
}

/// A tile by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tile {
    /// What it holds.
    pub content: Content,
    /// How many full tiles of its level stand left of it.
    pub index: u64,
    /// How much of it there is: 1 to 256. A tile of 256 never changes again.
    pub width: u16,
}

impl Tile {
    /// The path below the log's prefix: `tile/0/x001/234`, or `tile/0/x001/234.p/17` for a tile that is not full.
    #[must_use]
    pub fn path(&self) -> String {
        let content = match self.content {
            Content::Hashes { level } => level.to_string(),
            Content::Entries => "entries".to_owned(),
        };
        let mut place = format!("{:03}", self.index % 1000);
        let mut rest = self.index / 1000;
        while rest > 0 {
            place = format!("x{:03}/{place}", rest % 1000);
            rest /= 1000;
        }
        let part = if u64::from(self.width) == TILE_WIDTH { String::new() } else { format!(".p/{}", self.width) };
        format!("tile/{content}/{place}{part}")
    }

    /// Parses what [`path`](Self::path) writes; `None` for anything else.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        if path.len() > PATH_BYTES_MAX {
            return None;
        }
        let (content, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let content = match content {
            "entries" => Content::Entries,
            level => Content::Hashes { level: level.parse().ok().filter(|level| *level <= LEVEL_MAX)? },
        };
        let (place, width) = rest.split_once(".p/").map_or((rest, Some(256)), |(place, width)| (place, width.parse().ok()));
        let mut index: u64 = 0;
        for step in place.split('/') {
            let digits: u64 = step.trim_start_matches('x').parse().ok()?;
            index = index.checked_mul(1000)?.checked_add(digits)?;
        }
        let tile = Self { content, index, width: width.filter(|width| (1..=256).contains(width))? };
        // Written again, so that every other spelling of the same numbers is refused.
        (index <= SIZE_MAX && tile.path() == path).then_some(tile)
    }

    /// The tiles that a tree of the size `new` has and one of the size `old` had not: what is to be written after appending.
    #[must_use]
    pub fn added(old: u64, new: u64) -> Vec<Self> {
        let mut tiles = Self::added_on(Content::Entries, old, new);
        for level in 0..=LEVEL_MAX / TILE_HEIGHT {
            let height = level * TILE_HEIGHT;
            tiles.extend(Self::added_on(Content::Hashes { level }, old >> height, new >> height));
        }
        tiles
    }

    fn added_on(content: Content, old: u64, new: u64) -> Vec<Self> {
        if old >= new {
            return Vec::new();
        }
        let (full, part) = (new / TILE_WIDTH, new % TILE_WIDTH);
        let tile = |index, width| Self { content, index, width };
        let mut tiles: Vec<_> = (old / TILE_WIDTH..full).map(|index| tile(index, 256)).collect();
        tiles.extend(u16::try_from(part).ok().filter(|part| *part > 0).map(|part| tile(full, part)));
        tiles
    }

    /// The subtrees whose hashes a tile of hashes holds, in its order; none for a tile of entries.
    pub fn nodes(&self) -> impl Iterator<Item = Node> + use<> {
        let (level, width) = match self.content {
            Content::Hashes { level } => (level.saturating_mul(TILE_HEIGHT), u64::from(self.width)),
            Content::Entries => (0, 0),
        };
        let first = self.index.saturating_mul(TILE_WIDTH);
        (0..width).map(move |at| Node { level, index: first.saturating_add(at) })
    }

    /// The bytes of a tile of hashes; `None` where one of them is not kept.
    #[must_use]
    pub fn bytes(&self, hashes: &(impl Hashes + ?Sized)) -> Option<Vec<u8>> {
        let hashed: Option<Vec<_>> = self.nodes().map(|node| hashes.hash(node).map(|hash| hash.0)).collect();
        hashed.map(|hashes| hashes.concat())
    }
}

/// Where tiles of hashes are kept.
pub trait Tiles {
    /// The bytes of the widest tile at this place, or `None`.
    fn tile(&self, level: u8, index: u64) -> Option<Vec<u8>>;
}

/// The hashes that tiles hold, those between their levels computed.
#[derive(Debug)]
pub struct TileHashes<T>(pub T);

impl<T: Tiles> Hashes for TileHashes<T> {
    fn hash(&self, node: Node) -> Option<Hash> {
        let above = node.level % TILE_HEIGHT;
        let first = node.index.checked_mul(1 << above)?;
        let bytes = self.0.tile(node.level / TILE_HEIGHT, first / TILE_WIDTH)?;
        let from = usize::try_from(first % TILE_WIDTH).ok()? * HASH_BYTES;
        let (hashes, _) = bytes.get(from..)?.as_chunks::<HASH_BYTES>();
        let mut row: Vec<_> = hashes.get(..1 << above)?.iter().map(|hash| Hash(*hash)).collect();
        while row.len() > 1 {
            let (pairs, _) = row.as_chunks::<2>();
            row = pairs.iter().map(|&[left, right]| Hash::of_node(left, right)).collect();
        }
        row.first().copied()
    }
}
