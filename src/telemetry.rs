//! Logs: one event per line on stderr, as text or JSON.
//!
//! A message is the event's name and is always the same; what differs stands in fields. Both are stable: `docs/operations.md`
//! lists them, and a test compares it with the sources. What holds for a whole run (`run_id`, `tenant`, `cloud`) is said
//! once, by the span `run`; JSON lists it in `spans`.
//!
//! Levels: `error` ends a run or loses something; `warn` somebody should look; `info` a stage or a request that
//! writes; `debug` every request. Never logged: secrets, tokens, redeem URLs; addresses and names only with
//! `--log-addresses`. A failure is logged once, where it is dealt with.

mod line;

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::{Dispatch, Level, Metadata};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::{Registry, fmt};

use crate::report::Progress;
use crate::world::Clock;
use line::{Lines, Timestamps};

/// The target of events that name people; they are logged with `--log-addresses` only.
pub const PEOPLE: &str = "xcsync::people";

/// `--log-format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// `INFO message field=value`.
    #[default]
    Text,
    /// One flat object per line.
    Json,
}

/// What is logged, and how.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the call")]
pub struct Settings {
    /// `--log-format`.
    pub format: LogFormat,
    /// How often `-v` was given.
    pub verbose: u8,
    /// `-q`.
    pub quiet: bool,
    /// Whether a person looks at stderr: then warnings only, for the report and the progress line say the rest.
    pub terminal: bool,
    /// `--log-addresses`: whether events that name people are logged.
    pub addresses: bool,
    /// Whether the journal reads stderr; it has timestamps of its own, and takes levels from a prefix.
    pub journal: bool,
}

impl Settings {
    /// This program's level, and that of the libraries beneath it.
    ///
    /// `-q` errors; by default warnings on a terminal and `info` elsewhere, where a scheduler keeps the log; `-v`
    /// `debug`; `-vv` also the Azure libraries' `debug`; `-vvv` everything, also HTTP.
    fn levels(self) -> Targets {
        let own = match (self.quiet, self.verbose) {
            (true, _) => Level::ERROR,
            (_, 0) if self.terminal => Level::WARN,
            (_, 0) => Level::INFO,
            (_, 1 | 2) => Level::DEBUG,
            _ => Level::TRACE,
        };
        let azure = if self.verbose > 1 { own.min(Level::DEBUG) } else { own.min(Level::WARN) };
        let identity = if self.verbose > 1 { azure } else { own.min(Level::INFO) };
        let http = if self.verbose > 2 { Level::DEBUG } else { own.min(Level::WARN) };
        let of = |names: [&'static str; 3], level| names.map(|name| (name, level));
        Targets::new()
            .with_default(own.min(Level::INFO))
            .with_target("xcsync", own)
            .with_target(PEOPLE, if self.addresses { LevelFilter::from_level(own) } else { LevelFilter::OFF })
            .with_target("azure_identity", identity)
            .with_targets(of(["azure_core", "typespec_client_core", "typespec"], azure))
            .with_targets(of(["hyper", "hyper_util", "h2"], http))
            .with_targets(of(["rustls", "rustls_platform_verifier", "reqwest"], http))
    }
}

/// What takes a run's log events.
///
/// It is no global: set it for the run's thread with `tracing::dispatcher::set_default`, or for its future with
/// `WithSubscriber`; then runs side by side in one process, as in tests, keep their logs apart. A blocking thread
/// or another runtime's thread needs `tracing::dispatcher::with_default` of its own.
pub fn dispatch(settings: Settings, clock: Clock, stderr: Stderr) -> Dispatch {
    let timestamps = Timestamps { clock, shown: settings.format == LogFormat::Json || !settings.has_own_time() };
    // An error of stderr would be told on stderr by a macro that panics then.
    let layer = fmt::layer().log_internal_errors(false);
    let layer = layer.with_timer(timestamps).with_ansi(false).with_target(settings.verbose > 1);
    let writer = Lines { stderr, format: settings.format, for_journal: settings.journal, level: Level::INFO };
    let levels = settings.levels();
    match settings.format {
        LogFormat::Text => Registry::default().with(layer.with_writer(writer).with_filter(levels)).into(),
        LogFormat::Json => {
            let json = layer.json().flatten_event(true).with_current_span(false).with_target(true);
            Registry::default().with(json.with_writer(writer).with_filter(levels)).into()
        }
    }
}

impl Settings {
    /// Whether the reader knows the time anyway.
    fn has_own_time(self) -> bool {
        self.terminal || self.journal
    }
}

/// The run's stderr, shared by its log and its warnings; what is written takes the progress line away meanwhile.
#[derive(Clone)]
pub struct Stderr {
    out: Arc<Mutex<Box<dyn Write + Send>>>,
    progress: Progress,
}

impl Stderr {
    /// Shares a stream that `progress` may draw on.
    pub fn new(out: Box<dyn Write + Send>, progress: Progress) -> Self {
        Self { out: Arc::new(Mutex::new(out)), progress }
    }

    /// The stream; a panic elsewhere while it was locked does not keep the log from saying so.
    fn stream(&self) -> MutexGuard<'_, Box<dyn Write + Send>> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Stderr {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.write_all(buf).map(|()| buf.len())
    }

    /// Whole lines at once, so that the progress line goes away once per line.
    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        self.progress.suspended(|| self.stream().write_all(buf))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream().flush()
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }

    fn make_writer_for(&'a self, event: &Metadata<'_>) -> Self {
        Self { level: *event.level(), ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
