//! `--cloud sandbox`: both built-in tenants are set up, and looked at once more before they are gone.

use std::slice;

use super::halves;
use crate::cli;
use crate::commands::sandbox::{CHECKED, SET_UP, Started};
use crate::commands::setup::error::SetupError;
use crate::commands::setup::way;
use crate::commands::{check, recorder};
use crate::error::Exit;
use crate::report::{CheckReport, OutputFormat, SetupReport};
use crate::world::World;

const PLANNED: &str =
    "the sandbox forgets everything when it ends, so that --apply here makes the changes and checks both sides at once";

const APPLIED: &str =
    "a real tenant takes 15 to 60 minutes to act on such changes; the sandbox acts at once and has forgotten them now";

/// Runs the command; as a text, what `check` finds after the changes stands below them.
pub(super) async fn run(
    args: &cli::SetupTenant,
    global: &cli::Global,
    world: &mut World,
) -> Result<SetupReport, SetupError> {
    if args.powershell {
        return Err(way::no_script());
    }
    let recorder = recorder(global)?;
    let started = Started::with(world, &SET_UP).await?;
    let owns = halves::of(&[&started.tenant], slice::from_ref(&started.home), args.side)?;
    let mut report = super::set_up(&owns, args, world, recorder.clone()).await;
    if !report.changes.is_empty() {
        report.notes.push(if args.apply { APPLIED } else { PLANNED }.to_owned());
    }
    if args.apply && report.exit != Exit::Interrupted && OutputFormat::from(global.output) == OutputFormat::Text {
        started.permit(world, &CHECKED);
        report.checked = Some(CheckReport::of(check::of_started(&started, world, recorder.as_ref()).await));
    }
    Ok(report)
}
