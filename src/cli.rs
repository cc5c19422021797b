//! The command line: clap types only.
//!
//! Flags that describe the installation (global and connection flags) also read `XCSYNC_<FLAG>`;
//! flags that act once do not, so that a forgotten variable can't repeat them.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgGroup, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use uuid::Uuid;

use crate::cloud::CloudName;
use crate::config::{self, AuthMethod, Since};
use crate::directory::{MailDomain, TenantId};
use crate::world::Environment;

macro_rules! same {
    ($from:ty => $into:ty: $($variant:ident),*) => {
        impl From<$from> for $into {
            fn from(given: $from) -> Self {
                match given {
                    $(<$from>::$variant => Self::$variant,)*
                }
            }
        }
    };
}

mod explain;
mod manual;
mod report;
mod schedule;
mod setup;
mod status;
mod value;

pub use explain::Explain;
pub use manual::{Completions, Man, Page, completions, pages};
pub use report::Report;
pub use schedule::ScheduleArgs;
pub use setup::{Allowed, ConnectRule, Permissions, Purpose, SetupArgs, SetupCommand, SetupTenant, Side};
pub use status::StatusArgs;

/// Invites directory-synced accounts of a partner tenant in another Microsoft cloud as B2B users, in place.
#[derive(Clone, Debug, Parser)]
#[command(name = "xcsync", version, propagate_version = true, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    /// Flags of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Reads a command line; a variable that is there and empty counts as unset.
    pub fn parse_with(args: &[OsString], env: &Environment) -> Result<Self, clap::Error> {
        let mut command = Self::command_in(env);
        let mut matches = command.try_get_matches_from_mut(args)?;
        Self::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
    }

    /// Whether a call for the version has `-v` too.
    ///
    /// clap answers such a call at the first `-V` that it reads, whatever follows, so that it must be read once more,
    /// with a `-V` like any other flag.
    pub fn asks_for_more(args: &[OsString], env: &Environment) -> bool {
        let version = Arg::new("version").short('V').long("version").action(ArgAction::Count).global(true);
        let command = Self::command_in(env).disable_version_flag(true).arg(version).ignore_errors(true);
        command.try_get_matches_from(args).is_ok_and(|matches| matches.get_count("verbose") > 0)
    }

    fn command_in(env: &Environment) -> clap::Command {
        let empty = |arg: &Arg| arg.get_env().and_then(OsStr::to_str).is_some_and(|name| env.is_empty(name));
        Self::command().mut_args(|arg| if empty(&arg) { arg.env(None) } else { arg })
    }
}

const EXAMPLES: &str = "\
Examples:
  xcsync invite --cloud sandbox   see it work against a built-in tenant, without any permission
  xcsync config init              write a commented configuration
  xcsync check                    prove that both sides are ready
  xcsync invite --dry-run         show who would be invited; needs read permission only
  xcsync invite                   invite them
  xcsync status                   who is stuck, and what to do about it
  xcsync history                  what earlier runs did

Global and connection options also read variables: --cloud reads XCSYNC_CLOUD, --log-format
XCSYNC_LOG_FORMAT. An option on the command line wins over its variable; an empty
variable counts as unset.";

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Find new accounts of the home side and invite each one in place.
    Invite(Box<Invite>),
    /// Prove that a run would work: credential, cloud, permissions, tenant policies, on both sides; reads only.
    #[command(after_help = CHECK_EXAMPLES)]
    Check,
    /// Show where everyone stands: who waits, who is stuck and why, and when the last runs were; reads only.
    #[command(after_help = status::EXAMPLES)]
    Status(StatusArgs),
    /// List past runs, or show one in full; from the ledger alone.
    #[command(after_help = HISTORY_EXAMPLES)]
    History(History),
    /// Write where everybody stands as one HTML page; from the ledger alone.
    #[command(after_help = report::EXAMPLES)]
    Report(Report),
    /// Say what an error or reason code means, whose side it is on, and what mends it; without network.
    #[command(after_help = explain::EXAMPLES)]
    Explain(Explain),
    /// Write, check or show the configuration.
    Config(ConfigArgs),
    /// Set up what invitations need: as a plan, as PowerShell, or applied.
    Setup(SetupArgs),
    /// Print what repeats the run: units of systemd, a crontab, a task of Windows, or a Kubernetes manifest.
    #[command(after_help = schedule::EXAMPLES)]
    Schedule(ScheduleArgs),
    /// List the hosts and ports of a cloud, for the firewall request.
    #[command(after_help = ENDPOINTS_EXAMPLES)]
    Endpoints,
    /// Print what lets a shell complete commands and options.
    #[command(after_help = manual::COMPLETIONS_EXAMPLES)]
    Completions(Completions),
    /// Print the man page of a command, or write those of all commands into a folder.
    #[command(after_help = manual::MAN_EXAMPLES)]
    Man(Man),
}

const CHECK_EXAMPLES: &str = "\
Ends with code 8 where a check fails. A permission that is missing lets a check be skipped, and is named.

Examples:
  xcsync check                      every configured tenant, and the homes of its people
  xcsync check --tenant gcch        one pair
  xcsync check -o json              for a monitor
  xcsync check --cloud sandbox      what it looks like, without any permission";

const ENDPOINTS_EXAMPLES: &str = "\
Examples:
  xcsync endpoints                           every cloud
  xcsync endpoints --cloud usgov -o csv      one cloud, for the request form";

/// Flags of every command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The configuration file; without it the user's, then the system's is read.
    #[arg(long, value_name = "PATH", global = true, env = "XCSYNC_CONFIG", hide_env = true)]
    pub config: Option<PathBuf>,
    /// Only this tenant of the configuration (repeatable; a list with commas in `XCSYNC_TENANT`).
    #[arg(
        long = "tenant",
        value_name = "NAME",
        global = true,
        env = "XCSYNC_TENANT",
        hide_env = true,
        value_delimiter = ','
    )]
    pub tenants: Vec<String>,
    /// Only tenants in this cloud: commercial, usgov, usgov-dod, custom; `sandbox` is the built-in one.
    #[arg(long, value_name = "CLOUD", global = true, env = "XCSYNC_CLOUD", hide_env = true, value_parser = value::cloud)]
    pub cloud: Option<CloudName>,
    /// The form of the data on stdout.
    #[arg(
        short,
        long,
        value_name = "FORM",
        global = true,
        env = "XCSYNC_OUTPUT",
        hide_env = true,
        value_enum,
        default_value_t
    )]
    pub output: Output,
    /// Log every request; twice, thrice: what the libraries say too; beside `--version`: the cryptographic module.
    #[arg(short, long, global = true, env = "XCSYNC_VERBOSE", hide_env = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Say nothing but errors; `-v` wins over it.
    #[arg(short, long, global = true, env = "XCSYNC_QUIET", hide_env = true, value_parser = value::switch())]
    pub quiet: bool,
    /// The form of the log on stderr.
    #[arg(
        long,
        value_name = "FORM",
        global = true,
        env = "XCSYNC_LOG_FORMAT",
        hide_env = true,
        value_enum,
        default_value_t
    )]
    pub log_format: LogFormat,
    /// Colours; `auto` means on a terminal, unless `NO_COLOR` is set.
    #[arg(
        long,
        value_name = "WHEN",
        global = true,
        env = "XCSYNC_COLOR",
        hide_env = true,
        value_enum,
        default_value_t
    )]
    pub color: Color,
    /// Write a traffic log of all Graph exchanges, without tokens, redeem URLs and personal values; replaces an old log only.
    #[arg(long, value_name = "FILE", global = true, env = "XCSYNC_RECORD", hide_env = true)]
    pub record: Option<PathBuf>,
    /// Let mail addresses and names into the log.
    #[arg(long, global = true, env = "XCSYNC_LOG_ADDRESSES", hide_env = true, value_parser = value::switch())]
    pub log_addresses: bool,
    /// The connection.
    #[command(flatten)]
    pub connection: Connection,
}

/// One tenant by flags, without a configuration file.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Connection (one tenant without a configuration file)")]
pub struct Connection {
    /// The tenant to invite into; needs `--cloud` too.
    #[arg(long, value_name = "GUID", global = true, env = "XCSYNC_TENANT_ID", hide_env = true, value_parser = value::tenant_id)]
    pub tenant_id: Option<TenantId>,
    /// A mail domain of the home side (repeatable; a list with commas in `XCSYNC_DOMAIN`).
    #[arg(long = "domain", value_name = "DOMAIN", global = true, env = "XCSYNC_DOMAIN", hide_env = true, value_parser = value::domain, value_delimiter = ',')]
    pub domains: Vec<MailDomain>,
    /// How to sign in: auto, managed-identity, client-secret (the secret in `XCSYNC_CLIENT_SECRET`), workload-identity
    /// (the token's file in `AZURE_FEDERATED_TOKEN_FILE`), azure-cli, access-token (the token in `XCSYNC_ACCESS_TOKEN`);
    /// also replaces the `auth` table of one configured tenant.
    #[arg(long, value_name = "METHOD", global = true, env = "XCSYNC_AUTH", hide_env = true, value_parser = value::method)]
    pub auth: Option<AuthMethod>,
    /// The application's or the managed identity's client id.
    #[arg(long, value_name = "GUID", global = true, env = "XCSYNC_CLIENT_ID", hide_env = true, value_parser = value::client_id)]
    pub client_id: Option<String>,
}

impl From<&Global> for config::Flags {
    fn from(global: &Global) -> Self {
        let connection = &global.connection;
        Self {
            config: global.config.clone(),
            tenants: global.tenants.clone(),
            cloud: global.cloud,
            tenant_id: connection.tenant_id,
            domains: connection.domains.clone(),
            auth: connection.auth,
            client_id: connection.client_id.clone(),
        }
    }
}

/// The form of the data on stdout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Tables and sentences.
    #[default]
    Text,
    /// One JSON object.
    Json,
    /// RFC 4180.
    Csv,
}

/// The form of the log on stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One line of words per event.
    #[default]
    Text,
    /// One JSON object per event.
    Json,
}

/// Whether to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Also into files and pipes.
    Always,
    /// Nowhere.
    Never,
}

same!(Output => crate::report::OutputFormat: Text, Json, Csv);
same!(LogFormat => crate::telemetry::LogFormat: Text, Json);
same!(Color => crate::report::ColorChoice: Auto, Always, Never);

/// `xcsync invite`.
#[derive(Clone, Debug, Args)]
#[command(after_help = INVITE_EXAMPLES, next_help_heading = "Run")]
#[command(group = ArgGroup::new("people").args(["users", "user_file"]).multiple(true))]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Invite {
    /// Stop after the plan; nothing is written or sent.
    #[arg(long)]
    pub dry_run: bool,
    /// Read people created since then: an age such as 25h or 7d, or an RFC 3339 time.
    #[arg(long, value_name = "AGE|TIME", value_parser = value::since, allow_hyphen_values = true, help_heading = "Who", conflicts_with_all = ["full", "people"])]
    pub since: Option<Since>,
    /// Read every user of the tenant, and adopt all of them.
    #[arg(long, help_heading = "Who", conflicts_with = "people")]
    pub full: bool,
    /// Only this person, whatever the window: object id, UPN or mail address (repeatable); for one tenant.
    #[arg(long = "user", value_name = "ID|UPN|MAIL", help_heading = "Who", value_parser = value::filled)]
    pub users: Vec<String>,
    /// Only the people of this file, one per line; for one tenant.
    #[arg(long, value_name = "PATH", help_heading = "Who")]
    pub user_file: Option<PathBuf>,
    /// Remind now those who are still pending; needs --user or --user-file.
    #[arg(long, help_heading = "Who", requires = "people")]
    pub resend: bool,
    /// This run's limit, in place of the configured one; a plan with more is refused whole.
    #[arg(long, value_name = "N", help_heading = "Safety", value_parser = value::positive, allow_negative_numbers = true)]
    pub max_invitations: Option<u32>,
    /// Refuse (code 5) unless today's plan has this digest, and show what differs; for one tenant.
    #[arg(long, value_name = "DIGEST", help_heading = "Safety", value_parser = value::digest)]
    pub expect_plan: Option<String>,
    /// Send again: Microsoft has lifted the block of this directory, or the tenant takes invitations again.
    #[arg(long, help_heading = "Safety", conflicts_with = "no_state")]
    pub resume: bool,
    /// Without ledger and lock: window from --since or `lookback`, no retries, no reminders.
    #[arg(long, help_heading = "Safety")]
    pub no_state: bool,
}

const INVITE_EXAMPLES: &str = "\
Examples:
  xcsync invite --dry-run                             who would be invited, and why not the others
  xcsync invite --tenant gcch --max-invitations 250   one tenant, allowing a larger plan once
  xcsync invite --user ann@contoso.com --dry-run      what is decided about one person, and why
  xcsync invite --user ann@contoso.com --resend       remind one person now
  xcsync invite --cloud usgov --tenant-id GUID --domain contoso.com --auth managed-identity

Exit codes:
  0 done or nothing to do           5 refused before sending
  2 usage or configuration          6 another run holds the lock
  3 some people failed              7 stopped early; the next run goes on
  4 sign-in, permission or tenant   130 interrupted      1 a bug, or the ledger is unusable";

/// `xcsync history`.
#[derive(Clone, Debug, Args)]
pub struct History {
    /// One run with its decisions and outcomes; without it runs are listed, newest first.
    #[arg(value_name = "RUN_ID", value_parser = value::run_id)]
    pub run_id: Option<Uuid>,
    /// How many runs are listed.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = value::positive, allow_negative_numbers = true, conflicts_with = "run_id")]
    pub limit: u32,
}

const HISTORY_EXAMPLES: &str = "\
Examples:
  xcsync history                                          the last 20 runs that could send
  xcsync history --tenant gcch --limit 100 -o csv         one tenant's, for a spreadsheet
  xcsync history 01a21540-ed5f-748c-827e-6e2eff6966bc     one run: who, why, and what came of it";

/// `xcsync config`.
#[derive(Clone, Debug, Args)]
pub struct ConfigArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// The commands about the configuration.
#[derive(Clone, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Write a commented example, never over an existing file.
    #[command(after_help = "Examples:\n  xcsync config init\n  xcsync config init /etc/xcsync/config.toml")]
    Init {
        /// Where; without it --config, else the user's configuration folder.
        path: Option<PathBuf>,
    },
    /// Find every problem of a file without asking the network; code 2 where there is one.
    #[command(after_help = "Examples:\n  xcsync config check\n  xcsync config check ./new.toml")]
    Check {
        /// Which; without it the file that a run would read.
        path: Option<PathBuf>,
    },
    /// Print the settings as a run would use them; secrets are never shown.
    #[command(after_help = "Examples:\n  xcsync config show\n  xcsync config show --tenant gcch -o json")]
    Show,
}

#[cfg(test)]
mod tests;
