//! The HTML page: where everybody stands, in one file that needs nothing else.
//!
//! Names in it are other people's words. Three things stand between them and a reader's browser, and each would do: they
//! are `Shown`, which is harmless text; the templates escape whatever they are given; and the page's own policy
//! (`Content-Security-Policy`) forbids every script and every request.

mod attention;
mod bars;
mod file;
mod prose;
mod runs;
mod shown;
mod spread;
mod tenant;
mod timeline;

use askama::Template;
use chrono::{DateTime, Utc};

use self::shown::minute;
use self::tenant::TenantView;
use super::Overview;
use crate::directory::TenantId;
use crate::explain::{Entry, catalogue};
use crate::status::Person;

pub use file::{PageError, write_page};

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct HtmlPage {
    /// When it is made: ages are counted up to then.
    pub made_at: DateTime<Utc>,
    /// The tenants, in the order of the configuration.
    pub tenants: Vec<PageTenant>,
    /// The people in it were made up.
    pub is_sample: bool,
}

/// One tenant of it.
#[derive(Clone, Debug)]
pub struct PageTenant {
    /// The configured name.
    pub name: String,
    /// The cloud.
    pub cloud: &'static str,
    /// The tenant.
    pub tenant_id: TenantId,
    /// What the ledger knows; `None` where it has no run of the tenant.
    pub known: Option<PageKnown>,
    /// The settings in force, as key and value. No secret is among them.
    pub settings: Vec<(String, String)>,
}

/// What the ledger knows of it.
#[derive(Clone, Debug)]
pub struct PageKnown {
    /// Where everyone stands, who waits longest first.
    pub people: Vec<Person>,
    /// How many have accepted and are not among `people`.
    pub accepted: u64,
    /// What happened over time.
    pub overview: Overview,
}

impl HtmlPage {
    /// The page as text.
    ///
    /// # Errors
    ///
    /// None that could happen: a template writes into memory.
    pub fn render(&self) -> Result<String, askama::Error> {
        let entries = &catalogue();
        let view = |(index, tenant)| TenantView::of(index, tenant, self.made_at, entries);
        let page = PageView {
            version: env!("CARGO_PKG_VERSION"),
            made_at: minute(self.made_at),
            is_sample: self.is_sample,
            tenants: self.tenants.iter().enumerate().map(view).collect(),
        };
        // A template's last line end is not part of it.
        page.render().map(|page| page + "\n")
    }
}

/// The whole page for its template.
#[derive(Template)]
#[template(path = "page.html")]
struct PageView {
    version: &'static str,
    made_at: String,
    is_sample: bool,
    tenants: Vec<TenantView>,
}

/// The entry of the catalogue with a code.
fn entry<'a>(entries: &'a [Entry], code: &str) -> Option<&'a Entry> {
    entries.iter().find(|entry| entry.code == code)
}

#[cfg(test)]
mod tests;
