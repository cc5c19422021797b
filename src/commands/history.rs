//! `xcsync history`: past runs, from the ledger alone.

use uuid::Uuid;

use crate::cli;
use crate::config::{self, Configured, Loaded, Problems};
use crate::error::Exit;
use crate::explain::own;
use crate::ledger::{LedgerError, LedgerView, past_run, past_runs};
use crate::report::{self, ErrorEntry, HistoryReport, OutputFormat, PastRun, Style};
use crate::world::World;

/// Why there is no history.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// Correct the configuration.
    #[error("{0}")]
    Config(#[from] Problems),
    /// Look for the right id.
    #[error("no run {0} of the selected tenants is in the ledger")]
    NoSuchRun(Uuid),
    /// Choose a real tenant.
    #[error("the sandbox forgets its runs when they end")]
    Sandbox,
    /// See what is wrong with the ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl HistoryError {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Config(_) | Self::NoSuchRun(_) | Self::Sandbox => Exit::Usage,
            Self::Ledger(error) => error.exit(),
        }
    }

    fn entry(&self) -> ErrorEntry {
        let message = self.to_string();
        match self {
            // Its text is complete.
            Self::Config(_) => ErrorEntry { hint: None, ..ErrorEntry::own(own::CONFIG, message) },
            Self::NoSuchRun(_) => ErrorEntry::own(own::NO_SUCH_RUN, message),
            Self::Sandbox => ErrorEntry::own(own::USAGE, message).with_hint("leave out --cloud sandbox"),
            Self::Ledger(error) => ErrorEntry::within(error.code(), message, error.hint()),
        }
    }
}

/// Runs the command and writes its report.
pub async fn run(args: &cli::History, global: &cli::Global, world: &mut World) -> Exit {
    let format: OutputFormat = global.output.into();
    let found = find(args, global, world).await;
    if let Err(error) = &found
        && format != OutputFormat::Json
    {
        match error {
            HistoryError::Config(problems) => super::tell_problems(problems, global, world),
            error => super::tell_entry(&error.entry(), global, world),
        }
    }
    let report = match found {
        Ok(report) => report,
        Err(error) if format == OutputFormat::Text => return error.exit(),
        Err(error) => HistoryReport::failed(error.exit(), error.entry(), args.run_id.is_some()),
    };
    let style = Style::for_stdout(global.color.into(), world);
    report::print(&mut world.stdout, &mut world.stderr, |out| report.write(format, style, out));
    report.exit
}

async fn find(args: &cli::History, global: &cli::Global, world: &World) -> Result<HistoryReport, HistoryError> {
    let Loaded::Configured(configured) = config::load(&global.into(), &world.env)? else {
        return Err(HistoryError::Sandbox);
    };
    match args.run_id {
        Some(id) => one(&configured, id).await.map(HistoryReport::in_full),
        None => listed(&configured, args.limit).await,
    }
}

async fn one(configured: &Configured, id: Uuid) -> Result<PastRun, HistoryError> {
    let found = match view(configured).await? {
        Some(view) => past_run(&view, id).await?,
        None => None,
    };
    let selected = |past: &PastRun| configured.selected.iter().any(|one| one.tenant_id == past.report.tenant.tenant_id);
    found.filter(selected).ok_or(HistoryError::NoSuchRun(id))
}

async fn listed(configured: &Configured, limit: u32) -> Result<HistoryReport, HistoryError> {
    let ledger = &configured.config.state.path;
    let Some(view) = view(configured).await? else { return Ok(HistoryReport::without_ledger(ledger)) };
    let tenants: Vec<_> = configured.selected.iter().map(|tenant| tenant.tenant_id).collect();
    let mut runs = past_runs(&view, &tenants, limit.saturating_add(1)).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_older = runs.len() > limit;
    runs.truncate(limit);
    Ok(HistoryReport::listed(runs, has_older, ledger))
}

/// The ledger, by way of any tenant: they share the file.
async fn view(configured: &Configured) -> Result<Option<LedgerView>, HistoryError> {
    let Some(tenant) = configured.selected.first() else { return Ok(None) };
    Ok(LedgerView::open(&configured.config.state, tenant.tenant_id).await?)
}
