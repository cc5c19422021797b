//! With `--user`: how each person was decided on, step by step.

use crate::directory::{DomainMatch, ExternalUserState, ObjectId, Personal};
use crate::report::{Question, TraceEntry, TraceStep};
use crate::selection::{Decided, Home, Reason, Scope, Snapshot};

/// One entry for each name that was asked for.
pub(super) fn of(
    asked: &[(Personal, ObjectId)],
    decided: &[Decided],
    scope: &Scope,
    snapshot: &Snapshot,
) -> Vec<TraceEntry> {
    let entry = |(name, id): &(Personal, ObjectId)| {
        let decided = decided.iter().find(|decided| decided.user.id == *id)?;
        Some(TraceEntry { asked: name.clone(), steps: steps(decided, scope, snapshot.homes.get(id)) })
    };
    asked.iter().filter_map(entry).collect()
}

fn steps(decided: &Decided, scope: &Scope, home: Option<&Home>) -> Vec<TraceStep> {
    let mut steps =
        vec![step(Question::Found, &format!("yes, {}, UPN {}", decided.user.id, decided.user.upn.expose()))];
    let (in_domain, answer) = match scope.domain(&decided.user) {
        DomainMatch::Ours => (true, "yes".to_owned()),
        DomainMatch::NoMail => (false, "no, there is no mail address".to_owned()),
        DomainMatch::Other => (false, "no, another domain".to_owned()),
        DomainMatch::Near(near) => (false, format!("no, {} only looks like one of `domains`", near.as_str())),
    };
    steps.push(step(Question::InDomain, &answer));
    let in_scope = !matches!(decided.reason, Reason::NotSynced | Reason::Excluded | Reason::OutOfScope);
    if in_domain {
        let answer = if in_scope { "yes".to_owned() } else { format!("no, {}", decided.reason.code()) };
        steps.push(step(Question::InScope, &answer));
    }
    if in_domain && in_scope {
        let state = match decided.user.state {
            ExternalUserState::NotInvited => "not invited",
            ExternalUserState::PendingAcceptance => "PendingAcceptance",
            ExternalUserState::Accepted => "Accepted",
            ExternalUserState::Unknown => "a value that this version does not know",
        };
        steps.push(step(Question::State, state));
    }
    steps.extend(home.map(|home| step(Question::AtHome, &account(home))));
    let decision = decided.reason.decision().code();
    steps.push(step(Question::Decision, &format!("{decision}, {}", decided.reason.code())));
    steps
}

fn account(home: &Home) -> String {
    match home {
        Home::Nobody => "no, nobody".to_owned(),
        Home::Several(ids) => format!("no, {} accounts", ids.len()),
        Home::One(account) => {
            let disabled = if account.enabled { "" } else { ", disabled" };
            format!("yes, UPN {}{disabled}", account.upn.expose())
        }
    }
}

fn step(question: Question, answer: &str) -> TraceStep {
    TraceStep { question, answer: Personal::new(answer) }
}
