//! From the first request to the plan: reads only.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::closer::look_closer;
use super::memory::{Keeping, Memory};
use super::run::Connection;
use super::{Options, entries, trace};
use crate::auth;
use crate::config::{InviteSettings, Limits, Since, Tenant};
use crate::directory::{DomainMatch, MailAddress, MailDomain, Personal};
use crate::discovery::{self, Asked, Discovered, Remembered, Standing, Window};
use crate::error::Error;
use crate::graph::reads::{Directory, Organization};
use crate::ledger::{Learnt, TenantRefusal};
use crate::plan::{Letter, Plan};
use crate::report::{OutcomeResult, Progress, RunReport, WindowKind};
use crate::selection::{self, Decided, History, Reason, Scope};
use crate::world::{Clock, World};

/// A clock that is further from the server's is worth a word: tokens and windows depend on the hour.
const CLOCK_TOLERANCE: u64 = 5 * 60;

/// What a run without a ledger gives up.
const NO_STATE: &str = "--no-state: no ledger, so the window comes from --since or `lookback`, nobody is retried or reminded, and nothing is remembered; no lock either, so the scheduler must prevent runs that overlap";

/// What the reading stages go by.
pub(super) struct Preparing<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) settings: &'a InviteSettings,
    pub(super) options: &'a Options,
    pub(super) world: &'a World,
    pub(super) progress: &'a Progress,
    pub(super) scope: &'a Scope,
    pub(super) limits: &'a Limits,
}

/// A plan, and what it stands on.
pub(super) struct Prepared {
    pub(super) plan: Plan,
    pub(super) window: Window,
    /// How far earlier runs have come, with what this one adopts.
    pub(super) standing: Standing,
    /// The `Date` of the first page, which a complete run makes the watermark.
    pub(super) date: DateTime<Utc>,
    /// The server's time at the first answer.
    pub(super) now: DateTime<Utc>,
    /// The tenant refused the last invitation.
    pub(super) refusal: Option<TenantRefusal>,
}

/// Reads, remembers, decides.
pub(super) async fn prepare(
    run: &Preparing<'_>,
    connection: &Connection,
    directory: &Directory<'_>,
    memory: &mut Memory,
    report: &mut RunReport,
) -> Result<Prepared, Error> {
    let organization = directory.organization().await?;
    let now = organization.now;
    report.warnings.extend(notes(run, now));
    let standing = memory.view().standing().await.map_err(Error::Ledger)?.adopting(run.settings, now);
    if let Some(ledger) = memory.locked_mut() {
        ledger.adopt(&standing, Clock::at(now)).await.map_err(Error::Ledger)?;
    }
    refuse_own_domains(run, connection, &organization).await?;
    let window = standing.window(asked(run).as_ref(), run.settings, now);
    report.window = Some(window.entry(now));
    let remembered = remembered(run, &window, memory).await?;
    let reading = |users: u64| run.progress.reading(users.div_ceil(999), users);
    let keep_all = run.options.keep_all;
    let mut discovered = discovery::discover(directory, run.scope, &window, &remembered, keep_all, &reading).await?;
    let mut history = history(run, &window, &standing, &discovered, memory, now).await?;
    let first = selection::decide(&discovered.snapshot, run.scope, &history, now);
    let below = refuse_subdomains(run, connection, &organization, &first, BTreeSet::new()).await?;
    let decided =
        look_closer(run, connection, directory, &mut discovered.snapshot, first, (&history, now), report).await?;
    // Once more: the home tenant may have told addresses in others.
    refuse_subdomains(run, connection, &organization, &decided, below).await?;
    entries::fill_in(report, &discovered.snapshot, &decided, keep_all);
    report.warnings.extend(before_start(report, &standing));
    report.trace = trace::of(&discovered.asked, &decided, run.scope, &discovered.snapshot);
    if let Some(ledger) = memory.locked() {
        ledger.learn(learnt(&mut history, &decided, now)).await.map_err(Error::Ledger)?;
    }
    let plan = Plan::new(Letter::new(run.tenant, run.settings), &decided, run.limits.max_invitations);
    if plan.waiting() > 0 {
        report.warnings.push(format!("{} reminders wait for room under max_invitations", plan.waiting()));
    }
    report.plan_digest = Some(plan.digest().to_string());
    let refusal = memory.view().refusal().await.map_err(Error::Ledger)?;
    Ok(Prepared { plan, window, standing, date: discovered.date.unwrap_or(now), now, refusal })
}

/// What the command line asks for; without a ledger nobody knows where the last run ended.
fn asked(run: &Preparing<'_>) -> Option<Asked> {
    let lookback = || Asked::Since(Since::Ago(run.settings.lookback));
    let without = matches!(run.options.keeping, Keeping::NoState).then(lookback);
    run.options.asked.clone().or(without)
}

/// Whom the run looks at whatever its window; `--user` looks at nobody else.
async fn remembered(run: &Preparing<'_>, window: &Window, memory: &Memory) -> Result<Remembered, Error> {
    if matches!(window, Window::Users(_)) {
        return Ok(Remembered::default());
    }
    let reminders = run.scope.remind_after.map_or(0, |_| run.scope.max_reminders);
    memory.view().remembered(reminders).await.map_err(Error::Ledger)
}

/// What is known of whoever was read, and what the reading makes of it.
async fn history(
    run: &Preparing<'_>,
    window: &Window,
    standing: &Standing,
    discovered: &Discovered,
    memory: &Memory,
    now: DateTime<Utc>,
) -> Result<History, Error> {
    let people = &discovered.snapshot.people;
    let ids = people.iter().map(|user| user.id).chain(discovered.gone.iter().copied()).collect();
    let records = memory.view().records(ids).await.map_err(Error::Ledger)?;
    let adopted = standing.adopted.filter(|_| !window.adopts_all()).and_then(discovery::Adopted::from);
    let mut history = History::new(adopted, records);
    for user in people {
        let address = run.scope.shown_address(user, history.of(user.id));
        history.read(user, address.as_ref(), now);
    }
    for id in &discovered.gone {
        tracing::info!(user_id = %id, "somebody with something open is not in the directory any more");
        history.missed(*id, now);
    }
    Ok(history)
}

/// What the ledger has to be told.
fn learnt(history: &mut History, decided: &[Decided], now: DateTime<Utc>) -> Learnt {
    let mut decisions = Vec::new();
    for person in decided {
        if history.decided(&person.user, person.address.as_ref(), person.reason, now) {
            decisions.push(entries::entry(person));
        }
    }
    let names: HashMap<_, _> =
        decided.iter().map(|person| (person.user.id, person.user.display_name.expose())).collect();
    let name = |id| names.get(&id).copied().unwrap_or_default().to_owned();
    let records = history.changes().map(|(id, record)| (id, name(id), record.clone())).collect();
    let result = |shown: bool| if shown { OutcomeResult::Invited } else { OutcomeResult::Unknown };
    let settled = history.settled().iter().map(|(id, shown)| (*id, result(*shown))).collect();
    Learnt { records, decisions, settled }
}

/// Refuses `domains` that are at home in this tenant. Without the permission to read the organization, the public document of the authority tells.
async fn refuse_own_domains(
    run: &Preparing<'_>,
    connection: &Connection,
    organization: &Organization,
) -> Result<(), Error> {
    if let Some(verified) = &organization.verified_domains {
        let own =
            verified.iter().find(|domain| run.scope.home.matches(Some(&format!("x@{domain}"))) == DomainMatch::Ours);
        return own.map_or(Ok(()), |domain| Err(Error::OwnDomain { domain: domain.clone() }));
    }
    refuse_domains_at_home(run, connection, &run.settings.domains).await
}

/// Refuses domains that the authority's public documents know to be this tenant's.
async fn refuse_domains_at_home(
    run: &Preparing<'_>,
    connection: &Connection,
    domains: impl IntoIterator<Item = &MailDomain>,
) -> Result<(), Error> {
    for domain in domains {
        let owner =
            auth::tenant_of_domain(&connection.clients, &run.tenant.endpoints.authority, domain.as_str()).await?;
        if owner == Some(run.tenant.tenant_id) {
            return Err(Error::OwnDomain { domain: domain.as_str().to_owned() });
        }
    }
    Ok(())
}

/// Refuses subdomains that are at home in this tenant; after the decisions, since only the people tell which there are.
/// Returns all that were asked about by then.
async fn refuse_subdomains(
    run: &Preparing<'_>,
    connection: &Connection,
    organization: &Organization,
    decided: &[Decided],
    known: BTreeSet<MailDomain>,
) -> Result<BTreeSet<MailDomain>, Error> {
    if organization.verified_domains.is_some() {
        return Ok(known);
    }
    let below = subdomains(run, decided);
    refuse_domains_at_home(run, connection, below.difference(&known)).await?;
    Ok(&below | &known)
}

/// The domains below those of `domains` that somebody would be sent to, or has in `mail`: only people tell which there are.
fn subdomains(run: &Preparing<'_>, decided: &[Decided]) -> BTreeSet<MailDomain> {
    let sent = decided.iter().filter(|decided| decided.reason.decision().sends());
    let addresses = sent.flat_map(|decided| {
        let address = decided.address.as_ref().map(MailAddress::expose);
        [address, decided.user.mail.as_ref().map(Personal::expose)].into_iter().flatten()
    });
    let domains = addresses.filter_map(|address| MailDomain::parse(address.rsplit('@').next()?));
    domains.filter(|domain| !run.settings.domains.contains(domain)).collect()
}

/// What an administrator should know before reading on.
fn notes(run: &Preparing<'_>, server: DateTime<Utc>) -> Vec<String> {
    let mut notes = Vec::new();
    if matches!(run.options.keeping, Keeping::NoState) {
        notes.push(NO_STATE.to_owned());
    }
    let off = (run.world.clock.now() - server).abs();
    if off.num_seconds().unsigned_abs() > CLOCK_TOLERANCE {
        notes.push(format!(
            "this machine's clock is {} minutes off the server's; windows go by the server's",
            off.num_minutes()
        ));
    }
    notes
}

/// A first run says whom it leaves alone.
fn before_start(report: &RunReport, standing: &Standing) -> Option<String> {
    let is_first = report.window.is_some_and(|window| window.kind == WindowKind::First);
    let count = *report.counts.skipped_by_reason.get(Reason::BeforeStart.code())?;
    let start = standing.adopted?.from().filter(|_| is_first)?;
    let start = start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    Some(format!(
        "first run: {count} people were created before {start} and are left alone; `xcsync invite --full` adopts them"
    ))
}
