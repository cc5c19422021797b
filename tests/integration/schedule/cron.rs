//! The line for cron: its times by a parser of crontabs, its command as cron would start it.

use std::process::{Command, Output, Stdio};

use super::{asked, printed};
use crate::context::{Tenant, binary, new_people, run_line, say};
use tokio::sync::watch;

/// The last line of what the binary prints: its five fields, its account, its command as cron hands it to the shell.
fn line(arguments: &[&str]) -> (String, String, String) {
    let output = binary().args(["schedule", "cron"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let words: Vec<_> = text.lines().last().unwrap().splitn(7, ' ').collect();
    (words[..5].join(" "), words[5].to_owned(), words[6].replace("\\%", "%"))
}

/// Starts a command as cron does, with even less: no variable at all, stdin closed, at the root.
fn as_cron(command: &str) -> Output {
    let mut shell = Command::new("env");
    // The outer shell is the test's, to close stdin; what it becomes has an empty environment.
    shell.args(["-i", "/bin/sh", "-c", "exec /bin/sh -c \"$0\" <&-", command]).current_dir("/");
    shell.stdin(Stdio::null()).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_command_invites_in_crons_empty_environment() {
    let tenant = Tenant::with([]).await;
    let now = xcsync::world::Clock::local().now();
    let people = new_people(2).into_iter().map(|person| person.created(now - chrono::TimeDelta::hours(1)));
    tenant.graph.edit(|graph| {
        graph.now = now;
        graph.people.extend(people);
    });
    // A path that the shell and cron would both read otherwise; the secret is in a file, since cron hands on no variable.
    let folder = tenant.folder.path().join("it's 100% $HOME");
    std::fs::create_dir(&folder).unwrap();
    let secret = folder.join("secret");
    let value = tenant.graph.edit(|graph| graph.application.secret.clone());
    std::fs::write(&secret, value).unwrap();
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let client = tenant.graph.edit(|graph| graph.application.client_id);
    let auth = format!("method = \"client-secret\"\nclient_id = \"{client}\"\nclient_secret_file = {secret:?}");
    let tenant = tenant.set("auth", &auth);
    let config = folder.join("config.toml");
    std::fs::copy(tenant.config(), &config).unwrap();
    let (_, _, command) = line(&["--config", config.to_str().unwrap()]);
    let output = tokio::task::spawn_blocking(move || as_cron(&command)).await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!((output.stdout.len(), output.stderr.len()), (0, 0), "cron would mail it: {output:?}");
    assert_eq!(tenant.mailed().len(), 2);
}

#[test]
fn what_goes_wrong_is_on_stderr_for_cron_to_mail_and_in_the_code() {
    let (_, user, command) = line(&["--config", "/nowhere/config.toml", "--user", "svc-xcsync"]);
    let output = as_cron(&command);
    assert_eq!((output.status.code(), user.as_str()), (Some(2), "svc-xcsync"));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.stdout.is_empty() && told.contains("/nowhere/config.toml does not exist"), "{told}");
}

#[tokio::test]
async fn a_parser_of_crontabs_finds_runs_as_far_apart_as_they_should_be() {
    let script = "import sys\nfrom datetime import datetime\nfrom croniter import croniter\n\
        it = croniter(sys.argv[1], datetime(2026, 2, 27)).all_next(datetime)\n\
        times = [next(it) for _ in range(400)]\n\
        print({int((b - a).total_seconds()) for a, b in zip(times, times[1:])})";
    for (every, seconds) in [("1m", 60), ("15m", 900), ("1h", 3600), ("6h", 21_600), ("1d", 86_400), ("7d", 604_800)] {
        let (fields, ..) = line(&["--every", every]);
        let Some(output) = asked(Command::new("python3").args(["-c", script, &fields])) else { return };
        let told = String::from_utf8_lossy(&output.stderr);
        if told.contains("No module named 'croniter'") {
            say("skipped: python3 has no croniter");
            return;
        }
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{{{seconds}}}\n"), "{fields}: {told}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_command_that_tests_it_is_understood() {
    let text = printed(&["cron", "--cloud", "sandbox"]).await;
    let (_, tried) = text.split_once("env -i ").unwrap();
    let words = tried.lines().next().unwrap().split(" </dev/null").next().unwrap().split(' ').skip(1);
    let words = ["xcsync"].into_iter().chain(words).map(Into::into);
    let env = xcsync::world::Environment::default();
    let ended = run_line(words, &env, xcsync::sandbox::monday(), watch::channel(0).1).await;
    assert_eq!(ended.exit, 0, "{ended:?}");
}
