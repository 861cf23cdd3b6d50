//! Whatever comes from outside: parsed without a panic, and accepted only where it is what would be written.

use portcullis::engine::audit::checkpoint::Checkpoint;
use portcullis::engine::audit::entry::Entry;
use portcullis::engine::audit::key::{KeyName, PublicKey};
use portcullis::engine::audit::note::Note;
use portcullis::engine::audit::receipt::Receipt;
use portcullis::engine::audit::tile::Tile;
use portcullis::engine::audit::tree::Root;
use portcullis::engine::audit::verify::Verifier;
use portcullis::engine::audit::{bundle, proof};
use portcullis::engine::ids::RequestId;

/// The key of the logs of these tests: of the seed 7, 7, 7 and so on.
const KEY: &str = "vote.example/portcullis+b0925457+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";

/// The root of a log without entries.
const EMPTY: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/// Tries the bytes as a document of every kind.
pub fn tried(bytes: &[u8]) {
    if let Ok(entry) = Entry::parse(bytes) {
        assert_eq!(entry.spell(), bytes);
    }
    if let Ok(entries) = bundle::parse(bytes) {
        assert_eq!(bundle::spell(entries).as_deref(), Ok(bytes));
    }
    let keys = [PublicKey::parse(KEY).unwrap()];
    let log = keys[0].name();
    if let Ok(note) = Note::parse(bytes) {
        assert!(note.spell().as_bytes() == bytes);
        let head = Checkpoint::open(&note, log, &keys);
        assert_eq!(
            Verifier::new(log, &keys, &[bytes]).is_ok(),
            head.is_ok_and(|head| head.root.size > 0 || note.text().contains(EMPTY))
        );
    }
    if let Ok(receipt) = Receipt::parse(bytes) {
        receipts(&receipt, bytes, log, &keys);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        texts(text);
    }
}

fn receipts(receipt: &Receipt, bytes: &[u8], log: &KeyName, keys: &[PublicKey]) {
    assert!(receipt.spell().as_bytes() == bytes);
    if let Ok(proved) = receipt.verify(log, keys) {
        assert_eq!(proved.entry.spell(), receipt.entry);
        assert!(receipt.index < proved.head.root.size);
    }
    if let Ok(head) = Checkpoint::parse(receipt.head.text()) {
        let _ = proof::includes(&head.root, receipt.index, &receipt.entry, &receipt.proof);
        let _ = proof::continues(&Root { size: receipt.index, ..head.root }, &head.root, &receipt.proof);
    }
}

fn texts(text: &str) {
    if let Ok(head) = Checkpoint::parse(text) {
        assert_eq!(head.spell(), text);
    }
    if let Ok(key) = PublicKey::parse(text) {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(name) = KeyName::parse(text) {
        assert_eq!(name.as_str(), text);
    }
    if let Some(tile) = Tile::parse(text) {
        assert_eq!(tile.path(), text);
    }
    if let Some(id) = RequestId::parse(text) {
        assert_eq!(id.to_string(), text);
    }
}
