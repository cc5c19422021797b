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
    let (work, rest) = script.split_once("\nfinally {\n").unwrap();
    let (_, work) = work.rsplit_once("\ntry {\n").unwrap();
    let (restored, after) = rest.split_once("\n}\n").unwrap();
    assert!(work.contains("    Set-ADSyncScheduler -SyncCycleEnabled $false\n") && work.contains("Add-ADSyncRule"));
    assert!(
        restored.contains("if ($wasEnabled) {") && restored.contains(" Set-ADSyncScheduler -SyncCycleEnabled $true\n")
    );
    assert!(restored.contains("The scheduler is OFF and could not be switched on again"), "{restored}");
    assert!(after.contains("Start-ADSyncSyncCycle -PolicyType Initial | Out-Null"));
}

#[tokio::test]
async fn no_rule_is_made_while_a_cycle_runs_also_where_it_began_just_before() {
    let script = script(&[]).await;
    let off = script.find("    Set-ADSyncScheduler -SyncCycleEnabled $false\n").unwrap();
    let looks: Vec<_> = script.match_indices("SyncCycleInProgress) {\n").map(|(place, _)| place).collect();
    let created = script.find("@(New-ADSyncRule").unwrap();
    assert!(looks[0] < off && off < looks[1] && looks[1] < created, "{looks:?}");
}

#[tokio::test]
async fn the_connector_is_known_by_its_type_and_the_tenant_by_any_name_that_begins_with_a_domain() {
    let script = script(&[]).await;
    assert!(script.contains("\"$($_.SubType)\" -match 'Azure Active Directory|Microsoft Entra'"));
    assert!(script.contains(r"$Connector.Name -match '^(?<domain>[a-z0-9-]+(\.[a-z0-9-]+)+)(\s|$)'"));
    assert!(!script.contains(r"- AAD$"), "other versions name it otherwise");
}

#[tokio::test]
async fn whom_the_rule_covers_and_what_proves_it_is_said() {
    let script = script(&[]).await;
    assert!(script.contains("no scoping filter: it covers every user whom this server brings"));
    let (_, end) = script.split_once("Write-Host 'To verify").unwrap();
    assert!(end.contains("msExchRecipientDisplayType is 6") && end.contains("xcsync invite --user"), "{end}");
    assert!(end.contains("an onPremisesUserPrincipalName is no sign"), "{end}");
    let help = call(&["connect-rule", "--help"]).await.stdout;
    assert!(help.contains("covers every user whom that server brings"), "{help}");
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
