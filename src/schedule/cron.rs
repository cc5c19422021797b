//! A file for `/etc/cron.d`, as cron reads it: crontab(5) of Debian's cron, and of cronie.

use askama::Template;

use super::every::listed;
use super::{File, STATE_FOLDER, Schedule, Scheduler, Unfit, rendered, shell_word};

const FILE: &str = "/etc/cron.d/xcsync";

/// The longest command that every cron reads whole, in bytes (`MAX_COMMAND` is 1000 with the end of the text).
const LONGEST: usize = 998;

#[derive(Template)]
#[template(path = "crontab.txt", escape = "none")]
struct Crontab<'a> {
    path: &'static str,
    every: String,
    version: &'static str,
    user: &'a str,
    config: String,
    state: &'static str,
    time: String,
    command: String,
    tried: String,
}

pub(super) fn files(schedule: &Schedule) -> Result<Vec<File>, Unfit> {
    let time = time(schedule, Scheduler::Cron)?;
    let words: Vec<_> = [schedule.program.as_str()].into_iter().chain(schedule.arguments()).collect();
    if let Some(text) = words.iter().find(|text| text.contains('\\')) {
        let why = "not every cron reads a backslash alike; give a path without";
        return Err(Scheduler::Cron.unfit(text, why));
    }
    let command = words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ");
    // Nobody reads what a run says under cron, and it names people: errors alone are mailed.
    let quiet = escaped(&format!("{command} -q >/dev/null"));
    if quiet.len() > LONGEST {
        return Err(Scheduler::Cron.unfit(&schedule.config, "the line would be longer than cron's 998 bytes"));
    }
    let text = rendered(&Crontab {
        path: FILE,
        every: schedule.every.to_string(),
        version: env!("CARGO_PKG_VERSION"),
        user: Scheduler::Cron.account(schedule)?,
        config: shell_word(&schedule.config),
        state: STATE_FOLDER,
        time,
        command: quiet,
        tried: command,
    });
    Ok(vec![File { name: FILE, text }])
}

/// The five fields of one line; Kubernetes reads the same.
pub(super) fn time(schedule: &Schedule, scheduler: Scheduler) -> Result<String, Unfit> {
    let calendar = schedule.every.calendar(schedule.minute);
    let line = calendar.as_ref().and_then(|calendar| match calendar.times.as_slice() {
        [one] => Some((one, if calendar.is_weekly { "1" } else { "*" })),
        _ => None,
    });
    let (times, weekday) = line.ok_or_else(|| {
        let takes = "what divides an hour or a day into equal parts, such as 15m, 30m, 1h, 2h, 6h, 8h or 1d, and 7d";
        scheduler.never(schedule.every, takes)
    })?;
    Ok(format!("{} {} * * {weekday}", listed(&times.minutes, 60, 1), listed(&times.hours, 24, 1)))
}

/// cron takes a `%` for the end of the command, unless there is a backslash before it.
fn escaped(command: &str) -> String {
    command.replace('%', "\\%")
}
