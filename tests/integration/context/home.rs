//! The home tenant: a second emulated tenant, which is asked about the people of the first.

use super::{HOME_TOKEN, Tenant};
use xcsync::sandbox::{self, Person, Sandbox};

/// The home tenant in the configuration of a [`Tenant`].
pub struct Home {
    /// Its emulator.
    pub graph: Sandbox,
    /// The access token that runs get for it.
    pub token: String,
    /// The lines of its `[auth]`; `None` leaves the table out.
    pub auth: Option<String>,
    root: String,
    id: uuid::Uuid,
}

impl Home {
    /// A home tenant with these accounts.
    pub async fn with(accounts: impl IntoIterator<Item = Person>) -> Self {
        let mut tenant = sandbox::Tenant {
            id: sandbox::people::HOME_TENANT_ID,
            verified_domains: vec!["contoso.com".to_owned()],
            ..sandbox::Tenant::default()
        };
        tenant.people.extend(accounts);
        Self::of(tenant).await
    }

    /// Any tenant of the emulator's.
    pub async fn of(mut tenant: sandbox::Tenant) -> Self {
        tenant.traffic_dir = Some(super::traffic_folder());
        let id = tenant.id;
        let graph = Sandbox::start(tenant).await.unwrap();
        let (token, root) = (graph.token(super::READER), graph.root());
        let auth = Some(format!("method = \"access-token\"\ntoken_env = \"{HOME_TOKEN}\"\n"));
        Self { graph, token, auth, root, id }
    }

    /// The home tenant is where nobody answers.
    #[must_use]
    pub fn moved_to(self, root: &str) -> Self {
        Self { root: root.to_owned(), ..self }
    }

    pub fn tables(&self) -> String {
        let (id, root) = (self.id, &self.root);
        let auth = self.auth.as_ref().map(|auth| format!("[tenants.home.auth]\n{auth}")).unwrap_or_default();
        format!(
            "[tenants.home]\ncloud = \"custom\"\ntenant_id = \"{id}\"\n[tenants.home.endpoints]\ngraph = {root:?}\n\
             authority = {root:?}\nredirect = \"https://myapps.microsoft.com\"\n{auth}"
        )
    }

    /// The filters that it was asked with, decoded, in the order of the batches.
    pub fn filters(&self) -> Vec<String> {
        let asked = self.graph.traffic().into_iter().filter_map(|exchange| exchange.request_body);
        let urls = asked.flat_map(|body| {
            let requests = body["requests"].as_array().cloned().unwrap_or_default();
            requests.into_iter().map(|request| request["url"].as_str().unwrap_or_default().to_owned())
        });
        let filters = urls.filter_map(|url| Some(url.split_once("&$filter=")?.1.to_owned()));
        filters.map(|filter| percent_encoding::percent_decode_str(&filter).decode_utf8_lossy().into_owned()).collect()
    }
}

/// An account whose UPN is its mail address; its id is none of the copies'.
pub fn account(n: u32, mail: &str) -> Person {
    Person::synced(9000 + n, mail).user_principal_name(mail)
}

impl Tenant {
    /// These people sign in there.
    pub fn at_home(mut self, home: Home) -> Self {
        self.home = Some(home);
        self.set("invite", "home = \"home\"")
    }

    /// The home tenant, of tests that have one.
    pub fn home(&self) -> &Home {
        self.home.as_ref().unwrap()
    }
}
