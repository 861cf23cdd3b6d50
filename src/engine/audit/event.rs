//! What can be recorded: a closed list of events, made of codes, counts and identifiers alone.
//!
//! No event has a field that could hold a member's value, a credential, a query or a sentence that somebody wrote, so no
//! mistake elsewhere can put one into the log. A code that a released version has written is never taken away or given
//! another meaning: logs outlive versions.

use std::collections::BTreeMap;

use super::hash::Digest;
use super::key::KeyName;
use super::number::Whole;
use crate::engine::ids::{ActorId, CampaignId, ContestId, ExportName, RequestId};
use crate::engine::member::Withheld;
use crate::engine::outcome::Outcome;
use crate::engine::reason::Reason;

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$each])* $variant,)*
        }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }

            /// The one with this code, if there is one.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.code() == code)
            }
        }
    };
}

codes! {
    /// What a pull asks the source for.
    Asked {
        /// The first page of a list: a pull begins.
        List = "list",
        /// A page that a cursor names: a pull goes on.
        Page = "page",
        /// One record.
        Record = "record",
        /// That the source prepares a file.
        Order = "order",
        /// How far an ordered file is.
        Progress = "progress",
        /// A file that is ready.
        File = "file",
    }
}

codes! {
    /// Through what a suspension or an objection came or went.
    Through {
        /// A contest's file.
        Configuration = "configuration",
        /// A command on the operator's machine.
        Command = "command",
        /// The operator's page.
        Page = "page",
        /// The proxy itself, by a rule that the configuration states.
        Rule = "rule",
    }
}

codes! {
    /// Why access is stopped or given again. The operator's own words stay in the operator's books.
    Why {
        /// Nothing was said.
        Unstated = "unstated",
        /// A campaign broke the agreement, or is said to have.
        Breach = "breach",
        /// A key or a list got into other hands, or may have.
        Leak = "leak",
        /// A dispute is being settled.
        Dispute = "dispute",
        /// A member or an authority asked for it.
        Demand = "demand",
        /// Work on the source or on the proxy.
        Maintenance = "maintenance",
        /// The cause has gone.
        Settled = "settled",
    }
}

codes! {
    /// What a key is for.
    KeyUse {
        /// The secret from which a contest's pseudonyms and tokens are derived.
        Pseudonyms = "pseudonyms",
        /// The key that signs heads of this log.
        Log = "log",
    }
}

/// Who asked: known, because nobody else's requests are recorded one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// The contest.
    pub contest: ContestId,
    /// The campaign.
    pub campaign: CampaignId,
    /// The person or tool, where the credential names one.
    pub actor: Option<ActorId>,
}

/// One request for records that was admitted. Its opening and its closing carry the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// Names the exchange, in the answer and in all books.
    pub request: RequestId,
    /// Who asked.
    pub asker: Asker,
    /// For which list.
    pub export: ExportName,
    /// For what of it.
    pub asked: Asked,
}

/// How a pull ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// As the exchange did.
    Ended(Outcome),
    /// The proxy died before it could say. Written at the next start; the counts are what had been reserved, so at most what left.
    Lost,
}

/// What a suspension or a resumption is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every contest.
    Everything,
    /// One contest.
    Contest(ContestId),
    /// One campaign of one contest.
    Campaign(ContestId, CampaignId),
}

/// A suspension, or its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// What is stopped or goes on.
    pub scope: Scope,
    /// Through what.
    pub through: Through,
    /// Why.
    pub why: Why,
}

/// A member's objection to being on a contest's lists (GDPR, Article 21), or its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// The contest.
    pub contest: ContestId,
    /// The campaign, where it is about one alone.
    pub campaign: Option<CampaignId>,
    /// Through what.
    pub through: Through,
    /// What stays behind.
    pub withheld: Withheld,
    /// The member, by a digest under a key of the contest's: without the key nobody can look for an identifier, and after the
    /// key is destroyed nobody can at all.
    pub member: Digest,
}

/// A key that came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// What it is for.
    pub used_for: KeyUse,
    /// Whose, where it is a contest's.
    pub contest: Option<ContestId>,
    /// Which one: SHA-256 of a public key, or what a secret key derives for this purpose alone.
    pub fingerprint: Digest,
}

/// How often each reason was given. A reason that was not given is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<&'static str, Whole>);

impl Counts {
    /// Counts a reason this many times more, up to [`WHOLE_MAX`](super::number::WHOLE_MAX).
    pub fn add(&mut self, reason: Reason, times: u64) {
        if times > 0 {
            let count = self.0.entry(reason.code()).or_default();
            *count = count.plus(times);
        }
    }

    /// The codes and their counts, in the order of the codes.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Whole)> {
        self.0.iter().map(|(code, count)| (*code, *count))
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The first entry of a log, and of no other place in it.
    LogBegan {
        /// The log's name, which is the origin of its heads.
        log: KeyName,
    },
    /// From here on this configuration decides.
    ConfigurationApplied {
        /// SHA-256 of the effective configuration.
        sha256: Digest,
    },
    /// Admitted; durable before the source is asked.
    PullOpened(Pull),
    /// The one ending of a pull.
    PullClosed {
        /// The pull, as it was opened.
        pull: Pull,
        /// How it ended.
        ending: Ending,
        /// Records that left.
        records: Whole,
        /// Bytes of the body that left.
        bytes: Whole,
    },
    /// Somebody known was refused before anything was opened.
    Refused {
        /// Names the exchange.
        request: RequestId,
        /// Who asked.
        asker: Asker,
        /// For which list, where that was understood.
        export: Option<ExportName>,
        /// Why not, as the operator reads it.
        reason: Reason,
    },
    /// Refusals that are not worth an entry each: of unknown askers, and of a known one that floods.
    RefusalsCounted {
        /// Unix milliseconds from which on they were counted; until this entry's time.
        since: Whole,
        /// Whose; nobody's that is known, where there is none.
        of: Option<(ContestId, CampaignId)>,
        /// How often each reason was given.
        counts: Counts,
    },
    /// Access was stopped.
    Suspended(Stop),
    /// Access goes on.
    Resumed(Stop),
    /// A member objected.
    Objected(Objection),
    /// A member no longer objects.
    ObjectionWithdrawn(Objection),
    /// A key was made.
    KeyCreated(Key),
    /// A key was destroyed.
    KeyDestroyed(Key),
}
