//! `xcsync completions` and `xcsync man`: what packages and administrators put beside the program.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::cli;
use crate::error::Exit;
use crate::explain::own;
use crate::harmless::harmless;
use crate::report::{self, ErrorEntry};
use crate::world::World;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
enum ManError {
    /// Take another word.
    #[error("there is no command `{}`; no page was written", harmless(.0))]
    Unknown(String),
    /// See what is in the way of the folder.
    #[error("{} could not be written: {reason}; the pages after it were not written either", report::shown_path(.path))]
    Write {
        /// The page, or the folder.
        path: PathBuf,
        /// Why, in the system's words.
        reason: io::Error,
    },
}

impl ManError {
    fn hint(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "`xcsync help` lists the commands",
            Self::Write { .. } => "give a folder that you may write to, with --dir",
        }
    }
}

/// Prints the completions of a shell.
pub fn completions(args: &cli::Completions, world: &mut World) -> Exit {
    let script = cli::completions(args.shell);
    report::print(&mut world.stdout, &mut world.stderr, |out| out.write_all(&script));
    Exit::Done
}

/// Prints one page, or writes all.
pub fn man(args: &cli::Man, global: &cli::Global, world: &mut World) -> Exit {
    let done = match &args.dir {
        Some(folder) => write_all(folder, global, world),
        None => print(&args.command, world),
    };
    match done {
        Ok(()) => Exit::Done,
        Err(error) => {
            super::tell_entry(&ErrorEntry::own(own::USAGE, error.to_string()).with_hint(error.hint()), global, world);
            Exit::Usage
        }
    }
}

fn print(command: &[String], world: &mut World) -> Result<(), ManError> {
    let page = cli::pages().into_iter().find(|page| page.command == command);
    let page = page.ok_or_else(|| ManError::Unknown(command.join(" ")))?;
    report::print(&mut world.stdout, &mut world.stderr, |out| out.write_all(&page.text));
    Ok(())
}

fn write_all(folder: &Path, global: &cli::Global, world: &mut World) -> Result<(), ManError> {
    fs::create_dir_all(folder).map_err(|reason| ManError::Write { path: folder.to_owned(), reason })?;
    let pages = cli::pages();
    for page in &pages {
        let path = folder.join(&page.file_name);
        fs::write(&path, &page.text).map_err(|reason| ManError::Write { path, reason })?;
    }
    if !global.quiet {
        // Nobody is left to tell where stderr is gone.
        let _ = writeln!(world.stderr, "wrote {} pages into {}", pages.len(), report::shown_path(folder));
    }
    Ok(())
}
