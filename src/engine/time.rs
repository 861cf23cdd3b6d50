//! The words for time. The engine is told what time it is; it never looks.

pub use jiff::Timestamp;
pub use jiff::civil::Date;

/// Seconds from `from` until `to`, rounded up, never negative: what `Retry-After` and `t=` carry.
#[must_use]
pub fn seconds_until(from: Timestamp, to: Timestamp) -> u64 {
    let nanoseconds = to.as_nanosecond().saturating_sub(from.as_nanosecond()).max(0);
    u64::try_from(nanoseconds.div_euclid(1_000_000_000) + i128::from(nanoseconds % 1_000_000_000 != 0)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_times_round_up_and_never_go_below_zero() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let noon = at("2026-02-14T12:00:00Z");
        assert_eq!(seconds_until(at("2026-02-14T11:59:58.5Z"), noon), 2);
        assert_eq!(seconds_until(noon, noon), 0);
        assert_eq!(seconds_until(at("2026-02-14T12:00:01Z"), noon), 0);
    }
}
