//! The real binary as a process of its own, which a test can watch, kill, and start under other conditions.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tokio::net::TcpSocket;
use tokio::process::Child;

use super::explained::only_known_codes;
use super::{INVITER, TOKEN, Tenant};

impl Tenant {
    /// `xcsync invite -o json` and these arguments, about to start; tokens live an hour, so that each run gets its own.
    pub fn real(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xcsync"));
        command.env_clear().env(TOKEN, self.graph.token(INVITER)).arg("--config").arg(self.config());
        command.args(["invite", "-o", "json"]).args(args);
        command
    }
}

/// Says something that the output of the tests shows also where they pass, which `println!` is not.
pub fn say(what: &str) {
    // Nobody is left to tell where stderr is gone.
    let _ = writeln!(std::io::stderr(), "{what}");
}

/// A port that refuses connections, kept from every other test for as long as this lives.
pub struct Nobody(TcpSocket);

impl Nobody {
    pub fn listens() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        Self(socket)
    }

    /// `127.0.0.1:<port>`.
    pub fn address(&self) -> String {
        self.0.local_addr().unwrap().to_string()
    }
}

/// Starts a process that ends with the test: a run whose emulator is gone would try again for as long as it may.
pub fn started(command: Command) -> Child {
    let mut command = tokio::process::Command::from(command);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true).spawn().unwrap()
}

/// Runs a process to its end, beside the emulator.
pub async fn ended(command: Command) -> Output {
    started(command).wait_with_output().await.unwrap()
}

/// The only run of a report; every exit code that is told is the process's.
#[track_caller]
pub fn reported(output: &Output) -> Value {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    assert_eq!(report["runs"].as_array().map(Vec::len), Some(1), "{report:#}");
    only_known_codes(&report);
    let run = report["runs"][0].clone();
    let exit = output.status.code().map(Value::from).unwrap_or_default();
    assert_eq!((&report["exit_code"], &run["exit_code"]), (&exit, &exit), "{run:#}\n{stderr}");
    run
}
