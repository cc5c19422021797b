use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::auth::testing::{CANARY, TENANT, jwt, tenant_id, token};

const USGOV: &str = "https://graph.microsoft.us";

/// `proven`, `ask`, or the error's code.
fn look(text: &str, root: &str) -> String {
    match prove(&token(text), tenant_id(), root) {
        Ok(Verdict::Proven(_)) => "proven".to_owned(),
        Ok(Verdict::AskOrganization(_)) => "ask".to_owned(),
        Err(error) => error.known().code.to_owned(),
    }
}

fn claims(tid: &str, aud: &str) -> String {
    jwt(&json!({ "tid": tid, "aud": aud, "roles": ["User.Read.All"] }))
}

#[test]
fn the_audience_and_the_tenant_decide() {
    let other = "99999999-2222-3333-4444-555555555555";
    let table = [
        (TENANT, USGOV, "proven"),
        (TENANT, "https://graph.microsoft.us/", "proven"),
        (TENANT, "https://Graph.Microsoft.US", "proven"),
        (TENANT, "https://graph.microsoft.us//", "wrong-cloud"),
        (TENANT, "http://graph.microsoft.us", "wrong-cloud"),
        (TENANT, "https://graph.microsoft.com", "wrong-cloud"),
        (TENANT, "https://dod-graph.microsoft.us", "wrong-cloud"),
        (TENANT, "https://graph.microsoft.us.example", "wrong-cloud"),
        (TENANT, "https://management.azure.com/", "wrong-cloud"),
        (TENANT, "", "wrong-cloud"),
        (TENANT, "00000003-0000-0000-c000-000000000000", "ask"),
        (TENANT, "00000003-0000-0000-C000-000000000000", "ask"),
        (other, USGOV, "wrong-tenant"),
        (other, "00000003-0000-0000-c000-000000000000", "wrong-tenant"),
        ("", USGOV, "wrong-tenant"),
        ("contoso.com", USGOV, "wrong-tenant"),
    ];
    for (tid, aud, expected) in table {
        assert_eq!(look(&claims(tid, aud), USGOV), expected, "{tid} {aud}");
    }
}

#[test]
fn what_can_t_be_read_is_asked_of_the_directory() {
    let odd = [
        json!({ "aud": USGOV }),
        json!({ "tid": TENANT }),
        json!({ "tid": 7, "aud": USGOV }),
        json!({ "tid": TENANT, "aud": [USGOV] }),
        json!([TENANT, USGOV]),
        Value::Null,
    ];
    for value in odd {
        assert_eq!(look(&jwt(&value), USGOV), "ask", "{value}");
    }
    for text in ["", ".", "..", "...", "opaque", "a.b.c", "EwBgA8l6BAAU=="] {
        assert_eq!(look(text, USGOV), "ask", "{text}");
    }
    let twice = format!(r#"{{"tid":"{TENANT}","aud":"{USGOV}","aud":"https://graph.microsoft.com"}}"#);
    let twice = format!("e30.{}.c2ln", azure_core::base64::encode_url_safe(twice));
    assert_eq!(look(&twice, USGOV), "ask");
}

#[test]
fn a_wrong_cloud_is_told_with_both_clouds_in_words() {
    let error = prove(&token(&claims(TENANT, "https://graph.microsoft.com/")), tenant_id(), USGOV).err();
    assert_eq!(
        error.expect("refused").to_string(),
        "this token is for https://graph.microsoft.com (Graph of commercial), \
         the configured cloud is https://graph.microsoft.us (Graph of usgov, GCC High); nothing was sent with it"
    );
}

#[test]
fn the_organization_confirms_or_refuses() {
    let ask = || match prove(&token("opaque"), tenant_id(), USGOV) {
        Ok(Verdict::AskOrganization(unproven)) => unproven,
        _ => panic!("an opaque token proves nothing"),
    };
    let other = TenantId::parse("99999999-2222-3333-4444-555555555555").expect("a GUID");
    assert_eq!(ask().confirm(tenant_id()).map(|proven| proven.tenant()).ok(), Some(tenant_id()));
    assert_eq!(ask().confirm(other).err().map(|error| error.known().code), Some("wrong-tenant"));
}

#[test]
fn identity_and_permissions_are_read_for_check() {
    let text = jwt(&json!({
        "tid": TENANT, "aud": USGOV, "azp": "app", "oid": "object", "exp": 1_800_000_000,
        "scp": "User.Read User.Invite.All"
    }));
    let Ok(Verdict::Proven(proven)) = prove(&token(&text), tenant_id(), USGOV) else {
        panic!("proven");
    };
    let claims = proven.claims().expect("readable");
    assert_eq!(
        (claims.appid.as_deref(), claims.oid.as_deref(), claims.exp),
        (Some("app"), Some("object"), Some(1_800_000_000))
    );
    assert!(claims.permits("User.Invite.All") && !claims.permits("User.Invite"));
}

#[test]
fn errors_hold_no_token() {
    let text = format!("{}{CANARY}", claims(TENANT, "https://graph.microsoft.com"));
    let error = prove(&token(&text), tenant_id(), USGOV).err().expect("refused");
    assert!(!format!("{error} {error:?} {}", error.hint()).contains(CANARY));
}

proptest! {
    #[test]
    fn garbage_never_panics_and_never_proves(text in ".{0,200}") {
        prop_assert_ne!(look(&text, USGOV), "proven");
    }

    #[test]
    fn other_tenants_and_audiences_are_never_proven(tid in "[0-9a-f-]{0,40}", aud in "(https://)?[a-z.-]{0,20}(/)?") {
        let text = claims(&tid, &aud);
        let right = tid == TENANT && aud.trim_end_matches('/') == USGOV;
        prop_assert_eq!(look(&text, USGOV) == "proven", right);
    }

    #[test]
    fn a_damaged_payload_never_proves_another_audience(at in 0_usize..60, byte in any::<u8>()) {
        let mut bytes = claims(TENANT, "https://graph.microsoft.com").into_bytes();
        let at = at.min(bytes.len() - 1);
        bytes[at] = byte;
        prop_assert_ne!(look(&String::from_utf8_lossy(&bytes), USGOV), "proven");
    }
}
