//! Scripts are parsed: by `pwsh` where there is one, and by tree-sitter's grammar everywhere.

use std::process::Command;

use tree_sitter::{Node, Parser};

/// Asserts that PowerShell would read it without an error, and that every reader gets the same characters.
#[track_caller]
pub fn assert_parses(script: &str) {
    assert!(script.is_ascii(), "Windows PowerShell reads other characters in the machine's code page");
    assert!(!script.contains('\r') && script.ends_with('\n'));
    let tree = parsed(script);
    let mut wrong = Vec::new();
    errors(tree.root_node(), script, &mut wrong);
    assert!(wrong.is_empty(), "{wrong:#?}");
    by_pwsh(script);
}

/// The names of the commands in it, in their order.
pub fn commands(script: &str) -> Vec<String> {
    fn walk(node: Node<'_>, script: &str, found: &mut Vec<String>) {
        if node.kind() == "command_name" {
            found.push(script[node.byte_range()].to_owned());
        }
        let mut cursor = node.walk();
        node.children(&mut cursor).for_each(|child| walk(child, script, found));
    }
    let mut found = Vec::new();
    walk(parsed(script).root_node(), script, &mut found);
    found
}

fn parsed(script: &str) -> tree_sitter::Tree {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).unwrap();
    parser.parse(script, None).unwrap()
}

fn errors(node: Node<'_>, script: &str, found: &mut Vec<String>) {
    if node.is_error() || node.is_missing() {
        found.push(format!("line {}: {}", node.start_position().row + 1, &script[node.byte_range()]));
    }
    let mut cursor = node.walk();
    node.children(&mut cursor).for_each(|child| errors(child, script, found));
}

/// PowerShell's own parser, where the machine has one.
fn by_pwsh(script: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("script.ps1");
    std::fs::write(&path, script).unwrap();
    let parse = "$errors = $null; [void][System.Management.Automation.Language.Parser]::ParseFile($env:SCRIPT, [ref]$null, [ref]$errors); $errors | Out-String; exit $errors.Count";
    match Command::new("pwsh").args(["-NoProfile", "-Command", parse]).env("SCRIPT", &path).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        Err(error) => crate::context::say(&format!("not parsed by pwsh, only by the grammar: {error}")),
    }
}

#[test]
fn what_is_wrong_is_found() {
    let mut wrong = Vec::new();
    for script in ["if ($a {\n", "$a = 'b\n", "foreach ($a in) { }\n"] {
        errors(parsed(script).root_node(), script, &mut wrong);
        assert!(!std::mem::take(&mut wrong).is_empty(), "{script}");
    }
}
