//! One tenant's run: the stages in their order.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use tokio::time::sleep_until;
use uuid::Uuid;

use super::{Options, entries, trace};
use crate::auth::{self, HttpClients};
use crate::config::{AddressSource, InviteSettings, Limits, Since, Tenant};
use crate::directory::{DomainMatch, MailDomain};
use crate::discovery::{self, Discovered, Window};
use crate::dispatch::{self, Sending};
use crate::error::{Error, Exit};
use crate::graph::client::Client;
use crate::graph::invitations::Invitations;
use crate::graph::reads::{Directory, Organization};
use crate::ledger::Ledger;
use crate::plan::{ApprovedPlan, Letter, Plan};
use crate::report::{Counts, ErrorEntry, Mode, Progress, RunReport, TenantEntry};
use crate::selection::{self, Decided, History, Scope};
use crate::verify;
use crate::world::{World, interrupted};

/// A clock that is further from the server's is worth a word: tokens and windows depend on the hour.
const CLOCK_TOLERANCE: u64 = 5 * 60;

/// What nobody remembers without a ledger.
const FAILED_AGAIN: &str = "who failed is not remembered: the next run whose window holds them sends again; mend the cause first, or put them into `exclude`";

/// Runs the job for one tenant; whatever happens is in the report.
pub(super) async fn run(tenant: &Tenant, options: &Options, world: &World, progress: &Progress) -> RunReport {
    // Version 7 sorts by time (RFC 9562 section 5.7), so that logs and reports list runs in their order.
    let run_id = Uuid::now_v7();
    let started_at = world.clock.now();
    tracing::info!(%run_id, tenant = tenant.name, mode = options.mode.code(), "the run begins");
    let mut report = RunReport {
        run_id,
        mode: options.mode,
        started_at,
        finished_at: started_at,
        tenant: TenantEntry { name: tenant.name.clone(), cloud: tenant.cloud.name(), tenant_id: tenant.tenant_id },
        window: None,
        plan_digest: None,
        counts: Counts::default(),
        decisions: Vec::new(),
        outcomes: Vec::new(),
        warnings: Vec::new(),
        trace: Vec::new(),
        exit: Exit::Done,
        error: None,
    };
    match stages(tenant, options, world, progress, &mut report).await {
        Ok(exit) => report.exit = exit,
        Err(error) => {
            report.exit = error.exit();
            tracing::error!(%run_id, tenant = tenant.name, code = error.code(), "the run ended early");
            report.error = Some(entry(&error, tenant, options.several));
        }
    }
    report.finished_at = world.clock.now();
    tracing::info!(%run_id, tenant = tenant.name, exit_code = report.exit.code(), "the run has ended");
    report
}

/// With several tenants a hint that is a command line must name the one it is about.
fn entry(error: &Error, tenant: &Tenant, several: bool) -> ErrorEntry {
    match error {
        Error::Refused(refusal) if several => {
            ErrorEntry { hint: Some(refusal.hint(Some(&tenant.name))), ..error.entry() }
        }
        _ => error.entry(),
    }
}

/// The stages; `report` is filled in as far as they came.
async fn stages(
    tenant: &Tenant,
    options: &Options,
    world: &World,
    progress: &Progress,
    report: &mut RunReport,
) -> Result<Exit, Error> {
    let settings =
        tenant.invite.as_ref().ok_or_else(|| super::usage("this tenant has no [invite] table", "add one"))?;
    if settings.address == AddressSource::HomeUpn {
        let message = "address = \"home-upn\" asks the home tenant, which this version does not do yet";
        return Err(super::usage(message, "choose another `address`, such as \"on-prem-upn\""));
    }
    if options.resend && !settings.send_message {
        let message = "--resend reminds by mail, and with send_message = false no mail is sent";
        return Err(super::usage(message, "remind them yourself, or set send_message = true"));
    }
    let limits = limits(tenant, options);
    let scope = scope(settings, options);
    let attributes = scope.attributes();
    let connection = Connection::open(tenant, &limits, options, world)?;
    let directory = Directory::new(&connection.client, &attributes);
    let run = Preparing { tenant, settings, options, world, progress, scope: &scope, limits: &limits };
    let preparing = prepare(&run, &connection, &directory, report);
    let plan = tokio::select! {
        biased;
        () = interrupted(world.interrupts.clone()) => return Err(Error::Interrupted),
        () = sleep_until(connection.client.deadline()) => return Err(Error::OutOfTime),
        plan = preparing => plan?,
    };
    // Approved in a dry run too, so that it ends as the run itself would (SPEC section 6.5).
    let approved = plan.approve(&limits, options.expected.as_ref())?;
    match options.mode {
        Mode::DryRun => Ok(Exit::Done),
        Mode::Apply => apply(approved, &connection.client, &directory, &limits, world, progress, report).await,
    }
}

/// Limits for this run: `--max-invitations` counts either way.
fn limits(tenant: &Tenant, options: &Options) -> Limits {
    let configured = tenant.limits.clone();
    Limits { max_invitations: options.max_invitations.unwrap_or(configured.max_invitations), ..configured }
}

fn scope(settings: &InviteSettings, options: &Options) -> Scope {
    let asked_for = matches!(options.window, Some(Window::Users(_)));
    Scope { asked_for, resend: options.resend, ..Scope::new(settings) }
}

/// Everything that speaks to the network.
struct Connection {
    clients: HttpClients,
    client: Client,
}

impl Connection {
    fn open(tenant: &Tenant, limits: &Limits, options: &Options, world: &World) -> Result<Self, Error> {
        let clients = HttpClients::for_tenant(tenant)?;
        let tokens = auth::access_tokens(tenant, &clients, &world.env, world.clock)?;
        let client = Client::new(tenant, clients.graph.clone(), tokens, limits).recorded(options.recorder.clone());
        Ok(Self { clients, client })
    }
}

/// What the reading stages go by.
struct Preparing<'a> {
    tenant: &'a Tenant,
    settings: &'a InviteSettings,
    options: &'a Options,
    world: &'a World,
    progress: &'a Progress,
    scope: &'a Scope,
    limits: &'a Limits,
}

/// From the first request to the plan: reads only.
async fn prepare(
    run: &Preparing<'_>,
    connection: &Connection,
    directory: &Directory<'_>,
    report: &mut RunReport,
) -> Result<Plan, Error> {
    let organization = directory.organization().await?;
    let now = organization.now;
    report.warnings.extend(notes(run, now));
    refuse_own_domains(run, connection, &organization).await?;
    let window = run.options.window.clone().unwrap_or(Window::Since(Since::Ago(run.settings.lookback)));
    report.window = Some(window.entry(now));
    let reading = |users: u64| run.progress.reading(users.div_ceil(999), users);
    let mut discovered =
        discovery::discover(directory, run.scope, &window, now, run.options.keep_all, &reading).await?;
    let history = History::default();
    let first = selection::decide(&discovered.snapshot, run.scope, &history, now);
    // After the decisions: only the people tell which subdomains there are to be asked about.
    if organization.verified_domains.is_none() {
        refuse_domains_at_home(run, connection, &subdomains(run, &first)).await?;
    }
    let decided = look_closer(run, directory, &mut discovered, first, &history, now, report).await?;
    entries::fill_in(report, &discovered.snapshot, &decided, run.options.keep_all);
    report.trace = trace::of(&discovered.asked, &decided, run.scope);
    let plan = Plan::new(Letter::new(run.tenant, run.settings), &decided, run.limits.max_invitations);
    if plan.waiting() > 0 {
        report.warnings.push(format!("{} reminders wait for room under max_invitations", plan.waiting()));
    }
    report.plan_digest = Some(plan.digest().to_string());
    Ok(plan)
}

/// Decides twice: who would be sent is looked at closer in between.
async fn look_closer(
    run: &Preparing<'_>,
    directory: &Directory<'_>,
    discovered: &mut Discovered,
    first: Vec<Decided>,
    history: &History,
    now: DateTime<Utc>,
    report: &mut RunReport,
) -> Result<Vec<Decided>, Error> {
    let sent = first.iter().filter(|decided| decided.reason.decision().sends());
    let people: Vec<_> = sent.filter_map(|decided| Some((decided.user.id, decided.address.clone()?))).collect();
    if people.is_empty() {
        return Ok(first);
    }
    let looks = directory.closer_look(&people).await?;
    report.warnings.extend(entries::look_warnings(&looks));
    discovered.snapshot.looks = looks.people;
    Ok(selection::decide(&discovered.snapshot, run.scope, history, now))
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
    domains: &[MailDomain],
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

/// The domains below those of `domains` that somebody would be sent to: only people tell which there are.
fn subdomains(run: &Preparing<'_>, decided: &[Decided]) -> Vec<MailDomain> {
    let sent = decided.iter().filter(|decided| decided.reason.decision().sends());
    let domains = sent.filter_map(|decided| MailDomain::parse(decided.address.as_ref()?.expose().rsplit('@').next()?));
    let below: BTreeSet<_> = domains.filter(|domain| !run.settings.domains.contains(domain)).collect();
    below.into_iter().collect()
}

/// What an administrator should know before reading on.
fn notes(run: &Preparing<'_>, server: DateTime<Utc>) -> Vec<String> {
    let mut notes = vec![
        "no ledger in this version: the window comes from --since or `lookback`, nobody is retried or reminded, and nothing is remembered; no lock either: the scheduler must prevent runs that overlap"
            .to_owned(),
    ];
    let off = (run.world.clock.now() - server).abs();
    if off.num_seconds().unsigned_abs() > CLOCK_TOLERANCE {
        notes.push(format!(
            "this machine's clock is {} minutes off the server's; windows go by the server's",
            off.num_minutes()
        ));
    }
    if let Some(home) = &run.settings.home {
        notes.push(format!("the home tenant `{home}` is not asked in this version: UPNs are compared with onPremisesUserPrincipalName only"));
    }
    notes
}

/// Sends, reads back, and fills in the outcomes.
async fn apply(
    approved: ApprovedPlan,
    client: &Client,
    directory: &Directory<'_>,
    limits: &Limits,
    world: &World,
    progress: &Progress,
    report: &mut RunReport,
) -> Result<Exit, Error> {
    // Here and not with the reads: a dry run never has the writing half.
    let Some(invitations) = Invitations::new(client, approved.letter().clone()) else {
        return Err(super::usage("the plan is of another tenant than the connection", "this is a bug; report it"));
    };
    if approved.is_empty() {
        return Ok(Exit::Done);
    }
    progress.sending(approved.len().try_into().unwrap_or(u64::MAX));
    let ledger = Ledger::without_state(client.tenant());
    let sending = Sending {
        invitations: &invitations,
        directory,
        stop_after_failures: limits.stop_after_failures,
        interrupts: world.interrupts.clone(),
        progress: &|done| progress.sent(done.try_into().unwrap_or(u64::MAX)),
    };
    let mut sent = dispatch::send(approved, ledger, sending).await;
    verify::read_back(directory, &mut sent, world.interrupts.clone()).await;
    let partial = entries::outcomes(report, &sent.outcomes);
    if report.counts.failed + report.counts.unknown > 0 {
        // Without a ledger nothing holds them back, and failing invitations are what gets a tenant blocked.
        report.warnings.push(FAILED_AGAIN.to_owned());
    }
    // An interruption while reading back is one too.
    let interrupted = (*world.interrupts.borrow() > 0).then_some(dispatch::Stop::Interrupted);
    match interrupted.or(sent.stop) {
        Some(stop) => Err(stop.into()),
        None if partial => Ok(Exit::Partial),
        None => Ok(Exit::Done),
    }
}
