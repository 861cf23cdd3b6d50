//! The bounds of the book, and which rows go when one is reached. Pure arithmetic: it never touches a row.

use super::RejectionRow;
use crate::config::settings::ProcessBounds;

/// How much the book of rejections may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectionBounds {
    /// Rows of one campaign in one contest; also rows of all unidentified askers together. At least one row stays.
    pub per_campaign_max: u64,
    /// Rows that may wait to be written. Rounded up to one.
    pub queue_max: usize,
}

impl From<&ProcessBounds> for RejectionBounds {
    fn from(bounds: &ProcessBounds) -> Self {
        Self { per_campaign_max: bounds.rejections_per_campaign_max, queue_max: bounds.rejections_queue_max }
    }
}

/// What a bound is for: one campaign in one contest, or all unidentified askers together (`campaign` and `contest` both `None`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Party {
    pub campaign: Option<String>,
    pub contest: Option<String>,
}

impl Party {
    pub fn of(row: &RejectionRow) -> Self {
        let campaign = row.campaign.as_ref().map(ToString::to_string);
        let contest = row.contest.as_ref().filter(|_| campaign.is_some()).map(ToString::to_string);
        Self { campaign, contest }
    }
}

/// How many of the oldest rows to remove of each group, so that at most `max` (at least one) rows stay over all.
///
/// The largest groups are cut down to one level; no group is touched that is below it. The answer has the order of `sizes`.
pub(super) fn surplus(sizes: &[u64], max: u64) -> Vec<u64> {
    let max = max.max(1);
    if sizes.iter().sum::<u64>() <= max {
        return vec![0; sizes.len()];
    }
    let kept_at = |level: u64| sizes.iter().map(|&size| size.min(level)).sum::<u64>();
    let level = highest(max, |level| kept_at(level) <= max);
    let mut spare = max - kept_at(level);
    let mut keep = |size: u64| {
        let one_more = size > level && spare > 0;
        spare -= u64::from(one_more);
        size.min(level) + u64::from(one_more)
    };
    sizes.iter().map(|&size| size - keep(size)).collect()
}

/// The greatest number up to `top` for which `holds`, when it holds for 0 and for everything below one that it holds for.
fn highest(top: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, top);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if holds(middle) { low = middle } else { high = middle - 1 }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_groups_give_way() {
        assert_eq!(surplus(&[5, 3], 8), [0, 0]);
        assert_eq!(surplus(&[100, 1, 2], 10), [93, 0, 0]);
        assert_eq!(surplus(&[6, 6], 5), [3, 4]);
        assert_eq!(surplus(&[1, 1, 1], 1), [0, 1, 1]);
        assert_eq!(surplus(&[4], 0), [3]);
        assert_eq!(surplus(&[], 0), [0; 0]);
    }

    #[test]
    fn exactly_the_bound_stays() {
        for max in 1..60 {
            let sizes = [17, 0, 4, 4, 31];
            let gone = surplus(&sizes, max);
            let kept: u64 = sizes.iter().zip(&gone).map(|(size, gone)| size - gone).sum();
            assert_eq!(kept, max.min(56));
        }
    }
}
