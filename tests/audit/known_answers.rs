//! What others have published: trees of the Certificate Transparency reference, a note of Go's, tiles of C2SP's text.

use std::collections::BTreeMap;

use portcullis::engine::audit::hash::Hash;
use portcullis::engine::audit::key::{KeyFault, KeyName, PublicKey, SecretKey};
use portcullis::engine::audit::note::{Note, NoteFault};
use portcullis::engine::audit::proof;
use portcullis::engine::audit::tile::{Content, Tile};
use portcullis::engine::audit::tree::{Frontier, Root};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The leaves of Certificate Transparency's reference (transparency-dev/merkle, testonly), and the root with each.
const LEAVES: [(&str, &str); 8] = [
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
];

/// Size, index, hashes.
const INCLUSION: [(u64, u64, &[&str]); 4] = [
    (1, 0, &[]),
    (3, 2, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        5,
        1,
        &[
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
    (
        8,
        5,
        &[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
];

/// Old size, new size, hashes.
const CONSISTENCY: [(u64, u64, &[&str]); 3] = [
    (1, 1, &[]),
    (
        2,
        5,
        &[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
    (
        6,
        8,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
];

/// Notes of `golang.org/x/mod/sumdb/note`, and the key that signed them.
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_SECRET: &str = "gQoUAtUUbI2E8kQzMPVAgOv5juF9nHT2JS/F1ccoMXM=";
const SAYING: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const SIGNED: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn unhex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}

fn hashes(texts: &[&str]) -> Vec<Hash> {
    texts.iter().map(|text| Hash(unhex(text).try_into().unwrap())).collect()
}

#[test]
fn trees_and_proofs_of_the_reference() {
    assert_eq!(Hash::empty(), hashes(&["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"])[0]);
    let (mut frontier, mut kept, mut roots) = (Frontier::default(), BTreeMap::new(), vec![Frontier::default().root()]);
    for (leaf, root) in LEAVES {
        kept.extend(frontier.append(Hash::of_leaf(&unhex(leaf))));
        assert_eq!(frontier.root(), Root { size: frontier.size(), hash: hashes(&[root])[0] });
        roots.push(frontier.root());
    }
    for (size, index, expected) in INCLUSION {
        assert_eq!(proof::inclusion(size, index, &kept), Ok(hashes(expected)));
        assert!(proof::includes(&roots[size as usize], index, &unhex(LEAVES[index as usize].0), &hashes(expected)));
    }
    for (old, new, expected) in CONSISTENCY {
        assert_eq!(proof::consistency(old, new, &kept), Ok(hashes(expected)));
        assert!(proof::continues(&roots[old as usize], &roots[new as usize], &hashes(expected)));
    }
}

#[test]
fn a_note_of_gos_checksum_database() {
    let key = PublicKey::parse(PETER).unwrap();
    assert_eq!(key.to_string(), PETER);
    let note = Note::parse(SIGNED.as_bytes()).unwrap();
    assert_eq!((note.text(), note.spell().as_str()), (SAYING, SIGNED));
    assert_eq!(note.verify(std::slice::from_ref(&key)), Ok(vec![&key]));

    let seed: [u8; 32] = data_encoding::BASE64.decode(PETER_SECRET.as_bytes()).unwrap().try_into().unwrap();
    let secret = SecretKey::new(KeyName::parse("PeterNeumann").unwrap(), &Zeroizing::new(seed));
    assert_eq!(secret.public(), &key);
    assert_eq!(Note::sign(SAYING.to_owned(), &[&secret]).unwrap(), note);

    let golang = PublicKey::parse("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8").unwrap();
    assert_eq!(note.verify(&[golang]), Err(NoteFault::UnknownKey));
}

#[test]
fn keys_that_are_none() {
    let wrong = [
        ("PeterNeumann+c74f20a3", KeyFault::Form),
        ("PeterNeumann+c74f20a3+", KeyFault::Form),
        ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX", KeyFault::Id),
        ("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyFault::Id),
        ("Peter+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyFault::Id),
        ("+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyFault::Name),
        ("a b+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyFault::Name),
        ("PeterNeumann+c74f20a3+AhpY2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyFault::Algorithm),
    ];
    for (text, fault) in wrong {
        assert_eq!(PublicKey::parse(text), Err(fault), "{text}");
    }
    // The neutral point, under which signatures of everything can be made; and bytes that are no point.
    for point in [1, 2] {
        let mut key = [0; 33];
        (key[0], key[1]) = (1, point);
        let id = Sha256::new_with_prefix(b"log\n").chain_update(key).finalize();
        let text = format!("log+{}+{}", data_encoding::HEXLOWER.encode(&id[..4]), data_encoding::BASE64.encode(&key));
        assert_eq!(PublicKey::parse(&text), Err(KeyFault::Point), "{text}");
    }
}

#[test]
fn secret_keys_are_not_printed() {
    let secret = SecretKey::new(KeyName::parse("log").unwrap(), &Zeroizing::new([42; 32]));
    assert_eq!(format!("{secret:?}"), "SecretKey(..)");
}

#[test]
fn tiles_of_c2sps_example() {
    let tiles = Tile::added(0, 70_000);
    let of = |level| tiles.iter().filter(move |tile| tile.content == Content::Hashes { level });
    let (full, part): (Vec<&Tile>, Vec<&Tile>) = of(0).partition(|tile| tile.width == 256);
    assert_eq!((full.len(), part.len(), part[0].width), (273, 1, 112));
    assert_eq!(of(1).map(|tile| tile.width).collect::<Vec<_>>(), [256, 17]);
    assert_eq!(of(2).map(|tile| tile.width).collect::<Vec<_>>(), [1]);
    assert_eq!(tiles.iter().filter(|tile| tile.content == Content::Entries).count(), 274);
    let widths: Vec<_> = Tile::added(0, 256).iter().map(|tile| (tile.path(), tile.width)).collect();
    let expected = [("tile/entries/000", 256), ("tile/0/000", 256), ("tile/1/000.p/1", 1)];
    assert_eq!(widths, expected.map(|(path, width)| (path.to_owned(), width)));
    let far = Tile { content: Content::Hashes { level: 0 }, index: 1_234_067, width: 256 };
    assert_eq!(far.path(), "tile/0/x001/x234/067");
}
