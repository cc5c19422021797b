//! What `schedule` has to say: files, schema `xcsync.schedule/1`.

use std::io::{self, Write};

use serde::Serialize;

use super::json::{list, write_document};
use super::{ErrorEntry, OutputFormat};
use crate::error::Exit;

/// The report of one call of `xcsync schedule`.
#[derive(Clone, Debug)]
pub struct ScheduleReport {
    /// How the call ends.
    pub exit: Exit,
    /// Why there are no files.
    pub error: Option<ErrorEntry>,
    /// Path or name, and content, of each file.
    pub files: Vec<(&'static str, String)>,
}

impl ScheduleReport {
    /// Writes it: text is the files themselves, one after the other. A table has no place for them.
    pub fn write(&self, format: OutputFormat, out: &mut dyn Write) -> io::Result<()> {
        let Self { exit, error, files } = self;
        if format != OutputFormat::Json {
            return files.iter().try_for_each(|(_, text)| out.write_all(text.as_bytes()));
        }
        let files = list("files", files.iter().map(|(name, text)| FileView { name, text }));
        write_document("xcsync.schedule/1", *exit, error.as_ref(), files, out)
    }
}

#[derive(Serialize)]
struct FileView<'a> {
    name: &'a str,
    text: &'a str,
}
