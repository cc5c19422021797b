use super::managed::{imds_stand_in, refuse_unsupported_host};
use super::*;
use crate::auth::testing::{CANARY, CLIENT, noon, tenant};
use crate::config::TokenFile;
use crate::world::Clock;

fn environment(variables: &[&str]) -> Environment {
    variables.iter().fold(Environment::default(), |env, name| env.with(name, CANARY))
}

fn host(env: &Environment) -> Host<'_> {
    Host { env, clock: Clock::at(noon()), attended: false }
}

fn prepared(authority: &str, auth: AuthSettings, env: &Environment) -> Result<Method, AuthError> {
    let clients = HttpClients::new(None).expect("clients");
    prepare(&tenant(authority, auth), &clients, host(env))
}

const AUTHORITY: &str = "https://login.microsoftonline.us";

/// What `auto` chooses where nobody looks on, and where somebody does at a machine with the Azure CLI.
fn chosen(variables: &[&str]) -> [Result<AuthMethod, AuthError>; 2] {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(if cfg!(windows) { "az.cmd" } else { "az" }), "").expect("written");
    let env = environment(variables).with("PATH", folder.path().to_str().expect("UTF-8"));
    [false, true].map(|attended| auto(Host { attended, ..host(&env) }).map(|settings| method_of(&settings)))
}

#[test]
fn auto_goes_by_the_facts_of_the_host_in_the_order_of_the_specification() {
    use AuthMethod::{AzureCli, ClientCertificate, ClientSecret, ManagedIdentity, WorkloadIdentity};
    let (id, secret) = ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET");
    let (certificate, federated) = ("AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE");
    let table: [(&[&str], AuthMethod, AuthMethod); 9] = [
        (&[id, secret, certificate, federated, "IDENTITY_ENDPOINT"], ClientSecret, ClientSecret),
        (&[id, certificate, federated, "IDENTITY_ENDPOINT"], ClientCertificate, ClientCertificate),
        (&[id, federated, "IDENTITY_ENDPOINT"], WorkloadIdentity, WorkloadIdentity),
        (&["IDENTITY_ENDPOINT"], ManagedIdentity, ManagedIdentity),
        (&[id, "IDENTITY_ENDPOINT"], ManagedIdentity, ManagedIdentity),
        // Only a person at a terminal means their own account.
        (&[], ManagedIdentity, AzureCli),
        (&[id], ManagedIdentity, AzureCli),
        // A secret or a certificate without its application is nobody's.
        (&[secret], ManagedIdentity, AzureCli),
        (&[certificate], ManagedIdentity, AzureCli),
    ];
    for (variables, alone, attended) in table {
        assert_eq!(chosen(variables), [Ok(alone), Ok(attended)], "{variables:?}");
    }
}

#[test]
fn a_user_assigned_identity_is_named_by_the_variable_of_microsofts_libraries() {
    let settings = auto(host(&environment(&["AZURE_CLIENT_ID", "IDENTITY_ENDPOINT"])));
    assert_eq!(settings, Ok(AuthSettings::ManagedIdentity { client_id: Some(CANARY.to_owned()) }));
}

#[test]
fn a_federated_token_without_its_application_is_told_as_such() {
    let error = auto(host(&environment(&["AZURE_FEDERATED_TOKEN_FILE"]))).expect_err("refused");
    assert!(error.to_string().contains("AZURE_CLIENT_ID is not") && error.exit().code() == 2, "{error}");
}

#[test]
fn a_secret_never_goes_over_plain_http_but_on_loopback() {
    let table = [
        ("https://login.microsoftonline.us", true),
        ("http://127.0.0.1:8080", true),
        ("http://localhost:8080", true),
        ("http://[::1]:8080", true),
        ("http://login.microsoftonline.us", false),
        ("http://127.0.0.1.example", false),
        ("http://localhost.example", false),
        ("ftp://127.0.0.1", false),
        ("https://login.microsoftonline.us/common", false),
        ("login.microsoftonline.us", false),
        ("", false),
    ];
    let env = environment(&["SECRET"]);
    for (authority, right) in table {
        let auth =
            AuthSettings::ClientSecret { client_id: CLIENT.to_owned(), secret: SecretSource::Env("SECRET".to_owned()) };
        assert_eq!(prepared(authority, auth, &env).is_ok(), right, "{authority}");
    }
}

#[test]
fn hosts_with_another_protocol_are_named() {
    let table: [(&[&str], &str); 3] = [
        (&["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT"], "Service Fabric"),
        (&["MSI_ENDPOINT"], "Cloud Shell"),
        (&["MSI_ENDPOINT", "MSI_SECRET"], "Azure Machine Learning"),
    ];
    for (variables, host) in table {
        let error = refuse_unsupported_host(&environment(variables)).expect_err("refused");
        assert!(error.to_string().contains(host), "{error}");
    }
    for variables in [&["IDENTITY_ENDPOINT", "IDENTITY_HEADER"] as &[_], &[]] {
        assert_eq!(refuse_unsupported_host(&environment(variables)), Ok(()));
    }
}

#[test]
fn the_metadata_service_moves_to_loopback_only() {
    let moved = |value| imds_stand_in(&Environment::default().with("AZURE_POD_IDENTITY_AUTHORITY_HOST", value));
    assert!(moved("http://127.0.0.1:4000").is_ok_and(|url| url.is_some()));
    for elsewhere in ["http://10.0.0.1", "https://127.0.0.1", "http://imds.example", "x"] {
        assert!(moved(elsewhere).is_err(), "{elsewhere}");
    }
    assert_eq!(imds_stand_in(&Environment::default()), Ok(None));
}

#[test]
fn a_missing_token_variable_is_named() {
    let auth = AuthSettings::AccessToken { token_env: "XCSYNC_ACCESS_TOKEN".to_owned() };
    let error = prepared(AUTHORITY, auth, &Environment::default()).err().expect("refused");
    assert!(error.to_string().contains("XCSYNC_ACCESS_TOKEN"), "{error}");
    assert_eq!(error.exit().code(), 2);
}

#[test]
fn a_given_token_with_a_blank_is_refused_before_it_is_used() {
    let auth = AuthSettings::AccessToken { token_env: "TOKEN".to_owned() };
    let env = Environment::default().with("TOKEN", "Bearer x");
    let error = prepared(AUTHORITY, auth, &env).err().expect("refused");
    assert_eq!(error.code(), "given-token");
}

#[test]
fn the_method_is_named_with_auto_resolved() {
    let tenant = tenant(AUTHORITY, AuthSettings::Auto);
    let secret = environment(&["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"]);
    assert_eq!(method_name(&tenant, host(&secret)), Ok("client-secret"));
    let nothing = Environment::default();
    assert_eq!(method_name(&tenant, host(&nothing)), Ok("managed-identity"));
}

#[test]
fn a_federated_token_is_read_anew_and_without_its_line_end() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let settings = entra::token_file(&TokenFile::Path(file.path().to_owned()), &Environment::default());
    let read = || entra::federated_token(settings.as_ref().expect("a path")).map(|t| t.expose_secret().to_owned());
    for (content, token) in
        [("one\n", Some("one")), ("  two \r\n", Some("two")), ("", None), ("a b", None), ("\u{fc}", None)]
    {
        std::fs::write(file.path(), content).expect("written");
        assert_eq!(read().ok().as_deref(), token, "{content:?}");
    }
    let error = read().expect_err("no token");
    assert!(error.exit().code() == 2 && error.to_string().contains("holds no token"), "{error}");
}

#[test]
fn without_a_file_or_its_variable_there_is_no_federated_token() {
    let error = entra::token_file(&TokenFile::OfVariable, &Environment::default()).expect_err("nothing names it");
    assert!(error.to_string().contains("AZURE_FEDERATED_TOKEN_FILE"), "{error}");
}
