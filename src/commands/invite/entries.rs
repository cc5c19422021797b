//! From what a run knows to what its report says.

use crate::directory::Personal;
use crate::dispatch::{Outcome, Problem};
use crate::graph::reads::Looks;
use crate::report::{DecisionEntry, OutcomeEntry, OutcomeResult, RunReport};
use crate::selection::{Decided, Reason, Snapshot};
use crate::telemetry::PEOPLE;

/// Counts everybody who was read, and lists whom a report lists.
pub(super) fn fill_in(report: &mut RunReport, snapshot: &Snapshot, decided: &[Decided], list_all: bool) {
    report.counts.near_domains.clone_from(&snapshot.near_domains);
    report.counts.decided(Reason::NoMail, snapshot.without_mail);
    report.counts.decided(Reason::OtherDomain, snapshot.other_domain);
    for person in decided {
        report.counts.decided(person.reason, 1);
        if list_all || !person.reason.counted_only() {
            let entry = entry(person);
            tell(&entry);
            report.decisions.push(entry);
        }
    }
}

/// Who is who in the other events, for whoever lets names into the log.
fn tell(entry: &DecisionEntry) {
    let (user_id, name) = (entry.user_id, entry.display_name.expose());
    let address = entry.address.as_ref().map(Personal::expose);
    let (decision, reason) = (entry.reason.decision().code(), entry.reason.code());
    tracing::info!(target: PEOPLE, %user_id, display_name = name, address, decision, reason, "decided");
}

/// How a report lists a person.
pub(super) fn entry(decided: &Decided) -> DecisionEntry {
    let as_read = decided.user.mail.clone();
    let address = decided.address.as_ref().map(|address| Personal::new(address.expose())).or(as_read);
    DecisionEntry {
        user_id: decided.user.id,
        display_name: decided.user.display_name.clone(),
        address,
        reason: decided.reason,
        hint: decided.hint.clone(),
    }
}

/// What the closer look could not see, or does not judge.
pub(super) fn look_warnings(looks: &Looks) -> Vec<String> {
    let mut warnings = Vec::new();
    if !looks.roles_checked {
        warnings.push("roles not checked: grant RoleManagement.Read.Directory to keep holders of directory roles from being converted".to_owned());
    }
    for id in &looks.other_exchange_plans {
        warnings.push(format!(
            "{id} has an Exchange plan that is not known to bring a mailbox; if it does, the conversion will fail"
        ));
    }
    warnings
}

/// Lists what became of everybody; whether anybody failed, is unknown or unverified.
pub(super) fn outcomes(report: &mut RunReport, outcomes: &[Outcome]) -> bool {
    // Where nothing was sent there are no outcomes: the run's error says why.
    if outcomes.iter().all(|outcome| outcome.attempts == 0) {
        return false;
    }
    for outcome in outcomes {
        report.counts.came_out(outcome.result);
        report.outcomes.push(OutcomeEntry {
            user_id: outcome.item.user_id,
            display_name: outcome.item.display_name.clone(),
            address: Personal::new(outcome.item.address.expose()),
            decision: outcome.item.decision,
            result: outcome.result,
            status: outcome.status,
            error: outcome.problem.as_ref().map(Problem::to_entry),
            request_id: outcome.request_id.clone(),
            attempts: outcome.attempts,
        });
    }
    let bad = [OutcomeResult::Failed, OutcomeResult::Unknown, OutcomeResult::Unverified];
    outcomes.iter().any(|outcome| bad.contains(&outcome.result))
}
