//! The thread that writes: takes what waits, writes it in one transaction, and starts again.
//!
//! It never ends by itself while the store is open, never panics over a database that refuses, and never holds more rows than its
//! bounds say.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use super::Append;
use crate::store::{RejectionRow, StoreError};

/// Rows of one transaction while all is well. More would make a flush wait longer and gain little.
const BATCH_ROWS_MAX: usize = 1024;
/// From a failed attempt to the next.
const RETRY: Duration = Duration::from_secs(1);
/// From one line in the log about a lasting failure to the next.
const REPEAT: Duration = Duration::from_secs(60);

/// What the thread is told.
#[derive(Debug)]
pub(super) enum Message {
    /// To be written.
    Row(RejectionRow),
    /// To be answered when all rows before it are written (`true`) or one more attempt has failed (`false`).
    Flush(SyncSender<bool>),
    /// The last one.
    Close,
}

/// What the thread owns.
pub(super) struct Writer {
    append: Box<dyn Append>,
    place: Box<str>,
    queue_max: usize,
    unwritten: Arc<AtomicU64>,
    pending: VecDeque<RejectionRow>,
    trouble: Option<Trouble>,
}

/// A database that refuses. Monotonic times: they pace attempts and log lines and are never recorded.
struct Trouble {
    retry_at: Instant,
    said_at: Instant,
}

impl Writer {
    pub(super) fn new(append: Box<dyn Append>, place: Box<str>, queue_max: usize, unwritten: Arc<AtomicU64>) -> Self {
        Self { append, place, queue_max, unwritten, pending: VecDeque::new(), trouble: None }
    }

    /// Writes until it is told to close, or the store is gone.
    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        loop {
            match self.gather(messages) {
                None => {
                    if self.trouble.as_ref().is_none_or(|trouble| Instant::now() >= trouble.retry_at) {
                        self.write();
                    }
                }
                Some(Message::Flush(answer)) => {
                    // One that no longer waits for the answer has given up; nothing to do about it.
                    let _ = answer.try_send(self.write());
                }
                Some(_) => break,
            }
        }
        if !self.write() {
            self.give_up(0);
        }
    }

    /// Waits for something to do, and takes all rows that there are; a message that is not a row ends the taking.
    fn gather(&mut self, messages: &Receiver<Message>) -> Option<Message> {
        let mut message = match &self.trouble {
            None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(trouble) => messages.recv_timeout(trouble.retry_at.saturating_duration_since(Instant::now())),
        };
        loop {
            match message {
                Ok(Message::Row(row)) => self.pending.push_back(row),
                Ok(other) => return Some(other),
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => return Some(Message::Close),
            }
            let enough = match &self.trouble {
                None => self.pending.len() >= BATCH_ROWS_MAX,
                Some(trouble) => Instant::now() >= trouble.retry_at,
            };
            if self.trouble.is_some() {
                self.give_up(self.queue_max);
            }
            if enough {
                return None;
            }
            let Ok(next) = messages.try_recv() else { return None };
            message = Ok(next);
        }
    }

    /// Writes all pending rows, or none of them and says so.
    fn write(&mut self) -> bool {
        if self.pending.is_empty() {
            return true;
        }
        match self.append.append(self.pending.make_contiguous()) {
            Ok(()) => {
                self.pending.clear();
                self.over();
                true
            }
            Err(error) => {
                self.failed(&error);
                false
            }
        }
    }

    fn failed(&mut self, error: &StoreError) {
        let now = Instant::now();
        let silent = self.trouble.as_ref().map(|trouble| trouble.said_at).filter(|&said| now < said + REPEAT);
        if silent.is_none() {
            let (waiting, lost) = (self.pending.len(), self.unwritten.load(Ordering::Relaxed));
            let error = error as &dyn std::error::Error;
            tracing::error!(store = %self.place, error, waiting, lost, "rejections cannot be written; trying on");
        }
        self.trouble = Some(Trouble { retry_at: now + RETRY, said_at: silent.unwrap_or(now) });
        self.give_up(self.queue_max);
    }

    fn over(&mut self) {
        if self.trouble.take().is_some() {
            let lost = self.unwritten.load(Ordering::Relaxed);
            tracing::warn!(store = %self.place, lost, "rejections are being written again");
        }
    }

    /// Counts and forgets the oldest rows until `keep` are left.
    fn give_up(&mut self, keep: usize) {
        let gone = self.pending.len().saturating_sub(keep);
        let lost = self.pending.drain(..gone).map(|row| row.counted()).sum();
        self.unwritten.fetch_add(lost, Ordering::Relaxed);
    }
}
