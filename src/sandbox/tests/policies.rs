//! Policies and messages.

use serde_json::{Value, json};

use super::{Bench, crowd};
use crate::sandbox::AllowInvitesFrom;

const PARTNER: &str = "90e29127-71ad-49c7-9ce8-db3f41ea06f1";
const POLICY: &str = "/v1.0/policies/crossTenantAccessPolicy";

#[tokio::test(start_paused = true)]
async fn the_authorization_policy_tells_who_may_invite() {
    let bench = Bench::with(crowd(1)).await;
    bench.sandbox.edit(|tenant| tenant.allow_invites_from = AllowInvitesFrom::None);
    let (_, body) = bench.get("/v1.0/policies/authorizationPolicy").await;
    assert_eq!(body["allowInvitesFrom"], "none");
}

#[tokio::test(start_paused = true)]
async fn clouds_are_allowed_unless_the_cloud_lacks_the_property() {
    let bench = Bench::with(crowd(1)).await;
    let wanted = json!({ "allowedCloudEndpoints": ["microsoftonline.com"] });
    assert_eq!(bench.request("PATCH", POLICY).json(&wanted).send().await.unwrap().status(), 204);
    assert_eq!(bench.get(POLICY).await.1["allowedCloudEndpoints"], json!(["microsoftonline.com"]));
    bench.sandbox.edit(|tenant| tenant.access.allowed_cloud_endpoints = None);
    assert_eq!(bench.get(POLICY).await.1.get("allowedCloudEndpoints"), None);
    assert_eq!(bench.request("PATCH", POLICY).json(&wanted).send().await.unwrap().status(), 400);
}

#[tokio::test(start_paused = true)]
async fn partners_are_added_and_changed() {
    let bench = Bench::with(crowd(1)).await;
    let path = format!("{POLICY}/partners/{PARTNER}");
    assert_eq!(bench.get(&path).await.0, 404);
    let partner = json!({ "tenantId": PARTNER });
    assert_eq!(bench.post(&format!("{POLICY}/partners"), &partner).await.0, 201);
    assert_eq!(bench.post(&format!("{POLICY}/partners"), &partner).await.0, 409);
    let change = json!({ "automaticUserConsentSettings": { "inboundAllowed": true } });
    assert_eq!(bench.request("PATCH", &path).json(&change).send().await.unwrap().status(), 204);
    let (_, body) = bench.get(&path).await;
    assert_eq!(body["automaticUserConsentSettings"], json!({ "inboundAllowed": true, "outboundAllowed": null }));
    assert_eq!(body["b2bCollaborationInbound"], Value::Null);
    assert_eq!(bench.get(&format!("{POLICY}/partners")).await.1["value"].as_array().unwrap().len(), 1);
    assert_eq!(bench.get(&format!("{POLICY}/default")).await.1["isServiceDefault"], true);
}

#[tokio::test(start_paused = true)]
async fn a_policy_has_a_largest_size_and_stays_as_it_was() {
    let bench = Bench::with(crowd(1)).await;
    let partners = async || bench.get(&format!("{POLICY}/partners")).await.1["value"].as_array().unwrap().len();
    let mut added = 0;
    let mut add = async || {
        added += 1;
        let partner = json!({ "tenantId": uuid::Uuid::from_u128(added) });
        bench.post(&format!("{POLICY}/partners"), &partner).await.0
    };
    while add().await == 201 {}
    assert_eq!(add().await, 400);
    assert!((50..120).contains(&partners().await), "{}", partners().await);
}

#[tokio::test(start_paused = true)]
async fn who_may_invite_is_told_to_whoever_may_read_that_policy() {
    let bench = Bench::with(crowd(1)).await;
    let token = bench.sandbox.token(&["Policy.ReadWrite.CrossTenantAccess"]);
    let bench = Bench { token, ..bench };
    assert_eq!(bench.get("/v1.0/policies/authorizationPolicy").await.0, 403);
    assert_eq!(bench.get(POLICY).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_message_is_accepted_from_an_existing_sender() {
    let bench = Bench::with(crowd(1)).await;
    let body = json!({
        "message": {
            "subject": "xcsync: 1 invited",
            "body": { "contentType": "html", "content": "<p>1</p>" },
            "toRecipients": [{ "emailAddress": { "address": "admin@fabrikam.us" } }],
        },
        "saveToSentItems": false,
    });
    assert_eq!(bench.post("/v1.0/users/person0@fabrikam.us/sendMail", &body).await, (202, Value::Null));
    assert_eq!(bench.post("/v1.0/users/nobody@fabrikam.us/sendMail", &body).await.0, 404);
    assert_eq!(bench.sandbox.edit(|tenant| tenant.messages.len()), 1);
}

#[tokio::test(start_paused = true)]
async fn permissions_are_granted_to_service_principals() {
    let bench = Bench::with(crowd(1)).await;
    let own = bench.sandbox.edit(|tenant| tenant.application.object_id);
    let filter = "$filter=appId eq '00000003-0000-0000-c000-000000000000'&$select=id,appRoles";
    let (_, found) = bench.get(&format!("/v1.0/servicePrincipals?{filter}")).await;
    let graph = found["value"][0]["id"].clone();
    let role = found["value"][0]["appRoles"][0]["id"].clone();
    let path = format!("/v1.0/servicePrincipals/{own}/appRoleAssignments");
    assert_eq!(bench.get(&path).await.1["value"], json!([]));
    let grant = json!({ "principalId": own, "resourceId": graph, "appRoleId": role });
    assert_eq!(bench.post(&path, &grant).await.0, 201);
    assert_eq!(bench.post(&path, &grant).await.0, 400);
    assert_eq!(bench.get(&path).await.1["value"][0]["appRoleId"], role);
}
