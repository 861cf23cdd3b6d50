//! P8, stories: a log that is signed rightly from end to end, and tells what cannot have happened.

use portcullis::engine::audit::entry::Entry;
use portcullis::engine::audit::event::{Event, Pull};
use portcullis::engine::audit::number::Whole;
use portcullis::engine::audit::verify::Fault;
use portcullis::engine::ids::CampaignId;
use portcullis::engine::reason::Reason;

use crate::ledger::{Log, name, verified};

/// A log of these events that is signed rightly: what remains wrong is the story.
fn told(events: &[&Event]) -> Result<(), Fault> {
    let mut log = Log::of(events.iter().map(|event| (*event).clone()));
    log.publish();
    verified(&log.entries, &log.heads).map(|_| ())
}

#[test]
fn stories_that_cannot_have_happened_are_named() {
    let log = Log::told(3, 33, &[33]);
    let events = log.events();
    let close = events.iter().find(|event| matches!(event, Event::PullClosed { .. })).unwrap();
    let Event::PullClosed { pull, ending, records, bytes } = close.clone() else { panic!() };
    let open = Event::PullOpened(pull.clone());
    let quiet = events.iter().find(|event| matches!(event, Event::Suspended(_) | Event::Resumed(_))).unwrap();
    let refused = Event::Refused { request: pull.request, asker: pull.asker.clone(), export: None, reason: Reason::Suspended };
    let mut asker = pull.asker.clone();
    asker.campaign = CampaignId::parse("rival").unwrap();
    let framed = Event::PullClosed { pull: Pull { asker, ..pull }, ending, records, bytes };

    assert_eq!(told(&[&open, quiet, close]), Ok(()));
    assert_eq!(told(&[&open, quiet]), Ok(()), "a pull may be open still");
    assert_eq!(told(&[quiet, close]), Err(Fault::NeverOpened { index: 2 }));
    assert_eq!(told(&[&refused, close]), Err(Fault::NeverOpened { index: 2 }));
    assert_eq!(told(&[&open, quiet, close, close]), Err(Fault::ClosedTwice { index: 4, first: 1 }));
    assert_eq!(told(&[&open, &open]), Err(Fault::RequestTwice { index: 2, first: 1 }));
    assert_eq!(told(&[&open, close, &open]), Err(Fault::RequestTwice { index: 3, first: 1 }));
    assert_eq!(told(&[&refused, &open]), Err(Fault::RequestTwice { index: 2, first: 1 }));
    assert_eq!(told(&[&open, &framed]), Err(Fault::ClosedAsAnother { index: 2, first: 1 }));
    assert_eq!(told(&[quiet, &Event::LogBegan { log: name() }]), Err(Fault::BeganAgain { index: 2 }));
}

#[test]
fn time_that_runs_backwards_and_a_missing_beginning_are_named() {
    let log = Log::told(3, 33, &[33]);
    let mut entries = log.entries.clone();
    let earlier = Entry { time: Whole::default(), ..Entry::parse(&entries[7]).unwrap() };
    entries[7] = earlier.spell();
    assert_eq!(verified(&entries, &log.heads), Err(Fault::Backwards { index: 7 }));

    let headless = Entry { seq: Whole::default(), ..Entry::parse(&log.entries[5]).unwrap() };
    let entries = [vec![headless.spell()], log.entries[1..].to_vec()].concat();
    assert_eq!(verified(&entries, &log.heads), Err(Fault::NoBeginning));
}
