//! `xcsync check`: both sides of each pair, by reads alone.

mod look;

use std::sync::Arc;

use futures_util::future::join_all;

#[cfg(feature = "sandbox")]
use super::sandbox::Started;
use crate::access::Side;
use crate::check::{self, Finding, Pair, Status};
use crate::cli;
use crate::config::{self, Configured, Loaded, Notify, NotifyOn, State, Tenant, Via};
use crate::error::{Error, Exit};
use crate::graph::record::Recorder;
use crate::ledger::{LedgerError, LedgerView};
use crate::report::{self, CheckReport, OutputFormat, Style};
use crate::world::{World, interrupted};

/// Runs the command and writes its report.
pub async fn run(global: &cli::Global, world: &mut World) -> Exit {
    let format: OutputFormat = global.output.into();
    let interrupts = world.interrupts.clone();
    // Nothing is written, so that a signal may end it anywhere.
    let found = tokio::select! {
        biased;
        () = interrupted(interrupts) => Err(Error::Interrupted),
        found = find(global, world) => found,
    };
    if let Err(error) = &found
        && format != OutputFormat::Json
    {
        match error {
            Error::Config(problems) => super::tell_problems(problems, global, world),
            error => super::tell_entry(&error.entry(), global, world),
        }
    }
    let report = match found {
        Ok(findings) => CheckReport::of(findings),
        Err(error) if format == OutputFormat::Text => return error.exit(),
        Err(error) => CheckReport::failed(error.exit(), error.entry()),
    };
    let style = Style::for_stdout(global.color.into(), world);
    report::print(&mut world.stdout, &mut world.stderr, |out| report.write(format, style, out));
    report.exit
}

async fn find(global: &cli::Global, world: &mut World) -> Result<Vec<Finding>, Error> {
    let configured = match config::load(&global.into(), &world.env)? {
        Loaded::Configured(configured) => configured,
        #[cfg(feature = "sandbox")]
        Loaded::Sandbox => return sandbox(global, world).await,
        #[cfg(not(feature = "sandbox"))]
        Loaded::Sandbox => return Err(super::no_sandbox().into()),
    };
    let tenants = configured.to_invite()?;
    configured.check_references(&world.env)?;
    let recorder = super::recorder(global)?;
    let Notify { on, mail, .. } = &configured.config.notify;
    let by_graph = |mail: &config::Mail| matches!(mail.via, Via::Graph);
    let mails_by_graph = *on != NotifyOn::Never && mail.as_ref().is_some_and(by_graph);
    let pairs = tenants.into_iter().map(async |tenant| {
        let pair = Pair { tenant, home: home_of(&configured, tenant), mails_by_graph };
        let ledger = ledger(&configured.config.state, tenant).await;
        of_pair(pair, ledger, world, recorder.as_ref()).await
    });
    Ok(join_all(pairs).await.concat())
}

/// The configured home of a tenant's people.
fn home_of<'a>(configured: &'a Configured, tenant: &Tenant) -> Option<&'a Tenant> {
    let name = tenant.invite.as_ref()?.home.as_ref()?;
    configured.config.tenants.iter().find(|one| one.name == *name)
}

/// Both sides at once, as all pairs are.
async fn of_pair(pair: Pair<'_>, ledger: Finding, world: &World, recorder: Option<&Arc<Recorder>>) -> Vec<Finding> {
    let asked_home = pair.home.filter(|home| home.is_asked_as_home);
    let home = async {
        match asked_home {
            Some(home) => Some(Box::pin(look::at(home, Some(pair.tenant), Side::Home, world, recorder)).await),
            None => None,
        }
    };
    let tenant = Box::pin(look::at(pair.tenant, pair.home, Side::Tenant, world, recorder));
    let (tenant, home) = futures_util::join!(tenant, home);
    let mut findings = check::judge(pair, Side::Tenant, Some(&tenant), home.as_ref());
    findings.push(ledger);
    findings.extend(check::judge(pair, Side::Home, home.as_ref(), Some(&tenant)));
    findings
}

/// What a run that sends would meet.
async fn ledger(state: &State, tenant: &Tenant) -> Finding {
    let of = |status, detail: String, remedy: Option<String>| check::of_ledger(tenant, status, detail, remedy);
    let path = report::shown_path(&state.path);
    let refusal = match open(state, tenant).await {
        Ok(Some(view)) => view.refusal().await,
        Ok(None) => return of(Status::Pass, format!("none yet; the first run that sends begins {path}"), None),
        Err(error) => Err(error),
    };
    match refusal {
        Ok(None) => of(Status::Pass, format!("{path} opens and can be written, and no brake is on"), None),
        Ok(Some(refusal)) => {
            let what =
                if refusal.blocked { "Microsoft has blocked invitations" } else { "the tenant refuses invitations" };
            let remedy = format!("mend the cause, then `xcsync invite --tenant {} --resume`", tenant.name);
            of(Status::Fail, format!("a brake is on since {}: {what}", report::instant(refusal.at)), Some(remedy))
        }
        Err(error) => of(Status::Fail, error.to_string(), Some(error.hint().to_owned())),
    }
}

/// Opens it and sees that it could be written; nothing is.
async fn open(state: &State, tenant: &Tenant) -> Result<Option<LedgerView>, LedgerError> {
    let view = LedgerView::open(state, tenant.tenant_id).await?;
    LedgerView::could_be_written(state).await?;
    Ok(view)
}

/// The built-in pair, in a state that shows each kind of result.
#[cfg(feature = "sandbox")]
async fn sandbox(global: &cli::Global, world: &mut World) -> Result<Vec<Finding>, Error> {
    let recorder = super::recorder(global)?;
    let started = Started::with(world, &super::sandbox::CHECKED).await?;
    Ok(of_started(&started, world, recorder.as_ref()).await)
}

/// What the two tenants of the sandbox are like now.
#[cfg(feature = "sandbox")]
pub(super) async fn of_started(started: &Started, world: &World, recorder: Option<&Arc<Recorder>>) -> Vec<Finding> {
    let pair = Pair { tenant: &started.tenant, home: Some(&started.home), mails_by_graph: false };
    let detail = "the sandbox forgets its runs when they end".to_owned();
    let ledger = check::of_ledger(&started.tenant, Status::Skipped, detail, None);
    of_pair(pair, ledger, world, recorder).await
}
