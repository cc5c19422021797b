//! `xcsync status`: what the ledger knows, and with it what the directory shows.

mod ask;
mod error;
mod look;
#[cfg(feature = "sandbox")]
mod sandbox;

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use crate::cli;
use crate::config::{self, Loaded};
use crate::error::Exit;
use crate::graph::record::Recorder;
use crate::harmless::harmless_line;
use crate::report::{self, OutputFormat, Progress, StatusReport, Style, TenantStatus};
use crate::world::World;
use error::StatusError;
use look::Looking;

/// What the command line asks for.
struct Options {
    offline: bool,
    max_age: Option<Duration>,
    /// Lists also who has accepted.
    list_all: bool,
    recorder: Option<Arc<Recorder>>,
}

/// Runs the command and writes its report.
pub async fn run(args: &cli::StatusArgs, global: &cli::Global, world: &mut World, progress: &Progress) -> Exit {
    let list_all = global.verbose > 0;
    let mut options = Options { offline: args.offline, max_age: args.max_age, list_all, recorder: None };
    let mut tenants = Vec::new();
    let found = find(&mut options, global, world, progress, &mut tenants).await;
    progress.finish();
    let format: OutputFormat = global.output.into();
    if let Err(error) = &found
        && format != OutputFormat::Json
    {
        match error {
            StatusError::Config(problems) => super::tell_problems(problems, global, world),
            error => super::tell_entry(&error.entry(), global, world),
        }
    }
    let report = StatusReport::of(tenants, list_all);
    let report = match found {
        Ok(()) => report,
        Err(error) if format == OutputFormat::Text && report.tenants.is_empty() => return error.exit(),
        // Text has told it on stderr.
        Err(error) if format == OutputFormat::Text => StatusReport { exit: error.exit(), ..report },
        Err(error) => report.ended(error.exit(), error.entry()),
    };
    let style = Style::for_stdout(global.color.into(), world);
    report::print(&mut world.stdout, &mut world.stderr, |out| report.write(format, style, out));
    if format == OutputFormat::Csv {
        // CSV has rows for people only. What is told here ends in the scheduler's log.
        let warnings =
            report.tenants.iter().flat_map(|tenant| tenant.warnings.iter().map(|said| (&tenant.tenant.name, said)));
        for (tenant, said) in warnings {
            // Where stderr is gone nobody reads it.
            let _ = writeln!(world.stderr, "warning: {tenant}: {}", harmless_line(said));
        }
        let errors = report.tenants.iter().filter_map(|tenant| tenant.error.as_ref());
        errors.for_each(|error| super::tell_entry(&error.for_log(), global, world));
    }
    report.exit
}

/// One tenant after the other; what was found of those before stays when something ends the call.
async fn find(
    options: &mut Options,
    global: &cli::Global,
    world: &mut World,
    progress: &Progress,
    found: &mut Vec<TenantStatus>,
) -> Result<(), StatusError> {
    let configured = match config::load(&global.into(), &world.env)? {
        Loaded::Configured(configured) => configured,
        #[cfg(feature = "sandbox")]
        Loaded::Sandbox => {
            options.recorder = super::recorder(global)?;
            found.push(sandbox::status(options, world, progress).await?);
            return Ok(());
        }
        #[cfg(not(feature = "sandbox"))]
        Loaded::Sandbox => return Err(super::no_sandbox().into()),
    };
    let tenants = configured.to_invite()?;
    if !options.offline {
        configured.check_references(&world.env)?;
        options.recorder = super::recorder(global)?;
    }
    for tenant in tenants {
        let looking = Looking { tenant, options, world, progress };
        found.push(looking.unless_interrupted(&configured.config.state).await?);
    }
    Ok(())
}
