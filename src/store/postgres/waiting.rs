//! Waiting for what happens elsewhere: one runtime that reads all connections, and threads that sleep until an answer is there.
//!
//! A thread that waits is not part of any runtime, so it may wait wherever it is.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

/// The runtime of all connections of this process. It lives as long as the process does.
pub(super) fn runtime() -> io::Result<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let made = Builder::new_multi_thread().worker_threads(1).thread_name("postgres").enable_all().build()?;
    // Of two that were made at once one goes; it has read nothing yet.
    if let Err(other) = RUNTIME.set(made) {
        other.shutdown_background();
    }
    RUNTIME.get().ok_or_else(|| io::Error::other("no runtime"))
}

/// The answer, or `None` when it is not there in time.
pub(super) fn wait<T>(answer: impl Future<Output = T>, longest: Duration) -> Option<T> {
    let until = Instant::now() + longest;
    let waker = Waker::from(Arc::new(Sleeper(std::thread::current())));
    let mut answer = pin!(answer);
    loop {
        if let Poll::Ready(answer) = answer.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(answer);
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        std::thread::park_timeout(left);
    }
}

/// A thread that waits.
struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
