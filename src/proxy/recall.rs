//! Recall: who came when the same was asked before, so that they can be entered in the books together with the pull.
//!
//! A guess, never a verdict: it changes how often an answer waits for the books, and never what leaves. Holds positions in the
//! books' dictionary and hashes of questions, of so many questions and no more, and forgets them with the process.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use super::route::Routed;
use crate::store::books::Expected;

/// Questions that are remembered at the most: pages, mostly. Of two that fall on one place the newer stays.
const QUESTIONS_MAX: usize = 4096;

/// What is remembered.
#[derive(Debug)]
pub struct Recall {
    hasher: RandomState,
    answers: Mutex<Box<[Option<Remembered>]>>,
}

/// What was asked, as a hash. Where two have one hash, others are expected than come, and nothing is lost but time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question(u64);

#[derive(Debug, Clone, Copy)]
struct Remembered {
    question: Question,
    came: Expected,
}

impl Default for Recall {
    fn default() -> Self {
        Self { hasher: RandomState::new(), answers: Mutex::new(vec![None; QUESTIONS_MAX].into()) }
    }
}

impl Recall {
    /// What a request asks.
    #[must_use]
    pub fn question(&self, routed: &Routed) -> Question {
        Question(self.hasher.hash_one((&routed.contest().id, &routed.export().name, routed.query(), routed.form())))
    }

    /// Who came when that was asked last.
    #[must_use]
    pub fn expected(&self, question: Question) -> Option<Expected> {
        self.at(question, |place| place.filter(|known| known.question == question).map(|known| known.came))
    }

    /// Remembers who came.
    pub fn remember(&self, question: Question, came: Expected) {
        self.at(question, |place| *place = Some(Remembered { question, came }));
    }

    /// Forgets who came: others do.
    pub fn forget(&self, question: Question) {
        self.at(question, |place| *place = place.filter(|known| known.question != question));
    }

    /// A place is whole at any time, so a panic elsewhere cannot have left half of one.
    fn at<T>(&self, question: Question, with: impl FnOnce(&mut Option<Remembered>) -> T) -> T {
        let place = (question.0 % QUESTIONS_MAX as u64) as usize;
        with(&mut self.answers.lock().unwrap_or_else(PoisonError::into_inner)[place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::books::Amount;

    #[test]
    fn questions_that_fall_on_one_place_are_not_taken_for_one_another() {
        let recall = Recall::default();
        let came = |first| Expected { first, amount: Amount { records: 200, bytes: 40_000 } };
        let (one, other) = (Question(7), Question(7 + QUESTIONS_MAX as u64));
        recall.remember(one, came(1));
        assert_eq!((recall.expected(one), recall.expected(other)), (Some(came(1)), None));
        recall.forget(other);
        assert_eq!(recall.expected(one), Some(came(1)));
        recall.remember(other, came(2));
        assert_eq!((recall.expected(one), recall.expected(other)), (None, Some(came(2))));
        recall.forget(other);
        assert_eq!(recall.expected(other), None);
    }
}
