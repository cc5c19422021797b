//! What must hold after a crash.

use std::collections::HashMap;
use std::process::Output;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;
use serde_json::Value;
use uuid::Uuid;
use xcsync::sandbox::Exchange;

use super::scene::Scene;
use crate::context::{Tenant, ended, reported};

/// When the runs after the crash come: at once, as a supervisor would start one; when attempts can be settled; when
/// retries are due; and so on.
const STEPS: [TimeDelta; 8] = {
    let (settled, due) = (TimeDelta::minutes(20), TimeDelta::hours(7));
    [TimeDelta::zero(), settled, due, settled, due, settled, due, settled]
};

/// Whoever may have been sent to is not posted again before this.
const BETWEEN_POSTS: TimeDelta = TimeDelta::hours(6);

/// Runs until nothing is left to do, and checks what the crash has promised to leave.
pub async fn quiet_in_the_end(tenant: &Tenant, scene: &Scene, point: &str) {
    let mut exits = Vec::new();
    for step in STEPS {
        tenant.graph.edit(|graph| graph.now += step);
        let posted = posts(tenant).len();
        let run = went_through(&ended(tenant.real(&[])).await);
        exits.push(run["exit_code"].as_i64());
        nothing_is_left_open(tenant, point);
        if is_quiet(&run) {
            assert_eq!((posts(tenant).len(), &run["exit_code"]), (posted, &0.into()), "{point}: {run:#}");
            everybody_is_invited(tenant, scene, point);
            nobody_was_mailed_twice(tenant, scene, point);
            nobody_was_posted_again_at_once(tenant, point);
            the_ledger_says_the_same(tenant, &exits, point);
            return;
        }
    }
    panic!("{point}: still something to do after {exits:?}");
}

/// The report of a run that came to its end; its exit code is what the report says, and that is true.
pub fn went_through(output: &Output) -> Value {
    let run = reported(output);
    let count = |name: &str| run["counts"][name].as_u64().unwrap();
    let troubled = count("failed") + count("unknown") + count("unverified") > 0;
    assert_eq!(run["exit_code"], if troubled { 3 } else { 0 }, "{run:#}");
    assert_eq!((&run["error"], count("not_attempted")), (&Value::Null, 0), "{run:#}");
    run
}

fn is_quiet(run: &Value) -> bool {
    let counts = &run["counts"];
    let to_send = ["invite", "remind", "retry"].map(|name| counts[name].as_u64().unwrap());
    to_send == [0, 0, 0] && counts["skipped_by_reason"]["retry-later"].is_null()
}

fn everybody_is_invited(tenant: &Tenant, scene: &Scene, point: &str) {
    for id in scene.to_invite.iter().chain(&scene.to_remind) {
        let state = tenant.graph.person(*id).unwrap().external_user_state;
        assert!(matches!(state.as_deref(), Some("PendingAcceptance" | "Accepted")), "{point}: {id} is {state:?}");
    }
}

fn nobody_was_mailed_twice(tenant: &Tenant, scene: &Scene, point: &str) {
    let mails = tenant.graph.edit(|graph| graph.mails.clone());
    for person in tenant.graph.edit(|graph| graph.people.iter().cloned().collect::<Vec<_>>()) {
        let times = mails.iter().filter(|mail| mail.user_id == person.id).count();
        let allowed = match person.id {
            id if scene.to_invite.contains(&id) => 1..=1,
            id if scene.to_remind.contains(&id) => 0..=1,
            _ => 0..=0,
        };
        assert!(allowed.contains(&times), "{point}: {} was mailed {times} times", person.id);
    }
}

/// A run that comes to its end knows what became of each of its attempts, and leaves none to be settled.
fn nothing_is_left_open(tenant: &Tenant, point: &str) {
    let ledger = Connection::open(tenant.ledger()).unwrap();
    let sql = "SELECT count(*) FROM attempts WHERE result IS NULL AND run = (SELECT max(number) FROM runs)";
    let open: i64 = ledger.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(open, 0, "{point}: attempts of a run that has ended");
}

/// Whoever was invited has one attempt that says so: what a run left in doubt was settled as what it was.
pub fn each_invitation_is_in_the_ledger(tenant: &Tenant, scene: &Scene, point: &str) {
    let ledger = Connection::open(tenant.ledger()).unwrap();
    let sql = "SELECT count(*) FROM attempts WHERE user_id = ?1 AND result = 'invited' AND decision <> 'remind'";
    for id in &scene.to_invite {
        let times: i64 = ledger.query_row(sql, [id.as_bytes().as_slice()], |row| row.get(0)).unwrap();
        assert_eq!(times, 1, "{point}: attempts of {id} that say that it was invited");
    }
}

/// What is in doubt is left alone until reads can be trusted and a retry is due; a reminder in doubt counts as sent.
fn nobody_was_posted_again_at_once(tenant: &Tenant, point: &str) {
    let mut last: HashMap<Uuid, DateTime<Utc>> = HashMap::new();
    for post in posts(tenant) {
        let body = post.request_body.unwrap();
        let id = Uuid::parse_str(body["invitedUser"]["id"].as_str().unwrap()).unwrap();
        let before = last.insert(id, post.at);
        assert!(before.is_none_or(|before| post.at - before >= BETWEEN_POSTS), "{point}: {id} was posted again");
    }
}

fn posts(tenant: &Tenant) -> Vec<Exchange> {
    tenant.posts()
}

/// Later runs are in the ledger with the codes of their processes, and no attempt is without an outcome.
fn the_ledger_says_the_same(tenant: &Tenant, exits: &[Option<i64>], point: &str) {
    let ledger = Connection::open(tenant.ledger()).unwrap();
    let mut runs = ledger.prepare("SELECT exit_code FROM runs ORDER BY number").unwrap();
    let kept: Vec<Option<i64>> = runs.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(kept.ends_with(exits), "{point}: {kept:?} does not end with {exits:?}");
    let count = |sql: &str| ledger.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let open = "SELECT count(*) FROM attempts WHERE result IS NULL";
    assert_eq!((count(open), count("SELECT count(*) FROM people WHERE attempt_at IS NOT NULL")), (0, 0), "{point}");
}
