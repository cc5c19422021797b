//! From the table as written to settings without gaps, or to all problems at once.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::findings::Findings;
use super::references::Reference;
use super::section::{Entry, Section};
use super::{AddressSource, AuthSettings, Limits, Notify, Tenant};
use crate::cloud::{CloudName, Endpoints, endpoint_base};
use crate::directory::TenantId;
use crate::harmless::harmless_line;

mod auth;
mod invite;
mod limits;
mod notify;

/// What a file says, as far as it could be understood.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) state: Option<PathBuf>,
    pub(super) metrics: Option<PathBuf>,
    pub(super) tenants: Vec<Placed>,
    pub(super) notify: Notify,
    /// The files and variables that settings name, each with the tenant's name; of `[notify]`, with an empty one: no run
    /// asks for these before it begins, since a notification that fails must not fail it.
    pub(super) references: Vec<(String, Reference)>,
}

/// A tenant and its places in the file.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) tenant: Tenant,
    /// Its name in the table's header.
    pub(super) head: Range<usize>,
}

/// A tenant that may be incomplete, with what is compared between tenants.
struct Draft<'a> {
    name: Entry<&'a str>,
    tenant_id: Option<Entry<TenantId>>,
    home: Option<Entry<String>>,
    /// Where `address = "home-upn"` stands.
    asks_home: Option<Range<usize>>,
    has_auth: bool,
    references: Vec<Reference>,
    placed: Option<Placed>,
}

/// Understands the whole file; everything that is wrong lands in `findings`.
pub(super) fn settings(table: &DeTable<'_>, folder: &Path, findings: &mut Findings<'_>) -> Settings {
    let root = Section::root(table);
    root.check_keys(findings);
    let state = path(&root, "state", folder, findings).map(|entry| entry.value);
    let metrics = root.section("metrics", "metrics", findings).and_then(|table| metrics(&table, folder, findings));
    let tables = root.section("tenants", "", findings);
    let entries = tables.map(|tables| tables.entries()).unwrap_or_default();
    if entries.is_empty() && (!root.has("tenants") || table.get("tenants").is_some_and(|t| t.get_ref().is_table())) {
        let help = "add a [tenants.NAME] table; `xcsync config init` writes an example";
        findings.add(&root.key_span("tenants"), "no tenant is configured", help);
    }
    let mut drafts = Vec::new();
    for (name, value) in entries {
        check_name(&name, findings);
        if let Some(section) = Section::of(name.span.clone(), value, "tenants.NAME", findings) {
            drafts.push(draft(name, &section, folder, findings));
        }
    }
    check_ids(&drafts, findings);
    check_homes(&drafts, findings);
    let mut references = Vec::new();
    let notify = root.section("notify", "notify", findings);
    let notify = notify.map(|notify| notify::settings(&notify, folder, &mut references, findings)).unwrap_or_default();
    let references = references.into_iter().map(|reference| (String::new(), reference)).collect();
    let mut settings = Settings { state, metrics, notify, references, ..Settings::default() };
    for draft in drafts {
        let named = draft.references.into_iter().map(|reference| (draft.name.value.to_owned(), reference));
        settings.references.extend(named);
        settings.tenants.extend(draft.placed);
    }
    settings
}

/// The file of `[metrics]`. The collector reads files that end so, and no others.
fn metrics(table: &Section<'_>, folder: &Path, findings: &mut Findings<'_>) -> Option<PathBuf> {
    const FORM: &str =
        "write the path of a file that ends in .prom, in the folder of node_exporter's textfile collector";
    table.check_keys(findings);
    table.require("textfile", FORM, findings);
    let file = path(table, "textfile", folder, findings)?;
    if file.value.extension().is_none_or(|end| end != "prom") {
        findings.add(&file.span, "`textfile` does not end in .prom, and would not be collected", FORM);
    }
    Some(file.value)
}

/// A tenant's name is typed at `--tenant`, where commas separate names, and stands in reports and file names.
fn check_name(name: &Entry<&str>, findings: &mut Findings<'_>) {
    let fits = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    if name.value.is_empty() || name.value.len() > 64 || !name.value.chars().all(fits) {
        let title = format!("`{}` is no name for a tenant", harmless_line(name.value));
        findings.add(&name.span, title, "use up to 64 letters, digits, `-`, `_` and `.`");
    }
}

/// A tenant's tables, as far as each could be understood.
struct Parts {
    cloud: Option<CloudName>,
    endpoints: Option<Endpoints>,
    tenant_id: Option<TenantId>,
    ca_file: Option<PathBuf>,
    /// The outer `None` is a missing table, the inner one a wrong table.
    #[expect(clippy::option_option, reason = "missing and wrong differ, and only here")]
    auth: Option<Option<AuthSettings>>,
    invite: Option<invite::Draft>,
    limits: Limits,
}

impl Parts {
    /// The tenant; `None` where something is missing or wrong, which the findings tell.
    fn complete(self, name: &str) -> Option<Tenant> {
        let (endpoints, tenant_id) = (self.endpoints?, self.tenant_id?);
        // Without [auth], a tenant with people to invite signs in by local facts; one that is only a home is not asked.
        let implied = self.invite.is_some().then_some(AuthSettings::Auto);
        let is_asked_as_home = self.auth.is_some();
        let auth = match self.auth {
            Some(given) => Some(given?),
            None => implied,
        };
        let invite = match self.invite {
            Some(draft) => Some(draft.finish(&endpoints, tenant_id)?),
            None => None,
        };
        let (name, cloud) = (name.to_owned(), self.cloud?);
        let (ca_file, limits) = (self.ca_file, self.limits);
        Some(Tenant { name, cloud, endpoints, tenant_id, ca_file, auth, is_asked_as_home, invite, limits })
    }
}

fn draft<'a>(name: Entry<&'a str>, section: &Section<'a>, folder: &Path, findings: &mut Findings<'_>) -> Draft<'a> {
    section.check_keys(findings);
    let mut references = Vec::new();
    let cloud = cloud(section, findings);
    let endpoints = endpoints(section, cloud, findings);
    let tenant_id = section.parsed("tenant_id", TENANT_ID_FORM, TenantId::parse, findings);
    section.require("tenant_id", TENANT_ID_FORM, findings);
    let ca_file = path(section, "ca_file", folder, findings);
    references.extend(ca_file.clone().map(Reference::certificates));
    let auth = section.section("auth", "tenants.NAME.auth", findings);
    let auth = auth.map(|auth| auth::settings(&auth, folder, &mut references, findings));
    let invite = section.section("invite", "tenants.NAME.invite", findings);
    let invite = invite.map(|invite| invite::settings(&invite, findings));
    let limits = section.section("limits", "tenants.NAME.limits", findings);
    let limits = limits.map(|limits| limits::settings(&limits, findings));
    let id = tenant_id.as_ref().map(|id| id.value);
    Draft {
        home: invite.as_ref().and_then(|invite| invite.home.clone()),
        asks_home: invite.as_ref().and_then(|invite| invite.asks_home.clone()),
        has_auth: auth.is_some(),
        placed: Parts {
            cloud,
            endpoints,
            tenant_id: id,
            ca_file: ca_file.map(|file| file.value),
            auth,
            invite,
            limits: limits.unwrap_or_default(),
        }
        .complete(name.value)
        .map(|tenant| Placed { tenant, head: name.span.clone() }),
        tenant_id,
        references,
        name,
    }
}

const TENANT_ID_FORM: &str =
    "write the tenant's id, a GUID such as \"11111111-2222-3333-4444-555555555555\"; a domain name is not accepted";

fn cloud(section: &Section<'_>, findings: &mut Findings<'_>) -> Option<CloudName> {
    const FORM: &str = "write one of \"commercial\", \"usgov\", \"usgov-dod\", \"custom\"";
    section.require("cloud", FORM, findings);
    let text = section.text("cloud", FORM, findings)?;
    match CloudName::parse(text.value) {
        Ok(CloudName::Sandbox) => {
            let help = format!("{FORM}; the sandbox is built in: `xcsync invite --cloud sandbox`");
            findings.add(&text.span, "the sandbox cannot be configured", help);
            None
        }
        Ok(cloud) => Some(cloud),
        Err(unknown) => {
            let help = unknown.nearest.map_or_else(|| FORM.to_owned(), |near| format!("did you mean \"{near}\"?"));
            findings.add(&text.span, "unknown cloud", help);
            None
        }
    }
}

/// The cloud's addresses; `[endpoints]` belongs to `custom` alone.
fn endpoints(section: &Section<'_>, cloud: Option<CloudName>, findings: &mut Findings<'_>) -> Option<Endpoints> {
    const FORM: &str = "add a table [tenants.NAME.endpoints] with graph, authority and redirect";
    let custom = cloud == Some(CloudName::Custom);
    if custom {
        section.require("endpoints", FORM, findings);
    } else if cloud.is_some() && section.has("endpoints") {
        let help = "leave the table out, or write cloud = \"custom\"";
        findings.add(&section.key_span("endpoints"), "this cloud's endpoints are built in", help);
    }
    let given = section.section("endpoints", "tenants.NAME.endpoints", findings).map(|table| {
        table.check_keys(findings);
        let [graph, authority, redirect] = ["graph", "authority", "redirect"].map(|key| {
            if custom {
                table.require(key, ENDPOINT_FORM, findings);
            }
            endpoint(&table, key, findings)
        });
        Some(Endpoints { graph: graph?, authority: authority?, redirect: redirect? })
    });
    if custom { given.flatten() } else { cloud?.endpoints() }
}

const ENDPOINT_FORM: &str = "write an address such as \"https://graph.example.com\"";

fn endpoint(table: &Section<'_>, key: &str, findings: &mut Findings<'_>) -> Option<String> {
    let text = table.text(key, ENDPOINT_FORM, findings)?;
    if text.value.contains('@') {
        // A password may stand before it.
        findings.mask(text.span.clone());
    }
    let base = endpoint_base(text.value);
    if let Err(problem) = &base {
        findings.add(&text.span, format!("`{key}` {problem}"), ENDPOINT_FORM);
    }
    base.ok()
}

/// A path; a relative one begins at the file's folder, because a scheduler's working folder is anybody's guess.
fn path(section: &Section<'_>, key: &str, folder: &Path, findings: &mut Findings<'_>) -> Option<Entry<PathBuf>> {
    const FORM: &str = "write the path of a file; a relative one begins at the folder of this configuration, and one with \
         backslashes stands in 'single quotes'";
    let fits = |text: &str| !text.trim().is_empty() && !text.contains(char::is_control);
    section.parsed(key, FORM, |text| fits(text).then(|| folder.join(text)), findings)
}

fn check_ids(drafts: &[Draft<'_>], findings: &mut Findings<'_>) {
    for (place, draft) in drafts.iter().enumerate() {
        let Some(id) = &draft.tenant_id else { continue };
        let same = |other: &&Draft<'_>| other.tenant_id.as_ref().is_some_and(|other| other.value == id.value);
        if let Some(first) = drafts[..place].iter().find(same) {
            let title = format!("the same tenant_id as in [tenants.{}]", harmless_line(first.name.value));
            findings.add(&id.span, title, "give each tenant one table");
        }
    }
}

fn check_homes(drafts: &[Draft<'_>], findings: &mut Findings<'_>) {
    for draft in drafts {
        let found = draft.home.as_ref().and_then(|home| check_home(draft, home, drafts, findings));
        let Some(asks) = &draft.asks_home else {
            continue;
        };
        let help = match (&draft.home, found) {
            (None, _) => "add `home`, the tenant to ask",
            (Some(_), Some(home)) if !home.has_auth => "add an [auth] table to the home tenant",
            _ => continue,
        };
        findings.add(asks, "address = \"home-upn\" asks the home tenant", help);
    }
}

fn check_home<'d, 'a>(
    draft: &Draft<'_>,
    home: &Entry<String>,
    drafts: &'d [Draft<'a>],
    findings: &mut Findings<'_>,
) -> Option<&'d Draft<'a>> {
    if home.value == draft.name.value {
        findings.add(&home.span, "a tenant cannot be its own `home`", "name the tenant that these people sign in to");
        return None;
    }
    let found = drafts.iter().find(|other| other.name.value == home.value);
    if found.is_none() {
        let names = || drafts.iter().map(|other| other.name.value).filter(|name| *name != draft.name.value);
        let known: Vec<_> = names().map(harmless_line).collect();
        let help = match super::nearest(&home.value, names()) {
            Some(near) => format!("did you mean \"{}\"?", harmless_line(near)),
            None if known.is_empty() => "add a table for the home tenant, or leave `home` out".to_owned(),
            None => format!("name another tenant of this file: {}", known.join(", ")),
        };
        findings.add(&home.span, "`home` names no configured tenant", help);
    }
    found
}

/// Reads `address`.
fn address_source(text: &str) -> Option<AddressSource> {
    match text {
        "mail" => Some(AddressSource::Mail),
        "on-prem-upn" => Some(AddressSource::OnPremisesUpn),
        "home-upn" => Some(AddressSource::HomeUpn),
        _ => match crate::directory::Attribute::from_name(text)? {
            crate::directory::Attribute::Extension(number) => Some(AddressSource::Extension(number)),
            _ => None,
        },
    }
}
