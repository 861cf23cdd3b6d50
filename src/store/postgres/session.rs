//! One connection: statements that are prepared once, answers that are awaited for a bounded time, and the bell that rings when
//! something was said on the channel.
//!
//! Every session is set up alike, whatever the server's or the role's defaults are. Connections are read on one thread of their
//! own; who asks blocks, and needs no runtime for it.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, Client, Connection, NoTls, Row, Statement};

use super::address::{Address, CONNECT_MAX, IDLE_MAX, LOCK_MAX, STATEMENT_MAX};
use super::error::{PostgresError, Said};
use super::waiting;

/// The oldest server that this program is tried with.
const SERVER_MIN: i32 = 130_000;

/// What a statement is given.
pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A connection that is set up.
pub(super) struct Session {
    client: Client,
    statements: HashMap<&'static str, Statement>,
    rung: Arc<AtomicBool>,
    /// The longest that an answer is awaited.
    answer_max: Duration,
    /// An answer is owed that was not awaited: nothing that comes now is to be trusted.
    lost: bool,
}

impl Session {
    /// Connects, and sets the session up. Blocks, for [`CONNECT_MAX`] and two answers at the most.
    pub fn open(address: &Address, answer_max: Duration) -> Result<Self, PostgresError> {
        let runtime = waiting::runtime().map_err(|error| address.unreachable(error))?;
        let rung = Arc::new(AtomicBool::new(false));
        let (answer, connected) = sync_channel(1);
        let (to, bell) = (address.clone(), Arc::clone(&rung));
        // Nobody waits any more when it is sent too late; then the connection is dropped with it.
        runtime.spawn(async move { drop(answer.send(connect(&to, bell).await)) });
        let connected = connected.recv_timeout(CONNECT_MAX).map_err(|_| address.unreachable(Said::late()))?;
        let client = connected.map_err(|error| address.unreachable(error))?;
        let mut session = Self { client, statements: HashMap::new(), rung, answer_max, lost: false };
        session.set_up(address)?;
        Ok(session)
    }

    fn set_up(&mut self, address: &Address) -> Result<(), PostgresError> {
        let version = self.setting("server_version_num").map_err(|said| address.refused(said))?;
        let found = version.parse().unwrap_or(0);
        if found < SERVER_MIN {
            return Err(PostgresError::TooOld { place: address.place.clone(), found, needed: SERVER_MIN });
        }
        let milliseconds = |time: Duration| time.as_millis();
        let settings = format!(
            "SET search_path = portcullis; SET statement_timeout = {}; SET lock_timeout = {};
             SET idle_in_transaction_session_timeout = {}; SET client_min_messages = error",
            milliseconds(STATEMENT_MAX),
            milliseconds(LOCK_MAX),
            milliseconds(IDLE_MAX),
        );
        self.batch(&settings).map_err(|said| address.refused(said))
    }

    /// Makes sure that what is committed here is on the disk when the server says so: a setting of the session outlives what a
    /// reload of the server's configuration says. `remote_apply` is more than `on` and is left.
    pub fn insist_on_the_disk(&mut self, address: &Address) -> Result<(), PostgresError> {
        let refused = |said| address.refused(said);
        if self.setting("fsync").map_err(refused)? != "on" {
            return Err(PostgresError::NotDurable { place: address.place.clone() });
        }
        let more = self.setting("synchronous_commit").map_err(refused)? == "remote_apply";
        self.batch(&format!("SET synchronous_commit = {}", if more { "remote_apply" } else { "on" })).map_err(refused)
    }

    fn setting(&mut self, name: &'static str) -> Result<String, Said> {
        let row = self.one("SELECT current_setting($1)", &[&name])?;
        row.ok_or_else(Said::late)?.try_get(0).map_err(Said::from)
    }

    /// Runs statements that take no values.
    pub fn batch(&mut self, sql: &str) -> Result<(), Said> {
        let Self { client, answer_max, lost, .. } = self;
        wait(*answer_max, lost, client.batch_execute(sql))
    }

    /// The rows that a statement gives.
    pub fn all(&mut self, sql: &'static str, values: Values<'_>) -> Result<Vec<Row>, Said> {
        let statement = self.prepared(sql)?;
        let Self { client, answer_max, lost, .. } = self;
        wait(*answer_max, lost, client.query(&statement, values))
    }

    /// The first row that a statement gives.
    pub fn one(&mut self, sql: &'static str, values: Values<'_>) -> Result<Option<Row>, Said> {
        self.all(sql, values).map(|rows| rows.into_iter().next())
    }

    /// How many rows a statement has changed.
    pub fn run(&mut self, sql: &'static str, values: Values<'_>) -> Result<u64, Said> {
        let statement = self.prepared(sql)?;
        let Self { client, answer_max, lost, .. } = self;
        wait(*answer_max, lost, client.execute(&statement, values))
    }

    fn prepared(&mut self, sql: &'static str) -> Result<Statement, Said> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let Self { client, answer_max, lost, statements, .. } = self;
        let statement = wait(*answer_max, lost, client.prepare(sql))?;
        statements.insert(sql, statement.clone());
        Ok(statement)
    }

    /// Whether the connection can be used no more.
    pub fn is_lost(&self) -> bool {
        self.lost || self.client.is_closed()
    }

    /// Whether something was said on a channel that this session listens to, since the last time that this was asked.
    pub fn has_rung(&self) -> bool {
        self.rung.swap(false, Ordering::Relaxed)
    }
}

/// Waits for an answer, for a bounded time.
fn wait<T>(
    answer_max: Duration,
    lost: &mut bool,
    answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Said> {
    if *lost {
        return Err(Said::late());
    }
    let answer = waiting::wait(answer, answer_max);
    *lost = answer.is_none();
    answer.map_or_else(|| Err(Said::late()), |answer| answer.map_err(Said::from))
}

async fn connect(address: &Address, rung: Arc<AtomicBool>) -> Result<Client, tokio_postgres::Error> {
    match &address.tls {
        Some(tls) => {
            let (client, connection) = address.config.connect(tls.clone()).await?;
            tokio::spawn(listen(connection, rung));
            Ok(client)
        }
        None => {
            let (client, connection) = address.config.connect(NoTls).await?;
            tokio::spawn(listen(connection, rung));
            Ok(client)
        }
    }
}

/// Reads the connection to its end. What goes wrong with it is told to who waits for an answer.
async fn listen<S, T>(mut connection: Connection<S, T>, rung: Arc<AtomicBool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut next = |context: &mut Context<'_>| -> Poll<Option<Result<AsyncMessage, tokio_postgres::Error>>> {
        connection.poll_message(context)
    };
    while let Some(Ok(message)) = poll_fn(&mut next).await {
        if matches!(message, AsyncMessage::Notification(_)) {
            rung.store(true, Ordering::Relaxed);
        }
    }
}
