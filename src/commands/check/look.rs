//! Everything that is looked at in one tenant: reads that go out together, each with an end of its own.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join_all;
use tokio::time::{Instant, timeout, timeout_at};

use crate::access::{Access, Side};
use crate::auth::{self, AuthError, Claims, Host, HttpClients, ProofError};
use crate::check::{Facts, Identity, Look, NotSignedIn, Region, Synced, Trouble, WORKER};
use crate::config::{InviteSettings, Limits, Tenant};
use crate::directory::{DomainMatch, HomeDomains, ObjectId};
use crate::graph::client::Client;
use crate::graph::error::GraphError;
use crate::graph::policies::Policies;
use crate::graph::reads::{Directory, Organization};
use crate::graph::record::Recorder;
use crate::world::{Clock, World};

/// The longest that signing in may take, and everything: an answer within 10 s is worth more than a complete one.
const SIGN_IN: Duration = Duration::from_secs(6);
const WHOLE: Duration = Duration::from_secs(9);

/// Everything at once; nobody waits for another's answer.
pub(super) async fn at(
    tenant: &Tenant,
    other: Option<&Tenant>,
    side: Side,
    world: &World,
    recorder: Option<&Arc<Recorder>>,
) -> Facts {
    let end = Instant::now() + WHOLE;
    let clients = match HttpClients::for_tenant(tenant) {
        Ok(clients) => clients,
        Err(error) => return Facts::unseen(not_signed_in(&error), Look::Denied),
    };
    let region = region(tenant, &clients, end);
    let signed_in = async {
        let tokens = auth::access_tokens(tenant, &clients, Host::of(world)).map_err(|error| not_signed_in(&error))?;
        // Whoever is throttled, or not answered, waits no longer than there is time.
        let client = |time: Duration| {
            let limits = Limits { max_runtime: time, ..Limits::default() };
            Client::new(tenant, clients.graph.clone(), Arc::clone(&tokens), &limits).recorded(recorder.cloned())
        };
        let claims = match timeout(SIGN_IN, client(SIGN_IN).identity()).await {
            Ok(claims) => claims.map_err(|error| failed(&error))?,
            Err(_) => return Err(too_slow()),
        };
        let method = auth::method_name(tenant, Host::of(world)).unwrap_or("auto");
        let client = client(end.duration_since(Instant::now()));
        let looking = Looking { tenant, clients: &clients, client: &client, clock: world.clock, end };
        Ok(Box::pin(looking.at_all(identity(method, claims), other, side)).await)
    };
    let (region, signed_in) = futures_util::join!(region, signed_in);
    match signed_in {
        Ok(facts) => Facts { region, ..facts },
        Err(why) => Facts::unseen(why, region),
    }
}

/// What the public document tells, which needs no token.
async fn region(tenant: &Tenant, clients: &HttpClients, end: Instant) -> Look<Option<Region>> {
    let id = tenant.tenant_id.to_string();
    match timeout_at(end, auth::openid_tenant(clients, &tenant.endpoints.authority, &id)).await {
        Ok(Ok(found)) => Look::Seen(found.map(|found| Region {
            scope: found.region.as_deref().map(short),
            sub_scope: found.sub_region.as_deref().map(short),
            cloud: found.cloud_instance.as_deref().map(short),
        })),
        Ok(Err(error)) => Look::Failed(unanswered(&error)),
        Err(_) => Look::Failed(late()),
    }
}

/// What a server says of itself in a word, cut where it is no word.
fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Why an authority's public document could not be had; no token was asked for.
fn unanswered(error: &AuthError) -> Trouble {
    let message = match error {
        AuthError::Unreachable { host, cause } => format!("{host}: {cause}"),
        other => other.to_string(),
    };
    Trouble { message, remedy: error.hint() }
}

fn identity(method: &'static str, claims: Option<Claims>) -> Identity {
    let Some(claims) = claims else { return Identity { method, ..Identity::default() } };
    let scopes = claims.scp.as_deref().unwrap_or_default().split_whitespace().map(str::to_owned);
    let is_delegated = claims.scp.is_some();
    let permissions = if is_delegated { scopes.collect() } else { claims.roles.clone() };
    Identity { method, application: claims.appid, object: claims.oid, permissions, is_delegated, is_readable: true }
}

fn failed(error: &GraphError) -> NotSignedIn {
    match error {
        GraphError::Auth(error) => not_signed_in(error),
        other => NotSignedIn { message: other.to_string(), remedy: other.remedy(), is_foreign: false },
    }
}

fn not_signed_in(error: &AuthError) -> NotSignedIn {
    let is_foreign = matches!(error, AuthError::Proof(ProofError::Cloud { .. } | ProofError::Tenant { .. }));
    NotSignedIn { message: error.to_string(), remedy: error.hint(), is_foreign }
}

fn too_slow() -> NotSignedIn {
    NotSignedIn {
        message: format!("signing in took longer than {} s", SIGN_IN.as_secs()),
        remedy: "check the network, the firewall and HTTPS_PROXY/NO_PROXY; `xcsync endpoints` lists the hosts"
            .to_owned(),
        is_foreign: false,
    }
}

/// One tenant, with a token.
struct Looking<'a> {
    tenant: &'a Tenant,
    clients: &'a HttpClients,
    client: &'a Client,
    clock: Clock,
    /// When to stop waiting.
    end: Instant,
}

impl Looking<'_> {
    async fn at_all(&self, identity: Identity, other: Option<&Tenant>, side: Side) -> Facts {
        let policies = Policies::new(self.client);
        let (here, access, granted) =
            (self.here(&policies, side), self.access(&policies, other), self.granted(&policies, &identity));
        let of_side = async {
            match side {
                Side::Tenant => (
                    self.within(policies.allow_invites_from()).await.map(|from| from.as_deref().map(short)),
                    Look::Denied,
                ),
                Side::Home => (Look::Denied, self.within(policies.principals_named(WORKER)).await),
            }
        };
        let (here, (allow_invites_from, worker), access, granted) = futures_util::join!(here, of_side, access, granted);
        let Here { clock, own_domains, synced } = here;
        let identity = Ok(identity);
        let region = Look::Denied;
        Facts { identity, clock, region, allow_invites_from, own_domains, access, granted, worker, synced }
    }

    /// What is known of the tenant itself, where the server's time is the first to know.
    async fn here(&self, policies: &Policies<'_>, side: Side) -> Here {
        let organization = self.organization().await;
        let now = match &organization {
            Look::Seen((organization, _)) => organization.now,
            _ => self.clock.now(),
        };
        let synced = async {
            match side {
                Side::Tenant => self.synced(policies, now).await,
                Side::Home => Look::Denied,
            }
        };
        let (own_domains, synced) = futures_util::join!(self.own_domains(&organization), synced);
        let clock = organization.map(|(organization, local)| local - organization.now);
        Here { clock, own_domains, synced }
    }

    async fn access(&self, policies: &Policies<'_>, other: Option<&Tenant>) -> Option<Look<Access>> {
        Some(self.within(policies.access(other?.tenant_id)).await)
    }

    /// With the local time of the answer.
    async fn organization(&self) -> Look<(Organization, DateTime<Utc>)> {
        self.within(Directory::new(self.client, &[]).organization()).await.map(|found| (found, self.clock.now()))
    }

    /// Those of `domains` that are at home here, as a run looks: by the organization, else by the public documents.
    async fn own_domains(&self, organization: &Look<(Organization, DateTime<Utc>)>) -> Look<Vec<String>> {
        let Some(settings) = &self.tenant.invite else { return Look::Seen(Vec::new()) };
        match organization {
            Look::Seen((Organization { verified_domains: Some(verified), .. }, _)) => {
                let ours = |domain: &&String| home(settings).matches(Some(&format!("x@{domain}"))) == DomainMatch::Ours;
                Look::Seen(verified.iter().filter(ours).cloned().collect())
            }
            Look::Seen(_) => self.domains_by_documents(settings).await,
            Look::Denied => Look::Denied,
            Look::Failed(why) => Look::Failed(why.clone()),
        }
    }

    async fn domains_by_documents(&self, settings: &InviteSettings) -> Look<Vec<String>> {
        let authority = &self.tenant.endpoints.authority;
        let owners = settings.domains.iter().map(async |domain| {
            let owner = auth::tenant_of_domain(self.clients, authority, domain.as_str()).await?;
            Ok::<_, AuthError>((domain.as_str().to_owned(), owner))
        });
        match timeout_at(self.end, try_join_all(owners)).await {
            Ok(Ok(owners)) => Look::Seen(
                owners
                    .into_iter()
                    .filter(|(_, owner)| *owner == Some(self.tenant.tenant_id))
                    .map(|(domain, _)| domain)
                    .collect(),
            ),
            Ok(Err(error)) => Look::Failed(unanswered(&error)),
            Err(_) => Look::Failed(late()),
        }
    }

    async fn synced(&self, policies: &Policies<'_>, now: DateTime<Utc>) -> Look<Synced> {
        let Some(settings) = &self.tenant.invite else { return Look::Denied };
        let home = home(settings);
        let ours = |mail: Option<&str>| home.matches(mail) == DomainMatch::Ours;
        self.within(policies.newest_synchronized(now - Synced::WITHIN, ours)).await.map(|(newest, is_whole)| Synced {
            newest,
            is_whole,
            now,
        })
    }

    /// The names of the permissions that were granted.
    async fn granted(&self, policies: &Policies<'_>, identity: &Identity) -> Look<Vec<String>> {
        let Some(object) = identity.object.as_deref().and_then(ObjectId::parse) else { return Look::Denied };
        let both = async { futures_util::try_join!(policies.graph_itself(), policies.grants(object)) };
        self.within(both).await.map(|(graph, grants)| {
            let of_graph = grants.iter().filter(|grant| grant.resource_id.as_ref() == Some(&graph.id));
            let name = |id: &str| graph.app_roles.iter().find(|role| role.id == id)?.value.clone();
            of_graph.filter_map(|grant| name(&grant.app_role_id)).collect()
        })
    }

    /// What a read came to in time.
    async fn within<T>(&self, read: impl Future<Output = Result<T, GraphError>>) -> Look<T> {
        match timeout_at(self.end, read).await {
            Ok(Ok(seen)) => Look::Seen(seen),
            Ok(Err(GraphError::Denied { error, .. })) if error.status == 403 => Look::Denied,
            Ok(Err(error)) => Look::Failed(Trouble { message: error.to_string(), remedy: error.remedy() }),
            Err(_) => Look::Failed(late()),
        }
    }
}

fn home(settings: &InviteSettings) -> HomeDomains {
    HomeDomains { domains: settings.domains.clone(), include_subdomains: settings.include_subdomains }
}

fn late() -> Trouble {
    let message = format!("no answer within {} s", WHOLE.as_secs());
    Trouble {
        message,
        remedy: "try again; if it stays so, find out what is slow between this machine and Graph".to_owned(),
    }
}

/// What is known of the tenant itself.
struct Here {
    clock: Look<TimeDelta>,
    own_domains: Look<Vec<String>>,
    synced: Look<Synced>,
}
