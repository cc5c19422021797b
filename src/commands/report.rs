//! `xcsync report --html`: where everybody stands, as a page, from the ledger alone.

#[cfg(feature = "sandbox")]
mod sandbox;
mod settings;

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::cli;
use crate::config::{self, Configured, Loaded, Problems, Tenant};
use crate::error::Exit;
use crate::explain::own;
use crate::ledger::{LedgerError, LedgerView, overview};
use crate::report::{self, ErrorEntry, HtmlPage, OutputFormat, PageError, PageKnown, PageTenant, write_page};
use crate::selection::Scope;
use crate::status;
use crate::world::World;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Correct the configuration.
    #[error("{0}")]
    Config(#[from] Problems),
    /// See what is wrong with the ledger.
    #[error("{0}; no page was written")]
    Ledger(#[from] LedgerError),
    /// See what is in the way of the file.
    #[error(transparent)]
    Page(#[from] PageError),
    /// Report it.
    #[error("the page can't be put together ({0}); no page was written")]
    Template(#[from] askama::Error),
    /// Take another build.
    #[error("this build has no sandbox; no page was written")]
    #[cfg(not(feature = "sandbox"))]
    NoSandbox,
}

impl ReportError {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Config(_) => Exit::Usage,
            Self::Ledger(error) => error.exit(),
            Self::Page(error) => error.exit(),
            Self::Template(_) => Exit::Unexpected,
            #[cfg(not(feature = "sandbox"))]
            Self::NoSandbox => Exit::Usage,
        }
    }

    fn entry(&self) -> ErrorEntry {
        let message = self.to_string();
        match self {
            // Its text is complete.
            Self::Config(_) => ErrorEntry { hint: None, ..ErrorEntry::own(own::CONFIG, message) },
            Self::Ledger(error) => ErrorEntry::within(error.code(), message, error.hint()),
            Self::Page(error) => ErrorEntry::own(error.known(), message),
            Self::Template(_) => ErrorEntry::own(own::PAGE_NOT_WRITTEN, message),
            #[cfg(not(feature = "sandbox"))]
            Self::NoSandbox => ErrorEntry::own(own::USAGE, message),
        }
    }
}

/// Runs the command: the page goes into its file, and what there is to say of it to stdout.
///
/// Where the page itself goes to stdout, nothing else does, whatever `-o` says.
pub async fn run(args: &cli::Report, global: &cli::Global, world: &mut World) -> Exit {
    let to_stdout = args.html.as_os_str() == "-";
    let page = match page(global, world).await {
        Ok(page) => page,
        Err(error) => return failed(&error, to_stdout, global, world),
    };
    if to_stdout {
        report::print(&mut world.stdout, &mut world.stderr, |out| out.write_all(page.as_bytes()));
        return Exit::Done;
    }
    if let Err(error) = write_page(&args.html, &page) {
        return failed(&error.into(), to_stdout, global, world);
    }
    told(&args.html, global, world);
    Exit::Done
}

async fn page(global: &cli::Global, world: &World) -> Result<String, ReportError> {
    let loaded = config::load(&global.into(), &world.env)?;
    let now = world.clock.now();
    let page = match loaded {
        #[cfg(feature = "sandbox")]
        Loaded::Sandbox => HtmlPage { made_at: now, tenants: sandbox::tenants(now).await?, is_sample: true },
        #[cfg(not(feature = "sandbox"))]
        Loaded::Sandbox => return Err(ReportError::NoSandbox),
        Loaded::Configured(configured) => {
            HtmlPage { made_at: now, tenants: tenants(&configured, now).await?, is_sample: false }
        }
    };
    Ok(page.render()?)
}

/// The selected tenants that have people to invite.
async fn tenants(configured: &Configured, now: DateTime<Utc>) -> Result<Vec<PageTenant>, ReportError> {
    let mut tenants = Vec::new();
    for tenant in configured.to_invite()? {
        let view = LedgerView::open(&configured.config.state, tenant.tenant_id).await?;
        tenants.push(page_tenant(tenant, view, now).await?);
    }
    Ok(tenants)
}

/// Who stands where is what `status --offline` says.
async fn page_tenant(tenant: &Tenant, view: Option<LedgerView>, now: DateTime<Utc>) -> Result<PageTenant, ReportError> {
    let mut known = None;
    if let (Some(view), Some(invite)) = (view, &tenant.invite) {
        known = overview(&view).await?.map(|(known, overview)| PageKnown {
            people: status::by_ledger(&known.people, &Scope::new(invite), now),
            accepted: known.accepted,
            overview,
        });
    }
    Ok(PageTenant {
        name: tenant.name.clone(),
        cloud: tenant.cloud.name(),
        tenant_id: tenant.tenant_id,
        known,
        settings: settings::of(tenant),
    })
}

fn failed(error: &ReportError, to_stdout: bool, global: &cli::Global, world: &mut World) -> Exit {
    let format: OutputFormat = global.output.into();
    match error {
        _ if format == OutputFormat::Json && !to_stdout => {
            print_json(error.exit(), Some(&error.entry()), None, world);
        }
        ReportError::Config(problems) => super::tell_problems(problems, global, world),
        error => super::tell_entry(&error.entry(), global, world),
    }
    error.exit()
}

fn told(file: &Path, global: &cli::Global, world: &mut World) {
    match global.output.into() {
        OutputFormat::Json => print_json(Exit::Done, None, Some(file), world),
        // Whoever is told nothing has the page.
        _ if global.quiet => {}
        _ => {
            let _ = writeln!(world.stderr, "the page is in {}", report::shown_path(file));
        }
    }
}

fn print_json(exit: Exit, error: Option<&ErrorEntry>, file: Option<&Path>, world: &mut World) {
    report::print(&mut world.stdout, &mut world.stderr, |out| report::write_place(exit, error, file, out));
}
