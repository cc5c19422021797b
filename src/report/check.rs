//! What `check` has to say: findings, as SPEC section 10 has them.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::json::{list, write_document};
use super::page::Page;
use super::style::{Color, Style};
use super::{ErrorEntry, OutputFormat, csv, text};
use crate::access::Side;
use crate::check::{Finding, Status};
use crate::error::Exit;
use crate::harmless::harmless_line;

/// The report of one call of `xcsync check`.
#[derive(Clone, Debug)]
pub struct CheckReport {
    /// How the call ends.
    pub exit: Exit,
    /// Why nothing was looked at.
    pub error: Option<ErrorEntry>,
    /// What was found, in the order of the checks.
    pub findings: Vec<Finding>,
}

const HEADER: [&str; 6] = ["tenant", "side", "check", "status", "detail", "remedy"];

impl CheckReport {
    /// What was found; code 8 where anything fails.
    pub fn of(findings: Vec<Finding>) -> Self {
        let fails = findings.iter().any(|finding| finding.status == Status::Fail);
        Self { exit: if fails { Exit::Problems } else { Exit::Done }, error: None, findings }
    }

    /// Nothing, and why.
    pub fn failed(exit: Exit, error: ErrorEntry) -> Self {
        Self { exit, error: Some(error), findings: Vec::new() }
    }

    /// Writes it.
    pub fn write(&self, format: OutputFormat, style: Style, out: &mut dyn Write) -> io::Result<()> {
        match format {
            OutputFormat::Text => self.text(&mut Page::new(out, style)),
            OutputFormat::Json => self.json(out),
            OutputFormat::Csv => csv::table(HEADER, self.findings.iter().map(cells), out),
        }
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        let checks = list("checks", self.findings.iter().map(FindingView::of));
        write_document("xcsync.check/1", self.exit, self.error.as_ref(), checks, out)
    }

    /// A group for each side, what fails first, and beneath it what mends it.
    pub(super) fn text(&self, page: &mut Page<'_>) -> io::Result<()> {
        let mut rest = self.findings.as_slice();
        while let Some(first) = rest.first() {
            let same = |one: &Finding| one.tenant == first.tenant && one.side == first.side;
            let count = rest.iter().take_while(|one| same(one)).count();
            let (group, others) = rest.split_at(count);
            side(page, group)?;
            page.blank()?;
            rest = others;
        }
        if self.error.is_none() {
            page.labelled(Color::Strong, "result", &self.result())?;
        }
        self.error.iter().try_for_each(|error| text::error_lines(page, error))
    }

    fn result(&self) -> String {
        let count = |status| self.findings.iter().filter(|finding| finding.status == status).count();
        let [fail, warn, skipped, pass] = [Status::Fail, Status::Warn, Status::Skipped, Status::Pass].map(count);
        let ready = match (fail, skipped) {
            (0, 0) => "ready",
            (0, _) => "ready, as far as could be seen",
            _ => "not ready",
        };
        format!("{ready}; fail {fail}, warn {warn}, skipped {skipped}, pass {pass}")
    }
}

#[derive(Serialize)]
struct FindingView<'a> {
    tenant: &'a str,
    side: &'static str,
    check: &'static str,
    status: &'static str,
    detail: &'a str,
    remedy: Option<&'a str>,
}

impl<'a> FindingView<'a> {
    fn of(finding: &'a Finding) -> Self {
        let Finding { tenant, side, check, status, detail, remedy } = finding;
        Self {
            tenant,
            side: side.code(),
            check: check.name(),
            status: status.code(),
            detail,
            remedy: remedy.as_deref(),
        }
    }
}

/// A path as it may stand in a finding.
pub fn shown_path(path: &Path) -> String {
    harmless_line(&path.to_string_lossy()).into_owned()
}

fn cells(finding: &Finding) -> [String; HEADER.len()] {
    let Finding { tenant, side, check, status, detail, remedy } = finding;
    let remedy = remedy.clone().unwrap_or_default();
    [tenant.clone(), side.code().to_owned(), check.name().to_owned(), status.code().to_owned(), detail.clone(), remedy]
}

/// Which tenant it is, and what it is for the pair.
pub(super) fn heading(page: &mut Page<'_>, tenant: &str, side: Side) -> io::Result<()> {
    let what = match side {
        Side::Tenant => "the tenant that invites",
        Side::Home => "where the people are at home",
    };
    page.labelled(Color::Strong, &harmless_line(tenant), what)
}

fn side(page: &mut Page<'_>, group: &[Finding]) -> io::Result<()> {
    let Some(first) = group.first() else { return Ok(()) };
    heading(page, &first.tenant, first.side)?;
    let mut sorted: Vec<_> = group.iter().collect();
    // Stable: within a status the order of the checks stays.
    sorted.sort_by_key(|finding| finding.status);
    // What many have in common is said once, behind the last of them.
    for (place, finding) in sorted.iter().enumerate() {
        line(page, finding)?;
        let same = |next: &&Finding| next.status == finding.status && next.remedy == finding.remedy;
        if !sorted.get(place + 1).is_some_and(same) {
            finding.remedy.iter().try_for_each(|remedy| page.prose(INDENT, &format!("remedy: {remedy}")))?;
        }
    }
    Ok(())
}

/// Aligned, so that the eye finds the checks in a column.
fn line(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    let Finding { check, status, detail, .. } = finding;
    let color = match status {
        Status::Fail => Color::Bad,
        Status::Warn => Color::Attention,
        Status::Skipped => Color::Faint,
        Status::Pass => Color::Plain,
    };
    // The longest check, and a gap.
    page.entry(color, status.code(), (check.name(), 22), detail).map(drop)
}

/// Where the names of the checks begin: behind the longest status.
const INDENT: usize = 9;
