//! Reading: each event takes the members that it has.
//!
//! `None` where a member is missing or not of its kind. Members that the event does not have are not looked at; they are found
//! when the entry is written again.

use super::{LOST, Spelled};
use crate::engine::audit::entry::Entry;
use crate::engine::audit::event::{Asked, Asker, Counts, Ending, Event, Key, KeyUse, Objection, Pull, Scope, Stop, Through, Why};
use crate::engine::audit::hash::Digest;
use crate::engine::audit::key::KeyName;
use crate::engine::ids::{ActorId, CampaignId, ContestId, ExportName, RequestId};
use crate::engine::member::Withheld;
use crate::engine::outcome::Outcome;
use crate::engine::reason::Reason;

/// The text of a member that has to be there, as what it names.
fn read<T>(text: Option<&String>, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    parse(text?)
}

/// The text of a member that may be missing. `None` for one that is there and names nothing.
#[allow(clippy::option_option, reason = "missing, wrong and right are three things")]
fn read_if_there<T>(text: Option<&String>, parse: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
    text.map_or(Some(None), |text| parse(text).map(Some))
}

impl Spelled {
    pub(in crate::engine::audit) fn entry(&self) -> Option<Entry> {
        let event = match self.event.as_str() {
            "log_began" => Event::LogBegan { log: read(self.log.as_ref(), |text| KeyName::parse(text).ok())? },
            "configuration_applied" => Event::ConfigurationApplied { sha256: read(self.sha256.as_ref(), Digest::from_hex)? },
            "pull_opened" => Event::PullOpened(self.pull()?),
            "pull_closed" => {
                Event::PullClosed { pull: self.pull()?, ending: self.ending()?, records: self.records?, bytes: self.bytes? }
            }
            "refused" => self.refused()?,
            "refusals_counted" => Event::RefusalsCounted { since: self.since?, of: self.counted_of()?, counts: self.counts()? },
            "suspended" => Event::Suspended(self.stop()?),
            "resumed" => Event::Resumed(self.stop()?),
            "objected" => Event::Objected(self.objection()?),
            "objection_withdrawn" => Event::ObjectionWithdrawn(self.objection()?),
            "key_created" => Event::KeyCreated(self.key()?),
            "key_destroyed" => Event::KeyDestroyed(self.key()?),
            _ => return None,
        };
        Some(Entry { seq: self.seq, time: self.time, event })
    }

    fn contest(&self) -> Option<ContestId> {
        read(self.contest.as_ref(), |text| ContestId::parse(text).ok())
    }

    fn campaign(&self) -> Option<CampaignId> {
        read(self.campaign.as_ref(), |text| CampaignId::parse(text).ok())
    }

    fn request(&self) -> Option<RequestId> {
        read(self.request.as_ref(), RequestId::parse)
    }

    fn asker(&self) -> Option<Asker> {
        let actor = read_if_there(self.actor.as_ref(), |text| ActorId::parse(text).ok())?;
        Some(Asker { contest: self.contest()?, campaign: self.campaign()?, actor })
    }

    fn pull(&self) -> Option<Pull> {
        let export = read(self.export.as_ref(), |text| ExportName::parse(text).ok())?;
        let asked = read(self.asked.as_ref(), Asked::from_code)?;
        Some(Pull { request: self.request()?, asker: self.asker()?, export, asked })
    }

    fn ending(&self) -> Option<Ending> {
        let reason = || read(self.reason.as_ref(), Reason::from_code);
        Some(Ending::Ended(match self.outcome.as_deref()? {
            "served" => Outcome::Served,
            "refused" => Outcome::Refused(reason()?),
            "truncated" => Outcome::Truncated(reason()?),
            "abandoned" => Outcome::Abandoned,
            LOST => return Some(Ending::Lost),
            _ => return None,
        }))
    }

    fn refused(&self) -> Option<Event> {
        let export = read_if_there(self.export.as_ref(), |text| ExportName::parse(text).ok())?;
        let reason = read(self.reason.as_ref(), Reason::from_code)?;
        Some(Event::Refused { request: self.request()?, asker: self.asker()?, export, reason })
    }

    #[allow(clippy::option_option, reason = "missing, wrong and right are three things")]
    fn counted_of(&self) -> Option<Option<(ContestId, CampaignId)>> {
        if self.contest.is_none() && self.campaign.is_none() {
            return Some(None);
        }
        Some(Some((self.contest()?, self.campaign()?)))
    }

    fn counts(&self) -> Option<Counts> {
        let mut counts = Counts::default();
        for (code, count) in self.counts.as_ref()? {
            counts.add(Reason::from_code(code)?, count.get());
        }
        Some(counts)
    }

    fn stop(&self) -> Option<Stop> {
        let scope = match (&self.contest, &self.campaign) {
            (None, None) => Scope::Everything,
            (Some(_), None) => Scope::Contest(self.contest()?),
            _ => Scope::Campaign(self.contest()?, self.campaign()?),
        };
        let through = read(self.through.as_ref(), Through::from_code)?;
        Some(Stop { scope, through, why: read(self.why.as_ref(), Why::from_code)? })
    }

    fn objection(&self) -> Option<Objection> {
        let campaign = read_if_there(self.campaign.as_ref(), |text| CampaignId::parse(text).ok())?;
        let through = read(self.through.as_ref(), Through::from_code)?;
        let withheld = read(self.withheld.as_ref(), Withheld::from_code)?;
        let member = read(self.member.as_ref(), Digest::from_hex)?;
        Some(Objection { contest: self.contest()?, campaign, through, withheld, member })
    }

    fn key(&self) -> Option<Key> {
        let used_for = read(self.key.as_ref(), KeyUse::from_code)?;
        let contest = read_if_there(self.contest.as_ref(), |text| ContestId::parse(text).ok())?;
        Some(Key { used_for, contest, fingerprint: read(self.fingerprint.as_ref(), Digest::from_hex)? })
    }
}
