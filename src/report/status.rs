//! What `status` has to say: where everyone stands, as SPEC section 11 has it.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::json::{ErrorView, instant, list, write_document};
use super::style::Style;
use super::{ErrorEntry, OutputFormat, PastRun, TenantEntry, csv, text};
use crate::directory::{ObjectId, Personal};
use crate::error::Exit;
use crate::status::{self, Person, State};

/// The report of one call of `xcsync status`.
#[derive(Clone, Debug)]
pub struct StatusReport {
    /// How the call ends.
    pub exit: Exit,
    /// What ended the call, such as a ledger that can't be read.
    pub error: Option<ErrorEntry>,
    /// The tenants, in the order of the configuration.
    pub tenants: Vec<TenantStatus>,
    /// Whether everybody is listed (`-v`), also who has accepted.
    pub list_all: bool,
}

/// Where everyone of one tenant stands.
#[derive(Clone, Debug)]
pub struct TenantStatus {
    /// The tenant.
    pub tenant: TenantEntry,
    /// When this was true.
    pub now: DateTime<Utc>,
    /// Whether the directory was asked; else it is what the ledger knows.
    pub source: Source,
    /// How many have accepted and are not among `people`.
    pub accepted: u64,
    /// The people, who waits longest first.
    pub people: Vec<Person>,
    /// The last run that could send.
    pub last_run: Option<PastRun>,
    /// When the last complete run began to read: everybody created before was dealt with.
    pub complete_until: Option<DateTime<Utc>>,
    /// What an administrator should know beside it.
    pub warnings: Vec<String>,
    /// How the call would end if this were the only tenant.
    pub exit: Exit,
    /// Why the directory could not be asked, or that no run was complete within `--max-age`.
    pub error: Option<ErrorEntry>,
}

/// Who has told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Ledger and directory.
    Directory,
    /// The ledger alone.
    Ledger,
}

impl TenantStatus {
    /// How many are in a state.
    pub fn count(&self, state: State) -> u64 {
        status::count(&self.people, self.accepted, state)
    }
}

impl StatusReport {
    /// Of these tenants.
    pub fn of(tenants: Vec<TenantStatus>, list_all: bool) -> Self {
        Self { exit: Exit::worst(tenants.iter().map(|tenant| tenant.exit)), error: None, tenants, list_all }
    }

    /// The same, ended early.
    #[must_use]
    pub fn ended(self, exit: Exit, error: ErrorEntry) -> Self {
        Self { exit, error: Some(error), ..self }
    }

    /// Writes it; the errors of CSV the caller tells on stderr.
    pub fn write(&self, format: OutputFormat, style: Style, out: &mut dyn Write) -> io::Result<()> {
        match format {
            OutputFormat::Text => text::write_status(self, style, out),
            OutputFormat::Json => {
                let tenants = list("tenants", self.tenants.iter().map(|tenant| TenantView::of(self, tenant)));
                write_document("xcsync.status/1", self.exit, self.error.as_ref(), tenants, out)
            }
            OutputFormat::Csv => csv::table(HEADER, self.rows(), out),
        }
    }

    /// Whom JSON and CSV list: everybody but the accepted, or all.
    fn listed<'a>(&'a self, tenant: &'a TenantStatus) -> impl Iterator<Item = &'a Person> {
        tenant.people.iter().filter(|person| self.list_all || person.state != State::Accepted)
    }

    fn rows(&self) -> impl Iterator<Item = [String; HEADER.len()]> {
        self.tenants.iter().flat_map(|tenant| self.listed(tenant).map(|person| cells(tenant, person)))
    }
}

const HEADER: [&str; 13] = [
    "tenant",
    "user_id",
    "display_name",
    "address",
    "state",
    "reason",
    "since",
    "invitations",
    "next_attempt",
    "meaning",
    "remedy",
    "error_code",
    "error_message",
];

fn cells(tenant: &TenantStatus, person: &Person) -> [String; HEADER.len()] {
    let Person { user_id, display_name, address, state, cause, since, invitations, next_attempt, last_error } = person;
    let known = cause.known();
    let at = |at: &Option<DateTime<Utc>>| at.map(instant).unwrap_or_default();
    let of_error = |part: fn(&ErrorEntry) -> &String| last_error.as_ref().map(part).cloned().unwrap_or_default();
    [
        tenant.tenant.name.clone(),
        user_id.to_string(),
        display_name.expose().to_owned(),
        address.as_ref().map_or("", Personal::expose).to_owned(),
        state.code().to_owned(),
        known.code.to_owned(),
        at(since),
        invitations.to_string(),
        at(next_attempt),
        known.meaning.to_owned(),
        known.remedy.to_owned(),
        of_error(|error| &error.code),
        of_error(|error| &error.message),
    ]
}

#[derive(Serialize)]
struct TenantView<'a> {
    tenant: &'a str,
    counts: CountsView,
    people: Vec<PersonView<'a>>,
    last_run: Option<LastRunView>,
    complete_until: Option<String>,
    source: &'static str,
    warnings: &'a [String],
    exit_code: u8,
    error: Option<ErrorView<'a>>,
}

impl<'a> TenantView<'a> {
    fn of(report: &'a StatusReport, status: &'a TenantStatus) -> Self {
        let TenantStatus {
            tenant,
            now: _,
            source,
            accepted: _,
            people: _,
            last_run,
            complete_until,
            warnings,
            exit,
            error,
        } = status;
        Self {
            tenant: &tenant.name,
            counts: CountsView::of(status),
            people: report.listed(status).map(PersonView::of).collect(),
            last_run: last_run.as_ref().map(LastRunView::of),
            complete_until: complete_until.map(instant),
            source: match source {
                Source::Directory => "directory",
                Source::Ledger => "ledger",
            },
            warnings,
            exit_code: exit.code(),
            error: error.as_ref().map(ErrorView::of),
        }
    }
}

#[derive(Serialize)]
struct CountsView {
    not_invited: u64,
    pending: u64,
    accepted: u64,
    failed: u64,
    held: u64,
    gave_up: u64,
}

impl CountsView {
    fn of(status: &TenantStatus) -> Self {
        let count = |state| status.count(state);
        Self {
            not_invited: count(State::NotInvited),
            pending: count(State::Pending),
            accepted: count(State::Accepted),
            failed: count(State::Failed),
            held: count(State::Held),
            gave_up: count(State::GaveUp),
        }
    }
}

#[derive(Serialize)]
struct PersonView<'a> {
    user_id: ObjectId,
    display_name: &'a str,
    address: Option<&'a str>,
    state: &'static str,
    reason: &'static str,
    since: Option<String>,
    invitations: u32,
    next_attempt: Option<String>,
    last_error: Option<ErrorView<'a>>,
}

impl<'a> PersonView<'a> {
    fn of(person: &'a Person) -> Self {
        let Person { user_id, display_name, address, state, cause, since, invitations, next_attempt, last_error } =
            person;
        Self {
            user_id: *user_id,
            display_name: display_name.expose(),
            address: address.as_ref().map(Personal::expose),
            state: state.code(),
            reason: cause.known().code,
            since: since.map(instant),
            invitations: *invitations,
            next_attempt: next_attempt.map(instant),
            last_error: last_error.as_ref().map(ErrorView::of),
        }
    }
}

/// End and code are null for a run that is under way, or was cut off.
#[derive(Serialize)]
struct LastRunView {
    run_id: Uuid,
    finished_at: Option<String>,
    exit_code: Option<u8>,
}

impl LastRunView {
    fn of(past: &PastRun) -> Self {
        let PastRun { report, has_ended } = past;
        Self {
            run_id: report.run_id,
            finished_at: has_ended.then(|| instant(report.finished_at)),
            exit_code: has_ended.then(|| report.exit.code()),
        }
    }
}
