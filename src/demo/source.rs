//! A membership API of the REST kind over the synthetic members, on loopback, for the demo and the tests.
//!
//! It is careless as real ones are: every field to whoever holds the token, filters on fields that should not be
//! asked about (`religion`), unknown parameters ignored, links built from the `Host` that the client sent. It counts the
//! requests that it sees, so that others can show that it saw none. It never listens beyond 127.0.0.1.

mod answer;
mod database;

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use database::Database;

/// Records a page when the request does not say.
pub const LIMIT_DEFAULT: usize = 100;
/// Records a page at the most; a larger wish is cut down to it.
pub const LIMIT_MAX: usize = 1_000;
/// The list's path; one record is below it, by its `member_id`.
pub const PATH: &str = "/api/members";

/// How long a stop waits for answers in progress.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// A running source. It stops when this is dropped; [`RunningSource::stop`] waits until it has.
#[derive(Debug)]
pub struct RunningSource {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

/// What all connections use.
#[derive(Debug)]
struct Shared {
    database: Database,
    authorization: String,
    requests: AtomicU64,
    last: Mutex<Option<String>>,
}

/// Starts the source on a free port of 127.0.0.1, with members 1 to `members` of this seed.
/// Whoever sends `Authorization: Bearer <token>` gets everything.
///
/// # Errors
/// When no port can be had.
pub async fn start(members: usize, seed: u64, token: &str) -> io::Result<RunningSource> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let shared = Arc::new(Shared {
        database: Database::new(members, seed),
        authorization: format!("Bearer {token}"),
        requests: AtomicU64::new(0),
        last: Mutex::new(None),
    });
    let (stop, stopping) = watch::channel(());
    let task = tokio::spawn(serve(listener, Arc::clone(&shared), stopping));
    Ok(RunningSource { address, shared, stop, task })
}

impl RunningSource {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL of its API, without a slash at the end: `http://127.0.0.1:<port>/api`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    /// How many requests it has seen, refused ones included.
    #[must_use]
    pub fn requests_seen(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// The path and query of the request that it saw last.
    #[must_use]
    pub fn last_target(&self) -> Option<String> {
        self.shared.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes no more connections, lets answers in progress end within two seconds, and returns.
    pub async fn stop(self) {
        drop(self.stop);
        let _ = self.task.await;
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>, mut stopping: watch::Receiver<()>) {
    let graceful = GracefulShutdown::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => connection(stream, Arc::clone(&shared), &graceful),
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            _ = stopping.changed() => break,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(STOP_WITHIN, graceful.shutdown()).await;
}

fn connection(stream: TcpStream, shared: Arc<Shared>, graceful: &GracefulShutdown) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let answer = shared.answer(&request);
        async move { Ok::<_, Infallible>(answer) }
    });
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    let watched = graceful.watch(connection);
    tokio::spawn(async move {
        let _ = watched.await;
    });
}

impl Shared {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let target = request.uri().path_and_query().map(ToString::to_string);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = target;
        answer::to(request, &self.database, &self.authorization)
    }
}

#[cfg(test)]
mod tests;
