//! `schedule`: what is printed is installed as it is, by the tools of each scheduler, where the machine has them.

#[cfg(unix)]
mod cron;
mod kubernetes;
#[cfg(unix)]
mod systemd;
mod task_scheduler;

use std::process::{Command, Output};

use tokio::sync::watch;
use xcsync::world::Environment;

use crate::context::{Ended, run_line, say};

/// `xcsync schedule` with these arguments, without a configuration.
async fn call(arguments: &[&str]) -> Ended {
    let line = ["xcsync", "schedule"].iter().chain(arguments).map(Into::into);
    run_line(line, &Environment::default(), xcsync::sandbox::monday(), watch::channel(0).1).await
}

/// What it prints.
async fn printed(arguments: &[&str]) -> String {
    let ended = call(arguments).await;
    assert_eq!((ended.exit, ended.stderr.as_str()), (0, ""), "{ended:?}");
    ended.stdout
}

/// Asks a tool, and says why it was not asked where the machine has none.
fn asked(command: &mut Command) -> Option<Output> {
    match command.output() {
        Ok(output) => Some(output),
        Err(error) => {
            say(&format!("skipped: {} can't be run: {error}", command.get_program().to_string_lossy()));
            None
        }
    }
}

const SCHEDULERS: [&str; 4] = ["systemd", "cron", "task-scheduler", "kubernetes"];

#[tokio::test]
async fn it_needs_no_configuration_and_is_the_same_each_time() {
    for scheduler in SCHEDULERS {
        let text = printed(&[scheduler]).await;
        assert_eq!(printed(&[scheduler]).await, text);
        assert!(text.contains("To install it") && text.contains("To test it"), "{text}");
    }
}

#[tokio::test]
async fn the_configuration_in_effect_is_named_to_the_runs_and_so_is_what_selects() {
    for scheduler in ["systemd", "cron", "kubernetes"] {
        let text =
            printed(&[scheduler, "--config", "/srv/gcch.toml", "--tenant", "gcch,dod", "--log-format", "json"]).await;
        for part in ["--config", "/srv/gcch.toml", "--tenant=gcch", "--tenant=dod", "--log-format=json"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(printed(&[scheduler]).await.contains("/etc/xcsync/config.toml"));
    }
}

#[tokio::test]
async fn programs_get_each_file_as_a_text_and_tables_have_no_place_for_them() {
    let json = call(&["systemd", "-o", "json"]).await.json();
    assert_eq!((&json["schema"], &json["exit_code"]), (&"xcsync.schedule/1".into(), &0.into()));
    let texts: Vec<_> = json["files"].as_array().unwrap().iter().map(|file| file["text"].as_str().unwrap()).collect();
    assert_eq!(texts.concat(), printed(&["systemd"]).await);
    assert_eq!(json["files"][1]["name"], "/etc/systemd/system/xcsync.timer");
    let csv = call(&["systemd", "-o", "csv"]).await;
    assert_eq!((csv.exit, csv.stdout.as_str()), (2, ""), "{csv:?}");
}

#[tokio::test]
async fn what_is_refused_is_code_2_and_prints_nothing() {
    for (arguments, told) in [
        (&["cron", "--every", "7h"][..], "such as 15m"),
        (&["cron", "--every", "90m"], "such as 15m"),
        (&["systemd", "--every", "7h"], "such as 15m"),
        (&["systemd", "--every", "90s"], "whole minutes"),
        (&["systemd", "--config", "/etc/a\nUser=root"], "line breaks"),
        (&["systemd", "--config", "/home/ann/config.toml"], "sees none of /home"),
        (&["kubernetes", "--config", "config.toml"], "no whole path"),
        (&["kubernetes", "--user", "xcsync"], "such as 65532"),
        (&["cron", "--domain", "contoso.com"], "config init"),
        (&["cron", "--record", "traffic"], "no records"),
    ] {
        let ended = call(arguments).await;
        assert_eq!((ended.exit, ended.stdout.as_str()), (2, ""), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(told), "{arguments:?}: {ended:?}");
    }
    let json = call(&["cron", "--every", "7h", "-o", "json"]).await.json();
    assert_eq!((&json["exit_code"], &json["error"]["code"]), (&2.into(), &"usage".into()), "{json:#}");
}

#[tokio::test]
async fn every_call_of_the_readme_prints_something() {
    let calls: Vec<_> =
        crate::documents::README.lines().filter_map(|line| line.strip_prefix("xcsync schedule ")).collect();
    for scheduler in SCHEDULERS {
        let call = calls.iter().find(|call| call.starts_with(scheduler)).unwrap_or_else(|| panic!("{scheduler}"));
        assert!(!printed(&call.split(' ').collect::<Vec<_>>()).await.is_empty());
    }
}
