//! Metrics, in the OpenMetrics text format. Names are the contract with dashboards: rename nothing.
//!
//! Labels come from closed enums and configured names only, so their number is bounded by the configuration.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::engine::ids::{CampaignId, ContestId, ExportName};
use crate::engine::outcome::Outcome;
use crate::engine::reason::Reason;

/// Upper edges of the duration histograms, seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 120.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    contest: String,
    campaign: String,
    outcome: &'static str,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CampaignLabels {
    contest: String,
    campaign: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FieldLabels {
    contest: String,
    export: String,
    action: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WithheldLabels {
    contest: String,
    export: String,
    why: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QuotaLabels {
    contest: String,
    campaign: String,
    quota: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

/// Every instrument of the process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    records: Family<CampaignLabels, Counter>,
    records_withheld: Family<WithheldLabels, Counter>,
    fields: Family<FieldLabels, Counter>,
    quota_remaining: Family<QuotaLabels, Gauge>,
    books_stopped: Gauge,
    request_duration: Histogram,
    upstream_duration: Histogram,
    window_open: Family<CampaignLabels, Gauge>,
    window_closes: Family<CampaignLabels, Gauge>,
    suspended: Family<CampaignLabels, Gauge>,
    suspensions_stale: Gauge,
    reloads: Family<ResultLabel, Counter>,
    connections: Gauge,
    in_progress: Gauge,
    connections_failed: Family<ReasonLabel, Counter>,
    rejections_unrecorded: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Instruments at zero, in a registry of their own.
    #[must_use]
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("portcullis"),
            requests: Family::default(),
            records: Family::default(),
            records_withheld: Family::default(),
            fields: Family::default(),
            quota_remaining: Family::default(),
            books_stopped: Gauge::default(),
            request_duration: Histogram::new(SECONDS),
            upstream_duration: Histogram::new(SECONDS),
            window_open: Family::default(),
            window_closes: Family::default(),
            suspended: Family::default(),
            suspensions_stale: Gauge::default(),
            reloads: Family::default(),
            connections: Gauge::default(),
            in_progress: Gauge::default(),
            connections_failed: Family::default(),
            rejections_unrecorded: Counter::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("requests", "Exchanges that have ended", self.requests.clone());
        registry.register("records", "Records that have left", self.records.clone());
        registry.register(
            "records_withheld",
            "Records that were kept back because a member objects, or because they name no member",
            self.records_withheld.clone(),
        );
        registry.register("quota_remaining", "What a campaign has left of a quota", self.quota_remaining.clone());
        registry.register(
            "books_stopped",
            "1 while nothing can be written down, so that nothing leaves",
            self.books_stopped.clone(),
        );
        registry.register("fields", "What happened to the fields of the records that have left", self.fields.clone());
        registry.register(
            "request_duration_seconds",
            "From the head of a request until the end of its answer",
            self.request_duration.clone(),
        );
        registry.register(
            "upstream_duration_seconds",
            "From asking the source until the head of its answer",
            self.upstream_duration.clone(),
        );
        registry.register("window_open", "1 while the campaign's access window is open", self.window_open.clone());
        registry.register(
            "window_closes_timestamp_seconds",
            "When the campaign's access window closes",
            self.window_closes.clone(),
        );
        registry.register(
            "suspended",
            "1 while the campaign is suspended, by command or by its contest's file",
            self.suspended.clone(),
        );
        registry.register(
            "suspensions_stale",
            "1 while suspensions cannot be read from the store",
            self.suspensions_stale.clone(),
        );
        registry.register("config_reloads", "Attempts to load the configuration", self.reloads.clone());
        registry.register("connections", "Open connections of campaigns", self.connections.clone());
        registry.register("requests_in_progress", "Exchanges that have begun and not ended", self.in_progress.clone());
        registry.register(
            "connections_failed",
            "Connections that ended before a request was understood",
            self.connections_failed.clone(),
        );
        registry.register(
            "rejections_unrecorded",
            "Rejections that the books could not take",
            self.rejections_unrecorded.clone(),
        );
    }

    /// Counts an exchange that has ended.
    pub fn exchange_ended(&self, contest: Option<&ContestId>, campaign: Option<&CampaignId>, outcome: Outcome, took: Duration) {
        let labels = RequestLabels {
            contest: contest.map_or_else(String::new, ToString::to_string),
            campaign: campaign.map_or_else(String::new, ToString::to_string),
            outcome: outcome.code(),
            reason: outcome.reason().map_or("", Reason::code),
        };
        self.requests.get_or_create(&labels).inc();
        self.request_duration.observe(took.as_secs_f64());
    }

    /// Counts records as they leave.
    pub fn records_left(&self, contest: &ContestId, campaign: &CampaignId, records: u64) {
        self.records.get_or_create(&campaign_labels(contest, campaign)).inc_by(records);
    }

    /// Counts records that were kept back.
    pub fn records_withheld(&self, contest: &ContestId, export: &ExportName, why: &'static str, records: u64) {
        let labels = WithheldLabels { contest: contest.to_string(), export: export.to_string(), why };
        self.records_withheld.get_or_create(&labels).inc_by(records);
    }

    /// States what a campaign has left of a quota, as of the scrape.
    pub fn quota_remaining(&self, contest: &ContestId, campaign: &CampaignId, quota: &'static str, left: u64) {
        let labels = QuotaLabels { contest: contest.to_string(), campaign: campaign.to_string(), quota };
        self.quota_remaining.get_or_create(&labels).set(i64::try_from(left).unwrap_or(i64::MAX));
    }

    /// States whether nothing can be written down, as of the scrape.
    pub fn books_stopped(&self, stopped: bool) {
        self.books_stopped.set(i64::from(stopped));
    }

    /// Counts what happened to fields: `action` is the name of a rule, or of a way of being dropped.
    pub fn fields(&self, contest: &ContestId, export: &ExportName, action: &'static str, fields: u64) {
        let labels = FieldLabels { contest: contest.to_string(), export: export.to_string(), action };
        self.fields.get_or_create(&labels).inc_by(fields);
    }

    /// Observes how long the source took until the head of its answer.
    pub fn upstream_answered(&self, took: Duration) {
        self.upstream_duration.observe(took.as_secs_f64());
    }

    /// States a campaign's window and suspension, as of the scrape.
    pub fn campaign_state(
        &self,
        contest: &ContestId,
        campaign: &CampaignId,
        open: bool,
        closes_unix_seconds: i64,
        suspended: bool,
    ) {
        let labels = campaign_labels(contest, campaign);
        self.window_open.get_or_create(&labels).set(i64::from(open));
        self.window_closes.get_or_create(&labels).set(closes_unix_seconds);
        self.suspended.get_or_create(&labels).set(i64::from(suspended));
    }

    /// States whether suspensions cannot be read from the store, as of the scrape.
    pub fn suspensions_stale(&self, stale: bool) {
        self.suspensions_stale.set(i64::from(stale));
    }

    /// Forgets every campaign's window and suspension: a reload may have removed some.
    pub fn forget_campaign_states(&self) {
        self.quota_remaining.clear();
        self.window_open.clear();
        self.window_closes.clear();
        self.suspended.clear();
    }

    /// Counts an attempt to load the configuration.
    pub fn config_loaded(&self, applied: bool) {
        self.reloads.get_or_create(&ResultLabel { result: if applied { "applied" } else { "failed" } }).inc();
    }

    /// Counts a connection that ended before a request was understood.
    pub fn connection_failed(&self, reason: Reason) {
        self.connections_failed.get_or_create(&ReasonLabel { reason: reason.code() }).inc();
    }

    /// Counts rejections that the books could not take.
    pub fn rejections_unrecorded(&self, rejections: u64) {
        self.rejections_unrecorded.inc_by(rejections);
    }

    /// Counts a connection while the guard lives.
    #[must_use]
    pub fn connection_open(&self) -> Counted {
        Counted::new(&self.connections)
    }

    /// Counts an exchange while the guard lives.
    #[must_use]
    pub fn exchange_open(&self) -> Counted {
        Counted::new(&self.in_progress)
    }

    /// Every instrument in the OpenMetrics text format.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a `String` cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// Counts one on a gauge until it is dropped.
#[derive(Debug)]
pub struct Counted(Gauge);

impl Counted {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn campaign_labels(contest: &ContestId, campaign: &CampaignId) -> CampaignLabels {
    CampaignLabels { contest: contest.to_string(), campaign: campaign.to_string() }
}
