//! `xcsync schedule`.

use clap::{Args, ValueEnum};

use super::value;
use crate::schedule::{self, Every};

/// `xcsync schedule`.
#[derive(Clone, Debug, Args)]
pub struct ScheduleArgs {
    /// What starts the runs.
    #[arg(value_enum)]
    pub scheduler: Scheduler,
    /// How often, such as 30m, 6h or 1d; what the scheduler can't repeat exactly is refused.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = value::every, allow_hyphen_values = true)]
    pub every: Every,
    /// The account that runs it: default is xcsync, with Task Scheduler LOCAL SERVICE, with Kubernetes the number 65532.
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub user: Option<String>,
}

/// What starts the runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scheduler {
    /// A service and a timer of systemd.
    Systemd,
    /// A file for /etc/cron.d.
    Cron,
    /// A task of Windows, as XML.
    #[value(name = "task-scheduler")]
    Windows,
    /// A `CronJob` with its account and its volume.
    Kubernetes,
}

same!(Scheduler => schedule::Scheduler: Systemd, Cron, Windows, Kubernetes);

pub(super) const EXAMPLES: &str = "\
Prints what can be installed as it is; its comments say where, and how to switch it on and test it. Nothing is changed, \
and no configuration needs to be there. Passed on to the runs: --config (without it the system's file, never yours), \
--tenant, --cloud and --log-format.

Examples:
  xcsync schedule systemd                              a service and a timer, every hour
  xcsync schedule systemd --every 6h --tenant gcch     one tenant, four times a day
  xcsync schedule cron --every 1d --user svc-xcsync    a file for /etc/cron.d
  xcsync schedule task-scheduler > xcsync.xml          a task of Windows
  xcsync schedule kubernetes > xcsync.yaml             a CronJob
  xcsync schedule systemd -o json                      the files, for a program";
