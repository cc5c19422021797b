//! One report with every decision and every outcome, for the tests of all formats.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::directory::{ObjectId, Personal, TenantId};
use crate::error::Exit;
use crate::report::*;
use crate::selection::Reason;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn id(number: usize) -> ObjectId {
    ObjectId::parse(&format!("{number:08}-1111-4222-8333-444444444444")).unwrap()
}

const NAMES: [&str; 12] = [
    "Ada Lovelace",
    "Grace Hopper",
    "Katherine Johnson",
    "Edsger W. Dijkstra",
    "Barbara Liskov",
    "Tony Hoare",
    "Zoë O'Brien-Byrne",
    "Donald Knuth",
    "山田 Yamada",
    "Margaret Hamilton",
    "Radia Perlman",
    "Ken Thompson",
];

fn person(number: usize, reason: Reason) -> DecisionEntry {
    let name = NAMES[number % NAMES.len()];
    let address = format!("{}@contoso.com", name.split([' ', '-']).next_back().unwrap_or(name).to_lowercase());
    DecisionEntry {
        user_id: id(number),
        display_name: Personal::new(name),
        address: (reason != Reason::NoAddress).then(|| Personal::new(&address)),
        reason,
        hint: None,
    }
}

/// Every reason that is listed, several `new` ones, two duplicates, and one hostile name.
fn decisions() -> Vec<DecisionEntry> {
    let listed = Reason::ALL.iter().copied().filter(|reason| !reason.counted_only());
    let more = [Reason::New; 5].into_iter().chain([Reason::DuplicateAddress, Reason::UpnDiffers]);
    let mut all: Vec<_> = listed.chain(more).enumerate().map(|(n, reason)| person(n, reason)).collect();
    let twins: Vec<_> = (0..all.len()).filter(|n| all[*n].reason == Reason::DuplicateAddress).collect();
    for (one, other) in [(twins[0], twins[1]), (twins[1], twins[0])] {
        all[one].address = Some(Personal::new("shared@contoso.com"));
        let name = all[other].display_name.expose().to_owned();
        all[one].hint = Some(format!("{name} ({}) has this address too", all[other].user_id));
    }
    let held = all.iter_mut().find(|e| e.reason == Reason::InvalidAddress);
    let held = held.unwrap();
    held.display_name = Personal::new("=cmd|'/c calc'!A0\u{1b}[2J\u{202e}\nforged");
    held.address = Some(Personal::new("müller@contoso.com"));
    all
}

fn counts(decisions: &[DecisionEntry]) -> Counts {
    let mut counts = Counts::default();
    for entry in decisions {
        counts.decided(entry.reason, 1);
    }
    counts.decided(Reason::OtherDomain, 480);
    counts.decided(Reason::Accepted, 211);
    counts.near_domains = [("eu.contoso.com".to_owned(), 12), ("contoso.com.example".to_owned(), 1)].into();
    counts
}

fn run() -> RunReport {
    let decisions = decisions();
    RunReport {
        run_id: Uuid::from_u128(0x0193_5a7c_0000_7000_8000_0000_0000_0001),
        mode: Mode::DryRun,
        started_at: at("2026-11-23T10:00:00.5Z"),
        finished_at: at("2026-11-23T10:00:42.9Z"),
        tenant: TenantEntry {
            name: "gcch".to_owned(),
            cloud: "usgov",
            tenant_id: TenantId::parse("5f0c1a2b-0000-4000-8000-00000000000a").unwrap(),
        },
        window: Some(WindowEntry {
            kind: WindowKind::Incremental,
            from: Some(at("2026-11-22T09:00:00Z")),
            to: at("2026-11-23T10:00:00Z"),
        }),
        plan_digest: Some(format!("sha256:{}", "3b1f".repeat(16))),
        counts: counts(&decisions),
        throttled: 0,
        decisions,
        outcomes: Vec::new(),
        warnings: vec!["the local clock is 2 h 10 min behind the service's; windows go by the service's".to_owned()],
        trace: Vec::new(),
        exit: Exit::Done,
        error: None,
    }
}

/// A dry run.
pub(in crate::report) fn planned() -> InviteReport {
    InviteReport { exit: Exit::Done, error: None, runs: vec![run()] }
}

fn refused() -> ErrorEntry {
    ErrorEntry {
        code: "Request_BadRequest".to_owned(),
        message: "Group email address is not supported.".to_owned(),
        hint: Some("invite the people of the group one by one".to_owned()),
        quotes_service: true,
    }
}

fn outcome(number: usize, entry: &DecisionEntry) -> OutcomeEntry {
    use OutcomeResult::{Failed, Invited, NotAttempted, Unknown, Unverified};
    let (result, status) = [
        (Invited, Some(201)),
        (Invited, Some(201)),
        (Failed, Some(400)),
        (Failed, Some(400)),
        (Unknown, None),
        (Unverified, Some(201)),
        (NotAttempted, None),
        (NotAttempted, None),
    ][number];
    OutcomeEntry {
        user_id: entry.user_id,
        display_name: entry.display_name.clone(),
        address: entry.address.clone().unwrap(),
        decision: entry.reason.decision(),
        result,
        status,
        error: (result == Failed).then(refused),
        request_id: status.map(|_| format!("{number:08}-aaaa-4bbb-8ccc-dddddddddddd")),
        attempts: match result {
            NotAttempted => 0,
            Unknown => 3,
            _ => 1,
        },
    }
}

/// The same people with every outcome, and a second tenant that could not start.
pub(crate) fn applied() -> InviteReport {
    let mut first = run();
    first.mode = Mode::Apply;
    first.exit = Exit::Partial;
    let sent = first.decisions.iter().filter(|entry| entry.reason.decision().sends());
    first.outcomes = sent.enumerate().map(|(number, entry)| outcome(number, entry)).collect();
    for outcome in &first.outcomes {
        first.counts.came_out(outcome.result);
    }
    InviteReport { exit: Exit::Denied, error: None, runs: vec![first, denied()] }
}

fn denied() -> RunReport {
    RunReport {
        mode: Mode::Apply,
        run_id: Uuid::from_u128(0x0193_5a7c_0000_7000_8000_0000_0000_0002),
        tenant: TenantEntry {
            name: "dod".to_owned(),
            cloud: "usgov-dod",
            tenant_id: TenantId::parse("5f0c1a2b-0000-4000-8000-00000000000b").unwrap(),
        },
        window: None,
        plan_digest: None,
        counts: Counts::default(),
        decisions: Vec::new(),
        warnings: Vec::new(),
        exit: Exit::Denied,
        error: Some(ErrorEntry {
            code: "wrong-cloud".to_owned(),
            message: "the token comes from the commercial cloud, so nothing was asked of this tenant".to_owned(),
            hint: Some("set `cloud` of [tenants.dod] to the cloud that the application is registered in".to_owned()),
            quotes_service: false,
        }),
        ..run()
    }
}

/// `--user` with one person.
pub(in crate::report) fn traced() -> InviteReport {
    let mut run = run();
    run.decisions.retain(|entry| entry.reason == Reason::Privileged);
    run.counts = Counts::default();
    run.counts.decided(Reason::Privileged, 1);
    run.warnings.clear();
    run.window = Some(WindowEntry { kind: WindowKind::Users, from: None, to: at("2026-11-23T10:00:00Z") });
    let step = |question, answer: &str| TraceStep { question, answer: Personal::new(answer) };
    run.trace = vec![TraceEntry {
        asked: Personal::new("liskov@contoso.com"),
        steps: vec![
            step(Question::Found, "00000023-1111-4222-8333-444444444444, by mail"),
            step(Question::InDomain, "yes, contoso.com"),
            step(Question::InScope, "yes"),
            step(Question::State, "never invited"),
            step(Question::Decision, "hold, privileged"),
        ],
    }];
    InviteReport { exit: Exit::Done, error: None, runs: vec![run] }
}

/// A call that ended before any run.
pub(in crate::report) fn error_only() -> InviteReport {
    let error = ErrorEntry {
        code: "unknown-tenant".to_owned(),
        message: "no tenant is called `gchc`; nothing was read and nothing was sent".to_owned(),
        hint: Some("did you mean `gcch`?".to_owned()),
        quotes_service: false,
    };
    InviteReport { exit: Exit::Usage, error: Some(error), runs: Vec::new() }
}

/// Compares with `tests/fixtures/report/NAME.snap`; `INSTA_UPDATE=always` writes it anew.
macro_rules! golden {
    ($name:literal, $text:expr) => {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/report");
        insta::with_settings!({
            snapshot_path => folder,
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!($name, $text) });
    };
}
pub(crate) use golden;
