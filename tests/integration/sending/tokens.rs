use xcsync::sandbox::{Action, Canned, Fault};

use crate::context::{Gateway, Tenant, new_people};

fn rejected() -> Fault {
    let answer =
        Canned::graph_error(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.");
    Fault::on("POST", "/invitations", Action::Answer(answer)).about(new_people(2)[1].id)
}

#[tokio::test(start_paused = true)]
async fn one_401_gets_a_fresh_token_and_one_more_try() {
    let tenant = Tenant::with(new_people(3)).await.signing_in_by_secret().fault(rejected());
    let run = tenant.run_once(&["-o", "json"], tokio::sync::watch::channel(0).1).await.run();
    assert_eq!((&run["exit_code"], &run["counts"]["invited"]), (&0.into(), &3.into()), "{run:#}");
    assert_eq!((tenant.posts().len(), tenant.graph.asked().token), (4, 2));
    tenant.the_second_run_sends_nothing(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_second_401_stops_the_run() {
    // The third person has the slot between the two tries.
    let tenant = Tenant::with(new_people(4)).await.signing_in_by_secret().fault(rejected().times(2));
    let run = tenant.apply(&[]).await;
    assert_eq!((run.exit, run.results(), run.posts().len()), (4, [2, 1, 0, 0, 1], 4), "{:#}", run.run);
    assert_eq!((run.error(), &run.outcome("p2@contoso.com")["attempts"]), ("token-rejected", &2.into()));
}

#[tokio::test(start_paused = true)]
async fn a_given_token_that_is_revoked_stops_the_run_because_nobody_can_renew_it() {
    let tenant = Tenant::with(new_people(4)).await;
    let revoke = async {
        Gateway::after_posts(&tenant.graph, 1).await;
        tenant.graph.revoke(&tenant.token);
    };
    let (ended, ()) = tokio::join!(tenant.run(&["-o", "json"]), revoke);
    let counts = &ended.run()["counts"];
    assert_eq!((ended.exit, &counts["not_attempted"], tenant.posts().len()), (4, &2.into(), 4), "{}", ended.stdout);
    assert_eq!((&counts["unverified"], &counts["failed"]), (&1.into(), &1.into()), "nobody may read either");
}

#[tokio::test(start_paused = true)]
async fn a_token_of_another_tenant_that_comes_in_the_middle_sends_nothing_more() {
    let tenant = Tenant::with(new_people(3)).await.signing_in_by_secret().fault(rejected());
    let change = async {
        Gateway::after_posts(&tenant.graph, 1).await;
        tenant.graph.edit(|graph| graph.identity.opaque_tokens = true);
        let other = Canned::graph_error(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        );
        tenant.graph.edit(|graph| graph.faults.push(Fault::on("GET", "/organization", Action::Answer(other)).always()));
    };
    let args = ["-o", "json"];
    let (ended, ()) = tokio::join!(tenant.run(&args), change);
    assert_eq!((ended.exit, tenant.posts().len()), (4, 2), "{}", ended.stdout);
}
