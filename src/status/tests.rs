use proptest::prelude::*;

use super::*;
use crate::ledger::LastTry;
use crate::selection::tests::{id, now, scope, user};
use crate::selection::{Attempt, Fingerprint, Retry};

fn hours(hours: i64) -> DateTime<Utc> {
    now() + TimeDelta::hours(hours)
}

fn known(n: u32, record: Record) -> KnownPerson {
    KnownPerson { user_id: id(n), display_name: Personal::new("Ann"), record, invited_at: None, last_try: None }
}

fn told(reason: Reason) -> Record {
    Record { reason: Some(reason), since: Some(hours(-48)), ..Record::default() }
}

fn invited(reason: Reason) -> Record {
    Record {
        seen: Seen::Pending,
        address: MailAddress::parse("p1@contoso.com"),
        last_invitation: Some(hours(-72)),
        invitations: 1,
        ..told(reason)
    }
}

fn failed(due: i64) -> Open {
    Open::Retry(Retry { due: hours(due), first: hours(-20), times: 2, maybe_sent: None })
}

fn words(person: &Person) -> String {
    format!("{} {}", person.state.code(), person.cause.known().code)
}

fn online(known: &[KnownPerson], people: impl IntoIterator<Item = User>) -> Vec<Person> {
    let mut read: HashMap<_, _> = to_ask(known).into_iter().map(|id| (id, None)).collect();
    read.extend(people.into_iter().map(|user| (user.id, Some(user))));
    joined(known, Answers { now: now(), people: read }, None, &scope())
}

#[test]
fn the_ledger_alone_tells_what_was_sent_since_the_last_decision() {
    let tried = |open| Record { open: Some(open), ..told(Reason::New) };
    let attempt = |decision| Some(Attempt { at: hours(-1), decision });
    for (record, expected) in [
        (told(Reason::New), "not_invited new"),
        (invited(Reason::New), "pending pending"),
        (tried(failed(5)), "failed retry-later"),
        (tried(failed(0)), "failed retry-due"),
        (tried(Open::Refused { when: Fingerprint::of(&user(1)) }), "held refused"),
        (tried(Open::GaveUp), "gave_up gave-up"),
        (Record { attempt: attempt(Decision::Invite), ..told(Reason::New) }, "failed retry-later"),
        (Record { attempt: attempt(Decision::Remind), ..invited(Reason::PendingReminderDue) }, "pending pending"),
        (Record { seen: Seen::Accepted, ..invited(Reason::Accepted) }, "accepted accepted"),
        (Record { seen: Seen::Accepted, ..invited(Reason::Excluded) }, "accepted excluded"),
        (Record { seen: Seen::Accepted, ..invited(Reason::Reverted) }, "held reverted"),
        (invited(Reason::AddressChanged), "held address-changed"),
        (invited(Reason::Excluded), "pending excluded"),
        (told(Reason::Excluded), "not_invited excluded"),
        (told(Reason::AddressTaken), "held address-taken"),
        (Record { gone: true, ..invited(Reason::Pending) }, "not_invited gone"),
        (Record::default(), "not_invited new"),
    ] {
        let people = by_ledger(&[known(1, record.clone())], &scope(), now());
        assert_eq!(words(&people[0]), expected, "{record:?}");
    }
}

#[test]
fn nobody_asks_about_who_has_accepted_or_is_gone() {
    let accepted = |reason| Record { seen: Seen::Accepted, ..invited(reason) };
    let people = [
        known(1, accepted(Reason::Accepted)),
        known(2, accepted(Reason::Reverted)),
        known(3, Record { gone: true, ..invited(Reason::Pending) }),
        known(4, invited(Reason::Pending)),
        known(5, accepted(Reason::Excluded)),
    ];
    assert_eq!(to_ask(&people), [2, 4, 5].map(id));
}

#[test]
fn a_last_error_is_told_while_it_matters() {
    let error = ErrorEntry::own(own::NO_ANSWER, "no answer");
    let last = |decision| Some(LastTry { at: hours(-3), decision, error: Some(error.clone()) });
    for (record, decision, matters) in [
        (Record { open: Some(failed(5)), ..told(Reason::New) }, Decision::Retry, true),
        (invited(Reason::Pending), Decision::Invite, false),
        (invited(Reason::Pending), Decision::Remind, true),
        (Record { seen: Seen::Accepted, ..invited(Reason::Accepted) }, Decision::Remind, false),
        (told(Reason::Excluded), Decision::Invite, false),
    ] {
        let person = KnownPerson { last_try: last(decision), ..known(1, record) };
        let told = &by_ledger(&[person], &scope(), now())[0];
        assert_eq!(told.last_error.is_some(), matters, "{told:?}");
    }
}

#[test]
fn a_reason_that_nobody_has_noted_yet_has_no_beginning_and_comes_last() {
    let pending = |n, mail: &str| User {
        mail: Some(Personal::new(mail)),
        state: ExternalUserState::PendingAcceptance,
        ..user(n)
    };
    let record = Record { address: MailAddress::parse("p2@contoso.com"), ..invited(Reason::Pending) };
    let people = online(
        &[known(1, invited(Reason::Pending)), known(2, record)],
        [pending(1, "other@contoso.com"), pending(2, "p2@contoso.com")],
    );
    let shown: Vec<_> = people.iter().map(|person| (words(person), person.since)).collect();
    let expected = [("pending pending".to_owned(), Some(hours(-72))), ("held address-changed".to_owned(), None)];
    assert_eq!(shown, expected);
}

#[test]
fn a_refused_person_who_has_changed_is_due_again_and_has_waited_since_the_refusal() {
    let record = Record { open: Some(Open::Refused { when: Fingerprint::of(&user(2)) }), ..told(Reason::Refused) };
    let last_try = Some(LastTry { at: hours(-300), decision: Decision::Invite, error: None });
    let person = &online(&[KnownPerson { last_try, ..known(1, record) }], [user(1)])[0];
    assert_eq!((words(person).as_str(), person.since), ("failed retry-due", Some(hours(-300))));
}

#[test]
fn what_a_run_said_of_an_address_is_said_of_no_other() {
    let at = |address: &str, reason| Record { address: MailAddress::parse(address), ..told(reason) };
    for (reason, address, shown) in [
        (Reason::DuplicateAddress, "p1@contoso.com", "held duplicate-address"),
        (Reason::DuplicateAddress, "old@contoso.com", "not_invited new"),
        (Reason::AddressTaken, "old@contoso.com", "not_invited new"),
        (Reason::UpnDiffers, "p1@contoso.com", "held upn-differs"),
        (Reason::UpnDiffers, "old@contoso.com", "not_invited new"),
        (Reason::HomeUserNotFound, "old@contoso.com", "not_invited new"),
        (Reason::Privileged, "old@contoso.com", "held privileged"),
        (Reason::InvalidAddress, "", "not_invited new"),
        (Reason::NoAddress, "", "not_invited new"),
    ] {
        assert_eq!(words(&online(&[known(1, at(address, reason))], [user(1)])[0]), shown, "{reason:?} {address}");
    }
}

#[test]
fn whoever_waits_for_nothing_comes_after_all_who_wait() {
    let done = Record { since: Some(hours(-900)), ..told(Reason::Excluded) };
    let unknown = Record { since: None, ..told(Reason::SyncConflict) };
    let people = [known(1, done), known(2, unknown), known(3, invited(Reason::Pending))];
    let shown: Vec<_> = by_ledger(&people, &scope(), now()).iter().map(words).collect();
    assert_eq!(shown, ["pending pending", "held sync-conflict", "not_invited excluded"]);
}

fn seen() -> impl Strategy<Value = Seen> {
    prop_oneof![Just(Seen::NotInvited), Just(Seen::Pending), Just(Seen::Accepted)]
}

fn open() -> impl Strategy<Value = Option<Open>> {
    let refused = (1_u32..3).prop_map(|n| Some(Open::Refused { when: Fingerprint::of(&user(n)) }));
    prop_oneof![Just(None), (-30_i64..30).prop_map(|due| Some(failed(due))), refused, Just(Some(Open::GaveUp))]
}

prop_compose! {
    fn record()(
        seen in seen(),
        open in open(),
        gone in any::<bool>(),
        last in prop::option::of(-400_i64..10),
        reminders in 0_u32..4,
        attempt in prop::option::of((-3_i64..1, prop::sample::select(vec![Decision::Invite, Decision::Remind]))),
        reason in prop::option::of(prop::sample::select(Reason::ALL)),
    ) -> Record {
        Record {
            seen,
            gone,
            open,
            address: MailAddress::parse("p1@contoso.com"),
            last_invitation: last.map(hours),
            invitations: u32::from(last.is_some()) + reminders,
            reminders,
            attempt: attempt.map(|(at, decision)| Attempt { at: hours(at), decision }),
            reason,
            since: reason.map(|_| hours(-100)),
        }
    }
}

prop_compose! {
    fn directory()(
        state in prop::sample::select(vec![
            ExternalUserState::NotInvited,
            ExternalUserState::PendingAcceptance,
            ExternalUserState::Accepted,
            ExternalUserState::Unknown,
        ]),
        enabled in any::<bool>(),
        synced in any::<bool>(),
        mail in prop::option::of(prop::sample::select(vec!["p1@contoso.com", "o@contoso.com", "p1@x.example"])),
    ) -> User {
        User { state, enabled, synced, mail: mail.map(Personal::new), ..user(1) }
    }
}

proptest! {
    #[test]
    fn whatever_is_known_and_shown_everybody_has_one_state_that_fits(
        record in record(),
        user in prop::option::of(directory()),
    ) {
        let gone = record.gone;
        let known = [known(1, record)];
        let asked = !to_ask(&known).is_empty();
        let state = user.as_ref().map(|user| user.state.clone());
        let people = online(&known, user.into_iter().filter(|_| asked));
        prop_assert_eq!(people.len(), 1);
        let Person { state: told, cause, since, next_attempt, .. } = &people[0];
        prop_assert!(since.is_none_or(|since| since <= now()));
        prop_assert!(next_attempt.is_none() || matches!(told, State::Failed | State::Pending));
        prop_assert_eq!(gone || (asked && state.is_none()), *cause == Cause::Gone);
        if asked && let Some(state) = state {
            prop_assert_eq!(*told == State::Accepted, state == ExternalUserState::Accepted);
            let waits = matches!(told, State::Pending | State::Held | State::GaveUp);
            prop_assert!(state != ExternalUserState::PendingAcceptance || waits, "{told:?}");
            prop_assert!(*told != State::Pending || state == ExternalUserState::PendingAcceptance);
        }
    }

    #[test]
    fn where_nothing_has_changed_since_the_last_run_the_ledger_alone_says_the_same(
        record in record(),
        user in directory(),
    ) {
        // What a run does that reads this person.
        let mut history = History::new(None, HashMap::from([(user.id, record)]));
        let address = scope().shown_address(&user, history.of(user.id));
        history.read(&user, address.as_ref(), now());
        let snapshot = Snapshot { people: vec![user.clone()], ..Snapshot::default() };
        let decided = decide(&snapshot, &scope(), &history, now()).remove(0);
        history.decided(&user, decided.address.as_ref(), decided.reason, now());
        let record = history.of(user.id).cloned().unwrap_or_default();
        // That an account is disabled the ledger notes of those alone who are not invited.
        prop_assume!(user.enabled || user.state != ExternalUserState::PendingAcceptance);
        // Nor does it note that somebody was turned back who is out of scope besides.
        let turned_back = record.was_seen_invited() && !user.state.is_invited();
        prop_assume!(!turned_back || decided.reason == Reason::Reverted);
        let known = [known(1, record)];
        let (alone, both) = (by_ledger(&known, &scope(), now()), online(&known, [user]));
        prop_assert_eq!(words(&alone[0]), words(&both[0]));
        prop_assert_eq!((alone[0].since, alone[0].next_attempt), (both[0].since, both[0].next_attempt));
    }

    #[test]
    fn nobody_is_lost_or_doubled_and_who_waits_longest_comes_first(records in prop::collection::vec(record(), 0..12)) {
        let known: Vec<_> = records.into_iter().zip(1..).map(|(record, n)| known(n, record)).collect();
        let people = by_ledger(&known, &scope(), now());
        let mut ids: Vec<_> = people.iter().map(|person| person.user_id).collect();
        ids.sort_unstable();
        prop_assert_eq!(ids, known.iter().map(|person| person.user_id).collect::<Vec<_>>());
        let waits = |person: &Person| (!person.needs_attention(), person.since.unwrap_or(DateTime::<Utc>::MAX_UTC));
        prop_assert!(people.iter().map(waits).collect::<Vec<_>>().is_sorted());
    }
}
