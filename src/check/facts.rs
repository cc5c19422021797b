//! What is known of a tenant, each with the reason where it is not.

use chrono::{DateTime, TimeDelta, Utc};

use crate::access::Access;
use crate::config::Tenant;
use crate::graph::policies::ServicePrincipal;

/// A tenant to invite into, and the tenant where its people are at home.
#[derive(Clone, Copy)]
pub struct Pair<'a> {
    /// The tenant that invites.
    pub tenant: &'a Tenant,
    /// Their home, where one is configured.
    pub home: Option<&'a Tenant>,
    /// Its runs are told of by mail through Graph.
    pub mails_by_graph: bool,
}

impl<'a> Pair<'a> {
    /// The tenant that is looked at.
    pub fn tenant_of(self, side: super::Side) -> Option<&'a Tenant> {
        match side {
            super::Side::Tenant => Some(self.tenant),
            super::Side::Home => self.home,
        }
    }

    /// The one on the other side.
    pub(super) fn opposite(self, side: super::Side) -> Option<&'a Tenant> {
        match side {
            super::Side::Tenant => self.home,
            super::Side::Home => Some(self.tenant),
        }
    }
}

/// What a look at something came to.
#[derive(Clone, Debug)]
pub enum Look<T> {
    /// It was seen.
    Seen(T),
    /// A permission is missing.
    Denied,
    /// Nobody answered, or not as Graph does.
    Failed(Trouble),
}

/// Why something could not be seen.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// What happened.
    pub message: String,
    /// What mends it.
    pub remedy: String,
}

/// Who is signed in.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// The method, as in `method`.
    pub method: &'static str,
    /// `appid`; `None` where the token can't be read.
    pub application: Option<String>,
    /// `oid`.
    pub object: Option<String>,
    /// Application permissions, or the delegated ones of a user's token.
    pub permissions: Vec<String>,
    /// Whether they are a user's, by `scp`.
    pub is_delegated: bool,
    /// Whether the token could be read at all.
    pub is_readable: bool,
}

/// What the public OpenID document tells of a tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Region {
    /// `tenant_region_scope`.
    pub scope: Option<String>,
    /// `tenant_region_sub_scope`.
    pub sub_scope: Option<String>,
    /// `cloud_instance_name`, which is also how `allowedCloudEndpoints` names the cloud.
    pub cloud: Option<String>,
}

/// The newest trace of directory synchronization among people in scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synced {
    /// When the newest one was synchronized; `None` where nobody was within [`Synced::WITHIN`].
    pub newest: Option<DateTime<Utc>>,
    /// Whether everybody synchronized since was looked at: in a large tenant many are who are not meant.
    pub is_whole: bool,
    /// The server's now.
    pub now: DateTime<Utc>,
}

impl Synced {
    /// How old the newest may be: Entra Connect runs every 30 minutes.
    pub const WITHIN: TimeDelta = TimeDelta::hours(3);
}

/// Everything that was looked at in one tenant.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Who is signed in; else message and remedy, and whether it was the token's tenant or cloud that did not fit.
    pub identity: Result<Identity, NotSignedIn>,
    /// How far this machine's clock is ahead of the server's.
    pub clock: Look<TimeDelta>,
    /// The public document, which is seen without a token too; `None` where the authority knows no such tenant.
    pub region: Look<Option<Region>>,
    /// `allowInvitesFrom`.
    pub allow_invites_from: Look<Option<String>>,
    /// Those of `domains` that are verified in this tenant.
    pub own_domains: Look<Vec<String>>,
    /// The cross-tenant access settings about the other tenant; `None` where no other tenant is configured.
    pub access: Option<Look<Access>>,
    /// The permissions of Graph that the identity was granted.
    pub granted: Look<Vec<String>>,
    /// The application that carries invitations between clouds.
    pub worker: Look<Vec<ServicePrincipal>>,
    /// Whether accounts arrive.
    pub synced: Look<Synced>,
}

/// Why nobody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotSignedIn {
    /// What went wrong.
    pub message: String,
    /// What mends it.
    pub remedy: String,
    /// A token was obtained, and it is for another tenant or cloud.
    pub is_foreign: bool,
}

impl Facts {
    /// Nobody is signed in: the public document alone.
    pub fn unseen(why: NotSignedIn, region: Look<Option<Region>>) -> Self {
        Self {
            identity: Err(why),
            clock: Look::Denied,
            region,
            allow_invites_from: Look::Denied,
            own_domains: Look::Denied,
            access: None,
            granted: Look::Denied,
            worker: Look::Denied,
            synced: Look::Denied,
        }
    }
}

impl<T> Look<T> {
    /// The same of what was seen.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Look<U> {
        match self {
            Self::Seen(seen) => Look::Seen(change(seen)),
            Self::Denied => Look::Denied,
            Self::Failed(why) => Look::Failed(why),
        }
    }
}
