use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;
use xcsync::sandbox::{Person, Refusal, Tenant as Emulated, monday};

use crate::context::{Applied, Gateway, Tenant};

/// Which people a run reads, and what it adopts.
mod windows;

/// What moves the watermark, and what does not.
mod watermark;

/// Attempts that a run left without an outcome.
mod settling;

/// Failures: when they are tried again, and when no more.
mod retries;

/// Who is read whatever the window, and who is not any more.
mod following;

/// Whom the service refused as they were.
mod refused;

/// Reminders: when, how many, and to whom never.
mod reminders;

/// A tenant that refuses invitations: it is tried once a day.
mod denied;

/// A tenant that Microsoft has blocked: nothing is sent until `--resume`.
mod brake;

/// One run at a time.
mod lock;

/// Whose address has changed, and whose invitation is gone.
mod changed;

/// Two tenants in one file.
mod two;

/// Whom one run does not come to, the next ones do.
mod going_on;

/// A ledger that is lost, moved, or brought back from a copy.
mod lost;

/// Where the file lies, who may read it, and what is never in it.
mod file;

/// The local clock, and what it has no say in.
mod clock;

/// What counts against the limit, and in which order invitations leave.
mod order;

/// A tenant whose runs sign in anew each time: emulated tokens live for an hour.
async fn tenant(people: impl IntoIterator<Item = Person>) -> Tenant {
    Tenant::with(people).await.signing_in_by_secret()
}

/// Another one, whose accounts have the same ids.
async fn second_tenant(people: impl IntoIterator<Item = Person>) -> Tenant {
    let id = uuid::uuid!("5a4db000-7e4a-4000-8000-000000000002");
    let people = people.into_iter().collect();
    Tenant::of(Emulated { id, people, ..Emulated::default() }).await.signing_in_by_secret()
}

/// The account with this number, created so many hours after Monday.
fn person(n: u32, created: i64) -> Person {
    Person::synced(n, &format!("p{n}@contoso.com")).created(monday() + hours(created))
}

fn id(n: u32) -> Uuid {
    Person::synced(n, "").id
}

fn add(tenant: &Tenant, people: impl IntoIterator<Item = Person>) {
    tenant.graph.edit(|graph| graph.people.extend(people));
}

/// Changes an account as an administrator or the synchronization would.
fn change(tenant: &Tenant, n: u32, change: impl FnOnce(&mut Person)) {
    tenant.graph.edit(|graph| change(graph.people.get_mut(id(n)).unwrap()));
}

fn hours(hours: i64) -> TimeDelta {
    TimeDelta::hours(hours)
}

fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}

/// Lets it be that long after Monday.
fn at(tenant: &Tenant, time: TimeDelta) {
    let missing = monday() + time - tenant.graph.now();
    tenant.graph.edit(|graph| graph.now += missing);
}

/// What a run would do now, with everybody who was read in its list.
async fn plan(tenant: &Tenant) -> Applied {
    tenant.apply(&["--dry-run", "-v"]).await
}

/// Why this person would be decided on as they are.
async fn reason(tenant: &Tenant, n: u32) -> String {
    reason_in(&plan(tenant).await, n)
}

/// The same of somebody who need not be in the next run's window.
async fn reason_in_full(tenant: &Tenant, n: u32) -> String {
    reason_in(&tenant.apply(&["--dry-run", "-v", "--full"]).await, n)
}

/// The same, with `--user`.
async fn reason_asked(tenant: &Tenant, n: u32) -> String {
    let user = id(n).to_string();
    reason_in(&tenant.apply(&["--dry-run", "--user", &user]).await, n)
}

fn reason_in(run: &Applied, n: u32) -> String {
    let id = id(n).to_string();
    let decision = run.run["decisions"].as_array().unwrap().iter().find(|decision| decision["user_id"] == id);
    decision.map_or("not read", |decision| decision["reason"].as_str().unwrap()).to_owned()
}

/// The window of a run: its kind, and how long after Monday it begins.
fn window(run: &Value) -> (String, Option<TimeDelta>) {
    let (kind, from) = (&run["window"]["kind"], &run["window"]["from"]);
    let from = from.as_str().map(|from| DateTime::parse_from_rfc3339(from).unwrap().with_timezone(&Utc) - monday());
    (kind.as_str().unwrap().to_owned(), from)
}

/// The window that the next run would have.
async fn next_window(tenant: &Tenant) -> (String, Option<TimeDelta>) {
    window(&tenant.report(&["--dry-run", "--max-invitations", "1000"]).await)
}

fn incremental(from: TimeDelta) -> (String, Option<TimeDelta>) {
    ("incremental".to_owned(), Some(from))
}

fn sweep(from: TimeDelta) -> (String, Option<TimeDelta>) {
    ("sweep".to_owned(), Some(from))
}

/// A run that is cut off, as by a power failure, once so many more of its invitations have reached the service.
async fn cut_off(tenant: &Tenant, args: &[&str], posts: usize) {
    let before = tenant.posts().len();
    tokio::select! {
        ended = tenant.run(args) => panic!("it ended before: {ended:?}"),
        () = Gateway::after_posts(&tenant.graph, before + posts) => {}
    }
}

/// A run that is interrupted, as by a signal, once so many invitations in all have reached the service.
async fn interrupted(tenant: &Tenant, posts: usize) {
    let (sender, receiver) = watch::channel(0);
    let interrupt = async {
        Gateway::after_posts(&tenant.graph, posts).await;
        sender.send_replace(1);
    };
    let (ended, ()) = tokio::join!(tenant.run_until(&[], receiver), interrupt);
    assert_eq!(ended.exit, 130);
}

/// Whether a run has asked for this person by id, as it does for whoever has something open.
fn was_followed(run: &Applied, n: u32) -> bool {
    let url = format!("/users/{}?$select=id,displayName", id(n));
    run.traffic
        .iter()
        .any(|exchange| exchange.request_body.as_ref().is_some_and(|body| body.to_string().contains(&url)))
}

/// A refusal that nobody has seen before, by address.
fn refuse(tenant: &Tenant, n: u32) {
    let (status, code, message) = (400, "BadRequest".to_owned(), "Something is strange.".to_owned());
    let refusal = Refusal { status, code, message };
    tenant.graph.edit(|graph| graph.refusals.insert(format!("p{n}@contoso.com"), refusal));
}

/// The service takes everybody again.
fn mend(tenant: &Tenant) {
    tenant.graph.edit(|graph| {
        graph.refusals.clear();
        graph.groups.clear();
        graph.faults.clear();
    });
}

/// A duration far longer than any run waits for an answer.
const STUCK: Duration = Duration::from_secs(3600);
