//! The script for the additional Entra Connect server.

use super::call;
use super::powershell::{assert_parses, commands};

async fn script(arguments: &[&str]) -> String {
    let ended = call(&[&["connect-rule"], arguments].concat()).await;
    assert_eq!((ended.exit, ended.stderr.as_str()), (0, ""), "{ended:?}");
    ended.stdout
}

#[tokio::test]
async fn the_rule_is_printed_without_a_configuration_and_parses() {
    for arguments in [&[][..], &["--upn-to", "extensionAttribute15"]] {
        assert_parses(&script(arguments).await);
    }
}

#[tokio::test]
async fn the_rule_is_the_one_that_was_promised() {
    let script = script(&[]).await;
    for part in [
        "[int] $Precedence = 90,",
        "Direction                = 'Outbound'",
        "Destination = 'onPremisesUserPrincipalName'; FlowType = 'Expression'; ValueMergeType = 'Update'; Expression = 'AuthoritativeNull'",
        "Destination = 'msExchRecipientDisplayType'; FlowType = 'Constant'; ValueMergeType = 'Update'; Source = @('6')",
        "Destination = 'msExchRecipientTypeDetails'; FlowType = 'Constant'; ValueMergeType = 'Update'; Source = @('128')",
        "[string] $UpnTo = ''",
        "[CmdletBinding(SupportsShouldProcess = $true)]",
    ] {
        assert!(script.contains(part), "{part}");
    }
}

#[tokio::test]
async fn nothing_is_changed_before_server_and_tenant_are_known() {
    let script = script(&[]).await;
    let commands = commands(&script);
    let place = |name: &str| commands.iter().position(|command| command == name).unwrap_or_else(|| panic!("{name}"));
    let first_change = ["Set-ADSyncScheduler", "New-ADSyncRule", "Add-ADSyncRule", "Start-ADSyncSyncCycle"].map(place);
    assert!(first_change.iter().all(|change| *change > place("Get-ADSyncConnector")), "{commands:?}");
    assert!(first_change.iter().all(|change| *change > place("Get-ADSyncRule")), "{commands:?}");
    let guard = script.find("not into {2}").unwrap();
    assert!(guard < script.find("$PSCmdlet.ShouldProcess").unwrap());
    assert!(
        script.find("$PSCmdlet.ShouldProcess").unwrap()
            < script.find("Set-ADSyncScheduler -SyncCycleEnabled $false").unwrap()
    );
}

#[tokio::test]
async fn the_schedulers_state_is_put_back_whatever_happens() {
    let script = script(&[]).await;
    let last = script.rfind("finally {").unwrap();
    let restored = script.rfind("    Set-ADSyncScheduler -SyncCycleEnabled $true").unwrap();
    let cycle = script.find("Start-ADSyncSyncCycle -PolicyType Initial").unwrap();
    assert!(last < restored && restored < cycle);
}

#[tokio::test]
async fn the_upn_goes_into_an_extension_attribute_and_nowhere_else() {
    assert!(script(&["--upn-to", "extensionAttribute15"]).await.contains("$UpnTo = 'extensionAttribute15'"));
    for wrong in ["department", "extensionAttribute16", "'; Remove-Item C:\\ #"] {
        let ended = call(&["connect-rule", "--upn-to", wrong]).await;
        assert_eq!((ended.exit, ended.stdout.as_str()), (2, ""), "{wrong}");
        assert!(ended.stderr.contains("extensionAttribute1 to extensionAttribute15"), "{ended:?}");
    }
}

#[tokio::test]
async fn programs_get_the_script_as_a_text_and_tables_have_no_place_for_it() {
    let json = call(&["connect-rule", "-o", "json"]).await.json();
    assert_eq!((&json["schema"], &json["exit_code"]), (&"xcsync.setup/1".into(), &0.into()));
    assert_eq!(json["scripts"][0]["text"], script(&[]).await);
    let csv = call(&["connect-rule", "-o", "csv"]).await;
    assert_eq!((csv.exit, csv.stdout.as_str()), (2, ""), "{csv:?}");
}
