//! What `setup` has to say: changes and scripts, schema `xcsync.setup/1` (SPEC section 10).

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use super::json::{ErrorView, write_document};
use super::page::Page;
use super::style::{Color, Style};
use super::{CheckReport, ErrorEntry, OutputFormat, check, csv};
use crate::access::Side;
use crate::error::Exit;

/// The report of one call of `xcsync setup`.
#[derive(Clone, Debug)]
pub struct SetupReport {
    /// How the call ends.
    pub exit: Exit,
    /// What ended the call before its changes.
    pub error: Option<ErrorEntry>,
    /// What is to be changed, or was, in this order.
    pub changes: Vec<SettingChange>,
    /// What an administrator should know beside it.
    pub notes: Vec<String>,
    /// What an administrator can run.
    pub scripts: Vec<ScriptEntry>,
    /// What `check` found after the changes; in text only, since a document has one schema.
    pub checked: Option<CheckReport>,
}

const HEADER: [&str; 9] = ["tenant", "side", "setting", "from", "to", "method", "path", "result", "error"];

/// One change of one setting.
#[derive(Clone, Debug)]
pub struct SettingChange {
    /// The tenant's name in the configuration.
    pub tenant: String,
    /// Which side of the pair it is.
    pub side: Side,
    /// The check that asks for it, or the permission.
    pub setting: String,
    /// What is there; null where nothing is, or where nobody could look.
    pub from: Value,
    /// What shall be there.
    pub to: Value,
    /// The HTTP method.
    pub method: String,
    /// The path below `/v1.0`.
    pub path: String,
    /// What is sent.
    pub body: Value,
    /// What became of it.
    pub result: ChangeResult,
}

/// What became of a change.
#[derive(Clone, Debug)]
pub enum ChangeResult {
    /// Nothing was sent.
    Planned,
    /// Made, and seen when it was read back.
    Applied,
    /// Refused, or not seen.
    Failed(ErrorEntry),
}

impl ChangeResult {
    /// Its word in reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Applied => "applied",
            Self::Failed(_) => "failed",
        }
    }

    /// What went wrong.
    pub fn error(&self) -> Option<&ErrorEntry> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Planned | Self::Applied => None,
        }
    }

    fn color(&self) -> Color {
        match self {
            Self::Planned => Color::Attention,
            Self::Applied => Color::Good,
            Self::Failed(_) => Color::Bad,
        }
    }
}

/// A script for an administrator.
#[derive(Clone, Debug, Serialize)]
pub struct ScriptEntry {
    /// For which tenant, by its name in the configuration; none where it is for a server.
    pub tenant: Option<String>,
    /// Which side of the pair that is.
    pub side: Option<&'static str>,
    /// The script, in ASCII, with line feeds.
    pub text: String,
}

impl SetupReport {
    /// A report without changes: scripts alone.
    pub fn scripts(scripts: Vec<ScriptEntry>) -> Self {
        Self { exit: Exit::Done, error: None, changes: Vec::new(), notes: Vec::new(), scripts, checked: None }
    }

    /// A call that came to nothing.
    pub fn failed(exit: Exit, error: ErrorEntry) -> Self {
        Self { exit, error: Some(error), ..Self::scripts(Vec::new()) }
    }

    /// Writes it; `style` matters to text only. Where there are scripts, text is the scripts and nothing else.
    pub fn write(&self, format: OutputFormat, style: Style, out: &mut dyn Write) -> io::Result<()> {
        match format {
            OutputFormat::Json => self.json(out),
            OutputFormat::Csv => csv::table(HEADER, self.changes.iter().map(SettingChange::cells), out),
            OutputFormat::Text if self.scripts.is_empty() => self.text(&mut Page::new(out, style)),
            OutputFormat::Text => self.scripts.iter().try_for_each(|script| out.write_all(script.text.as_bytes())),
        }
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { exit, error, changes, notes, scripts, checked: _ } = self;
        let view = SetupView { changes: changes.iter().map(ChangeView::of).collect(), notes, scripts };
        write_document("xcsync.setup/1", *exit, error.as_ref(), view, out)
    }

    /// A group for each side, then what is to be known, and what it comes to; what was checked afterwards stands below.
    fn text(&self, page: &mut Page<'_>) -> io::Result<()> {
        let width = self.changes.iter().map(|change| change.setting.len()).max().unwrap_or_default() + 2;
        for group in self.changes.chunk_by(|one, next| one.tenant == next.tenant && one.side == next.side) {
            group.first().map_or(Ok(()), |first| check::heading(page, &first.tenant, first.side))?;
            group.iter().try_for_each(|change| change.text(page, width))?;
            page.blank()?;
        }
        self.notes.iter().try_for_each(|note| page.labelled(Color::Attention, "note", note))?;
        if !self.changes.is_empty() || self.error.is_none() {
            page.labelled(Color::Strong, "result", &self.result())?;
        }
        let Some(checked) = &self.checked else { return Ok(()) };
        page.blank()?;
        page.labelled(Color::Strong, "check", "both sides again, after the changes")?;
        page.blank()?;
        checked.text(page)
    }

    fn result(&self) -> String {
        let count = |code| self.changes.iter().filter(|change| change.result.code() == code).count();
        let [planned, applied, failed] = ["planned", "applied", "failed"].map(count);
        match (planned, applied + failed) {
            (0, 0) => "nothing to change".to_owned(),
            (planned, 0) => format!("planned {planned}; nothing was changed"),
            _ => format!("applied {applied}, failed {failed}, planned {planned}"),
        }
    }
}

#[derive(Serialize)]
struct SetupView<'a> {
    changes: Vec<ChangeView<'a>>,
    notes: &'a [String],
    scripts: &'a [ScriptEntry],
}

#[derive(Serialize)]
struct ChangeView<'a> {
    tenant: &'a str,
    side: &'static str,
    setting: &'a str,
    from: &'a Value,
    to: &'a Value,
    request: RequestView<'a>,
    result: &'static str,
    error: Option<ErrorView<'a>>,
}

#[derive(Serialize)]
struct RequestView<'a> {
    method: &'a str,
    path: &'a str,
    body: &'a Value,
}

impl<'a> ChangeView<'a> {
    fn of(change: &'a SettingChange) -> Self {
        let SettingChange { tenant, side, setting, from, to, method, path, body, result } = change;
        Self {
            tenant,
            side: side.code(),
            setting,
            from,
            to,
            request: RequestView { method, path, body },
            result: result.code(),
            error: result.error().map(ErrorView::of),
        }
    }
}

impl SettingChange {
    fn cells(&self) -> [String; HEADER.len()] {
        let Self { tenant, side, setting, from, to, method, path, body: _, result } = self;
        let error = result.error().map(|error| error.message.clone()).unwrap_or_default();
        [
            tenant.clone(),
            side.code().to_owned(),
            setting.clone(),
            from.to_string(),
            to.to_string(),
            method.clone(),
            path.clone(),
            result.code().to_owned(),
            error,
        ]
    }

    /// What becomes of what; of an object only the properties that change.
    fn values(&self) -> String {
        let change = |from: &Value, to: &Value| format!("from {from} to {to}");
        let Some(properties) = self.to.as_object() else { return change(&self.from, &self.to) };
        let changed = properties.iter().filter(|(name, value)| self.from[name.as_str()] != **value);
        let parts = changed.map(|(name, value)| format!("{name} {}", change(&self.from[name.as_str()], value)));
        parts.collect::<Vec<_>>().join(", ")
    }

    /// Aligned as the checks are, `width` columns for the setting.
    fn text(&self, page: &mut Page<'_>, width: usize) -> io::Result<()> {
        let values = self.values();
        let indent = page.entry(self.result.color(), self.result.code(), (&self.setting, width), &values)?;
        let Some(error) = self.result.error() else { return Ok(()) };
        page.prose(indent, &error.message)?;
        error.hint.iter().try_for_each(|hint| page.prose(indent, &format!("hint: {hint}")))
    }
}
