//! `xcsync explain`: what a code or a message means. No configuration is read, and nobody is asked.

use crate::auth;
use crate::cli;
use crate::error::Exit;
use crate::explain::{self, own};
use crate::harmless::harmless;
use crate::report::{self, ErrorEntry, ExplainReport, OutputFormat, Style};
use crate::world::World;

/// Runs the command and writes its report.
pub fn run(args: &cli::Explain, global: &cli::Global, world: &mut World) -> Exit {
    let format: OutputFormat = global.output.into();
    let report = explained(args);
    if let Some(error) = &report.error
        && format != OutputFormat::Json
    {
        super::tell_entry(error, global, world);
        // An empty table would look like an answer.
        return report.exit;
    }
    let style = Style::for_stdout(global.color.into(), world);
    report::print(&mut world.stdout, &mut world.stderr, |out| report.write(format, style, out));
    report.exit
}

fn explained(args: &cli::Explain) -> ExplainReport {
    let catalogue = explain::catalogue();
    if args.list {
        return ExplainReport::listed(catalogue);
    }
    let text = args.text.join(" ");
    explain::find(&catalogue, &text).map_or_else(|| ExplainReport::failed(nothing_fits(&text)), ExplainReport::found)
}

fn nothing_fits(text: &str) -> ErrorEntry {
    let text = text.trim();
    if text.is_empty() {
        return ErrorEntry::own(own::NO_ENTRY, "the text to explain is empty".to_owned());
    }
    let error = ErrorEntry::own(own::NO_ENTRY, format!("no entry of the catalogue fits `{}`", harmless(text)));
    match auth::aadsts_codes(&text.to_ascii_uppercase()).first() {
        Some(code) => error.with_hint(auth::look_up(*code)),
        None => error,
    }
}
