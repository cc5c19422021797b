//! `xcsync schedule`: prints what repeats a run. No configuration is read, and nothing is changed.

use std::path::{Path, PathBuf};

use super::Misuse;
use crate::cli::{self, LogFormat};
use crate::cloud::CloudName;
use crate::digest;
use crate::error::Exit;
use crate::explain::own;
use crate::report::{self, ErrorEntry, OutputFormat, ScheduleReport};
use crate::schedule::{File, Schedule, Scheduler};
use crate::world::{Environment, World};

/// Runs the command and writes its report.
pub fn run(args: &cli::ScheduleArgs, global: &cli::Global, world: &mut World) -> Exit {
    let format: OutputFormat = global.output.into();
    let report = match files(args, global, &world.env) {
        Ok(files) => {
            let files = files.into_iter().map(|file| (file.name, file.text)).collect();
            ScheduleReport { exit: Exit::Done, error: None, files }
        }
        Err(misuse) => {
            let error = entry(misuse);
            if format != OutputFormat::Json {
                super::tell_entry(&error, global, world);
                return Exit::Usage;
            }
            ScheduleReport { exit: Exit::Usage, error: Some(error), files: Vec::new() }
        }
    };
    report::print(&mut world.stdout, &mut world.stderr, |out| report.write(format, out));
    report.exit
}

fn entry(misuse: Misuse) -> ErrorEntry {
    let message = format!("{}; nothing was printed", misuse.message);
    ErrorEntry { code: own::USAGE.code.to_owned(), message, hint: Some(misuse.hint), quotes_service: false }
}

fn files(args: &cli::ScheduleArgs, global: &cli::Global, env: &Environment) -> Result<Vec<File>, Misuse> {
    if OutputFormat::from(global.output) == OutputFormat::Csv {
        return Err(Misuse::new("a schedule is no table", "leave out -o csv; -o json holds each file as a text"));
    }
    let scheduler = Scheduler::from(args.scheduler);
    let schedule = Schedule {
        program: program(scheduler),
        config: config(scheduler, global.config.as_deref(), env)?,
        options: options(global)?,
        every: args.every,
        user: args.user.clone(),
        minute: minute(env),
    };
    let way_out = "`xcsync help schedule` has examples; what a scheduler can't express, another one may";
    scheduler.files(&schedule).map_err(|unfit| Misuse::new(unfit.to_string(), way_out))
}

/// What else of the call counts for every run; which tenant, and how it signs in, belongs into the configuration.
fn options(global: &cli::Global) -> Result<Vec<String>, Misuse> {
    let connection = &global.connection;
    let is_by_flags = connection.tenant_id.is_some()
        || !connection.domains.is_empty()
        || connection.auth.is_some()
        || connection.client_id.is_some();
    if is_by_flags {
        let message =
            "a schedule runs by a configuration file, and not by --tenant-id, --domain, --auth or --client-id";
        return Err(Misuse::new(message, "write the file (`xcsync config init`), and name it with --config"));
    }
    if global.record.is_some() {
        return Err(Misuse::new("a schedule makes no records", "leave out --record, also as XCSYNC_RECORD"));
    }
    let tenants = global.tenants.iter().map(|name| format!("--tenant={name}"));
    let cloud = global.cloud.map(CloudName::name).map(|name| format!("--cloud={name}"));
    let log = (global.log_format == LogFormat::Json).then(|| "--log-format=json".to_owned());
    Ok(tenants.chain(cloud).chain(log).collect())
}

/// Where the program lies: this one, if it could be started from there, else where it should be installed.
fn program(scheduler: Scheduler) -> String {
    let here = std::env::current_exe().ok().and_then(|path| path.into_os_string().into_string().ok());
    here.filter(|path| scheduler.is_at_home() && scheduler.sees(path))
        .unwrap_or_else(|| scheduler.installed().to_owned())
}

/// The configuration, by its whole path on the machine of the schedule.
fn config(scheduler: Scheduler, given: Option<&Path>, env: &Environment) -> Result<String, Misuse> {
    let Some(given) = given else { return Ok(system_config(scheduler, env)) };
    let path = match given.to_str() {
        Some(text) if scheduler.is_whole(text) => given.to_owned(),
        // A container has other folders than the machine that prints.
        _ if scheduler.is_at_home() => std::path::absolute(given).unwrap_or_else(|_| given.to_owned()),
        _ => {
            let message =
                format!("--config {} is no whole path on a machine with {}", given.display(), scheduler.name());
            return Err(Misuse::new(message, "give the path that the file has where the runs are, from the root on"));
        }
    };
    path.into_os_string().into_string().map_err(|path| {
        let message = format!("--config {} is no UTF-8", PathBuf::from(path).display());
        Misuse::new(message, "give the file a name of ordinary letters")
    })
}

/// The system's file: a service has no home, and must not depend on somebody's.
fn system_config(scheduler: Scheduler, env: &Environment) -> String {
    match scheduler {
        Scheduler::Windows => {
            let folder = env.get("ProgramData").filter(|_| cfg!(windows)).unwrap_or(r"C:\ProgramData");
            format!(r"{folder}\xcsync\config.toml")
        }
        Scheduler::Systemd | Scheduler::Cron | Scheduler::Kubernetes => "/etc/xcsync/config.toml".to_owned(),
    }
}

/// A minute that is always the same on this machine, and another on others; never the full hour, when everybody asks.
fn minute(env: &Environment) -> u32 {
    let machine = machine(env);
    let sum = digest::sha256_bytes(machine.as_bytes());
    1 + u32::from(sum.as_ref().first().copied().unwrap_or_default()) % 59
}

#[cfg(unix)]
fn machine(_env: &Environment) -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn machine(env: &Environment) -> String {
    env.get("COMPUTERNAME").unwrap_or_default().to_owned()
}
