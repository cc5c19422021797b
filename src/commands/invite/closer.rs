//! The closer look at whoever would be sent: their home accounts first, then what this tenant knows against them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::prepare::Preparing;
use super::run::{Connection, HomeConnection};
use super::{entries, home_failed};
use crate::directory::ObjectId;
use crate::error::Error;
use crate::graph::homes;
use crate::graph::reads::Directory;
use crate::report::RunReport;
use crate::selection::{self, Decided, History, Home, LookUpName, Reason, Scope, Snapshot};

/// Decides anew after each look: the home tenant may tell the address that the next one asks about.
pub(super) async fn look_closer(
    run: &Preparing<'_>,
    connection: &Connection,
    directory: &Directory<'_>,
    snapshot: &mut Snapshot,
    mut decided: Vec<Decided>,
    (history, now): (&History, DateTime<Utc>),
    report: &mut RunReport,
) -> Result<Vec<Decided>, Error> {
    if let Some(home) = &connection.home {
        snapshot.homes = look_up(home, run.scope, &decided).await?;
        if !snapshot.homes.is_empty() {
            decided = selection::decide(snapshot, run.scope, history, now);
        }
    }
    // Whom the home tenant stands against passes the rest of rule 17 all the same, whose order counts.
    let looked_at = |reason: Reason| {
        reason.decision().sends() || matches!(reason, Reason::HomeUserNotFound | Reason::HomeUserDisabled)
    };
    let people = decided.iter().filter(|decided| looked_at(decided.reason));
    let names = |person: &Decided| run.scope.names(&person.user, snapshot.homes.get(&person.user.id));
    let people: Vec<_> = people.map(|person| (person.user.id, names(person))).collect();
    if people.is_empty() {
        return Ok(decided);
    }
    let looks = directory.closer_look(&people).await?;
    report.warnings.extend(entries::look_warnings(&looks));
    snapshot.looks = looks.people;
    Ok(selection::decide(snapshot, run.scope, history, now))
}

/// Asks the home tenant about whoever would be sent.
async fn look_up(home: &HomeConnection, scope: &Scope, decided: &[Decided]) -> Result<HashMap<ObjectId, Home>, Error> {
    let sent = decided.iter().filter(|decided| decided.reason.decision().sends());
    let asked = sent.filter_map(|decided| Some((decided.user.id, scope.look_up_name(&decided.user)?)));
    let asked: Vec<(ObjectId, LookUpName)> = asked.collect();
    let names: Vec<_> = asked.iter().map(|(_, name)| name.clone()).collect();
    let accounts = homes::accounts(&home.client, &names).await.map_err(home_failed(&home.name))?;
    Ok(selection::whose(&asked, &accounts))
}
