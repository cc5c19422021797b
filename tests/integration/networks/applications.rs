//! Applications that sign in with a certificate, or with the token of an issuer that they trust. The emulator verifies both.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use serde_json::{Value, json};
use xcsync::sandbox::{Certificate, FederatedCredential};
use xcsync::world::Clock;

use super::sign_in::{restrict, signs_in};
use super::{says, tenant};
use crate::context::{Gateway, Tenant, new_people};

/// Made once: an RSA key takes a moment.
pub(super) fn keys() -> &'static [KeyPair; 2] {
    static KEYS: OnceLock<[KeyPair; 2]> = OnceLock::new();
    KEYS.get_or_init(|| [(), ()].map(|()| KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap()))
}

pub(super) fn certificate(key: &KeyPair) -> rcgen::Certificate {
    CertificateParams::new(vec!["xcsync.test".to_owned()]).unwrap().self_signed(key).unwrap()
}

/// A tenant whose application has a certificate, and signs in with that of a key, as `lines` of a PEM file.
pub(super) fn by_certificate(tenant: Tenant, uploaded: &KeyPair, pem: &str) -> Tenant {
    let known =
        Certificate { der: certificate(uploaded).der().to_vec(), public_key: uploaded.public_key_raw().to_vec() };
    tenant.graph.edit(|graph| graph.application.certificates.push(known));
    let path = private_file(tenant.folder.path(), "gcch.pem", pem);
    let client = tenant.client_id();
    let lines = format!("method = \"client-certificate\"\nclient_id = \"{client}\"\ncertificate_file = {path:?}");
    tenant.set("auth", &lines)
}

fn private_file(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    restrict(&path, 0o600);
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_signs_in_with_one_request_out_of_whatever_chain_it_stands_in() {
    let [key, other] = keys();
    let (own, above, private) = (certificate(key).pem(), certificate(other).pem(), key.serialize_pem());
    for pem in [format!("{own}{private}"), format!("{private}{above}{own}")] {
        let tenant = by_certificate(tenant().await, key, &pem);
        assert_eq!(signs_in(&tenant, &[]).await.0, [1, 0, 0], "{pem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn auto_takes_the_certificate_that_the_environment_names() {
    let [key, _] = keys();
    let tenant = by_certificate(tenant().await, key, &format!("{}{}", certificate(key).pem(), key.serialize_pem()));
    let (client, file) = (tenant.client_id(), tenant.folder.path().join("gcch.pem"));
    let tenant = tenant.reset("auth").set("auth", "method = \"auto\"");
    let variables = [("AZURE_CLIENT_ID", client.as_str()), ("AZURE_CLIENT_CERTIFICATE_PATH", file.to_str().unwrap())];
    let (asked, ended) = signs_in(&tenant, &variables).await;
    assert_eq!(asked, [1, 0, 0]);
    says(&ended.stderr, &["method=\"client-certificate\""]);
}

/// Runs lines of a shell in a folder.
#[cfg(unix)]
fn shell(folder: &Path, lines: &str) -> Vec<u8> {
    let output = std::process::Command::new("sh").args(["-ec", lines]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{lines}: {output:?}");
    output.stdout
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_openssl_makes_by_the_readmes_commands_signs_in_as_two_files_and_out_of_a_pfx() {
    if std::process::Command::new("openssl").arg("version").output().is_err() {
        return crate::context::say("skipped: openssl can't be run");
    }
    let readme = include_str!("../../../README.md");
    let made = readme.split("```sh\n").find(|block| block.starts_with("openssl req")).unwrap();
    let (made, rest) = made.split_once("```").unwrap();
    let unpacked = rest.split('`').find(|code| code.starts_with("openssl pkcs12")).unwrap();
    let tenant = tenant().await;
    let folder = tenant.folder.path().to_owned();
    shell(&folder, made);
    shell(&folder, "openssl pkcs12 -export -inkey gcch.key -in gcch.crt -out gcch.pfx -passout pass:1");
    shell(&folder, &format!("{unpacked} -passin pass:1; chmod 600 gcch.pem"));
    let der = shell(&folder, "openssl x509 -in gcch.crt -outform DER");
    let public_key = shell(&folder, "openssl rsa -in gcch.key -RSAPublicKey_out -outform DER");
    tenant.graph.edit(|graph| graph.application.certificates.push(Certificate { der, public_key }));
    let (client, place) = (tenant.client_id(), |name| folder.join(name));
    let two = format!("certificate_file = {:?}\nkey_file = {:?}", place("gcch.crt"), place("gcch.key"));
    let one = format!("certificate_file = {:?}", place("gcch.pem"));
    let mut tenant = tenant;
    for (files, asked) in [(two, 1), (one, 2)] {
        let lines = format!("method = \"client-certificate\"\nclient_id = \"{client}\"\n{files}");
        tenant = tenant.reset("auth").set("auth", &lines);
        assert_eq!(signs_in(&tenant, &[]).await.0, [asked, 0, 0], "{files}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_the_applications_is_refused_once_and_explained() {
    let [key, other] = keys();
    let tenant = by_certificate(tenant().await, other, &format!("{}{}", certificate(key).pem(), key.serialize_pem()));
    let ended = tenant.dry(&[]).await;
    let [code, message, hint] = ended.error();
    assert_eq!((ended.exit, code.as_str(), tenant.asked()), (4, "AADSTS700027", [1, 0, 0]), "{ended:?}");
    says(&message, &["The key was not found", "nothing is sent"]);
    says(&hint, &["upload its public part"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_whose_clock_is_off_is_told_that_its_assertion_is_out_of_time() {
    let [key, _] = keys();
    let tenant = by_certificate(tenant().await, key, &format!("{}{}", certificate(key).pem(), key.serialize_pem()));
    tenant.graph.edit(|graph| graph.now += chrono::TimeDelta::hours(2));
    let ended = tenant.dry(&[]).await;
    let [code, _, hint] = ended.error();
    assert_eq!((ended.exit, code.as_str(), tenant.asked()), (4, "AADSTS700024", [1, 0, 0]), "{ended:?}");
    says(&hint, &["clock"]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_others_may_read_is_refused_with_the_command_that_mends_it() {
    let [key, _] = keys();
    let tenant = by_certificate(tenant().await, key, &format!("{}{}", certificate(key).pem(), key.serialize_pem()));
    let path = tenant.folder.path().join("gcch.pem");
    restrict(&path, 0o644);
    let ended = tenant.dry(&[]).await;
    assert_eq!((ended.exit, tenant.asked()), (2, [0, 0, 0]), "{ended:?}");
    says(&ended.json()["error"]["message"].to_string(), &[&format!("chmod o-rwx '{}'", path.display())]);
    // Named by a variable, the file is not in the configuration that could be checked.
    let client = tenant.client_id();
    let tenant = tenant.reset("auth").set("auth", "method = \"auto\"");
    let variables = [("AZURE_CLIENT_ID", client.as_str()), ("AZURE_CLIENT_CERTIFICATE_PATH", path.to_str().unwrap())];
    let ended = tenant.dry(&variables).await;
    let [_, _, hint] = ended.error();
    assert_eq!((ended.exit, tenant.asked()), (2, [0, 0, 0]), "{ended:?}");
    says(&hint, &[&format!("chmod o-rwx '{}'", path.display())]);
}

const ISSUER: &str = "https://oidc.cluster.test/";
const SUBJECT: &str = "system:serviceaccount:identity:xcsync";
/// What a US Government tenant expects.
const AUDIENCE: &str = "api://AzureADTokenExchangeUSGov";

/// A token of a cluster's issuer that lives so many seconds from now.
pub(super) fn federated_token(key: &KeyPair, now: i64, life: i64, claims: &Value) -> String {
    let mut all = json!({ "iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE, "nbf": now, "exp": now + life });
    all.as_object_mut().unwrap().extend(claims.as_object().cloned().unwrap_or_default());
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", part(&json!({ "alg": "RS256", "typ": "JWT" })), part(&all));
    let pair = RsaKeyPair::from_pkcs8(&key.serialize_der()).unwrap();
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn trust(tenant: &Tenant, key: &KeyPair) {
    let credential = FederatedCredential {
        issuer: ISSUER.to_owned(),
        subject: SUBJECT.to_owned(),
        audience: AUDIENCE.to_owned(),
        public_key: key.public_key_raw().to_vec(),
    };
    tenant.graph.edit(|graph| graph.application.federated = vec![credential]);
}

/// A tenant whose application trusts a cluster, with the token in a file that every account of the container may read.
pub(super) fn by_federated_token(tenant: Tenant, key: &KeyPair, token: &str) -> Tenant {
    trust(&tenant, key);
    let path = tenant.folder.path().join("token");
    std::fs::write(&path, token).unwrap();
    restrict(&path, 0o644);
    let client = tenant.client_id();
    let lines = format!("method = \"workload-identity\"\nclient_id = \"{client}\"\ntoken_file = {path:?}");
    tenant.set("auth", &lines)
}

pub(super) fn seconds() -> i64 {
    Clock::local().now().timestamp()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_a_trusted_issuer_signs_in_whatever_line_end_it_has() {
    let [key, _] = keys();
    let token = federated_token(key, seconds(), 3600, &Value::Null);
    for content in [token.clone(), format!("{token}\n"), format!(" {token}\r\n")] {
        let tenant = by_federated_token(tenant().await, key, &content);
        assert_eq!(signs_in(&tenant, &[]).await.0, [1, 0, 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn auto_takes_the_workload_identity_that_kubernetes_names() {
    let [key, _] = keys();
    let tenant = by_federated_token(tenant().await, key, &federated_token(key, seconds(), 3600, &Value::Null));
    let (client, file) = (tenant.client_id(), tenant.folder.path().join("token"));
    let tenant = tenant.reset("auth").set("auth", "method = \"auto\"");
    let variables = [("AZURE_CLIENT_ID", client.as_str()), ("AZURE_FEDERATED_TOKEN_FILE", file.to_str().unwrap())];
    let (asked, ended) = signs_in(&tenant, &variables).await;
    assert_eq!(asked, [1, 0, 0]);
    says(&ended.stderr, &["method=\"workload-identity\""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_federated_token_that_entra_does_not_accept_is_refused_once_and_explained() {
    let [key, other] = keys();
    let now = seconds();
    let table = [
        (federated_token(other, now, 3600, &Value::Null), "AADSTS700027"),
        (federated_token(key, now - 7200, 3600, &Value::Null), "AADSTS700024"),
        (federated_token(key, now, 3600, &json!({ "iss": "https://elsewhere.test" })), "AADSTS700211"),
        (federated_token(key, now, 3600, &json!({ "aud": "api://AzureADTokenExchange" })), "AADSTS700212"),
        (federated_token(key, now, 3600, &json!({ "sub": "system:serviceaccount:x:y" })), "AADSTS700213"),
        ("no.jwt.".to_owned(), "AADSTS50027"),
    ];
    for (token, expected) in table {
        let tenant = by_federated_token(tenant().await, key, &token);
        let ended = tenant.dry(&[]).await;
        let [code, message, hint] = ended.error();
        assert_eq!((ended.exit, code.as_str(), tenant.asked()), (4, expected, [1, 0, 0]), "{ended:?}");
        says(&message, &[expected, "nothing is sent"]);
        assert!(!hint.contains("look the code up"), "{expected} is not in the table");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_federated_token_that_is_missing_or_empty_is_told_before_anybody_is_asked() {
    let [key, _] = keys();
    let empty = by_federated_token(tenant().await, key, "\n");
    let missing = by_federated_token(tenant().await, key, "");
    std::fs::remove_file(missing.folder.path().join("token")).unwrap();
    for (tenant, words) in [(empty, "holds no token"), (missing, "the file does not exist")] {
        let ended = tenant.dry(&[]).await;
        assert_eq!((ended.exit, tenant.asked()), (2, [0, 0, 0]), "{ended:?}");
        says(&ended.stdout, &[words]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_federated_token_that_its_issuer_has_renewed_is_read_anew_in_the_same_run() {
    let [key, next] = keys();
    let tenant = Tenant::with(new_people(40)).await;
    tenant.graph.edit(|graph| graph.identity.token_lifetime = std::time::Duration::from_secs(310));
    let now = tenant.graph.now().timestamp();
    let tenant = by_federated_token(tenant, key, &federated_token(key, now, 3600, &Value::Null));
    let renew = async {
        Gateway::after_posts(&tenant.graph, 3).await;
        std::fs::write(tenant.folder.path().join("token"), federated_token(next, now, 3600, &Value::Null)).unwrap();
        trust(&tenant, next);
    };
    let (ended, ()) = tokio::join!(tenant.run(&["-o", "json"]), renew);
    assert_eq!((ended.exit, &ended.run()["counts"]["invited"]), (0, &40.into()), "{ended:?}");
    assert!(tenant.graph.asked().token > 2, "renewed after the change");
    assert!(!ended.stderr.contains("not renewed"), "{}", ended.stderr);
}

#[tokio::test(start_paused = true)]
async fn a_federated_token_that_vanishes_while_people_are_sent_to_ends_the_run_as_a_sign_in_that_fails() {
    let [key, _] = keys();
    let tenant = Tenant::with(new_people(40)).await;
    tenant.graph.edit(|graph| graph.identity.token_lifetime = std::time::Duration::from_secs(15));
    let now = tenant.graph.now().timestamp();
    let tenant = by_federated_token(tenant, key, &federated_token(key, now, 3600, &Value::Null));
    let vanish = async {
        Gateway::after_posts(&tenant.graph, 3).await;
        std::fs::remove_file(tenant.folder.path().join("token")).unwrap();
    };
    let (ended, ()) = tokio::join!(tenant.run(&["-o", "json"]), vanish);
    let (run, token) = (ended.run(), tenant.folder.path().join("token"));
    let (code, sent) = (&run["error"]["code"], run["counts"]["not_attempted"].as_u64().map(|left| 40 - left));
    assert_eq!((ended.exit, code), (4, &"auth-settings".into()), "{run:#}");
    assert!(sent.is_some_and(|sent| sent >= 3), "{run:#}");
    says(&run["error"]["message"].to_string(), &[&token.display().to_string(), "left to the next run"]);
}
