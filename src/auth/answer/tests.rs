use super::*;
use crate::auth::testing::CANARY;

const HOST: &str = "login.microsoftonline.us";

fn entra(status: u16, body: &str) -> Result<String, AuthError> {
    read(Service::Entra, status, body.as_bytes(), HOST)
}

fn failure(status: u16, body: &str) -> AuthError {
    entra(status, body).expect_err("no token")
}

#[test]
fn escapes_in_the_description_keep_code_and_text() {
    let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided for \"app\".\r\nTrace ID: b179b7db\r\nTimestamp: 2020-04-07 20:52:51Z","error_codes":[7000215]}"#;
    let failure = failure(401, body);
    assert_eq!((failure.code().as_str(), failure.exit().code()), ("AADSTS7000215", 4));
    let text = failure.to_string();
    let line = "Entra refuses a token, and without a token nothing is sent: the client secret is wrong (AADSTS7000215, on the \
                side of the configuration); Entra's answer: Invalid client secret provided for \"app\". Trace ID: b179b7db \
                Timestamp: 2020-04-07 20:52:51Z";
    assert_eq!(text, line);
    assert!(failure.hint().starts_with("store the secret's Value"));
}

#[test]
fn the_code_is_found_in_the_text_where_the_list_lacks_it() {
    let failure =
        failure(400, r#"{"error":"invalid_request","error_description":"AADSTS90002: Tenant 'x' not found."}"#);
    assert_eq!(failure.code(), "AADSTS90002");
    assert!(failure.to_string().contains("this cloud has no tenant of that id"));
}

#[test]
fn what_passes_is_told_from_what_does_not() {
    let html = "<html><body>Bad gateway</body></html>";
    let table = [
        (502, html, "authority-unreachable", 7),
        (503, "", "authority-unreachable", 7),
        (429, r#"{"error":"x"}"#, "authority-unreachable", 7),
        (200, html, "foreign-answer", 4),
        (200, "", "foreign-answer", 4),
        (200, "{}", "foreign-answer", 4),
        (200, r#"{"access_token":"","expires_in":1}"#, "foreign-answer", 4),
        (200, r#"{"access_token":"x"}"#, "foreign-answer", 4),
        (200, r#"{"access_token":"x\ny","expires_in":1}"#, "foreign-answer", 4),
        (302, "", "foreign-answer", 4),
        (403, html, "foreign-answer", 4),
        (401, r#"{"error":"invalid_client"}"#, "token-refused", 4),
    ];
    for (status, body, code, exit) in table {
        let failure = failure(status, body);
        assert_eq!((failure.code().as_str(), failure.exit().code()), (code, exit), "{status} {body}");
        assert!(!failure.hint().is_empty());
    }
}

#[test]
fn nothing_of_a_body_is_shown_but_the_aadsts_text() {
    let bodies = [
        format!(r#"{{"error":"{CANARY}","error_description":"{CANARY}","access_token":"{CANARY}"}}"#),
        format!("<html>{CANARY}</html>"),
        format!(r#"{{"error":"x","error_description":"{CANARY} AADSTS53003: blocked"}}"#),
    ];
    for (body, status) in bodies.iter().flat_map(|body| [200, 302, 400, 401, 500].map(|status| (body, status))) {
        for service in [Service::Entra, Service::ManagedIdentity] {
            let failure = read(service, status, body.as_bytes(), HOST).expect_err("no token");
            let text = format!("{failure} {failure:?} {}", failure.hint());
            assert!(!text.contains(CANARY), "{text}");
        }
    }
}

#[test]
fn a_description_can_t_paint_the_terminal_or_fill_it() {
    let long = format!(r#"{{"error":"x","error_description":"AADSTS1: \u001b[31m{}"}}"#, "y".repeat(100_000));
    let AuthError::Refused { text, .. } = failure(400, &long) else { panic!("refused") };
    assert!(text.len() <= TEXT_LIMIT && !text.contains('\u{1b}'));
}

#[test]
fn lifetimes_are_read_as_numbers_and_as_text() {
    let bodies = [
        r#"{"access_token":"t","expires_in":3599}"#,
        r#"{"access_token":"t","expires_in":"3599","expires_on":"1800000000"}"#,
        r#"{"access_token":"t","expires_on":1800000000}"#,
    ];
    for body in bodies {
        let token: Value = serde_json::from_str(&entra(200, body).expect("a token")).expect("JSON");
        assert!(token["expires_in"].is_i64() && token["expires_on"].is_string(), "{token}");
    }
    let absurd = format!(r#"{{"access_token":"t","expires_in":{}}}"#, i64::MAX);
    assert!(entra(200, &absurd).is_ok());
}

#[test]
fn a_machine_without_the_identity_is_told_from_a_service_that_starts() {
    let asked = |status, body: &str| {
        read(Service::ManagedIdentity, status, body.as_bytes(), "169.254.169.254").expect_err("no token").code()
    };
    let refusal = r#"{"error":"invalid_request","error_description":"Identity not found"}"#;
    assert_eq!(asked(400, refusal), "no-managed-identity");
    assert_eq!(asked(400, "<html>"), "foreign-answer");
    for status in [404, 410, 429, 503] {
        assert_eq!(asked(status, refusal), "authority-unreachable");
    }
}

#[test]
fn recorded_refusals_are_understood() {
    // contract/recordings/error-bodies.jsonl: texts of the real service, with line ends and with blanks.
    let recorded = [
        r#"{"error": "invalid_client", "error_description": "AADSTS7000222: The provided client secret keys for app '***' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds. Trace ID: bb15b8d5-2f4a-42f7-8467-160d74b6f000 Correlation ID: 207b7466-1bd4-47f7-be07-9e2244ff20a7 Timestamp: 2026-09-04 01:51:03Z", "error_codes": [7000222]}"#,
        r#"{"error": "unauthorized_client", "error_description": "AADSTS700016: Application with identifier '8060e3ec-cbe3-4174-94cf-80065f998444' was not found in the directory 'EUNEIZ'.\r\nTrace ID: 188cb9ad", "error_codes": [700016]}"#,
    ];
    for (body, meaning) in
        recorded.iter().zip(["the client secret has expired", "this tenant does not know the application"])
    {
        assert!(failure(401, body).to_string().contains(meaning));
    }
}

proptest::proptest! {
    #[test]
    fn no_answer_panics_and_only_json_with_a_token_is_one(status in 100_u16..600, body in ".{0,300}") {
        for service in [Service::Entra, Service::ManagedIdentity] {
            proptest::prop_assert!(read(service, status, body.as_bytes(), HOST).is_err());
        }
    }
}
