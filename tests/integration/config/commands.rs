use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use clap::Parser as _;
use xcsync::cli::{Cli, Command};
use xcsync::commands;
use xcsync::error::Exit;
use xcsync::world::{Clock, World};

use super::*;

/// A stream that can be read afterwards.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a `config` command: exit, stdout, stderr with the error's text.
fn run(arguments: &[&str]) -> (Exit, String, String) {
    let (out, err) = (Kept::default(), Kept::default());
    let (_ask, interrupts) = tokio::sync::watch::channel(0);
    let mut world = World {
        env: Environment::default(),
        clock: Clock::at(chrono::DateTime::UNIX_EPOCH),
        stdout: Box::new(out.clone()),
        stderr: Box::new(err.clone()),
        stdout_is_terminal: false,
        stderr_is_terminal: false,
        stderr_is_journal: false,
        interrupts,
    };
    let cli = Cli::try_parse_from([&["xcsync", "config"], arguments].concat()).unwrap();
    let Command::Config(command) = &cli.command else { panic!("{arguments:?}") };
    let ended = commands::config::run(&command.command, &cli.global, &mut world);
    let (exit, told) = ended.map_or_else(|error| (error.exit(), error.to_string()), |exit| (exit, String::new()));
    (exit, out.text(), err.text() + &told)
}

#[test]
fn init_writes_the_example_once_and_never_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/folder/config.toml");
    let name = path.to_str().unwrap();
    let (exit, _, told) = run(&["init", name]);
    assert_eq!(exit, Exit::Done);
    assert!(told.contains(&format!("wrote {name}")), "{told}");
    fs::write(&path, "mine").unwrap();
    let (exit, _, told) = run(&["init", name]);
    assert!(exit == Exit::Usage && told.contains("was not touched"), "{told}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}

/// The system says of a folder too that something "exists".
#[test]
fn init_does_not_call_a_file_there_whose_folder_is_a_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "mine").unwrap();
    for below in ["file/config.toml", "file/folder/config.toml"] {
        let (exit, _, told) = run(&["init", folder.path().join(below).to_str().unwrap()]);
        assert!(exit == Exit::Usage && told.contains("could not be written"), "{told}");
    }
}

#[cfg(unix)]
#[test]
fn init_writes_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    run(&["init", path.to_str().unwrap()]);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn check_praises_a_right_file_and_ends_with_2_at_a_wrong_one() {
    let (exit, out, _) = run(&["check", "config/minimal.toml"]);
    assert_eq!(
        (exit, out.as_str()),
        (Exit::Done, "config/minimal.toml: no problems, 1 tenant; variables and the network were not asked\n")
    );
    let (exit, out, told) = run(&["check", "tests/fixtures/config/inline-secret.toml"]);
    assert_eq!((exit, out.as_str()), (Exit::Usage, ""));
    assert!(told.contains("a secret does not belong in this file"), "{told}");
}

#[cfg(unix)]
#[test]
fn show_prints_the_settings_of_a_run() {
    let (exit, out, _) = run(&["show", "--config", "config/minimal.toml"]);
    assert_eq!(exit, Exit::Done);
    insta::assert_snapshot!(out);
}

#[test]
fn what_show_prints_is_a_configuration_again() {
    let (_, out, _) = run(&["show", "--config", "config/example.toml"]);
    // The addresses of a built-in cloud are shown, and may not be set.
    let kept: Vec<&str> = out.split("\n\n").filter(|table| !table.contains(".endpoints]")).collect();
    let (_folder, path) = written(&kept.join("\n\n"));
    let loaded = config::load(&Flags { config: Some(path), ..Flags::default() }, &Environment::default());
    assert!(loaded.is_ok(), "{}", loaded.unwrap_err());
}

#[test]
fn show_has_a_json_form() {
    let (_, out, _) = run(&["show", "--config", "config/example.toml", "-o", "json", "--tenant", "gcch"]);
    let object: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(object["schema"], "xcsync.config/1");
    assert_eq!(object["tenants"]["gcch"]["auth"]["certificate_file"], "/etc/xcsync/gcch.pem");
    assert!(object["tenants"].get("commercial").is_none());
}
