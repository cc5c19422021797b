use super::*;
use crate::selection::tests::{now, user};

fn address() -> MailAddress {
    MailAddress::parse("p1@contoso.com").unwrap()
}

fn in_state(state: ExternalUserState) -> User {
    User { state, ..user(1) }
}

fn hours(hours: i64) -> DateTime<Utc> {
    now() + TimeDelta::hours(hours)
}

/// A record after one attempt now that came to this.
fn after(decision: Decision, ending: &Ending) -> Record {
    let mut record = Record::default();
    record.intended(decision, now());
    record.ended(ending, &address(), &Fingerprint::of(&user(1)));
    record
}

fn due(record: &Record) -> Option<DateTime<Utc>> {
    match &record.open {
        Some(Open::Retry(retry)) => Some(retry.due),
        _ => None,
    }
}

#[test]
fn each_ending_of_an_invitation_leaves_what_later_runs_must_know() {
    let created = after(Decision::Invite, &Ending::Created);
    assert_eq!(
        (created.last_invitation, created.seen, due(&created)),
        (Some(now()), Seen::NotInvited, Some(hours(24)))
    );
    let seen = after(Decision::Invite, &Ending::Seen);
    assert_eq!((seen.last_invitation, seen.seen, &seen.open), (Some(now()), Seen::Pending, &None));
    let unknown = after(Decision::Invite, &Ending::Unknown);
    assert_eq!((unknown.last_invitation, due(&unknown)), (None, Some(hours(6))));
    assert_eq!(due(&after(Decision::Invite, &Ending::Failed)), Some(hours(6)));
    assert!(matches!(after(Decision::Invite, &Ending::Refused).open, Some(Open::Refused { .. })));
    assert_eq!(after(Decision::Invite, &Ending::NotDone), Record::default());
}

#[test]
fn a_reminder_is_used_up_however_it_ended_unless_nothing_was_done() {
    for ending in [Ending::Created, Ending::Seen, Ending::Unknown, Ending::Failed, Ending::Refused] {
        let record = after(Decision::Remind, &ending);
        assert_eq!((record.reminders, record.last_invitation, &record.open), (1, Some(now()), &None), "{ending:?}");
    }
    assert_eq!(after(Decision::Remind, &Ending::NotDone).reminders, 0);
}

#[test]
fn a_failure_that_is_not_the_persons_leaves_an_open_retry_as_it_was() {
    let mut record = after(Decision::Invite, &Ending::Failed);
    let before = record.open.clone();
    record.intended(Decision::Retry, hours(6));
    record.ended(&Ending::NotDone, &address(), &Fingerprint::of(&user(1)));
    assert_eq!((record.open, record.attempt), (before, None));
}

#[test]
fn an_attempt_without_an_outcome_is_settled_by_reading() {
    let mut intended = Record::default();
    intended.intended(Decision::Invite, now());
    let read = |state, minutes| {
        let mut record = intended.clone();
        record.read(&in_state(state), Some(&address()), now() + TimeDelta::minutes(minutes));
        record
    };
    // What is shown is true at once, what is not shown may still come.
    let shown = read(ExternalUserState::PendingAcceptance, 1);
    assert_eq!((shown.attempt, shown.last_invitation, shown.seen), (None, Some(now()), Seen::Pending));
    let young = read(ExternalUserState::NotInvited, 14);
    assert_eq!((young.attempt.is_some(), due(&young)), (true, None));
    let settled = read(ExternalUserState::NotInvited, 15);
    assert_eq!((settled.attempt, due(&settled)), (None, Some(hours(6))));
    // A server whose clock went back has not let time pass.
    assert!(read(ExternalUserState::NotInvited, -60).attempt.is_some());
}

#[test]
fn a_reminder_without_an_outcome_counts_as_used() {
    let mut record = after(Decision::Invite, &Ending::Seen);
    record.intended(Decision::Remind, hours(200));
    record.read(&in_state(ExternalUserState::PendingAcceptance), Some(&address()), hours(201));
    assert_eq!((record.attempt, record.reminders, record.last_invitation), (None, 1, Some(hours(200))));
}

#[test]
fn a_doubt_that_turns_out_to_have_arrived_is_an_invitation_of_this_ledgers() {
    let mut unknown = after(Decision::Invite, &Ending::Unknown);
    unknown.read(&in_state(ExternalUserState::PendingAcceptance), Some(&address()), hours(6));
    assert_eq!((unknown.last_invitation, unknown.invitations, unknown.open), (Some(now()), 1, None));
    // What failed for certain and is pending now was invited by somebody else, who reminds them.
    let mut failed = after(Decision::Invite, &Ending::Failed);
    failed.read(&in_state(ExternalUserState::PendingAcceptance), Some(&address()), hours(6));
    assert_eq!((failed.last_invitation, failed.open), (None, None));
    // A 201 was counted when it came.
    let mut created = after(Decision::Invite, &Ending::Created);
    created.read(&in_state(ExternalUserState::PendingAcceptance), Some(&address()), hours(1));
    assert_eq!((created.invitations, created.open), (1, None));
}

#[test]
fn what_was_seen_stays_seen_when_the_directory_takes_it_back() {
    let mut record = after(Decision::Invite, &Ending::Seen);
    record.read(&in_state(ExternalUserState::NotInvited), Some(&address()), hours(1));
    assert_eq!(record.seen, Seen::Pending);
}

#[test]
fn the_address_is_the_invited_one_until_they_have_accepted() {
    let other = MailAddress::parse("other@contoso.com");
    let mut record = after(Decision::Invite, &Ending::Seen);
    record.read(&in_state(ExternalUserState::PendingAcceptance), other.as_ref(), hours(1));
    assert!(record.address == Some(address()) && record.invited_under_another(other.as_ref()));
    record.read(&in_state(ExternalUserState::Accepted), other.as_ref(), hours(2));
    assert!(record.address == other);
}

#[test]
fn whoever_is_gone_and_comes_back_has_kept_what_was_open() {
    let mut record = after(Decision::Invite, &Ending::Failed);
    let open = record.open.clone();
    record.missed(hours(1));
    assert!(record.gone && record.open == open);
    record.read(&user(1), Some(&address()), hours(2));
    assert!(!record.gone && record.open == open);
}

#[test]
fn only_what_changed_is_written_and_only_news_are_told() {
    let pending = in_state(ExternalUserState::PendingAcceptance);
    let mut history = History::default();
    history.read(&pending, Some(&address()), now());
    assert_eq!(history.changes().count(), 0, "who was never heard of is not kept for being read");
    assert!(history.decided(&pending, Some(&address()), Reason::Pending, now()));
    let known = history.changes().map(|(id, record)| (id, record.clone())).collect::<HashMap<_, _>>();
    assert_eq!(known.len(), 1);
    let mut next = History::new(None, known);
    next.read(&pending, Some(&address()), hours(6));
    assert!(!next.decided(&pending, Some(&address()), Reason::Pending, hours(6)));
    assert_eq!(next.changes().count(), 0);
}

#[test]
fn of_people_who_are_counted_only_those_are_kept_whose_state_may_matter_later() {
    let decided = |state, reason| {
        let mut history = History::default();
        let news = history.decided(&in_state(state), None, reason, now());
        (news, history.changes().count())
    };
    assert_eq!(decided(ExternalUserState::NotInvited, Reason::OtherDomain), (false, 0));
    assert_eq!(decided(ExternalUserState::NotInvited, Reason::BeforeStart), (false, 0));
    assert_eq!(decided(ExternalUserState::Accepted, Reason::Accepted), (false, 1));
    assert_eq!(decided(ExternalUserState::NotInvited, Reason::SyncConflict), (true, 1));
}

#[test]
fn a_refused_person_is_another_one_once_mail_upn_proxies_or_state_differ() {
    let before = Fingerprint::of(&user(1));
    let changed = |change: fn(&mut User)| {
        let mut person = user(1);
        change(&mut person);
        Fingerprint::of(&person) != before
    };
    assert!(changed(|user| user.mail = Some(Personal::new("other@contoso.com"))));
    assert!(changed(|user| user.upn = Personal::new("other@fabrikam.us")));
    assert!(changed(|user| user.proxy_addresses = vec![Personal::new("smtp:other@contoso.com")]));
    assert!(changed(|user| user.enabled = false));
    assert!(!changed(|user| user.mail = Some(Personal::new("P1@contoso.com"))));
    assert!(!changed(|user| user.display_name = Personal::new("Another name")));
}

#[test]
fn an_address_that_is_told_late_is_the_one_that_an_invitation_in_doubt_went_to() {
    let mut history = History::new(None, HashMap::from([(user(1).id, Record::default())]));
    history.decided(&user(1), Some(&address()), Reason::New, now());
    let record = history.people.get_mut(&user(1).id).unwrap();
    record.intended(Decision::Invite, now());
    record.ended(&Ending::Unknown, &address(), &Fingerprint::of(&user(1)));
    // The home tenant is not asked about somebody who is pending.
    let known = record.address.clone();
    history.read(&in_state(ExternalUserState::PendingAcceptance), known.as_ref(), hours(1));
    let other = MailAddress::parse("p.one@contoso.com");
    history.decided(&user(1), other.as_ref(), Reason::Pending, hours(1));
    let record = history.of(user(1).id).unwrap();
    assert_eq!(record.address, Some(address()));
    assert!(record.invited_under_another(other.as_ref()));
}
