//! One tenant's run: the stages in their order.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use tokio::time::sleep_until;
use tracing::Instrument as _;
use uuid::Uuid;

use super::memory::{Keeping, Memory};
use super::prepare::{Prepared, Preparing, prepare};
use super::{Options, Pair, entries, home_failed};
use crate::auth::{self, AuthError, Host, HttpClients};
use crate::config::{AddressSource, InviteSettings, Limits, Tenant};
use crate::directory::Attribute;
use crate::discovery::{Asked, Standing};
use crate::dispatch::{self, Outcome, Problem, Sending};
use crate::error::{Error, Exit};
use crate::graph::client::Client;
use crate::graph::error::GraphError;
use crate::graph::invitations::Invitations;
use crate::graph::reads::Directory;
use crate::ledger::{LedgerError, LockedLedger, TenantRefusal};
use crate::plan::ApprovedPlan;
use crate::report::{Counts, ErrorEntry, OutcomeResult, Progress, RunReport, TenantEntry};
use crate::selection::{Decision, Scope};
use crate::verify;
use crate::world::{World, interrupted};

/// What nobody remembers without a ledger.
const FAILED_AGAIN: &str = "who failed is not remembered: the next run whose window holds them sends again; mend the cause first, or put them into `exclude`";

/// A tenant that refused an invitation is tried again with one, so long after the last.
const TRIED_AGAIN_AFTER: TimeDelta = TimeDelta::hours(24);

/// Runs the job for one tenant; whatever happens is in the report.
pub(super) async fn run(pair: Pair<'_>, options: &Options, world: &World, progress: &Progress) -> RunReport {
    // Version 7 sorts by time (RFC 9562 section 5.7), so that logs and reports list runs in their order.
    let run_id = Uuid::now_v7();
    let (tenant, cloud) = (&pair.tenant.name, pair.tenant.cloud.name());
    // Of the highest level, so that no event is without it.
    let span = tracing::error_span!("run", %run_id, tenant, cloud);
    whole(run_id, pair, options, world, progress).instrument(span).await
}

async fn whole(run_id: Uuid, pair: Pair<'_>, options: &Options, world: &World, progress: &Progress) -> RunReport {
    let tenant = pair.tenant;
    let started_at = world.clock.now();
    tracing::info!(mode = options.mode.code(), "the run begins");
    let mut report = RunReport {
        run_id,
        mode: options.mode,
        started_at,
        finished_at: started_at,
        tenant: TenantEntry { name: tenant.name.clone(), cloud: tenant.cloud.name(), tenant_id: tenant.tenant_id },
        window: None,
        plan_digest: None,
        counts: Counts::default(),
        throttled: 0,
        decisions: Vec::new(),
        outcomes: Vec::new(),
        warnings: Vec::new(),
        trace: Vec::new(),
        exit: Exit::Done,
        error: None,
    };
    match Memory::open(tenant, options, &mut report).await {
        Ok(mut memory) => {
            let ended = stages(pair, options, world, progress, &mut memory, &mut report).await;
            let standing = end(&mut report, ended, tenant, options, world);
            report.warnings.extend(left_over(&report, options));
            if let Some(ledger) = memory.locked()
                && let Err(error) = ledger.finish(&report, standing).await
            {
                unfinished(&mut report, error, tenant, options, world);
            }
        }
        Err(error) => drop(end(&mut report, Err(Error::Ledger(error)), tenant, options, world)),
    }
    log_end(&report);
    report
}

fn log_end(report: &RunReport) {
    let Counts { invited, failed, unknown, unverified, not_attempted, .. } = report.counts;
    let duration_ms = (report.finished_at - report.started_at).num_milliseconds();
    let exit_code = report.exit.code();
    tracing::info!(exit_code, duration_ms, invited, failed, unknown, unverified, not_attempted, "the run has ended");
}

fn log_plan(report: &RunReport) {
    let Counts { discovered, invite, remind, retry, skip, hold, .. } = report.counts;
    let digest = report.plan_digest.as_deref();
    tracing::info!(discovered, invite, remind, retry, skip, hold, digest, "the plan is made");
}

/// A run that was asked for by a person adopts nobody unless it came to its end: then the next one may pass them over.
fn left_over(report: &RunReport, options: &Options) -> Option<String> {
    let count = report.counts.not_attempted;
    let by_hand = options.asked.is_some() && !matches!(options.keeping, Keeping::NoState);
    (count > 0 && by_hand).then(|| {
        format!("{count} people were not sent to; the runs of the schedule go on with those who are adopted already: repeat this command for the others")
    })
}

/// The end of the run could not be noted: what ended it before that stays the error, and this is said beside it.
fn unfinished(report: &mut RunReport, error: LedgerError, tenant: &Tenant, options: &Options, world: &World) {
    if report.error.is_none() {
        drop(end(report, Err(Error::Unfinished(error)), tenant, options, world));
        return;
    }
    report.warnings.push(format!("{error}: the ledger does not say how this run has ended; {}", error.hint()));
    if report.exit != Exit::Interrupted {
        report.exit = Exit::Unexpected;
    }
}

/// Writes into the report how the run has ended.
fn end(
    report: &mut RunReport,
    ended: Result<(Exit, Option<Standing>), Error>,
    tenant: &Tenant,
    options: &Options,
    world: &World,
) -> Option<Standing> {
    report.finished_at = world.clock.now();
    let (exit, error, standing) = match ended {
        Ok((exit, standing)) => (exit, None, standing),
        Err(error) => (error.exit(), Some(error), None),
    };
    report.exit = exit;
    if let Some(error) = error {
        tracing::error!(code = error.code(), "the run ended early");
        report.error = Some(entry(&error, tenant, options.several));
    }
    standing
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

/// The stages; `report` is filled in as far as they came. Returns how far the tenant's runs have come then.
async fn stages(
    pair: Pair<'_>,
    options: &Options,
    world: &World,
    progress: &Progress,
    memory: &mut Memory,
    report: &mut RunReport,
) -> Result<(Exit, Option<Standing>), Error> {
    let tenant = pair.tenant;
    let settings = settings(pair, options)?;
    let limits = limits(tenant, options);
    let scope = scope(settings, options);
    let attributes = scope.attributes();
    let connection = Connection::open(pair, &limits, options, world)?;
    let run = Preparing { tenant, settings, options, world, progress, scope: &scope, limits: &limits };
    let ended = connected(&run, &connection, &attributes, memory, report).await;
    report.throttled = connection.throttled();
    ended
}

/// The same with a way to the tenant.
async fn connected(
    run: &Preparing<'_>,
    connection: &Connection,
    attributes: &[Attribute],
    memory: &mut Memory,
    report: &mut RunReport,
) -> Result<(Exit, Option<Standing>), Error> {
    let Preparing { settings, options, world, progress, limits, .. } = *run;
    let directory = Directory::new(&connection.client, attributes);
    if let Some(ledger) = memory.locked().filter(|_| options.resume) {
        ledger.resume().await.map_err(Error::Ledger)?;
    }
    let preparing = prepare(run, connection, &directory, memory, report);
    let prepared = tokio::select! {
        biased;
        () = interrupted(world.interrupts.clone()) => return Err(Error::Interrupted),
        () = sleep_until(connection.client.deadline()) => return Err(Error::OutOfTime),
        prepared = preparing => prepared?,
    };
    let Prepared { plan, window, standing, date, now, refusal } = prepared;
    log_plan(report);
    let refused_before = refusal.filter(|_| !options.resume);
    stop_at(refused_before.as_ref(), now)?;
    // Approved in a dry run too, so that it ends as the run itself would (SPEC section 6.5).
    let approved = plan.approve(limits, options.expected.as_ref())?;
    let Some(ledger) = memory.locked() else { return Ok((Exit::Done, None)) };
    let is_whole = approved.is_whole();
    let sender = Sender { ledger, client: &connection.client, directory: &directory, limits, world, progress };
    let exit = sender.apply(approved, refused_before.is_some(), report).await?;
    if report.counts.failed + report.counts.unknown > 0 && matches!(options.keeping, Keeping::NoState) {
        // Without a ledger nothing holds them back, and failing invitations are what gets a tenant blocked.
        report.warnings.push(FAILED_AGAIN.to_owned());
    }
    Ok((exit, is_whole.then(|| standing.after(&window, settings, date))))
}

/// The settings of this run, where it can follow them.
fn settings<'a>(pair: Pair<'a>, options: &Options) -> Result<&'a InviteSettings, Error> {
    let settings =
        pair.tenant.invite.as_ref().ok_or_else(|| super::usage("this tenant has no [invite] table", "add one"))?;
    if settings.address == AddressSource::HomeUpn && pair.home.is_none() {
        let message = "address = \"home-upn\" asks the home tenant, and none may be asked";
        return Err(super::usage(message, "name a `home`, and add an [auth] table to that tenant"));
    }
    if options.resend && !settings.send_message {
        let message = "--resend reminds by mail, and with send_message = false no mail is sent";
        return Err(super::usage(message, "remind them yourself, or set send_message = true"));
    }
    Ok(settings)
}

/// Limits for this run: `--max-invitations` counts either way.
fn limits(tenant: &Tenant, options: &Options) -> Limits {
    let configured = tenant.limits.clone();
    Limits { max_invitations: options.max_invitations.unwrap_or(configured.max_invitations), ..configured }
}

fn scope(settings: &InviteSettings, options: &Options) -> Scope {
    let asked_for = matches!(options.asked, Some(Asked::Users(_)));
    Scope { asked_for, resend: options.resend, ..Scope::new(settings) }
}

/// SPEC section 6.6: a blocked tenant is left alone, one that refused is tried once a day.
fn stop_at(refusal: Option<&TenantRefusal>, now: DateTime<Utc>) -> Result<(), Error> {
    let Some(TenantRefusal { at, tried_at, blocked, message, .. }) = refusal else { return Ok(()) };
    let stamp = at.to_rfc3339_opts(SecondsFormat::Secs, true);
    if *blocked {
        return Err(Error::Blocked { at: stamp, message: message.clone() });
    }
    // A try in the future was noted while the server's clock was wrong.
    if *tried_at <= now && now - *tried_at < TRIED_AGAIN_AFTER {
        return Err(Error::StillRefused { at: stamp, message: message.clone() });
    }
    Ok(())
}

/// Everything that speaks to the network.
pub(super) struct Connection {
    pub(super) clients: HttpClients,
    client: Client,
    /// The way to the home tenant, where one is asked.
    pub(super) home: Option<HomeConnection>,
}

/// The way to the home tenant: its own client, whose tokens are proven to be for that tenant.
pub(super) struct HomeConnection {
    pub(super) name: String,
    pub(super) client: Client,
}

impl Connection {
    fn open(pair: Pair<'_>, limits: &Limits, options: &Options, world: &World) -> Result<Self, Error> {
        let (clients, client) = way_to(pair.tenant, limits, options, world)?;
        let home = pair.home.map(|home| HomeConnection::open(home, limits, options, world)).transpose()?;
        Ok(Self { clients, client, home })
    }
}

impl Connection {
    /// How many answers were 429, in both tenants.
    fn throttled(&self) -> u64 {
        self.client.throttled() + self.home.as_ref().map_or(0, |home| home.client.throttled())
    }
}

impl HomeConnection {
    fn open(home: &Tenant, limits: &Limits, options: &Options, world: &World) -> Result<Self, Error> {
        // The pace is that tenant's own; the time that there is is this run's.
        let limits = Limits { max_runtime: limits.max_runtime, ..home.limits.clone() };
        let (_, client) =
            way_to(home, &limits, options, world).map_err(GraphError::Auth).map_err(home_failed(&home.name))?;
        Ok(Self { name: home.name.clone(), client })
    }
}

fn way_to(
    tenant: &Tenant,
    limits: &Limits,
    options: &Options,
    world: &World,
) -> Result<(HttpClients, Client), AuthError> {
    let clients = HttpClients::for_tenant(tenant)?;
    let tokens = auth::access_tokens(tenant, &clients, Host::of(world))?;
    let client = Client::new(tenant, clients.graph.clone(), tokens, limits).recorded(options.recorder.clone());
    Ok((clients, client))
}

/// What a run has that sends.
struct Sender<'a> {
    ledger: &'a LockedLedger,
    client: &'a Client,
    directory: &'a Directory<'a>,
    limits: &'a Limits,
    world: &'a World,
    progress: &'a Progress,
}

impl Sender<'_> {
    /// Sends, reads back, and fills in the outcomes.
    async fn apply(&self, approved: ApprovedPlan, refused_before: bool, report: &mut RunReport) -> Result<Exit, Error> {
        // Here and not with the reads: a dry run never has the writing half.
        let Some(invitations) = Invitations::new(self.client, approved.letter().clone()) else {
            return Err(super::usage("the plan is of another tenant than the connection", "this is a bug; report it"));
        };
        if approved.is_empty() {
            return Ok(Exit::Done);
        }
        self.progress.sending(approved.len().try_into().unwrap_or(u64::MAX));
        let sending = Sending {
            invitations: &invitations,
            directory: self.directory,
            ledger: self.ledger,
            refused_before,
            stop_after_failures: self.limits.stop_after_failures,
            interrupts: self.world.interrupts.clone(),
            progress: &|done| self.progress.sent(done.try_into().unwrap_or(u64::MAX)),
        };
        let mut sent = dispatch::send(approved, sending).await;
        verify::read_back(self.directory, &mut sent, self.world.interrupts.clone()).await;
        let noted = note_verified(self.ledger, &sent.outcomes).await;
        let partial = entries::outcomes(report, &sent.outcomes);
        // An interruption while reading back is one too.
        let interrupted = (*self.world.interrupts.borrow() > 0).then_some(dispatch::Stop::Interrupted);
        match interrupted.or(sent.stop) {
            Some(stop) => Err(stop.into()),
            None => noted.map(|()| if partial { Exit::Partial } else { Exit::Done }),
        }
    }
}

/// Tells the ledger whom the directory shows.
async fn note_verified(ledger: &LockedLedger, outcomes: &[Outcome]) -> Result<(), Error> {
    let created = outcomes.iter().filter(|one| one.was_created() && one.item.decision != Decision::Remind);
    let (shown, not_shown): (Vec<_>, Vec<_>) = created.partition(|one| one.result == OutcomeResult::Invited);
    let id = |one: &Outcome| one.item.user_id;
    let shown = shown.into_iter().map(id).collect();
    let not_shown = not_shown.into_iter().map(|one| (id(one), one.problem.as_ref().map(Problem::to_entry))).collect();
    ledger.verified(shown, not_shown).await.map_err(Error::Unfinished)
}
