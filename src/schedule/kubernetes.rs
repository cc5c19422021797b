//! A `CronJob`, with the account and the volume that it needs.
//!
//! <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/cron-job-v1/>,
//! <https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted>

use askama::Template;

use super::{File, GRACE_SECONDS, LONGEST_HOURS, STATE_FOLDER, Schedule, Scheduler, Unfit, cron, rendered, shell_word};

/// The account of the image: the one that images without a shell call `nonroot`.
const NOBODY: u32 = 65532;

#[derive(Template)]
#[template(path = "cronjob.yaml", escape = "none")]
struct CronJob {
    every: String,
    version: &'static str,
    time: String,
    deadline: u32,
    longest: u32,
    grace: u32,
    user: u32,
    arguments: Vec<String>,
    config_name: String,
    config_folder: String,
    state: &'static str,
}

pub(super) fn files(schedule: &Schedule) -> Result<Vec<File>, Unfit> {
    let (folder, name) = config(&schedule.config)?;
    let text = rendered(&CronJob {
        every: schedule.every.to_string(),
        version: env!("CARGO_PKG_VERSION"),
        time: string(&cron::time(schedule, Scheduler::Kubernetes)?),
        deadline: schedule.every.seconds(),
        longest: LONGEST_HOURS * 60 * 60,
        grace: GRACE_SECONDS,
        user: account(schedule)?,
        arguments: schedule.arguments().map(argument).collect(),
        config_name: shell_word(name),
        config_folder: string(folder),
        state: STATE_FOLDER,
    });
    Ok(vec![File { name: "xcsync.yaml", text }])
}

/// The folder that the configuration is mounted as, and its name there, which is a key of the `ConfigMap`.
fn config(path: &str) -> Result<(&str, &str), Unfit> {
    let unfit = |why| Scheduler::Kubernetes.unfit(path, why);
    let (folder, name) = path.rsplit_once('/').unwrap_or_default();
    let is_key = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.is_empty() || !name.chars().all(is_key) {
        return Err(unfit("the file's name is a key of a ConfigMap: ASCII letters, digits, `.`, `_` and `-`"));
    }
    let is_taken = [STATE_FOLDER, "/tmp"].iter().any(|taken| folder.starts_with(taken) || taken.starts_with(folder));
    if is_taken || folder.contains(':') {
        return Err(unfit(
            "its folder is mounted: it must be none above or below /var/lib/xcsync and /tmp, without a colon",
        ));
    }
    Ok((folder, name))
}

/// Containers know accounts by number.
fn account(schedule: &Schedule) -> Result<u32, Unfit> {
    let Some(user) = schedule.user.as_deref() else { return Ok(NOBODY) };
    let number = user.parse().ok().filter(|number| (1..=i32::MAX.cast_unsigned()).contains(number));
    number.ok_or_else(|| Scheduler::Kubernetes.unfit(user, "an account is a number from 1 on, such as 65532"))
}

/// An argument, in which `$(` would begin a variable.
fn argument(text: &str) -> String {
    string(&text.replace('$', "$$"))
}

/// A double-quoted scalar. YAML 1.2 reads every string of JSON.
fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
