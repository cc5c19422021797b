use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::config::Limits;
use crate::directory::{ExternalUserState, User};
use crate::selection::Reason;

fn decided(n: u32, reason: Reason) -> Decided {
    let mail = format!("p{n}@contoso.com");
    let user = User {
        id: ObjectId::parse(&format!("00000000-0000-4000-8000-{n:012}")).unwrap(),
        display_name: Personal::new("Ann"),
        mail: Some(Personal::new(&mail)),
        upn: Personal::new("ann@fabrikam.us"),
        user_type: Some(Personal::new("Member")),
        enabled: true,
        created: Some(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(i64::from(100 - n))),
        state: ExternalUserState::NotInvited,
        synced: true,
        on_premises_upn: None,
        proxy_addresses: Vec::new(),
        sync_conflict: false,
        attributes: Vec::new(),
    };
    Decided { user, address: MailAddress::parse(&mail), reason, hint: None }
}

fn letter() -> Letter {
    Letter {
        tenant: TenantId::parse("11111111-2222-3333-4444-555555555555").unwrap(),
        graph_root: "https://graph.microsoft.us".to_owned(),
        send_message: true,
        language: "en-US".to_owned(),
        redirect: "https://myapps.microsoft.us/?tenantid=11111111-2222-3333-4444-555555555555".to_owned(),
    }
}

fn plan(decisions: &[Decided], limit: u32) -> Plan {
    Plan::new(letter(), decisions, limit)
}

fn limits(max_invitations: u32, wave: Option<u32>) -> Limits {
    Limits { max_invitations, wave, ..Limits::default() }
}

fn new_people(count: u32) -> Vec<Decided> {
    (1..=count).map(|n| decided(n, Reason::New)).collect()
}

#[test]
fn only_who_is_to_be_sent_is_in_the_plan_in_the_order_of_sending() {
    let reasons =
        [Reason::RetryDue, Reason::Accepted, Reason::PendingReminderDue, Reason::New, Reason::Refused, Reason::New];
    let decisions: Vec<_> = (1..).zip(reasons).map(|(n, reason)| decided(n, reason)).collect();
    let plan = plan(&decisions, 100);
    let order: Vec<_> = plan.items().iter().map(|item| (item.decision.code(), item.address.expose())).collect();
    let expected = [
        ("invite", "p6@contoso.com"),
        ("invite", "p4@contoso.com"),
        ("remind", "p3@contoso.com"),
        ("retry", "p1@contoso.com"),
    ];
    assert_eq!(order, expected);
}

#[test]
fn a_plan_at_the_limit_is_approved_and_one_more_is_refused_whole() {
    assert_eq!(plan(&new_people(3), 3).approve(&limits(3, None), None).unwrap().len(), 3);
    let refusal = plan(&new_people(4), 3).approve(&limits(3, None), None).unwrap_err();
    assert_eq!(refusal, Refusal::OverLimit { planned: 4, limit: 3 });
    assert!(refusal.hint(None).contains("--max-invitations 4"));
}

#[test]
fn reminders_fill_what_is_left_under_the_limit() {
    let mut decisions = new_people(2);
    decisions.extend((10..15).map(|n| decided(n, Reason::PendingReminderDue)));
    let plan = plan(&decisions, 3);
    assert_eq!((plan.items().len(), plan.waiting()), (3, 4));
    assert!(plan.approve(&limits(3, None), None).is_ok());
}

#[test]
fn a_wave_divides_what_is_approved_and_does_not_touch_the_limit() {
    let approved = plan(&new_people(5), 10).approve(&limits(10, Some(2)), None).unwrap();
    let (_, now, later) = approved.into_parts();
    assert_eq!((now.len(), later.len()), (2, 3));
    assert!(plan(&new_people(5), 4).approve(&limits(4, Some(2)), None).is_err());
}

#[test]
fn one_account_twice_is_refused() {
    let twice = [decided(1, Reason::New), decided(1, Reason::New)];
    assert!(matches!(plan(&twice, 10).approve(&limits(10, None), None), Err(Refusal::Duplicate { .. })));
}

#[test]
fn only_the_expected_plan_is_approved() {
    let expected = plan(&new_people(2), 10).digest().clone();
    assert!(plan(&new_people(2), 10).approve(&limits(10, None), Some(&expected)).is_ok());
    let other = plan(&new_people(3), 10).approve(&limits(10, None), Some(&expected)).unwrap_err();
    assert!(matches!(other, Refusal::OtherPlan { .. }));
}

#[test]
fn the_digest_is_that_of_the_lines_that_the_specification_names() {
    // Written out line by line, not by the code under test.
    let lines = "xcsync-plan/1\nhttps://graph.microsoft.us\n11111111-2222-3333-4444-555555555555\n\
                 invite\t00000000-0000-4000-8000-000000000001\tp1@contoso.com\tMember\ttrue\ten-US\t\
                 https://myapps.microsoft.us/?tenantid=11111111-2222-3333-4444-555555555555\n";
    let sum = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, lines.as_bytes());
    let hex = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    assert_eq!(plan(&new_people(1), 10).digest().to_string(), format!("sha256:{hex}"));
}

#[test]
fn whatever_is_sent_changes_the_digest() {
    let base = plan(&new_people(1), 10).digest().clone();
    let changed = |change: fn(&mut Letter)| {
        let mut letter = letter();
        change(&mut letter);
        Plan::new(letter, &new_people(1), 10).digest().clone()
    };
    assert_ne!(base, changed(|letter| letter.send_message = false));
    assert_ne!(base, changed(|letter| letter.language = "de-DE".to_owned()));
    assert_ne!(base, changed(|letter| letter.redirect.push('x')));
    assert_ne!(base, plan(&[decided(1, Reason::RetryDue)], 10).digest().clone());
    assert_eq!(base, changed(|letter| letter.graph_root.push('/')));
}

#[test]
fn a_digest_is_read_in_any_case_and_nothing_else_is_one() {
    let text = format!("sha256:{}", "aB".repeat(32));
    assert_eq!(Digest::parse(&text).unwrap().to_string(), text.to_ascii_lowercase());
    for wrong in ["", "sha256:", "sha256:abc", &"a".repeat(64), &format!("sha256:{}", "g".repeat(64))] {
        assert!(Digest::parse(wrong).is_none(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn the_same_decisions_in_any_order_are_the_same_plan(order in Just((1..30u32).collect::<Vec<_>>()).prop_shuffle(), limit in 1u32..40) {
        let kind = |n: u32| [Reason::New, Reason::PendingReminderDue, Reason::RetryDue, Reason::Accepted][n as usize % 4];
        let decisions = |order: &[u32]| order.iter().map(|n| decided(*n, kind(*n))).collect::<Vec<_>>();
        let sorted = plan(&decisions(&(1..30).collect::<Vec<_>>()), limit);
        let shuffled = plan(&decisions(&order), limit);
        prop_assert_eq!(sorted.digest(), shuffled.digest());
        let ids = |plan: &Plan| plan.items().iter().map(|item| item.user_id).collect::<Vec<_>>();
        prop_assert_eq!(ids(&sorted), ids(&shuffled));
    }
}
