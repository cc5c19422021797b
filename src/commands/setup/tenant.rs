//! `xcsync setup tenant`: the cross-tenant access settings of both sides.

mod halves;
#[cfg(feature = "sandbox")]
mod sandbox;

use std::sync::Arc;

use serde_json::Value;

use super::apply::{self, Hints, Outcome};
use super::error::SetupError;
use super::way;
use crate::access::Access;
use crate::cli::{self, Allowed};
use crate::config::{self, Loaded, Tenant};
use crate::error::Exit;
use crate::graph::administration::Administration;
use crate::graph::client::Client;
use crate::graph::error::GraphError;
use crate::graph::halt::Halt;
use crate::graph::policies::Policies;
use crate::graph::record::Recorder;
use crate::report::{ChangeResult, OutputFormat, ScriptEntry, SettingChange, SetupReport};
use crate::setup::tenant::{self, Change, Half, Plan, Setting};
use crate::world::{World, interrupted};
use halves::Own;

const READS: &str = "grant the credential Policy.Read.All, or let an administrator run the script of `xcsync setup tenant --powershell`";

const HINTS: Hints = Hints {
    denied: "changing it takes Policy.ReadWrite.CrossTenantAccess; an administrator can run the script of `xcsync setup tenant --powershell` instead",
    refused: "see what the service says; the whole policy may not be larger than 25 KB, which very many organizations fill",
};

/// What the cloud does not tell, it may not let anybody change either.
const HINTS_UNTOLD: Hints = Hints {
    refused: "this tenant's Graph may lack the setting: enable the cloud under Entra admin center > External Identities > Cross-tenant access settings > Microsoft cloud settings",
    ..HINTS
};

const ACTS_LATE: &str = "changes of these settings take 15 to 60 minutes to act; then run `xcsync check`";

/// Runs the command.
pub(super) async fn run(
    args: &cli::SetupTenant,
    global: &cli::Global,
    world: &mut World,
) -> Result<SetupReport, SetupError> {
    let configured = match config::load(&global.into(), &world.env)? {
        Loaded::Configured(configured) => configured,
        #[cfg(feature = "sandbox")]
        Loaded::Sandbox => return sandbox::run(args, global, world).await,
        #[cfg(not(feature = "sandbox"))]
        Loaded::Sandbox => return Err(crate::commands::no_sandbox().into()),
    };
    let owns = halves::of(&halves::inviting(&configured)?, &configured.config.tenants, args.side)?;
    if args.powershell {
        return scripts(&owns, global);
    }
    configured.check_references(&world.env)?;
    let recorder = crate::commands::recorder(global)?;
    let mut report = set_up(&owns, args, world, recorder).await;
    if !report.changes.is_empty() {
        report.notes.push(ACTS_LATE.to_owned());
    }
    Ok(report)
}

/// Looks at every half, one after the other, and sets up what is missing where that is asked for.
async fn set_up(
    owns: &[Own<'_>],
    args: &cli::SetupTenant,
    world: &World,
    recorder: Option<Arc<Recorder>>,
) -> SetupReport {
    let allowed: Vec<_> = args.allow.iter().map(|allowed| setting(*allowed)).collect();
    let mut report = SetupReport::scripts(Vec::new());
    for own in owns {
        if let Err(error) = one(own, &allowed, args.apply, world, recorder.clone(), &mut report).await {
            failed(&mut report, &error);
        }
        // What was changed before is told all the same.
        if report.exit == Exit::Interrupted {
            break;
        }
    }
    report
}

fn setting(allowed: Allowed) -> Setting {
    match allowed {
        Allowed::PartnerCloud => Setting::PartnerCloud,
        Allowed::B2bInbound => Setting::B2bInbound,
        Allowed::B2bOutbound => Setting::B2bOutbound,
    }
}

/// A script for each half; as a text only one at a time, because each is for another tenant.
fn scripts(owns: &[Own<'_>], global: &cli::Global) -> Result<SetupReport, SetupError> {
    if owns.len() > 1 && OutputFormat::from(global.output) == OutputFormat::Text {
        let message = "these are several scripts, each for the administrator of another tenant";
        let hint = "choose one with --tenant NAME and --side tenant or --side home; -o json holds them all";
        return Err(SetupError::usage(message, hint));
    }
    let script = |own: &Own<'_>| {
        let text = tenant::script(&own.half, way::environment(own.tenant)?);
        Ok(ScriptEntry {
            tenant: Some(own.half.name.clone()),
            side: own.half.sides.first().map(|one| one.code()),
            text,
        })
    };
    let scripts: Result<Vec<_>, SetupError> = owns.iter().map(script).collect();
    super::scripts(scripts?, global)
}

/// One side fails by itself: the other one is looked at all the same.
fn failed(report: &mut SetupReport, error: &SetupError) {
    report.exit = Exit::worst([report.exit, error.exit()]);
    if report.error.is_none() {
        report.error = Some(error.entry());
    } else {
        report.notes.push(error.to_string());
    }
}

/// Looks at one half, plans, and applies where that is asked for.
async fn one(
    own: &Own<'_>,
    allowed: &[Setting],
    apply: bool,
    world: &World,
    recorder: Option<Arc<Recorder>>,
    report: &mut SetupReport,
) -> Result<(), SetupError> {
    if !own.is_asked {
        let unseen = tenant::unseen(&own.half);
        let change = |change| SettingChange { body: Value::Null, ..planned(&own.half, change) };
        report.changes.extend(unseen.iter().map(change));
        report.notes.push(over_there(own));
        return Ok(());
    }
    let failed = |error| unreadable(own.tenant, error);
    let client = way::client(own.tenant, world, recorder).map_err(failed)?;
    let policies = Policies::new(&client);
    let access = tokio::select! {
        biased;
        () = interrupted(world.interrupts.clone()) => return Err(SetupError::Interrupted),
        access = policies.access(own.half.other) => access.map_err(failed)?,
    };
    let Plan { changes, notes } = tenant::plan(&own.half, &access, allowed);
    report.notes.extend(notes);
    let start = report.changes.len();
    report.changes.extend(changes.iter().map(|change| planned(&own.half, change)));
    if apply && !changes.is_empty() {
        let work = async |halt: &Halt| change_all(&client, (&own.half, start), &changes, halt, report).await;
        apply::until_interrupted(world.interrupts.clone(), work).await;
    }
    Ok(())
}

/// What is to be done about a tenant that nobody can ask.
fn over_there(own: &Own<'_>) -> String {
    let Half { name, other_name, .. } = &own.half;
    format!(
        "{name}: its settings are not looked at, because it has no [auth]; above is what it needs where it is as new; its administrator runs the script of `xcsync setup tenant --tenant {other_name} --side home --powershell`, which looks for itself"
    )
}

fn unreadable(tenant: &Tenant, error: GraphError) -> SetupError {
    let is_denied = matches!(&error, GraphError::Denied { error, .. } if error.status == 403);
    SetupError::Graph { tenant: tenant.name.clone(), error: Box::new(error), hint: is_denied.then(|| READS.to_owned()) }
}

fn planned(half: &Half, change: &Change) -> SettingChange {
    SettingChange {
        tenant: half.name.clone(),
        side: change.side,
        setting: change.setting.code().to_owned(),
        from: change.from.clone(),
        to: change.to.clone(),
        method: change.edit.method().to_owned(),
        path: change.edit.path().to_owned(),
        body: change.edit.body().clone(),
        result: ChangeResult::Planned,
    }
}

/// Makes the changes of one half in their order; what cannot be made any more stays planned.
async fn change_all(
    client: &Client,
    (own, start): (&Half, usize),
    changes: &[Change],
    halt: &Halt,
    report: &mut SetupReport,
) {
    // Here and not with the reads: a plan never has the writing half.
    let administration = Administration::new(client);
    let policies = Policies::new(client);
    for (change, shown) in changes.iter().zip(&mut report.changes[start..]) {
        let is_there = async || {
            let access: Access = policies.access(own.other).await?;
            Ok(change.is_in(own, &access))
        };
        let is_untold = change.setting == Setting::PartnerCloud && change.from.is_null();
        let hints = if is_untold { HINTS_UNTOLD } else { HINTS };
        let outcome = apply::make(&administration, &change.edit, hints, halt, is_there).await;
        let (exit, goes_on) = match &outcome {
            Outcome::Applied => (Exit::Done, true),
            // What follows is about the partner, and there is none.
            Outcome::Failed(failure) => {
                (failure.exit, !failure.is_final && change.setting != Setting::PartnerOrganization)
            }
            Outcome::Halted => (Exit::Interrupted, false),
        };
        report.exit = Exit::worst([report.exit, exit]);
        shown.result = outcome.result();
        if !goes_on {
            return;
        }
    }
}
