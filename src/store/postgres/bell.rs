//! The bell: one channel on which every process says that it has changed something that proxies look at.
//!
//! It says that there is something to look at and never what, and a look is taken without it as well, so one that was not heard
//! only makes things later.

use std::time::{Duration, Instant};

use super::error::Said;
use super::session::Session;

/// From one look without a bell to the next. With the leash's own looks this stays within the second that is promised.
pub(super) const LOOK: Duration = Duration::from_millis(250);

/// Rings when the transaction in hand is committed.
pub(super) fn ring(session: &mut Session) -> Result<(), Said> {
    session.all("SELECT pg_notify('portcullis_changed', '')", &[]).map(drop)
}

/// One that hears the bell.
#[derive(Debug, Default)]
pub(super) struct Ear {
    /// When it was last looked. Monotonic, and never recorded.
    looked: Option<Instant>,
}

impl Ear {
    /// Begins to listen. The next look is due at once.
    pub fn open(session: &mut Session) -> Result<Self, Said> {
        session.batch("LISTEN portcullis_changed")?;
        Ok(Self::default())
    }

    /// Whether it is time to look: the bell has rung, or it was long ago.
    pub fn is_time(&mut self, session: &Session) -> bool {
        let rung = session.has_rung();
        if !rung && self.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return false;
        }
        self.looked = Some(Instant::now());
        true
    }
}
