//! What each command has to say: plain data, and its text, JSON, CSV and HTML (SPEC sections 8, 10, 11 and 13).
//!
//! A run fills in an [`InviteReport`], which [`write()`] renders; `status`, `history`, `explain`, `check`, `setup` and `schedule` have reports of
//! their own, which render themselves. Nothing here decides anything, and everything that came out of a directory is made
//! harmless on its way out.

mod check;
mod csv;
mod error;
mod explain;
mod history;
mod html;
mod json;
mod overview;
mod page;
mod people;
mod progress;
mod run;
mod schedule;
mod setup;
mod status;
mod stdout;
mod style;
mod text;

use std::io::{self, Write};

pub use check::{CheckReport, shown_path};
pub use error::ErrorEntry;
pub use explain::ExplainReport;
pub use history::{HistoryReport, PastRun};
pub use html::{HtmlPage, PageError, PageKnown, PageTenant, write_page};
pub use json::{instant, write_place};
pub use overview::{Invited, Overview};
pub use progress::Progress;
pub use run::{
    Counts, DecisionEntry, InviteReport, Mode, OutcomeEntry, OutcomeResult, Question, RunReport, TenantEntry,
    TraceEntry, TraceStep, WindowEntry, WindowKind,
};
pub use schedule::ScheduleReport;
pub use setup::{ChangeResult, ScriptEntry, SettingChange, SetupReport};
pub use status::{Source, StatusReport, TenantStatus};
pub use stdout::print;
pub use style::{ColorChoice, Style};
pub use text::write_error;

/// `-o`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputFormat {
    /// For people.
    #[default]
    Text,
    /// One object, schema `xcsync.invite/1`.
    Json,
    /// One row per listed person.
    Csv,
}

/// Writes the report; `style` matters to text only.
///
/// It ends with the writer's first error; [`print()`] gives it a writer that suits stdout. CSV has no place for
/// an error that ended a run: the caller tells it on stderr, see [`write_error`].
pub fn write(report: &InviteReport, format: OutputFormat, style: Style, out: &mut dyn Write) -> io::Result<()> {
    debug_assert!(report.runs.iter().all(RunReport::adds_up), "the report's counts contradict each other");
    match format {
        OutputFormat::Text => text::write(report, style, out),
        OutputFormat::Json => json::write(report, out),
        OutputFormat::Csv => csv::write(report, out),
    }
}

#[cfg(test)]
pub(crate) mod tests;
