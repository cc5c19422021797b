//! What people paste, and which entry they are told.

use super::{explain, found};
use crate::context::binary;

#[tokio::test]
async fn a_code_finds_its_entry_however_it_is_written() {
    for (given, code) in [
        ("AADSTS7000215", "AADSTS7000215"),
        ("aadsts7000215", "AADSTS7000215"),
        ("7000215", "AADSTS7000215"),
        ("AADSTS 7000215:", "AADSTS7000215"),
        ("AADTS7000215", "AADSTS7000215"),
        ("upn-differs", "upn-differs"),
        (" `UPN-Differs` ", "upn-differs"),
        ("refused", "refused"),
        ("7", "7"),
        ("exit code 130", "130"),
        ("HTTP 429", "429"),
        ("HTTP/2 403", "403"),
        ("xcsync exited with 4", "4"),
        ("AADSTS-50020", "AADSTS50020"),
        ("“b2b\u{2011}inbound”", "b2b-inbound"),
        ("not-graph", "not-graph"),
        ("authorization_requestdenied", "Authorization_RequestDenied"),
    ] {
        assert_eq!(found(given).await, (vec![code.to_owned()], "code".to_owned()), "{given}");
    }
}

#[tokio::test]
async fn a_message_finds_its_entry_whatever_ids_and_addresses_it_holds() {
    for (given, code) in [
        (
            "The invited user already exists in the directory as object ID: 7e6b1f0e-1234-4bcd-9e9e-0123456789ab. They can use that account to sign in to shared apps and resources.",
            "already-exists",
        ),
        (
            "The invited user already exists in the directory as object ID: 7e6b1f0e-1234-4bcd-9e9e-0123456789ab, but the account is blocked from signing in.",
            "account-blocked",
        ),
        (
            "Guest invitations not allowed for your company. Contact your company administrator",
            "invitations-not-allowed",
        ),
        (
            r#"{"error":{"code":"BadRequest","message":"This user can\u0027t be invited to this directory. Please try a different email address.","innerError":{"date":"2026-03-02T08:00:00","request-id":"7e6b1f0e-1234-4bcd-9e9e-0123456789ab"}}}"#,
            "invitee-tenant",
        ),
        ("This user can’t be invited\n   to this directory.", "invitee-tenant"),
        (
            r#"{"error":"unauthorized_client","error_description":"AADSTS700016: Application with identifier 'x' was not found in the directory 'Contoso'. Trace ID: 7e6b1f0e","error_codes":[700016]}"#,
            "AADSTS700016",
        ),
        ("invalid peer certificate: UnknownIssuer", "network-certificate"),
        ("Please retry again later.", "TooManyRequests"),
    ] {
        assert_eq!(found(given).await, (vec![code.to_owned()], "contained".to_owned()), "{given}");
    }
}

#[tokio::test]
async fn a_line_of_a_report_or_of_a_log_finds_its_entry() {
    for (given, code) in [
        ("  failed (1): 400 group-address: Group email address is not supported", "group-address"),
        (
            "hold      -        Noor Haddad      noor@contoso.com      reverted   5a4db000-0000-4000-8000-00000000002e",
            "reverted",
        ),
        (
            "error: the reading of users is not allowed: Graph answered 403 Forbidden: no; nothing was sent to anyone (denied)",
            "denied",
        ),
        (r#"{"level":"ERROR","fields":{"message":"the run ended early","tenant":"gcch","code":"denied"}}"#, "denied"),
        (
            "2026-03-02T08:00:00Z ERROR run{run_id=01 tenant=\"gcch\" cloud=\"usgov\"}: the run ended early code=\"locked\"",
            "locked",
        ),
        (
            "<6>INFO run{run_id=01 tenant=\"gcch\" cloud=\"usgov\"}: the run has ended exit_code=7 duration_ms=3 invited=0",
            "7",
        ),
        ("xcsync.service: Main process exited, code=exited, status=4/NOPERMISSION", "4"),
        ("Status: 404, Code: ResourceNotFound", "404"),
        ("curl: (60) SSL certificate problem: unable to get local issuer certificate", "network-certificate"),
        ("getaddrinfo ENOTFOUND login.microsoftonline.us", "network-no-connection"),
        ("Last State: Terminated Reason: Error Exit Code: 5", "5"),
        ("  home-user-disabled (1): the account is disabled in the home tenant; enable it there", "home-user-disabled"),
        ("hint: the service does not take the address: correct the address", "address-refused"),
    ] {
        assert_eq!(found(given).await.0, [code], "{given}");
    }
}

#[tokio::test]
async fn a_check_is_found_by_its_name_and_by_a_line_that_names_it() {
    for (given, code) in [
        ("b2b-inbound", "b2b-inbound"),
        ("Ledger", "ledger"),
        ("fail     partner-cloud         microsoftonline.us is not enabled", "partner-cloud"),
        ("skipped  permissions           the token can't be read", "permissions"),
        ("gcch,tenant,clock,fail,this machine is 9 minutes behind the server,", "clock"),
        (r#"{"tenant":"gcch","side":"home","check":"credential","status":"fail","detail":"no"}"#, "credential"),
    ] {
        assert_eq!(found(given).await.0, [code], "{given}");
    }
    let said = explain(&["b2b-inbound"]).await.stdout;
    for part in ["looked at by xcsync check", "in the tenant that invites", "--allow b2b-inbound"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    // Words of a sentence are not names of checks.
    for given in ["pass me the ledger", "we fail to see the ledger clock", "domains and permissions fail"] {
        assert_ne!(found(given).await.1, "contained", "{given}");
    }
}

#[tokio::test]
async fn what_ended_a_run_comes_before_the_code_that_it_ended_with() {
    let (codes, _) = found(r#"{"exit_code":5,"error":{"code":"over-limit","message":"too many"}}"#).await;
    assert_eq!(codes, ["over-limit", "5"]);
}

#[tokio::test]
async fn a_misspelt_or_reworded_text_is_a_guess() {
    for (given, code) in [
        ("upn-difers", "upn-differs"),
        ("already_exist", "already-exists"),
        ("Gruop email adress is not suported", "group-address"),
        ("guest invites are not allowed in your company", "invitations-not-allowed"),
        ("mailbox", "mailbox-licensed"),
        ("unsyncd", "not-synced"),
        ("awaiting-acceptence", "pending"),
        ("wrong audince", "wrong-cloud"),
        ("throtled", "throttled"),
        ("lock", "locked"),
        ("gcc high", "cloud"),
        ("az login", "azure-cli"),
        ("disk full", "ledger-unusable"),
        ("user holds a role", "privileged"),
        ("user was invited but did not get a mail", "email-not-sent"),
    ] {
        let (codes, fit) = found(given).await;
        assert_eq!((codes.first().map(String::as_str), fit.as_str()), (Some(code), "similar"), "{given}: {codes:?}");
    }
    let text = explain(&["upn-difers"]).await.stdout;
    assert!(text.ends_with("note: a guess by likeness; `xcsync explain CODE` tells one entry for certain\n"), "{text}");
}

#[tokio::test]
async fn several_that_are_as_near_are_told_together_but_five_at_most() {
    let (codes, _) = found("conditional access blocks the sign-in").await;
    assert!(codes.contains(&"AADSTS53003".to_owned()), "{codes:?}");
    let (codes, _) = found("proxy").await;
    assert_eq!(codes, ["network-proxy-password", "network-proxy"]);
    for given in ["conditional access", "the federated credential", "application", "tenant"] {
        let (codes, _) = found(given).await;
        assert!(codes.len() <= 5, "{given}: {codes:?}");
    }
    let (codes, fit) = found("AADSTS700016 at first, then AADSTS90002").await;
    assert_eq!((codes, fit.as_str()), (vec!["AADSTS700016".to_owned(), "AADSTS90002".to_owned()], "contained"));
}

#[tokio::test]
async fn where_nothing_fits_it_ends_with_2_and_says_what_to_do() {
    for given in [
        "",
        "   ",
        "?",
        "xyzzy",
        "12345",
        "the weather is fine today",
        "a cat sat on a mat",
        "ann@contoso.com",
        "7e6b1f0e-1234-4bcd-9e9e-0123456789ab",
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit",
        "thread 'main' panicked at src/main.rs:1:2",
        "the mail server is full and its users complain about slow attachments",
        "Invalid value specified for property 'city' of resource 'User'.",
        "HTTP 418",
        "Permission denied (publickey).",
        "The sign-in name or password is incorrect",
        "Another object with the same value for property userPrincipalName already exists.",
        "Specified HTTP method is not allowed for the request target.",
        "The domain controller could not be contacted",
        "The user or administrator has not consented to send mail on behalf of this mailbox",
        "exit code 9",
        "bash: xcsync: command not found",
        "fatal: not a git repository",
        "ORA-12154: TNS:could not resolve the connect identifier specified",
        "kernel: Out of memory: Killed process 1234 (java)",
        "NullReferenceException: Object reference not set to an instance of an object.",
        "SyntaxError: Unexpected token < in JSON at position 0",
        "The user has exceeded the maximum number of devices",
        "A license could not be assigned because the usage location of the user is not set",
        "The password of the account does not comply with the password policy of the organization",
    ] {
        let ended = explain(&["--", given]).await;
        assert_eq!((ended.exit, ended.stdout.as_str()), (2, ""), "{given}: {ended:?}");
        assert!(ended.stderr.contains("paste the whole message"), "{ended:?}");
        assert!(ended.stderr.contains("`xcsync explain --list`"), "{ended:?}");
    }
    let json = explain(&["xyzzy", "-o", "json"]).await.json();
    assert_eq!((&json["exit_code"], &json["error"]["code"]), (&2.into(), &"no-entry".into()), "{json:#}");
    assert_eq!(json["entries"], serde_json::json!([]));
}

#[tokio::test]
async fn a_code_of_entra_that_is_not_in_the_catalogue_is_looked_up_at_microsoft() {
    for given in ["AADSTS999999", "aadsts999999", "AADSTS999999: the administrator blocks the application's users"] {
        let ended = explain(&[given]).await;
        assert_eq!(ended.exit, 2);
        assert!(ended.stderr.contains("https://login.microsoftonline.com/error?code=999999"), "{ended:?}");
    }
}

#[tokio::test]
async fn hostile_and_endless_input_is_harmless() {
    let ended = explain(&["--", "\u{1b}[2J\u{202e}xyzzy\u{7}"]).await;
    assert_eq!(ended.exit, 2);
    assert!(!ended.stderr.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{ended:?}");
    let rubbish: String = (0..100_000_u32).filter_map(|n| char::from_u32(n.wrapping_mul(40_503) % 0x3000)).collect();
    let ended = explain(&["--", &rubbish]).await;
    let is_control = |c: char| c.is_control() && c != '\n';
    assert_eq!((ended.exit, ended.stdout.as_str()), (2, ""));
    assert!(!ended.stderr.contains(is_control) && ended.stderr.len() < 1000, "{ended:?}");
    let long = "qwertyuiop ".repeat(100_000);
    let ended = explain(&["--", &long]).await;
    assert_eq!(ended.exit, 2);
    assert!(ended.stderr.len() < 1000, "{}", ended.stderr.len());
    let json = explain(&["-o", "json", "--", &long]).await;
    assert!(json.stdout.len() < 1000);
}

#[tokio::test]
async fn a_text_and_the_list_exclude_each_other_and_one_is_needed() {
    for wrong in [vec![], vec!["7", "--list"]] {
        let ended = explain(&wrong).await;
        assert_eq!((ended.exit, ended.stdout.as_str()), (2, ""), "{wrong:?}");
    }
}

#[test]
fn the_program_itself_needs_no_environment_and_no_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = binary();
    let broken = folder.path().join("config.toml");
    std::fs::write(&broken, "not toml").unwrap();
    let output = command.env_clear().arg("--config").arg(broken).args(["explain", "AADSTS7000215"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(said.starts_with("AADSTS7000215: refusal of a sign-in\n  meaning: "), "{said}");
    assert_eq!(output.stderr, b"");
}
