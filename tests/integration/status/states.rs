use std::time::Duration;

use xcsync::sandbox::{Action, Canned, Fault};

use super::*;
use crate::context::{self, new_people};

/// Two who are invited, one whom the service refuses, and some to whom nothing is sent.
async fn mixed() -> Tenant {
    let tenant = context::mixed().await;
    tenant.report(&[]).await;
    tenant
}

#[tokio::test(start_paused = true)]
async fn everybody_whom_the_ledger_knows_has_one_state_with_a_reason() {
    let tenant = mixed().await;
    let expected = [
        "p1 pending pending",
        "p2 pending pending",
        "p3 held refused",
        "p4 not_invited account-disabled",
        "p5 held sync-conflict",
    ];
    for (args, source) in [(&[][..], "directory"), (&["--offline"], "ledger")] {
        let told = json(&tenant, args).await;
        assert_eq!(by_address(&told), expected, "{args:?} {told:#}");
        assert_eq!((&told["counts"]["accepted"], &told["source"]), (&1.into(), &source.into()));
        let refused = told["people"].as_array().unwrap().iter().find(|person| person["reason"] == "refused").unwrap();
        assert_eq!((&refused["last_error"]["code"], &refused["invitations"]), (&"group-address".into(), &0.into()));
        assert_eq!(told["last_run"]["exit_code"], 3);
    }
    let all = json(&tenant, &["-v"]).await;
    assert!(people(&all).contains(&"p6 accepted accepted".to_owned()), "{all:#}");
}

#[tokio::test(start_paused = true)]
async fn the_directory_is_believed_before_the_ledger() {
    let tenant = lasting(new_people(4)).await;
    tenant.report(&[]).await;
    at(&tenant, 5);
    tenant.graph.accept(id(1));
    tenant.graph.edit(|graph| {
        graph.people.get_mut(id(2)).unwrap().external_user_state = None;
        graph.people.get_mut(id(3)).unwrap().mail = Some("other@contoso.com".to_owned());
    });
    let told = by_address(&json(&tenant, &[]).await);
    assert_eq!(told, ["other held address-changed", "p2 held reverted", "p4 pending pending"]);
    let offline = by_address(&json(&tenant, &["--offline"]).await);
    assert_eq!(offline, ["p1", "p2", "p3", "p4"].map(|name| format!("{name} pending pending")));
}

#[tokio::test(start_paused = true)]
async fn who_waits_longest_comes_first_and_a_reminder_does_not_begin_the_waiting_anew() {
    let tenant = lasting([person(1)]).await;
    tenant.report(&[]).await;
    for (n, hours) in [(2, 30), (3, 60)] {
        at(&tenant, hours);
        tenant.graph.edit(|graph| graph.people.push(person(n).created(monday() + TimeDelta::hours(hours - 1))));
        tenant.report(&[]).await;
    }
    at(&tenant, 24 * 7 + 1);
    assert_eq!(tenant.report(&[]).await["counts"]["remind"], 1);
    for args in [&[][..], &["--offline"]] {
        let told = json(&tenant, args).await;
        assert_eq!(people(&told), ["p1", "p2", "p3"].map(|name| format!("{name} pending pending")), "{told:#}");
        let first = &told["people"][0];
        assert!((instant(&first["since"]) - monday()).abs() < TimeDelta::minutes(1), "{first:#}");
        assert_eq!(first["invitations"], 2);
        let reminder = monday() + TimeDelta::hours(2 * 24 * 7 + 1);
        assert!((instant(&first["next_attempt"]) - reminder).abs() < TimeDelta::minutes(1), "{first:#}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_out_of_scope_now_and_still_pending_stays_in_sight_with_the_reason() {
    let tenant = lasting([person(1), person(2), Person::synced(3, "p3@northwind.example"), person(4)]).await;
    let tenant = tenant.set("invite", "domains = [\"contoso.com\", \"northwind.example\"]");
    tenant.report(&[]).await;
    let tenant = tenant.reset("invite").set("invite", "exclude = [\"p2@contoso.com\"]");
    tenant.graph.edit(|graph| {
        graph.people.get_mut(id(1)).unwrap().account_enabled = Some(false);
        graph.people.get_mut(id(4)).unwrap().on_premises_sync_enabled = Some(false);
    });
    let expected =
        ["p1 pending account-disabled", "p2 pending excluded", "p3 pending other-domain", "p4 pending not-synced"];
    assert_eq!(by_address(&json(&tenant, &[]).await), expected);
    at(&tenant, 25);
    tenant.report(&[]).await;
    assert_eq!(by_address(&json(&tenant, &[]).await), expected, "and after the next run");
    let text = status(&tenant, &[]).await.stdout;
    for name in ["p1@", "p2@", "p3@", "p4@", "  excluded (1): named in `exclude`; take"] {
        assert!(text.contains(name), "{name}\n{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_gone_from_the_tenant_is_told_as_such() {
    let tenant = lasting(new_people(2)).await;
    tenant.report(&[]).await;
    tenant.graph.edit(|graph| graph.people.remove(id(1)));
    let expected = ["p2 pending pending", "p1 not_invited gone"];
    assert_eq!(people(&json(&tenant, &[]).await), expected);
    // The next run sees it too, and then the ledger alone knows.
    at(&tenant, 25);
    tenant.report(&[]).await;
    assert_eq!(people(&json(&tenant, &["--offline"]).await), expected);
    let seen = tenant.graph.traffic().len();
    assert_eq!(people(&json(&tenant, &[]).await), expected);
    let bodies = tenant.graph.traffic().split_off(seen).into_iter().filter_map(|one| one.request_body);
    let asked = bodies.map(|body| body.to_string()).collect::<String>();
    assert!(asked.contains(&id(2).to_string()) && !asked.contains(&id(1).to_string()), "{asked}");
    let text = status(&tenant, &[]).await.stdout;
    assert!(text.contains("\nnot invited, and need nobody: gone 1; -v lists them\n"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn whoever_is_tried_again_has_failed_since_the_first_time_and_says_when_and_why() {
    let no_answer = Fault::on("POST", "/invitations", Action::Answer(Canned::status(503))).always();
    let tenant = lasting(new_people(1)).await.fault(no_answer);
    tenant.report(&[]).await;
    at(&tenant, 7);
    tenant.report(&[]).await;
    let (told, offline) = (json(&tenant, &[]).await, json(&tenant, &["--offline"]).await);
    assert_eq!(people(&told), ["p1 failed retry-later"]);
    let person = &told["people"][0];
    assert_eq!(person, &offline["people"][0]);
    assert_eq!(person["last_error"]["code"], "no-answer");
    let hours = |field: &str| (instant(&person[field]) - monday()).num_hours();
    assert_eq!((hours("since"), hours("next_attempt")), (0, 19), "{person:#}");
    at(&tenant, 20);
    assert_eq!(people(&json(&tenant, &[]).await), ["p1 failed retry-due"]);
    for day in 0..30 {
        at(&tenant, 20 + day * 25);
        tenant.report(&[]).await;
    }
    for args in [&[][..], &["--offline"]] {
        assert_eq!(people(&json(&tenant, args).await), ["p1 gave_up gave-up"]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_invitation_that_the_directory_does_not_show_yet_counts_as_failed_until_it_does() {
    let tenant = Tenant::with(new_people(1)).await;
    tenant.graph.edit(|graph| graph.switches.state_lag = Duration::from_secs(600));
    assert_eq!(tenant.run_once(&[], watch::channel(0).1).await.exit, 3);
    let told = json(&tenant, &[]).await;
    assert_eq!(people(&told), ["p1 failed retry-later"], "{told:#}");
    let person = &told["people"][0];
    assert_eq!((&person["last_error"]["code"], &person["invitations"]), (&"not-seen".into(), &1.into()));
    tokio::time::advance(Duration::from_secs(900)).await;
    let told = json(&tenant, &[]).await;
    assert_eq!((people(&told), &told["people"][0]["last_error"]), (vec!["p1 pending pending".into()], &Value::Null));
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_run_is_not_invited_and_new() {
    let tenant = Tenant::with(new_people(3)).await.set("limits", "max_invitations = 2");
    assert_eq!(tenant.report(&[]).await["exit_code"], 5);
    for args in [&[][..], &["--offline"]] {
        let told = json(&tenant, args).await;
        let expected = ["p1", "p2", "p3"].map(|name| format!("{name} not_invited new"));
        assert_eq!((people(&told), &told["exit_code"]), (expected.to_vec(), &0.into()));
    }
    let text = status(&tenant, &[]).await.stdout;
    assert!(text.contains("\nnot_invited  ") && text.contains("  new (3): never invited"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn what_only_a_run_looks_at_is_taken_from_the_last_one() {
    let owner = Person::synced(2, "adele@fabrikam.us").proxy("smtp:p1@contoso.com");
    let tenant = Tenant::with([person(1), owner]).await;
    tenant.report(&[]).await;
    for args in [&[][..], &["--offline"]] {
        assert_eq!(people(&json(&tenant, args).await), ["p1 held address-taken"]);
    }
}
