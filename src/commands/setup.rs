//! `xcsync setup`: the settings of both sides, as a plan, as PowerShell, or applied.

mod apply;
mod error;
mod permissions;
mod tenant;
mod way;

use crate::cli::{self, SetupCommand};
use crate::error::Exit;
use crate::report::{self, OutputFormat, ScriptEntry, SetupReport, Style};
use crate::setup::connect_rule;
use crate::world::World;
use error::SetupError;

/// Runs the command and writes its report.
pub async fn run(args: &cli::SetupArgs, global: &cli::Global, world: &mut World) -> Exit {
    let format: OutputFormat = global.output.into();
    let result = set_up(args, global, world).await;
    if let Err(error) = &result
        && format != OutputFormat::Json
    {
        match error {
            SetupError::Config(problems) => super::tell_problems(problems, global, world),
            error => super::tell_entry(&error.entry(), global, world),
        }
    }
    let report = match result {
        // A signal during the changes: what was made is told, and why the rest was not.
        Ok(report) if report.exit == Exit::Interrupted && report.error.is_none() => {
            SetupReport { error: Some(SetupError::Interrupted.entry()), ..report }
        }
        Ok(report) => report,
        Err(error) if format == OutputFormat::Json => SetupReport::failed(error.exit(), error.entry()),
        Err(error) => return error.exit(),
    };
    let style = Style::for_stdout(global.color.into(), world);
    report::print(&mut world.stdout, &mut world.stderr, |out| report.write(format, style, out));
    if let Some(error) = report.error.as_ref().filter(|_| format != OutputFormat::Json) {
        super::tell_entry(error, global, world);
    }
    report.exit
}

async fn set_up(args: &cli::SetupArgs, global: &cli::Global, world: &mut World) -> Result<SetupReport, SetupError> {
    match &args.command {
        SetupCommand::ConnectRule(rule) => {
            let text = connect_rule::script(rule.upn_to);
            scripts(vec![ScriptEntry { tenant: None, side: None, text }], global)
        }
        SetupCommand::Tenant(args) => tenant::run(args, global, world).await,
        SetupCommand::Permissions(args) => permissions::run(args, global, world).await,
    }
}

/// A report of scripts; a table has no place for them.
fn scripts(scripts: Vec<ScriptEntry>, global: &cli::Global) -> Result<SetupReport, SetupError> {
    if OutputFormat::from(global.output) == OutputFormat::Csv {
        return Err(SetupError::usage("a script is no table", "leave out -o csv; -o json holds the script as a text"));
    }
    Ok(SetupReport::scripts(scripts))
}
