//! `xcsync setup permissions`: what a service principal lacks, granted or as a script.

use std::sync::Arc;

use super::apply::{self, Hints, Outcome};
use super::error::SetupError;
use super::way;
use crate::access::Side;
use crate::cli;
use crate::config::{self, Loaded, Tenant};
use crate::directory::ObjectId;
use crate::error::Exit;
use crate::graph::administration::{Administration, Edit};
use crate::graph::client::Client;
use crate::graph::error::GraphError;
use crate::graph::halt::Halt;
use crate::graph::policies::{Grant, Policies, ServicePrincipal};
use crate::graph::record::Recorder;
use crate::report::{ChangeResult, ScriptEntry, SettingChange, SetupReport};
use crate::setup::permissions::{self, Missing, Purpose};
use crate::world::{World, interrupted};

/// What a failed look says beside the error.
const READS: &str = "grant the credential Application.Read.All, or let an administrator run the script of `xcsync setup permissions --powershell`";

const HINTS: Hints = Hints {
    denied: "granting takes AppRoleAssignment.ReadWrite.All; an administrator can run the script of `xcsync setup permissions --powershell` instead",
    refused: "see what the service says; an administrator can run the script of `xcsync setup permissions --powershell` instead",
};

/// Runs the command.
pub(super) async fn run(
    args: &cli::Permissions,
    global: &cli::Global,
    world: &mut World,
) -> Result<SetupReport, SetupError> {
    let configured = match config::load(&global.into(), &world.env)? {
        Loaded::Configured(configured) => configured,
        #[cfg(feature = "sandbox")]
        Loaded::Sandbox => return sandbox(args, global, world).await,
        #[cfg(not(feature = "sandbox"))]
        Loaded::Sandbox => return Err(crate::commands::no_sandbox().into()),
    };
    let [tenant] = configured.selected.as_slice() else {
        let message = "a principal belongs to one tenant, and several are selected";
        return Err(SetupError::usage(message, "select one with --tenant NAME"));
    };
    if args.powershell {
        let script = script(args, tenant)?;
        return super::scripts(vec![script], global);
    }
    configured.check_references(&world.env)?;
    let recorder = crate::commands::recorder(global)?;
    set_up(args, tenant, world, recorder).await
}

/// The built-in tenant that invites, with an identity that is to run xcsync.
#[cfg(feature = "sandbox")]
async fn sandbox(args: &cli::Permissions, global: &cli::Global, world: &mut World) -> Result<SetupReport, SetupError> {
    use crate::commands::sandbox::{GRANTED, Started};
    use crate::sandbox::people::IDENTITY;

    if args.powershell {
        return Err(way::no_script());
    }
    let recorder = crate::commands::recorder(global)?;
    let started = Started::with(world, &GRANTED).await?;
    set_up(args, &started.tenant, world, recorder).await.map_err(|error| match error {
        SetupError::NoPrincipal { principal, .. } => {
            let message = format!("the sandbox has no service principal with the object id {principal}");
            SetupError::usage(message, format!("its managed identity is --principal {IDENTITY}"))
        }
        other => other,
    })
}

fn script(args: &cli::Permissions, tenant: &Tenant) -> Result<ScriptEntry, SetupError> {
    let needed = permissions::needed(&purposes(args, tenant));
    let environment = way::environment(tenant)?;
    let text = permissions::script(&needed, &tenant.name, tenant.tenant_id, environment, args.principal);
    Ok(ScriptEntry { tenant: Some(tenant.name.clone()), side: Some(side(tenant).code()), text })
}

/// Looks, and grants what is missing where that is asked for.
async fn set_up(
    args: &cli::Permissions,
    tenant: &Tenant,
    world: &World,
    recorder: Option<Arc<Recorder>>,
) -> Result<SetupReport, SetupError> {
    let needed = permissions::needed(&purposes(args, tenant));
    let client = way::client(tenant, world, recorder).map_err(|error| failed(tenant, args.principal, error))?;
    let looking = Looking { policies: Policies::new(&client), principal: args.principal };
    let looked = tokio::select! {
        biased;
        () = interrupted(world.interrupts.clone()) => return Err(SetupError::Interrupted),
        looked = looking.whole() => looked.map_err(|error| failed(tenant, args.principal, error))?,
    };
    let missing = permissions::missing(&needed, tenant.tenant_id, args.principal, &looked.0, &looked.1);
    let mut report = planned(tenant, &missing);
    if args.apply {
        let grants = &missing.grants;
        let work = async |halt: &Halt| grant_all(&client, &looking, grants, halt, &mut report).await;
        apply::until_interrupted(world.interrupts.clone(), work).await;
    }
    Ok(report)
}

/// What the credential of this tenant is for, unless the call says it.
fn purposes(args: &cli::Permissions, tenant: &Tenant) -> Vec<Purpose> {
    let asked = args.purposes.iter().map(|purpose| match purpose {
        cli::Purpose::LookUps => Purpose::LookUps,
        cli::Purpose::DryRun => Purpose::DryRun,
        cli::Purpose::Invite => Purpose::Invite,
        cli::Purpose::Check => Purpose::Check,
    });
    let asked: Vec<_> = asked.collect();
    match (asked.is_empty(), tenant.invite.is_some()) {
        (false, _) => asked,
        (true, true) => vec![Purpose::Invite],
        (true, false) => vec![Purpose::LookUps],
    }
}

fn side(tenant: &Tenant) -> Side {
    if tenant.invite.is_some() { Side::Tenant } else { Side::Home }
}

/// What is read of a service principal.
struct Looking<'a> {
    policies: Policies<'a>,
    principal: ObjectId,
}

impl Looking<'_> {
    async fn whole(&self) -> Result<(ServicePrincipal, Vec<Grant>), GraphError> {
        futures_util::try_join!(self.policies.graph_itself(), self.policies.grants(self.principal))
    }

    /// Whether the permission that an edit grants can be seen.
    async fn holds(&self, edit: &Edit) -> Result<bool, GraphError> {
        let role = edit.body()["appRoleId"].as_str().and_then(ObjectId::parse);
        let granted = self.policies.grants(self.principal).await?;
        Ok(granted.iter().any(|grant| ObjectId::parse(&grant.app_role_id) == role))
    }
}

/// Says of a failed look what it means here.
fn failed(tenant: &Tenant, principal: ObjectId, error: GraphError) -> SetupError {
    let hint = match &error {
        GraphError::Denied { error, .. } if error.status == 403 => Some(READS.to_owned()),
        GraphError::Refused { error, .. } if error.status == 404 => {
            return SetupError::NoPrincipal { tenant: tenant.name.clone(), principal };
        }
        _ => None,
    };
    SetupError::Graph { tenant: tenant.name.clone(), error: Box::new(error), hint }
}

fn planned(tenant: &Tenant, missing: &Missing) -> SetupReport {
    let change = |(permission, edit): &(&'static str, Edit)| SettingChange {
        tenant: tenant.name.clone(),
        side: side(tenant),
        setting: (*permission).to_owned(),
        from: serde_json::Value::Null,
        to: "granted".into(),
        method: edit.method().to_owned(),
        path: edit.path().to_owned(),
        body: edit.body().clone(),
        result: ChangeResult::Planned,
    };
    let unknown = missing.unknown.iter().map(|permission| {
        format!(
            "{permission} is not among the permissions that Graph offers in this tenant's cloud; it can't be granted"
        )
    });
    let mut notes: Vec<_> = unknown.collect();
    if !missing.grants.is_empty() {
        notes.push("a managed identity's token may take up to 24 hours to hold a new permission".to_owned());
    }
    SetupReport { changes: missing.grants.iter().map(change).collect(), notes, ..SetupReport::scripts(Vec::new()) }
}

/// Grants one after the other; what could not be reached any more stays planned.
async fn grant_all(
    client: &Client,
    looking: &Looking<'_>,
    grants: &[(&'static str, Edit)],
    halt: &Halt,
    report: &mut SetupReport,
) {
    // Here and not with the reads: a plan never has the writing half.
    let administration = Administration::new(client);
    for ((_, edit), change) in grants.iter().zip(&mut report.changes) {
        let outcome = apply::make(&administration, edit, HINTS, halt, || looking.holds(edit)).await;
        let (exit, goes_on) = match &outcome {
            Outcome::Applied => (Exit::Done, true),
            Outcome::Failed(failure) => (failure.exit, !failure.is_final),
            Outcome::Halted => (Exit::Interrupted, false),
        };
        report.exit = Exit::worst([report.exit, exit]);
        change.result = outcome.result();
        if !goes_on {
            return;
        }
    }
}
