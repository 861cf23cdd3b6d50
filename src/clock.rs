//! The one place where time is read.
//!
//! Wall time decides at admission; a clock that steps back must not reopen what has closed, so the time that this
//! module gives never decreases while the process lives. Durations are measured with `std::time::Instant`, where they arise.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// A wall clock that never steps back.
#[derive(Debug, Default)]
pub struct Clock {
    latest_microsecond: AtomicI64,
}

impl Clock {
    /// The time now, or the latest that was ever given, whichever is later. Microseconds.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let read = Timestamp::now().as_microsecond();
        let latest = self.latest_microsecond.fetch_max(read, Ordering::Relaxed).max(read);
        Timestamp::from_microsecond(latest).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p9_a_clock_that_steps_back_does_not_take_time_back() {
        let clock = Clock::default();
        let tomorrow = Timestamp::now().as_microsecond() + 86_400_000_000;
        clock.latest_microsecond.store(tomorrow, Ordering::Relaxed);
        assert_eq!(clock.now().as_microsecond(), tomorrow);
    }
}
