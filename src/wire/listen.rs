//! Listening: accept, shake hands, serve HTTP/1.1 and HTTP/2, and stop without dropping what is in progress.
//!
//! Every wait has a bound. HTTP/2 is spoken where ALPN chose it, never by looking at the first bytes; without TLS only
//! HTTP/1.1 is spoken. Knows nothing of what is served.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::socket::{ResetHandle, Socket};
use crate::engine::reason::Reason;
use crate::telemetry::metrics::Metrics;

/// Streams that one HTTP/2 connection may have open.
const STREAMS_MAX: u32 = 64;
/// How long to wait when the system has no file descriptors left, before accepting again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Bytes that the kernel holds for a peer: enough for the pace of a list, little enough to stop one.
const SEND_BUFFER_BYTES: usize = 256 << 10;

/// The bounds on connections.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionBounds {
    /// Open at once.
    pub connections_max: usize,
    /// Head of one request, bytes.
    pub head_bytes_max: usize,
    /// The handshake, and then each request's head, including the wait for it.
    pub head_wait_max: Duration,
    /// How long the peer may leave sent bytes unread.
    pub stall_max: Duration,
}

/// A connection, as far as a request needs to know of it.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The other end.
    pub peer: SocketAddr,
    /// Whether TLS protects it.
    pub encrypted: bool,
    /// Whether it carries many requests at once: then a stream is broken off alone, and the connection only when it must.
    pub multiplexed: bool,
    /// Whether a body that was cut off looks cut off, however its connection ends: not before HTTP/1.1.
    pub shows_cuts: bool,
    /// Ends the whole connection by a reset.
    pub reset: ResetHandle,
}

/// What a listener needs beside its socket.
pub struct Gate {
    /// The TLS configuration; exchanged when certificates are renewed. `None` for plaintext.
    pub tls: ArcSwapOption<ServerConfig>,
    /// The bounds on its connections.
    pub bounds: ConnectionBounds,
    /// Where connections are counted.
    pub metrics: Arc<Metrics>,
    /// Told of every connection that ends before a request was understood. Must not block.
    pub failed: Box<dyn Fn(Reason) + Send + Sync>,
}

/// Serves until `stop` is ready, then waits up to `drain_max` for what is in progress.
///
/// Returns whether everything in progress came to its end.
pub async fn serve<H, F, B>(
    listener: TcpListener,
    gate: Arc<Gate>,
    handler: H,
    stop: impl Future<Output = ()>,
    drain_max: Duration,
) -> bool
where
    H: Fn(Request<Incoming>, Connection) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let slots = Arc::new(Semaphore::new(gate.bounds.connections_max));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
            (gate.failed)(Reason::TooManyConnections);
            continue;
        };
        let (gate, handler, watcher) = (Arc::clone(&gate), handler.clone(), graceful.watcher());
        tokio::spawn(async move {
            let counted = gate.metrics.connection_open();
            connection(stream, peer, &gate, handler, watcher).await;
            drop((slot, counted));
        });
    }
    drop(listener);
    timeout(drain_max, graceful.shutdown()).await.is_ok()
}

async fn connection<H, F, B>(stream: TcpStream, peer: SocketAddr, gate: &Gate, handler: H, watcher: Watcher)
where
    H: Fn(Request<Incoming>, Connection) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    // Both only tune: a connection without them is slower, not wrong.
    let _ = stream.set_nodelay(true);
    let _ = socket2::SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER_BYTES);
    let socket = Socket::new(stream, gate.bounds.stall_max);
    let reset = socket.reset_handle();
    let Some(tls) = gate.tls.load_full() else {
        let seen = Connection { peer, encrypted: false, multiplexed: false, shows_cuts: true, reset };
        return serve_http1(TokioIo::new(socket), gate, handler, seen, watcher).await;
    };
    let shaken = timeout(gate.bounds.head_wait_max, TlsAcceptor::from(tls).accept(socket)).await;
    let Ok(Ok(stream)) = shaken else { return (gate.failed)(Reason::TlsHandshakeFailed) };
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        let seen = Connection { peer, encrypted: true, multiplexed: true, shows_cuts: true, reset };
        serve_http2(TokioIo::new(stream), gate, handler, seen, watcher).await;
    } else {
        let seen = Connection { peer, encrypted: true, multiplexed: false, shows_cuts: true, reset };
        serve_http1(TokioIo::new(stream), gate, handler, seen, watcher).await;
    }
}

async fn serve_http1<I, H, F, B>(io: I, gate: &Gate, handler: H, seen: Connection, watcher: Watcher)
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    H: Fn(Request<Incoming>, Connection) -> F + Send,
    F: Future<Output = Response<B>> + Send,
    B: Body + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let reset = seen.reset.clone();
    let service = service_fn(|request| answer(handler(request, seen.clone())));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(gate.bounds.head_wait_max)
        .max_header_size(gate.bounds.head_bytes_max)
        .max_buf_size(gate.bounds.head_bytes_max.max(64 << 10))
        .serve_connection(io, service);
    see_out(gate, watcher.watch(served), &reset).await;
}

async fn serve_http2<I, H, F, B>(io: I, gate: &Gate, handler: H, seen: Connection, watcher: Watcher)
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    H: Fn(Request<Incoming>, Connection) -> F + Send,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (reset, activity) = (seen.reset.clone(), Activity::default());
    let service = service_fn(|request| {
        let (doing, response) = (activity.begin(), handler(request, seen.clone()));
        async { Ok::<_, Infallible>(doing.until_sent(response.await)) }
    });
    let served = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(u32::try_from(gate.bounds.head_bytes_max).unwrap_or(u32::MAX))
        .keep_alive_interval(gate.bounds.head_wait_max)
        .serve_connection(io, service);
    tokio::select! {
        () = see_out(gate, watcher.watch(served), &reset) => {}
        () = activity.over(gate.bounds.head_wait_max) => {}
    }
}

/// What happens on an HTTP/2 connection, counted. One on which nothing does is closed, as HTTP/1.1 does while it waits for a
/// head: a peer that only answers our pings would otherwise keep its place for good.
#[derive(Default)]
struct Activity(Arc<AtomicU64>);

/// One request in progress. Its beginning and its end are activity.
struct Doing(Arc<AtomicU64>);

impl Activity {
    fn begin(&self) -> Doing {
        self.0.fetch_add(1, Ordering::Relaxed);
        Doing(Arc::clone(&self.0))
    }

    /// Ready when nothing was in progress, and nothing began or ended, for this long; at the latest after twice as long.
    async fn over(&self, wait: Duration) {
        let mut before = 0;
        loop {
            tokio::time::sleep(wait).await;
            let counted = self.0.load(Ordering::Relaxed);
            if Arc::strong_count(&self.0) == 1 && counted == before {
                return;
            }
            before = counted;
        }
    }
}

impl Doing {
    /// Lasts as long as the body does. The closure changes nothing; it holds.
    fn until_sent<B: Body>(self, response: Response<B>) -> Response<impl Body<Data = B::Data, Error = B::Error>> {
        response.map(|body| {
            body.map_err(move |error| {
                let _held = &self;
                error
            })
        })
    }
}

impl Drop for Doing {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

async fn answer<B>(response: impl Future<Output = Response<B>>) -> Result<Response<B>, Infallible> {
    Ok(response.await)
}

/// Sees a connection to its end, or drops it when something on it has to stop although the peer does not read.
///
/// Only what never became a request is counted here: everything later has its own exchange.
async fn see_out(gate: &Gate, served: impl Future<Output = hyper::Result<()>>, reset: &ResetHandle) {
    let served = tokio::select! {
        served = served => served,
        () = reset.wanted() => return,
    };
    if served.is_err_and(|error| error.is_parse() || error.is_incomplete_message()) {
        (gate.failed)(Reason::MalformedRequest);
    }
}
