//! The emulator seen from outside, over real HTTP, in simulated time.

mod faults;
mod identity;
mod invitations;
mod listing;
mod policies;
mod service;

use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Person, Sandbox, Tenant};

/// A running emulator with a client that holds every permission.
struct Bench {
    sandbox: Sandbox,
    client: Client,
    token: String,
}

impl Bench {
    async fn with(people: impl IntoIterator<Item = Person>) -> Self {
        let mut tenant = tenant();
        tenant.people.extend(people);
        Self::of(tenant).await
    }

    /// For requests that the contract forbids: their log must not be judged by it.
    async fn unlogged(people: impl IntoIterator<Item = Person>) -> Self {
        let bench = Self::with(people).await;
        bench.sandbox.edit(|tenant| tenant.traffic_dir = None);
        bench
    }

    async fn of(tenant: Tenant) -> Self {
        let sandbox = Sandbox::start(tenant).await.unwrap();
        let roles = [
            "User.Read.All",
            "User.Invite.All",
            "Organization.Read.All",
            "RoleManagement.Read.Directory",
            "OrgContact.Read.All",
            "Policy.Read.All",
            "Policy.ReadWrite.CrossTenantAccess",
            "Mail.Send",
            "Application.Read.All",
            "AppRoleAssignment.ReadWrite.All",
        ];
        let token = sandbox.token(&roles);
        let client = Client::builder().no_proxy().build().unwrap();
        Self { sandbox, client, token }
    }

    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.sandbox.root()) };
        self.client.request(method.parse().unwrap(), url).bearer_auth(&self.token)
    }

    /// The status and the body.
    async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request("GET", path).send().await.unwrap()).await
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.request("POST", path).json(body).send().await.unwrap()).await
    }

    /// Posts an invitation of an object.
    async fn invite(&self, id: Uuid, address: &str) -> (u16, Value) {
        self.post("/v1.0/invitations", &invitation(id, address)).await
    }

    async fn state(&self, id: Uuid) -> Value {
        let path = format!("/v1.0/users/{id}?$select=externalUserState,externalUserStateChangeDateTime");
        self.get(&path).await.1
    }

    /// The `mail` of all users on all pages, and how many pages there were.
    async fn mails(&self, query: &str) -> (Vec<String>, usize) {
        let mut next = Some(format!("/v1.0/users?{query}"));
        let (mut mails, mut pages) = (Vec::new(), 0);
        while let Some(path) = next {
            let (status, page) = self.get(&path).await;
            assert_eq!(status, 200, "{page}");
            mails.extend(
                page["value"].as_array().unwrap().iter().map(|one| one["mail"].as_str().unwrap_or("-").to_owned()),
            );
            pages += 1;
            next = page["@odata.nextLink"].as_str().map(str::to_owned);
        }
        (mails, pages)
    }
}

/// A tenant that writes its traffic where the contract's checker is told to look, if anywhere.
fn tenant() -> Tenant {
    Tenant { traffic_dir: option_env!("XCSYNC_TRAFFIC_DIR").map(Into::into), ..Tenant::default() }
}

fn invitation(id: Uuid, address: &str) -> Value {
    json!({
        "invitedUserEmailAddress": address,
        "invitedUser": { "id": id },
        "invitedUserType": "Member",
        "inviteRedirectUrl": "https://myapps.microsoft.us/?tenantid=00000000-0000-0000-0000-000000000000",
        "sendInvitationMessage": true,
        "invitedUserMessageInfo": { "messageLanguage": "en-US" },
    })
}

async fn answer(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or(Value::Null))
}

/// `n` people called `p0@contoso.com` and so on.
fn crowd(n: u32) -> Vec<Person> {
    (0..n).map(|i| Person::synced(i, &format!("p{i}@contoso.com"))).collect()
}
