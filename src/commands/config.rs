//! `xcsync config init|check|show`.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::cli::{ConfigCommand, Global, Output};
use crate::config::{self, Flags, Loaded, Problems};
use crate::error::Exit;
use crate::harmless::harmless_line;
use crate::world::World;

mod show;

pub(super) use show::tenant_table;

/// What `init` writes.
const EXAMPLE: &str = include_str!("../../config/example.toml");

/// Why a command about the configuration ended early.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The configuration is wrong.
    #[error(transparent)]
    Problems(#[from] Problems),
    /// Never over an existing file.
    #[error("error: {} exists and was not touched; name another file, or edit this one", shown(.0))]
    Exists(PathBuf),
    /// The example could not be written.
    #[error("error: {} could not be written: {reason}", shown(.path))]
    Init {
        /// Where.
        path: PathBuf,
        /// Why, in the system's words.
        reason: io::Error,
    },
    /// A form of output that the command does not have.
    #[error("error: `config {0}` has no CSV form; use -o text or -o json")]
    NoCsv(&'static str),
    /// The sandbox has nothing to show.
    #[error("error: the sandbox is built in and has no configuration; leave out --cloud sandbox")]
    Sandbox,
    /// stdout is gone.
    #[error("error: the output could not be written: {0}")]
    Write(#[from] io::Error),
}

impl ConfigError {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Problems(_) | Self::Exists(_) | Self::Init { .. } | Self::NoCsv(_) | Self::Sandbox => Exit::Usage,
            Self::Write(error) => write_exit(error),
        }
    }
}

/// A reader that went away (`| head`) never changes the exit code; anything else is unexpected.
pub(super) fn write_exit(error: &io::Error) -> Exit {
    if error.kind() == ErrorKind::BrokenPipe { Exit::Done } else { Exit::Unexpected }
}

fn shown(path: &Path) -> String {
    harmless_line(&path.to_string_lossy()).into_owned()
}

/// Runs one of the commands.
pub fn run(command: &ConfigCommand, global: &Global, world: &mut World) -> Result<Exit, ConfigError> {
    let flags = Flags::from(global);
    match command {
        ConfigCommand::Init { path } => init(path.as_deref(), &flags, world),
        ConfigCommand::Check { path } => check(path.as_deref(), &flags, global.output, world),
        ConfigCommand::Show => show(&flags, global.output, world),
    }
}

/// Writes the example, readable for its owner alone: people add to it what is nobody else's business.
fn init(path: Option<&Path>, flags: &Flags, world: &mut World) -> Result<Exit, ConfigError> {
    let path = path.map(Path::to_owned).or_else(|| flags.config.clone());
    let path = path.unwrap_or_else(|| config::new_file(&world.env));
    write_new(&path)?;
    let name = shown(&path);
    writeln!(world.stderr, "wrote {name}\nedit it, then run `xcsync config check {name}`")?;
    Ok(Exit::Done)
}

fn write_new(path: &Path) -> Result<(), ConfigError> {
    let failed = |reason| ConfigError::Init { path: path.to_owned(), reason };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = OpenOptions::new();
    // `create_new` asks and creates at once: between an `exists` and a `create` somebody else's file could appear.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => ConfigError::Exists(path.to_owned()),
        _ => failed(error),
    })?;
    // Somebody edits it next; a machine that loses power meanwhile must not leave an empty file behind.
    file.write_all(EXAMPLE.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

/// Says that a file is right; its problems are the error.
fn check(path: Option<&Path>, flags: &Flags, output: Output, world: &mut World) -> Result<Exit, ConfigError> {
    let path = match path {
        Some(path) => path.to_owned(),
        None => config::file_to_check(flags, &world.env)?,
    };
    let found = config::read(&path, &world.env)?;
    let tenants = found.tenants.len();
    match output {
        Output::Text => {
            let plural = if tenants == 1 { "" } else { "s" };
            writeln!(
                world.stdout,
                "{}: no problems, {tenants} tenant{plural}; variables and the network were not asked",
                shown(&path)
            )?;
        }
        Output::Json => {
            let names: Vec<&str> = found.tenants.iter().map(|tenant| tenant.name.as_str()).collect();
            let object = serde_json::json!({
                "schema": "xcsync.config-check/1", "exit_code": 0, "error": null, "file": path.to_string_lossy(), "tenants": names,
            });
            writeln!(world.stdout, "{object:#}")?;
        }
        Output::Csv => return Err(ConfigError::NoCsv("check")),
    }
    Ok(Exit::Done)
}

/// Prints the settings of the selected tenants as a run would use them.
fn show(flags: &Flags, output: Output, world: &mut World) -> Result<Exit, ConfigError> {
    let Loaded::Configured(configured) = config::load(flags, &world.env)? else {
        return Err(ConfigError::Sandbox);
    };
    let text = match output {
        Output::Text => show::text(&configured),
        Output::Json => format!("{:#}\n", show::json(&configured)),
        Output::Csv => return Err(ConfigError::NoCsv("show")),
    };
    world.stdout.write_all(text.as_bytes())?;
    Ok(Exit::Done)
}
