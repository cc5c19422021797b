//! The tenants that runs are killed in, set up as often as there are points.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;
use xcsync::sandbox::{Action, Fault, Person, Refusal, Switches, Tenant as Emulated};
use xcsync::world::Clock;

use super::aftermath::went_through;
use super::{DONE, killed_at};
use crate::context::{Tenant, ended};

/// A tenant and its ledger at the moment before a run.
pub struct Scene {
    people: Vec<Person>,
    now: DateTime<Utc>,
    /// The ledger's files, by what stands behind its name.
    pub files: Vec<(&'static str, Vec<u8>)>,
    /// How many invitations leave in a second.
    pub pace: u32,
    /// Who gets one invitation: no more and no less.
    pub to_invite: Vec<Uuid>,
    /// Who gets one reminder at the most.
    pub to_remind: Vec<Uuid>,
}

/// Shorter than the two seconds after which the invited are read back.
const LAG: Duration = Duration::from_millis(1500);

impl Scene {
    /// The tenant as it is at that moment, with a ledger of its own.
    pub async fn set_up(&self) -> Tenant {
        let people = self.people.iter().cloned().collect();
        let switches = Switches { state_lag: LAG, ..Switches::default() };
        let tenant = Tenant::of(Emulated { now: self.now, people, switches, ..Emulated::default() }).await;
        // Whoever is lost stays so: no sweep comes to the rescue.
        let pace = format!("rate_per_second = {}", self.pace);
        let tenant = tenant.set("limits", &pace).set("invite", "sweep_every = \"never\"");
        for (suffix, bytes) in &self.files {
            std::fs::write(with_suffix(&tenant.ledger(), suffix), bytes).unwrap();
        }
        tenant
    }

    /// Before there is a ledger: new people among others.
    pub fn first() -> Self {
        // The binary has the machine's clock, and a token that is over by it is not sent.
        let now = Clock::local().now();
        let mut people: Vec<_> = (1..=3).map(|n| new(n, now)).collect();
        let to_invite = ids(&people);
        people.extend(left_alone(4, now));
        Self { people, now, files: Vec::new(), pace: 60, to_invite, to_remind: Vec::new() }
    }

    /// A ledger that knows three people, and many new ones.
    pub async fn crowd(n: u32) -> Self {
        let tenant = Self::first().set_up().await;
        went_through(&ended(tenant.real(&[])).await);
        let now = tenant.graph.now();
        let added: Vec<_> = (100..100 + n).map(|n| new(n, now).created(now)).collect();
        let to_invite = ids(&added);
        let people = tenant.graph.edit(|graph| graph.people.iter().cloned().collect::<Vec<_>>());
        let files = vec![("", std::fs::read(tenant.ledger()).unwrap())];
        let people = people.into_iter().chain(added).collect();
        Self { people, now, files, pace: 60, to_invite, to_remind: Vec::new() }
    }

    /// Eight days later: new people, and of the old ones some who are to be reminded, tried again or settled.
    pub async fn later() -> Self {
        let tenant = Self::first().set_up().await;
        refused_once(&tenant, 1).await;
        let undone = in_doubt(&tenant, 20, Action::Hang).await;
        let done = in_doubt(&tenant, 21, DONE).await;
        tenant.graph.accept(new(3, tenant.graph.now()).id);
        let now = tenant.graph.now() + TimeDelta::days(8);
        let added: Vec<_> = (30..34).map(|n| new(n, now)).collect();
        let pending = new(2, now).id;
        let to_invite = ids(&added).into_iter().chain([new(1, now).id, undone]).collect();
        let people = tenant.graph.edit(|graph| graph.people.iter().cloned().collect::<Vec<_>>());
        let people = people.into_iter().chain(added).chain(left_alone(40, now)).collect();
        let files = vec![("", std::fs::read(tenant.ledger()).unwrap())];
        Self { people, now, files, pace: 60, to_invite, to_remind: vec![pending, done] }
    }

    /// The same, where each invitation is over before the next one leaves, so that nothing is committed together.
    pub fn one_by_one(self) -> Self {
        Self { pace: 3, ..self }
    }
}

/// The file beside a ledger.
pub fn with_suffix(ledger: &Path, suffix: &str) -> PathBuf {
    let name = ledger.file_name().unwrap().to_string_lossy().into_owned();
    ledger.with_file_name(name + suffix)
}

/// Somebody who appeared two hours ago: within the first run's window, and before a watermark of now with its overlap.
fn new(n: u32, now: DateTime<Utc>) -> Person {
    Person::synced(n, &format!("p{n}@contoso.com")).created(now - TimeDelta::hours(2))
}

/// People to whom nothing is to be sent, each for a reason of its own.
fn left_alone(n: u32, now: DateTime<Utc>) -> Vec<Person> {
    vec![
        new(n, now).state("Accepted", now - TimeDelta::hours(1)),
        new(n + 1, now).state("PendingAcceptance", now - TimeDelta::hours(1)),
        new(n + 2, now).provisioning_error("ProxyAddresses", "SMTP:p@contoso.com"),
        Person::synced(n + 3, "p@example.com").created(now - TimeDelta::hours(2)),
        new(n + 4, now).disabled(),
        Person::synced(n + 5, "before@contoso.com").created(now - TimeDelta::days(300)),
    ]
}

fn ids(people: &[Person]) -> Vec<Uuid> {
    people.iter().map(|person| person.id).collect()
}

/// A run in which one person fails, for a reason that passes.
async fn refused_once(tenant: &Tenant, n: u32) {
    let message = "Unable to read the company information from the directory.".to_owned();
    let refusal = Refusal { status: 404, code: "NotFound".to_owned(), message };
    tenant.graph.edit(|graph| graph.refusals.insert(format!("p{n}@contoso.com"), refusal));
    let run = went_through(&ended(tenant.real(&[])).await);
    assert_eq!((&run["counts"]["failed"], &run["counts"]["invited"]), (&1.into(), &2.into()), "{run:#}");
    tenant.graph.edit(|graph| graph.refusals.clear());
}

/// Somebody new, whose invitation's run is killed before the answer comes.
async fn in_doubt(tenant: &Tenant, n: u32, action: Action) -> Uuid {
    let now = tenant.graph.now();
    let person = new(n, now).created(now);
    let id = person.id;
    tenant.graph.edit(|graph| graph.people.push(person));
    killed_at(tenant, Fault::on("POST", "/invitations", action).about(id)).await;
    id
}
