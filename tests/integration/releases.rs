use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::documents::README;

const RELEASE: &str = include_str!("../../.github/workflows/release.yml");

#[test]
fn every_action_is_pinned_by_its_commit() {
    let mut actions = 0;
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows")).unwrap() {
        let workflow = fs::read_to_string(file.unwrap().path()).unwrap();
        for action in workflow.lines().filter_map(|line| line.split_once("uses: ")).map(|(_, action)| action) {
            let commit =
                action.split_once('@').and_then(|(_, version)| version.split_once(" # v")).unwrap_or_default().0;
            assert!(commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()), "{action}");
            actions += 1;
        }
    }
    assert!(actions > 3, "{actions}");
}

#[test]
fn the_readme_says_of_every_system_that_is_built_whether_it_was_seen_to_work() {
    let field = |line: &str, name: &str| {
        let value = line.split_once(name)?.1;
        Some(value.split([',', ' ', '}']).next().unwrap_or_default().to_owned())
    };
    let built: BTreeSet<_> = RELEASE
        .lines()
        .filter_map(|line| Some(field(line, "{ target: ")? + &field(line, "suffix: ").unwrap_or_default()))
        .collect();
    let section = README.split_once("\n## Systems\n").unwrap().1.split("\n## ").next().unwrap();
    let told: BTreeSet<_> =
        section.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned())).collect();
    assert!(built.len() == 8 && built == told, "{built:?} {told:?}");
}

/// Build scripts and the tools of other people run while it is built.
#[test]
fn only_the_job_that_runs_nobody_elses_code_may_write() {
    let (before, draft) = RELEASE.split_once("\n  draft:\n").unwrap();
    assert!(!before.contains(": write") && draft.contains("contents: write"), "{before}");
    assert!(!draft.contains("cargo") && !draft.contains("actions/checkout"), "{draft}");
}
