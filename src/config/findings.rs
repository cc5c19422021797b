//! Collects the problems of one file, and the values that no message may show.

use std::ops::Range;

use super::problem::{Problem, Problems};
use super::source::Source;

/// Who has more problems than this has named another file.
const MOST_SHOWN: usize = 100;

/// The problems found so far; rendered at the end, when all masks are known.
#[derive(Debug)]
pub(super) struct Findings<'a> {
    source: &'a Source,
    found: Vec<Finding>,
    masks: Vec<Range<usize>>,
}

#[derive(Debug)]
struct Finding {
    span: Range<usize>,
    title: String,
    help: String,
}

impl<'a> Findings<'a> {
    /// Begins with the values that are known to be hidden.
    pub(super) fn new(source: &'a Source, masks: Vec<Range<usize>>) -> Self {
        Self { source, found: Vec::new(), masks }
    }

    /// Notes a problem: what is wrong and the way out.
    pub(super) fn add(&mut self, span: &Range<usize>, title: impl Into<String>, help: impl Into<String>) {
        self.found.push(Finding { span: span.clone(), title: title.into(), help: help.into() });
    }

    /// Never show this part of the file.
    pub(super) fn mask(&mut self, span: Range<usize>) {
        self.masks.push(span);
    }

    /// The problems in the order of the file; where there are none, what is to stay hidden.
    pub(super) fn result(mut self) -> Result<Vec<Range<usize>>, Problems> {
        let masks = self.masks.clone();
        self.found.sort_by_key(|finding| finding.span.start);
        let first = self.found.iter().take(MOST_SHOWN);
        let shown = first.map(|finding| self.problem(finding)).collect();
        Problems::first_of(shown, self.found.len())?;
        Ok(masks)
    }

    fn problem(&self, finding: &Finding) -> Problem {
        let line = self.source.line(&finding.span, &self.masks);
        let problem = Problem::new(finding.title.as_str(), finding.help.as_str());
        problem.at(&self.source.path, line)
    }
}
