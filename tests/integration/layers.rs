//! Who may know whom: what the compiler can't forbid inside one crate is looked for in the sources.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<PathBuf>, Vec<_>) = entries.partition(|path| path.is_dir());
    for file in files {
        let name = file.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        found.push((name, fs::read_to_string(&file).unwrap()));
    }
    for folder in folders {
        sources(&folder, found);
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The files, by their paths below `src`, with one of these words in a line that is no comment.
fn files_with(words: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    sources(&root(), &mut all);
    assert!(all.len() > 100, "the sources are not found");
    let code = |text: &str| text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<String>();
    all.retain(|(_, text)| words.iter().any(|word| code(text).contains(word)));
    all.into_iter().map(|(name, _)| name).collect()
}

/// Asserts that only these files, and those of these folders, hold one of the words.
fn only_in(places: &[&str], words: &[&str]) {
    let is_allowed = |file: &String| places.iter().any(|place| file.starts_with(place));
    let strangers: Vec<_> = files_with(words).into_iter().filter(|file| !is_allowed(file)).collect();
    assert!(strangers.is_empty(), "{words:?} in {strangers:?}");
}

#[test]
fn nobody_below_the_commands_knows_a_flag() {
    only_in(&["cli", "lib.rs"], &["clap::"]);
    only_in(&["cli", "commands", "lib.rs"], &["crate::cli"]);
}

#[test]
fn a_dry_run_is_no_flag_below_the_commands() {
    // `text/tests.rs` has it in names of tests.
    only_in(&["cli", "commands", "report/text/tests.rs"], &["dry_run"]);
}

#[test]
fn azure_identity_is_known_to_sign_in_alone() {
    only_in(&["auth"], &["use azure_identity", "use azure_core"]);
}

#[test]
fn the_emulator_shares_no_code_with_the_client() {
    let parts = ["auth", "graph", "cloud", "explain", "selection", "directory", "discovery", "plan", "config"];
    let imports = parts.map(|part| format!("crate::{part}"));
    let found = files_with(&imports.each_ref().map(String::as_str));
    assert!(found.iter().all(|file| !file.starts_with("sandbox")), "{found:?}");
}
