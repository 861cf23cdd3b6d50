//! The event log: one line for each exchange, and one for each thing that the operator should know of.
//!
//! Lines go to standard error, where systemd and container platforms collect them.

use std::io::{self, IsTerminal};
use std::time::Duration;

use jiff::Timestamp;
use tracing_subscriber::filter::LevelFilter;

use crate::config::settings::LogFormat;
use crate::engine::ids::{ActorId, CampaignId, ContestId, ExportName, RequestId};
use crate::engine::outcome::Outcome;
use crate::engine::policy::suspension::Scope;

/// What is written down of one exchange. Holds nothing that a campaign or a source wrote.
#[derive(Debug, Clone)]
pub struct ExchangeEnded<'a> {
    /// Names the exchange.
    pub request_id: RequestId,
    /// When it began.
    pub began: Timestamp,
    /// Who asked, as far as that became known.
    pub contest: Option<&'a ContestId>,
    /// The side.
    pub campaign: Option<&'a CampaignId>,
    /// The person or account.
    pub actor: Option<&'a ActorId>,
    /// What was asked for.
    pub export: Option<&'a ExportName>,
    /// How it ended.
    pub outcome: Outcome,
    /// Records that left.
    pub records: u64,
    /// Bytes of body that left.
    pub bytes: u64,
    /// From the head of the request until the end of the answer.
    pub took: Duration,
}

/// Starts the log. Called once, by the command that runs the process.
pub fn start(format: LogFormat) {
    let builder = tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(LevelFilter::INFO).with_target(false);
    let builder = builder.with_ansi(io::stderr().is_terminal());
    // A second start (tests, the demo) keeps the first log.
    let _ = match format {
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init(),
        LogFormat::Human => builder.compact().try_init(),
    };
}

/// Writes the line of an exchange.
pub fn exchange_ended(event: &ExchangeEnded<'_>) {
    tracing::info!(
        request_id = %event.request_id,
        began = %event.began,
        contest = event.contest.map(ContestId::as_str),
        campaign = event.campaign.map(CampaignId::as_str),
        actor = event.actor.map(ActorId::as_str),
        export = event.export.map(ExportName::as_str),
        outcome = event.outcome.code(),
        reason = event.outcome.reason().map(|reason| reason.code()),
        records = event.records,
        bytes = event.bytes,
        milliseconds = u64::try_from(event.took.as_millis()).unwrap_or(u64::MAX),
        "exchange"
    );
}

/// Writes the line of a stop by command that has come into force: names alone, and never why.
pub fn suspended(scope: &Scope) {
    tracing::warn!(
        scope = scope.code(),
        contest = scope.contest().map(ContestId::as_str),
        campaign = scope.campaign().map(CampaignId::as_str),
        "suspended by command"
    );
}

/// Writes the line of a stop by command that has been lifted.
pub fn resumed(scope: &Scope) {
    tracing::warn!(
        scope = scope.code(),
        contest = scope.contest().map(ContestId::as_str),
        campaign = scope.campaign().map(CampaignId::as_str),
        "resumed by command"
    );
}
