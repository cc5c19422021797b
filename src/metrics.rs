//! Metrics for Prometheus: what the ledger knows of each tenant, in the text format that `node_exporter`'s textfile
//! collector reads.
//!
//! Times are told as timestamps, so that a file which nobody writes any more grows old by itself:
//! `time() - xcsync_last_run_timestamp_seconds`.
//! <https://prometheus.io/docs/practices/naming/>, <https://github.com/prometheus/node_exporter#textfile-collector>

mod file;

use std::sync::atomic::AtomicU64;

use chrono::{DateTime, Utc};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::report::RunReport;
use crate::status::State;

pub use file::{MetricsError, write};

/// The labels of a sample.
type Labels = Vec<(&'static str, String)>;
type Whole = Family<Labels, Gauge<i64>>;
type Fraction = Family<Labels, Gauge<f64, AtomicU64>>;

/// A tenant and what is told of it: what the ledger knows after a run.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Its name in the configuration.
    pub tenant: String,
    /// Its cloud's canonical name.
    pub cloud: &'static str,
    /// The last run that has ended.
    pub last_run: Option<RunReport>,
    /// When the last complete run began to read: everybody created before was dealt with.
    pub complete_until: Option<DateTime<Utc>>,
    /// How many people are in each state, as `xcsync status --offline` counts them.
    pub people: [(State, u64); State::ALL.len()],
    /// Since when the longest waiting of the pending have been invited; `None` also where nobody knows.
    pub oldest_pending: Option<DateTime<Utc>>,
    /// Whether the tenant has refused the last invitation.
    pub is_refusing: bool,
}

/// Every metric with its samples.
#[derive(Default)]
struct Metrics {
    build: Whole,
    last_run: Fraction,
    complete: Fraction,
    duration: Fraction,
    exit_code: Whole,
    decisions: Whole,
    reasons: Whole,
    outcomes: Whole,
    throttled: Whole,
    refusing: Whole,
    people: Whole,
    oldest_pending: Fraction,
}

/// The file's content. What is not known has no sample.
pub fn render(tenants: &[Figures]) -> String {
    let metrics = Metrics::default();
    set(&metrics.build, &vec![("version", env!("CARGO_PKG_VERSION").to_owned())], 1);
    for tenant in tenants {
        metrics.tell(tenant);
    }
    let mut text = String::new();
    // Writing into a text cannot fail.
    let _ = encode(&mut text, &metrics.registry());
    text
}

impl Metrics {
    fn registry(self) -> Registry {
        let mut all = Registry::with_prefix("xcsync");
        let seconds = || Unit::Seconds;
        all.register("build_info", "The version that wrote this file; always 1", self.build);
        all.register_with_unit("last_run_timestamp", "When the last run ended", seconds(), self.last_run);
        all.register_with_unit(
            "last_complete_run_timestamp",
            "When the last complete run began to read: everybody created before was dealt with",
            seconds(),
            self.complete,
        );
        all.register_with_unit("last_run_duration", "How long the last run took", seconds(), self.duration);
        all.register(
            "last_run_exit_code",
            "Exit code of the last run; 0 is done, 3 done with failures",
            self.exit_code,
        );
        all.register("last_run_decisions", "People of the last run by decision", self.decisions);
        all.register("last_run_reasons", "People whom the last run skipped or held, by reason", self.reasons);
        all.register("last_run_outcomes", "People whom the last run was to send to, by outcome", self.outcomes);
        all.register("last_run_throttled_responses", "Answers 429 that the last run got", self.throttled);
        all.register("tenant_refusing", "1 where the tenant has refused the last invitation", self.refusing);
        all.register("people", "People whom the ledger knows, by state; `failed` are tried again", self.people);
        all.register_with_unit(
            "oldest_pending_invitation_timestamp",
            "When the longest waiting of the pending people was invited",
            seconds(),
            self.oldest_pending,
        );
        all
    }

    fn tell(&self, figures: &Figures) {
        let labels = vec![("tenant", figures.tenant.clone()), ("cloud", figures.cloud.to_owned())];
        if let Some(run) = &figures.last_run {
            self.tell_run(&labels, run);
        }
        if let Some(at) = figures.complete_until {
            self.complete.get_or_create(&labels).set(seconds(at));
        }
        if let Some(at) = figures.oldest_pending {
            self.oldest_pending.get_or_create(&labels).set(seconds(at));
        }
        set(&self.refusing, &labels, u64::from(figures.is_refusing));
        for (state, people) in &figures.people {
            set(&self.people, &with(&labels, &[("state", state.code())]), *people);
        }
    }

    fn tell_run(&self, labels: &Labels, run: &RunReport) {
        let counts = &run.counts;
        self.last_run.get_or_create(labels).set(seconds(run.finished_at));
        let lasted = (run.finished_at - run.started_at).to_std().unwrap_or_default();
        self.duration.get_or_create(labels).set(lasted.as_secs_f64());
        set(&self.exit_code, labels, u64::from(run.exit.code()));
        set(&self.throttled, labels, run.throttled);
        let decisions = [
            ("invite", counts.invite),
            ("remind", counts.remind),
            ("retry", counts.retry),
            ("skip", counts.skip),
            ("hold", counts.hold),
        ];
        for (decision, people) in decisions {
            set(&self.decisions, &with(labels, &[("decision", decision)]), people);
        }
        for (decision, by_reason) in [("skip", &counts.skipped_by_reason), ("hold", &counts.held_by_reason)] {
            for (reason, people) in by_reason {
                set(&self.reasons, &with(labels, &[("decision", decision), ("reason", reason)]), *people);
            }
        }
        let outcomes = [
            ("invited", counts.invited),
            ("failed", counts.failed),
            ("unknown", counts.unknown),
            ("unverified", counts.unverified),
            ("not-attempted", counts.not_attempted),
        ];
        for (outcome, people) in outcomes {
            set(&self.outcomes, &with(labels, &[("outcome", outcome)]), people);
        }
    }
}

fn with(labels: &Labels, more: &[(&'static str, &str)]) -> Labels {
    labels.iter().cloned().chain(more.iter().map(|(name, value)| (*name, (*value).to_owned()))).collect()
}

fn set(metric: &Whole, labels: &Labels, value: u64) {
    metric.get_or_create(labels).set(i64::try_from(value).unwrap_or(i64::MAX));
}

/// Seconds since 1970, as Prometheus counts them.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of this millennium are exact in a double")]
fn seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp_millis() as f64 / 1000.0
}
