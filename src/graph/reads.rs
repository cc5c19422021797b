//! What is read of a tenant: the half of Graph that a dry run gets.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};

use super::batch::{self, Item};
use super::client::{Call, Client};
use super::error::GraphError;
use super::wire::{self, Page, UserRow};
use super::{encode, literal, paging};
use crate::directory::{Attribute, ExternalUserState, ObjectId, TenantId, User};
use crate::selection::{CloserLook, LookUpName};

/// Users per page: the most that Graph gives.
const PAGE: u32 = 999;

/// The reads of one tenant.
pub struct Directory<'a> {
    client: &'a Client,
    attributes: &'a [Attribute],
}

/// What `GET /organization` tells.
#[derive(Debug)]
pub struct Organization {
    /// The server's clock.
    pub now: DateTime<Utc>,
    /// The domains verified in this tenant, lower-case; `None` where they are not told, as without the permission.
    pub verified_domains: Option<Vec<String>>,
}

/// What the closer look showed.
#[derive(Debug, Default)]
pub struct Looks {
    /// By person.
    pub people: HashMap<ObjectId, CloserLook>,
    /// Exchange plans that are not known to bring a mailbox, by person.
    pub other_exchange_plans: Vec<ObjectId>,
    /// Whether directory roles could be read.
    pub roles_checked: bool,
}

/// Exchange plans that bring a mailbox: Plan 2, Plan 1, Kiosk, Plan 2 and Plan 1 for Government.
///
/// Known from general experience, not from a licensing reference; the assumption `mailbox-plans` says what follows.
const MAILBOX_PLANS: [&str; 5] = [
    "efb87545-963c-4e0d-99df-69c6916d9eb0",
    "9aaf7827-d63c-4b61-89c3-182f06f82e5c",
    "4a82b400-a79f-41a4-b4e2-e94f5787b113",
    "8c3069c0-ccdb-44be-ab77-986203a67df2",
    "e9b4930a-925f-45e2-ac2a-3f7788ca6fdd",
];

/// Exchange Foundation: shows as service `exchange`, comes with Entra ID P1, brings no mailbox.
const FOUNDATION: &str = "113feb6c-3fe4-4440-bddc-54d774bf0318";

impl<'a> Directory<'a> {
    /// The reads through a client; `attributes` are asked for besides what is always decided on.
    pub fn new(client: &'a Client, attributes: &'a [Attribute]) -> Self {
        Self { client, attributes }
    }

    /// Whether the service has asked to be left alone for now.
    pub fn is_paused(&self) -> bool {
        self.client.gate.paused_until().is_some()
    }

    /// The first request of a run: the server's time, and the verified domains where they may be read.
    pub async fn organization(&self) -> Result<Organization, GraphError> {
        let what = "the organization";
        let call = Call::get(what, "/organization?$select=id,verifiedDomains");
        let reply = self.client.send(&call).await.map_err(|error| error.of_read(what))?;
        let now = reply.date.ok_or_else(|| GraphError::not_graph(format!("{what}: an answer without a Date")))?;
        // In Graph's own form only: a proxy's 403 must not pass for a missing permission.
        if reply.status == 403 && reply.service_error().is_some() {
            return Ok(Organization { now, verified_domains: None });
        }
        if reply.status != 200 {
            return Err(reply.refusal(what));
        }
        let page: Page<wire::Organization> = reply.read(what)?;
        let organization = page.value.into_iter().next();
        let organization = organization.ok_or_else(|| GraphError::not_graph(format!("{what}: none is listed")))?;
        let id = TenantId::parse(&organization.id);
        if id != Some(self.client.tenant) {
            return Err(GraphError::WrongTenant { expected: self.client.tenant });
        }
        let names = organization.verified_domains.into_iter().flatten().filter_map(|domain| domain.name);
        let names: Vec<_> = names.map(|name| name.to_ascii_lowercase()).collect();
        // Every tenant has one, so that none means that none was told.
        Ok(Organization { now, verified_domains: Some(names).filter(|names| !names.is_empty()) })
    }

    /// Reads all users, or those created since `from`, a page at a time; returns the `Date` of the first page.
    pub async fn users(
        &self,
        from: Option<DateTime<Utc>>,
        mut take: impl FnMut(User),
    ) -> Result<Option<DateTime<Utc>>, GraphError> {
        let what = "the list of users";
        // No ConsistencyLevel: eventual, because the index shows the newest users last.
        let filter = from.map(|from| {
            // To the second, and downwards, as `createdDateTime` is kept.
            let from = from.to_rfc3339_opts(SecondsFormat::Secs, true);
            format!("&$filter={}", encode(&format!("createdDateTime ge {from}")))
        });
        let first =
            format!("/users?$select={}&$top={PAGE}{}", wire::select(self.attributes), filter.unwrap_or_default());
        let take = |rows: Vec<UserRow>| rows.into_iter().try_for_each(|row| self.user(what, row).map(&mut take));
        paging::pages(self.client, what, &first, take).await
    }

    fn user(&self, what: &str, row: UserRow) -> Result<User, GraphError> {
        row.read(self.attributes).ok_or_else(|| GraphError::not_graph(format!("{what}: a user whose id is none")))
    }

    /// The users that each id, UPN or mail address means: none, one, or several.
    pub async fn find(&self, asked: &[String]) -> Result<Vec<Vec<User>>, GraphError> {
        let what = "the users asked for";
        let select = wire::select(self.attributes);
        let by_name = |text: String| {
            let filter = encode(&format!("userPrincipalName eq {text} or mail eq {text}"));
            format!("/users?$select={select}&$filter={filter}")
        };
        let by_id = |id: ObjectId| format!("/users/{id}?$select={select}");
        // An id that nobody has gives 404, where a filter would give an empty page: both are "nobody".
        let url = |asked: &String| ObjectId::parse(asked).map_or_else(|| by_name(literal(asked.trim())), by_id);
        let urls: Vec<_> = asked.iter().map(url).collect();
        let answers = batch::read_all(self.client, what, &urls).await?;
        let mut found = Vec::new();
        for (item, asked) in answers.into_iter().zip(asked) {
            found.push(self.found(what, asked, item).await?);
        }
        Ok(found)
    }

    async fn found(&self, what: &str, asked: &str, item: Item) -> Result<Vec<User>, GraphError> {
        if item.status == 404 {
            return Ok(Vec::new());
        }
        let rows = match ObjectId::parse(asked) {
            Some(_) => vec![item.read::<UserRow>(what)?],
            None => paging::all(self.client, what, item.read(what)?).await?,
        };
        let users = rows.into_iter().map(|row| self.user(what, row)).collect::<Result<Vec<_>, _>>()?;
        match ObjectId::parse(asked) {
            Some(id) if users.iter().any(|user| user.id != id) => Err(another(what)),
            _ => Ok(users),
        }
    }

    /// People by id, whatever the window; `None` for those that are not there.
    pub async fn people(&self, ids: &[ObjectId]) -> Result<Vec<Option<User>>, GraphError> {
        let what = "people with something open";
        let select = wire::select(self.attributes);
        let urls: Vec<_> = ids.iter().map(|id| format!("/users/{id}?$select={select}")).collect();
        let answers = batch::read_all(self.client, what, &urls).await?;
        let person = |(item, id): (Item, &ObjectId)| match item.status {
            404 => Ok(None),
            _ => match self.user(what, item.read(what)?)? {
                user if user.id == *id => Ok(Some(user)),
                _ => Err(another(what)),
            },
        };
        answers.into_iter().zip(ids).map(person).collect()
    }

    /// The present state of users; `None` for those that are not there.
    pub async fn states(&self, ids: &[ObjectId]) -> Result<Vec<Option<ExternalUserState>>, GraphError> {
        let what = "the state of invited users";
        let urls: Vec<_> = ids.iter().map(|id| format!("/users/{id}?$select=id,externalUserState")).collect();
        let answers = batch::read_all(self.client, what, &urls).await?;
        let state = |(item, id): (Item, &ObjectId)| match item.status {
            404 => Ok(None),
            _ => item.read::<wire::StateRow>(what).and_then(|row| same(what, &row.id, *id).map(|()| Some(row.state()))),
        };
        answers.into_iter().zip(ids).map(state).collect()
    }

    /// Looks closer at people about to be sent: who else has one of their names, mailbox plans, directory roles.
    pub async fn closer_look(&self, people: &[(ObjectId, Vec<LookUpName>)]) -> Result<Looks, GraphError> {
        let mut owners = self.address_owners(people).await?;
        let plans: Vec<_> = people.iter().map(|(id, _)| format!("/users/{id}?$select=id,assignedPlans")).collect();
        let plans = batch::read_all(self.client, "the service plans", &plans).await?;
        let mut looks = Looks { roles_checked: true, ..Looks::default() };
        for ((id, _), plans) in people.iter().zip(plans) {
            let plans: wire::Plans = plans.read("the service plans")?;
            same("the service plans", &plans.id, *id)?;
            if plans.assigned_plans.iter().any(is_other_exchange) {
                looks.other_exchange_plans.push(*id);
            }
            let mailbox = plans.assigned_plans.iter().any(is_mailbox);
            let address_owners = owners.remove(id).unwrap_or_default();
            looks.people.insert(*id, CloserLook { address_owners, mailbox, privileged: false });
        }
        self.roles(people, &mut looks).await?;
        Ok(looks)
    }

    /// The other objects that have one of each one's names, each once.
    async fn address_owners(
        &self,
        people: &[(ObjectId, Vec<LookUpName>)],
    ) -> Result<HashMap<ObjectId, Vec<ObjectId>>, GraphError> {
        let what = "who has the address";
        let asked = people.iter().flat_map(|(id, names)| names.iter().map(|name| (*id, owners_url(name))));
        let (ids, urls): (Vec<_>, Vec<_>) = asked.unzip();
        let mut all: HashMap<_, Vec<_>> = HashMap::new();
        for (id, item) in ids.into_iter().zip(batch::read_all(self.client, what, &urls).await?) {
            let others = all.entry(id).or_default();
            for owner in paging::all::<wire::Id>(self.client, what, item.read(what)?).await? {
                let owner = ObjectId::parse(&owner.id)
                    .ok_or_else(|| GraphError::not_graph(format!("{what}: an object whose id is none")))?;
                if owner != id && !others.contains(&owner) {
                    others.push(owner);
                }
            }
        }
        Ok(all)
    }

    /// Who holds a directory role. Without the permission the plan says that nobody looked.
    async fn roles(&self, people: &[(ObjectId, Vec<LookUpName>)], looks: &mut Looks) -> Result<(), GraphError> {
        let what = "directory roles";
        let url = |(id, _): &(ObjectId, Vec<LookUpName>)| {
            format!("/roleManagement/directory/roleAssignments?$filter={}", encode(&format!("principalId eq '{id}'")))
        };
        let urls: Vec<_> = people.iter().map(url).collect();
        for ((id, _), item) in people.iter().zip(batch::read_all(self.client, what, &urls).await?) {
            match item.read::<Page<wire::Id>>(what) {
                Ok(page) => {
                    let held = paging::all(self.client, what, page).await?;
                    looks.people.entry(*id).or_default().privileged = !held.is_empty();
                }
                // Only a permission may be missing; who is not signed in at all has seen nothing.
                Err(GraphError::Denied { error, .. }) if error.status == 403 => looks.roles_checked = false,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// An answer must be about whom was asked.
fn same(what: &str, found: &str, asked: ObjectId) -> Result<(), GraphError> {
    if ObjectId::parse(found) == Some(asked) { Ok(()) } else { Err(another(what)) }
}

fn another(what: &str) -> GraphError {
    GraphError::not_graph(format!("{what}: an answer about another object than the one asked for"))
}

/// Proxy addresses carry a prefix whose case tells the primary one; both are asked for, because nobody promises that the comparison ignores case.
fn owners_url(name: &LookUpName) -> String {
    let plain = literal(name.expose());
    let proxy =
        |prefix: &str| format!("proxyAddresses/any(p:p eq {})", literal(&format!("{prefix}:{}", name.expose())));
    let filter = format!(
        "mail eq {plain} or userPrincipalName eq {plain} or otherMails/any(m:m eq {plain}) or {} or {}",
        proxy("SMTP"),
        proxy("smtp")
    );
    format!("/users?$select=id&$filter={}", encode(&filter))
}

fn plan_id(plan: &wire::AssignedPlan) -> Option<String> {
    // A plan that was taken away stays listed as `Deleted`, and brings no mailbox any more.
    let enabled = plan.capability_status.as_deref() == Some("Enabled");
    plan.service_plan_id.as_ref().filter(|_| enabled).map(|id| id.to_ascii_lowercase())
}

fn is_mailbox(plan: &wire::AssignedPlan) -> bool {
    plan_id(plan).is_some_and(|id| MAILBOX_PLANS.contains(&id.as_str()))
}

fn is_other_exchange(plan: &wire::AssignedPlan) -> bool {
    let exchange = plan.service.as_deref().is_some_and(|service| service.eq_ignore_ascii_case("exchange"));
    exchange && plan_id(plan).is_some_and(|id| id != FOUNDATION && !MAILBOX_PLANS.contains(&id.as_str()))
}
