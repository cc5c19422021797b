//! Each command wires stages and decides nothing.

pub mod check;
pub mod config;
pub mod endpoints;
pub mod explain;
pub mod history;
pub mod invite;
pub mod manual;
pub mod report;
#[cfg(feature = "sandbox")]
mod sandbox;
pub mod schedule;
pub mod setup;
pub mod status;

use std::io::Write as _;
use std::sync::Arc;

use crate::cli::Global;
use crate::config::Problems;
use crate::error::Error;
use crate::graph::record::Recorder;
use crate::report::{ColorChoice, ErrorEntry, Style, write_error};
use crate::world::World;

/// Says on stderr what is wrong with the configuration.
fn tell_problems(problems: &Problems, global: &Global, world: &mut World) {
    // Its text is complete. Nobody is left to tell where stderr is gone.
    let _ = if stderr_style(global, world).color {
        writeln!(world.stderr, "{}", problems.coloured())
    } else {
        writeln!(world.stderr, "{problems}")
    };
}

/// Says on stderr what went wrong.
fn tell_entry(error: &ErrorEntry, global: &Global, world: &mut World) {
    let style = stderr_style(global, world);
    // Nobody is left to tell where stderr is gone.
    let _ = write_error(error, style, &mut world.stderr);
}

fn stderr_style(global: &Global, world: &World) -> Style {
    let choice: ColorChoice = global.color.into();
    Style { color: choice.colors(world.stderr_is_terminal, &world.env), width: None }
}

/// What is wrong with a call; what was not done because of it, each command says itself.
#[derive(Debug)]
struct Misuse {
    message: String,
    /// The way out.
    hint: String,
}

impl Misuse {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

impl From<Misuse> for Error {
    fn from(Misuse { message, hint }: Misuse) -> Self {
        Self::Usage { message, hint }
    }
}

/// The traffic log of `--record`.
fn recorder(global: &Global) -> Result<Option<Arc<Recorder>>, Misuse> {
    let Some(path) = &global.record else { return Ok(None) };
    let shown = path.display();
    let recorder = Recorder::create(path).map_err(|error| {
        let message = format!("--record {shown} can't be written: {error}");
        Misuse::new(message, "give a new file, in a folder that exists")
    })?;
    Ok(Some(Arc::new(recorder)))
}

fn usage(message: &str, hint: &str) -> Error {
    Misuse::new(message, hint).into()
}

/// `--cloud sandbox` of a build without it.
#[cfg(not(feature = "sandbox"))]
fn no_sandbox() -> Misuse {
    Misuse::new("this build has no sandbox", "use a build with the cargo feature `sandbox`")
}
