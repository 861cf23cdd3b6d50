//! Policy: the usable form of every contest, and the one function that decides.
//!
//! A `Ruleset` cannot be built wrong: `config` makes it after every problem has been found. This module reads
//! no clock and no file; `decide` is a function of its arguments.

pub mod agreement;
pub mod decide;
pub mod explanation;
pub mod objection;
pub mod suspension;
pub mod understand;
pub mod window;

use std::sync::Arc;

use ipnet::IpNet;

use self::agreement::{Agreement, Signature};
use self::suspension::Suspension;
use self::window::Window;
use crate::engine::credential::Credential;
use crate::engine::dialect::cursor::{Binding, CursorKey};
use crate::engine::dialect::{CursorContext, Family, Route};
use crate::engine::form::Form;
use crate::engine::ids::{CampaignId, ContestId, ExportName};
use crate::engine::member::MemberKey;
use crate::engine::minimise::plan::Plan;
use crate::engine::minimise::pseudonym::Keyring;
use crate::engine::query::{ListQuery, Subject};
use crate::engine::quota::Limits;
use crate::engine::time::Timestamp;

/// Every contest that the proxy serves.
#[derive(Debug, Default)]
pub struct Ruleset {
    /// The contests, in the order of their files' names.
    pub contests: Vec<Arc<Contest>>,
}

/// One contest.
#[derive(Debug)]
pub struct Contest {
    /// The identifier: also the first part of every path.
    pub id: ContestId,
    /// For people.
    pub title: String,
    /// Who answers for the data (GDPR Art. 4(7)).
    pub controller: String,
    /// The access window of the contest.
    pub window: Window,
    /// Host names that stand for this contest, so that paths need no prefix. Lower case.
    pub hosts: Vec<Box<str>>,
    /// The API family of the source, which is also that of the campaigns' tools.
    pub family: &'static Family,
    /// The agreement that every campaign must have signed, where there is one.
    pub agreement: Option<Agreement>,
    /// A stop of the whole contest.
    pub suspension: Option<Suspension>,
    /// The lists on offer.
    pub exports: Vec<Arc<Export>>,
    /// The key under which the books know its members.
    pub member_key: Arc<MemberKey>,
    /// Which key that was derived from, for the audit log: a digest that tells nothing of it.
    pub key_fingerprint: [u8; 32],
    /// The sides.
    pub campaigns: Vec<Arc<Campaign>>,
}

/// One named list.
#[derive(Debug)]
pub struct Export {
    /// The name that grants and the books use.
    pub name: ExportName,
    /// Where it is found, and how it is asked for.
    pub route: Route,
    /// The forms in which it may leave; never empty. A request without a preference gets the first.
    pub forms: Vec<Form>,
    /// What of the answer about the list may leave.
    pub plan: Arc<Plan>,
    /// What of the answer about a single record may leave, where they are offered.
    pub item: Option<Arc<Plan>>,
}

impl Export {
    /// What of the answer to this query may leave: of what the export gives, what was asked for.
    #[must_use]
    pub fn plan_for(&self, query: &ListQuery) -> Arc<Plan> {
        let whole = match query.subject {
            Subject::List | Subject::Order | Subject::Progress | Subject::File => &self.plan,
            // A record is asked for where they are offered alone.
            Subject::Item(_) => self.item.as_ref().unwrap_or(&self.plan),
        };
        query.fields.as_ref().map_or_else(|| Arc::clone(whole), |fields| Arc::new(whole.narrowed(fields)))
    }
}

/// One side in a contest.
#[derive(Debug)]
pub struct Campaign {
    /// The identifier.
    pub id: CampaignId,
    /// For people.
    pub title: String,
    /// The exports that are granted.
    pub grants: Vec<ExportName>,
    /// What it signed.
    pub signature: Option<Signature>,
    /// Where it may ask from; empty for everywhere.
    pub networks: Vec<IpNet>,
    /// Its own window, never wider than the contest's.
    pub window: Window,
    /// A stop of this campaign.
    pub suspension: Option<Suspension>,
    /// What it may use.
    pub limits: Limits,
    /// The keys that it was given.
    pub credentials: Vec<Credential>,
    /// The keys under which its pseudonyms and tokens are made.
    pub keyring: Arc<Keyring>,
    /// The key under which its cursors are sealed.
    pub cursor_key: Arc<CursorKey>,
}

impl Ruleset {
    /// The contest with this identifier.
    #[must_use]
    pub fn contest(&self, id: &str) -> Option<&Arc<Contest>> {
        self.contests.iter().find(|contest| contest.id.as_str() == id)
    }
}

impl Contest {
    /// The campaign with this identifier.
    #[must_use]
    pub fn campaign(&self, id: &str) -> Option<&Arc<Campaign>> {
        self.campaigns.iter().find(|campaign| campaign.id.as_str() == id)
    }

    /// The export with this name.
    #[must_use]
    pub fn export(&self, name: &str) -> Option<&Arc<Export>> {
        self.exports.iter().find(|export| export.name.as_str() == name)
    }
}

impl Campaign {
    /// What this campaign's cursors for an export are sealed with and bound to.
    #[must_use]
    pub fn cursors<'a>(&'a self, contest: &'a ContestId, export: &'a ExportName, now: Timestamp) -> CursorContext<'a> {
        let binding = Binding { contest, campaign: &self.id, export, query: "" };
        CursorContext { key: &self.cursor_key, binding, now, tokens: &*self.keyring }
    }
}
