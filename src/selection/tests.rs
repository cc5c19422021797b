use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::directory::{MailDomain, Personal};

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-03-02T08:00:00Z").unwrap().to_utc()
}

pub(crate) fn id(n: u32) -> ObjectId {
    ObjectId::parse(&format!("00000000-0000-4000-8000-{n:012}")).unwrap()
}

/// A new person who is to be invited.
pub(crate) fn user(n: u32) -> User {
    User {
        id: id(n),
        display_name: Personal::new("Ann"),
        mail: Some(Personal::new(&format!("p{n}@contoso.com"))),
        upn: Personal::new(&format!("p{n}@fabrikam.us")),
        user_type: Some(Personal::new("Member")),
        enabled: true,
        created: Some(now() - TimeDelta::hours(1)),
        state: ExternalUserState::NotInvited,
        synced: true,
        on_premises_upn: None,
        proxy_addresses: Vec::new(),
        sync_conflict: false,
        attributes: Vec::new(),
    }
}

fn domains(include_subdomains: bool) -> HomeDomains {
    HomeDomains { domains: vec![MailDomain::parse("contoso.com").unwrap()], include_subdomains }
}

pub(crate) fn scope() -> Scope {
    Scope {
        home: domains(false),
        address: AddressSource::Mail,
        accept_mail_as_login: false,
        require_synced: true,
        exclude: Vec::new(),
        conditions: Vec::new(),
        asked_for: false,
        resend: false,
        remind_after: Some(std::time::Duration::from_secs(7 * 86_400)),
        max_reminders: 2,
    }
}

fn reasons(people: Vec<User>, scope: &Scope, history: &History) -> Vec<Reason> {
    let snapshot = Snapshot { people, ..Snapshot::default() };
    decide(&snapshot, scope, history, now()).into_iter().map(|decided| decided.reason).collect()
}

fn reason(user: User) -> Reason {
    reasons(vec![user], &scope(), &History::default())[0]
}

fn with_record(user: User, scope: &Scope, record: Record) -> Reason {
    let history = History::new(None, HashMap::from([(user.id, record)]));
    reasons(vec![user], scope, &history)[0]
}

fn seen(seen: Seen) -> Record {
    let address = MailAddress::parse("p1@contoso.com");
    Record { seen, address, last_invitation: Some(now() - TimeDelta::days(1)), ..Record::default() }
}

type Change = fn(&mut User);

#[test]
fn each_rule_that_needs_no_ledger_gives_its_reason() {
    let table: [(Reason, Change); 12] = [
        (Reason::New, |_| {}),
        (Reason::NoMail, |u| u.mail = None),
        (Reason::OtherDomain, |u| u.mail = Some(Personal::new("p@northwind.example"))),
        (Reason::NotSynced, |u| u.synced = false),
        (Reason::Accepted, |u| u.state = ExternalUserState::Accepted),
        (Reason::Pending, |u| u.state = ExternalUserState::PendingAcceptance),
        (Reason::UnknownState, |u| u.state = ExternalUserState::Unknown),
        (Reason::AccountDisabled, |u| u.enabled = false),
        (Reason::InvalidAddress, |u| u.mail = Some(Personal::new("p+us@contoso.com"))),
        (Reason::UpnDiffers, |u| u.on_premises_upn = Some(Personal::new("other@contoso.com"))),
        (Reason::New, |u| u.on_premises_upn = Some(Personal::new("other@corp.local"))),
        (Reason::SyncConflict, |u| u.sync_conflict = true),
    ];
    for (expected, change) in table {
        let mut person = user(1);
        change(&mut person);
        assert_eq!(reason(person), expected);
    }
}

#[test]
fn the_first_rule_that_fits_counts() {
    let mut person = user(1);
    person.sync_conflict = true;
    person.enabled = false;
    assert_eq!(reason(person.clone()), Reason::AccountDisabled);
    person.state = ExternalUserState::Accepted;
    assert_eq!(reason(person.clone()), Reason::Accepted);
    person.synced = false;
    assert_eq!(reason(person.clone()), Reason::NotSynced);
    person.mail = None;
    assert_eq!(reason(person), Reason::NoMail);
}

#[test]
fn people_are_excluded_by_id_upn_or_address_in_any_case() {
    for name in ["P1@CONTOSO.com", "p1@Fabrikam.us", "00000000-0000-4000-8000-000000000001"] {
        let scope = Scope { exclude: vec![name.to_lowercase()], ..scope() };
        assert_eq!(reasons(vec![user(1)], &scope, &History::default()), [Reason::Excluded], "{name}");
    }
}

#[test]
fn every_condition_of_where_must_hold_in_any_case() {
    let conditions = vec![
        (Attribute::Department, vec!["sales".to_owned(), "support".to_owned()]),
        (Attribute::Country, vec!["de".to_owned()]),
    ];
    let scope = Scope { conditions, ..scope() };
    let person = |department: &str, country: &str| {
        let attributes =
            vec![(Attribute::Department, Personal::new(department)), (Attribute::Country, Personal::new(country))];
        User { attributes, ..user(1) }
    };
    let reason = |person| reasons(vec![person], &scope, &History::default())[0];
    assert_eq!(reason(person("SALES", "DE")), Reason::New);
    assert_eq!(reason(person("Sales", "US")), Reason::OutOfScope);
    assert_eq!(reason(user(1)), Reason::OutOfScope);
}

#[test]
fn two_people_with_one_address_are_held_and_each_names_the_other() {
    let mut accepted = User { mail: Some(Personal::new("P1@contoso.com")), ..user(2) };
    accepted.state = ExternalUserState::Accepted;
    let snapshot = Snapshot { people: vec![user(1), accepted], ..Snapshot::default() };
    let decided = decide(&snapshot, &scope(), &History::default(), now());
    assert_eq!(decided[0].reason, Reason::DuplicateAddress);
    assert!(decided[0].hint.as_ref().unwrap().contains(&id(2).to_string()));
    assert_eq!(decided[1].reason, Reason::Accepted);
}

#[test]
fn an_account_that_nobody_synchronizes_makes_no_duplicate() {
    let stranger = User { mail: Some(Personal::new("p1@contoso.com")), synced: false, ..user(2) };
    assert_eq!(reasons(vec![user(1), stranger], &scope(), &History::default()), [Reason::New, Reason::NotSynced]);
}

#[test]
fn the_closer_look_holds_whoever_would_be_sent() {
    let taken = CloserLook { address_owners: vec![id(9)], ..CloserLook::default() };
    let mailbox = CloserLook { mailbox: true, privileged: true, ..CloserLook::default() };
    let privileged = CloserLook { privileged: true, ..CloserLook::default() };
    for (look, expected) in
        [(taken, Reason::AddressTaken), (mailbox, Reason::MailboxLicensed), (privileged, Reason::Privileged)]
    {
        let snapshot = Snapshot { people: vec![user(1)], looks: HashMap::from([(id(1), look)]), ..Snapshot::default() };
        assert_eq!(decide(&snapshot, &scope(), &History::default(), now())[0].reason, expected);
    }
}

#[test]
fn another_address_than_the_invited_one_is_held_before_anything_else() {
    let record = Record { address: MailAddress::parse("before@contoso.com"), ..seen(Seen::Pending) };
    let pending = User { state: ExternalUserState::PendingAcceptance, ..user(1) };
    assert_eq!(with_record(pending, &scope(), record), Reason::AddressChanged);
}

#[test]
fn whoever_was_seen_invited_and_is_null_now_was_reverted() {
    assert_eq!(with_record(user(1), &scope(), seen(Seen::Accepted)), Reason::Reverted);
    assert_eq!(with_record(user(1), &scope(), Record::default()), Reason::New);
}

#[test]
fn a_reminder_is_due_after_remind_after_and_at_most_so_often() {
    let pending = || User { state: ExternalUserState::PendingAcceptance, ..user(1) };
    let record = |days, reminders| Record {
        last_invitation: Some(now() - TimeDelta::days(days)),
        reminders,
        ..seen(Seen::Pending)
    };
    assert_eq!(with_record(pending(), &scope(), record(6, 0)), Reason::Pending);
    assert_eq!(with_record(pending(), &scope(), record(7, 1)), Reason::PendingReminderDue);
    assert_eq!(with_record(pending(), &scope(), record(30, 2)), Reason::RemindersUsedUp);
    let silent = Scope { remind_after: None, ..scope() };
    assert_eq!(with_record(pending(), &silent, record(30, 0)), Reason::Pending);
}

#[test]
fn a_reminder_passes_the_holds_too() {
    let scope = Scope { resend: true, asked_for: true, ..scope() };
    let pending = User { state: ExternalUserState::PendingAcceptance, enabled: false, ..user(1) };
    assert_eq!(reasons(vec![pending], &scope, &History::default()), [Reason::AccountDisabled]);
}

#[test]
fn what_the_ledger_remembers_of_failures_holds_back_unless_asked_for() {
    let open = |open| Record { open: Some(open), ..Record::default() };
    let retry = |due| Open::Retry(Retry { due, first: now(), times: 1, maybe_sent: None });
    let later = || retry(now() + TimeDelta::hours(1));
    let refused = || Open::Refused { when: Fingerprint::of(&user(1)) };
    let asked = Scope { asked_for: true, ..scope() };
    assert_eq!(with_record(user(1), &scope(), open(later())), Reason::RetryLater);
    assert_eq!(with_record(user(1), &scope(), open(retry(now()))), Reason::RetryDue);
    assert_eq!(with_record(user(1), &scope(), open(refused())), Reason::Refused);
    assert_eq!(with_record(user(1), &scope(), open(Open::GaveUp)), Reason::GaveUp);
    for record in [open(later()), open(refused()), open(Open::GaveUp)] {
        assert_eq!(with_record(user(1), &asked, record), Reason::RetryDue);
    }
}

#[test]
fn a_refused_person_is_tried_again_once_something_about_them_has_changed() {
    let when = Fingerprint::of(&User { upn: Personal::new("before@fabrikam.us"), ..user(1) });
    let record = Record { open: Some(Open::Refused { when }), ..Record::default() };
    assert_eq!(with_record(user(1), &scope(), record), Reason::RetryDue);
}

#[test]
fn people_from_before_the_start_wait_unless_asked_for() {
    let history = History::new(Some(now()), HashMap::new());
    let asked = Scope { asked_for: true, ..scope() };
    assert_eq!(reasons(vec![user(1)], &scope(), &history), [Reason::BeforeStart]);
    assert_eq!(reasons(vec![user(1)], &asked, &history), [Reason::New]);
}

#[test]
fn reason_codes_are_distinct_and_every_hold_says_what_to_do() {
    let codes: std::collections::HashSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
    let mute = Reason::ALL.iter().filter(|reason| reason.decision() == Decision::Hold && reason.hint().is_empty());
    assert_eq!(mute.count(), 0);
}

#[test]
fn the_domain_rule_is_equality_and_never_a_substring_or_a_pattern() {
    use DomainMatch::{NoMail, Ours};
    let ours = ["ann@contoso.com", " Ann@CONTOSO.COM ", "ann@contoso.com.", "\tann@Contoso.com\n"];
    let others = [
        "ann@notcontoso.com",
        "ann@contoso.com.example",
        "ann@eu.contoso.com",
        "ann@contosoxcom",
        "contoso.com@evil.example",
        "a@b@contoso.com",
        "contoso.com",
        "ann@",
        "@",
        "ann@contoso.com..",
        "ann@contoso.com@",
    ];
    for mail in ours {
        assert_eq!(domains(false).matches(Some(mail)), Ours, "{mail}");
    }
    for mail in others {
        assert_ne!(domains(false).matches(Some(mail)), Ours, "{mail}");
    }
    assert_eq!(domains(false).matches(Some("  ")), NoMail);
    assert_eq!(domains(false).matches(None), NoMail);
}

#[test]
fn subdomains_count_at_a_labels_boundary_and_only_if_wanted() {
    assert_eq!(domains(true).matches(Some("ann@eu.contoso.com")), DomainMatch::Ours);
    assert_ne!(domains(true).matches(Some("ann@notcontoso.com")), DomainMatch::Ours);
    assert_ne!(domains(true).matches(Some("ann@.contoso.com")), DomainMatch::Ours);
    assert!(matches!(domains(false).matches(Some("ann@eu.contoso.com")), DomainMatch::Near(_)));
}

proptest! {
    #[test]
    fn whatever_matches_ends_in_the_domain_after_the_only_at_sign(mail in "[a-zA-Z@. ]{0,12}(contoso|CONTOSO|cont0so)?[.@a-z]{0,8}") {
        if domains(false).matches(Some(&mail)) == DomainMatch::Ours {
            let trimmed = mail.trim().to_ascii_lowercase();
            let trimmed = trimmed.strip_suffix('.').unwrap_or(&trimmed).to_owned();
            prop_assert!(trimmed.ends_with("@contoso.com") && trimmed.matches('@').count() == 1);
        }
    }

    #[test]
    fn any_text_after_the_domain_breaks_the_match(local in "[a-z]{1,8}", tail in "[a-z0-9.-]{1,8}") {
        prop_assume!(tail != ".");
        let mail = format!("{local}@contoso.com{tail}");
        prop_assert_ne!(domains(true).matches(Some(&mail)), DomainMatch::Ours);
    }

    #[test]
    fn nobody_s_decision_depends_on_the_order_of_reading(order in Just((1..9u32).collect::<Vec<_>>()).prop_shuffle()) {
        let person = |n: u32| User { mail: Some(Personal::new(&format!("p{}@contoso.com", n / 2))), enabled: n != 5, ..user(n) };
        let by_id = |people: Vec<User>| {
            let snapshot = Snapshot { people, ..Snapshot::default() };
            let decided = decide(&snapshot, &scope(), &History::default(), now());
            decided.into_iter().map(|d| (d.user.id, d.reason)).collect::<BTreeMap<_, _>>()
        };
        prop_assert_eq!(by_id((1..9).map(person).collect()), by_id(order.into_iter().map(person).collect()));
    }
}
