//! A campaign's TCP connection, with two habits of ours: it loses patience with a peer that does not read, and it can
//! be reset instead of closed.
//!
//! A polite close still delivers what the kernel holds, which may be megabytes of a list that must stop now. A reset
//! (`SO_LINGER` 0) throws it away, and the peer sees that the list was broken off.

use std::future::Future;
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep};

/// Tells a connection to end by a reset.
#[derive(Debug, Clone, Default)]
pub struct ResetHandle(Arc<Reset>);

#[derive(Debug, Default)]
struct Reset {
    set: AtomicBool,
    now: Notify,
}

impl ResetHandle {
    /// From now on the connection ends by a reset, whenever it ends.
    pub fn reset(&self) {
        self.0.set.store(true, Ordering::Relaxed);
    }

    /// From now on the connection may end politely again.
    pub fn forgive(&self) {
        self.0.set.store(false, Ordering::Relaxed);
    }

    /// Ends the connection by a reset now, whatever it waits for.
    pub fn reset_now(&self) {
        self.reset();
        self.0.now.notify_one();
    }

    /// Ready when the connection is to end now.
    pub async fn wanted(&self) {
        self.0.now.notified().await;
    }

    fn is_set(&self) -> bool {
        self.0.set.load(Ordering::Relaxed)
    }
}

/// A TCP connection that fails when the peer leaves sent bytes unread for too long.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    reset: ResetHandle,
}

impl Socket {
    /// Wraps a connection. `patience` is how long a write may wait for the peer.
    #[must_use]
    pub fn new(stream: TcpStream, patience: Duration) -> Self {
        Self { stream, patience, stalled: None, reset: ResetHandle::default() }
    }

    /// A handle that makes this connection end by a reset.
    #[must_use]
    pub fn reset_handle(&self) -> ResetHandle {
        self.reset.clone()
    }

    /// Passes progress on; turns a wait beyond our patience into an error.
    fn watch<T>(&mut self, cx: &mut Context<'_>, progress: Poll<Result<T>>) -> Poll<Result<T>> {
        if progress.is_ready() {
            self.stalled = None;
            return progress;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stalled.as_mut().poll(cx));
        stalled.as_mut().reset(Instant::now() + patience);
        self.reset.reset();
        Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the peer does not read")))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.reset.is_set() {
            // Nothing to do when it fails: the connection is going away either way.
            let _ = socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.watch(cx, progress)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.watch(cx, progress)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// A connection that is to be reset sends no polite end before it.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if self.reset.is_set() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
