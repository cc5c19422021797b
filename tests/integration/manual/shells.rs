//! Each shell loads its script and completes what somebody began to type.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::generated;
use crate::context::{ended, say};
use crate::setup::powershell::assert_parses;

/// What is typed, and what it becomes.
const TYPED: [(&str, &str); 3] = [
    ("xcsync inv", "xcsync invite"),
    ("xcsync setup conn", "xcsync setup connect-rule"),
    ("xcsync invite --cloud usgov-", "xcsync invite --cloud usgov-dod"),
];

/// A folder with the script of a shell in it.
fn script(shell: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("completions");
    fs::write(&path, generated(&["completions", shell]).stdout).unwrap();
    (folder, path)
}

/// What a shell prints, unless it is not on this machine, which is said.
async fn said(mut command: Command, home: &Path) -> Option<String> {
    let shell = command.get_program().to_string_lossy().into_owned();
    if let Err(error) = Command::new(&shell).arg("--version").output() {
        say(&format!("skipped: the completions of {shell}, which can't be run: {error}"));
        return None;
    }
    command.env("HOME", home).env("ZDOTDIR", home).env("TERM", "dumb").env("LC_ALL", "C");
    // A shell that waits for a key would wait for ever.
    let output = tokio::time::timeout(Duration::from_secs(60), ended(command)).await.expect("the shell hangs");
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
async fn bash_completes_commands_and_values() {
    let (folder, path) = script("bash");
    for (typed, becomes) in TYPED {
        // As bash calls it: the words, which one the cursor is in, and that word and the one before as arguments.
        let words: Vec<&str> = typed.split(' ').collect();
        let at = words.len() - 1;
        let script = format!(
            "source {path:?} && complete -p xcsync >&2 && COMP_WORDS=({typed}) && COMP_CWORD={at} && \
             _xcsync xcsync {} {} && echo \"${{COMPREPLY[@]}}\"",
            words[at],
            words[at - 1]
        );
        let mut bash = Command::new("bash");
        bash.args(["--norc", "--noprofile", "-c", &script]);
        let Some(completed) = said(bash, folder.path()).await else { return };
        assert_eq!(Some(completed.trim()), becomes.split(' ').next_back(), "{typed}");
    }
}

#[tokio::test]
async fn fish_completes_commands_and_values() {
    let (folder, path) = script("fish");
    for (typed, becomes) in TYPED {
        let mut fish = Command::new("fish");
        fish.args(["--no-config", "-c", &format!("source {path:?}; complete -C {typed:?}")]);
        let Some(completed) = said(fish, folder.path()).await else { return };
        // The word, and after a tab what it means.
        assert_eq!(completed.trim().split('\t').next(), becomes.split(' ').next_back(), "{typed}: {completed}");
    }
}

/// In a terminal of its own, where the key is really pressed; the line editor is asked what stands on its line.
#[tokio::test]
async fn zsh_completes_commands_and_values() {
    let (folder, path) = script("zsh");
    let begins = "PS1= ; autoload -Uz compinit; compinit -u -D\n";
    let widgets = "ready() { print READY }; zle -N zle-line-init ready\n\
                   shown() { print -r -- \"<$BUFFER>\"; exit }; zle -N shown; bindkey '^X' shown\n";
    fs::write(folder.path().join(".zshrc"), format!("{begins}source {path:?}\n{widgets}")).unwrap();
    for (typed, becomes) in TYPED {
        let script = format!(
            "zmodload zsh/zpty; zpty inner zsh -d -i; zpty -r -m inner out '*READY*'; \
             zpty -w -n inner $'{typed}\\t\\C-x'; zpty -r -m inner out '*<*>*'; print -r -- $out"
        );
        let mut zsh = Command::new("zsh");
        zsh.args(["-f", "-c", &script]);
        let Some(terminal) = said(zsh, folder.path()).await else { return };
        assert!(terminal.contains(&format!("<{becomes} >")), "{typed}: {terminal:?}");
    }
}

/// PowerShell knows commands and options only: the library has no values for it.
#[tokio::test]
async fn powershell_completes_commands() {
    let (folder, path) = script("powershell");
    // The grammar lacks the form without parentheses, which PowerShell takes.
    let text = fs::read_to_string(&path).unwrap();
    let (_, filter) = text.split_once(".Where{").unwrap();
    let (filter, _) = filter.split_once('}').unwrap();
    assert_parses(&text.replace(&format!(".Where{{{filter}}}"), &format!(".Where({{{filter}}})")));
    for (typed, becomes) in &TYPED[..2] {
        let length = typed.len();
        let script = format!(
            "Get-Content -Raw '{}' | Invoke-Expression; \
             (TabExpansion2 '{typed}' {length}).CompletionMatches.CompletionText",
            path.display()
        );
        let mut pwsh = Command::new("pwsh");
        pwsh.args(["-NoProfile", "-Command", &script]);
        let Some(completed) = said(pwsh, folder.path()).await else { return };
        assert_eq!(Some(completed.trim()), becomes.split(' ').next_back(), "{typed}");
    }
}

#[test]
fn a_shell_that_is_not_known_is_told_the_ones_that_are() {
    let output = crate::context::binary().args(["completions", "csh"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && told.contains("bash") && told.contains("powershell"), "{told}");
}
