//! The settings between the two tenants: effective values, seen from each side.

use serde_json::{Value, json};
use xcsync::sandbox::Sandbox;

use super::{amiss, assert_amiss, change_partner, found, ready, row};
use crate::context::Tenant;

fn rule(access: &str, users: &str, applications: &str) -> Value {
    json!({
        "usersAndGroups": { "accessType": access, "targets": [{ "target": users, "targetType": "user" }] },
        "applications": { "accessType": access, "targets": [{ "target": applications, "targetType": "application" }] },
    })
}

fn blocked() -> Value {
    rule("blocked", "AllUsers", "AllApplications")
}

fn allowed() -> Value {
    rule("allowed", "AllUsers", "AllApplications")
}

/// Each side with its emulator, its direction, and the name of its check.
fn sides(pair: &Tenant) -> [(&Sandbox, &'static str, &'static str); 2] {
    [
        (&pair.graph, "b2bCollaborationInbound", "tenant b2b-inbound"),
        (&pair.home().graph, "b2bCollaborationOutbound", "home b2b-outbound"),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_default_that_blocks_fails_and_a_partner_that_allows_counts_more() {
    for side in [0, 1] {
        let pair = ready().await;
        let (graph, property, check) = sides(&pair)[side];
        graph.edit(|tenant| tenant.access.default[property] = blocked());
        let before = found(&pair).await;
        assert_amiss(&before, &[&format!("{check} fail")], "blocked, by the default");
        let lifting = format!("xcsync setup tenant --tenant emulated --allow {}", check.split_once(' ').unwrap().1);
        assert!(row(&before, check).remedy.as_ref().unwrap().contains(&lifting), "{before:#?}");
        change_partner(graph, |partner| partner[property] = allowed());
        let after = found(&pair).await;
        assert_eq!(amiss(&after), [""; 0]);
        assert!(row(&after, check).detail.contains("by the partner's own settings"), "{after:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_partner_that_blocks_counts_more_than_a_default_that_allows() {
    for side in [0, 1] {
        let pair = ready().await;
        let (graph, property, check) = sides(&pair)[side];
        change_partner(graph, |partner| partner[property] = blocked());
        assert_amiss(&found(&pair).await, &[&format!("{check} fail")], "blocked, by the partner's own settings");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_null_in_half_a_partners_setting_inherits_that_half() {
    let pair = ready().await;
    pair.graph.edit(|tenant| {
        tenant.access.default["b2bCollaborationInbound"]["applications"] = blocked()["applications"].clone();
    });
    change_partner(&pair.graph, |partner| {
        partner["b2bCollaborationInbound"] =
            json!({ "usersAndGroups": allowed()["usersAndGroups"], "applications": null });
    });
    assert_amiss(&found(&pair).await, &["tenant b2b-inbound fail"], "blocked");
}

#[tokio::test(start_paused = true)]
async fn some_people_or_applications_alone_are_restricted_and_not_blocked() {
    let (group, app) = ("5a4db000-9409-4000-8000-000000000001", "00000012-0000-0000-c000-000000000000");
    let some = [
        rule("allowed", group, "AllApplications"),
        rule("allowed", "AllUsers", app),
        json!({ "usersAndGroups": allowed()["usersAndGroups"], "applications": rule("blocked", "", app)["applications"] }),
    ];
    for setting in some {
        for side in [0, 1] {
            let pair = ready().await;
            let (graph, property, check) = sides(&pair)[side];
            change_partner(graph, |partner| partner[property] = setting.clone());
            assert_amiss(&found(&pair).await, &[&format!("{check} warn")], "some users or applications only");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_setting_that_says_neither_is_skipped_with_its_page() {
    let pair = ready().await;
    change_partner(&pair.graph, |partner| {
        partner["b2bCollaborationInbound"] = rule("unknownFutureValue", "AllUsers", "AllApplications");
    });
    assert_amiss(&found(&pair).await, &["tenant b2b-inbound skipped"], "Inbound access");
}

#[tokio::test(start_paused = true)]
async fn a_cloud_that_is_not_enabled_fails_on_its_side() {
    for side in [0, 1] {
        let pair = ready().await;
        let (graph, _, check) = sides(&pair)[side];
        graph
            .edit(|tenant| tenant.access.allowed_cloud_endpoints = Some(vec!["partner.microsoftonline.cn".to_owned()]));
        let expected = format!("{} partner-cloud fail", check.split_once(' ').unwrap().0);
        assert_amiss(&found(&pair).await, &[&expected], "xcsync setup tenant --tenant emulated");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cloud_that_does_not_tell_is_skipped_with_the_page_and_never_taken_for_empty() {
    let pair = ready().await;
    pair.graph.edit(|tenant| tenant.access.allowed_cloud_endpoints = None);
    let all = found(&pair).await;
    assert_amiss(&all, &["tenant partner-cloud skipped"], "does not tell");
    assert!(
        row(&all, "tenant partner-cloud").remedy.as_ref().unwrap().contains("Microsoft cloud settings"),
        "{all:#?}"
    );
}

#[tokio::test(start_paused = true)]
async fn tenants_of_one_cloud_have_none_to_enable() {
    let pair = ready().await;
    pair.home().graph.edit(|tenant| tenant.cloud_instance = "microsoftonline.us".to_owned());
    for graph in [&pair.graph, &pair.home().graph] {
        graph.edit(|tenant| tenant.access.allowed_cloud_endpoints = Some(Vec::new()));
    }
    assert_eq!(amiss(&found(&pair).await), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn another_organization_than_the_other_tenant_is_no_partner() {
    for side in [0, 1] {
        let pair = ready().await;
        let (graph, _, check) = sides(&pair)[side];
        graph.edit(|tenant| {
            let (_, partner) = tenant.access.partners.pop_first().unwrap();
            tenant.access.partners.insert(uuid::Uuid::from_u128(9), partner);
        });
        let name = check.split_once(' ').unwrap().0;
        // Without the partner there is no consent either: the default cannot have it.
        let expected = [format!("{name} partner-organization fail"), format!("{name} auto-redeem warn")];
        assert_amiss(&found(&pair).await, &expected.each_ref().map(String::as_str), "is no partner");
    }
}

#[tokio::test(start_paused = true)]
async fn consent_that_is_off_or_on_in_the_wrong_direction_is_a_warning_on_its_side() {
    for (side, wrong) in [(0, "outboundAllowed"), (1, "inboundAllowed")] {
        for settings in
            [Value::Null, json!({}), json!({ wrong: true }), json!({ "inboundAllowed": null, "outboundAllowed": null })]
        {
            let pair = ready().await;
            let (graph, _, check) = sides(&pair)[side];
            change_partner(graph, |partner| partner["automaticUserConsentSettings"] = settings.clone());
            let expected = format!("{} auto-redeem warn", check.split_once(' ').unwrap().0);
            assert_amiss(&found(&pair).await, &[&expected], "by hand");
        }
    }
}
