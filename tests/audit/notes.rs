//! Our notes and heads against `signed_note` and `tlog_tiles`: each reads what the other writes, and refuses what it must.

use portcullis::engine::audit::checkpoint::{Checkpoint, HeadFault};
use portcullis::engine::audit::key::{KeyName, SecretKey};
use portcullis::engine::audit::note::{Note, NoteFault, SIGNATURES_MAX};
use portcullis::engine::audit::tree::SIZE_MAX;
use proptest::prelude::*;
use signed_note::{StandardVerifier, VerifierList};

use crate::documents;
use crate::ledger::{Log, NAME, name, public, secret, secret_named};

fn theirs(keys: &[&SecretKey]) -> VerifierList {
    let verifier = |key: &&SecretKey| Box::new(StandardVerifier::new(&key.public().to_string()).unwrap()) as _;
    VerifierList::new(keys.iter().map(verifier).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn notes_that_we_sign_are_verified_by_another_hand(text in "[^\\x00-\\x09\\x0b-\\x1f\\x7f]{0,80}", seed: u8, other: u8) {
        let (key, witness) = (secret_named("a.example/log", seed), secret_named("w", other));
        let text = format!("{text}\n");
        let note = Note::sign(text.clone(), &[&key, &witness]).unwrap();
        let spelled = note.spell();
        documents::tried(spelled.as_bytes());
        prop_assert_eq!(Note::parse(spelled.as_bytes()), Ok(note));
        let read = signed_note::Note::from_bytes(spelled.as_bytes()).unwrap();
        let (verified, unverified) = read.verify(&theirs(&[&key, &witness])).unwrap();
        prop_assert_eq!((verified.len(), unverified.len()), (2, 0));
        prop_assert_eq!(read.text(), text.as_bytes());
    }

    #[test]
    fn heads_read_the_same_to_another_hand(size in 0..=SIZE_MAX, hash: [u8; 32]) {
        let hash = portcullis::engine::audit::hash::Hash(hash);
        let head = Checkpoint { origin: name(), root: portcullis::engine::audit::tree::Root { size, hash } };
        let read = tlog_tiles::checkpoint::Checkpoint::from_bytes(head.spell().as_bytes()).unwrap();
        prop_assert_eq!((read.origin(), read.size(), read.hash().0, read.extension()), (NAME, size, hash.0, ""));
        prop_assert_eq!(read.to_bytes(), head.spell().into_bytes());
        prop_assert_eq!(Checkpoint::parse(&head.spell()), Ok(head));
    }
}

#[test]
fn a_note_is_believed_only_for_a_known_key() {
    let (key, witness, stranger) = (secret(), secret_named("w", 9), secret_named("s", 1));
    let note = Note::sign("text\n".into(), &[&key, &witness]).unwrap();
    let all = [key.public().clone(), witness.public().clone(), stranger.public().clone()];
    assert_eq!(note.verify(&all), Ok(vec![key.public(), witness.public()]));
    assert_eq!(note.verify(&all[1..]), Ok(vec![witness.public()]));
    assert_eq!(note.verify(&all[2..]), Err(NoteFault::UnknownKey));
    assert_eq!(note.verify(&[]), Err(NoteFault::UnknownKey));
    // One wrong signature of a known key and the whole note is refused, though another key signed it rightly.
    let altered = note.spell().replacen("text", "Text", 1);
    assert_eq!(Note::parse(altered.as_bytes()).unwrap().verify(&all[..1]), Err(NoteFault::Signature));
}

#[test]
fn texts_that_are_no_notes() {
    let good = Note::sign("text\n".into(), &[&secret()]).unwrap().spell();
    let line = good.lines().last().unwrap().to_owned() + "\n";
    let wrong = [
        (String::new(), NoteFault::Form),
        ("text\n".into(), NoteFault::Form),
        ("text\n\n".into(), NoteFault::Form),
        (good.trim_end().into(), NoteFault::Form),
        (good.clone() + "\n", NoteFault::Form),
        (good.replace('\u{2014}', "-"), NoteFault::Form),
        (good.replacen("text", "te\txt", 1), NoteFault::Form),
        (good.replacen("text", "te\rxt", 1), NoteFault::Form),
        (good.replace(NAME, "a+b"), NoteFault::Form),
        (good.replace("=\n", "\n"), NoteFault::Form),
        ("text\n\n\u{2014} a AAAAAA==\n".into(), NoteFault::Form),
        (good.clone() + &line.repeat(SIGNATURES_MAX), NoteFault::TooLong),
        ("text ".repeat(100_000) + &good, NoteFault::TooLong),
    ];
    for (text, fault) in wrong {
        assert_eq!(Note::parse(text.as_bytes()), Err(fault), "{text:.60}");
    }
    assert_eq!(Note::sign("no line feed".into(), &[&secret()]), Err(NoteFault::Form));
    assert_eq!(Note::sign("nobody\n".into(), &[]), Err(NoteFault::Form));
}

#[test]
fn texts_that_are_no_heads() {
    let good = Checkpoint { origin: name(), root: Log::told(1, 3, &[]).journal.root() }.spell();
    assert!(Checkpoint::parse(&good).is_ok());
    for wrong in [
        good.replace("\n3\n", "\n03\n"),
        good.replace("\n3\n", "\n+3\n"),
        good.replace("\n3\n", "\n-3\n"),
        good.replace("\n3\n", &format!("\n{}\n", SIZE_MAX + 1)),
        good.replace("=\n", "\n"),
        good.clone() + "extension\n",
        good.clone() + "\n",
        good.trim_end().to_owned(),
        format!("\n{good}"),
    ] {
        assert_eq!(Checkpoint::parse(&wrong), Err(HeadFault::Form), "{wrong}");
    }
}

#[test]
fn a_witness_does_not_speak_for_the_log() {
    let log = Log::told(1, 3, &[]);
    let witness = secret_named("w", 9);
    let keys = [public(), vec![witness.public().clone()]].concat();
    let head = Checkpoint { origin: name(), root: log.journal.root() };
    assert_eq!(head.sign(&[&witness]), Err(HeadFault::OtherLog));
    let alone = Note::sign(head.spell(), &[&witness]).unwrap();
    assert_eq!(Checkpoint::open(&alone, &name(), &keys), Err(HeadFault::Note(NoteFault::UnknownKey)));
    let both = log.head(&[&secret(), &witness]);
    assert_eq!(Checkpoint::open(&both, &name(), &keys), Ok(head));
    let other = KeyName::parse("vote.example/other").unwrap();
    assert_eq!(Checkpoint::open(&both, &other, &keys), Err(HeadFault::OtherLog));
}
