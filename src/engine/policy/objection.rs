//! Objections: what members have asked not to be given to campaigns (GDPR Art. 21).
//!
//! Data, like suspensions: the engine is given them and never looks for them. Members are digests here as in the books.

use std::collections::HashMap;
use std::sync::Arc;

use crate::engine::ids::{CampaignId, ContestId};
use crate::engine::member::{MemberDigest, Objected, Withheld};

/// One objection that is raised or withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// The contest.
    pub contest: ContestId,
    /// The campaign, where it is about one alone.
    pub campaign: Option<CampaignId>,
    /// The member.
    pub member: MemberDigest,
    /// What stays behind.
    pub withheld: Withheld,
    /// Whether it is withdrawn.
    pub withdrawn: bool,
}

/// What the members of one contest object to.
pub type OfContest = HashMap<MemberDigest, Vec<(Option<CampaignId>, Withheld)>>;

/// The objections that hold, of all contests.
#[derive(Debug, Clone, Default)]
pub struct Objections {
    contests: HashMap<ContestId, Arc<OfContest>>,
    /// For contests without any: the same each time, so that nothing seems to have changed.
    none: Arc<OfContest>,
}

impl Objections {
    /// These and what has been raised and withdrawn since, in this order.
    #[must_use]
    pub fn with(&self, since: impl IntoIterator<Item = Objection>) -> Self {
        let mut contests = self.contests.clone();
        for Objection { contest, campaign, member, withheld, withdrawn } in since {
            let of_contest = Arc::make_mut(contests.entry(contest).or_default());
            let held = of_contest.entry(member).or_default();
            held.retain(|held| *held != (campaign.clone(), withheld));
            if !withdrawn {
                held.push((campaign, withheld));
            } else if held.is_empty() {
                of_contest.remove(&member);
            }
        }
        Self { contests, none: Arc::clone(&self.none) }
    }

    /// What the members of a contest object to.
    #[must_use]
    pub fn of(&self, contest: &ContestId) -> Arc<OfContest> {
        Arc::clone(self.contests.get(contest).unwrap_or(&self.none))
    }
}

/// What a member objects to as far as this campaign goes.
#[must_use]
pub fn objected(objections: &OfContest, campaign: &CampaignId, member: MemberDigest) -> Objected {
    let mut objected = Objected::default();
    // Most contests have none, and then nothing is hashed.
    if !objections.is_empty() {
        let held = objections.get(&member).into_iter().flatten();
        let own = held.filter(|(of, _)| of.as_ref().is_none_or(|of| of == campaign));
        own.for_each(|(_, withheld)| objected.add(*withheld));
    }
    objected
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::member::Channel;

    const PHONE: Withheld = Withheld::Channel(Channel::Phone);

    fn objection(member: u8, campaign: Option<&str>, withheld: Withheld, withdrawn: bool) -> Objection {
        let campaign = campaign.map(|campaign| CampaignId::parse(campaign).unwrap());
        Objection { contest: ContestId::parse("vote").unwrap(), campaign, member: digest(member), withheld, withdrawn }
    }

    fn digest(member: u8) -> MemberDigest {
        MemberDigest([member; 16])
    }

    fn holds(objections: &Objections, member: u8, campaign: &str) -> Objected {
        let of_contest = objections.of(&ContestId::parse("vote").unwrap());
        objected(&of_contest, &CampaignId::parse(campaign).unwrap(), digest(member))
    }

    #[test]
    fn each_is_lifted_by_its_own_withdrawal_alone() {
        let raised = [objection(1, None, PHONE, false), objection(1, Some("amber"), Withheld::All, false)];
        let both = Objections::default().with(raised);
        assert!(holds(&both, 1, "amber").all() && !holds(&both, 1, "blue").all());
        assert!(holds(&both, 1, "blue").withholds(Channel::Phone) && holds(&both, 2, "blue").is_nothing());
        let one = both.with([objection(1, Some("amber"), Withheld::All, true)]);
        assert!(!holds(&one, 1, "amber").all() && holds(&one, 1, "amber").withholds(Channel::Phone));
        let none = one.with([objection(1, None, PHONE, true)]);
        assert!(none.of(&ContestId::parse("vote").unwrap()).is_empty());
        assert!(holds(&both, 1, "amber").all(), "what was is left as it was");
    }
}
