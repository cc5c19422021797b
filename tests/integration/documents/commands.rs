//! Every command that a paper shows is run, by the pair of tenants that docs/setup.md sets up.
//!
//! The commands of docs/setup.md and docs/migrating.md are not among these: tests of their own follow both in their order.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::context::Ended;
use setup_guide::pair::Guide;

/// What has to be there before a command can do what its paragraph says, by a part of the command.
const BEFORE: [(&str, &str); 4] = [
    ("history RUN_ID", "invite --tenant gcch"),
    ("--max-age", "invite --tenant gcch"),
    ("invite --tenant gcch --full --expect-plan", "invite --tenant gcch --full --dry-run"),
    ("--max-invitations 250 --expect-plan", "invite --tenant gcch --max-invitations 250 --dry-run"),
];

/// Those that end otherwise than with 0. What a sentence names without what it takes is told what is missing: code 2.
const OTHERWISE: [(&str, u8); 6] = [
    ("check --cloud sandbox", 8),
    ("completions", 2),
    ("explain", 2),
    ("report --html", 2),
    ("schedule", 2),
    ("setup permissions", 2),
];

/// Samples that stand for something of the reader's.
fn placeholders(line: &str) -> String {
    let words = line.split_whitespace().map(|word| match word {
        "01a21540-ed5f-748c-827e-6e2eff6966bc" => "RUN_ID",
        word if word.starts_with("sha256:") => "DIGEST",
        "CODE" | "CHECK" => "upn-differs",
        "ID" => "ann@contoso.com",
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What a line of a shell gives to xcsync.
fn arguments(line: &str) -> Option<&str> {
    line.trim().strip_prefix("xcsync ")?.split([';', '|', '>']).next()?.split(" #").next()
}

/// The commands in the blocks and sentences of the papers that no other test follows.
fn commands() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (paper, text) in papers::papers() {
        let is_followed = ["setup.md", "migrating.md"].iter().any(|name| paper.ends_with(name));
        let blocks = text.split("\n```sh\n").skip(1).filter_map(|rest| rest.split("\n```").next());
        let blocks = blocks.filter(|_| !is_followed).flat_map(str::lines);
        let prose = text.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2));
        found.extend(blocks.chain(prose).filter_map(arguments).map(placeholders));
    }
    // `networks::clouds` runs it: it names a cloud whose hosts only a child process can be led away from.
    found.retain(|line| !line.contains("--tenant-id"));
    found
}

async fn ended(line: &str) -> Ended {
    let mut guide = Guide::open().await;
    guide.set_up().await;
    let mut line = line.to_owned();
    if let Some((_, before)) = BEFORE.iter().find(|(part, _)| line.contains(part)) {
        let said: Value = serde_json::from_str(&guide.call(&format!("{before} -o json")).await.stdout).unwrap();
        let run = &said["runs"][0];
        for (name, key) in [("RUN_ID", "run_id"), ("DIGEST", "plan_digest")] {
            line = line.replace(name, run[key].as_str().unwrap_or(name));
        }
    }
    guide.call(&line).await
}

#[tokio::test(start_paused = true)]
async fn every_command_ends_as_its_paragraph_says() {
    let commands = commands();
    assert!(commands.len() > 50, "{commands:#?}");
    for (line, _) in OTHERWISE {
        assert!(commands.contains(line), "no paper has `xcsync {line}`");
    }
    for line in &commands {
        let expected = OTHERWISE.iter().find(|(other, _)| other == line).map_or(0, |(_, code)| *code);
        let ended = ended(line).await;
        assert_eq!(ended.exit, expected, "xcsync {line}\n{}{}", ended.stdout, ended.stderr);
    }
}
