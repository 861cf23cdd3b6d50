//! The watch: looks at the store many times a second, and keeps the stops in force in the house.
//!
//! On a thread of its own, because a store may block. While the store cannot be read, what was in force stays in force, and the
//! watch says that it is blind; it never lifts a stop for want of an answer. It is given scopes alone, so it cannot tell why.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::house::House;
use crate::engine::policy::suspension::{Scope, Stops};
use crate::store::StoreError;
use crate::store::suspensions::SuspensionWatch;
use crate::telemetry::events;

/// From one look to the next. With a keeper's look and its grace this leaves nearly half of the second that is promised.
const LOOK: Duration = Duration::from_millis(100);
/// Without a look that succeeded for so long, the watch is blind: a slow disk is not, one that hangs is.
const BLIND_AFTER: Duration = Duration::from_secs(2);
/// From one line in the log about a lasting failure to the next.
const REPEAT: Duration = Duration::from_secs(60);

/// A watch that is kept. Dropping it ends it, after the look that it is taking.
pub struct StopWatch {
    /// When the last look succeeded. An age, not a flag: it tells of a store that hangs and of a thread that is gone as well.
    seen: Arc<Mutex<Instant>>,
    end: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl StopWatch {
    /// Begins to look. What is in force in the house now is told to the log.
    ///
    /// # Errors
    /// What the system says when it gives no thread.
    pub fn start(house: &Arc<House>, watch: Box<dyn SuspensionWatch>, objected: u64) -> io::Result<Self> {
        tell(&Stops::default(), &house.stops());
        let seen = Arc::new(Mutex::new(Instant::now()));
        let (end, ended) = sync_channel(0);
        let looking = Looking { house: Arc::downgrade(house), watch, objected, seen: Arc::clone(&seen), said: None };
        let thread = std::thread::Builder::new().name("stop-watch".into()).spawn(move || looking.run(&ended))?;
        Ok(Self { seen, end: Some(end), thread: Some(thread) })
    }

    /// Whether the store has not been seen for longer than a slow disk explains: a new stop may go unnoticed.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).elapsed() > BLIND_AFTER
    }
}

impl Drop for StopWatch {
    fn drop(&mut self) {
        self.end = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that looks for suspensions ended by a panic");
        }
    }
}

/// What the thread owns. The house is held weakly: it is not the watch that keeps it open.
struct Looking {
    house: Weak<House>,
    watch: Box<dyn SuspensionWatch>,
    /// The newest row of the book of objections that is in force in the house.
    objected: u64,
    seen: Arc<Mutex<Instant>>,
    /// When a lasting failure was last said. Monotonic: it paces log lines and is never recorded.
    said: Option<Instant>,
}

impl Looking {
    fn run(mut self, ended: &Receiver<()>) {
        while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            match self.watch.look().and_then(|scopes| self.look_for_objections().map(|()| scopes)) {
                Ok(scopes) => self.saw(scopes),
                Err(error) => self.failed(&error),
            }
        }
    }

    fn look_for_objections(&mut self) -> Result<(), StoreError> {
        let Some(house) = self.house.upgrade() else { return Ok(()) };
        let since = house.books.read(|reading| reading.objections(self.objected))?;
        if let Some(last) = since.last() {
            self.objected = last.sequence;
            house.object(since.into_iter().map(|stored| stored.row.into()).collect());
        }
        Ok(())
    }

    fn saw(&mut self, scopes: Option<Vec<Scope>>) {
        if let (Some(scopes), Some(house)) = (scopes, self.house.upgrade()) {
            let now = Arc::new(Stops::new(scopes));
            let before = house.stop(Arc::clone(&now));
            tell(&before, &now);
        }
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        if self.said.take().is_some() {
            tracing::warn!("suspensions can be read from the store again");
        }
    }

    fn failed(&mut self, error: &StoreError) {
        if self.said.is_none_or(|said| said.elapsed() >= REPEAT) {
            let error = error as &dyn std::error::Error;
            tracing::error!(error, "suspensions cannot be read from the store; what was in force stays in force");
            self.said = Some(Instant::now());
        }
    }
}

/// One line for each stop that comes into force or is lifted.
fn tell(before: &Stops, now: &Stops) {
    now.beyond(before).for_each(events::suspended);
    before.beyond(now).for_each(events::resumed);
}
