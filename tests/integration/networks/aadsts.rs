//! Every AADSTS code of the table, as Entra's answers carry it, through a whole run.

use serde_json::{Value, json};
use xcsync::auth::{AADSTS, Aadsts};
use xcsync::sandbox::IdentityFailure;

use super::says;
use crate::context::{Ended, Tenant, new_people};

/// Stands in every answer where nothing is to be quoted from.
const CANARY: &str = "canary";
const IDS: &str = "Trace ID: 0000aaaa-11bb-cccc-dd22-eeeeee333333 Correlation ID: aaaa0000-bb11-2222-33cc-444444dddddd";

async fn by_secret() -> Tenant {
    Tenant::with(new_people(1)).await.signing_in_by_secret()
}

/// A dry run that gets this answer for a token, how often it asked, and the simulated seconds that it took.
async fn answered(tenant: &Tenant, status: u16, body: &str) -> (Ended, u32, f64) {
    tenant.graph.edit(|graph| graph.identity.failure = Some(IdentityFailure::Answer(status, body.to_owned())));
    let (before, start) = (tenant.asked()[0], tokio::time::Instant::now());
    let ended = tenant.run_once(&["--dry-run", "-o", "json"], tokio::sync::watch::channel(0).1).await;
    assert!(tenant.graph.traffic().is_empty(), "Graph was asked without a token");
    (ended, tenant.asked()[0] - before, start.elapsed().as_secs_f64())
}

/// Entra's answer in the recorded form, with its line ends, quotes and escapes.
fn recorded(code: u32, codes: &Value) -> Value {
    let text = IDS.replace(" Correlation", "\r\nCorrelation");
    json!({
        "error": "invalid_client",
        "error_description": format!("AADSTS{code}: The value of 'x' for \"app\" isn't right.\r\n{text}\r\nTimestamp: 2024-04-07 20:52:51Z"),
        "error_codes": codes,
        "timestamp": CANARY,
        "trace_id": CANARY,
        "correlation_id": CANARY,
        "error_uri": CANARY,
        "suberror": CANARY,
        "claims": CANARY,
        "more": { "access_token": CANARY },
    })
}

/// The forms that an answer about a code can have, and the words of its text that are shown.
fn forms(code: u32) -> Vec<(String, String)> {
    let shown = format!("The value of 'x' for \"app\" isn't right. {IDS} Timestamp: 2024-04-07 20:52:51Z");
    let whole = |body: &Value| (body.to_string(), shown.clone());
    let full = recorded(code, &json!([code]));
    let mut bare = full.clone();
    bare["error_description"] = json!(CANARY);
    let mut wordless = full.clone();
    wordless.as_object_mut().unwrap().remove("error_description");
    let escaped = full.to_string().replace('\'', r"\u0027").replace("AADSTS", r"\u0041ADSTS");
    vec![
        whole(&full),
        (escaped, shown.clone()),
        whole(&recorded(code, &json!([]))),
        whole(&recorded(code, &Value::Null)),
        whole(&recorded(code, &json!([code.to_string()]))),
        (bare.to_string(), "HTTP 401 invalid_client".to_owned()),
        (wordless.to_string(), "HTTP 401 invalid_client".to_owned()),
    ]
}

fn once(text: &str, part: &str) {
    assert_eq!(text.matches(part).count(), 1, "`{part}` once in: {text}");
}

fn tells(ended: &Ended, row: &Aadsts, words: &str) {
    let [_, message, hint] = ended.error();
    once(&message, &format!("(AADSTS{}, on the side of {})", row.code, row.side.name()));
    once(&message, row.meaning);
    once(&message, words);
    assert!(!ended.stdout.contains(CANARY) && !ended.stderr.contains(CANARY), "{ended:?}");
    assert!(!message.contains(row.remedy) && !hint.contains(row.meaning), "said twice: {message} {hint}");
    let shown = message.replace(words, "");
    once(&shown, &row.code.to_string());
}

#[tokio::test(start_paused = true)]
async fn every_code_that_stays_is_asked_once_and_told_with_meaning_side_and_remedy() {
    let tenant = by_secret().await;
    assert!(AADSTS.iter().filter(|row| !row.passes).count() >= 20);
    for row in AADSTS.iter().filter(|row| !row.passes) {
        for (body, words) in forms(row.code) {
            let (ended, asked, took) = answered(&tenant, 401, &body).await;
            let [code, _, hint] = ended.error();
            assert_eq!((ended.exit, asked, code), (4, 1, format!("AADSTS{}", row.code)), "{body}: {ended:?}");
            tells(&ended, row, &words);
            assert_eq!(hint, row.remedy);
            assert!(took < 1.0, "{took}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_code_that_passes_is_asked_again_within_the_budget_whatever_the_status() {
    let tenant = by_secret().await;
    for row in AADSTS.iter().filter(|row| row.passes) {
        for status in [400, 401, 403, 429, 500, 503] {
            let (ended, asked, took) =
                answered(&tenant, status, &recorded(row.code, &json!([row.code])).to_string()).await;
            assert_eq!((ended.exit, ended.error()[0].as_str()), (7, "authority-unreachable"), "{ended:?}");
            assert!((2..=5).contains(&asked) && took <= 30.5, "{status}: {asked} in {took} s");
            tells(&ended, row, IDS);
            says(&ended.error()[1], &[&format!("HTTP {status}, ")]);
            says(&ended.error()[2], &["the next run tries again", "status.azure.com"]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_entra_calls_temporary_is_asked_again_whatever_the_code() {
    let tenant = by_secret().await;
    let mut body = recorded(7, &json!([7]));
    body["error"] = json!("temporarily_unavailable");
    let (ended, asked, took) = answered(&tenant, 400, &body.to_string()).await;
    assert_eq!(ended.exit, 7, "{ended:?}");
    assert!((2..=5).contains(&asked) && took <= 30.5, "{asked} in {took} s");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_code_is_told_with_where_to_look_it_up() {
    let (ended, asked, _) = answered(&by_secret().await, 400, &recorded(123, &json!([123])).to_string()).await;
    let [code, message, hint] = ended.error();
    assert_eq!((ended.exit, asked, code.as_str()), (4, 1, "AADSTS123"), "{ended:?}");
    says(&message, &["AADSTS123, which is not in this version's list; Entra's answer: The value of 'x'", IDS]);
    says(&hint, &["https://login.microsoftonline.com/error?code=123"]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_without_any_code_is_told_by_its_status_alone() {
    for (body, shown) in [
        (json!({ "error": "invalid_client", "error_description": CANARY }), "HTTP 401 invalid_client"),
        (json!({ "error": { "code": CANARY, "message": CANARY }, "error_codes": [-1, 4_294_967_296_u64] }), "HTTP 401"),
        (json!({ "error": "<b>canary</b>" }), "HTTP 401"),
    ] {
        let (ended, asked, _) = answered(&by_secret().await, 401, &body.to_string()).await;
        assert_eq!((ended.exit, asked), (4, 1), "{ended:?}");
        says(&ended.error()[1], &[shown, "nothing is sent"]);
        assert!(!ended.stdout.contains(CANARY), "{ended:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_mail_address_in_entras_text_is_left_out() {
    let text = "AADSTS50105: The signed in user 'canary@contoso.com' is not assigned to a role.";
    let body = json!({ "error": "invalid_grant", "error_description": text });
    let (ended, _, _) = answered(&by_secret().await, 400, &body.to_string()).await;
    says(&ended.error()[1], &["The signed in user (left out) is not assigned"]);
    assert!(![ended.stdout, ended.stderr].concat().contains(CANARY));
}

#[tokio::test(start_paused = true)]
async fn a_text_of_ten_thousand_characters_stays_readable_and_keeps_meaning_and_remedy() {
    let mut body = recorded(7_000_215, &json!([7_000_215]));
    body["error_description"] = json!(format!("AADSTS7000215: \u{1b}[31m{}", "word ".repeat(2000)));
    let (ended, _, _) = answered(&by_secret().await, 401, &body.to_string()).await;
    let [_, message, _] = ended.error();
    assert!(message.len() < 1500 && !message.contains('\u{1b}'), "{}", message.len());
    says(&message, &["the client secret is wrong"]);
}

#[tokio::test(start_paused = true)]
async fn a_terminal_has_one_message_and_the_log_the_code() {
    let tenant = by_secret().await;
    let body = recorded(7_000_222, &json!([7_000_222])).to_string();
    tenant.graph.edit(|graph| graph.identity.failure = Some(IdentityFailure::Answer(401, body)));
    let ended = tenant.run_once(&["--dry-run"], tokio::sync::watch::channel(0).1).await;
    for part in ["the client secret has expired", "hint: create a new secret in", "AADSTS7000222", "Trace ID"] {
        once(&ended.stdout, part);
    }
    once(&ended.stderr, "code=\"AADSTS7000222\"");
}
