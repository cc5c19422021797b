//! A service and a timer of systemd.
//!
//! <https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#Command%20lines>,
//! <https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html>,
//! <https://www.freedesktop.org/software/systemd/man/latest/systemd.timer.html>

use std::path::Path;

use askama::Template;

use super::every::listed;
use super::{File, GRACE_SECONDS, LONGEST_HOURS, STATE_FOLDER, Schedule, Scheduler, Unfit, rendered, shell_word};
use crate::error::Exit;

const SERVICE: &str = "/etc/systemd/system/xcsync.service";
const TIMER: &str = "/etc/systemd/system/xcsync.timer";

/// Folders of which the service sees nothing, or something else.
const HIDDEN: [&str; 5] = ["home", "root", "run/user", "tmp", "var/tmp"];

/// How a run ends that no administrator must look at now: the next run goes on.
const PASSING: [Exit; 4] = [Exit::Partial, Exit::Locked, Exit::Stopped, Exit::Interrupted];

/// Whether the service could not see a file.
pub(super) fn hides(path: &str) -> bool {
    HIDDEN.iter().any(|folder| Path::new(path).starts_with(Path::new("/").join(folder)))
}

#[derive(Template)]
#[template(path = "xcsync.service", escape = "none")]
struct Service<'a> {
    path: &'static str,
    every: String,
    version: &'static str,
    user: &'a str,
    config: String,
    exec: String,
    passing: String,
    state: &'static str,
    hours: u32,
    grace: u32,
}

#[derive(Template)]
#[template(path = "xcsync.timer", escape = "none")]
struct Timer {
    path: &'static str,
    every: String,
    times: Vec<String>,
    delay: u32,
}

pub(super) fn files(schedule: &Schedule) -> Result<Vec<File>, Unfit> {
    let calendar = calendar(schedule)?;
    if let Some(path) = [&schedule.program, &schedule.config].into_iter().find(|path| hides(path)) {
        let why = "the service sees none of /home, /root, /run/user, /tmp and /var/tmp; put it elsewhere";
        return Err(Scheduler::Systemd.unfit(path, why));
    }
    let every = schedule.every.to_string();
    let words = [program(&schedule.program)].into_iter().chain(schedule.arguments().map(word));
    let service = Service {
        path: SERVICE,
        every: every.clone(),
        version: env!("CARGO_PKG_VERSION"),
        user: Scheduler::Systemd.account(schedule)?,
        config: shell_word(&schedule.config),
        exec: words.collect::<Vec<_>>().join(" "),
        passing: PASSING.map(|exit| exit.code().to_string()).join(" "),
        state: STATE_FOLDER,
        hours: LONGEST_HOURS,
        grace: GRACE_SECONDS,
    };
    let timer = Timer { path: TIMER, every, times: calendar, delay: schedule.every.jitter_seconds() };
    Ok(vec![File { name: SERVICE, text: rendered(&service) }, File { name: TIMER, text: rendered(&timer) }])
}

/// The values of `OnCalendar=`.
fn calendar(schedule: &Schedule) -> Result<Vec<String>, Unfit> {
    let calendar = schedule.every.calendar(schedule.minute).ok_or_else(|| {
        let takes = "what divides a day into equal parts, such as 15m, 90m, 1h, 6h, 8h or 1d, and 7d";
        Scheduler::Systemd.never(schedule.every, takes)
    })?;
    let days = if calendar.is_weekly { "Mon *-*-*" } else { "*-*-*" };
    let time =
        |hours: &[u32], minutes: &[u32]| format!("{days} {}:{}:00", listed(hours, 24, 2), listed(minutes, 60, 2));
    Ok(calendar.times.iter().map(|one| time(&one.hours, &one.minutes)).collect())
}

/// The program. Variables are put into arguments only.
fn program(path: &str) -> String {
    quoted(path, |c| if c == '%' { "%%".to_owned() } else { c.to_string() })
}

/// An argument, in which `%` would begin a specifier and `$` a variable.
fn word(text: &str) -> String {
    quoted(text, |c| if "%$".contains(c) { format!("{c}{c}") } else { c.to_string() })
}

fn quoted(text: &str, doubled: impl Fn(char) -> String) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-=,:@+".contains(c);
    if text.chars().all(plain) {
        return text.to_owned();
    }
    let escaped = |c| if c == '"' || c == '\\' { format!("\\{c}") } else { doubled(c) };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}
