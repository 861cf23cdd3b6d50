//! The figures of a report, and the names that people know things by.
//!
//! Every type here is what `--json` prints. None has a place for a member's value or digest.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::policy::Contest;

/// Everything that is reported.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub contest: String,
    /// Where the configuration can be read.
    pub title: Option<String>,
    pub controller: Option<String>,
    pub made_at: String,
    /// What each campaign was given, by its identifier.
    pub campaigns: BTreeMap<String, Received>,
    /// Members of the contest whom any campaign was given.
    pub members: u64,
    /// Records by day and campaign.
    pub days: BTreeMap<String, BTreeMap<String, u64>>,
    /// Who asked for what.
    pub actors: Vec<Actor>,
    pub refusals: Vec<Refusals>,
    pub objections: Vec<Objections>,
    /// Members who object to something.
    pub objecting: u64,
    /// How many of these each campaign was given.
    pub objecting_held: BTreeMap<String, u64>,
    pub suspensions: Vec<Suspension>,
    pub configurations: Vec<Configuration>,
    pub keys: Vec<Key>,
    /// Pulls that did not end as they should.
    pub unfinished: Vec<Unfinished>,
    /// How many these are, also where not all are shown.
    pub unfinished_count: u64,
    pub log: Log,
}

/// What a campaign was given.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Received {
    pub title: Option<String>,
    pub pulls: u64,
    pub records: u64,
    pub members: u64,
    /// Distinct members of each export.
    pub exports: BTreeMap<String, u64>,
    pub first: Option<String>,
    pub last: Option<String>,
}

/// What one person or tool asked for.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Actor {
    pub campaign: String,
    pub actor: Option<String>,
    pub export: String,
    pub pulls: u64,
    pub requests: u64,
    pub records: u64,
    pub bytes: u64,
}

/// How often a campaign, or somebody unknown, was refused for a reason.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Refusals {
    /// `None` for askers who were not identified.
    pub campaign: Option<String>,
    pub reason: String,
    pub count: u64,
}

/// Objections in force of one sort.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Objections {
    /// `None` for every campaign.
    pub campaign: Option<String>,
    pub channel: String,
    pub count: u64,
}

/// A stop by command, or its end.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Suspension {
    pub at: String,
    pub scope: String,
    pub act: String,
    pub by: String,
    pub why: String,
}

/// From when on a configuration decided.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Configuration {
    pub at: String,
    pub sha256: String,
}

/// A key that came or went.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Key {
    pub at: String,
    pub used_for: &'static str,
    pub destroyed: bool,
    pub fingerprint: String,
}

/// A pull that did not end as it should, or has not.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Unfinished {
    pub opened: String,
    pub campaign: String,
    pub export: String,
    pub state: String,
    pub records: u64,
    pub request_id: String,
}

/// The audit log.
#[derive(Debug, Default, Serialize)]
pub(super) struct Log {
    pub name: Option<String>,
    pub size: u64,
    pub began: Option<String>,
    pub last: Option<String>,
    pub head_size: Option<u64>,
    pub head_root: Option<String>,
}

impl Report {
    /// Puts in the names that the contest's file has.
    pub(super) fn name(&mut self, contest: Option<&Contest>) {
        let Some(contest) = contest else { return };
        (self.title, self.controller) = (Some(contest.title.clone()), Some(contest.controller.clone()));
        for campaign in &contest.campaigns {
            // One that was given nothing is worth a line as well.
            self.campaigns.entry(campaign.id.to_string()).or_default().title = Some(campaign.title.clone());
        }
    }

    /// Whether nothing of the contest is on record.
    pub(super) fn is_empty(&self) -> bool {
        let received = self.campaigns.values().any(|received| received.pulls > 0);
        !received && self.refusals.is_empty() && self.objections.is_empty() && self.suspensions.is_empty() && self.keys.is_empty()
    }

    pub(super) fn records(&self) -> u64 {
        self.campaigns.values().map(|received| received.records).sum()
    }

    pub(super) fn refused(&self) -> u64 {
        self.refusals.iter().map(|refusals| refusals.count).sum()
    }

    /// How often each reason was given, to whomever, the most frequent first.
    pub(super) fn reasons(&self) -> Vec<(&str, u64)> {
        let mut sums = BTreeMap::<&str, u64>::new();
        self.refusals.iter().for_each(|refusals| *sums.entry(&refusals.reason).or_default() += refusals.count);
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
        sums
    }

    /// The name of a campaign for people.
    pub(super) fn called<'a>(&'a self, campaign: &'a str) -> &'a str {
        self.campaigns.get(campaign).and_then(|received| received.title.as_deref()).unwrap_or(campaign)
    }
}

/// A number with its thousands apart.
pub(super) fn apart(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands_stand_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")] {
            assert_eq!(super::apart(number), text);
        }
    }
}
