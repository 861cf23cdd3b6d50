//! `portcullis serve`: puts the parts together and runs the proxy.
//!
//! SIGTERM and SIGINT drain and stop; SIGHUP reads the configuration again, whole or not at all.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::books::{self, Shelf};
use crate::admin::{self, Panel};
use crate::clock::Clock;
use crate::config::settings::{ProcessBounds, Settings};
use crate::config::{self, Config};
use crate::engine::policy::window::Phase;
use crate::proxy::exchange;
use crate::proxy::house::House;
use crate::proxy::ledger::{self, Instruments};
use crate::proxy::stops::StopWatch;
use crate::store::RejectionBook;
use crate::store::books::writer::Books;
use crate::telemetry::events;
use crate::telemetry::metrics::Metrics;
use crate::wire::listen::{ConnectionBounds, Gate, serve};
use crate::wire::tls;

/// How long a stop waits for the books to be written.
const FLUSH_MAX: Duration = Duration::from_secs(5);

/// Run the proxy.
///
/// Example: `portcullis serve --config /etc/portcullis`
#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// The folder that holds portcullis.toml and contests/
    #[arg(long, default_value = "config")]
    pub config: PathBuf,
}

/// Runs the proxy until a signal stops it.
pub fn run(args: &ServeArgs) -> ExitCode {
    let config = match config::read(&args.config) {
        Ok(config) => config,
        Err(problems) => {
            eprint!("{}", problems.render(super::colours(&io::stderr())));
            return ExitCode::from(1);
        }
    };
    events::start(config.settings.log);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return super::cannot(&format!("the runtime did not start: {error}")),
    };
    match runtime.block_on(until_stopped(config, &args.config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => super::cannot(&error.to_string()),
    }
}

async fn until_stopped(config: Config, directory: &Path) -> anyhow::Result<()> {
    let mut hangups = signal(SignalKind::hangup())?;
    let mut terminations = signal(SignalKind::terminate())?;
    let mut interrupts = signal(SignalKind::interrupt())?;
    let running = Running::start(config).await?;
    loop {
        tokio::select! {
            _ = hangups.recv() => running.reload(directory),
            _ = terminations.recv() => break,
            _ = interrupts.recv() => break,
        }
    }
    running.stop().await;
    Ok(())
}

/// A proxy that runs in this process.
pub struct Running {
    /// Where campaigns connect.
    pub public: SocketAddr,
    /// Where the operator connects.
    pub admin: SocketAddr,
    /// The instruments.
    pub metrics: Arc<Metrics>,
    house: Arc<House>,
    gate: Arc<Gate>,
    book: Arc<dyn RejectionBook>,
    books: Arc<Books>,
    stops: Arc<StopWatch>,
    draining: Arc<AtomicBool>,
    stop: watch::Sender<bool>,
    public_task: JoinHandle<bool>,
    admin_task: JoinHandle<()>,
}

impl Running {
    /// Opens the store and the listeners, and begins to serve.
    ///
    /// # Errors
    /// What could not be opened, in a sentence that names it.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        let settings = config.settings.clone();
        let metrics = Arc::new(Metrics::new());
        metrics.config_loaded(true);
        let Shelf { rejections: book, books, reader, watch, in_force, objected } = books::open(&config)?;
        let instruments = Instruments { metrics: Arc::clone(&metrics), book: Arc::clone(&book), books: Arc::clone(&books) };
        let gate = Arc::new(open_gate(&settings, &instruments)?);
        // Under what is in force, so that not one request is let in before it is known.
        let house = House::open(config, in_force, instruments, Arc::clone(&reader)).map_err(anyhow::Error::msg)?;
        let house = Arc::new(house);
        let stops = Arc::new(StopWatch::start(&house, watch, objected)?);
        let public = bind(settings.listen.address, "[listen] address").await?;
        let admin = bind(settings.admin, "[admin] address").await?;
        let (public_address, admin_address) = (public.local_addr()?, admin.local_addr()?);
        let (stop, stopped) = watch::channel(false);
        let draining = Arc::new(AtomicBool::new(false));
        let panel = panel(&house, &metrics, &book, &stops, &draining);
        let public_task =
            tokio::spawn(serve_public(public, Arc::clone(&gate), Arc::clone(&house), settings.bounds.clone(), stopped));
        let admin_task = tokio::spawn(admin::run(admin, panel));
        tracing::info!(public = %public_address, admin = %admin_address, encrypted = settings.listen.tls.is_some(), "listening");
        Ok(Self {
            public: public_address,
            admin: admin_address,
            metrics,
            house,
            gate,
            book,
            books,
            stops,
            draining,
            stop,
            public_task,
            admin_task,
        })
    }

    /// Reads the configuration again, and puts it in force when nothing is wrong with it (P14).
    pub fn reload(&self, directory: &Path) {
        let applied = config::read(directory).map_err(|problems| problems.render(false)).and_then(|config| self.apply(config));
        self.metrics.config_loaded(applied.is_ok());
        match applied {
            Ok(()) => tracing::info!("the configuration was read again and is in force"),
            Err(problems) => tracing::error!(%problems, "the configuration has problems; the one before stays in force"),
        }
    }

    fn apply(&self, config: Config) -> Result<(), String> {
        let tls = config.settings.listen.tls.as_ref().map(tls::server).transpose().map_err(|error| error.to_string())?;
        let now = self.house.clock.now();
        books::tell_keys(&self.books, &*self.house.books, &config, now).map_err(|error| error.to_string())?;
        self.house.reload(config)?;
        books::tell_configuration(&self.books, &self.house.current().config, now);
        self.gate.tls.store(tls);
        self.metrics.forget_campaign_states();
        Ok(())
    }

    /// Stops accepting, waits for what is in progress, and closes the books. The operator is answered until the drain is over:
    /// a process that is alive and draining must not look dead.
    pub async fn stop(self) {
        self.draining.store(true, Ordering::Relaxed);
        tracing::info!("draining");
        let _ = self.stop.send(true);
        let whole = self.public_task.await.unwrap_or(false);
        break_off(&self.house).await;
        // Not before: a stop during the drain is a stop as well.
        drop(self.stops);
        // The operator can watch the drain to its end.
        self.admin_task.abort();
        if !matches!(tokio::time::timeout(FLUSH_MAX, self.books.head()).await, Ok(Ok(_))) {
            tracing::error!("the books could not be closed; what was open is closed as lost at the next start");
        }
        if let Err(error) = self.book.flush(FLUSH_MAX) {
            tracing::error!(%error, "rejections were lost");
        }
        tracing::info!(whole, "stopped");
    }
}

/// How long lists that outlive the drain are given to break themselves off and to be written down.
const BREAK_OFF_MAX: Duration = Duration::from_secs(2);
/// How often it is looked whether they have.
const BREAK_OFF_LOOK: Duration = Duration::from_millis(20);

/// Ends what has outlived the drain, each list with its own line in the books.
async fn break_off(house: &House) {
    house.close();
    let broken_off = async {
        while !house.is_idle() {
            tokio::time::sleep(BREAK_OFF_LOOK).await;
        }
    };
    // What does not end in time ends with the runtime, as abandoned.
    let _ = tokio::time::timeout(BREAK_OFF_MAX, broken_off).await;
}

fn open_gate(settings: &Settings, instruments: &Instruments) -> anyhow::Result<Gate> {
    let tls = settings.listen.tls.as_ref().map(tls::server).transpose()?;
    let bounds = &settings.bounds;
    let bounds = ConnectionBounds {
        connections_max: bounds.connections_max,
        head_bytes_max: bounds.head_bytes_max,
        head_wait_max: Duration::from_millis(bounds.head_milliseconds_max),
        stall_max: Duration::from_millis(bounds.stall_milliseconds_max),
    };
    let (metrics, clock, instruments) = (Arc::clone(&instruments.metrics), Clock::default(), instruments.clone());
    let failed = Box::new(move |reason| ledger::connection_failed(&instruments, clock.now(), reason));
    Ok(Gate { tls: ArcSwapOption::from(tls), bounds, metrics, failed })
}

async fn bind(address: SocketAddr, said_in: &str) -> anyhow::Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| anyhow::anyhow!("cannot listen on {address} ({said_in}): {error}"))
}

async fn serve_public(
    listener: TcpListener,
    gate: Arc<Gate>,
    house: Arc<House>,
    bounds: ProcessBounds,
    stopped: watch::Receiver<bool>,
) -> bool {
    let drain_max = Duration::from_millis(bounds.drain_milliseconds_max);
    let handler = move |request, connection| exchange::run(Arc::clone(&house), request, connection);
    serve(listener, gate, handler, told(stopped), drain_max).await
}

/// Ready when a stop was sent, or when nobody is left who could send one.
async fn told(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

fn panel(
    house: &Arc<House>,
    metrics: &Arc<Metrics>,
    book: &Arc<dyn RejectionBook>,
    stops: &Arc<StopWatch>,
    draining: &Arc<AtomicBool>,
) -> Panel {
    let (state, shown, kept, counted) = (Arc::clone(house), Arc::clone(metrics), Arc::clone(book), AtomicU64::new(0));
    let (watched, stops) = (Arc::clone(stops), Arc::clone(stops));
    let (house, book, draining) = (Arc::clone(house), Arc::clone(book), Arc::clone(draining));
    Panel {
        metrics: Arc::clone(metrics),
        refresh: Arc::new(move || {
            state_campaigns(&state, &shown);
            state_books(&state, &shown);
            shown.suspensions_stale(watched.is_blind());
            let unwritten = kept.unwritten();
            shown.rejections_unrecorded(unwritten.saturating_sub(counted.swap(unwritten, Ordering::Relaxed)));
        }),
        missing: Arc::new(move || missing(&house, &*book, &stops, &draining)),
    }
}

fn missing(house: &House, book: &dyn RejectionBook, stops: &StopWatch, draining: &AtomicBool) -> Vec<&'static str> {
    let [stopped, owing] = books::missing(&house.instruments.books);
    let facts = [
        stopped,
        owing,
        (draining.load(Ordering::Relaxed), "the proxy is draining"),
        (house.current().config.ruleset.contests.is_empty(), "no contest is configured"),
        (stops.is_blind(), "suspensions cannot be read from the store; what was in force stays in force; see the log"),
        (book.unwritten() > 0, "rejections could not be written to the store; see the log, then restart"),
    ];
    facts.into_iter().filter_map(|(holds, what)| holds.then_some(what)).collect()
}

fn state_books(house: &House, metrics: &Metrics) {
    metrics.books_stopped(house.instruments.books.have_stopped());
    let current = house.current();
    books::quotas(&*house.books, &current.config, house.clock.now(), |contest, campaign, quota, left| {
        metrics.quota_remaining(contest, campaign, quota, left);
    });
}

fn state_campaigns(house: &House, metrics: &Metrics) {
    let now = house.clock.now();
    for contest in &house.current().config.ruleset.contests {
        for campaign in &contest.campaigns {
            let open = campaign.window.phase(now) == Phase::Open;
            let suspended = house.is_suspended(contest, campaign);
            metrics.campaign_state(&contest.id, &campaign.id, open, campaign.window.closes().as_second(), suspended);
        }
    }
}
