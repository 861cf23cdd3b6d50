//! Entries: one spelling each, no room for anything else, and never too long.

use portcullis::engine::audit::entry::{ENTRY_BYTES_MAX, Entry, EntryFault};
use portcullis::engine::audit::event::{Asked, Asker, Counts, Ending, Event, KeyUse, Pull, Through, Why};
use portcullis::engine::audit::number::{WHOLE_MAX, Whole};
use portcullis::engine::ids::{ACTOR_BYTES_MAX, ActorId, CampaignId, ContestId, ExportName, NAME_BYTES_MAX, RequestId};
use portcullis::engine::outcome::Outcome;
use portcullis::engine::reason::Reason;
use proptest::prelude::*;

use crate::dice::Dice;
use crate::ledger::Log;
use crate::{documents, story};

fn pull(actor: &str) -> Pull {
    let name = "n".repeat(NAME_BYTES_MAX);
    let asker = Asker {
        contest: ContestId::parse(&name).unwrap(),
        campaign: CampaignId::parse(&name).unwrap(),
        actor: Some(ActorId::parse(actor).unwrap()),
    };
    Pull { request: RequestId::new(1, [1; 10]), asker, export: ExportName::parse(&name).unwrap(), asked: Asked::Progress }
}

proptest! {
    #[test]
    fn every_entry_is_read_as_it_was_written(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        story::tried(&mut Dice::new(&bytes));
        documents::tried(&story::entry(&mut Dice::new(&bytes)).spell());
    }

    #[test]
    fn an_entry_with_one_byte_changed_is_another_entry_or_none(
        bytes in proptest::collection::vec(any::<u8>(), 0..300), at: prop::sample::Index, with: u8,
    ) {
        let entry = story::entry(&mut Dice::new(&bytes));
        let mut spelled = entry.spell();
        let at = at.index(spelled.len());
        prop_assume!(spelled[at] != with);
        spelled[at] = with;
        documents::tried(&spelled);
        prop_assert_ne!(Entry::parse(&spelled), Ok(entry));
    }

    #[test]
    fn whatever_is_read_is_what_would_be_written(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        documents::tried(&bytes);
    }
}

#[test]
fn an_entry_reads_like_this() {
    let pull = Pull { asked: Asked::List, ..pull("Zoë \"Z\"") };
    let event = Event::PullClosed {
        pull: Pull { export: ExportName::parse("members").unwrap(), ..pull },
        ending: Ending::Ended(Outcome::Truncated(Reason::WindowClosed)),
        records: Whole::saturating(200),
        bytes: Whole::saturating(51_234),
    };
    let spelled = Entry { seq: Whole::saturating(3), time: Whole::saturating(1_769_000_000_000), event }.spell();
    let spelled = String::from_utf8(spelled).unwrap();
    let name = "n".repeat(NAME_BYTES_MAX);
    let start = r#"{"seq":3,"time":1769000000000,"event":"pull_closed","request":""#;
    assert!(spelled.starts_with(start), "{spelled}");
    assert!(spelled.contains(&format!(r#","contest":"{name}","campaign":"{name}","actor":"#)), "{spelled}");
    let end = r#""actor":"Zoë \"Z\"","export":"members","asked":"list","outcome":"truncated","reason":"window_closed","records":200,"bytes":51234}"#;
    assert!(spelled.ends_with(end), "{spelled}");
}

#[test]
fn what_says_the_same_in_other_letters_is_refused() {
    let good = r#"{"seq":1,"time":5,"event":"suspended","contest":"c","through":"command","why":"leak"}"#;
    assert!(Entry::parse(good.as_bytes()).is_ok());
    let wrong = [
        (good.replace(":1,", ": 1,"), EntryFault::Spelling),
        (good.replace(r#""seq":1,"time":5"#, r#""time":5,"seq":1"#), EntryFault::Spelling),
        (good.replace("leak", r"le\u0061k"), EntryFault::Spelling),
        (good.replace(r#","contest""#, r#","log":null,"contest""#), EntryFault::Spelling),
        (good.replace(r#","through""#, r#","records":7,"through""#), EntryFault::Spelling),
        (format!("{good}\n"), EntryFault::Spelling),
        (good.replace(":5,", ":5.0,"), EntryFault::Form),
        (good.replace(":5,", ":05,"), EntryFault::Form),
        (good.replace(":5,", ":-5,"), EntryFault::Form),
        (good.replace(":5,", ":9007199254740992,"), EntryFault::Form),
        (good.replace(r#""seq":1"#, r#""seq":1,"seq":1"#), EntryFault::Form),
        (good.replace(r#","why""#, r#","note":"Ann Smith","why""#), EntryFault::Form),
        (format!("{good}{good}"), EntryFault::Form),
        (good.replace("leak", "Ann Smith"), EntryFault::Content),
        (good.replace("suspended", "pull_opened"), EntryFault::Content),
        (good.replace(r#""c""#, r#""C""#), EntryFault::Content),
        (good.replace(r#""c""#, &format!("{:?}", "c".repeat(ENTRY_BYTES_MAX))), EntryFault::TooLong),
    ];
    for (text, fault) in wrong {
        assert_eq!(Entry::parse(text.as_bytes()), Err(fault), "{text}");
    }
}

#[test]
fn the_longest_entries_fit_the_bound() {
    let whole = Whole::saturating(WHOLE_MAX);
    let mut counts = Counts::default();
    Reason::ALL.iter().for_each(|&reason| counts.add(reason, WHOLE_MAX));
    let name = "n".repeat(NAME_BYTES_MAX);
    let of = Some((ContestId::parse(&name).unwrap(), CampaignId::parse(&name).unwrap()));
    let reason = *Reason::ALL.iter().max_by_key(|reason| reason.code().len()).unwrap();
    let ending = Ending::Ended(Outcome::Truncated(reason));
    let longest = [
        Event::RefusalsCounted { since: whole, of, counts },
        // Each quotation mark takes two bytes.
        Event::PullClosed { pull: pull(&"\"".repeat(ACTOR_BYTES_MAX)), ending, records: whole, bytes: whole },
    ];
    for event in longest {
        let bytes = Entry { seq: whole, time: whole, event }.spell();
        assert!(bytes.len() <= ENTRY_BYTES_MAX, "{} bytes", bytes.len());
        assert!(Entry::parse(&bytes).is_ok());
    }
}

#[test]
fn a_clock_that_was_set_back_does_not_take_the_log_with_it() {
    let mut log = Log::told(1, 5, &[]);
    let last = Entry::parse(log.entries.last().unwrap()).unwrap();
    let appended = log.journal.append(log.events().remove(0), Whole::saturating(7));
    assert_eq!(appended.entry.time, last.time);
    assert_eq!(appended.entry.seq.get(), 5);
}

/// Logs outlive versions: what stands here may be added to, and nothing of it may be taken away.
#[test]
fn codes_that_logs_hold_are_still_read() {
    let events = "log_began configuration_applied pull_opened pull_closed refused refusals_counted suspended resumed objected \
        objection_withdrawn key_created key_destroyed";
    let written: std::collections::BTreeSet<_> = (0..=255)
        .map(|kind| story::entry(&mut Dice::new(&[0, 0, 0, 0, kind])).spell())
        .map(|bytes| String::from_utf8(bytes).unwrap().split('"').nth(7).unwrap().to_owned())
        .collect();
    assert!(events.split_whitespace().all(|event| written.contains(event)), "{written:?}");
    assert_eq!(written.len(), events.split_whitespace().count(), "a new event belongs into this list");
    let still = |codes: &str, known: fn(&str) -> bool| codes.split_whitespace().all(known);
    assert!(still("list page record order progress file", |code| Asked::from_code(code).is_some()));
    assert!(still("configuration command page rule", |code| Through::from_code(code).is_some()));
    assert!(still("unstated breach leak dispute demand maintenance settled", |code| Why::from_code(code).is_some()));
    assert!(still("pseudonyms log", |code| KeyUse::from_code(code).is_some()));
}
