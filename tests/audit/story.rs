//! Events out of bytes: any event that can be recorded, and names that would break a careless spelling.

use portcullis::engine::audit::entry::{ENTRY_BYTES_MAX, Entry};
use portcullis::engine::audit::event::{
    Asked, Asker, Counts, Ending, Event, Key, KeyUse, Objection, Pull, Scope, Stop, Through, Why,
};
use portcullis::engine::audit::hash::Digest;
use portcullis::engine::audit::key::KeyName;
use portcullis::engine::audit::number::{WHOLE_MAX, Whole};
use portcullis::engine::ids::{ActorId, CampaignId, ContestId, ExportName, RequestId};
use portcullis::engine::member::Withheld;
use portcullis::engine::outcome::Outcome;
use portcullis::engine::reason::Reason;

use crate::dice::Dice;

const NAMES: [&str; 4] = ["amber", "leader-2026", "a", "x_y"];
const ACTORS: [&str; 7] = ["Zoë", "\"}", "back\\slash", "a b", "\u{2028}\u{202e}", "</script>", "\u{10ffff}"];
const LOGS: [&str; 4] = ["vote.example/portcullis", "log", "é\"\\", "{}"];

fn one_of<T: Copy>(dice: &mut Dice<'_>, all: &[T]) -> T {
    all[dice.below(all.len())]
}

pub fn whole(dice: &mut Dice<'_>) -> Whole {
    Whole::saturating(match dice.below(4) {
        0 => u64::from(dice.byte()),
        1 => WHOLE_MAX,
        2 => u64::MAX,
        _ => u64::from_be_bytes(std::array::from_fn(|_| dice.byte())) >> dice.below(64),
    })
}

fn digest(dice: &mut Dice<'_>) -> Digest {
    Digest(std::array::from_fn(|_| dice.byte()))
}

fn request(dice: &mut Dice<'_>) -> RequestId {
    RequestId::new(whole(dice).get(), std::array::from_fn(|_| dice.byte()))
}

pub fn contest(dice: &mut Dice<'_>) -> ContestId {
    ContestId::parse(dice.pick(&NAMES)).unwrap()
}

pub fn campaign(dice: &mut Dice<'_>) -> CampaignId {
    CampaignId::parse(dice.pick(&NAMES)).unwrap()
}

fn export(dice: &mut Dice<'_>) -> ExportName {
    ExportName::parse(dice.pick(&NAMES)).unwrap()
}

pub fn asker(dice: &mut Dice<'_>) -> Asker {
    let actor = dice.once_in(2).then(|| ActorId::parse(dice.pick(&ACTORS)).unwrap());
    Asker { contest: contest(dice), campaign: campaign(dice), actor }
}

pub fn pull(dice: &mut Dice<'_>) -> Pull {
    Pull { request: request(dice), asker: asker(dice), export: export(dice), asked: one_of(dice, Asked::ALL) }
}

pub fn ending(dice: &mut Dice<'_>) -> Ending {
    let reason = one_of(dice, Reason::ALL);
    let outcomes = [Outcome::Served, Outcome::Refused(reason), Outcome::Truncated(reason), Outcome::Abandoned];
    if dice.once_in(5) { Ending::Lost } else { Ending::Ended(one_of(dice, &outcomes)) }
}

fn counts(dice: &mut Dice<'_>) -> Counts {
    let mut counts = Counts::default();
    for _ in 0..dice.below(5) {
        let times = whole(dice).get();
        counts.add(one_of(dice, Reason::ALL), times);
    }
    counts
}

fn stop(dice: &mut Dice<'_>) -> Stop {
    let scope = match dice.below(3) {
        0 => Scope::Everything,
        1 => Scope::Contest(contest(dice)),
        _ => Scope::Campaign(contest(dice), campaign(dice)),
    };
    Stop { scope, through: one_of(dice, Through::ALL), why: one_of(dice, Why::ALL) }
}

fn objection(dice: &mut Dice<'_>) -> Objection {
    let campaign = dice.once_in(2).then(|| campaign(dice));
    let withheld = Withheld::from_code(dice.pick(&["all", "phone", "email", "post"])).unwrap();
    Objection { contest: contest(dice), campaign, through: one_of(dice, Through::ALL), withheld, member: digest(dice) }
}

fn key(dice: &mut Dice<'_>) -> Key {
    let contest = dice.once_in(2).then(|| contest(dice));
    Key { used_for: one_of(dice, KeyUse::ALL), contest, fingerprint: digest(dice) }
}

/// Kinds of events.
const KINDS: usize = 12;

/// Any entry.
pub fn entry(dice: &mut Dice<'_>) -> Entry {
    Entry { seq: whole(dice), time: whole(dice), event: event(dice) }
}

/// Tries an entry: it is read as it was written.
pub fn tried(dice: &mut Dice<'_>) {
    let entry = entry(dice);
    let spelled = entry.spell();
    assert!(spelled.len() <= ENTRY_BYTES_MAX && !spelled.contains(&b'\n'));
    assert_eq!(Entry::parse(&spelled), Ok(entry));
}

/// Any event.
pub fn event(dice: &mut Dice<'_>) -> Event {
    let kind = dice.below(KINDS);
    of_kind(kind, dice)
}

/// An event that begins no log and opens and closes no pull.
pub fn quiet(dice: &mut Dice<'_>) -> Event {
    let kind = [1, 4, 5, 6, 7, 8, 9, 10, 11][dice.below(9)];
    of_kind(kind, dice)
}

fn of_kind(kind: usize, dice: &mut Dice<'_>) -> Event {
    match kind {
        0 => Event::LogBegan { log: KeyName::parse(dice.pick(&LOGS)).unwrap() },
        1 => Event::ConfigurationApplied { sha256: digest(dice) },
        2 => Event::PullOpened(pull(dice)),
        3 => Event::PullClosed { pull: pull(dice), ending: ending(dice), records: whole(dice), bytes: whole(dice) },
        4 => refused(dice),
        5 => counted(dice),
        6 => Event::Suspended(stop(dice)),
        7 => Event::Resumed(stop(dice)),
        8 => Event::Objected(objection(dice)),
        9 => Event::ObjectionWithdrawn(objection(dice)),
        10 => Event::KeyCreated(key(dice)),
        _ => Event::KeyDestroyed(key(dice)),
    }
}

fn refused(dice: &mut Dice<'_>) -> Event {
    let export = dice.once_in(2).then(|| export(dice));
    Event::Refused { request: request(dice), asker: asker(dice), export, reason: one_of(dice, Reason::ALL) }
}

fn counted(dice: &mut Dice<'_>) -> Event {
    let of = dice.once_in(2).then(|| (contest(dice), campaign(dice)));
    Event::RefusalsCounted { since: whole(dice), of, counts: counts(dice) }
}
