//! Clocks, dates and waits that make no sense: windows go by the server's `Date`, and no wait outlasts the run.

use chrono::TimeDelta;
use serde_json::json;
use xcsync::sandbox::{self, Action, Canned, Fault, Person, monday};

use crate::context::{Ended, INVITER, Tenant};

use super::{LIST, ann, assert_refused, faulty, listing};

/// Somebody inside the window of 25 hours, and somebody who is an hour too old for it.
async fn inside_and_outside(local_hours: i64) -> Tenant {
    let old = Person::synced(2, "old@contoso.com").created(monday() - TimeDelta::hours(26));
    let new = Person::synced(1, "new@contoso.com").created(monday() - TimeDelta::hours(24));
    let mut tenant = Tenant::with([new, old]).await;
    tenant.local_time = Some(monday() + TimeDelta::hours(local_hours));
    tenant
}

#[track_caller]
fn assert_right(tenant: &Tenant, ended: &Ended) {
    let run = ended.run();
    assert_eq!((&run["exit_code"], &run["counts"]["invited"]), (&0.into(), &1.into()), "{run:#}");
    assert_eq!(tenant.mailed(), ["new@contoso.com"]);
    assert_eq!(run["window"]["from"], "2026-03-01T07:00:00Z");
    let warnings = run["warnings"].to_string();
    assert!(warnings.contains("clock"), "{warnings}");
}

#[tokio::test(start_paused = true)]
async fn a_clock_hours_off_is_a_warning_and_the_window_is_right() {
    for hours in [-30, -5, 5, 30] {
        let tenant = inside_and_outside(hours).await;
        assert_right(&tenant, &tenant.run(&["--since", "25h", "-o", "json"]).await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_hours_off_does_not_spoil_signing_in() {
    for hours in [-30, 30] {
        let tenant = inside_and_outside(hours).await;
        let application = sandbox::Application::default();
        let tenant = tenant.set(
            "auth",
            &format!(
                "method = \"client-secret\"\nclient_id = \"{}\"\nclient_secret_env = \"S\"",
                application.client_id
            ),
        );
        let env = tenant.environment().with("S", &application.secret);
        let now = tenant.local_time.unwrap();
        let interrupts = tokio::sync::watch::channel(0).1;
        let ended =
            crate::context::run_with(&tenant.config(), &["--since", "25h", "-o", "json"], &env, now, interrupts).await;
        assert_right(&tenant, &ended);
        assert_eq!(tenant.graph.asked().token, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_hours_off_does_not_spoil_a_managed_identity() {
    for hours in [-30, 30] {
        let tenant = inside_and_outside(hours).await.set("auth", "method = \"managed-identity\"");
        let env = tenant.environment().with("AZURE_POD_IDENTITY_AUTHORITY_HOST", &tenant.graph.root());
        let now = tenant.local_time.unwrap();
        let interrupts = tokio::sync::watch::channel(0).1;
        let ended =
            crate::context::run_with(&tenant.config(), &["--since", "25h", "-o", "json"], &env, now, interrupts).await;
        assert_right(&tenant, &ended);
        assert!(tenant.graph.asked().imds == 1, "{:?}", tenant.graph.asked());
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_whose_clock_is_off_sets_the_window_all_the_same() {
    let tenant = Tenant::with([ann()]).await;
    tenant.graph.edit(|tenant| tenant.date_skew = TimeDelta::days(365));
    let run = tenant.report(&[]).await;
    assert_eq!((&run["exit_code"], &run["window"]["to"]), (&0.into(), &json!("2027-03-02T08:00:00Z")), "{run:#}");
    assert!(run["warnings"].to_string().contains("clock"));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_really_ended_is_told_by_the_service() {
    let mut tenant = Tenant::with([ann()]).await;
    let ended_token = json!({ "roles": INVITER, "exp": (monday() - TimeDelta::hours(2)).timestamp() });
    tenant.token = tenant.graph.token_with(ended_token);
    let ended = tenant.run(&["-o", "json"]).await;
    assert_refused(&tenant, &ended, 4, "denied");
    assert!(ended.run()["error"]["message"].as_str().unwrap().contains("expired"), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn an_organization_without_a_date_ends_the_run() {
    for date in
        ["", "soon", "2026-03-02T08:00:00Z", "Mon, 99 Mar 2026 08:00:00 GMT", "Mon, 02 Mar 999999999 08:00:00 GMT"]
    {
        let body = json!({ "value": [{ "id": sandbox::Tenant::default().id, "verifiedDomains": [] }] });
        let answer = super::ok(&body).header("Date", date);
        let tenant = faulty(Fault::on("GET", "/v1.0/organization", Action::Answer(answer)).always()).await;
        assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 4, "not-graph");
    }
}

/// Wishes that nobody can grant, and some that are none.
const WISHES: [&str; 12] = [
    "-1",
    "soon",
    "",
    "NaN",
    "inf",
    "1e300",
    "18446744073709551615",
    "9223372036854775807",
    "99999999999999999999999999",
    "3601",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
];

#[tokio::test(start_paused = true)]
async fn a_nonsensical_wait_of_a_read_is_never_outlasted() {
    for wish in WISHES {
        for status in [429, 503] {
            let answer = Canned::graph_error(status, "TooManyRequests", "later").header("Retry-After", wish);
            let tenant = listing(answer).await;
            let code = if status == 429 { "throttled" } else { "service-failing" };
            assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 7, code);
            assert!(tenant.graph.now() - monday() <= TimeDelta::minutes(46), "{wish}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_nonsensical_wait_of_an_invitation_is_never_outlasted() {
    for wish in WISHES {
        for status in [429, 503] {
            let answer = Canned::graph_error(status, "TooManyRequests", "later").header("Retry-After", wish);
            let tenant = faulty(Fault::on("POST", "/v1.0/invitations", Action::Answer(answer)).always()).await;
            let run = tenant.report(&[]).await;
            assert!([3, 7].contains(&run["exit_code"].as_u64().unwrap()), "{wish} {status}: {run:#}");
            assert!(tenant.graph.now() - monday() <= TimeDelta::minutes(47), "{wish}: {}", tenant.graph.now());
            assert!(tenant.mailed().is_empty() && (status == 429 || tenant.posts().len() == 1));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_nonsensical_wait_inside_a_batch_is_never_outlasted() {
    for wish in WISHES {
        let answer = Canned::graph_error(429, "TooManyRequests", "later").header("Retry-After", wish);
        let tenant = faulty(Fault::on("GET", "assignedPlans", Action::Answer(answer)).always()).await;
        assert_refused(&tenant, &tenant.run(&["-o", "json"]).await, 7, "throttled");
        assert!(tenant.graph.now() - monday() <= TimeDelta::minutes(46), "{wish}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_nonsensical_wait_is_no_wait_and_the_run_goes_on() {
    for wish in ["-1", "soon", "", "NaN", "0", "Thu, 01 Jan 1970 00:00:00 GMT"] {
        let answer = Canned::graph_error(429, "TooManyRequests", "later").header("Retry-After", wish);
        let tenant = faulty(Fault::on("GET", LIST, Action::Answer(answer)).times(2)).await;
        let run = tenant.report(&[]).await;
        assert_eq!((&run["exit_code"], &run["counts"]["invited"]), (&0.into(), &1.into()), "{wish}: {run:#}");
    }
}

#[tokio::test(start_paused = true)]
async fn dates_of_people_that_nobody_can_have_do_no_harm() {
    let people = [monday() + TimeDelta::days(36_500), monday() - TimeDelta::days(36_500)];
    let people = people.into_iter().zip(1..).map(|(at, n)| Person::synced(n, &format!("p{n}@contoso.com")).created(at));
    let tenant = Tenant::with(people).await;
    let run = tenant.report(&["--full"]).await;
    assert_eq!((&run["exit_code"], &run["counts"]["invited"]), (&0.into(), &2.into()), "{run:#}");
}

#[tokio::test(start_paused = true)]
async fn windows_that_reach_beyond_time_are_read_as_far_as_they_go() {
    let tenant = Tenant::with([ann()]).await;
    for since in ["99999999d", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
        let ended = tenant.run(&["-o", "json", "--dry-run", "--since", since]).await;
        assert!([0, 2].contains(&ended.exit), "{since}: {ended:?}");
    }
}
