//! Each command wires stages and decides nothing.

pub mod config;
pub mod endpoints;
pub mod history;
pub mod invite;

use std::io::Write as _;

use crate::cli::Global;
use crate::config::Problems;
use crate::report::{self, ColorChoice, ErrorEntry, Style};
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
    let _ = report::write_error(error, style, &mut world.stderr);
}

fn stderr_style(global: &Global, world: &World) -> Style {
    let choice: ColorChoice = global.color.into();
    Style { color: choice.colors(world.stderr_is_terminal, &world.env), width: None }
}
