//! Changes that are made: once, additively, read back, each with its own result.

use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;
use xcsync::sandbox::{Action, Canned, Fault, people::HOME_TENANT_ID};

use super::{notes, pair, partner, rule, tenant, told, writes};
use crate::context::{Tenant, run_line};

#[tokio::test(start_paused = true)]
async fn both_sides_are_set_up_and_a_second_run_plans_nothing() {
    let pair = pair().await;
    let ended = tenant(&pair, &["--apply"]).await;
    assert!(ended.exit == 0 && told(&ended).iter().all(|line| line.ends_with("applied")), "{ended:?}");
    let (here, there) = (partner(&pair.graph), partner(&pair.home().graph));
    assert_eq!((&here["tenantId"], &there["tenantId"]), (&json!(HOME_TENANT_ID), &json!(pair.id)));
    assert_eq!(here["automaticUserConsentSettings"], json!({ "inboundAllowed": true, "outboundAllowed": null }));
    assert_eq!(there["automaticUserConsentSettings"], json!({ "inboundAllowed": null, "outboundAllowed": true }));
    assert_eq!((&here["b2bCollaborationInbound"], &there["b2bCollaborationOutbound"]), (&Value::Null, &Value::Null));
    let sent = || writes(&pair.graph).len() + writes(&pair.home().graph).len();
    assert_eq!(sent(), 6);
    for arguments in [&[][..], &["--apply"]] {
        let again = tenant(&pair, arguments).await;
        assert_eq!((again.exit, told(&again)), (0, vec![]), "{again:?}");
    }
    assert_eq!(sent(), 6);
}

#[tokio::test(start_paused = true)]
async fn what_is_there_stays_there() {
    let pair = pair().await;
    let stranger = Uuid::from_u128(7);
    let own = json!({ "tenantId": HOME_TENANT_ID, "automaticUserConsentSettings": { "inboundAllowed": null, "outboundAllowed": true },
        "inboundTrust": { "isMfaAccepted": true }, "b2bCollaborationInbound": null });
    pair.graph.edit(|graph| {
        graph.access.allowed_cloud_endpoints = Some(vec!["partner.microsoftonline.cn".to_owned()]);
        graph.access.partners.insert(stranger, json!({ "tenantId": stranger }));
        graph.access.partners.insert(HOME_TENANT_ID, own);
    });
    let ended = tenant(&pair, &["--apply", "--side", "tenant"]).await;
    assert_eq!(told(&ended), ["emulated partner-cloud applied", "emulated auto-redeem applied"]);
    pair.graph.edit(|graph| {
        let clouds = graph.access.allowed_cloud_endpoints.clone().unwrap();
        assert_eq!(clouds, ["partner.microsoftonline.cn", "microsoftonline.com"]);
        assert_eq!(graph.access.partners.len(), 2);
        let own = &graph.access.partners[&HOME_TENANT_ID];
        assert_eq!(own["automaticUserConsentSettings"], json!({ "inboundAllowed": true, "outboundAllowed": true }));
        assert_eq!(own["inboundTrust"]["isMfaAccepted"], true);
    });
}

#[tokio::test(start_paused = true)]
async fn a_block_is_lifted_only_where_the_call_names_it_and_for_the_partner_alone() {
    let pair = pair().await;
    pair.graph.edit(|graph| graph.access.default["b2bCollaborationInbound"] = rule("blocked", "AllUsers"));
    let left = tenant(&pair, &["--apply", "--side", "tenant"]).await;
    assert!(left.exit == 0 && !told(&left).iter().any(|line| line.contains("b2b")), "{left:?}");
    assert!(notes(&left).contains("--allow b2b-inbound"), "{left:?}");
    assert_eq!(partner(&pair.graph)["b2bCollaborationInbound"], Value::Null);

    let lifted = tenant(&pair, &["--apply", "--side", "tenant", "--allow", "b2b-inbound"]).await;
    assert_eq!(told(&lifted), ["emulated b2b-inbound applied"], "{lifted:?}");
    assert_eq!(partner(&pair.graph)["b2bCollaborationInbound"], rule("allowed", "AllUsers"));
    let default = pair.graph.edit(|graph| graph.access.default["b2bCollaborationInbound"].clone());
    assert_eq!(default, rule("blocked", "AllUsers"));
    assert_eq!(told(&tenant(&pair, &["--side", "tenant"]).await).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_restriction_stays_and_is_told_apart_from_a_block() {
    let pair = pair().await;
    let some = json!({ "tenantId": pair.id, "b2bCollaborationOutbound": rule("allowed", "aaaaaaaa-0000-4000-8000-000000000001") });
    pair.home().graph.edit(|graph| graph.access.partners.insert(pair.id, some));
    let ended = tenant(&pair, &["--apply", "--side", "home", "--allow", "b2b-inbound"]).await;
    assert!(notes(&ended).contains("b2b-outbound") && notes(&ended).contains("some people"), "{ended:?}");
    assert_eq!(
        partner(&pair.home().graph)["b2bCollaborationOutbound"]["usersAndGroups"]["targets"][0]["target"],
        "aaaaaaaa-0000-4000-8000-000000000001"
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_change_is_reported_and_the_others_are_made() {
    let refused = Canned::graph_error(400, "BadRequest", "The policy is too large.");
    let pair = pair().await.fault(Fault::on("PATCH", "crossTenantAccessPolicy", Action::Answer(refused)));
    let ended = tenant(&pair, &["--apply"]).await;
    let failed =
        ["emulated partner-cloud failed", "emulated partner-organization applied", "emulated auto-redeem applied"];
    assert_eq!((ended.exit, &told(&ended)[..3]), (3, &failed.map(str::to_owned)[..]), "{ended:?}");
    let error = ended.json()["changes"][0]["error"].clone();
    assert!(error["message"].as_str().unwrap().contains("too large"), "{error:#}");
    assert!(error["hint"].as_str().unwrap().contains("25 KB"), "{error:#}");
    assert!(told(&ended)[3..].iter().all(|line| line.ends_with("applied")), "{ended:?}");
    assert_eq!(told(&tenant(&pair, &["--apply"]).await), ["emulated partner-cloud applied"]);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_is_full_takes_no_partner_and_the_limit_is_named() {
    let pair = pair().await;
    let full = "x".repeat(25_000);
    pair.graph.edit(|graph| graph.access.partners.insert(Uuid::from_u128(7), json!({ "tenantId": full })));
    let ended = tenant(&pair, &["--apply", "--side", "tenant"]).await;
    let report = ended.json();
    let expected =
        ["emulated partner-cloud failed", "emulated partner-organization failed", "emulated auto-redeem planned"];
    assert_eq!((ended.exit, told(&ended).as_slice()), (3, &expected.map(str::to_owned)[..]), "{report:#}");
    assert!(report["changes"][1]["error"]["hint"].as_str().unwrap().contains("25 KB"), "{report:#}");
    assert!(report["changes"][1]["error"]["message"].as_str().unwrap().ends_with("it was not changed"), "{report:#}");
}

#[tokio::test(start_paused = true)]
async fn without_the_partner_nothing_of_the_partner_is_tried() {
    let refused = Canned::graph_error(400, "BadRequest", "No.");
    let pair = pair().await.fault(Fault::on("POST", "partners", Action::Answer(refused)));
    let ended = tenant(&pair, &["--apply", "--side", "tenant"]).await;
    let expected =
        ["emulated partner-cloud applied", "emulated partner-organization failed", "emulated auto-redeem planned"];
    assert_eq!((ended.exit, told(&ended).as_slice()), (3, &expected.map(str::to_owned)[..]), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn whoever_may_read_only_learns_what_changing_takes() {
    let pair = pair().await.permitted(&["Policy.Read.All"]);
    let ended = tenant(&pair, &["--apply", "--side", "tenant"]).await;
    let report = ended.json();
    assert_eq!((ended.exit, told(&ended)[0].as_str()), (4, "emulated partner-cloud failed"), "{report:#}");
    assert!(report["changes"][0]["error"]["hint"].as_str().unwrap().contains("Policy.ReadWrite.CrossTenantAccess"));
    assert_eq!(writes(&pair.graph).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_change_whose_answer_got_lost_is_read_and_not_sent_again() {
    for action in [Action::DropAfter, Action::FailAfter(Canned::html(502))] {
        let pair = pair().await.fault(Fault::on("POST", "partners", action));
        let ended = tenant(&pair, &["--apply", "--side", "tenant"]).await;
        assert!(ended.exit == 0 && told(&ended).iter().all(|line| line.ends_with("applied")), "{ended:?}");
        assert_eq!(writes(&pair.graph).len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_that_is_taken_and_not_seen_has_failed() {
    let taken = Fault::on("PATCH", "crossTenantAccessPolicy", Action::Answer(Canned::status(204)));
    let pair = pair().await.fault(taken);
    let ended = tenant(&pair, &["--apply", "--side", "tenant"]).await;
    let report = ended.json();
    assert_eq!((ended.exit, &report["changes"][0]["error"]["code"]), (3, &"change-not-seen".into()), "{report:#}");
    assert_eq!(told(&ended)[1], "emulated partner-organization applied");
}

#[tokio::test(start_paused = true)]
async fn a_signal_lets_the_change_under_way_end_and_begins_no_other() {
    let pair = pair().await.fault(Fault::on(
        "PATCH",
        "crossTenantAccessPolicy",
        Action::Slow(std::time::Duration::from_secs(5)),
    ));
    let (interrupt, interrupts) = watch::channel(0);
    let line = ["xcsync".into(), "--config".into(), pair.config().into_os_string()].into_iter();
    let line = line.chain(["setup", "tenant", "--apply", "-o", "json"].map(Into::into));
    let env = pair.environment();
    let run = run_line(line, &env, pair.graph.now(), interrupts);
    let signal = async {
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        interrupt.send(1).unwrap();
        std::future::pending::<()>().await;
    };
    let ended = tokio::select! { ended = run => ended, () = signal => unreachable!() };
    assert_eq!((ended.exit, &ended.json()["error"]["code"]), (130, &"interrupted".into()), "{ended:?}");
    assert_eq!(
        told(&ended),
        ["emulated partner-cloud applied", "emulated partner-organization planned", "emulated auto-redeem planned"]
    );
    assert_eq!(writes(&pair.graph).len(), 1);
}

/// Two tenants that are each other's home.
#[tokio::test(start_paused = true)]
async fn two_tenants_that_are_each_others_home_have_one_half_each_with_both_directions() {
    let one = pair().await;
    let two = Tenant::of(xcsync::sandbox::Tenant { id: HOME_TENANT_ID, ..Default::default() }).await;
    let two = two.permitted(super::SECURITY).set("auth", "method = \"access-token\"\ntoken_env = \"HOME_TOKEN\"");
    let root = two.graph.root();
    let endpoints = format!("graph = {root:?}\nauthority = {root:?}\nredirect = \"https://myapps.microsoft.com\"");
    let two = two.set("endpoints", &endpoints);
    let two = two.set("invite", "home = \"one\"\ndomains = [\"fabrikam.us\"]");
    let one = one.reset("invite").set("invite", "home = \"two\"");
    let text = one.state() + &one.tables("one") + &two.tables("two");
    let path = one.folder.path().join("both.toml");
    std::fs::write(&path, text).unwrap();
    let env = one.environment().with("HOME_TOKEN", &two.token);
    let run = async |arguments: &[&'static str]| {
        let line = ["xcsync".into(), "--config".into(), path.clone().into_os_string(), "setup".into()].into_iter();
        let line = line.chain(arguments.iter().map(Into::into));
        run_line(line, &env, one.graph.now(), watch::channel(0).1).await
    };
    let ended = run(&["tenant", "--apply", "-o", "json"]).await;
    assert_eq!(
        told(&ended)[..4],
        [
            "one partner-cloud applied",
            "one partner-organization applied",
            "one auto-redeem applied",
            "one auto-redeem applied"
        ]
    );
    assert_eq!((ended.exit, told(&ended).len()), (0, 8), "{ended:?}");
    for graph in [&one.graph, &two.graph] {
        assert_eq!(
            partner(graph)["automaticUserConsentSettings"],
            json!({ "inboundAllowed": true, "outboundAllowed": true })
        );
    }
    assert_eq!(told(&run(&["tenant", "-o", "json"]).await).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_signal_while_a_change_is_looked_for_ends_the_looking_and_says_that_nobody_knows() {
    let taken = Fault::on("PATCH", "crossTenantAccessPolicy", Action::Answer(Canned::status(204)));
    let pair = pair().await.fault(taken);
    let (interrupt, interrupts) = watch::channel(0);
    let line = ["xcsync".into(), "--config".into(), pair.config().into_os_string()];
    let rest = ["setup", "tenant", "--apply", "--side", "tenant", "-o", "json"].map(std::ffi::OsString::from);
    let (env, start) = (pair.environment(), tokio::time::Instant::now());
    let run = run_line(line.into_iter().chain(rest), &env, pair.graph.now(), interrupts);
    let (ended, ()) = tokio::join!(run, async {
        tokio::time::sleep(std::time::Duration::from_secs(4)).await;
        interrupt.send(1).unwrap();
    });
    assert!(start.elapsed() < std::time::Duration::from_secs(6), "{:?}", start.elapsed());
    let report = ended.json();
    let change = &report["changes"][0];
    assert_eq!((ended.exit, &change["error"]["code"]), (130, &"interrupted".into()), "{report:#}");
    assert!(change["error"]["message"].as_str().unwrap().contains("not known"), "{report:#}");
}
