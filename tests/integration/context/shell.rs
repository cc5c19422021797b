//! The real binary by way of a shell, which prepares the machine for that process alone.

use std::process::Command;

use super::say;

/// The binary by way of a shell, itself started by these words, which does something before it and after it.
pub fn by_shell(command: &Command, words: &[&str], script: &str) -> Command {
    let mut shell = Command::new(words[0]);
    shell.args(&words[1..]);
    shell.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.arg("-c").arg(script).arg(command.get_program()).args(command.get_args());
    shell
}

/// The shell of a process that may have mounts of its own: as root, or where users may become root of such a process.
/// Says why where there is none.
pub fn mounting() -> Option<&'static [&'static str]> {
    let folder = tempfile::tempdir().unwrap();
    let ways: [&[&str]; 2] = [&["unshare", "--mount", "sh"], &["unshare", "--map-root-user", "--mount", "sh"]];
    let mut why = String::new();
    for words in ways {
        let mut mount = Command::new(words[0]);
        mount.args(&words[1..]).args(["-c", "mount -t tmpfs -o size=4096 tmpfs \"$0\""]).arg(folder.path());
        match mount.output() {
            Ok(output) if output.status.success() => return Some(words),
            Ok(output) => why = String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => why = error.to_string(),
        }
    }
    say(&format!("skipped: this account can't give a process mounts of its own: {why}"));
    None
}
