//! P8, entries: every entry, every kind of tampering, each found and named with its place.

use portcullis::engine::audit::entry::Entry;
use portcullis::engine::audit::event::Event;
use portcullis::engine::audit::hash::Digest;
use portcullis::engine::audit::number::Whole;
use portcullis::engine::audit::verify::{Fault, Verifier};

use crate::ledger::{Log, name, secret_named, verified, verifier, walk};

const LENGTH: u64 = 33;
const HEADS: [u64; 5] = [1, 9, 20, 21, LENGTH];

fn log() -> Log {
    Log::told(3, LENGTH, &HEADS)
}

/// The heads around an entry: the size of the last before it and of the first over it.
fn around(index: u64) -> (u64, u64) {
    let until = *HEADS.iter().find(|head| **head > index).unwrap();
    (HEADS.iter().rev().find(|head| **head <= index).copied().unwrap_or(0), until)
}

/// Where a fault points.
fn place(fault: Fault) -> u64 {
    match fault {
        Fault::Malformed { index, .. }
        | Fault::Gap { index, .. }
        | Fault::Repeated { index, .. }
        | Fault::Backwards { index }
        | Fault::BeganAgain { index }
        | Fault::RequestTwice { index, .. }
        | Fault::NeverOpened { index }
        | Fault::ClosedTwice { index, .. }
        | Fault::ClosedAsAnother { index, .. }
        | Fault::Altered { index } => index,
        Fault::NoBeginning | Fault::OtherLog => 0,
        other => panic!("{other} has no place"),
    }
}

/// A verifier that has read all entries before each index.
fn before_each<'h>(log: &Log, start: Verifier<'h>) -> Vec<Verifier<'h>> {
    let mut verifier = start;
    let mut all = vec![verifier.clone()];
    for entry in &log.entries {
        verifier.entry(entry).unwrap();
        all.push(verifier.clone());
    }
    all
}

#[test]
fn the_log_that_is_tampered_with_below_is_right() {
    let log = log();
    let verified = verified(&log.entries, &log.heads).unwrap();
    assert_eq!((verified.root, verified.heads), (log.journal.root(), HEADS.len()));
    let kinds: std::collections::BTreeSet<_> =
        log.entries.iter().map(|e| String::from_utf8_lossy(e).split('"').nth(7).unwrap().to_owned()).collect();
    assert!(kinds.len() >= 10, "{kinds:?}");
}

#[test]
fn every_byte_of_every_entry_counts() {
    let log = log();
    for (index, verifier) in before_each(&log, verifier(&log.heads).unwrap()).iter().enumerate().take(log.entries.len()) {
        let (from, until) = around(index as u64);
        for at in 0..log.entries[index].len() {
            let mut entries = log.entries[index..].to_vec();
            // Another digit or letter, so that as many as may be are entries still.
            entries[0][at] ^= if entries[0][at] == b'9' { 9 } else { 1 };
            match walk(verifier.clone(), &entries).unwrap_err() {
                Fault::RootMismatch { from: a, until: b } => assert_eq!((a, b), (from, until)),
                // What the entry now says is wrong at once, or makes a later one wrong before the next head is reached.
                other => assert!((index as u64..until).contains(&place(other)), "entry {index}, byte {at}: {other}"),
            }
        }
    }
}

#[test]
fn kept_hashes_tell_which_entry_was_altered() {
    let log = log();
    let start = verifier(&log.heads).unwrap().with_hashes(&log.hashes);
    let all = before_each(&log, start);
    for (index, before) in all.iter().enumerate().take(log.entries.len()).skip(1) {
        let mut entries = log.entries[index..].to_vec();
        let mut entry = Entry::parse(&entries[0]).unwrap();
        // One thing that no other entry looks at.
        match &mut entry.event {
            Event::PullClosed { records, .. } => {
                *records = if records.get() == 0 { Whole::saturating(1) } else { Whole::default() }
            }
            Event::PullOpened(_) => continue,
            event => *event = Event::ConfigurationApplied { sha256: Digest([9; 32]) },
        }
        entries[0] = entry.spell();
        assert_eq!(walk(before.clone(), &entries), Err(Fault::Altered { index: index as u64 }));
        let (from, until) = around(index as u64);
        let without = verified(&[&log.entries[..index], &entries[..]].concat(), &log.heads);
        assert_eq!(without, Err(Fault::RootMismatch { from, until }));
    }
}

#[test]
fn an_entry_that_is_taken_out_is_named() {
    let log = log();
    let start = verifier(&log.heads).unwrap();
    for index in 0..LENGTH {
        let mut entries = log.entries.clone();
        entries.remove(index as usize);
        let expected = if index + 1 == LENGTH {
            Fault::Short { entries: LENGTH - 1, head: LENGTH }
        } else {
            Fault::Gap { index, found: index + 1 }
        };
        assert_eq!(walk(start.clone(), &entries), Err(expected));
    }
}

#[test]
fn an_entry_that_is_taken_out_and_the_rest_numbered_anew_is_found_at_the_next_head() {
    let log = log();
    for index in 1..LENGTH {
        let mut events = log.events();
        events.remove(index as usize - 1);
        let (from, until) = around(index);
        match verified(&Log::of(events).entries, &log.heads).unwrap_err() {
            Fault::RootMismatch { from: a, until: b } => assert_eq!((a, b), (from, until)),
            // No head is between it and the end, where one entry is missing now.
            Fault::Short { entries, head } => assert_eq!((entries, head, until), (LENGTH - 1, LENGTH, LENGTH)),
            other => assert!((index..until).contains(&place(other)), "entry {index}: {other}"),
        }
    }
}

#[test]
fn an_entry_that_is_put_in_is_named() {
    let log = log();
    let start = verifier(&log.heads).unwrap();
    for index in 0..=LENGTH {
        for copied in 0..LENGTH {
            let mut entries = log.entries.clone();
            entries.insert(index as usize, entries[copied as usize].clone());
            let expected = match copied {
                _ if copied > index => Fault::Gap { index, found: copied },
                _ if copied < index => Fault::Repeated { index, found: copied },
                _ => Fault::Repeated { index: index + 1, found: copied },
            };
            assert_eq!(walk(start.clone(), &entries), Err(expected), "{copied} put in at {index}");
        }
        for foreign in [&b""[..], b"{}", b"\n", &[0; 10_000]] {
            let mut entries = log.entries.clone();
            entries.insert(index as usize, foreign.to_vec());
            let Err(Fault::Malformed { index: found, .. }) = walk(start.clone(), &entries) else { panic!("{index}") };
            assert_eq!(found, index);
        }
    }
}

#[test]
fn a_made_up_entry_is_found_at_the_next_head() {
    let log = log();
    let made_up = Event::ConfigurationApplied { sha256: Digest([1; 32]) };
    for index in 1..LENGTH {
        let mut events = log.events();
        events.insert(index as usize - 1, made_up.clone());
        let (from, until) = around(index);
        assert_eq!(verified(&Log::of(events).entries, &log.heads), Err(Fault::RootMismatch { from, until }), "{index}");
    }
    let mut events = log.events();
    events.push(made_up);
    let expected = Fault::Unsigned { from: LENGTH, until: LENGTH + 1 };
    assert_eq!(verified(&Log::of(events).entries, &log.heads), Err(expected));
}

#[test]
fn entries_that_change_places_are_named() {
    let log = log();
    let start = verifier(&log.heads).unwrap();
    for first in 0..LENGTH {
        for second in first + 1..LENGTH {
            let mut entries = log.entries.clone();
            entries.swap(first as usize, second as usize);
            assert_eq!(walk(start.clone(), &entries), Err(Fault::Gap { index: first, found: second }));
        }
    }
}

#[test]
fn an_end_that_is_cut_off_is_named() {
    let log = log();
    for entries in 0..LENGTH {
        let cut = &log.entries[..entries as usize];
        assert_eq!(verified(cut, &log.heads), Err(Fault::Short { entries, head: LENGTH }));
        // An old copy with the heads of its time, and one newer head that somebody kept.
        let mut old: Vec<_> =
            HEADS.iter().zip(&log.heads).filter(|(size, _)| **size <= entries).map(|(_, head)| head.clone()).collect();
        let alone = verified(cut, &old);
        assert_eq!(alone.is_ok(), HEADS.contains(&entries), "an old copy is right by itself: {alone:?}");
        old.push(log.heads[4].clone());
        assert_eq!(verified(cut, &old), Err(Fault::Short { entries, head: LENGTH }));
    }
}

#[test]
fn two_logs_that_are_spliced_are_found() {
    let (log, other) = (log(), Log::told(4, LENGTH, &HEADS));
    for cut in 1..LENGTH {
        let entries = [&log.entries[..cut as usize], &other.entries[cut as usize..]].concat();
        let (_, until) = around(cut);
        match verified(&entries, &log.heads).unwrap_err() {
            Fault::RootMismatch { from, until: to } => assert_eq!((from, to), (around(cut).0, until)),
            found => assert!((cut..until).contains(&place(found)), "cut at {cut}: {found}"),
        }
        // With the heads of each half; both logs begin with the same entry, so what is cut behind it is the other log.
        let of = |size| if size <= cut { &log } else { &other };
        let mixed: Vec<_> = (0..).zip(HEADS).map(|(at, size): (usize, _)| of(size).heads[at].clone()).collect();
        match verified(&entries, &mixed) {
            Ok(verified) => assert_eq!((cut, verified.root), (1, other.journal.root())),
            Err(Fault::RootMismatch { until, .. }) => assert!(until > cut),
            Err(found) => assert!(place(found) >= cut, "cut at {cut}: {found}"),
        }
    }
}

#[test]
fn the_log_of_others_is_not_ours() {
    let log = log();
    let other = secret_named("vote.example/other", 7);
    let keys = [other.public().clone()];
    let heads: Vec<&[u8]> = log.heads.iter().map(Vec::as_slice).collect();
    let found = Verifier::new(other.public().name(), &keys, &heads).err();
    assert!(matches!(found, Some(Fault::Head { position: 0, .. })), "{found:?}");
    assert!(Verifier::new(&name(), &keys, &heads).is_err());

    let theirs =
        Entry::parse(&log.entries[0]).map(|entry| Entry { event: Event::LogBegan { log: keys[0].name().clone() }, ..entry });
    let mut entries = log.entries.clone();
    entries[0] = theirs.unwrap().spell();
    assert_eq!(verified(&entries, &log.heads), Err(Fault::OtherLog));
}
