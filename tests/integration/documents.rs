//! What is written down for people: the README, and the files that it sends them to.

mod commands;
mod migrating;
mod operations;
mod papers;
mod setup_guide;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::Parser as _;
use tokio::sync::watch;
use xcsync::cli::Cli;
use xcsync::config;
use xcsync::error::Exit;
use xcsync::sandbox::Person;
use xcsync::selection::Reason;
use xcsync::setup::permissions;
use xcsync::status::State;
use xcsync::world::Environment;

use crate::context::{READER, Tenant, binary, run_line};

pub const README: &str = include_str!("../../README.md");
const EXAMPLE: &str = include_str!("../../config/example.toml");

/// The keys that a configuration may hold, as they were promised: nobody's file may stop to be valid.
const KEYS: [&str; 71] = [
    "state",
    "[metrics]",
    "textfile",
    "cloud",
    "tenant_id",
    "ca_file",
    "graph",
    "authority",
    "redirect",
    "method",
    "client_id",
    "client_secret_file",
    "client_secret_env",
    "certificate_file",
    "key_file",
    "token_file",
    "token_env",
    "domains",
    "include_subdomains",
    "home",
    "address",
    "accept_mail_as_login",
    "require_synced",
    "send_message",
    "message_language",
    "redirect_url",
    "lookback",
    "overlap",
    "sweep_every",
    "remind_after",
    "max_reminders",
    "exclude",
    "companyName",
    "country",
    "department",
    "employeeType",
    "jobTitle",
    "onPremisesDomainName",
    "userType",
    "extensionAttribute1",
    "max_invitations",
    "wave",
    "rate_per_second",
    "stop_after_failures",
    "max_runtime",
    "[tenants.gcch]",
    "[tenants.gcch.auth]",
    "[tenants.gcch.invite]",
    "[tenants.gcch.invite.where]",
    "[tenants.gcch.limits]",
    "[tenants.commercial]",
    "[tenants.commercial.auth]",
    "[tenants.lab.endpoints]",
    "on",
    "via",
    "from",
    "to",
    "problems_to",
    "host",
    "port",
    "tls",
    "user",
    "password_file",
    "url_file",
    "url_env",
    "format",
    "[notify]",
    "[notify.mail]",
    "[notify.smtp]",
    "[notify.webhook]",
    "[notify.heartbeat]",
];

/// The blocks of code in one language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("\n```{language}\n");
    README.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

/// What stands under a heading, up to the next one.
fn section(heading: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no heading {heading}"));
    rest.split("\n## ").next().unwrap()
}

/// The cells of a table's rows, without their backticks and without the two lines of its head.
fn rows(section: &'static str) -> Vec<Vec<&'static str>> {
    let lines = section.lines().filter(|line| line.starts_with('|')).skip(2);
    lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect()).collect()
}

/// The text between backticks, outside of blocks.
fn inline_code() -> Vec<&'static str> {
    let prose = README.split("```").step_by(2);
    prose.flat_map(|prose| prose.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn the_first_two_commands_are_the_sandbox_and_the_tests() {
    let commands = blocks("sh");
    assert_eq!(commands[..2], ["cargo run --release -- invite --cloud sandbox", "cargo test"]);
}

/// A line whose end is another in every run.
fn varies(line: &str) -> bool {
    ["run:", "window:", "plan:"].iter().any(|start| line.starts_with(start))
}

#[tokio::test(start_paused = true)]
async fn the_sandbox_says_what_the_readme_shows() {
    let monday: DateTime<Utc> = "2026-03-02T08:00:00Z".parse().unwrap();
    let line = ["xcsync", "invite", "--cloud", "sandbox"].map(Into::into);
    let ended = run_line(line, &Environment::default(), monday, watch::channel(0).1).await;
    assert_eq!(ended.exit, 3, "{ended:?}");
    assert_says(&ended.stdout, blocks("text")[0]);
}

/// Asserts that a text has all lines that are shown, in their order. Each part stands together; between them, at `…`,
/// lines were left out.
#[track_caller]
fn assert_says(text: &str, shown: &str) {
    let mut said = text.lines();
    for part in shown.split('…').map(str::trim_end) {
        let mut shown = part.lines().skip_while(|line| line.is_empty());
        let Some(first) = shown.next() else { continue };
        assert!(said.any(|line| line == first), "the sandbox does not say\n{first}\nat its place in\n{text}");
        for line in shown {
            assert!(!varies(line), "{line}");
            assert_eq!(said.next(), Some(line), "after {first}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_other_commands_in_the_sandbox_say_what_the_readme_shows() {
    for (title, exit) in [("Check both sides", 8), ("Set both sides up", 0), ("Where everyone stands", 0)] {
        let mut shown = section(title).split("```").skip(1).step_by(2);
        let line = shown.next().and_then(|block| block.strip_prefix("sh\n")).unwrap();
        let monday: DateTime<Utc> = "2026-03-02T08:00:00Z".parse().unwrap();
        let words = line.split_whitespace().map(Into::into);
        let ended = run_line(words, &Environment::default(), monday, watch::channel(0).1).await;
        assert_eq!(ended.exit, exit, "{ended:?}");
        assert_says(&ended.stdout, shown.next().and_then(|block| block.strip_prefix("text\n")).unwrap());
    }
}

#[tokio::test]
async fn explain_says_what_the_readme_shows() {
    let mut shown = section("Explain an error").split("```").skip(1).step_by(2);
    let line = shown.next().and_then(|block| block.strip_prefix("sh\n")).unwrap();
    let now: DateTime<Utc> = "2026-03-02T08:00:00Z".parse().unwrap();
    let words = line.split_whitespace().map(Into::into);
    let ended = run_line(words, &Environment::default(), now, watch::channel(0).1).await;
    assert_eq!((ended.exit, ended.stderr.as_str()), (0, ""));
    assert_eq!(shown.next().and_then(|block| block.strip_prefix("text\n")), Some(ended.stdout.as_str()));
}

#[test]
fn the_table_of_exit_codes_is_that_of_the_program() {
    let documented: Vec<u8> = rows(section("Exit codes")).iter().map(|row| row[0].parse::<u8>().unwrap()).collect();
    assert_eq!(documented, Exit::ALL.iter().map(|exit| exit.code()).collect::<Vec<_>>());
}

#[test]
fn the_help_of_invite_names_the_exit_codes_of_a_run() {
    let help = Cli::try_parse_from(["xcsync", "invite", "--help"]).unwrap_err().to_string();
    let (_, codes) = help.split_once("Exit codes:").unwrap();
    let told: BTreeSet<u8> = codes.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    // Code 8 is for commands that check.
    let expected = Exit::ALL.iter().map(|exit| exit.code()).filter(|code| *code != Exit::Problems.code());
    assert_eq!(told, expected.collect());
}

#[test]
fn the_table_of_reason_codes_is_that_of_the_program() {
    let documented: Vec<_> = rows(section("Reason codes")).iter().map(|row| (row[0], row[1])).collect();
    let known: Vec<_> = Reason::ALL.iter().map(|reason| (reason.code(), reason.decision().code())).collect();
    assert_eq!(documented, known);
}

#[test]
fn the_table_of_states_is_that_of_the_program() {
    let documented: BTreeSet<_> = rows(section("Where everyone stands")).iter().map(|row| row[0]).collect();
    assert_eq!(documented, State::ALL.iter().map(|state| state.code()).collect());
}

#[test]
fn the_example_has_every_key_that_was_promised() {
    for key in KEYS {
        let stands = |line: &str| {
            let line = line.trim_start_matches('#').trim_start();
            line == key || line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        assert!(EXAMPLE.lines().any(stands), "{key}");
    }
}

#[test]
fn every_key_that_the_readme_names_is_in_the_example_with_the_same_default() {
    for row in rows(section("Configuration")) {
        let (key, default) = (row[0], row[1]);
        let example = EXAMPLE.lines().map(|line| line.trim_start_matches('#'));
        let values: Vec<_> = example.filter_map(|line| line.strip_prefix(key)?.strip_prefix(" = ")).collect();
        let table = EXAMPLE.contains(&format!(".{key}]"));
        assert!(!values.is_empty() || table, "{key} is not in the example");
        if !["required", "none"].contains(&default) {
            assert_eq!(values, [default], "{key}");
        }
    }
    for code in inline_code() {
        let key = code.split_once(" = ").map_or(code, |(key, _)| key);
        let is_key = key.contains('_') && key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let is_state = State::ALL.iter().any(|state| state.code() == key);
        let is_metric = key.starts_with("xcsync_");
        assert!(!is_key || is_state || is_metric || KEYS.contains(&key), "`{key}` is no key");
    }
}

#[test]
fn the_readmes_own_configuration_is_right() {
    let folder = tempfile::tempdir().unwrap();
    for block in blocks("toml") {
        let path = folder.path().join("config.toml");
        fs::write(&path, block).unwrap();
        let config = config::read(&path, &Environment::default()).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(config.tenants.len(), 1);
    }
}

#[test]
fn the_shipped_configurations_load() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "for a test").unwrap();
    #[cfg(unix)]
    fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    // The certificate is the one thing that an example cannot bring along.
    let example = EXAMPLE.replace("\"/etc/xcsync/gcch.pem\"", "\"secret\"");
    for text in [example.as_str(), include_str!("../../config/minimal.toml")] {
        let path = folder.path().join("config.toml");
        fs::write(&path, text).unwrap();
        config::read(&path, &Environment::default()).unwrap_or_else(|problems| panic!("{problems}"));
    }
}

/// The anchors of a paper's sections.
fn anchors(paper: &str) -> impl Iterator<Item = String> {
    let anchor = |heading: &str| {
        let kept = heading.to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect()
    };
    let headings = paper
        .lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(" ").filter(|_| line.starts_with("##")));
    headings.map(anchor)
}

#[test]
fn every_file_that_the_threat_model_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("docs/threat-model.md")).unwrap();
    let named: BTreeSet<_> = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|code| Path::new(code).extension().is_some_and(|end| end == "rs"))
        .collect();
    assert!(named.len() > 30, "{named:?}");
    for file in named {
        let there = ["src", "tests/integration"].iter().any(|folder| root.join(folder).join(file).exists());
        assert!(there, "{file}");
    }
}

#[test]
fn the_readme_names_every_part_of_the_program() {
    let documented: BTreeSet<_> = rows(section("The code")).iter().map(|row| row[0]).collect();
    let lib = include_str!("../../src/lib.rs");
    let parts = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    assert_eq!(documented, parts.collect());
}

#[test]
fn the_readme_says_which_permissions_the_program_uses() {
    let documented: BTreeSet<_> = rows(section("Permissions")).iter().map(|row| row[0]).collect();
    let used = permissions::needed(&[permissions::Purpose::Invite, permissions::Purpose::Check]);
    // Mail is no purpose of `setup permissions`: the narrower grant is Exchange's.
    assert_eq!(documented, used.into_iter().chain(["Mail.Send"]).collect());
}

#[test]
fn the_readme_has_every_way_of_signing_in() {
    let documented: Vec<_> =
        rows(section("Signing in")).iter().map(|row| row[0]).filter(|row| *row != "method").collect();
    let methods =
        documented.iter().filter_map(|name| config::AuthMethod::parse(name).ok()).map(config::AuthMethod::name);
    assert_eq!(methods.collect::<Vec<_>>(), documented);
    let known = config::AuthMethod::parse("?").unwrap_err().to_string();
    assert!(known.split(", ").count() == documented.len(), "{known}");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_needs_no_more_than_the_readme_says() {
    let tenant = Tenant::with([Person::synced(1, "ann@contoso.com")]).await.permitted(READER);
    let run = tenant.report(&["--dry-run"]).await;
    assert_eq!((&run["exit_code"], &run["counts"]["invite"]), (&0.into(), &1.into()), "{run:#}");
    let apply = tenant.report(&[]).await;
    assert_eq!((&apply["exit_code"], tenant.mailed().len()), (&4.into(), 0), "{apply:#}");
}

#[test]
fn the_program_itself_tells_its_version() {
    let output = binary().arg("--version").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), concat!("xcsync ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_itself_writes_data_to_stdout_and_a_log_without_people_to_stderr() {
    let tenant = Tenant::with([Person::synced(1, "ann@contoso.com")]).await;
    let mut command = tenant.binary(&["--dry-run", "-o", "json"]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["schema"], "xcsync.invite/1");
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("the run has ended") && !log.contains("ann@"), "{log}");
}
