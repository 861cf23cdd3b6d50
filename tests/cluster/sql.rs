//! Plain SQL, past the program that is tested.

use std::future::poll_fn;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_postgres::{AsyncMessage, Client, NoTls, SimpleQueryMessage};

/// A connection.
pub struct Sql {
    runtime: Option<Runtime>,
    client: Client,
}

impl Sql {
    pub fn connect(url: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
            tokio::spawn(connection);
            client
        });
        Self { runtime: Some(runtime), client }
    }

    /// Runs statements that have to succeed.
    pub fn run(&self, sql: &str) {
        self.ask(sql);
    }

    /// Runs statements; the first column of each row that they give.
    pub fn ask(&self, sql: &str) -> Vec<String> {
        self.attempt(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Runs statements that may fail; what the server says then.
    pub fn attempt(&self, sql: &str) -> Result<Vec<String>, String> {
        let runtime = self.runtime.as_ref().unwrap();
        let said = |error: tokio_postgres::Error| error.as_db_error().map_or(error.to_string(), |said| said.message().into());
        let messages = runtime.block_on(self.client.simple_query(sql)).map_err(said)?;
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
            _ => None,
        });
        Ok(rows.collect())
    }

    /// The number that a statement gives.
    pub fn number(&self, sql: &str) -> i64 {
        self.ask(sql)[0].parse().unwrap()
    }
}

impl Drop for Sql {
    fn drop(&mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

/// Hears notifications.
pub struct Listener {
    heard: Receiver<()>,
    _sql: Sql,
}

impl Listener {
    pub fn to(url: &str, on: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (hears, heard) = channel();
        let client = runtime.block_on(async {
            let (client, mut connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
            tokio::spawn(async move {
                while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
                    if matches!(message, AsyncMessage::Notification(_)) {
                        let _ = hears.send(());
                    }
                }
            });
            client
        });
        let sql = Sql { runtime: Some(runtime), client };
        sql.run(&format!("LISTEN {on}"));
        Self { heard, _sql: sql }
    }

    pub fn hears_within(&self, time: Duration) -> bool {
        self.heard.recv_timeout(time).is_ok()
    }
}
