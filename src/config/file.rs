//! One configuration file, understood, with the places of everything for what is found out later.

use std::ops::Range;
use std::path::Path;

use super::findings::Findings;
use super::problem::Problems;
use super::source::Source;
use super::validate::{self, Settings};
use super::{Config, Tenant, locate, raw};
use crate::world::Environment;

/// A file without problems of its own.
#[derive(Clone, Debug)]
pub(super) struct Document {
    source: Source,
    masks: Vec<Range<usize>>,
    settings: Settings,
}

impl Document {
    /// Reads and validates a file; `files` asks also for the files that it names.
    pub(super) fn read(path: &Path, files: bool) -> Result<Self, Problems> {
        let source = raw::read(path)?;
        let mut findings = Findings::new(&source, Vec::new());
        let folder = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let folder = folder.parent().unwrap_or(Path::new(""));
        let table = raw::parse(&source, &mut findings);
        let settings = table.map(|table| validate::settings(&table, folder, &mut findings)).unwrap_or_default();
        if files {
            settings.references.iter().for_each(|(_, reference)| reference.check_file(&mut findings));
        }
        let masks = findings.result()?;
        Ok(Self { source, masks, settings })
    }

    /// The settings with the default place of the ledger.
    pub(super) fn config(&self, env: &Environment) -> Config {
        let folders = locate::Folders::new(locate::Platform::current(), env);
        Config {
            file: Some(self.source.path.clone()),
            state: folders.state(self.settings.state.clone(), folders.origin(&self.source.path)),
            metrics: self.settings.metrics.clone(),
            tenants: self.settings.tenants.iter().map(|placed| placed.tenant.clone()).collect(),
            notify: self.settings.notify.clone(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.source.path
    }

    /// Looks at the files and variables of these tenants.
    pub(super) fn check_references(&self, tenants: &[&str], env: &Environment) -> Result<(), Problems> {
        let mut findings = Findings::new(&self.source, self.masks.clone());
        for (_, reference) in self.settings.references.iter().filter(|(name, _)| tenants.contains(&name.as_str())) {
            reference.check_file(&mut findings);
            reference.check_variable(env, &mut findings);
        }
        findings.result().map(drop)
    }

    /// Points out the tables of these tenants.
    pub(super) fn blame(&self, tenants: &[&Tenant], title: &str, help: &str) -> Result<(), Problems> {
        let mut findings = Findings::new(&self.source, self.masks.clone());
        for placed in &self.settings.tenants {
            if tenants.iter().any(|tenant| tenant.name == placed.tenant.name) {
                findings.add(&placed.head, title, help);
            }
        }
        findings.result().map(drop)
    }
}
