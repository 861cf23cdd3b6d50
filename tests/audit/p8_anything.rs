//! P8, whatever it is: logs of any length under any heads, and any two tamperings at any place.

use portcullis::engine::audit::verify::Fault;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::ledger::{Log, NAME, secret, verified};
use crate::theirs;

/// Whether it is verified, on which another hand agrees.
fn right(entries: &[Vec<u8>], heads: &[Vec<u8>]) -> bool {
    let ours = verified(entries, heads).is_ok();
    assert_eq!(ours, theirs::verified(entries, heads, NAME, &secret().public().to_string()));
    ours
}

fn tampered(log: &Log, other: &Log, kind: u8, at: Index, to: Index) -> Vec<Vec<u8>> {
    let mut entries = log.entries.clone();
    let (at, to) = (at.index(entries.len()), to.index(entries.len()));
    match kind % 7 {
        0 => drop(entries.remove(at)),
        1 => entries.insert(at, log.entries[to].clone()),
        2 => entries.swap(at, to),
        3 => entries.truncate(at),
        4 => entries[at] = other.entries[at].clone(),
        5 => entries.splice(at.., other.entries[at..].iter().cloned()).for_each(drop),
        _ => {
            let byte = to % entries[at].len();
            entries[at][byte] = entries[at][byte].wrapping_add(1);
        }
    }
    entries
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn only_what_was_signed_is_verified(
        salt: u8, length in 1_u64..50, heads in proptest::collection::vec(1_u64..50, 0..4),
        kinds: [u8; 2], places: [(Index, Index); 2],
    ) {
        let heads = [heads, vec![length]].concat();
        let (log, other) = (Log::told(salt, length, &heads), Log::told(salt.wrapping_add(1), length, &heads));
        prop_assert_eq!(verified(&log.entries, &log.heads).map(|verified| verified.root), Ok(log.journal.root()));
        let [(a, b), (c, d)] = places;
        let once = tampered(&log, &other, kinds[0], a, b);
        prop_assert_eq!(right(&once, &log.heads), once == log.entries);
        if once.len() == log.entries.len() {
            let twice = tampered(&Log { entries: once, ..log.clone() }, &other, kinds[1], c, d);
            prop_assert_eq!(right(&twice, &log.heads), twice == log.entries);
        }
    }

    #[test]
    fn the_first_fault_is_where_the_first_change_is(salt: u8, length in 2_u64..50, at: Index) {
        let log = Log::told(salt, length, &[length]);
        let at = at.index(log.entries.len());
        let mut entries = log.entries.clone();
        entries[at].push(b' ');
        entries.last_mut().unwrap().push(b' ');
        let found = verified(&entries, &log.heads);
        prop_assert!(matches!(found, Err(Fault::Malformed { index, .. }) if index == at as u64), "{found:?}");
    }
}
