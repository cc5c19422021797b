use serde_json::{Value, json};

use super::*;

fn side(access: &str, users: &[&str], applications: &[&str]) -> Value {
    let rule = |targets: &[&str]| {
        let targets: Vec<_> = targets.iter().map(|target| json!({ "target": target, "targetType": "x" })).collect();
        json!({ "accessType": access, "targets": targets })
    };
    json!({ "usersAndGroups": rule(users), "applications": rule(applications) })
}

fn settings(value: Value) -> Settings {
    serde_json::from_value(value).expect("settings")
}

fn access(default: Value, partner: Option<Value>) -> Access {
    Access { allowed_clouds: Some(Vec::new()), default: settings(default), partner: partner.map(settings) }
}

/// What the inbound side comes to, with the outbound one the other way round.
fn inbound(default: &Value, partner: Option<Value>) -> Verdict {
    let opposite = side("blocked", &["AllUsers"], &["AllApplications"]);
    let whole = |inbound: &Value| json!({ "b2bCollaborationInbound": inbound, "b2bCollaborationOutbound": opposite });
    let access = access(whole(default), partner.map(|partner| whole(&partner)));
    assert_eq!(access.verdict(Direction::Outbound), Verdict::Blocked);
    access.verdict(Direction::Inbound)
}

#[test]
fn everybody_some_and_nobody_are_told_apart() {
    let (all, some) = (["AllUsers"], ["group-1"]);
    let apps = ["AllApplications"];
    for (rule, expected) in [
        (side("allowed", &all, &apps), Verdict::Allowed),
        (side("allowed", &some, &apps), Verdict::Restricted),
        (side("allowed", &all, &["app-1"]), Verdict::Restricted),
        (side("allowed", &[], &apps), Verdict::Blocked),
        (side("blocked", &all, &apps), Verdict::Blocked),
        // Blocking some allows all the others.
        (side("blocked", &some, &["app-1"]), Verdict::Restricted),
        (side("blocked", &[], &[]), Verdict::Allowed),
        (side("quarantined", &all, &apps), Verdict::Untold),
        (json!({ "usersAndGroups": null, "applications": null }), Verdict::Untold),
    ] {
        assert_eq!(inbound(&rule, None), expected, "{rule}");
    }
}

#[test]
fn the_partners_setting_counts_and_null_inherits_the_default() {
    let open = side("allowed", &["AllUsers"], &["AllApplications"]);
    let shut = side("blocked", &["AllUsers"], &["AllApplications"]);
    assert_eq!(inbound(&shut, Some(open.clone())), Verdict::Allowed);
    assert_eq!(inbound(&open, Some(shut.clone())), Verdict::Blocked);
    assert_eq!(inbound(&shut, Some(Value::Null)), Verdict::Blocked);
    assert_eq!(inbound(&open, Some(Value::Null)), Verdict::Allowed);
    // Also one half of it.
    let half = json!({ "usersAndGroups": open["usersAndGroups"], "applications": null });
    assert_eq!(inbound(&shut, Some(half.clone())), Verdict::Blocked);
    assert_eq!(inbound(&open, Some(half)), Verdict::Allowed);
}

#[test]
fn consent_is_on_where_the_partner_says_so_and_never_by_default() {
    let consent = |inbound: Value| json!({ "automaticUserConsentSettings": { "inboundAllowed": inbound, "outboundAllowed": null } });
    let off = consent(json!(false));
    for (partner, expected) in [
        (None, false),
        (Some(json!({})), false),
        (Some(consent(Value::Null)), false),
        (Some(consent(json!(false))), false),
        (Some(consent(json!(true))), true),
    ] {
        let access = access(off.clone(), partner);
        assert_eq!(access.consents(Direction::Inbound), expected);
        assert!(!access.consents(Direction::Outbound));
    }
}

#[test]
fn a_cloud_that_is_not_told_is_not_taken_for_one_that_is_off() {
    let told = Access { allowed_clouds: Some(vec!["microsoftonline.US".to_owned()]), ..access(json!({}), None) };
    assert_eq!(told.allows_cloud("microsoftonline.us"), Some(true));
    assert_eq!(told.allows_cloud("microsoftonline.com"), Some(false));
    assert_eq!(Access { allowed_clouds: None, ..told }.allows_cloud("microsoftonline.us"), None);
}

#[test]
fn targets_that_are_null_or_missing_are_none() {
    for rule in [r#"{"accessType":"blocked","targets":null}"#, r#"{"accessType":"blocked"}"#] {
        let rule: Rule = serde_json::from_str(rule).unwrap();
        assert!(rule.targets.is_empty());
        assert_eq!(verdict(Some(&rule), "AllUsers"), Verdict::Allowed, "blocking nobody allows everybody");
    }
}
