//! The script of each side.

use uuid::Uuid;
use xcsync::access::Side;
use xcsync::directory::TenantId;
use xcsync::setup::tenant::{Half, OtherCloud, script};

use super::{pair, set_up, tenant};
use crate::setup::powershell::{assert_parses, commands};

#[tokio::test(start_paused = true)]
async fn each_side_has_a_script_of_its_own_and_nobody_is_asked() {
    let pair = pair().await;
    let all = tenant(&pair, &["--powershell"]).await.json();
    for (place, side, environment, cloud, invites) in
        [(0, "tenant", "USGov", "microsoftonline.com", "$true"), (1, "home", "Global", "microsoftonline.us", "$false")]
    {
        let text = set_up(&pair, &["tenant", "--side", side, "--powershell"]).await.stdout;
        assert_eq!(
            (&all["scripts"][place]["text"], &all["scripts"][place]["side"]),
            (&text.as_str().into(), &side.into())
        );
        assert_parses(&text);
        for part in [
            format!("$environment = '{environment}'\n"),
            format!("$otherCloud = '{cloud}'\n"),
            format!("$invites = {invites}\n"),
        ] {
            assert!(text.contains(&part), "{part}");
        }
    }
    assert!(pair.graph.traffic().is_empty() && pair.home().graph.traffic().is_empty());
}

#[tokio::test(start_paused = true)]
async fn two_scripts_are_not_printed_into_one_file() {
    let pair = pair().await;
    let ended = set_up(&pair, &["tenant", "--powershell"]).await;
    assert_eq!((ended.exit, ended.stdout.as_str()), (2, ""));
    assert!(ended.stderr.contains("--side home"), "{ended:?}");
}

fn half(name: &str) -> Half {
    let id = |n| TenantId::parse(&Uuid::from_u128(n).to_string()).unwrap();
    Half {
        name: name.to_owned(),
        id: id(1),
        other_name: name.to_owned(),
        other: id(2),
        other_cloud: OtherCloud::Named("microsoftonline.us"),
        sides: vec![Side::Tenant],
    }
}

#[test]
fn the_script_stops_in_the_wrong_tenant_before_its_first_change() {
    let text = script(&half("gcch"), "USGov");
    let guard = text.find("$context.TenantId -ne $tenantId").unwrap();
    assert!(text.find("Connect-MgGraph -Environment").unwrap() < guard);
    assert!(text.match_indices("Write-Graph -Method").all(|(place, _)| place > guard));
    assert!(text.contains(&format!("$tenantId = '{}'", Uuid::from_u128(1))));
    assert!(text.contains("-Scopes 'Policy.Read.All', 'Policy.ReadWrite.CrossTenantAccess'"));
}

#[test]
fn whatever_a_tenant_is_called_the_script_does_the_same() {
    let expected = commands(&script(&half("gcch"), "USGov"));
    assert!(expected.iter().any(|name| name == "Invoke-MgGraphRequest"), "{expected:?}");
    for name in [
        "'; Remove-Item C:\\ -Recurse #",
        "\u{2019}; Remove-Item C:\\ #",
        "\u{201a}\u{201b}\u{2018}'\n Remove-Item C:\\",
        "$(Remove-Item C:\\)",
        "`'; Remove-Item\r\n",
        "#> Remove-Item <#",
        "__TENANT_ID__",
        "山\u{202e}\u{0}",
        "'@ Remove-Item",
    ] {
        let text = script(&half(name), "USGov");
        assert_parses(&text);
        assert_eq!(commands(&text), expected, "{name}");
    }
}

#[test]
fn the_limit_of_the_policy_and_the_times_are_said_where_they_matter() {
    let text = script(&half("gcch"), "USGov");
    let refused = text.lines().find(|line| line.contains("was refused")).unwrap();
    assert!(refused.contains("25 KB") && refused.contains("stays changed"), "{refused}");
    let end = text.lines().last().unwrap();
    assert!(end.contains("15 to 60 minutes") && end.contains("xcsync check"), "{end}");
}
