//! Suspensions: a reversible stop of one campaign, one contest, or everything.
//!
//! There are two sorts: one that a contest's file states, and one that a command has put into the store. The engine is given
//! the second as data; it never looks for them, and never learns why they are there.

use std::fmt;

use crate::engine::ids::{CampaignId, ContestId};

/// A stop, as the configuration states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// Why, for the operator. The campaign is not told.
    pub why: String,
}

/// How much a stop by command covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Every campaign of every contest.
    Everything,
    /// Every campaign of one contest.
    Contest(ContestId),
    /// One campaign of one contest.
    Campaign(ContestId, CampaignId),
}

impl Scope {
    /// The stable name of this sort of scope.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Contest(_) => "contest",
            Self::Campaign(..) => "campaign",
        }
    }

    /// The contest, unless the scope is everything.
    #[must_use]
    pub const fn contest(&self) -> Option<&ContestId> {
        match self {
            Self::Everything => None,
            Self::Contest(contest) | Self::Campaign(contest, _) => Some(contest),
        }
    }

    /// The campaign, where the scope is one.
    #[must_use]
    pub const fn campaign(&self) -> Option<&CampaignId> {
        match self {
            Self::Campaign(_, campaign) => Some(campaign),
            Self::Everything | Self::Contest(_) => None,
        }
    }

    /// Whether this campaign of this contest is inside.
    #[must_use]
    pub fn covers(&self, contest: &ContestId, campaign: &CampaignId) -> bool {
        self.contest().is_none_or(|own| own == contest) && self.campaign().is_none_or(|own| own == campaign)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::Contest(contest) => write!(f, "contest {contest}"),
            Self::Campaign(contest, campaign) => write!(f, "campaign {campaign} of contest {contest}"),
        }
    }
}

/// The stops by command that are in force together. Few as a rule, none mostly: they are looked through one by one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stops {
    scopes: Vec<Scope>,
}

impl Stops {
    /// These stops; what stands there twice counts once.
    #[must_use]
    pub fn new(mut scopes: Vec<Scope>) -> Self {
        scopes.sort();
        scopes.dedup();
        Self { scopes }
    }

    /// The widest stop that this campaign of this contest is under.
    #[must_use]
    pub fn over(&self, contest: &ContestId, campaign: &CampaignId) -> Option<&Scope> {
        self.scopes.iter().find(|scope| scope.covers(contest, campaign))
    }

    /// The stops that are here and not there.
    pub fn beyond<'a>(&'a self, others: &'a Self) -> impl Iterator<Item = &'a Scope> {
        self.scopes.iter().filter(|scope| others.scopes.binary_search(scope).is_err())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contest(name: &str) -> ContestId {
        ContestId::parse(name).unwrap()
    }

    fn campaign(name: &str) -> CampaignId {
        CampaignId::parse(name).unwrap()
    }

    #[test]
    fn a_scope_covers_what_is_inside_it_alone() {
        let asked = [("a", "x"), ("a", "y"), ("b", "x")];
        let covered = |scope: &Scope| asked.map(|(of, who)| scope.covers(&contest(of), &campaign(who)));
        assert_eq!(covered(&Scope::Everything), [true, true, true]);
        assert_eq!(covered(&Scope::Contest(contest("a"))), [true, true, false]);
        assert_eq!(covered(&Scope::Campaign(contest("a"), campaign("x"))), [true, false, false]);
    }

    #[test]
    fn the_widest_stop_is_named_and_differences_are_exact() {
        let narrow = Scope::Campaign(contest("a"), campaign("x"));
        let before = Stops::new(vec![narrow.clone(), narrow.clone()]);
        let after = Stops::new(vec![narrow.clone(), Scope::Contest(contest("a")), Scope::Everything]);
        assert_eq!(before.over(&contest("a"), &campaign("x")), Some(&narrow));
        assert_eq!(before.over(&contest("a"), &campaign("y")), None);
        assert_eq!(after.over(&contest("a"), &campaign("x")), Some(&Scope::Everything));
        assert_eq!(after.beyond(&before).collect::<Vec<_>>(), [&Scope::Everything, &Scope::Contest(contest("a"))]);
        assert_eq!(before.beyond(&after).count(), 0);
    }
}
