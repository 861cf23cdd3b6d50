//! The access window: a half-open interval of time.

use crate::engine::time::Timestamp;

/// `[opens, closes)`: a request at `opens` is inside, one at `closes` is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    opens: Timestamp,
    closes: Timestamp,
}

/// Where a moment lies relative to a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Before `opens`.
    NotOpen,
    /// Inside.
    Open,
    /// At or after `closes`.
    Closed,
}

impl Window {
    /// A window, unless it would be empty.
    #[must_use]
    pub fn new(opens: Timestamp, closes: Timestamp) -> Option<Self> {
        (opens < closes).then_some(Self { opens, closes })
    }

    /// The first moment inside.
    #[must_use]
    pub const fn opens(&self) -> Timestamp {
        self.opens
    }

    /// The first moment after the window.
    #[must_use]
    pub const fn closes(&self) -> Timestamp {
        self.closes
    }

    /// Where `now` lies.
    #[must_use]
    pub fn phase(&self, now: Timestamp) -> Phase {
        if now < self.opens {
            Phase::NotOpen
        } else if now < self.closes {
            Phase::Open
        } else {
            Phase::Closed
        }
    }

    /// Whether `other` lies wholly inside this window.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.opens <= other.opens && other.closes <= self.closes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_edges_are_half_open() {
        let window = Window::new(at(10), at(20)).unwrap();
        let phases: Vec<_> = [9, 10, 19, 20, 21].map(|s| window.phase(at(s))).to_vec();
        assert_eq!(phases, [Phase::NotOpen, Phase::Open, Phase::Open, Phase::Closed, Phase::Closed]);
    }

    #[test]
    fn an_empty_window_does_not_exist() {
        assert!(Window::new(at(10), at(10)).is_none());
        assert!(Window::new(at(11), at(10)).is_none());
    }
}
