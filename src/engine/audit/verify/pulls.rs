//! The story of each request: opened once and closed once as the same, or refused.
//!
//! Counts nothing and judges no amount; sixteen bytes and a little more are kept for each request.

use std::collections::HashMap;

use super::Fault;
use crate::engine::audit::event::{Event, Pull};
use crate::engine::ids::RequestId;

/// What is known of a request.
#[derive(Clone)]
struct Seen {
    /// The entry that opened or refused it.
    first: u64,
    /// The pull, while it is open.
    open: Option<Box<Pull>>,
    /// Whether it was a pull at all.
    pull: bool,
}

/// Every request so far.
#[derive(Clone, Default)]
pub(super) struct Pulls(HashMap<RequestId, Seen>);

impl Pulls {
    pub(super) fn read(&mut self, index: u64, event: Event) -> Result<(), Fault> {
        match event {
            Event::PullOpened(pull) => self.first(index, pull.request, Some(Box::new(pull))),
            Event::Refused { request, .. } => self.first(index, request, None),
            Event::PullClosed { pull, .. } => self.close(index, &pull),
            _ => Ok(()),
        }
    }

    /// Pulls without an ending.
    pub(super) fn open(&self) -> usize {
        self.0.values().filter(|seen| seen.open.is_some()).count()
    }

    fn first(&mut self, index: u64, request: RequestId, open: Option<Box<Pull>>) -> Result<(), Fault> {
        if let Some(seen) = self.0.get(&request) {
            return Err(Fault::RequestTwice { index, first: seen.first });
        }
        self.0.insert(request, Seen { first: index, pull: open.is_some(), open });
        Ok(())
    }

    fn close(&mut self, index: u64, pull: &Pull) -> Result<(), Fault> {
        let Some(seen) = self.0.get_mut(&pull.request).filter(|seen| seen.pull) else {
            return Err(Fault::NeverOpened { index });
        };
        let first = seen.first;
        match seen.open.take() {
            None => Err(Fault::ClosedTwice { index, first }),
            Some(opened) if *opened == *pull => Ok(()),
            Some(_) => Err(Fault::ClosedAsAnother { index, first }),
        }
    }
}
