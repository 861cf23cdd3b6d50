//! P8, heads: each byte of each, heads of others, of another time, and two stories under one key.

use portcullis::engine::audit::checkpoint::{Checkpoint, HeadFault};
use portcullis::engine::audit::note::{Note, NoteFault};
use portcullis::engine::audit::tree::Root;
use portcullis::engine::audit::verify::Fault;

use crate::ledger::{Log, NAME, name, secret, secret_named, verified, verifier};

const LENGTH: u64 = 24;
const HEADS: [u64; 4] = [1, 8, 13, LENGTH];

fn log() -> Log {
    Log::told(1, LENGTH, &HEADS)
}

fn head_fault(heads: &[Vec<u8>]) -> Option<(usize, HeadFault)> {
    match verifier(heads).err()? {
        Fault::Head { position, fault } => Some((position, fault)),
        other => panic!("{other}"),
    }
}

#[test]
fn a_log_is_verified_with_its_heads_in_any_order() {
    let mut log = log();
    log.heads.reverse();
    log.heads.push(log.heads[1].clone());
    let verified = verified(&log.entries, &log.heads).unwrap();
    assert_eq!((verified.root, verified.heads), (log.journal.root(), 5));
}

#[test]
fn a_head_with_any_byte_changed_is_named() {
    let log = log();
    for (position, head) in log.heads.iter().enumerate() {
        for at in 0..head.len() {
            let mut heads = log.heads.clone();
            heads[position][at] ^= if at % 2 == 0 { 1 } else { 0x11 };
            let found = head_fault(&heads);
            assert_eq!(found.map(|(position, _)| position), Some(position), "byte {at} of head {position}");
        }
    }
}

#[test]
fn heads_signed_by_others_are_named() {
    let log = log();
    let signed = |note: Note| head_fault(&[log.heads[0].clone(), note.spell().into_bytes()]);
    let unknown = Some((1, HeadFault::Note(NoteFault::UnknownKey)));
    let text = Checkpoint { origin: name(), root: log.journal.root() }.spell();
    assert_eq!(signed(log.head(&[&secret_named(NAME, 8)])), unknown, "another key of the same name");
    assert_eq!(signed(Note::sign(text.clone(), &[&secret_named("s", 7)]).unwrap()), unknown, "the same key under another name");

    let other = Checkpoint { origin: secret_named("other", 7).public().name().clone(), root: log.journal.root() };
    let other = Note::sign(other.spell(), &[&secret()]).unwrap();
    assert_eq!(signed(other), Some((1, HeadFault::OtherLog)), "our key under the head of another log");

    let malformed = Note::sign(text + "extension\n", &[&secret()]).unwrap();
    assert_eq!(signed(malformed), Some((1, HeadFault::Form)));

    // The signature of one head under the text of another.
    let [early, late] = [&log.heads[1], &log.heads[2]].map(|head| String::from_utf8(head.clone()).unwrap());
    let (text, signature) = (late.split_once("\n\n").unwrap().0, early.split_once("\n\n").unwrap().1);
    let spliced = Note::parse(format!("{text}\n\n{signature}").as_bytes()).unwrap();
    assert_eq!(signed(spliced), Some((1, HeadFault::Note(NoteFault::Signature))));
}

#[test]
fn a_log_without_heads_is_not_believed() {
    assert_eq!(verifier(&[]).err(), Some(Fault::NoHead));
}

#[test]
fn entries_that_no_head_covers_are_named() {
    let log = log();
    let expected = Err(Fault::Unsigned { from: 13, until: LENGTH });
    assert_eq!(verified(&log.entries, &log.heads[..3]), expected);
}

#[test]
fn two_stories_under_one_key_are_named() {
    let (told, retold) = (log(), Log::told(2, LENGTH, &HEADS));
    assert_eq!(verified(&retold.entries, &retold.heads).unwrap().root, retold.journal.root(), "alone it looks right");
    for (&size, kept) in HEADS.iter().zip(&told.heads).skip(1) {
        let same_size = [retold.heads.clone(), vec![kept.clone()]].concat();
        assert_eq!(verified(&retold.entries, &same_size), Err(Fault::HeadsDisagree { first: size, second: size }));
        if size < LENGTH {
            let other_size = [kept.clone(), retold.heads[3].clone()];
            assert_eq!(verified(&retold.entries, &other_size), Err(Fault::HeadsDisagree { first: size, second: LENGTH }));
        }
    }
    // A kept head beyond all others: the story up to it is not the one that was signed.
    let kept_last = [retold.heads[..3].to_vec(), told.heads[3..].to_vec()].concat();
    assert_eq!(verified(&retold.entries, &kept_last), Err(Fault::RootMismatch { from: 13, until: LENGTH }));
}

#[test]
fn a_head_of_nothing_has_one_root() {
    let log = log();
    let empty = |hash| {
        let root = Root { size: 0, hash };
        Checkpoint { origin: name(), root }.sign(&[&secret()]).unwrap().spell().into_bytes()
    };
    let right = [vec![empty(portcullis::engine::audit::hash::Hash::empty())], log.heads.clone()].concat();
    assert!(verified(&log.entries, &right).is_ok());
    let wrong = [vec![empty(log.journal.root().hash)], log.heads.clone()].concat();
    assert_eq!(verified(&log.entries, &wrong), Err(Fault::HeadsDisagree { first: 0, second: 1 }));
}
