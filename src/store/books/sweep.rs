//! Sweeping up after other processes: pulls whose process is gone are closed as lost, by whoever notices.
//!
//! Needed where several processes share the books. A process that has only lost its connection is given time to come back, counted
//! by this process alone: no clock of another one is trusted.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::desk::close_lost;
use super::tables::{Backend, Tables};
use super::{PullFilter, PullNumber, StoredPull};
use crate::engine::time::Timestamp;
use crate::store::StoreError;

/// From one look to the next.
const LOOK: Duration = Duration::from_secs(3);
/// For so long a process may be without a connection to the books before its pulls are closed.
pub const GONE_AFTER: Duration = Duration::from_secs(10);

/// What one process has noticed of others. Monotonic times, never recorded.
#[derive(Debug, Default)]
pub struct Sweep {
    looked: Option<Instant>,
    /// Pulls whose process was gone at the last look, and since when.
    suspects: BTreeMap<PullNumber, Instant>,
}

impl Sweep {
    /// Whether it is time to look; never where nobody else writes the books.
    #[must_use]
    pub fn is_due(&self, backend: &dyn Backend, now: Instant) -> bool {
        backend.is_shared() && self.looked.is_none_or(|looked| now.duration_since(looked) >= LOOK)
    }

    /// Looks, and closes what has been without its process for too long. How many those were.
    ///
    /// # Errors
    /// [`StoreError`] of the database. Then nothing was closed, and the next look is taken in its time.
    pub fn look(&mut self, backend: &mut dyn Backend, now: Instant, at: Timestamp) -> Result<usize, StoreError> {
        self.looked = Some(now);
        let mut seen = Vec::new();
        backend.transact(&mut |tables| {
            seen = self.orphans(tables)?;
            let lost: Vec<_> = seen.iter().filter(|pull| self.is_lost(pull.number, now)).cloned().collect();
            close_lost(tables, &lost, at).map(drop)
        })?;
        let lost = seen.iter().filter(|pull| self.is_lost(pull.number, now)).count();
        let before = std::mem::take(&mut self.suspects);
        let since = |number| before.get(&number).copied().unwrap_or(now);
        self.suspects = seen.iter().map(|pull| (pull.number, since(pull.number))).collect();
        self.suspects.retain(|_, since| now.duration_since(*since) < GONE_AFTER);
        Ok(lost)
    }

    fn orphans(&self, tables: &mut dyn Tables) -> Result<Vec<StoredPull>, StoreError> {
        tables.pulls(&PullFilter { orphaned: true, ..PullFilter::default() })
    }

    fn is_lost(&self, number: PullNumber, now: Instant) -> bool {
        self.suspects.get(&number).is_some_and(|since| now.duration_since(*since) >= GONE_AFTER)
    }
}
