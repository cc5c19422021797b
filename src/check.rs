//! What `check` makes of the facts: one finding per row of the table in SPEC section 10. Pure.

mod access;
mod facts;
mod tenant;

pub use facts::{Facts, Identity, Look, NotSignedIn, Pair, Region, Synced, Trouble};
pub use tenant::WORKER;

use crate::access::Side;
use crate::config::Tenant;

/// The checks, in the order of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Check {
    /// A token was obtained.
    Credential,
    /// The token and the tenant are of the configured cloud.
    Cloud,
    /// This machine's clock agrees with the server's.
    Clock,
    /// The token holds what the configured features need.
    Permissions,
    /// Applications may invite.
    InvitationsAllowed,
    /// None of `domains` is at home here.
    Domains,
    /// The other cloud is enabled.
    PartnerCloud,
    /// The other tenant is a partner.
    PartnerOrganization,
    /// People may come in.
    B2bInbound,
    /// People may go out.
    B2bOutbound,
    /// People need not consent.
    AutoRedeem,
    /// The application that carries invitations between clouds is not disabled.
    CrossCloudWorker,
    /// Accounts arrive.
    DirectorySync,
    /// The ledger can be used.
    Ledger,
}

/// In the order of the enum.
const NAMES: [&str; 14] = [
    "credential",
    "cloud",
    "clock",
    "permissions",
    "invitations-allowed",
    "domains",
    "partner-cloud",
    "partner-organization",
    "b2b-inbound",
    "b2b-outbound",
    "auto-redeem",
    "cross-cloud-worker",
    "directory-sync",
    "ledger",
];

impl Check {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

/// What a check came to; ordered from what to look at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Invitations will fail, or nobody can be invited at all.
    Fail,
    /// It works, and somebody should know.
    Warn,
    /// Not looked at, for want of a permission or because the cloud does not tell.
    Skipped,
    /// As it should be.
    Pass,
}

impl Status {
    /// The word in reports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Skipped => "skipped",
            Self::Pass => "pass",
        }
    }
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The name of the tenant that is looked at.
    pub tenant: String,
    /// Which side of the pair it is.
    pub side: Side,
    /// Which check.
    pub check: Check,
    /// What it came to.
    pub status: Status,
    /// What was seen.
    pub detail: String,
    /// What mends it, or lets it be seen.
    pub remedy: Option<String>,
}

/// A finding before it has a place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    status: Status,
    detail: String,
    remedy: Option<String>,
}

impl Said {
    fn pass(detail: impl Into<String>) -> Self {
        Self { status: Status::Pass, detail: detail.into(), remedy: None }
    }

    fn fail(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { status: Status::Fail, detail: detail.into(), remedy: Some(remedy.into()) }
    }

    fn warn(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { status: Status::Warn, detail: detail.into(), remedy: Some(remedy.into()) }
    }

    fn skipped(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { status: Status::Skipped, detail: detail.into(), remedy: Some(remedy.into()) }
    }
}

/// One side of a pair, as a check sees it.
struct View<'a> {
    pair: Pair<'a>,
    side: Side,
    /// The tenant of this side.
    tenant: &'a Tenant,
    facts: &'a Facts,
    /// What is known of the other side.
    other: Option<&'a Facts>,
}

/// One check; `Err` is what is said where it could not be looked at.
type Judge = fn(&View<'_>) -> Result<Said, Said>;

/// The checks of a side, in the order of SPEC section 10; that of the ledger is nobody's view.
fn rows(side: Side) -> &'static [(Check, Judge)] {
    match side {
        Side::Tenant => &[
            (Check::Credential, tenant::credential),
            (Check::Cloud, tenant::cloud),
            (Check::Clock, tenant::clock),
            (Check::Permissions, tenant::permissions),
            (Check::InvitationsAllowed, tenant::invitations_allowed),
            (Check::Domains, tenant::domains),
            (Check::PartnerCloud, access::partner_cloud),
            (Check::PartnerOrganization, access::partner_organization),
            (Check::B2bInbound, access::collaboration),
            (Check::AutoRedeem, access::auto_redeem),
            (Check::DirectorySync, tenant::directory_sync),
        ],
        Side::Home => &[
            (Check::Credential, tenant::credential),
            (Check::Cloud, tenant::cloud),
            (Check::Clock, tenant::clock),
            (Check::Permissions, tenant::permissions),
            (Check::PartnerCloud, access::partner_cloud),
            (Check::PartnerOrganization, access::partner_organization),
            (Check::B2bOutbound, access::collaboration),
            (Check::AutoRedeem, access::auto_redeem),
            (Check::CrossCloudWorker, tenant::cross_cloud_worker),
        ],
    }
}

/// Judges one side of a pair, in the order of the checks. `facts` is `None` where nobody may look: a home without `[auth]`.
pub fn judge(pair: Pair<'_>, side: Side, facts: Option<&Facts>, other: Option<&Facts>) -> Vec<Finding> {
    let Some(tenant) = pair.tenant_of(side) else { return Vec::new() };
    let rows = rows(side).iter().map(|(check, judge)| {
        let said = match facts {
            None => unseen(pair, *check),
            Some(facts) if facts.identity.is_err() && !matches!(check, Check::Credential | Check::Cloud) => {
                Said::not_signed_in()
            }
            Some(facts) => judge(&View { pair, side, tenant, facts, other }).unwrap_or_else(|unseen| unseen),
        };
        Finding {
            tenant: tenant.name.clone(),
            side,
            check: *check,
            status: said.status,
            detail: said.detail,
            remedy: said.remedy,
        }
    });
    rows.collect()
}

/// A finding about the ledger, which belongs to the tenant that invites.
pub fn of_ledger(tenant: &Tenant, status: Status, detail: String, remedy: Option<String>) -> Finding {
    Finding { tenant: tenant.name.clone(), side: Side::Tenant, check: Check::Ledger, status, detail, remedy }
}

/// A home tenant without `[auth]`: what to run over there.
fn unseen(pair: Pair<'_>, check: Check) -> Said {
    let name = pair.home.map_or("NAME", |home| home.name.as_str());
    let detail = format!("[tenants.{name}] has no [auth], so that nobody looks there");
    let there = "look over there by hand, or give it an [auth] of its own with read permissions";
    match check {
        Check::PartnerCloud | Check::PartnerOrganization | Check::B2bOutbound | Check::AutoRedeem => {
            let setup = format!("xcsync setup tenant {} --side home --powershell", access::selecting(pair.tenant));
            Said::skipped(detail, format!("{there}; `{setup}` prints what to run there"))
        }
        _ => Said::skipped(detail, there),
    }
}
