//! What a campaign may use of the proxy: the declared limits, as values, and the arithmetic of quotas.
//!
//! The arithmetic of pace is governor's, in `proxy::limit`. What was spent is kept by the store; here it is only judged.

use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use super::time::Timestamp;

/// The limits of one campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How fast, in the moment.
    pub rate: Rate,
    /// How many answers may be in transfer at once.
    pub concurrent: NonZeroU32,
    /// How many in total.
    pub quotas: Quotas,
}

/// How fast a campaign may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Pulls that may start in each `per`.
    pub pulls: NonZeroU32,
    /// Requests of any kind in each `per`.
    pub requests: NonZeroU32,
    /// The period, at least a second and at most a day.
    pub per: Duration,
    /// Pulls that may start at once before the pace applies.
    pub burst: NonZeroU32,
}

/// How much a campaign may be given in total: exact, durable, and one for all replicas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quotas {
    /// Records, the same member counted each time.
    pub records: Option<RecordQuota>,
    /// Distinct members over the whole contest.
    pub members: Option<NonZeroU64>,
}

/// Records in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordQuota {
    /// The most that may leave in one period.
    pub max: NonZeroU64,
    /// The period, counted from the contest's opening; the whole contest where there is none.
    pub per: Option<Duration>,
}

impl RecordQuota {
    /// Which period a moment falls into, counted from 0 at the contest's opening, and when the next one begins.
    #[must_use]
    pub fn period(&self, opens: Timestamp, now: Timestamp) -> (u64, Option<Timestamp>) {
        let Some(per) = self.per.map(|per| i64::try_from(per.as_millis()).unwrap_or(i64::MAX).max(1)) else { return (0, None) };
        let period = now.as_millisecond().saturating_sub(opens.as_millisecond()).max(0) / per;
        let next = (period + 1).checked_mul(per).and_then(|after| opens.as_millisecond().checked_add(after));
        (period.unsigned_abs(), next.and_then(|next| Timestamp::from_millisecond(next).ok()))
    }
}

/// The quotas as they stand at one moment: what a store needs to judge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowance {
    /// The period of the record quota.
    pub period: u64,
    /// Records that may leave in it.
    pub records: Option<u64>,
    /// Distinct members that may leave over the whole contest.
    pub members: Option<u64>,
}

impl Quotas {
    /// The quotas at this moment of a contest that opens then.
    #[must_use]
    pub fn at(&self, opens: Timestamp, now: Timestamp) -> Allowance {
        let period = self.records.map_or(0, |quota| quota.period(opens, now).0);
        Allowance { period, records: self.records.map(|quota| quota.max.get()), members: self.members.map(NonZeroU64::get) }
    }
}

/// What one campaign has been given, as it is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// The period that `records` counts.
    pub period: u64,
    /// Records in that period.
    pub records: u64,
    /// Records in all periods.
    pub records_ever: u64,
    /// Distinct members.
    pub members: u64,
}

impl Spent {
    /// The same in this period. A clock that steps back does not open an earlier period again.
    #[must_use]
    pub const fn in_period(self, period: u64) -> Self {
        if period > self.period { Self { period, records: 0, ..self } } else { self }
    }

    /// What is left under an allowance.
    #[must_use]
    pub fn left(self, allowance: &Allowance) -> Left {
        let spent = self.in_period(allowance.period);
        Left {
            records: allowance.records.map(|max| max.saturating_sub(spent.records)),
            members: allowance.members.map(|max| max.saturating_sub(spent.members)),
        }
    }

    /// Takes what leaves.
    #[must_use]
    pub const fn with(self, allowance: &Allowance, records: u64, members: u64) -> Self {
        let spent = self.in_period(allowance.period);
        Self {
            records: spent.records.saturating_add(records),
            records_ever: spent.records_ever.saturating_add(records),
            members: spent.members.saturating_add(members),
            ..spent
        }
    }

    /// Gives back what was taken and did not leave. Records of a period that is over are not given to the one in force.
    #[must_use]
    pub const fn without(self, period: u64, records: u64, members: u64) -> Self {
        let back = if period == self.period { records } else { 0 };
        Self {
            records: self.records.saturating_sub(back),
            records_ever: self.records_ever.saturating_sub(records),
            members: self.members.saturating_sub(members),
            ..self
        }
    }
}

/// What a campaign has left of its quotas; `None` where there is no quota.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Left {
    /// Records in this period.
    pub records: Option<u64>,
    /// Members who have not been given to this campaign yet.
    pub members: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn quota(per: Option<u64>) -> RecordQuota {
        RecordQuota { max: NonZeroU64::MIN, per: per.map(Duration::from_secs) }
    }

    #[test]
    fn periods_are_counted_from_the_opening() {
        let day = quota(Some(86_400));
        assert_eq!(day.period(at(1000), at(1000)), (0, Some(at(87_400))));
        assert_eq!(day.period(at(1000), at(87_399)), (0, Some(at(87_400))));
        assert_eq!(day.period(at(1000), at(87_400)), (1, Some(at(173_800))));
        assert_eq!(day.period(at(1000), at(0)), (0, Some(at(87_400))), "before the opening is the first period");
        assert_eq!(quota(None).period(at(0), at(1_000_000)), (0, None));
    }

    #[test]
    fn a_new_period_begins_at_nothing_and_an_old_one_never_comes_back() {
        let spent = Spent { period: 3, records: 40, records_ever: 90, members: 7 };
        let allowance = |period| Allowance { period, records: Some(50), members: Some(10) };
        assert_eq!(spent.left(&allowance(3)), Left { records: Some(10), members: Some(3) });
        assert_eq!(spent.left(&allowance(4)), Left { records: Some(50), members: Some(3) });
        assert_eq!(spent.left(&allowance(2)), Left { records: Some(10), members: Some(3) }, "a clock that stepped back");
        let next = spent.with(&allowance(4), 5, 1);
        assert_eq!(next, Spent { period: 4, records: 5, records_ever: 95, members: 8 });
        assert_eq!(next.without(3, 5, 0), Spent { records_ever: 90, ..next }, "of a period that is over");
        assert_eq!(next.without(4, 5, 1), Spent { period: 4, records: 0, records_ever: 90, members: 7 });
    }
}
