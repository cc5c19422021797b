//! xcsync: B2B invitations, with `invitedUser.id`, for accounts that directory synchronization brought from a tenant in another Microsoft cloud.
//!
//! One user flows down this line once, and nothing flows back up:
//!
//! ```text
//! main ── cli ──► commands::{invite, status, check, setup, history, report, explain, config, …}
//!           ▼
//!    config ── file and flags ──► Config                every problem at once, with file and line
//!           ▼
//!    auth ──► AccessTokens ──► ProvenToken              the only place that knows azure_identity
//!           ▼
//!    graph::client ──► reads::Directory (reads) ──────┐      a dry run gets this half only
//!           └────────► invitations::Invitations       │      the one write about people
//!           ▼                                         │
//!    ledger::{LedgerView | LockedLedger} ──► Standing, History        a dry run gets the view only
//!           ▼                                         ▼
//!    discovery: window → page → domain rule → candidates, follow-ups by id ──► selection::Snapshot
//!           ▼
//!    selection::decide ──► Vec<Decided>                 pure; again after the home tenant and the closer look
//!           ▼
//!    plan::Plan::new ──► Plan                           pure: sorted, counted, digest
//!           ▼
//!    Plan::approve ──► ApprovedPlan | Refusal           pure
//!           ▼
//!    dispatch::send ──► Vec<Outcome>                    intent → POST → outcome
//!           ▼
//!    verify::read_back ──► report (text | json | csv | html) ──► notify ──► Exit
//! ```
//!
//! `check` has a line of its own: facts about both sides, read at the same time ([`commands::check`]) → [`check::judge`], pure.
//! `status` joins what the ledger knows ([`ledger::known_people`]) with reads by id ([`commands::status`]) → [`status::joined`], pure.
//! So has `setup`: what is read ([`graph::policies`]) → a plan ([`setup`], pure) → with `--apply`
//! [`graph::administration`], the writing half for settings, which a plan never has.
//!
//! What the types hold: sending takes an [`plan::ApprovedPlan`], whose only constructor is [`plan::Plan::approve`]; a post
//! takes a [`ledger::Intended`], which exists once the intent is on the disk; writing the ledger takes a
//! [`ledger::LockedLedger`], and holding the lock is having one (what was told, [`ledger::Notices`], is beside that); a request takes an [`auth::ProvenToken`]; a page without `value` does not parse; a reason
//! has one decision ([`selection::Reason::decision`]); names and addresses have no `Debug` and no `Display`.

pub mod access;
pub mod auth;
pub mod bounded;
pub mod check;
pub mod cli;
pub mod cloud;
pub mod commands;
pub mod config;
pub mod cryptography;
pub mod digest;
pub mod directory;
pub mod discovery;
pub mod dispatch;
pub mod error;
pub mod explain;
pub mod graph;
pub mod harmless;
pub mod ledger;
pub mod metrics;
pub mod notify;
pub mod plan;
pub mod replace;
pub mod report;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod schedule;
pub mod selection;
pub mod setup;
pub mod status;
pub mod telemetry;
pub mod verify;
pub mod world;

use std::ffi::OsString;
use std::io::Write as _;

use clap::error::ErrorKind;
use cli::{Cli, Command};
use error::Exit;
use report::Progress;
use telemetry::Stderr;
use world::World;

/// Runs one command line, `args[0]` being the program's name, and says how it ended.
pub async fn run(args: impl IntoIterator<Item = OsString>, mut world: World) -> Exit {
    let args: Vec<OsString> = args.into_iter().collect();
    let cli = match Cli::parse_with(&args, &world.env) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &args, &mut world),
    };
    if let Err(error) = cryptography::begin() {
        // Nothing in the configuration mends it, and the next run is no better: a broken installation is no code 2 or 7.
        return told(&error, Exit::Unexpected, &mut world);
    }
    let global = &cli.global;
    let progress = Progress::new(world.stderr_is_terminal && !global.quiet);
    let stderr = Stderr::new(std::mem::replace(&mut world.stderr, Box::new(std::io::sink())), progress.clone());
    world.stderr = Box::new(stderr.clone());
    let settings = telemetry::Settings {
        format: global.log_format.into(),
        verbose: global.verbose,
        quiet: global.quiet,
        terminal: world.stderr_is_terminal,
        addresses: global.log_addresses,
        journal: world.stderr_is_journal,
    };
    let log = telemetry::dispatch(settings, world.clock, stderr);
    let _guard = tracing::dispatcher::set_default(&log);
    match &cli.command {
        Command::Invite(args) => commands::invite::run(args, global, &mut world, &progress).await,
        Command::Status(args) => commands::status::run(args, global, &mut world, &progress).await,
        Command::Check => commands::check::run(global, &mut world).await,
        Command::History(args) => commands::history::run(args, global, &mut world).await,
        Command::Report(args) => commands::report::run(args, global, &mut world).await,
        Command::Explain(args) => commands::explain::run(args, global, &mut world),
        Command::Config(args) => {
            let result = commands::config::run(&args.command, global, &mut world);
            result.unwrap_or_else(|error| told(&error, error.exit(), &mut world))
        }
        Command::Setup(args) => commands::setup::run(args, global, &mut world).await,
        Command::Schedule(args) => commands::schedule::run(args, global, &mut world),
        Command::Endpoints => {
            let result = commands::endpoints::run(global.cloud, global.output, &mut world);
            result.unwrap_or_else(|error| told(&error, error.exit(), &mut world))
        }
        Command::Completions(args) => commands::manual::completions(args, &mut world),
        Command::Man(args) => commands::manual::man(args, global, &mut world),
    }
}

/// Says on stderr what went wrong.
fn told(error: &dyn std::error::Error, exit: Exit, world: &mut World) -> Exit {
    // Where stderr is gone the exit code still tells.
    let _ = writeln!(world.stderr, "{error}");
    exit
}

/// `--help` and `--version` go to stdout, mistakes to stderr; `--version` beside `-v` names the cryptographic module too.
fn usage(error: &clap::Error, args: &[OsString], world: &mut World) -> Exit {
    let plain = error.render();
    let (stream, terminal) = if error.use_stderr() {
        (&mut world.stderr, world.stderr_is_terminal)
    } else {
        (&mut world.stdout, world.stdout_is_terminal)
    };
    let colored = terminal && report::ColorChoice::Auto.colors(true, &world.env);
    // Nobody is left to tell where the stream is gone.
    let _ = if colored { write!(stream, "{}", plain.ansi()) } else { write!(stream, "{plain}") };
    if error.kind() == ErrorKind::DisplayVersion && Cli::asks_for_more(args, &world.env) {
        let _ = writeln!(stream, "cryptography: {}", cryptography::Module::linked());
    }
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}
