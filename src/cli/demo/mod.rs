//! `portcullis demo`: the whole thing on loopback, with a synthetic membership database.
//!
//! Everything is real but the members: the source speaks HTTP, the proxy is the one that `serve` runs, and its
//! configuration is written to a folder that can be read while the demo runs. Nothing is left behind.

mod books;
mod client;
mod folder;
mod story;
mod tour;

use std::io::{self, Write};
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use self::folder::Folder;
use super::serve::Running;
use crate::config::settings::LogFormat;
use crate::demo::people::{MEMBERS, SEED};
use crate::demo::source::{self, RunningSource};
use crate::telemetry::events;

/// See the whole thing run: a synthetic membership database, two contests and two campaigns, on loopback.
///
/// Example: `portcullis demo --once`
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Make the demo's requests, print what happened, and exit 0 only if each went as it should
    #[arg(long)]
    once: bool,
}

/// A demo that runs.
struct Stage {
    source: RunningSource,
    proxy: Running,
    folder: Folder,
}

/// Runs the demo until Ctrl-C, or once.
pub fn run(args: &DemoArgs, out: &mut dyn Write) -> io::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        if !args.once {
            events::start(LogFormat::Human);
        }
        let stage = match Stage::set().await {
            Ok(stage) => stage,
            Err(error) => return Ok(super::cannot(&format!("the demo did not start: {error}"))),
        };
        let told = if args.once { story::tell(&stage, out).await } else { stage.invite(out).await };
        stage.strike().await;
        told
    })
}

impl Stage {
    async fn set() -> anyhow::Result<Self> {
        let source = source::start(MEMBERS, SEED, folder::SOURCE_TOKEN).await?;
        let folder = Folder::write(&source.url())?;
        let config = crate::config::read(folder.path()).map_err(|problems| anyhow::anyhow!("{}", problems.render(false)))?;
        let proxy = Running::start(config).await?;
        Ok(Self { source, proxy, folder })
    }

    async fn invite(&self, out: &mut dyn Write) -> io::Result<ExitCode> {
        tour::print(self, out)?;
        out.flush()?;
        let mut hangups = signal(SignalKind::hangup())?;
        let mut terminations = signal(SignalKind::terminate())?;
        let mut interrupts = signal(SignalKind::interrupt())?;
        loop {
            tokio::select! {
                _ = hangups.recv() => self.proxy.reload(self.folder.path()),
                _ = terminations.recv() => break,
                _ = interrupts.recv() => break,
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn strike(self) {
        self.proxy.stop().await;
        self.source.stop().await;
        self.folder.remove();
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.proxy.public)
    }
}
