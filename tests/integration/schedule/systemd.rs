//! The units, as systemd's own tools see them.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{asked, printed};
use crate::context::say;

/// The units in a folder, installed by the command that their first lines tell.
async fn installed(arguments: &[&str]) -> tempfile::TempDir {
    let text = printed(&[&["systemd"], arguments].concat()).await;
    let (_, script) = text.split_once("| awk '").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let here = format!("{}/", folder.path().display());
    // The same command, into a folder of the test's.
    let script = script.split_once('\'').unwrap().0.replace("$2", &format!("$2; sub(\".*/\", \"{here}\", file)"));
    let mut awk = Command::new("awk").arg(script).stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut awk.stdin.take().unwrap(), text.as_bytes()).unwrap();
    assert!(awk.wait().unwrap().success());
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["xcsync.service", "xcsync.timer"]);
    // Where the tests lie in a folder that the unit hides, it names a place where nothing need be installed.
    let [service, _] = units(&folder);
    let text = fs::read_to_string(&service).unwrap();
    fs::write(&service, text.replace("ExecStart=/usr/local/bin/xcsync ", "ExecStart=/bin/true ")).unwrap();
    folder
}

fn units(folder: &tempfile::TempDir) -> [PathBuf; 2] {
    ["xcsync.service", "xcsync.timer"].map(|name| folder.path().join(name))
}

#[tokio::test]
async fn systemd_finds_nothing_wrong_with_the_units() {
    for arguments in [
        &[][..],
        &["--every", "90m", "--user", "svc-xcsync"],
        &["--every", "7d", "--config", "/etc/a \"b\" 100%h $HOME;'\\.toml", "--tenant", "a b"],
    ] {
        let folder = installed(arguments).await;
        let Some(output) = asked(Command::new("systemd-analyze").arg("verify").args(units(&folder))) else { return };
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && told.is_empty(), "{arguments:?}: {told}");
    }
}

#[tokio::test]
async fn what_the_unit_only_suggests_is_right_too() {
    let folder = installed(&[]).await;
    let service = &units(&folder)[0];
    let text = fs::read_to_string(service).unwrap();
    let suggested = ["#LoadCredential=", "#SupplementaryGroups=", "#ReadWritePaths="];
    let text = suggested.iter().fold(text, |text, line| {
        assert!(text.contains(line), "{line}");
        text.replace(line, &line[1..])
    });
    fs::write(service, text).unwrap();
    let Some(output) = asked(Command::new("systemd-analyze").arg("verify").arg(service)) else { return };
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[tokio::test]
async fn the_service_is_exposed_to_little() {
    let folder = installed(&[]).await;
    let mut analyze = Command::new("systemd-analyze");
    // The threshold is in tenths: 2.0.
    analyze.args(["security", "--offline=true", "--threshold=20", "--no-pager"]).arg(&units(&folder)[0]);
    let Some(output) = asked(&mut analyze) else { return };
    let told = String::from_utf8_lossy(&output.stdout);
    if String::from_utf8_lossy(&output.stderr).contains("unrecognized option") {
        say("skipped: this systemd-analyze can't look at a file that is not installed");
        return;
    }
    assert!(output.status.success() && told.contains("Overall exposure level"), "{output:?}");
}

#[tokio::test]
async fn systemd_reads_runs_as_far_apart_as_they_should_be() {
    for (every, seconds) in [("15m", 900), ("90m", 5400), ("1h", 3600), ("6h", 21_600), ("1d", 86_400), ("7d", 604_800)]
    {
        let text = printed(&["systemd", "--every", every]).await;
        let mut times = Vec::new();
        for calendar in text.lines().filter_map(|line| line.strip_prefix("OnCalendar=")) {
            let mut analyze = Command::new("systemd-analyze");
            analyze
                .args(["calendar", "--iterations=40", "--base-time=2026-02-27 00:00:00 UTC", calendar])
                .env("TZ", "UTC");
            let Some(output) = asked(&mut analyze) else { return };
            times.extend(String::from_utf8_lossy(&output.stdout).lines().filter_map(instant));
        }
        times.sort_unstable();
        // Of several lines, each tells as many times; the first ones are complete.
        let gaps: Vec<_> = times.windows(2).take(38).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.len() == 38 && gaps.iter().all(|gap| *gap == seconds), "{every}: {gaps:?}");
    }
}

/// `Next elapse: Fri 2026-02-27 00:17:00 UTC` or `Iter. #2: …`, in seconds.
fn instant(line: &str) -> Option<i64> {
    let (_, time) =
        line.split_once("elapse: ").or_else(|| line.trim_start().strip_prefix("Iter. #")?.split_once(": "))?;
    let time = chrono::NaiveDateTime::parse_from_str(time.trim(), "%a %Y-%m-%d %H:%M:%S UTC").ok()?;
    Some(time.and_utc().timestamp())
}
