use std::fs;
use std::path::{Path, PathBuf};

use xcsync::config::{self, Flags, Loaded};
use xcsync::world::Environment;

mod broken;
mod commands;
mod files;
mod selected;

/// An environment whose home is this folder.
fn home(folder: &Path) -> Environment {
    Environment::default().with("HOME", &folder.to_string_lossy()).with("APPDATA", &folder.to_string_lossy())
}

/// Writes a configuration into a folder of its own.
fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, text).unwrap();
    (folder, path)
}
