//! What bodies of one plan have taught about the shape of its records: known when the next of them begins.
//!
//! A shape is a guess and never a verdict, so no body can change what is read of another. It holds the names of members, and never a
//! value.

use std::sync::{Mutex, PoisonError};

use super::record::shape::Shape;

/// Shapes that are kept, at the most: as many bodies may be read at once without learning anew.
const SPARE_MAX: usize = 8;
/// Members of a shape that is kept, at the most. Few records have more, and who sends them does not fill our memory.
const MEMBERS_MAX: usize = 512;

/// A shape, and how many members it has learnt, those of objects inside it included.
#[derive(Default)]
pub(super) struct Learnt {
    /// The shape.
    pub shape: Shape,
    /// The members.
    pub members: usize,
}

/// The shapes of one plan that wait for a body.
#[derive(Default)]
pub(super) struct Lessons(Mutex<Vec<Learnt>>);

impl Lessons {
    /// A shape to begin with; nothing, where none waits.
    pub fn take(&self) -> Learnt {
        self.spare(Vec::pop).unwrap_or_default()
    }

    /// Keeps what was learnt for the next body.
    pub fn give(&self, learnt: Learnt) {
        if (1..=MEMBERS_MAX).contains(&learnt.members) {
            self.spare(|spare| {
                if spare.len() < SPARE_MAX {
                    spare.push(learnt);
                }
            });
        }
    }

    /// A shape is whole or not there, so a panic elsewhere cannot have left half of one.
    fn spare<T>(&self, with: impl FnOnce(&mut Vec<Learnt>) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl std::fmt::Debug for Lessons {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lessons(..)")
    }
}
