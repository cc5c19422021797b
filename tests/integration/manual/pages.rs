//! Man pages: one for every command, as the tools of manuals want it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use clap::CommandFactory as _;
use tempfile::TempDir;
use xcsync::cli::Cli;

use super::generated;
use crate::context::{binary, say};

/// A folder with all pages.
fn pages() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let output = binary().args(["-q", "man", "--dir"]).arg(folder.path().join("man1")).output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
    folder
}

/// The names of the files.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder.join("man1")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The files that the commands should have.
fn expected(command: &clap::Command, name: &str, found: &mut BTreeSet<String>) {
    found.insert(format!("{name}.1"));
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        expected(below, &format!("{name}-{}", below.get_name()), found);
    }
}

#[test]
fn every_command_has_a_page() {
    let folder = pages();
    let mut commands = BTreeSet::new();
    expected(&Cli::command(), "xcsync", &mut commands);
    assert!(commands.len() > 15, "{commands:?}");
    assert_eq!(names(folder.path()), commands);
}

#[test]
fn a_single_page_is_the_one_in_the_folder() {
    let folder = pages();
    for (command, file) in [(&[][..], "xcsync.1"), (&["setup", "tenant"], "xcsync-setup-tenant.1")] {
        let page = generated(&[&["man"], command].concat()).stdout;
        assert_eq!(page, fs::read(folder.path().join("man1").join(file)).unwrap());
    }
}

#[test]
fn groff_and_mandoc_find_nothing_wrong() {
    let folder = pages();
    for (tool, arguments) in
        [("groff", &["-man", "-ww", "-z", "-Tutf8"][..]), ("mandoc", &["-T", "lint", "-W", "error"])]
    {
        let files = names(folder.path()).into_iter().map(|name| folder.path().join("man1").join(name));
        match Command::new(tool).args(arguments).args(files).output() {
            Ok(output) => assert!(
                output.status.success() && output.stderr.is_empty() && output.stdout.is_empty(),
                "{tool}: {}{}",
                String::from_utf8_lossy(&output.stderr),
                String::from_utf8_lossy(&output.stdout)
            ),
            Err(error) => say(&format!("skipped: {tool} can't look at the man pages: {error}")),
        }
    }
}

/// What a reader sees, a line for a line.
#[test]
fn examples_stand_line_by_line_below_the_version() {
    let folder = pages();
    let mut groff = Command::new("groff");
    groff.args(["-man", "-Tascii", "-P-cbou"]).arg(folder.path().join("man1/xcsync-check.1"));
    let text = match groff.output() {
        Ok(output) => String::from_utf8(output.stdout).unwrap(),
        Err(error) => return say(&format!("skipped: groff can't show a man page: {error}")),
    };
    let (_, examples) = text.split_once("\nEXAMPLES\n").unwrap_or_else(|| panic!("{text}"));
    let lines: Vec<&str> = examples.lines().map(str::trim).collect();
    assert!(lines[0].starts_with("xcsync check  ") && lines[1].starts_with("xcsync check --tenant gcch "), "{text}");
    assert!(text.contains(concat!("xcsync ", env!("CARGO_PKG_VERSION"), " ")), "{text}");
}

#[test]
fn what_is_no_command_has_no_page() {
    let output = binary().args(["man", "setup", "everything"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && output.stdout.is_empty(), "{told}");
    assert!(
        told.contains("no command `setup everything`; no page was written") && told.contains("xcsync help"),
        "{told}"
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let output = binary().args(["man", "--dir"]).arg(&file).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && told.contains("file could not be written"), "{told}");
}
