//! What `setup` has to say: changes and scripts, schema `xcsync.setup/1` (SPEC section 10).

use std::io::{self, Write};

use ::csv::{Terminator, WriterBuilder};
use serde::Serialize;
use serde_json::{Value, json};

use super::page::Page;
use super::style::{Color, Style};
use super::{ErrorEntry, OutputFormat, csv};
use crate::access::Side;
use crate::error::Exit;
use crate::harmless::{harmless_json, harmless_line};

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
}

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
        Self { exit: Exit::Done, error: None, changes: Vec::new(), notes: Vec::new(), scripts }
    }

    /// A call that came to nothing.
    pub fn failed(exit: Exit, error: ErrorEntry) -> Self {
        Self { exit, error: Some(error), ..Self::scripts(Vec::new()) }
    }

    /// Writes it; `style` matters to text only. Where there are scripts, text is the scripts and nothing else.
    pub fn write(&self, format: OutputFormat, style: Style, out: &mut dyn Write) -> io::Result<()> {
        match format {
            OutputFormat::Json => writeln!(out, "{}", harmless_json(&format!("{:#}", self.json()))),
            OutputFormat::Csv => self.csv(out),
            OutputFormat::Text if self.scripts.is_empty() => self.text(&mut Page::new(out, style)),
            OutputFormat::Text => self.scripts.iter().try_for_each(|script| out.write_all(script.text.as_bytes())),
        }
    }

    fn json(&self) -> Value {
        let Self { exit, error, changes, notes, scripts } = self;
        json!({
            "schema": "xcsync.setup/1",
            "exit_code": exit.code(),
            "error": error.as_ref().map(view),
            "changes": changes.iter().map(SettingChange::json).collect::<Vec<_>>(),
            "notes": notes,
            "scripts": scripts,
        })
    }

    fn csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
        writer.write_record(["tenant", "side", "setting", "from", "to", "method", "path", "result", "error"])?;
        for change in &self.changes {
            writer.write_record(change.cells())?;
        }
        writer.flush()
    }

    fn text(&self, page: &mut Page<'_>) -> io::Result<()> {
        if self.changes.is_empty() && self.error.is_none() {
            page.prose(0, "Nothing to change.")?;
        }
        let mut last = None;
        for change in &self.changes {
            let head = (change.tenant.as_str(), change.side);
            if last.replace(head) != Some(head) {
                page.raw(&format!("{} ({})", harmless_line(&change.tenant), change.side.code()))?;
            }
            change.text(page)?;
        }
        self.notes.iter().try_for_each(|note| page.labelled(Color::Attention, "note", note))
    }
}

impl SettingChange {
    fn json(&self) -> Value {
        let Self { tenant, side, setting, from, to, method, path, body, result } = self;
        json!({
            "tenant": tenant,
            "side": side.code(),
            "setting": setting,
            "from": from,
            "to": to,
            "request": { "method": method, "path": path, "body": body },
            "result": result.code(),
            "error": result.error().map(view),
        })
    }

    fn cells(&self) -> [String; 9] {
        let Self { tenant, side, setting, from, to, method, path, body: _, result } = self;
        let error = result.error().map(|error| error.message.as_str()).unwrap_or_default();
        let cell = |text: &str| csv::defused(text).into_owned();
        [
            cell(tenant),
            side.code().to_owned(),
            cell(setting),
            cell(&from.to_string()),
            cell(&to.to_string()),
            method.clone(),
            cell(path),
            result.code().to_owned(),
            cell(error),
        ]
    }

    fn text(&self, page: &mut Page<'_>) -> io::Result<()> {
        let word = page.style.paint(self.result.color(), &format!("{:<7}", self.result.code()));
        let values = harmless_line(&format!("from {} to {}", self.from, self.to)).into_owned();
        page.raw(&format!("  {word}  {}: {values}", self.setting))?;
        let Some(error) = self.result.error() else { return Ok(()) };
        page.prose(4, &error.message)?;
        error.hint.iter().try_for_each(|hint| page.prose(4, &format!("hint: {hint}")))
    }
}

fn view(error: &ErrorEntry) -> Value {
    json!({ "code": error.code, "message": error.message, "hint": error.hint })
}
