//! docs/operations.md: its events are those of the program, its alerts ask for metrics that there are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use xcsync::sandbox::Person;

use super::*;
use crate::context::say;

const GUIDE: &str = include_str!("../../../docs/operations.md");

/// Level and fields by message.
type Events = BTreeMap<String, (String, BTreeSet<String>)>;

/// The rows of the table under a heading, without its first two lines.
fn table(heading: &str) -> impl Iterator<Item = Vec<&'static str>> {
    let (_, below) = GUIDE.split_once(&format!("\n### {heading}\n")).unwrap();
    let rows = below.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    rows.skip(2).map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
}

fn names(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn sources(folder: PathBuf, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// What stands between the parentheses of a macro, cut at the commas outside of texts.
fn arguments(after: &str) -> Vec<String> {
    let (mut depth, mut quoted, mut parts) = (0, false, vec![String::new()]);
    for c in after.chars() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth == 0 => break,
            ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(c);
    }
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// Every event that the sources write.
fn written() -> Events {
    let mut files = Vec::new();
    sources(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut events = Events::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for level in ["error", "warn", "info", "debug", "trace"] {
            for after in text.split(&format!("tracing::{level}!(")).skip(1) {
                let mut parts = arguments(after);
                let message = parts.pop().unwrap();
                let message = message.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                let message = message.unwrap_or_else(|| panic!("{}: an event ends with its message", file.display()));
                assert!(!message.contains('{'), "{}: {message} is not the same each time", file.display());
                let named = parts.iter().filter(|part| !part.starts_with("target:"));
                let named =
                    named.map(|part| part.split(" = ").next().unwrap().trim_start_matches(['%', '?']).to_owned());
                let event = (level.to_uppercase(), named.collect());
                let known = events.entry(message.to_owned()).or_insert_with(|| event.clone());
                assert_eq!(*known, event, "{message} has one form");
            }
        }
    }
    events
}

#[test]
fn every_event_of_the_program_is_listed_with_its_level_and_fields() {
    let listed: Events = table("Events").map(|row| (row[0].to_owned(), (row[1].to_owned(), names(row[2])))).collect();
    let written = written();
    assert!(written.len() > 20, "{written:?}");
    assert_eq!(written, listed);
}

#[test]
fn every_field_of_an_event_is_explained_and_no_other() {
    let explained: BTreeSet<_> = table("Fields").flat_map(|row| names(row[0])).collect();
    let of_events = written().into_values().flat_map(|(_, fields)| fields);
    // Those of the span stand before every event of a run.
    let used: BTreeSet<_> = of_events.chain(["run_id", "tenant", "cloud"].map(str::to_owned)).collect();
    assert_eq!(used, explained);
}

#[test]
fn the_alerts_ask_for_metrics_that_there_are_and_promtool_takes_them() {
    let rules = GUIDE.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let asked = rules.split(|c: char| !c.is_ascii_lowercase() && c != '_').filter(|word| word.starts_with("xcsync_"));
    let asked: Vec<_> = asked.collect();
    assert!(asked.len() > 5, "{asked:?}");
    for metric in asked {
        assert!(README.contains(&format!("| `{metric}` |")), "{metric}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.yml");
    fs::write(&file, rules).unwrap();
    match Command::new("promtool").args(["check", "rules"]).arg(&file).output() {
        Ok(output) => assert!(output.status.success(), "{output:?}"),
        Err(error) => say(&format!("skipped: promtool, of Prometheus, can't be run: {error}")),
    }
}

/// Ids, digests and times of an event are another each time.
fn masked(line: &str) -> String {
    let mut words = Vec::new();
    for word in line.split(' ') {
        let masked = match word.split_once('=') {
            Some((name @ ("user_id" | "request_id" | "digest" | "run{run_id"), _)) => format!("{name}=…"),
            _ => word.to_owned(),
        };
        words.push(masked);
    }
    words.join(" ")
}

#[tokio::test(start_paused = true)]
async fn the_log_of_a_run_is_as_shown() {
    let shown = GUIDE.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let tenant = Tenant::with([Person::synced(1, "ann@contoso.com")]).await;
    let ended = tenant.run(&[]).await;
    let shown: Vec<_> = shown.lines().map(masked).collect();
    assert_eq!(ended.stderr.lines().map(masked).collect::<Vec<_>>(), shown);
}

/// A command of the guide that begins so, where its tool is installed.
fn of_guide(tool: &str, beginning: &str) -> Option<&'static str> {
    let spans = GUIDE.split('`').map(str::trim).chain(GUIDE.lines());
    let line = spans.into_iter().find(|line| line.starts_with(beginning)).unwrap();
    let is_there = Command::new(tool).arg("--version").output();
    if let Err(error) = &is_there {
        say(&format!("skipped: {tool} can't be run: {error}"));
    }
    is_there.is_ok().then_some(line)
}

#[tokio::test(start_paused = true)]
async fn the_queries_of_the_guide_find_a_run_and_whoever_was_not_invited() {
    let Some(refused) = of_guide("jq", "jq -Rc") else { return };
    let ended_runs = of_guide("jq", "journalctl -u xcsync -o cat").unwrap().split_once("jq -Rc ").unwrap().1;
    let refused = refused.strip_prefix("jq -Rc ").and_then(|rest| rest.strip_suffix(" xcsync.log")).unwrap();
    let people = [Person::synced(1, "ann@contoso.com"), Person::synced(2, "team@contoso.com")];
    let tenant = Tenant::with(people).await;
    tenant.graph.edit(|graph| graph.groups.insert("team@contoso.com".to_owned()));
    let log = tenant.folder.path().join("xcsync.log");
    let of_systemd = "Starting xcsync.service - Invite the other side's new accounts...\n";
    let written = tenant.run(&["--log-format", "json"]).await.stderr;
    fs::write(&log, of_systemd.to_owned() + &written).unwrap();
    let found = |query: &str| {
        let output = Command::new("jq").arg("-Rc").arg(query.trim_matches('\'')).arg(&log).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let lines = String::from_utf8(output.stdout).unwrap();
        lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()).collect::<Vec<_>>()
    };
    let runs = found(ended_runs);
    assert_eq!(runs.len(), 1);
    assert_eq!((&runs[0]["exit_code"], &runs[0]["invited"], &runs[0]["failed"]), (&3.into(), &1.into(), &1.into()));
    assert!(runs[0]["timestamp"].is_string());
    let refused = found(refused);
    assert_eq!((refused.len(), &refused[0]["result"]), (1, &"failed".into()));
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_sqlite_has_copied_as_the_guide_says_knows_the_last_run() {
    let Some(copying) = of_guide("sqlite3", "sqlite3 xcsync.db") else { return };
    let tenant = Tenant::with([Person::synced(1, "ann@contoso.com")]).await;
    tenant.run(&[]).await;
    let args = copying.strip_prefix("sqlite3 xcsync.db ").unwrap().trim_matches('"');
    let copied = Command::new("sqlite3").arg("xcsync.db").arg(args).current_dir(tenant.folder.path()).output().unwrap();
    assert!(copied.status.success(), "{copied:?}");
    fs::rename(tenant.folder.path().join("copy.db"), tenant.ledger()).unwrap();
    for beside in ["xcsync.db-wal", "xcsync.db-shm"] {
        let _ = fs::remove_file(tenant.folder.path().join(beside));
    }
    let again = tenant.report(&[]).await;
    assert_eq!((&again["exit_code"], &again["window"]["kind"]), (&0.into(), &"incremental".into()), "{again:#}");
    assert_eq!(tenant.mailed(), ["ann@contoso.com"]);
}
