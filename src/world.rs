//! What a run touches of the machine: clock, environment, streams, signals. Tests bring their own.

use std::collections::HashMap;
use std::io::{IsTerminal, Write};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio::time::Instant;

/// Everything outside that a run may look at or write to.
pub struct World {
    /// The environment variables.
    pub env: Environment,
    /// The local clock.
    pub clock: Clock,
    /// Data goes here.
    pub stdout: Box<dyn Write + Send>,
    /// Everything else goes here.
    pub stderr: Box<dyn Write + Send>,
    /// Whether a person looks at stdout.
    pub stdout_is_terminal: bool,
    /// Whether a person looks at stderr.
    pub stderr_is_terminal: bool,
    /// Whether stderr leads to the systemd journal.
    pub stderr_is_journal: bool,
    /// How often the run was asked to end (SIGINT, SIGTERM, SIGHUP, Ctrl-C).
    pub interrupts: watch::Receiver<u32>,
}

impl World {
    /// The real one of this process.
    pub fn real(interrupts: watch::Receiver<u32>) -> Self {
        let env = Environment::of_process();
        show_colors();
        Self {
            stderr_is_journal: env.get("JOURNAL_STREAM").is_some_and(is_stderr),
            env,
            clock: Clock::local(),
            stdout: Box::new(std::io::stdout()),
            stderr: Box::new(std::io::stderr()),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            interrupts,
        }
    }
}

/// Lets the consoles of Windows obey colours, which those of `cmd` print as text until a program asks for it.
///
/// The crate asks while it looks whether there are any; a console that can't is older than what Rust's own library needs.
/// <https://learn.microsoft.com/en-us/windows/console/console-virtual-terminal-sequences>
#[cfg(windows)]
fn show_colors() {
    for console in [console::Term::stdout(), console::Term::stderr()] {
        let _ = console.features().colors_supported();
    }
}

/// Terminals elsewhere obey them anyway.
#[cfg(not(windows))]
fn show_colors() {}

/// Whether stderr is this stream, `device:inode`. The variable alone says nothing: children inherit it, also those whose
/// stderr leads elsewhere. <https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#%24JOURNAL_STREAM>
#[cfg(target_os = "linux")]
fn is_stderr(stream: &str) -> bool {
    rustix::fs::fstat(std::io::stderr()).is_ok_and(|stat| stream == format!("{}:{}", stat.st_dev, stat.st_ino))
}

/// There is no journal elsewhere.
#[cfg(not(target_os = "linux"))]
fn is_stderr(_stream: &str) -> bool {
    false
}

/// Environment variables, read once. On Windows the case of their names says nothing: `Path` is `PATH`.
#[derive(Clone, Default)]
pub struct Environment(HashMap<String, String>);

impl Environment {
    /// Those of this process; what is not UTF-8 is left out.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((key(&name.into_string().ok()?), value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(text).collect())
    }

    /// A variable's value; an empty one counts as unset.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(&key(name)).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// Whether a variable is there and empty.
    pub fn is_empty(&self, name: &str) -> bool {
        self.0.get(&key(name)).is_some_and(String::is_empty)
    }

    /// The same environment with one more variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(key(name), value.to_owned());
        self
    }
}

/// What a variable is kept under.
fn key(name: &str) -> String {
    if cfg!(windows) { name.to_ascii_uppercase() } else { name.to_owned() }
}

/// Local time, for pacing and for the report's timestamps; windows go by the server's `Date`.
///
/// It reads the system's clock once and goes on with the runtime's, which tests can pause and move.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    base: DateTime<Utc>,
    start: Instant,
}

impl Clock {
    /// The system's clock.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn local() -> Self {
        Self::at(std::time::SystemTime::now().into())
    }

    /// A clock that shows `base` now.
    pub fn at(base: DateTime<Utc>) -> Self {
        Self { base, start: Instant::now() }
    }

    /// The local time.
    pub fn now(&self) -> DateTime<Utc> {
        let elapsed = TimeDelta::from_std(self.start.elapsed()).unwrap_or(TimeDelta::MAX);
        self.base.checked_add_signed(elapsed).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// Counts the requests to end that reach this process. Needs a running runtime.
///
/// The second one ends the process at once, for whoever does not want to wait for what is under way.
pub fn interrupts() -> watch::Receiver<u32> {
    let (sender, receiver) = watch::channel(0);
    tokio::spawn(async move {
        // Listened to all the time: two signals that come together are two.
        let mut signals = Signals::new();
        loop {
            signals.asked_to_end().await;
            sender.send_modify(|times| *times += 1);
            if *sender.borrow() > 1 {
                leave();
            }
        }
    });
    receiver
}

/// Waits until the run is asked to end; for ever where nobody can ask any more.
pub async fn interrupted(mut interrupts: watch::Receiver<u32>) {
    if interrupts.wait_for(|times| *times > 0).await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[expect(clippy::exit, reason = "a second signal means now")]
fn leave() -> ! {
    std::process::exit(i32::from(crate::error::Exit::Interrupted.code()))
}

/// SIGINT, SIGTERM and SIGHUP.
#[cfg(unix)]
struct Signals([Option<tokio::signal::unix::Signal>; 3]);

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        Self(kinds.map(|kind| signal(kind).ok()))
    }

    /// Waits for the next one.
    async fn asked_to_end(&mut self) {
        let next: Vec<_> = self.0.iter_mut().flatten().map(|signal| Box::pin(signal.recv())).collect();
        if next.is_empty() {
            std::future::pending::<()>().await;
        }
        futures_util::future::select_all(next).await;
    }
}

/// Ctrl-C, Ctrl-Break, the console that closes, and the machine that is shut down.
///
/// Not the end of a session: a scheduled task is told of everybody's, and they are none of its business. After the last two
/// the system ends the process within seconds, whatever is still under way; the ledger knows it.
#[cfg(windows)]
struct Signals(Option<Events>);

#[cfg(windows)]
struct Events {
    interrupt: tokio::signal::windows::CtrlC,
    pause: tokio::signal::windows::CtrlBreak,
    close: tokio::signal::windows::CtrlClose,
    shutdown: tokio::signal::windows::CtrlShutdown,
}

#[cfg(windows)]
impl Signals {
    /// One handler tells of all of them: either it is there, or nobody can ask.
    fn new() -> Self {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
        let events = || {
            std::io::Result::Ok(Events {
                interrupt: ctrl_c()?,
                pause: ctrl_break()?,
                close: ctrl_close()?,
                shutdown: ctrl_shutdown()?,
            })
        };
        Self(events().ok())
    }

    /// Waits for the next one.
    async fn asked_to_end(&mut self) {
        let Some(events) = &mut self.0 else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = events.interrupt.recv() => {}
            _ = events.pause.recv() => {}
            _ = events.close.recv() => {}
            _ = events.shutdown.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_of_a_variables_name_says_nothing_on_windows_and_something_elsewhere() {
        let env = Environment::default().with("Path", "here");
        assert_eq!(env.get("Path"), Some("here"));
        assert_eq!(env.get("PATH").is_some(), cfg!(windows));
    }
}
