//! What is wrong with a configuration, for the person who mends it.

use std::fmt;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::harmless::harmless_line;

use super::source::Line;

/// One problem; its texts hold no secret and no control characters.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// What is wrong.
    title: String,
    place: Option<Place>,
    /// The way out, in one sentence.
    help: String,
}

#[derive(Clone, Debug)]
struct Place {
    path: String,
    line: Line,
}

impl Problem {
    /// A problem of the flags, the environment or the machine.
    pub(super) fn new(title: impl Into<String>, help: impl Into<String>) -> Self {
        Self { title: title.into(), place: None, help: help.into() }
    }

    /// Where in the file it is.
    pub(super) fn at(self, path: &Path, line: Line) -> Self {
        let place = Place { path: harmless_line(&path.to_string_lossy()).into_owned(), line };
        Self { place: Some(place), ..self }
    }

    fn render(&self, renderer: &Renderer) -> String {
        let mut group = Group::with_title(Level::ERROR.primary_title(self.title.as_str()));
        if let Some(Place { path, line }) = &self.place {
            let span = AnnotationKind::Primary.span(line.span.clone());
            let snippet = Snippet::source(line.text.as_str()).line_start(line.number).path(path.as_str());
            group = group.element(snippet.annotation(span));
        }
        group = group.element(Level::HELP.message(self.help.as_str()));
        renderer.render(&[group])
    }
}

/// Everything that is wrong, found in one go. Its text is complete: it is shown as it is.
#[derive(Clone, Debug, thiserror::Error)]
pub struct Problems(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Nowhere,
    Found { shown: Vec<Problem>, total: usize },
}

/// What a newcomer reads first: three ways on.
const NOWHERE: &str = "\
error: no configuration was found; write a commented one with `xcsync config init`,
  or give one tenant by flags: `xcsync invite --dry-run --cloud CLOUD --tenant-id GUID --domain DOMAIN`,
  or look first, without any permission: `xcsync invite --cloud sandbox`";

impl Problems {
    /// There is neither a file nor a tenant by flags.
    pub(super) fn nowhere() -> Self {
        Self(Kind::Nowhere)
    }

    /// `Ok` where there are none.
    pub(super) fn none_of(problems: Vec<Problem>) -> Result<(), Self> {
        let total = problems.len();
        Self::first_of(problems, total)
    }

    /// The same where only the first of many were made fit to be shown.
    pub(super) fn first_of(shown: Vec<Problem>, total: usize) -> Result<(), Self> {
        if shown.is_empty() { Ok(()) } else { Err(Self(Kind::Found { shown, total })) }
    }

    /// The text with colours, for a terminal.
    pub fn coloured(&self) -> String {
        self.rendered(&Renderer::styled())
    }

    fn rendered(&self, renderer: &Renderer) -> String {
        let Kind::Found { shown, total } = &self.0 else {
            return NOWHERE.to_owned();
        };
        let mut text: Vec<String> = shown.iter().map(|problem| problem.render(renderer)).collect();
        if *total > shown.len() {
            text.push(format!("… and {} more", total - shown.len()));
        }
        let plural = if *total == 1 { "" } else { "s" };
        text.push(format!("{total} problem{plural} in the configuration; nothing was done"));
        text.join("\n\n")
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(Kind::Found { shown: vec![problem], total: 1 })
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rendered(&Renderer::plain()))
    }
}
