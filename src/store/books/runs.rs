//! The members of records in the order of the records, by their positions in the dictionary: runs, because lists come in the order
//! in which they came before.
//!
//! Says nothing of who they are.

use std::ops::Range;

/// Positions in their order. One may stand in it more than once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runs {
    /// None is empty, and none begins where the one before it ends.
    runs: Vec<Range<u32>>,
    length: usize,
}

impl Runs {
    /// How many positions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds one.
    #[inline]
    pub fn push(&mut self, position: u32) {
        self.extend(position..position + 1);
    }

    /// Adds some that follow one another.
    #[inline]
    pub fn extend(&mut self, run: Range<u32>) {
        if run.is_empty() {
            return;
        }
        self.length += run.len();
        match self.runs.last_mut() {
            Some(last) if last.end == run.start => last.end = run.end,
            _ => self.runs.push(run),
        }
    }

    /// The runs.
    #[must_use]
    pub fn runs(&self) -> &[Range<u32>] {
        &self.runs
    }

    /// Each position.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.runs.iter().cloned().flatten()
    }

    /// The last one.
    #[must_use]
    pub fn last(&self) -> Option<u32> {
        self.runs.last().map(|run| run.end - 1)
    }

    /// Takes off the last ones, so that so many are left; those, in their order.
    pub fn split_off(&mut self, length: usize) -> Self {
        let mut off = Self::default();
        while let Some(run) = self.runs.pop() {
            let before = self.length - run.len();
            if before < length {
                let middle = run.start + u32::try_from(length - before).unwrap_or(u32::MAX).min(run.end - run.start);
                self.runs.push(run.start..middle);
                self.length = before + self.runs.last().map_or(0, Range::len);
                off.runs.extend(Some(middle..run.end).filter(|run| !run.is_empty()));
                break;
            }
            self.length = before;
            off.runs.push(run);
        }
        off.runs.reverse();
        off.length = off.runs.iter().map(Range::len).sum();
        off
    }
}

impl FromIterator<u32> for Runs {
    fn from_iter<I: IntoIterator<Item = u32>>(positions: I) -> Self {
        let mut runs = Self::default();
        positions.into_iter().for_each(|position| runs.push(position));
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_are_a_list_of_positions(
            lists in proptest::collection::vec((0u32..20, 0u32..6), 0..20),
            length in 0usize..60,
        ) {
            let (mut runs, mut model) = (Runs::default(), Vec::new());
            for (start, many) in lists {
                runs.extend(start..start + many);
                model.extend(start..start + many);
            }
            prop_assert_eq!(runs.iter().collect::<Vec<_>>(), model.clone());
            prop_assert_eq!((runs.len(), runs.last()), (model.len(), model.last().copied()));
            let off = runs.split_off(length);
            let rest = model.split_off(length.min(model.len()));
            prop_assert_eq!(&off, &rest.into_iter().collect::<Runs>());
            prop_assert_eq!(&runs, &model.into_iter().collect::<Runs>());
        }
    }
}
