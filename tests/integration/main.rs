//! Tests of the whole: each module says what belongs in it.

#![cfg(test)]
#![expect(unreachable_pub, reason = "a test binary has no outside that could reach it")]

/// The harness; no tests.
mod context;

/// The configuration: broken files and what is said of them, where a file is found, what flags select.
mod config;

/// The run of `invite`: who is sent what, in which order, and what is said of it.
mod invite;

/// Bad input and hostile answers: each is refused or survived, nobody is harmed, and no token leaves.
mod hostile;

/// Sign-in and the way to the network, mostly with the real binary: methods, clouds, TLS, proxies, what is never shown.
mod networks;

/// Sending: who goes when, what is posted again, and what an answer that says little is settled by.
mod sending;

/// What is written down for people: the README's commands, tables and links, and the example configurations.
mod documents;

/// What a release is built from, and what is said of it.
mod releases;

/// One module does all cryptography, and what names it.
mod cryptography;

/// Packages and image: that what they name is there.
mod deploy;

/// The direct dependencies: each has its reason.
mod dependencies;

/// The layers: who may know whom, looked for in the sources.
mod layers;

/// Calls that end before anything is asked of a tenant: what they say, and where.
mod calls;

/// Stopping: what ends a run before its plan is done, with which code, and what becomes of the rest.
mod stopping;

/// Verifying: 201 is not proof.
mod verifying;

/// Planning: every reason of a decision, limits, the digest.
mod planning;

/// `--user` and `--user-file`: who is meant, and what that changes and does not change.
mod people;

/// The home tenant: who is looked up there, what is made of the answer, and what a failed look-up ends.
mod home;

/// Windows: who is read, who is counted, who is listed.
mod windows;

/// What runs remember of each other: windows, follow-ups, reminders, the brake, the lock, the file itself.
mod ledger;

/// `check`: every row of both sides, and that looking changes nothing.
mod check;

/// Metrics: the file for `node_exporter`.
mod metrics;

/// Several tenants in one call.
mod several;

/// The real binary, as a scheduler starts it: exit codes, signals, pipes, an empty environment, the sandbox.
mod process;

/// Crashes: a run is killed at every exchange and every commit, and run again until quiet.
mod crashes;

/// Disasters of the ledger: a full disk, a folder that is gone or may not be written, a file that is no ledger or is taken away.
mod disasters;

/// What nobody could look up about the real service: the promises hold whichever way it is.
mod assumptions;

/// Forty days at a time: random histories, and the promise in each.
mod histories;

/// The error catalogue: what is in it, what finds it, and that reports and documents say the same.
mod explain;

/// `report --html`: what is on the page, what it becomes in a browser, and the file that it is written to.
mod html;

/// Past runs: listed, and one in full.
mod history;

/// Who gets told of a run: what, when, how often, and that telling holds up and changes nothing.
mod notify;

/// Completions and man pages: real shells load and use them, and the tools of manuals find nothing wrong.
mod manual;

/// `setup`: plans, scripts, changes.
mod setup;

/// `status`: where everyone stands, whom it asks about, and that it changes nothing.
mod status;

/// `schedule`: what is printed, as the schedulers' own tools see it, and run as cron would.
mod schedule;
