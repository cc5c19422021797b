use super::*;
use xcsync::cloud::CloudName;
use xcsync::config::{AuthMethod, AuthSettings};
use xcsync::directory::{MailDomain, TenantId};

const TWO: &str = r#"
[tenants.gcch]
cloud = "GCCHigh"
tenant_id = "11111111-2222-3333-4444-555555555555"
[tenants.gcch.auth]
method = "managed-identity"
[tenants.gcch.invite]
domains = ["Contoso.com"]
home = "commercial"

[tenants.commercial]
cloud = "commercial"
tenant_id = "99999999-8888-7777-6666-555555555555"
"#;

fn loaded(text: &str, flags: Flags) -> Result<config::Configured, config::Problems> {
    let (_folder, path) = written(text);
    match config::load(&Flags { config: Some(path), ..flags }, &Environment::default())? {
        Loaded::Configured(configured) => Ok(*configured),
        Loaded::Sandbox => panic!("the sandbox"),
    }
}

fn names(tenants: &[config::Tenant]) -> Vec<&str> {
    tenants.iter().map(|tenant| tenant.name.as_str()).collect()
}

#[test]
fn all_tenants_are_selected_in_the_order_of_the_file() {
    let configured = loaded(TWO, Flags::default()).unwrap();
    assert_eq!(names(&configured.selected), ["gcch", "commercial"]);
}

fn selected(flags: Flags) -> Vec<String> {
    let configured = loaded(TWO, flags).unwrap();
    configured.selected.into_iter().map(|tenant| tenant.name).collect()
}

fn refused(flags: Flags) -> String {
    loaded(TWO, flags).unwrap_err().to_string()
}

fn tenants(names: &[&str]) -> Flags {
    Flags { tenants: names.iter().map(|name| (*name).to_owned()).collect(), ..Flags::default() }
}

#[test]
fn named_tenants_are_selected_in_the_order_of_the_file() {
    assert_eq!(selected(tenants(&["commercial", "gcch"])), ["gcch", "commercial"]);
    assert_eq!(selected(tenants(&["commercial"])), ["commercial"]);
}

#[test]
fn an_unknown_tenant_is_told_the_nearest_one() {
    let told = refused(tenants(&["gch", "elsewhere"]));
    assert!(told.contains("no tenant `gch`") && told.contains("did you mean `gcch`?"), "{told}");
    assert!(told.contains("no tenant `elsewhere`") && told.contains("the file has gcch, commercial"), "{told}");
}

#[test]
fn a_cloud_alone_selects_the_tenants_in_exactly_that_cloud() {
    let cloud = |cloud| Flags { cloud: Some(cloud), ..Flags::default() };
    assert_eq!(selected(cloud(CloudName::UsGov)), ["gcch"]);
    let told = refused(cloud(CloudName::UsGovDod));
    assert!(told.contains("no configured tenant is in the cloud usgov-dod"), "{told}");
    assert!(told.contains("gcch (usgov), commercial (commercial)"), "{told}");
}

#[test]
fn a_named_tenant_in_another_cloud_is_a_problem() {
    let told = refused(Flags { cloud: Some(CloudName::Commercial), ..tenants(&["gcch"]) });
    assert!(told.contains("the tenant `gcch` is in the cloud usgov, not commercial"), "{told}");
}

#[test]
fn homes_are_passed_over_unless_they_are_named() {
    let all = loaded(TWO, Flags::default()).unwrap();
    assert_eq!(all.to_invite().unwrap().len(), 1);
    let named = loaded(TWO, tenants(&["gcch", "commercial"])).unwrap();
    let told = named.to_invite().unwrap_err().to_string();
    assert!(told.contains("config.toml:11:10") && told.contains("no people to invite"), "{told}");
    let cloud = loaded(TWO, Flags { cloud: Some(CloudName::Commercial), ..Flags::default() }).unwrap();
    assert!(cloud.to_invite().is_err());
}

#[test]
fn the_sandbox_reads_no_file() {
    let flags = Flags { config: Some("/no/such/file".into()), cloud: Some(CloudName::Sandbox), ..Flags::default() };
    assert!(matches!(config::load(&flags, &Environment::default()), Ok(Loaded::Sandbox)));
}

#[test]
fn without_any_configuration_three_lines_tell_the_ways_on() {
    if Path::new("/etc/xcsync/config.toml").exists() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let told = config::load(&Flags::default(), &home(folder.path())).unwrap_err().to_string();
    insta::assert_snapshot!(told, @r"
    error: no configuration was found; write a commented one with `xcsync config init`,
      or give one tenant by flags: `xcsync invite --dry-run --cloud CLOUD --tenant-id GUID --domain DOMAIN`,
      or look first, without any permission: `xcsync invite --cloud sandbox`
    ");
}

#[cfg(target_os = "linux")]
#[test]
fn the_users_configuration_is_found_by_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".config/xcsync/config.toml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, TWO).unwrap();
    let Ok(Loaded::Configured(found)) = config::load(&Flags::default(), &home(folder.path())) else {
        panic!("the user's file")
    };
    assert_eq!(found.config.file, Some(file));
    assert_eq!(found.config.state.path, folder.path().join(".local/state/xcsync/xcsync.db"));
}

fn by_flags() -> Flags {
    Flags {
        cloud: Some(CloudName::UsGov),
        tenant_id: TenantId::parse("11111111-2222-3333-4444-555555555555"),
        domains: vec![MailDomain::parse("contoso.com").unwrap()],
        ..Flags::default()
    }
}

#[test]
fn one_tenant_can_be_given_by_flags_alone() {
    let Ok(Loaded::Configured(found)) = config::load(&by_flags(), &Environment::default()) else { panic!("a tenant") };
    let tenant = found.to_invite().unwrap()[0];
    assert_eq!((tenant.name.as_str(), tenant.auth.clone()), ("default", Some(AuthSettings::Auto)));
    let redirect = &tenant.invite.as_ref().unwrap().redirect_url;
    assert_eq!(redirect, "https://myapps.microsoft.us/?tenantid=11111111-2222-3333-4444-555555555555");
    assert_eq!(found.config.file, None);
}

#[test]
fn flags_that_contradict_each_other_are_told_all_at_once() {
    let flags =
        Flags { cloud: None, config: Some("x.toml".into()), auth: Some(AuthMethod::ClientSecret), ..by_flags() };
    let told = config::load(&flags, &Environment::default()).unwrap_err().to_string();
    for part in ["--config selects from", "--tenant-id needs --cloud", "client-secret needs --client-id", "3 problems"]
    {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn a_domain_without_a_tenant_id_is_not_ignored() {
    let told = refused(Flags { tenant_id: None, cloud: None, ..by_flags() });
    assert!(told.contains("--domain belongs to a tenant given by --tenant-id"), "{told}");
}

#[test]
fn the_secret_of_a_tenant_by_flags_comes_from_a_variable() {
    let id = "66666666-7777-8888-9999-000000000000".to_owned();
    let flags = Flags { auth: Some(AuthMethod::ClientSecret), client_id: Some(id), ..by_flags() };
    let Ok(Loaded::Configured(found)) = config::load(&flags, &Environment::default()) else { panic!("a tenant") };
    let told = found.check_references(&Environment::default()).unwrap_err().to_string();
    assert!(told.contains("the variable XCSYNC_CLIENT_SECRET is not set"), "{told}");
    let set = Environment::default().with("XCSYNC_CLIENT_SECRET", "hunter2");
    assert!(found.check_references(&set).is_ok());
}

#[test]
fn every_method_that_flags_can_describe_is_taken_by_flags() {
    let id = || Some("66666666-7777-8888-9999-000000000000".to_owned());
    let table = [
        (AuthMethod::Auto, None, None),
        (AuthMethod::Auto, id(), Some("--client-id does not belong to --auth auto")),
        (AuthMethod::ManagedIdentity, None, None),
        (AuthMethod::ManagedIdentity, id(), None),
        (AuthMethod::ClientSecret, id(), None),
        (AuthMethod::ClientSecret, None, Some("--auth client-secret needs --client-id")),
        (AuthMethod::ClientCertificate, id(), Some("certificate's file, which no flag names")),
        (AuthMethod::WorkloadIdentity, id(), None),
        (AuthMethod::WorkloadIdentity, None, Some("--auth workload-identity needs --client-id")),
        (AuthMethod::AzureCli, None, None),
        (AuthMethod::AzureCli, id(), Some("--client-id does not belong to --auth azure-cli")),
        (AuthMethod::AccessToken, None, None),
        (AuthMethod::AccessToken, id(), Some("--client-id does not belong to --auth access-token")),
    ];
    for (method, client_id, problem) in table {
        let told = config::load(&Flags { auth: Some(method), client_id, ..by_flags() }, &Environment::default());
        let told = told.err().map(|problems| problems.to_string());
        assert_eq!(told.is_some(), problem.is_some(), "{method:?}: {told:?}");
        assert!(told.unwrap_or_default().contains(problem.unwrap_or_default()));
    }
}

#[test]
fn the_federated_token_of_a_tenant_by_flags_is_where_the_hosts_variable_says() {
    let id = "66666666-7777-8888-9999-000000000000".to_owned();
    let flags = Flags { auth: Some(AuthMethod::WorkloadIdentity), client_id: Some(id), ..by_flags() };
    let Ok(Loaded::Configured(found)) = config::load(&flags, &Environment::default()) else { panic!("a tenant") };
    let told = found.check_references(&Environment::default()).unwrap_err().to_string();
    assert!(told.contains("the variable AZURE_FEDERATED_TOKEN_FILE is not set"), "{told}");
    let set = Environment::default().with("AZURE_FEDERATED_TOKEN_FILE", "/token");
    assert!(found.check_references(&set).is_ok());
}

#[test]
fn flags_can_replace_the_sign_in_of_one_configured_tenant() {
    let auth = |flags| Flags { auth: Some(AuthMethod::AccessToken), ..flags };
    let configured = loaded(TWO, auth(tenants(&["gcch"]))).unwrap();
    let token_env = "XCSYNC_ACCESS_TOKEN".to_owned();
    assert_eq!(configured.selected[0].auth, Some(AuthSettings::AccessToken { token_env }));
    assert!(refused(auth(Flags::default())).contains("several are selected"));
}

#[test]
fn settings_are_read_as_written_and_completed_by_defaults() {
    let configured = loaded(TWO, Flags::default()).unwrap();
    let gcch = &configured.config.tenants[0];
    let invite = gcch.invite.as_ref().unwrap();
    assert_eq!((gcch.cloud, invite.domains[0].as_str()), (CloudName::UsGov, "contoso.com"));
    assert_eq!(invite.lookback.as_secs(), 25 * 3600);
    assert_eq!(gcch.auth, Some(AuthSettings::ManagedIdentity { client_id: None }));
    assert_eq!(configured.config.tenants[1].auth, None);
}

#[test]
fn relative_paths_begin_at_the_folder_of_the_file() {
    let (folder, path) = written(&format!("state = \"ledger.db\"\n{TWO}"));
    let config = config::read(&path, &Environment::default()).unwrap();
    assert_eq!(config.state.path, folder.path().join("ledger.db"));
}
