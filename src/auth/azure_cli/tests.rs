use super::*;
use crate::config::AuthSettings;

fn cli(cloud: CloudName) -> AzureCli {
    let tenant = crate::auth::testing::tenant("https://login.microsoftonline.us", AuthSettings::AzureCli);
    AzureCli::new(&Tenant { cloud, ..tenant }, &Environment::default())
}

fn account(cloud: &str, tenant: &str) -> Account {
    Account { environment_name: cloud.to_owned(), tenant_id: tenant.to_owned() }
}

#[test]
fn the_cloud_and_the_tenant_of_the_cli_must_be_the_configured_ones() {
    let (ours, other) = (crate::auth::testing::TENANT, "99999999-8888-7777-6666-555555555555");
    let table = [
        (CloudName::UsGov, "AzureUSGovernment", ours, None),
        (CloudName::UsGovDod, "azureusgovernment", ours, None),
        (CloudName::Commercial, "AzureCloud", ours, None),
        (CloudName::Custom, "my-lab", ours, None),
        (CloudName::UsGov, "AzureCloud", ours, Some("az cloud set --name AzureUSGovernment")),
        (CloudName::Commercial, "AzureUSGovernment", ours, Some("az cloud set --name AzureCloud")),
        (CloudName::Commercial, "AzureCloud", other, Some("az login --tenant 11111111-")),
        (CloudName::Custom, "my-lab", "contoso.com", Some("az login --tenant 11111111-")),
        (CloudName::UsGov, "", "", Some("az cloud set")),
    ];
    for (cloud, name, tenant, remedy) in table {
        let compared = cli(cloud).compare(&account(name, tenant));
        let found = compared.as_ref().err().map(AuthError::hint);
        assert_eq!(found.is_some(), remedy.is_some(), "{cloud} {name} {tenant}: {compared:?}");
        assert!(found.unwrap_or_default().contains(remedy.unwrap_or_default()), "{compared:?}");
        assert!(compared.err().is_none_or(|error| error.exit().code() == 4));
    }
}

#[test]
fn what_az_says_becomes_our_own_words() {
    let table = [
        (Some(127), "/bin/sh: 1: az: not found", "auth-settings", 2),
        (Some(1), "'az' is not recognized as an internal or external command", "auth-settings", 2),
        (Some(9009), "Der Befehl \"az\" ist entweder falsch geschrieben", "auth-settings", 2),
        (Some(1), "ERROR: Please run 'az login' to setup account.", "azure-cli", 4),
        (Some(1), "ERROR: AADSTS50076: canary@contoso.com must use MFA. Run az login", "AADSTS50076", 4),
        (Some(1), "HTTPSConnectionPool(host='login'): Max retries exceeded", "authority-unreachable", 7),
        (Some(3), "Traceback canary@contoso.com", "azure-cli", 4),
        (None, "", "azure-cli", 4),
    ];
    for (code, stderr, name, exit) in table {
        let failure = failure(code, stderr);
        assert_eq!((failure.code().as_str(), failure.exit().code()), (name, exit), "{stderr}");
        assert!(!format!("{failure} {failure:?} {}", failure.hint()).contains("canary"), "{failure:?}");
    }
}

#[test]
fn az_is_looked_for_in_whole_folders_of_the_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let env = |path: &str| Environment::default().with("PATH", path);
    let path = folder.path().to_str().expect("UTF-8");
    assert!(!is_on_the_path(&env(path)));
    std::fs::write(folder.path().join(if cfg!(windows) { "az.cmd" } else { "az" }), "").expect("written");
    assert!(is_on_the_path(&env(path)));
    assert!(!is_on_the_path(&env(".")) && !is_on_the_path(&Environment::default()));
}
