//! Writing: each event fills the members that it has.
//!
//! Never leaves out a member for its value: what an event has is always there.

use super::{LOST, Spelled};
use crate::engine::audit::entry::Entry;
use crate::engine::audit::event::{Asker, Counts, Ending, Event, Key, Objection, Pull, Scope, Stop};
use crate::engine::audit::number::Whole;
use crate::engine::ids::{CampaignId, ContestId};

/// A text where there is one.
fn said(text: impl ToString) -> Option<String> {
    Some(text.to_string())
}

/// The code of an event.
const fn code(event: &Event) -> &'static str {
    match event {
        Event::LogBegan { .. } => "log_began",
        Event::ConfigurationApplied { .. } => "configuration_applied",
        Event::PullOpened(_) => "pull_opened",
        Event::PullClosed { .. } => "pull_closed",
        Event::Refused { .. } => "refused",
        Event::RefusalsCounted { .. } => "refusals_counted",
        Event::Suspended(_) => "suspended",
        Event::Resumed(_) => "resumed",
        Event::Objected(_) => "objected",
        Event::ObjectionWithdrawn(_) => "objection_withdrawn",
        Event::KeyCreated(_) => "key_created",
        Event::KeyDestroyed(_) => "key_destroyed",
    }
}

impl Spelled {
    pub(in crate::engine::audit) fn of(entry: &Entry) -> Self {
        let head = Self { seq: entry.seq, time: entry.time, event: code(&entry.event).into(), ..Self::default() };
        match &entry.event {
            Event::LogBegan { log } => Self { log: said(log), ..head },
            Event::ConfigurationApplied { sha256 } => Self { sha256: Some(sha256.to_hex()), ..head },
            Event::PullOpened(pull) => head.with_pull(pull),
            Event::PullClosed { pull, ending, records, bytes } => {
                let counted = Self { records: Some(*records), bytes: Some(*bytes), ..head };
                counted.with_pull(pull).with_ending(*ending)
            }
            Event::Refused { request, asker, export, reason } => {
                let export = export.as_ref().and_then(said);
                Self { request: said(request), export, reason: said(reason), ..head }.with_asker(asker)
            }
            Event::RefusalsCounted { since, of, counts } => head.with_counts(*since, of.as_ref(), counts),
            Event::Suspended(stop) | Event::Resumed(stop) => head.with_stop(stop),
            Event::Objected(objection) | Event::ObjectionWithdrawn(objection) => head.with_objection(objection),
            Event::KeyCreated(key) | Event::KeyDestroyed(key) => head.with_key(key),
        }
    }

    /// The JSON, on one line.
    pub(in crate::engine::audit) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and whole numbers can always be written")
    }

    fn with_asker(self, asker: &Asker) -> Self {
        let actor = asker.actor.as_ref().map(|actor| actor.as_str().to_owned());
        Self { contest: said(&asker.contest), campaign: said(&asker.campaign), actor, ..self }
    }

    fn with_pull(self, pull: &Pull) -> Self {
        let about = Self { request: said(pull.request), export: said(&pull.export), asked: said(pull.asked.code()), ..self };
        about.with_asker(&pull.asker)
    }

    fn with_ending(self, ending: Ending) -> Self {
        match ending {
            Ending::Ended(outcome) => Self { outcome: said(outcome.code()), reason: outcome.reason().and_then(said), ..self },
            Ending::Lost => Self { outcome: said(LOST), ..self },
        }
    }

    fn with_counts(self, since: Whole, of: Option<&(ContestId, CampaignId)>, counts: &Counts) -> Self {
        let counts = counts.iter().map(|(code, count)| (code.to_owned(), count)).collect();
        let (contest, campaign) = (of.and_then(|of| said(&of.0)), of.and_then(|of| said(&of.1)));
        Self { since: Some(since), contest, campaign, counts: Some(counts), ..self }
    }

    fn with_stop(self, stop: &Stop) -> Self {
        let (contest, campaign) = match &stop.scope {
            Scope::Everything => (None, None),
            Scope::Contest(contest) => (said(contest), None),
            Scope::Campaign(contest, campaign) => (said(contest), said(campaign)),
        };
        Self { contest, campaign, through: said(stop.through.code()), why: said(stop.why.code()), ..self }
    }

    fn with_objection(self, objection: &Objection) -> Self {
        let (through, withheld) = (said(objection.through.code()), said(objection.withheld.code()));
        let (contest, campaign) = (said(&objection.contest), objection.campaign.as_ref().and_then(said));
        Self { contest, campaign, through, withheld, member: Some(objection.member.to_hex()), ..self }
    }

    fn with_key(self, key: &Key) -> Self {
        let contest = key.contest.as_ref().and_then(said);
        Self { contest, key: said(key.used_for.code()), fingerprint: Some(key.fingerprint.to_hex()), ..self }
    }
}
