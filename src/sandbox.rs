//! An emulated tenant: Graph, sign-in and managed identity over HTTP on loopback.
//!
//! It carries `--cloud sandbox` and the tests. It behaves as Graph does where xcsync can tell the difference, after
//! Microsoft's documentation and recorded answers, and shares no code with the client: one misunderstanding must not
//! hide on both sides. What nobody could look up is a switch ([`Switches`]) and is explained in `docs/assumptions.md`.
//!
//! Time is a given start plus tokio's clock, so that a paused runtime drives it; everything runs on the caller's
//! runtime, without threads of its own.

mod answer;
mod arc;
mod assertion;
mod batch;
mod columns;
mod exchange;
mod faults;
mod filter;
mod identity;
mod invitations;
mod objects;
pub mod people;
mod person;
mod policies;
mod population;
mod principals;
mod request;
mod routes;
mod schema;
mod send_mail;
mod server;
mod state;
mod switches;
mod tenant;
#[cfg(test)]
mod tests;
mod tokens;
mod traffic;
mod users;

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

pub use faults::{Action, Canned, Fault};
pub use person::{EarlierState, Person, monday};
pub use policies::CrossTenantAccess;
pub use population::People;
pub use principals::{Grant, Principal};
pub use state::Asked;
pub use switches::Switches;
pub use tenant::{
    AllowInvitesFrom, Application, ArcAgent, Certificate, Contact, FederatedCredential, Identity, IdentityFailure,
    Mail, Refusal, RoleAssignment, Tenant,
};
pub use traffic::Exchange;

use server::Shared;
use state::State;

/// A running emulator; it stops serving when dropped, and then writes its traffic log if the tenant says where.
pub struct Sandbox {
    shared: Shared,
    server: JoinHandle<()>,
}

impl Sandbox {
    /// Serves a tenant on a free port of 127.0.0.1, on the caller's runtime.
    pub async fn start(tenant: Tenant) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let root = format!("http://{}", listener.local_addr()?);
        let shared = Shared(Arc::new(Mutex::new(State::new(tenant, &root))));
        let server = tokio::spawn(server::accept(listener, shared.clone()));
        Ok(Self { shared, server })
    }

    /// Where it listens, without a slash at the end: Graph root, authority, `/msi/token` and
    /// `/metadata/identity/oauth2/token` in one.
    pub fn root(&self) -> String {
        self.shared.lock().root.clone()
    }

    /// What clients call it, where something stands in front; nextLinks, contexts and audiences are made from this.
    pub fn set_public_root(&self, root: &str) {
        root.trim_end_matches('/').clone_into(&mut self.shared.lock().public_root);
    }

    /// An access token with these application permissions.
    pub fn token(&self, roles: &[&str]) -> String {
        self.token_with(serde_json::json!({ "roles": roles }))
    }

    /// A token with some claims of its own, the others as in [`Sandbox::token`] with the application's permissions.
    pub fn token_with(&self, claims: Value) -> String {
        let mut state = self.shared.lock();
        let all = merged(&state, claims);
        state.mint(&all)
    }

    /// The same as a token that cannot be read.
    pub fn opaque_token(&self, claims: Value) -> String {
        let mut state = self.shared.lock();
        let all = merged(&state, claims);
        state.mint_opaque(&all)
    }

    /// Answers 401 to this token from now on.
    pub fn revoke(&self, token: &str) {
        self.shared.lock().tokens.revoke(token);
    }

    /// Looks at the tenant and changes it, between two requests.
    pub fn edit<R>(&self, change: impl FnOnce(&mut Tenant) -> R) -> R {
        change(&mut self.shared.lock().tenant)
    }

    /// A copy of one user as the directory has it, without any lag.
    pub fn person(&self, id: Uuid) -> Option<Person> {
        self.shared.lock().tenant.people.get(id).cloned()
    }

    /// Lets a person redeem an invitation now.
    pub fn accept(&self, id: Uuid) {
        let mut state = self.shared.lock();
        let now = state.now();
        if let Some(position) = state.tenant.people.position(id) {
            state.tenant.people.update(position, |person| {
                person.external_user_state = Some("Accepted".to_owned());
                person.external_user_state_change_date_time = Some(now);
                person.earlier_state = None;
            });
        }
    }

    /// The emulated time.
    pub fn now(&self) -> DateTime<Utc> {
        self.shared.lock().now()
    }

    /// How often the sign-in endpoints were asked.
    pub fn asked(&self) -> Asked {
        self.shared.lock().asked
    }

    /// Every Graph exchange so far, in the order of arrival.
    pub fn traffic(&self) -> Vec<Exchange> {
        self.shared.lock().log.iter().map(traffic::Entry::exchange).collect()
    }

    /// Writes the log as `<uuid>.full.jsonl` and, of exchanges that a fault has changed, the requests alone as
    /// `<uuid>.requests.jsonl`.
    pub fn write_traffic(&self, dir: &Path) -> io::Result<()> {
        traffic::write(&self.traffic(), dir)
    }
}

/// The application's claims, some of them replaced.
fn merged(state: &State, claims: Value) -> Value {
    let mut all = state.claims(&state.tenant.application.roles);
    if let (Some(all), Value::Object(claims)) = (all.as_object_mut(), claims) {
        all.extend(claims);
    }
    all
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
        let dir = self.edit(|tenant| tenant.traffic_dir.take());
        if let Some(dir) = dir {
            // Nobody is left to hear of an error; a log that is missing fails the check of the logs.
            let _ = self.write_traffic(&dir);
        }
    }
}
