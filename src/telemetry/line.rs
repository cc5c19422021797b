//! One log event, one line: when it was, and nothing in it that a terminal or a log reader would obey.

use std::fmt;
use std::io::{self, Write};

use chrono::SecondsFormat;
use tracing::Level;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use super::{LogFormat, Stderr};
use crate::harmless::{harmless_json, harmless_line};
use crate::world::Clock;

/// The run's clock in front of each event, or nothing.
pub(super) struct Timestamps {
    pub(super) clock: Clock,
    pub(super) shown: bool,
}

impl FormatTime for Timestamps {
    fn format_time(&self, w: &mut Writer<'_>) -> fmt::Result {
        if !self.shown {
            return Ok(());
        }
        write!(w, "{}", self.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// Writes whole events with everything hostile escaped; for the journal, with the level in front.
///
/// tracing-subscriber escapes ESC and C1 characters, but neither line breaks in fields written by `Display` nor
/// characters that reverse the reading order. It writes each event at once, so that this sees whole lines.
#[derive(Clone)]
pub(super) struct Lines {
    pub(super) stderr: Stderr,
    pub(super) format: LogFormat,
    pub(super) for_journal: bool,
    /// The level of the event that is written.
    pub(super) level: Level,
}

impl Lines {
    /// How the journal takes a level from a line: `journalctl -p warning` finds it then, and the prefix is not kept.
    /// <https://www.freedesktop.org/software/systemd/man/latest/sd-daemon.html>
    fn prefix(&self) -> &'static str {
        match self.level {
            _ if !self.for_journal => "",
            Level::ERROR => "<3>",
            Level::WARN => "<4>",
            Level::INFO => "<6>",
            Level::DEBUG | Level::TRACE => "<7>",
        }
    }
}

impl Write for Lines {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.trim();
        let safe = match self.format {
            LogFormat::Text => harmless_line(line),
            LogFormat::Json => harmless_json(line),
        };
        self.stderr.write_all(format!("{}{safe}\n", self.prefix()).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stderr.flush()
    }
}
