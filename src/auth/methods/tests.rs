use super::*;
use crate::auth::testing::{CANARY, CLIENT, tenant};

fn environment(variables: &[&str]) -> Environment {
    variables.iter().fold(Environment::default(), |env, name| env.with(name, CANARY))
}

fn prepared(authority: &str, auth: AuthSettings, env: &Environment) -> Result<Method, AuthError> {
    let clients = HttpClients::new(None).expect("clients");
    prepare(&tenant(authority, auth), &clients, env)
}

const AUTHORITY: &str = "https://login.microsoftonline.us";

#[test]
fn auto_goes_by_variables_alone() {
    let secret = auto(&environment(&["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"]));
    assert!(matches!(secret, Ok(AuthSettings::ClientSecret { .. })));
    let identity = auto(&environment(&[]));
    assert_eq!(identity, Ok(AuthSettings::ManagedIdentity { client_id: None }));
    let assigned = auto(&environment(&["AZURE_CLIENT_ID"]));
    assert_eq!(assigned, Ok(AuthSettings::ManagedIdentity { client_id: Some(CANARY.to_owned()) }));
    // A secret without its application is nobody's.
    let lone = auto(&environment(&["AZURE_CLIENT_SECRET"]));
    assert_eq!(lone, Ok(AuthSettings::ManagedIdentity { client_id: None }));
}

#[test]
fn auto_says_what_this_version_can_t_do_instead_of_trying_something_else() {
    for variable in ["AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE"] {
        let error = auto(&environment(&["AZURE_CLIENT_ID", variable])).expect_err("refused");
        assert!(error.to_string().contains(variable) && error.hint().contains("client-secret"));
        assert_eq!(error.exit().code(), 2);
    }
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
    assert_eq!(method_name(&tenant, &secret), Ok("client-secret"));
    let nothing = Environment::default();
    assert_eq!(method_name(&tenant, &nothing), Ok("managed-identity"));
}
