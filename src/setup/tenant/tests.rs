use serde_json::{Value, json};

use super::*;
use crate::access::Settings;

fn id(n: u8) -> TenantId {
    TenantId::parse(&format!("11111111-2222-3333-4444-{n:012}")).unwrap()
}

fn half(sides: &[Side]) -> Half {
    Half {
        name: "gcch".to_owned(),
        id: id(1),
        other_name: "commercial".to_owned(),
        other: id(2),
        other_cloud: OtherCloud::Named("microsoftonline.com"),
        sides: sides.to_vec(),
    }
}

fn rule(access: &str, user: &str) -> Value {
    let rule = |target: &str| json!({ "accessType": access, "targets": [{ "target": target, "targetType": "x" }] });
    json!({ "usersAndGroups": rule(user), "applications": rule("AllApplications") })
}

fn settings(inbound: &Value, consent: &Value) -> Settings {
    let all = json!({ "b2bCollaborationInbound": inbound, "automaticUserConsentSettings": consent });
    serde_json::from_value(all).unwrap()
}

/// The service's default, and no partner.
fn fresh() -> Access {
    let mut default =
        settings(&rule("allowed", "AllUsers"), &json!({ "inboundAllowed": false, "outboundAllowed": false }));
    default.b2b_collaboration_outbound = default.b2b_collaboration_inbound.clone();
    Access { allowed_clouds: Some(Vec::new()), default, partner: None }
}

fn checks(plan: &Plan) -> Vec<&'static str> {
    plan.changes.iter().map(|change| change.setting.code()).collect()
}

#[test]
fn a_fresh_tenant_lacks_cloud_partner_and_consent_in_this_order() {
    let plan = plan(&half(&[Side::Tenant]), &fresh(), &[]);
    assert_eq!(checks(&plan), ["partner-cloud", "partner-organization", "auto-redeem"]);
    assert_eq!(plan.changes[2].to, json!({ "inboundAllowed": true, "outboundAllowed": null }));
    assert!(plan.notes.is_empty(), "{:?}", plan.notes);
}

#[test]
fn in_one_cloud_no_cloud_is_enabled() {
    let half = Half { other_cloud: OtherCloud::Same, ..half(&[Side::Home]) };
    assert_eq!(checks(&plan(&half, &fresh(), &[])), ["partner-organization", "auto-redeem"]);
}

#[test]
fn lists_are_united() {
    let china = vec!["partner.microsoftonline.cn".to_owned()];
    let access = Access { allowed_clouds: Some(china), ..fresh() };
    let plan = plan(&half(&[Side::Tenant]), &access, &[]);
    assert_eq!(plan.changes[0].from, json!(["partner.microsoftonline.cn"]));
    assert_eq!(plan.changes[0].edit.body(), &json!({ "allowedCloudEndpoints": plan.changes[0].to }));
    assert_eq!(plan.changes[0].to, json!(["partner.microsoftonline.cn", "microsoftonline.com"]));
}

#[test]
fn clouds_that_are_not_told_are_tried_on_request_only_and_are_not_called_none() {
    let access = Access { allowed_clouds: None, ..fresh() };
    let half = half(&[Side::Tenant]);
    let left = plan(&half, &access, &[]);
    assert!(!checks(&left).contains(&"partner-cloud"));
    assert!(left.notes[0].contains("does not tell") && left.notes[0].contains(CLOUD_SETTINGS), "{:?}", left.notes);
    let tried = plan(&half, &access, &[Setting::PartnerCloud]);
    assert_eq!((&tried.changes[0].from, &tried.changes[0].to), (&Value::Null, &json!(["microsoftonline.com"])));
}

#[test]
fn a_block_and_a_restriction_stay_unless_they_are_named() {
    for (access, user, word) in [("blocked", "AllUsers", "blocked"), ("allowed", "group-1", "some people")] {
        let partner = settings(&rule(access, user), &json!({ "inboundAllowed": true }));
        let access = Access { partner: Some(partner), ..fresh() };
        let half = Half { other_cloud: OtherCloud::Same, ..half(&[Side::Tenant]) };
        for other in [&[][..], &[Setting::B2bOutbound, Setting::PartnerCloud]] {
            let left = plan(&half, &access, other);
            assert!(left.changes.is_empty() && left.notes[0].contains(word), "{left:?}");
            assert!(left.notes[0].contains("--allow b2b-inbound"), "{left:?}");
        }
        let lifted = plan(&half, &access, &[Setting::B2bInbound]);
        assert_eq!(checks(&lifted), ["b2b-inbound"]);
        let body = lifted.changes[0].edit.body();
        assert_eq!(body["b2bCollaborationInbound"]["usersAndGroups"]["targets"][0]["target"], "AllUsers");
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(1), "nothing else is written: {body}");
    }
}

#[test]
fn a_block_by_default_is_lifted_for_the_partner_alone() {
    let mut access = fresh();
    access.default = settings(&rule("blocked", "AllUsers"), &Value::Null);
    let half = half(&[Side::Tenant]);
    assert!(plan(&half, &access, &[]).notes[0].contains("the default setting says blocked"));
    let lifted = plan(&half, &access, &[Setting::B2bInbound]);
    let change = lifted.changes.iter().find(|change| change.setting == Setting::B2bInbound).unwrap();
    assert!(change.edit.path().ends_with(&format!("/partners/{}", id(2))), "{change:?}");
}

#[test]
fn the_consent_of_the_other_direction_is_kept_and_both_follow_each_other() {
    let consent = json!({ "inboundAllowed": null, "outboundAllowed": true });
    let access = Access { partner: Some(settings(&Value::Null, &consent)), ..fresh() };
    let of = |sides: &[Side], access: &Access| {
        let plan = plan(&Half { other_cloud: OtherCloud::Same, ..half(sides) }, access, &[]);
        plan.changes.into_iter().map(|change| change.to).collect::<Vec<_>>()
    };
    assert_eq!(of(&[Side::Tenant], &access), [json!({ "inboundAllowed": true, "outboundAllowed": true })]);
    let none = Access { partner: Some(settings(&Value::Null, &Value::Null)), ..fresh() };
    let both = of(&[Side::Tenant, Side::Home], &none);
    assert_eq!(both[0], json!({ "inboundAllowed": true, "outboundAllowed": null }));
    assert_eq!(both[1], json!({ "inboundAllowed": true, "outboundAllowed": true }));
}

#[test]
fn what_was_planned_is_not_there_before_and_is_there_after() {
    let half = half(&[Side::Tenant]);
    let planned = plan(&half, &fresh(), &[]);
    assert!(planned.changes.iter().all(|change| !change.is_in(&half, &fresh())));
    let partner = settings(&Value::Null, &json!({ "inboundAllowed": true }));
    let after =
        Access { allowed_clouds: Some(vec!["MicrosoftOnline.com".to_owned()]), partner: Some(partner), ..fresh() };
    assert!(planned.changes.iter().all(|change| change.is_in(&half, &after)));
    assert!(plan(&half, &after, &[]).changes.is_empty());
}
