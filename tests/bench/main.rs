//! Figures of a release build, printed, with the emulator in a process of its own: `cargo bench`.
//!
//! `cargo bench -- reading` runs one of `startup`, `reading`, `remembering`, `sending`.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "figures of real time are what this prints")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use xcsync::sandbox::{Sandbox, Tenant, people};

/// How many people the ledger knows.
const KNOWN: u32 = 100_000;

/// What the emulator's process is told on its command line.
const SERVE: &str = "--serve";

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let [serve, kind] = args.as_slice()
        && serve == SERVE
    {
        return serve_tenant(kind);
    }
    let wanted = |name: &str| args.is_empty() || args.iter().any(|arg| arg == name);
    if wanted("startup") {
        startup();
    }
    if wanted("reading") {
        reading();
    }
    if wanted("remembering") {
        remembering();
    }
    if wanted("sending") {
        sending(25, 25.0, Duration::ZERO, &[]);
        sending(25, 25.0, Duration::ZERO, &["--no-state"]);
        sending(60, 30.0, Duration::from_secs(10), &[]);
    }
}

/// The emulator's process: serves until its parent closes stdin.
fn serve_tenant(kind: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let now = std::time::SystemTime::now().into();
        let mut tenant = match kind {
            "crowd" => people::crowd(100_000, 100, now),
            "invited" => invited(now),
            _ => people::crowd(3_000, 1, now),
        };
        tenant.keep_bodies = kind == "wave";
        if kind == "wave" {
            tenant.invitation_limit = Some((150, Duration::from_secs(5)));
            tenant.invitation_latency = (Duration::from_millis(300), Duration::from_millis(800));
        }
        let id = tenant.id;
        let sandbox = Sandbox::start(tenant).await.expect("a free port");
        let token = sandbox.token(&[
            "User.Read.All",
            "User.Invite.All",
            "Organization.Read.All",
            "RoleManagement.Read.Directory",
        ]);
        println!("{} {id} {token}", sandbox.root());
        let mut stdin = BufReader::new(std::io::stdin());
        let (sender, mut asked) = tokio::sync::mpsc::unbounded_channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            while stdin.read_line(&mut line).is_ok_and(|read| read > 0) {
                let _ = sender.send(());
                line.clear();
            }
        });
        // A line on stdin asks for the posts so far: milliseconds since the first, and the status.
        while asked.recv().await.is_some() {
            let traffic = sandbox.traffic();
            let posts = traffic.iter().filter(|exchange| exchange.url.ends_with("/invitations"));
            let posts: Vec<_> = posts.map(|post| (post.at, post.status.unwrap_or_default())).collect();
            let start = posts.iter().map(|(at, _)| *at).min().unwrap_or_default();
            let told = posts.iter().map(|(at, status)| format!("{}:{status}", (*at - start).num_milliseconds()));
            println!("{}", told.collect::<Vec<_>>().join(" "));
        }
    });
}

/// 100,000 people of whom one in ten has not accepted yet.
fn invited(now: DateTime<Utc>) -> Tenant {
    let mut tenant = people::crowd(KNOWN, 1, now);
    for (person, n) in tenant.people.iter().cloned().collect::<Vec<_>>().into_iter().zip(0..) {
        let state = if n % 10 == 0 { "PendingAcceptance" } else { "Accepted" };
        tenant.people.get_mut(person.id).expect("there").external_user_state = Some(state.to_owned());
    }
    tenant
}

/// An emulator in another process, and a configuration for it.
struct Emulator {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
    folder: tempfile::TempDir,
    token: String,
}

impl Emulator {
    fn start(kind: &str, limits: &str) -> Self {
        let this = std::env::current_exe().expect("a path");
        let mut child = Command::new(this)
            .args([SERVE, kind])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let mut answers = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        answers.read_line(&mut line).expect("a line");
        let [root, id, token] = line.split_whitespace().collect::<Vec<_>>().try_into().expect("root, id, token");
        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().join("xcsync.db");
        let config = format!(
            "state = \"{}\"\n[tenants.bench]\ncloud = \"custom\"\ntenant_id = \"{id}\"\n[tenants.bench.endpoints]\ngraph = \"{root}\"\nauthority = \"{root}\"\n\
             redirect = \"https://myapps.microsoft.us\"\n[tenants.bench.auth]\nmethod = \"access-token\"\n\
             [tenants.bench.invite]\ndomains = [\"contoso.com\"]\n[tenants.bench.limits]\n{limits}\n",
            state.display()
        );
        let token = token.to_owned();
        std::fs::write(folder.path().join("config.toml"), config).expect("written");
        Self { child, answers, folder, token }
    }

    /// Runs the program under GNU-like accounting of `/proc`; gives its exit code, wall time, CPU time and peak memory.
    fn run(&self, args: &[&str]) -> Used {
        let config = self.folder.path().join("config.toml");
        used(
            Command::new(binary())
                .env_clear()
                .env("XCSYNC_ACCESS_TOKEN", &self.token)
                .arg("--config")
                .arg(config)
                .args(args),
        )
    }

    fn ledger(&self) -> PathBuf {
        self.folder.path().join("xcsync.db")
    }

    /// Makes the ledger one that has invited whomever it knows, an hour ago, and has kept each attempt; says how many there are of both.
    ///
    /// By the pace of the service that would have taken an hour and more.
    fn as_if_it_had_invited_all(&self) -> (i64, i64) {
        let ledger = rusqlite::Connection::open(self.ledger()).expect("a ledger");
        let changes = "UPDATE people SET invited_at = unixepoch() * 1000 - 3600000, invitations = 1;
            INSERT INTO attempts SELECT (SELECT min(number) FROM runs), user_id, display_name, address, 'new',
                invited_at - 500, invited_at, 'invited', 201, '5a4db000-7e4a-4000-8000-' || printf('%012d', random() & 0xffffff), 1, NULL
            FROM people;";
        ledger.execute_batch(changes).expect("changed");
        let count = |table: &str| ledger.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0));
        (count("people").expect("a number"), count("attempts").expect("a number"))
    }

    /// The posts that the emulator saw: time since the first, and status.
    fn posts(&mut self) -> Vec<(Duration, u16)> {
        writeln!(self.child.stdin.as_mut().expect("piped")).expect("asked");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("a line");
        let post = |word: &str| {
            let (at, status) = word.split_once(':')?;
            Some((Duration::from_millis(at.parse().ok()?), status.parse().ok()?))
        };
        line.split_whitespace().filter_map(post).collect()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process used.
struct Used {
    exit: Option<i32>,
    wall: Duration,
    cpu: Duration,
    peak_kib: u64,
}

/// Runs a command to its end and reads what it used from `/usr/bin/time`-like accounting: Linux's `/proc/PID`, read just before it is reaped.
fn used(command: &mut Command) -> Used {
    let started = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
    let proc = Path::new("/proc").join(child.id().to_string());
    let (mut cpu, mut peak_kib) = (Duration::ZERO, 0);
    loop {
        // A zombie keeps its times, not its memory, so that both are read until it is one.
        let stat = std::fs::read_to_string(proc.join("stat")).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit_once(") ").map(|(_, rest)| rest.split(' ').collect()).unwrap_or_default();
        let ticks = |index: usize| fields.get(index).and_then(|ticks| ticks.parse::<u64>().ok()).unwrap_or_default();
        cpu = cpu.max(Duration::from_millis((ticks(11) + ticks(12)) * 10));
        let status = std::fs::read_to_string(proc.join("status")).unwrap_or_default();
        let peak =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse().ok());
        peak_kib = peak_kib.max(peak.unwrap_or_default());
        if fields.first() == Some(&"Z") || fields.is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let wall = started.elapsed();
    let exit = child.wait().expect("reaped").code();
    Used { exit, wall, cpu, peak_kib }
}

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_xcsync"))
}

fn startup() {
    let size = std::fs::metadata(binary()).map(|file| file.len()).unwrap_or_default();
    println!("binary: {:.2} MiB (at most 14)", mib(size));
    let mut times: Vec<_> = (0..50)
        .map(|_| {
            let started = Instant::now();
            Command::new(binary()).arg("--version").stdout(Stdio::null()).status().expect("started");
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!(
        "--version: median {:.1} ms, slowest of 50 {:.1} ms wall (at most 10 ms of process time)",
        ms(times[25]),
        ms(times[49])
    );
}

fn reading() {
    let emulator = Emulator::start("crowd", "max_invitations = 5000");
    for _ in 0..3 {
        let used = emulator.run(&["invite", "--full", "--dry-run"]);
        println!(
            "reading 100,000 users, 1,000 in scope: exit {:?}, {:.2} s wall, {:.2} s CPU (at most 1.2), {:.1} MiB peak (at most 40)",
            used.exit,
            used.wall.as_secs_f64(),
            used.cpu.as_secs_f64(),
            mib(used.peak_kib * 1024)
        );
    }
}

/// Runs with nothing to do over people whom the ledger knows, with it and without.
fn remembering() {
    let emulator = Emulator::start("invited", "max_invitations = 5000");
    let first = emulator.run(&["invite", "--full"]);
    let (known, attempts) = emulator.as_if_it_had_invited_all();
    println!(
        "a ledger of {known} people and {attempts} invitations: {:.1} MiB (at most 64); its first run: exit {:?}, {:.2} s CPU",
        mib(std::fs::metadata(emulator.ledger()).expect("a ledger").len()),
        first.exit,
        first.cpu.as_secs_f64()
    );
    let mut cpu = [Duration::MAX; 2];
    for _ in 0..5 {
        for (args, least) in [&["invite", "--full"][..], &["invite", "--full", "--no-state"]].iter().zip(&mut cpu) {
            let used = emulator.run(args);
            *least = used.cpu.min(*least);
            println!(
                "{}: exit {:?}, {:.2} s wall, {:.2} s CPU, {:.1} MiB peak",
                args.join(" "),
                used.exit,
                used.wall.as_secs_f64(),
                used.cpu.as_secs_f64(),
                mib(used.peak_kib * 1024)
            );
        }
    }
    let [with, without] = cpu.map(|cpu| cpu.as_secs_f64());
    println!("the ledger adds {:.2} s of CPU (at most 1), by the least of five runs each", with - without);
    let later = emulator.run(&["invite"]);
    println!(
        "the next run of a schedule, {} of them by id: exit {:?}, {:.2} s wall, {:.2} s CPU",
        KNOWN / 10,
        later.exit,
        later.wall.as_secs_f64(),
        later.cpu.as_secs_f64()
    );
    standing(&emulator);
    println!("its size then: {:.1} MiB", mib(std::fs::metadata(emulator.ledger()).expect("a ledger").len()));
}

/// Where everyone stands: with the one in ten who has not accepted asked about, with everybody, and with nobody.
fn standing(emulator: &Emulator) {
    let told = |what: &str, args: &[&str]| {
        let used = emulator.run(args);
        println!(
            "{}, {what}: exit {:?}, {:.2} s wall, {:.2} s CPU, {:.1} MiB peak",
            args.join(" "),
            used.exit,
            used.wall.as_secs_f64(),
            used.cpu.as_secs_f64(),
            mib(used.peak_kib * 1024)
        );
    };
    told("one in ten asked about", &["status"]);
    told("nobody asked about", &["status", "--offline"]);
    let ledger = rusqlite::Connection::open(emulator.ledger()).expect("a ledger");
    ledger.execute_batch("UPDATE people SET seen = 1, reason = 'pending'").expect("changed");
    told("everybody asked about", &["status"]);
}

/// Sends 3,000 invitations against a server that allows 150 in 5 s; `allowed` a second is compared with what came after `from`.
fn sending(rate: u32, allowed: f64, from: Duration, more: &[&str]) {
    let limits = format!("max_invitations = 5000\nrate_per_second = {rate}");
    let mut emulator = Emulator::start("wave", &limits);
    let used = emulator.run(&[&["invite", "--full"], more].concat());
    let posts = emulator.posts();
    let throttled = posts.iter().filter(|(_, status)| *status == 429).count();
    let mut created: Vec<_> = posts.iter().filter(|(_, status)| *status == 201).map(|(at, _)| *at).collect();
    created.sort_unstable();
    let last = created.last().copied().unwrap_or_default();
    let later = created.iter().filter(|at| **at >= from).count();
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let (share, refused) =
        (later as f64 / last.saturating_sub(from).as_secs_f64() / allowed, throttled as f64 / posts.len() as f64);
    println!(
        "sending {} at {rate} a second{}: exit {:?}, {:.1} s wall, {:.2} s CPU, {:.1} % of {allowed} a second after {} s, {throttled} answers of 429 ({:.2} %)",
        created.len(),
        if more.is_empty() { String::new() } else { format!(", {}", more.join(" ")) },
        used.exit,
        used.wall.as_secs_f64(),
        used.cpu.as_secs_f64(),
        share * 100.0,
        from.as_secs(),
        refused * 100.0
    );
}

#[expect(clippy::cast_precision_loss, reason = "megabytes")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
