//! Everything that is looked at in one tenant: reads that go out together, each with an end of its own.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::timeout;

use crate::access::Side;
use crate::auth::{self, AuthError, Claims, Host, HttpClients, ProofError};
use crate::check::{Facts, Identity, Look, NotSignedIn, Region, Synced, WORKER};
use crate::config::{InviteSettings, Limits, Tenant};
use crate::directory::{DomainMatch, HomeDomains, ObjectId};
use crate::graph::client::Client;
use crate::graph::error::GraphError;
use crate::graph::policies::Policies;
use crate::graph::reads::{Directory, Organization};
use crate::graph::record::Recorder;
use crate::world::{Clock, World};

/// The longest that signing in, and then looking, may take each: an answer within 10 s is worth more than a complete one.
const SIGN_IN: Duration = Duration::from_secs(4);
const LOOKING: Duration = Duration::from_secs(5);

/// Everything at once; nobody waits for another's answer.
pub(super) async fn at(
    tenant: &Tenant,
    other: Option<&Tenant>,
    side: Side,
    world: &World,
    recorder: Option<&Arc<Recorder>>,
) -> Facts {
    let opened = open(tenant, world, recorder);
    let (clients, client) = match opened {
        Ok(opened) => opened,
        Err(error) => return Facts::unseen(not_signed_in(&error)),
    };
    let method = auth::method_name(tenant, Host::of(world)).unwrap_or("auto");
    let identity = match timeout(SIGN_IN, client.identity()).await {
        Ok(Ok(claims)) => identity(method, claims),
        Ok(Err(error)) => return Facts::unseen(failed(&error)),
        Err(_) => return Facts::unseen(too_slow()),
    };
    let looking = Looking { tenant, clients: &clients, client: &client, clock: world.clock };
    Box::pin(looking.at_all(identity, other, side)).await
}

fn open(tenant: &Tenant, world: &World, recorder: Option<&Arc<Recorder>>) -> Result<(HttpClients, Client), AuthError> {
    let clients = HttpClients::for_tenant(tenant)?;
    let tokens = auth::access_tokens(tenant, &clients, Host::of(world))?;
    // Whoever is throttled waits no longer than there is time.
    let limits = Limits { max_runtime: SIGN_IN + LOOKING, ..Limits::default() };
    let client = Client::new(tenant, clients.graph.clone(), tokens, &limits).recorded(recorder.cloned());
    Ok((clients, client))
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
        message: format!("no token within {} s", SIGN_IN.as_secs()),
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
}

impl Looking<'_> {
    async fn at_all(&self, identity: Identity, other: Option<&Tenant>, side: Side) -> Facts {
        let policies = Policies::new(self.client);
        let invites = side == Side::Tenant;
        let here = async {
            let organization = self.organization().await;
            let own_domains = self.own_domains(&organization).await;
            let now = match &organization {
                Look::Seen((organization, _)) => organization.now,
                _ => self.clock.now(),
            };
            let synced = if invites { self.synced(&policies, now).await } else { Look::Denied };
            (organization, own_domains, synced)
        };
        let from = async { if invites { within(policies.allow_invites_from()).await } else { Look::Denied } };
        let access = async {
            match other {
                Some(other) => Some(within(policies.access(other.tenant_id)).await),
                None => None,
            }
        };
        let worker = async { if invites { Look::Denied } else { within(policies.principals_named(WORKER)).await } };
        let granted = self.granted(&policies, identity.object.as_deref());
        let ((organization, own_domains, synced), allow_invites_from, access, worker, granted, region) =
            futures_util::join!(here, from, access, worker, granted, self.region());
        let clock = organization.map(|(organization, local)| local - organization.now);
        Facts {
            identity: Ok(identity),
            clock,
            region,
            allow_invites_from,
            own_domains,
            access,
            granted,
            worker,
            synced,
        }
    }

    /// With the local time of the answer.
    async fn organization(&self) -> Look<(Organization, DateTime<Utc>)> {
        within(Directory::new(self.client, &[]).organization()).await.map(|found| (found, self.clock.now()))
    }

    async fn region(&self) -> Look<Region> {
        let id = self.tenant.tenant_id.to_string();
        let document = auth::openid_tenant(self.clients, &self.tenant.endpoints.authority, &id);
        match timeout(LOOKING, document).await {
            Ok(Ok(Some(found))) => {
                Look::Seen(Region { scope: found.region, sub_scope: found.sub_region, cloud: found.cloud_instance })
            }
            Ok(Ok(None)) => Look::Failed("the authority knows no tenant of this id".to_owned()),
            Ok(Err(error)) => Look::Failed(error.to_string()),
            Err(_) => Look::Failed(late()),
        }
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
        let mut own = Vec::new();
        for domain in &settings.domains {
            let authority = &self.tenant.endpoints.authority;
            match timeout(LOOKING, auth::tenant_of_domain(self.clients, authority, domain.as_str())).await {
                Ok(Ok(owner)) if owner == Some(self.tenant.tenant_id) => own.push(domain.as_str().to_owned()),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Look::Failed(error.to_string()),
                Err(_) => return Look::Failed(late()),
            }
        }
        Look::Seen(own)
    }

    async fn synced(&self, policies: &Policies<'_>, now: DateTime<Utc>) -> Look<Synced> {
        let Some(settings) = &self.tenant.invite else { return Look::Denied };
        let home = home(settings);
        let ours = |mail: Option<&str>| home.matches(mail) == DomainMatch::Ours;
        within(policies.newest_synchronized(now - Synced::WITHIN, ours)).await.map(|newest| Synced { newest, now })
    }

    /// The names of the permissions that were granted.
    async fn granted(&self, policies: &Policies<'_>, object: Option<&str>) -> Look<Vec<String>> {
        let Some(object) = object.and_then(ObjectId::parse) else { return Look::Denied };
        let both = async { futures_util::try_join!(policies.graph_itself(), policies.grants(object)) };
        within(both).await.map(|(graph, grants)| {
            let of_graph = grants.iter().filter(|grant| grant.resource_id.as_ref() == Some(&graph.id));
            let name = |id: &str| graph.app_roles.iter().find(|role| role.id == id)?.value.clone();
            of_graph.filter_map(|grant| name(&grant.app_role_id)).collect()
        })
    }
}

fn home(settings: &InviteSettings) -> HomeDomains {
    HomeDomains { domains: settings.domains.clone(), include_subdomains: settings.include_subdomains }
}

fn late() -> String {
    format!("no answer within {} s", LOOKING.as_secs())
}

/// What a read came to in time.
async fn within<T>(read: impl Future<Output = Result<T, GraphError>>) -> Look<T> {
    match timeout(LOOKING, read).await {
        Ok(Ok(seen)) => Look::Seen(seen),
        Ok(Err(GraphError::Denied { error, .. })) if error.status == 403 => Look::Denied,
        Ok(Err(error)) => Look::Failed(error.to_string()),
        Err(_) => Look::Failed(late()),
    }
}
