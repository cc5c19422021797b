//! `xcsync invite`: one run per tenant, one report.

mod closer;
mod entries;
mod memory;
mod metrics;
mod notify;
mod prepare;
mod run;
#[cfg(feature = "sandbox")]
pub(super) mod sandbox;
mod trace;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::usage;
use crate::bounded;
use crate::cli;
use crate::config::{self, Loaded, Tenant};
use crate::discovery::Asked;
use crate::error::{Error, Exit};
use crate::graph::error::GraphError;
use crate::graph::record::Recorder;
use crate::plan::Digest;
use crate::report::{self, InviteReport, Mode, OutputFormat, Progress, RunReport, Style};
use crate::world::World;
use memory::Keeping;

/// What the command line asks of every run.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line, or follows from one")]
struct Options {
    mode: Mode,
    /// `None`: what earlier runs have left to be read.
    asked: Option<Asked>,
    resend: bool,
    resume: bool,
    keeping: Keeping,
    max_invitations: Option<u32>,
    expected: Option<Digest>,
    /// Lists also who is otherwise counted only.
    keep_all: bool,
    recorder: Option<Arc<Recorder>>,
    /// More than one tenant is selected.
    several: bool,
}

/// A tenant, and the home tenant that is asked about its people, if one is.
#[derive(Clone, Copy)]
struct Pair<'a> {
    tenant: &'a Tenant,
    home: Option<&'a Tenant>,
}

/// Runs the command and writes its report.
pub async fn run(args: &cli::Invite, global: &cli::Global, world: &mut World, progress: &Progress) -> Exit {
    let result = invite(args, global, world, progress).await;
    progress.finish();
    let format: OutputFormat = global.output.into();
    if let Err(error) = &result
        && format != OutputFormat::Json
    {
        tell(error, global, world);
    }
    let report = match result {
        Ok(runs) => InviteReport { exit: Exit::worst(runs.iter().map(|run| run.exit)), error: None, runs },
        Err(error) if format == OutputFormat::Text => return error.exit(),
        Err(error) => InviteReport { exit: error.exit(), error: Some(error.entry()), runs: Vec::new() },
    };
    let style = Style::for_stdout(global.color.into(), world);
    report::print(&mut world.stdout, &mut world.stderr, |out| report::write(&report, format, style, out));
    if format == OutputFormat::Csv {
        // CSV has rows for people only. What is told here ends in the scheduler's log.
        let errors = report.runs.iter().filter_map(|run| run.error.as_ref());
        errors.for_each(|error| super::tell_entry(&error.for_log(), global, world));
    }
    report.exit
}

/// Says on stderr why there was no run at all.
fn tell(error: &Error, global: &cli::Global, world: &mut World) {
    match error {
        Error::Config(problems) => super::tell_problems(problems, global, world),
        error => super::tell_entry(&error.entry(), global, world),
    }
}

async fn invite(
    args: &cli::Invite,
    global: &cli::Global,
    world: &mut World,
    progress: &Progress,
) -> Result<Vec<RunReport>, Error> {
    let mut options = options(args, global)?;
    let loaded = config::load(&global.into(), &world.env)?;
    let configured = match loaded {
        #[cfg(feature = "sandbox")]
        Loaded::Sandbox => {
            options.recorder = super::recorder(global)?;
            return sandbox::run(&mut options, world, progress).await;
        }
        #[cfg(not(feature = "sandbox"))]
        Loaded::Sandbox => {
            return Err(super::no_sandbox().into());
        }
        Loaded::Configured(configured) => configured,
    };
    let tenants = configured.to_invite()?;
    configured.check_references(&world.env)?;
    if tenants.len() != 1 {
        only_for_one(&options)?;
    }
    options.several = tenants.len() > 1;
    options.keeping = if args.no_state { Keeping::NoState } else { Keeping::File(configured.config.state.clone()) };
    // Only now, so that a call that comes to nothing leaves an old log as it is.
    options.recorder = super::recorder(global)?;
    let pairs: Vec<_> =
        tenants.into_iter().map(|tenant| Pair { tenant, home: configured.asked_home(tenant) }).collect();
    let mut runs = run_all(&pairs, &options, world, progress).await?;
    let keeps = matches!((options.mode, &options.keeping), (Mode::Apply, Keeping::File(_)));
    if let Some(file) = configured.config.metrics.as_ref().filter(|_| keeps) {
        metrics::write(file, &configured.config, &mut runs, world.clock.now()).await;
    }
    notify::tell(&mut runs, &configured, &options.keeping, world).await;
    Ok(runs)
}

/// Refuses what is about one tenant: a name that the second tenant doesn't know must send to nobody in the first one either.
fn only_for_one(options: &Options) -> Result<(), Error> {
    let flag = match (&options.expected, &options.asked) {
        (Some(_), _) => "--expect-plan",
        (None, Some(Asked::Users(_))) => "--user",
        (None, _) if options.resume => "--resume",
        (None, _) => return Ok(()),
    };
    Err(usage(&format!("{flag} is about one tenant, and several are selected"), "select one with --tenant NAME"))
}

/// One after the other; only an interruption skips those that remain.
async fn run_all(
    pairs: &[Pair<'_>],
    options: &Options,
    world: &mut World,
    progress: &Progress,
) -> Result<Vec<RunReport>, Error> {
    let mut runs = Vec::new();
    for pair in pairs {
        let report = run::run(*pair, options, world, progress).await;
        let interrupted = report.exit == Exit::Interrupted;
        runs.push(report);
        if interrupted {
            break;
        }
    }
    Ok(runs)
}

fn options(args: &cli::Invite, global: &cli::Global) -> Result<Options, Error> {
    let mut users = args.users.clone();
    if let Some(path) = &args.user_file {
        users.extend(read_users(path)?);
    }
    let asked = match (&args.since, args.full, users.is_empty()) {
        (Some(since), ..) => Some(Asked::Since(*since)),
        (None, true, _) => Some(Asked::Full),
        (None, false, false) => Some(Asked::Users(distinct(users))),
        (None, false, true) => None,
    };
    Ok(Options {
        mode: if args.dry_run { Mode::DryRun } else { Mode::Apply },
        keep_all: global.verbose > 0 || matches!(asked, Some(Asked::Users(_))),
        asked,
        resend: args.resend,
        resume: args.resume,
        keeping: Keeping::NoState,
        max_invitations: args.max_invitations,
        expected: args.expect_plan.as_deref().and_then(Digest::parse),
        recorder: None,
        several: false,
    })
}

/// The largest `--user-file`, in bytes: some 200,000 people, far more than any limit lets through.
const LARGEST_USER_FILE: u64 = 16 << 20;

/// One person per line; blank lines and lines that begin with `#` are left out.
fn read_users(path: &Path) -> Result<Vec<String>, Error> {
    let shown = path.display();
    let wrong = |why: &str| usage(&format!("--user-file {shown} {why}"), "give a text file with one person per line");
    let content = File::open(path).and_then(|file| bounded::content(file, LARGEST_USER_FILE));
    let content = content.map_err(|error| wrong(&format!("can't be read: {error}")))?;
    let content = content.ok_or_else(|| wrong("is larger than 16 MiB"))?;
    let text = String::from_utf8(content).map_err(|_| wrong("is not UTF-8"))?;
    // Notepad and Excel begin a file with a byte order mark, which would be a part of the first name.
    let text = text.trim_start_matches('\u{feff}');
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let users: Vec<_> = lines.map(str::to_owned).collect();
    if users.is_empty() {
        return Err(usage(
            &format!("--user-file {shown} names nobody"),
            "write one object id, UPN or mail address per line",
        ));
    }
    Ok(users)
}

/// The same name twice means one person once.
fn distinct(users: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    users.into_iter().filter(|user| seen.insert(user.trim().to_ascii_lowercase())).collect()
}

/// Says of a failure that the home tenant's Graph, or the sign-in there, is what failed.
fn home_failed(tenant: &str) -> impl Fn(GraphError) -> Error {
    move |error| Error::Home { tenant: tenant.to_owned(), error: Box::new(error) }
}
