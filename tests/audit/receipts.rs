//! Receipts: verifiable alone, also by another hand, and worth nothing once a byte of them is another.

use portcullis::engine::audit::checkpoint::HeadFault;
use portcullis::engine::audit::entry::Entry;
use portcullis::engine::audit::note::NoteFault;
use portcullis::engine::audit::proof;
use portcullis::engine::audit::receipt::{RECEIPT_BYTES_MAX, Receipt, ReceiptFault};
use portcullis::engine::audit::verify::Fault;
use tlog_tiles::tlog;

use crate::documents;
use crate::ledger::{Log, name, public, secret, secret_named, verified};
use crate::theirs;

const SIZE: u64 = 23;

fn receipt(log: &Log, index: u64) -> Receipt {
    let proof = proof::inclusion(log.journal.size(), index, &log.hashes).unwrap();
    Receipt { entry: log.entries[usize::try_from(index).unwrap()].clone(), index, proof, head: log.head(&[&secret()]) }
}

#[test]
fn every_entry_has_a_receipt_that_proves_it() {
    let log = Log::told(1, SIZE, &[]);
    for index in 0..SIZE {
        let receipt = receipt(&log, index);
        let text = receipt.spell();
        documents::tried(text.as_bytes());
        assert_eq!(Receipt::parse(text.as_bytes()).as_ref(), Ok(&receipt));
        let proved = receipt.verify(&name(), &public()).unwrap();
        assert_eq!(Ok(proved.entry), Entry::parse(&receipt.entry));
        assert_eq!(proved.head.root, log.journal.root());
    }
}

/// Reads the document as C2SP's `tlog-proof` says, with nothing of ours.
#[test]
fn another_hand_agrees() {
    let log = Log::told(2, SIZE, &[]);
    for index in 0..SIZE {
        let text = receipt(&log, index).spell();
        let (above, note) = text.split_once("\n\n").unwrap();
        let mut lines = above.lines();
        assert_eq!(lines.next(), Some("c2sp.org/tlog-proof@v1"));
        let entry = lines.next().unwrap().strip_prefix("extra ").unwrap();
        let entry = data_encoding::BASE64.decode(entry.as_bytes()).unwrap();
        let at: u64 = lines.next().unwrap().strip_prefix("index ").unwrap().parse().unwrap();
        let proof: Vec<_> = lines.map(|line| tlog::Hash::parse_hash(line).unwrap()).collect();
        let head = theirs::head(note.as_bytes(), &secret().public().to_string()).unwrap();
        tlog::check_record(&proof, head.size(), *head.hash(), at, tlog::record_hash(&entry)).unwrap();
    }
}

#[test]
fn a_receipt_with_any_byte_changed_proves_nothing() {
    let receipt = receipt(&Log::told(3, SIZE, &[]), 11);
    let text = receipt.spell().into_bytes();
    for at in 0..text.len() {
        for with in [text[at] ^ 1, b'A'] {
            let mut altered = text.clone();
            altered[at] = with;
            let proved = Receipt::parse(&altered).and_then(|read| read.verify(&name(), &public()));
            assert_eq!(proved.is_ok(), altered == text, "byte {at} as {with:#x}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_receipt_is_named() {
    let (log, other) = (Log::told(4, SIZE, &[]), Log::told(5, SIZE, &[]));
    let good = receipt(&log, 11);
    let verify = |receipt: Receipt| receipt.verify(&name(), &public()).map(|_| ());
    assert_eq!(verify(Receipt { entry: other.entries[11].clone(), ..good.clone() }), Err(ReceiptFault::NotIncluded));
    assert_eq!(verify(Receipt { head: other.head(&[&secret()]), ..good.clone() }), Err(ReceiptFault::NotIncluded));
    assert_eq!(verify(Receipt { proof: Vec::new(), ..good.clone() }), Err(ReceiptFault::NotIncluded));
    assert_eq!(verify(Receipt { index: 12, ..good.clone() }), Err(ReceiptFault::Index));
    assert!(matches!(verify(Receipt { entry: b"{}".to_vec(), ..good.clone() }), Err(ReceiptFault::Entry(_))));
    let stranger = good.verify(&name(), &[secret_named("s", 1).public().clone()]);
    assert_eq!(stranger, Err(ReceiptFault::Head(HeadFault::Note(NoteFault::UnknownKey))));
    assert_eq!(Receipt::parse(&vec![b'a'; RECEIPT_BYTES_MAX + 1]), Err(ReceiptFault::TooLong));
    let text = good.spell();
    for wrong in [text.replace("index 11", "index 011"), text.replace("@v1", "@v2"), text.replace("extra ", "extra  ")] {
        assert_eq!(Receipt::parse(wrong.as_bytes()), Err(ReceiptFault::Form));
    }
}

#[test]
fn a_kept_receipt_convicts_a_log_that_was_rewritten() {
    let genuine = Log::told(6, SIZE, &[]);
    let kept = receipt(&genuine, 11).head.spell().into_bytes();
    let mut events = genuine.events();
    events.remove(3);
    events.remove(3);
    let mut rewritten = Log::of(events);
    rewritten.append(Log::told(7, 9, &[]).events().remove(1));
    rewritten.append(Log::told(7, 9, &[]).events().remove(4));
    rewritten.publish();
    assert!(matches!(verified(&rewritten.entries, &rewritten.heads), Ok(_) | Err(Fault::NeverOpened { .. })));
    let both = [rewritten.heads.clone(), vec![kept]].concat();
    assert_eq!(verified(&rewritten.entries, &both), Err(Fault::HeadsDisagree { first: SIZE, second: SIZE }));
}
