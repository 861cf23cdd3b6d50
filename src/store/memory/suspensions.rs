//! Suspensions in memory: a list of rows that only grows.

use std::sync::{Arc, PoisonError};

use super::{MemoryStore, MemoryWatch};
use crate::engine::policy::suspension::Scope;
use crate::engine::time::Timestamp;
use crate::store::StoreError;
use crate::store::suspensions::{
    Act, Effect, StoredSuspension, SuspensionBook, SuspensionReader, SuspensionRow, SuspensionWatch,
};

/// The newest row of each scope that is suspended.
fn standing(rows: &[StoredSuspension]) -> Vec<StoredSuspension> {
    let is_newest = |row: &StoredSuspension| !rows.iter().any(|other| other.scope == row.scope && other.sequence > row.sequence);
    rows.iter().filter(|row| row.act == Act::Suspended && is_newest(row)).cloned().collect()
}

impl SuspensionBook for MemoryStore {
    fn put(&self, row: &SuspensionRow) -> Result<Effect, StoreError> {
        let mut rows = self.suspensions.lock().unwrap_or_else(PoisonError::into_inner);
        let effect = Effect::of(row.act, standing(&rows).iter().any(|other| other.scope == row.scope));
        if effect != Effect::Nothing {
            let sequence = rows.len() as u64 + 1;
            rows.push(StoredSuspension {
                sequence,
                at: Timestamp::from_millisecond(row.at.as_millisecond()).unwrap_or(row.at),
                scope: row.scope.clone(),
                act: row.act,
                by: row.by.as_str().to_owned(),
                why: row.why.as_str().to_owned(),
            });
        }
        Ok(effect)
    }
}

impl SuspensionReader for MemoryStore {
    fn in_force(&self) -> Result<Vec<StoredSuspension>, StoreError> {
        Ok(standing(&self.suspensions.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    fn history(&self, limit: usize) -> Result<Vec<StoredSuspension>, StoreError> {
        let rows = self.suspensions.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(rows.iter().skip(rows.len().saturating_sub(limit)).cloned().collect())
    }
}

impl MemoryWatch {
    /// Looks at this store.
    #[must_use]
    pub fn new(store: Arc<MemoryStore>) -> Self {
        Self { store, seen: None }
    }
}

impl SuspensionWatch for MemoryWatch {
    fn look(&mut self) -> Result<Option<Vec<Scope>>, StoreError> {
        let rows = self.store.suspensions.lock().unwrap_or_else(PoisonError::into_inner);
        if self.seen.replace(rows.len()) == Some(rows.len()) {
            return Ok(None);
        }
        Ok(Some(standing(&rows).into_iter().map(|row| row.scope).collect()))
    }
}
