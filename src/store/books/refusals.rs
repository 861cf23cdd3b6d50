//! Refusals on their way into the audit log: one entry each while they are few, and counts beyond that.
//!
//! A flood can make the log longer by a bounded number of entries in each minute, whoever floods.

use std::collections::{BTreeMap, HashMap};

use super::Side;
use crate::engine::audit::event::{Asker, Counts, Event};
use crate::engine::audit::number::Whole;
use crate::engine::ids::{ExportName, RequestId};
use crate::engine::reason::Reason;
use crate::engine::time::Timestamp;

/// Refusals of one campaign in one minute that get an entry each.
pub const ENTRIES_PER_MINUTE_MAX: u32 = 30;
/// For how long refusals are counted before the counts become an entry, milliseconds.
const COUNTED_MILLISECONDS: i64 = 60_000;

/// One refusal of somebody known.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Names the exchange.
    pub request: RequestId,
    /// Who asked.
    pub asker: Asker,
    /// For which list, where that was understood.
    pub export: Option<ExportName>,
    /// Why not.
    pub reason: Reason,
}

/// What waits to be written.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    /// Entries of a campaign in a minute.
    entries: HashMap<Side, (i64, u32)>,
    /// Since when, and how often.
    counts: BTreeMap<Option<Side>, (Timestamp, Counts)>,
}

impl Refusals {
    /// Takes a refusal of somebody known: the entry that it gets, or none where it is only counted.
    pub fn known(&mut self, refusal: Refusal, at: Timestamp) -> Option<Event> {
        let side = Side { contest: refusal.asker.contest.clone(), campaign: refusal.asker.campaign.clone() };
        let minute = at.as_millisecond() / COUNTED_MILLISECONDS;
        let (counted_in, entries) = self.entries.entry(side.clone()).or_insert((minute, 0));
        if *counted_in != minute {
            (*counted_in, *entries) = (minute, 0);
        }
        if *entries >= ENTRIES_PER_MINUTE_MAX {
            self.count(Some(side), refusal.reason, 1, at);
            return None;
        }
        *entries += 1;
        let Refusal { request, asker, export, reason } = refusal;
        Some(Event::Refused { request, asker, export, reason })
    }

    /// Counts refusals of nobody known.
    pub fn unknown(&mut self, reason: Reason, times: u64, at: Timestamp) {
        self.count(None, reason, times, at);
    }

    fn count(&mut self, of: Option<Side>, reason: Reason, times: u64, at: Timestamp) {
        self.counts.entry(of).or_insert_with(|| (at, Counts::default())).1.add(reason, times);
    }

    /// The entries of counts that have been counted for long enough, or of all.
    pub fn due(&mut self, now: Timestamp, all: bool) -> Vec<Event> {
        let is_due = |since: Timestamp| all || now.as_millisecond() - since.as_millisecond() >= COUNTED_MILLISECONDS;
        let due: Vec<_> = self.counts.iter().filter(|(_, (since, _))| is_due(*since)).map(|(of, _)| of.clone()).collect();
        let counted = due.into_iter().filter_map(|of| self.counts.remove_entry(&of));
        counted
            .map(|(of, (since, counts))| Event::RefusalsCounted {
                since: Whole::unix_milliseconds(since),
                of: of.map(|side| (side.contest, side.campaign)),
                counts,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ids::{CampaignId, ContestId};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn refusal(number: u64) -> Refusal {
        let (contest, campaign) = (ContestId::parse("vote").unwrap(), CampaignId::parse("amber").unwrap());
        let asker = Asker { contest, campaign, actor: None };
        Refusal { request: RequestId::new(number, [0; 10]), asker, export: None, reason: Reason::Suspended }
    }

    #[test]
    fn a_flood_becomes_counts() {
        let mut refusals = Refusals::default();
        let entries = (0..1000).filter_map(|number| refusals.known(refusal(number), at(0))).count();
        assert_eq!(entries, ENTRIES_PER_MINUTE_MAX as usize);
        refusals.unknown(Reason::CredentialInvalid, 5, at(1));
        assert!(refusals.due(at(59), false).is_empty());
        let due = refusals.due(at(61), false);
        let counted: Vec<_> = due.iter().map(counts).collect();
        assert_eq!(counted, [(false, "credential_invalid", 5), (true, "suspended", 970)]);
        assert!(refusals.due(at(1000), true).is_empty());
        assert!(refusals.known(refusal(5000), at(61)).is_some(), "the next minute has entries of its own");
    }

    fn counts(event: &Event) -> (bool, &'static str, u64) {
        let Event::RefusalsCounted { of, counts, .. } = event else { panic!("{event:?}") };
        let (code, count) = counts.iter().next().unwrap();
        (of.is_some(), code, count.get())
    }
}
