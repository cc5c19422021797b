use proptest::prelude::*;

use super::*;
use crate::config::AddressSource;
use crate::directory::{ExternalUserState, MailAddress, User};
use crate::selection::tests::{id, now, scope, user};
use crate::selection::{CloserLook, History, Record, Scope, Seen, Snapshot, decide};

fn name(text: &str) -> LookUpName {
    LookUpName::parse(text).unwrap_or_else(|| panic!("{text}"))
}

/// An account of the home tenant, whose ids are others than those here.
fn account(n: u32, mail: &str, upn: &str) -> HomeAccount {
    let mail = (!mail.is_empty()).then(|| Personal::new(mail));
    HomeAccount { id: id(9000 + n), mail, upn: Personal::new(upn), enabled: true }
}

fn by_upn() -> Scope {
    Scope { address: AddressSource::HomeUpn, ..scope() }
}

/// The reasons and addresses of people about whom the home tenant has told this.
fn decided(people: Vec<User>, homes: Vec<(u32, Home)>, scope: &Scope, history: &History) -> Vec<(Reason, String)> {
    let homes = homes.into_iter().map(|(n, home)| (id(n), home)).collect();
    let snapshot = Snapshot { people, homes, ..Snapshot::default() };
    let address = |address: &MailAddress| address.expose().to_owned();
    let decided = decide(&snapshot, scope, history, now()).into_iter();
    decided.map(|person| (person.reason, person.address.as_ref().map(address).unwrap_or_default())).collect()
}

fn reason(user: User, home: Home, scope: &Scope) -> Reason {
    decided(vec![user], vec![(1, home)], scope, &History::default())[0].0
}

fn invited_as(address: &str) -> History {
    let address = MailAddress::parse(address);
    let record = Record { seen: Seen::Pending, address, last_invitation: Some(now()), ..Record::default() };
    History::new(None, HashMap::from([(id(1), record)]))
}

#[test]
fn a_name_is_trimmed_and_compared_without_case() {
    assert_eq!(name(" Ann@Contoso.com. "), name("ann@contoso.COM"));
    assert_eq!(name(" Ann@Contoso.com. ").expose(), "Ann@Contoso.com");
    assert_ne!(name("ann@contoso.com"), name("ann@contoso.co"));
    for odd in ["o'brien@contoso.com", "ann+us@contoso.com", "a_b#EXT#@contoso.onmicrosoft.com"] {
        assert_eq!(name(odd).expose(), odd);
    }
    for wrong in
        ["", "ann", "@contoso.com", "ann@", "a@b@contoso.com", "a b@contoso.com", "änn@contoso.com", "a\u{0}@b.c"]
    {
        assert_eq!(LookUpName::parse(wrong), None, "{wrong:?}");
    }
}

#[test]
fn an_account_is_found_by_mail_or_by_upn_and_is_one_however_often_it_is_listed() {
    let ann = account(1, "Ann@contoso.com", "a.archer@contoso.com");
    let asked =
        [(id(1), name("ann@contoso.com")), (id(2), name("A.Archer@contoso.com")), (id(3), name("x@contoso.com"))];
    let homes = whose(&asked, &[ann.clone(), ann]);
    for n in [1, 2] {
        assert_eq!(homes[&id(n)].account().map(|account| account.id), Some(id(9001)), "{n}");
    }
    assert!(matches!(homes[&id(3)], Home::Nobody));
}

#[test]
fn two_accounts_with_one_name_are_several_and_nobody_picks_one() {
    let own = account(1, "ann@contoso.com", "ann@contoso.com");
    let others = [account(2, "ANN@contoso.com", "ann-admin@contoso.com"), account(3, "", "ann@contoso.com")];
    for other in others {
        let disabled = HomeAccount { enabled: false, ..other.clone() };
        for other in [other, disabled] {
            let homes = whose(&[(id(1), name("ann@contoso.com"))], &[own.clone(), other.clone()]);
            let Home::Several(ids) = &homes[&id(1)] else { panic!("{homes:?}") };
            assert_eq!(ids, &[own.id, other.id]);
        }
    }
}

#[test]
fn none_several_or_a_disabled_account_at_home_hold_whatever_the_address_is_read_from() {
    let disabled = HomeAccount { enabled: false, ..account(1, "p1@contoso.com", "p1@contoso.com") };
    for (expected, home) in [
        (Reason::New, Home::One(account(1, "", "P1@contoso.com"))),
        (Reason::HomeUserNotFound, Home::Nobody),
        (Reason::HomeUserNotFound, Home::Several(vec![id(1), id(2)])),
        (Reason::HomeUserDisabled, Home::One(disabled)),
    ] {
        for scope in [scope(), by_upn()] {
            assert_eq!(reason(user(1), home.clone(), &scope), expected, "{home:?}");
        }
    }
}

#[test]
fn several_accounts_are_named_in_the_hint() {
    let snapshot = Snapshot {
        people: vec![user(1)],
        homes: HashMap::from([(id(1), Home::Several(vec![id(9001), id(9002)]))]),
        ..Snapshot::default()
    };
    let hint = decide(&snapshot, &scope(), &History::default(), now())[0].hint.clone().unwrap_or_default();
    assert!(hint.contains(&id(9001).to_string()) && hint.contains(&id(9002).to_string()), "{hint}");
}

#[test]
fn another_upn_at_home_than_the_address_holds_unless_it_is_accepted_or_is_the_address() {
    let home = || Home::One(account(1, "p1@contoso.com", "p.one@contoso.com"));
    assert_eq!(reason(user(1), home(), &scope()), Reason::UpnDiffers);
    assert_eq!(reason(user(1), home(), &Scope { accept_mail_as_login: true, ..scope() }), Reason::New);
    let mut person = user(1);
    // What the source directory says of the UPN does not outweigh the home tenant, whose UPN this is.
    person.on_premises_upn = Some(Personal::new("p1@contoso.com"));
    let found = decided(vec![person], vec![(1, home())], &by_upn(), &History::default());
    assert_eq!(found, [(Reason::New, "p.one@contoso.com".to_owned())]);
}

#[test]
fn another_upn_comes_before_a_disabled_account_and_a_taken_address_before_both_that_the_home_tenant_tells() {
    let disabled = HomeAccount { enabled: false, ..account(1, "p1@contoso.com", "p.one@contoso.com") };
    assert_eq!(reason(user(1), Home::One(disabled), &scope()), Reason::UpnDiffers);
    let look = CloserLook { address_owners: vec![id(7)], ..CloserLook::default() };
    let snapshot = Snapshot {
        people: vec![user(1)],
        homes: HashMap::from([(id(1), Home::Nobody)]),
        looks: HashMap::from([(id(1), look)]),
        ..Snapshot::default()
    };
    assert_eq!(decide(&snapshot, &scope(), &History::default(), now())[0].reason, Reason::AddressTaken);
}

#[test]
fn before_the_home_tenant_is_asked_nobody_is_held_for_the_address_that_it_alone_knows() {
    let mut odd = user(2);
    odd.mail = Some(Personal::new("o'brien+us@contoso.com"));
    let mut wrong = user(3);
    wrong.mail = Some(Personal::new("müller@contoso.com"));
    let people = vec![user(1), odd, wrong];
    let reasons = decided(people, Vec::new(), &by_upn(), &History::default()).into_iter().map(|(reason, _)| reason);
    assert_eq!(reasons.collect::<Vec<_>>(), [Reason::New, Reason::New, Reason::InvalidAddress]);
}

#[test]
fn a_home_upn_that_cannot_be_invited_is_an_invalid_address() {
    for upn in ["p+1@contoso.com", "p1@northwind.example", "p_fabrikam.us#EXT#@contoso.com", "p1"] {
        let home = Home::One(account(1, "p1@contoso.com", upn));
        assert_eq!(reason(user(1), home, &by_upn()), Reason::InvalidAddress, "{upn}");
    }
}

#[test]
fn an_address_that_is_not_told_yet_has_not_changed() {
    let mut pending = user(1);
    pending.state = ExternalUserState::PendingAcceptance;
    let history = invited_as("p.one@contoso.com");
    let due = Scope { resend: true, ..by_upn() };
    let with = |home: Option<Home>| {
        let homes = home.map(|home| (1, home)).into_iter().collect();
        decided(vec![pending.clone()], homes, &due, &history)[0].0
    };
    let one = |upn: &str| Some(Home::One(account(1, "p1@contoso.com", upn)));
    assert_eq!(with(None), Reason::PendingReminderDue);
    assert_eq!(with(one("P.One@contoso.com")), Reason::PendingReminderDue);
    assert_eq!(with(one("p.married@contoso.com")), Reason::AddressChanged);
    assert_eq!(with(Some(Home::Nobody)), Reason::HomeUserNotFound);
    pending.mail = Some(Personal::new("p1@northwind.example"));
    let moved = decided(vec![pending], Vec::new(), &by_upn(), &history)[0].0;
    assert_eq!(moved, Reason::AddressChanged, "somebody known as invited does not drop out of sight");
}

#[test]
fn what_only_the_home_tenant_tells_stays_as_the_ledger_has_it() {
    let record = Record { address: MailAddress::parse("p.one@contoso.com"), ..Record::default() };
    assert_eq!(by_upn().shown_address(&user(1), Some(&record)), record.address);
    assert_eq!(by_upn().shown_address(&user(1), None), None);
    assert_eq!(scope().shown_address(&user(1), Some(&record)), MailAddress::parse("p1@contoso.com"));
}

#[test]
fn two_people_of_one_home_account_are_duplicates_also_where_the_second_is_not_looked_up() {
    let account = account(1, "p1@contoso.com", "p.one@contoso.com");
    for other in ["P1@contoso.com", "p.one@contoso.com"] {
        for accepted in [false, true] {
            let mut second = user(2);
            second.mail = Some(Personal::new(other));
            if accepted {
                second.state = ExternalUserState::Accepted;
            }
            let homes = [Some((1, Home::One(account.clone()))), (!accepted).then(|| (2, Home::One(account.clone())))];
            let homes = homes.into_iter().flatten().collect();
            let found = decided(vec![user(1), second], homes, &by_upn(), &History::default());
            assert_eq!(found[0].0, Reason::DuplicateAddress, "{other}, accepted: {accepted}");
        }
    }
}

#[test]
fn people_are_excluded_by_the_home_upn_once_it_is_told() {
    let scope = Scope { exclude: vec!["p.one@contoso.com".to_owned()], ..by_upn() };
    let home = Home::One(account(1, "p1@contoso.com", "P.One@contoso.com"));
    assert_eq!(reason(user(1), home, &scope), Reason::Excluded);
}

proptest! {
    #[test]
    fn whoever_is_found_has_the_name_and_whoever_is_not_found_has_nobody(
        asked in prop::collection::vec("[aAbB]{1,2}", 1..8),
        held in prop::collection::vec(("[aAbB]{0,2}", "[aAbB]{1,2}", 1..5_u32), 0..8),
    ) {
        let full = |local: &str| if local.is_empty() { String::new() } else { format!("{local}@contoso.com") };
        let asked: Vec<_> = (1..).zip(&asked).map(|(n, local)| (id(n), name(&full(local)))).collect();
        // One id is one account, however often it is listed.
        let mut accounts: Vec<HomeAccount> = Vec::new();
        for (mail, upn, n) in &held {
            let new = account(*n, &full(mail), &full(upn));
            let known = accounts.iter().find(|known| known.id == new.id).cloned();
            accounts.push(known.unwrap_or(new));
        }
        let homes = whose(&asked, &accounts);
        prop_assert_eq!(homes.len(), asked.len());
        for (person, name) in &asked {
            let same = |text: &str| text.eq_ignore_ascii_case(name.expose());
            let has = |a: &&HomeAccount| same(a.upn.expose()) || a.mail.as_ref().is_some_and(|mail| same(mail.expose()));
            let ids: std::collections::BTreeSet<_> = accounts.iter().filter(has).map(|account| account.id).collect();
            match &homes[person] {
                Home::Nobody => prop_assert!(ids.is_empty()),
                Home::One(account) => prop_assert_eq!(ids, [account.id].into()),
                Home::Several(several) => prop_assert!(several.len() > 1 && ids == several.iter().copied().collect()),
            }
        }
    }
}
