//! Bad input and hostile answers: what is refused before anything is sent, and what a run survives.
//!
//! Each test gives the program one thing that somebody wrote wrongly or in bad faith, and looks at the exit code, at what
//! is said, and above all at what reached the emulator.

/// Flags and configuration that mean nothing.
mod arguments;

/// Batches of reads: answers about others, and lists in pages.
mod batches;

/// Answers to reads that are not Graph's, or not whole.
mod bodies;

/// Clocks, dates and waits that make no sense.
mod clock;

/// A dry run sends no write, by the emulator's own log.
mod dry_run;

/// The links that lead from page to page.
mod links;

/// What must not stand in a log.
mod logs;

/// Own domains where the other side's belong.
mod own_domain;

/// What people wrote into their names and addresses.
mod people;

/// Answers to invitations that are not what they should be.
mod posts;

/// The traffic log of `--record`.
mod record;

/// Tokens of another cloud or tenant.
mod token;

use std::net::TcpListener;

use serde_json::{Value, json};
use xcsync::sandbox::{Action, Canned, Fault, Person};

use crate::context::{Ended, Tenant};

/// The decoded target of a page of the tenant's users.
const LIST: &str = "$top=999";

/// One new person.
fn ann() -> Person {
    Person::synced(1, "ann@contoso.com")
}

/// A tenant with one new person, in which a fault waits.
async fn faulty(fault: Fault) -> Tenant {
    let tenant = Tenant::with([ann()]).await;
    tenant.graph.edit(|tenant| tenant.faults.push(fault));
    tenant
}

/// A tenant whose list of users is answered with this, every time.
async fn listing(answer: Canned) -> Tenant {
    faulty(Fault::on("GET", LIST, Action::Answer(answer)).always()).await
}

/// A tenant in which the invitation is done, and answered with this.
async fn answering(answer: Canned) -> Tenant {
    faulty(Fault::on("POST", "/v1.0/invitations", Action::FailAfter(answer))).await
}

/// A 200 with JSON.
fn ok(body: &Value) -> Canned {
    Canned::status(200).header("Content-Type", "application/json").body(&body.to_string())
}

/// A page of these rows with a next link.
fn page(rows: &Value, next: &str) -> Canned {
    ok(&json!({ "value": rows, "@odata.nextLink": next }))
}

/// The run ended with this code and this error, says that nothing was sent, and nothing was.
#[track_caller]
fn assert_refused(tenant: &Tenant, ended: &Ended, exit: u8, code: &str) {
    let report = ended.json();
    let error = if report["error"].is_null() { &report["runs"][0]["error"] } else { &report["error"] };
    assert_eq!((ended.exit, error["code"].as_str()), (exit, Some(code)), "{report:#}");
    let message = error["message"].as_str().unwrap();
    let says = ["nothing was sent", "nothing is sent", "nobody was asked", "nothing was written"];
    assert!(says.iter().any(|says| message.contains(says)), "{message}");
    assert!(message.len() < 1_000, "{} bytes", message.len());
    assert!(tenant.posts().is_empty(), "{:?}", tenant.posts());
    assert!(!ended.stdout.contains(&tenant.token) && !ended.stderr.contains(&tenant.token));
}

/// A listener on loopback that nobody has any business with.
struct Trap(TcpListener);

impl Trap {
    fn set() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v1.0/users", self.port())
    }

    /// Nobody has connected.
    #[track_caller]
    fn assert_untouched(&self) {
        assert_eq!(self.0.accept().map_err(|error| error.kind()).unwrap_err(), std::io::ErrorKind::WouldBlock);
    }
}
