use clap::{CommandFactory as _, Parser as _};

use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once("xcsync").chain(line.split_whitespace()))
}

fn invite(line: &str) -> Invite {
    match parse(&format!("invite {line}")).unwrap().command {
        Command::Invite(invite) => *invite,
        other => panic!("{other:?}"),
    }
}

fn refused(line: &str) -> String {
    parse(&format!("invite {line}")).unwrap_err().to_string()
}

#[test]
fn verify_cli() {
    Cli::command().debug_assert();
}

#[test]
fn global_flags_stand_before_or_after_the_command() {
    for line in ["--cloud GCCHigh -o json invite", "invite -o json --cloud gcchigh"] {
        let global = parse(line).unwrap().global;
        assert_eq!((global.cloud, global.output), (Some(CloudName::UsGov), Output::Json));
    }
}

#[test]
fn windows_exclude_each_other_and_people() {
    for line in ["--since 25h --full", "--user a@b.c --full", "--user a@b.c --since 7d", "--user-file x --full"] {
        assert!(refused(line).contains("cannot be used with"), "{line}");
    }
}

#[test]
fn resending_needs_to_be_told_whom() {
    assert!(refused("--resend").contains("--user"));
    assert!(invite("--resend --user a@contoso.com").resend);
    assert!(invite("--resend --user-file people.txt --user b@contoso.com").resend);
}

#[test]
fn there_is_nothing_to_resume_without_a_ledger() {
    assert!(refused("--resume --no-state").contains("cannot be used with"));
}

#[test]
fn a_script_is_not_silently_without_what_was_allowed() {
    let told = parse("setup tenant --powershell --allow b2b-inbound").unwrap_err().to_string();
    assert!(told.contains("cannot be used with"), "{told}");
    assert!(parse("setup tenant --apply --allow b2b-inbound --allow partner-cloud").is_ok());
}

#[test]
fn limits_are_positive_whole_numbers() {
    for wrong in ["0", "-1", "1.5", "many", "4294967296"] {
        assert!(refused(&format!("--max-invitations {wrong}")).contains("not a whole number from 1"), "{wrong}");
    }
    assert_eq!(invite("--max-invitations 250").max_invitations, Some(250));
}

#[test]
fn an_expected_plan_is_a_sha256_digest() {
    let digest = format!("sha256:{}", "0A".repeat(32));
    assert_eq!(invite(&format!("--expect-plan {digest}")).expect_plan, Some(digest.to_lowercase()));
    for wrong in ["sha256:12", "md5:00", &"0a".repeat(32)] {
        assert!(refused(&format!("--expect-plan {wrong}")).contains("64 hexadecimal digits"), "{wrong}");
    }
}

#[test]
fn a_wrong_window_is_told_both_forms() {
    for wrong in ["yesterday", "-25h", "0h", "25", "2026-01-01", "2026-13-01T00:00:00Z"] {
        assert!(refused(&format!("--since={wrong}")).contains("RFC 3339"), "{wrong}");
    }
}

#[test]
fn a_domain_with_an_at_is_told_which_part_counts() {
    let told = parse("invite --domain ann@contoso.com").unwrap_err().to_string();
    assert!(told.contains("the part after the @"), "{told}");
}

#[test]
fn flags_become_plain_settings() {
    let line = "invite --cloud dod --tenant-id 11111111-2222-3333-4444-555555555555 --domain a.example --domain b.example --auth managed-identity";
    let flags = config::Flags::from(&parse(line).unwrap().global);
    assert_eq!(
        (flags.cloud, flags.domains.len(), flags.auth),
        (Some(CloudName::UsGovDod), 2, Some(AuthMethod::ManagedIdentity))
    );
}

#[test]
fn a_call_for_the_version_asks_for_more_by_v_in_any_place() {
    let asks = |line: &str| {
        let args: Vec<OsString> = line.split_whitespace().map(Into::into).collect();
        Cli::asks_for_more(&args, &Environment::default())
    };
    for line in ["--version -v", "-v --version", "-V -v", "-vV", "-Vv", "--verbose -V", "invite -V -v", "-v history -V"]
    {
        assert!(asks(&format!("xcsync {line}")), "{line}");
    }
    for line in ["--version", "-V", "-V -V", "-V --quiet", "invite --version", "--cloud usgov -V"] {
        assert!(!asks(&format!("xcsync {line}")), "{line}");
    }
}
