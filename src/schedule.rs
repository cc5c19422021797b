//! What `schedule` prints: the same run for four schedulers, as text that can be installed as it is.
//!
//! Pure: everything that depends on the machine is in [`Schedule`] already. Each scheduler has a syntax of its own, in
//! which a path may hold anything but what its syntax can't say; that is refused, never bent.

mod cron;
mod every;
mod kubernetes;
mod systemd;
mod task_scheduler;

use crate::harmless::{harmless, is_hostile};

pub use every::Every;

/// The account of a schedule where none is named, on Unix.
const USER: &str = "xcsync";

/// The folder of the ledger on Unix.
const STATE_FOLDER: &str = "/var/lib/xcsync";

/// When a run is cut off. `max_runtime` (45 minutes by default) ends the run of each tenant long before, and who is cut
/// off loses nothing; so this only ends what hangs and would keep all later runs from starting.
const LONGEST_HOURS: u32 = 6;

/// How long a run that is asked to end may take: 20 s for what is in flight, 30 s for notifications.
const GRACE_SECONDS: u32 = 60;

/// A run that is to be repeated.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The program's file on the machine of the schedule. Kubernetes asks the image instead.
    pub program: String,
    /// The configuration there.
    pub config: String,
    /// More arguments of `invite`.
    pub options: Vec<String>,
    /// How often.
    pub every: Every,
    /// The account, as `--user` names it.
    pub user: Option<String>,
    /// The minute of the hour, below 60. It differs between machines, so that not all of them ask at once.
    pub minute: u32,
}

/// What repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduler {
    /// A service and a timer of systemd.
    Systemd,
    /// A file for `/etc/cron.d`.
    Cron,
    /// A task of Windows.
    Windows,
    /// A `CronJob` with what it needs.
    Kubernetes,
}

/// A file of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path, or its name where any folder will do.
    pub name: &'static str,
    /// Its content, which ends with a line feed.
    pub text: String,
}

/// Why a schedule can't be said in a scheduler's language; what to change is part of each text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Another `--every`.
    #[error("{scheduler} can't repeat a run exactly every {every}: it takes {takes}")]
    Every {
        /// Who can't.
        scheduler: &'static str,
        /// What was asked for.
        every: String,
        /// What can be said.
        takes: &'static str,
    },
    /// Another path or name.
    #[error("{scheduler} can't be told `{}`: {why}", harmless(.text))]
    Text {
        /// Who can't.
        scheduler: &'static str,
        /// The path or name.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl Scheduler {
    /// Its name in sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Cron => "cron",
            Self::Windows => "Task Scheduler",
            Self::Kubernetes => "Kubernetes",
        }
    }

    /// Where the program is taken to be installed, unless it is known to lie elsewhere. The image of a container says so
    /// itself.
    pub fn installed(self) -> &'static str {
        match self {
            Self::Systemd | Self::Cron | Self::Kubernetes => "/usr/local/bin/xcsync",
            Self::Windows => r"C:\Program Files\xcsync\xcsync.exe",
        }
    }

    /// Whether it is one of the system that this program was built for, so that paths of this machine mean something to it.
    pub fn is_at_home(self) -> bool {
        match self {
            Self::Systemd | Self::Cron => cfg!(unix),
            Self::Windows => cfg!(windows),
            Self::Kubernetes => false,
        }
    }

    /// Whether a path begins at the root, as its machines write it.
    pub fn is_whole(self, path: &str) -> bool {
        match self {
            Self::Systemd | Self::Cron | Self::Kubernetes => path.starts_with('/'),
            Self::Windows => path.starts_with(r"\\") || path.get(1..3) == Some(r":\"),
        }
    }

    /// Whether a run could see a file: systemd hides the folders of people.
    pub fn sees(self, path: &str) -> bool {
        self != Self::Systemd || !systemd::hides(path)
    }

    /// What is to be installed.
    pub fn files(self, schedule: &Schedule) -> Result<Vec<File>, Unfit> {
        let said = [&schedule.program, &schedule.config].into_iter().chain(&schedule.options).chain(&schedule.user);
        if let Some(text) = said.into_iter().find(|text| text.is_empty() || text.contains(is_hostile)) {
            return Err(self.unfit(text, "it is empty, or holds line breaks, control characters or invisible ones"));
        }
        match self {
            Self::Systemd => systemd::files(schedule),
            Self::Cron => cron::files(schedule),
            Self::Windows => task_scheduler::files(schedule),
            Self::Kubernetes => kubernetes::files(schedule),
        }
    }

    fn unfit(self, text: &str, why: &'static str) -> Unfit {
        Unfit::Text { scheduler: self.name(), text: text.to_owned(), why }
    }

    fn never(self, every: Every, takes: &'static str) -> Unfit {
        Unfit::Every { scheduler: self.name(), every: every.to_string(), takes }
    }

    /// An account of Unix.
    fn account(self, schedule: &Schedule) -> Result<&str, Unfit> {
        let user = schedule.user.as_deref().unwrap_or(USER);
        // Those of domains have an @. A leading hyphen would be an option of the commands that are told.
        let fits = |c: char| c.is_ascii_alphanumeric() || "_.-@".contains(c);
        if user.len() > 64 || user.starts_with('-') || !user.chars().all(fits) {
            return Err(
                self.unfit(user, "an account is named by up to 64 ASCII letters, digits, `_`, `.`, `-` and `@`")
            );
        }
        Ok(user)
    }
}

impl Schedule {
    /// The arguments of the program, after its name.
    fn arguments(&self) -> impl Iterator<Item = &str> {
        ["invite", "--config", &self.config].into_iter().chain(self.options.iter().map(String::as_str))
    }
}

/// A word for the POSIX shell.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-=,:@+".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// A template's text; it ends with a line feed, whatever the template's own last one became.
fn rendered(template: &impl askama::Template) -> String {
    // A template that writes into memory can't fail.
    let text = template.render().unwrap_or_default();
    format!("{}\n", text.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests;
