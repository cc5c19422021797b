use std::path::PathBuf;
use std::sync::OnceLock;

use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use azure_core::base64::{decode_url_safe, encode};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::*;
use crate::auth::testing::{CLIENT, noon};

/// Made once: an RSA key takes a moment.
fn rsa() -> &'static [KeyPair; 2] {
    static KEYS: OnceLock<[KeyPair; 2]> = OnceLock::new();
    KEYS.get_or_init(|| [(), ()].map(|()| KeyPair::generate_for(&PKCS_RSA_SHA256).expect("a key")))
}

fn certificate(key: &KeyPair) -> rcgen::Certificate {
    CertificateParams::new(vec!["xcsync.test".to_owned()]).and_then(|params| params.self_signed(key)).expect("signed")
}

fn block(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", encode(der))
}

/// A folder with a file that only its owner may read.
fn file(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.pem");
    std::fs::write(&path, content).expect("written");
    set_mode(&path, 0o600);
    (folder, path)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("changed");
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

fn read(content: &[u8]) -> Result<ClientCertificate, AuthError> {
    let (_folder, path) = file(content);
    ClientCertificate::read(&path, None)
}

fn problem(content: &[u8]) -> String {
    let error = read(content).expect_err("refused");
    assert_eq!(error.exit().code(), 2, "{error}");
    format!("{error}; hint: {}", error.hint())
}

/// A PKCS #1 key is the whole inside of the PKCS #8 one, behind 26 bytes that say "RSA" (RFC 5958 section 2).
fn pkcs1(key: &KeyPair) -> String {
    block("RSA PRIVATE KEY", &key.serialize_der()[26..])
}

#[test]
fn the_assertion_is_what_microsofts_page_asks_for() {
    let [key, _] = rsa();
    let own = certificate(key);
    let certificate = read(format!("{}{}", own.pem(), key.serialize_pem()).as_bytes()).expect("read");
    let audience = "https://login.microsoftonline.us/t/oauth2/v2.0/token";
    let assertion = certificate.assertion(CLIENT, audience, noon()).expect("signed");
    let parts: Vec<_> = assertion.expose_secret().split('.').collect();
    let part = |at: usize| decode_url_safe(parts[at]).expect("base64url");
    let json = |at| serde_json::from_slice::<Value>(&part(at)).expect("JSON");
    let thumbprint = encode_url_safe(digest::sha256_bytes(own.der()));
    assert_eq!(json(0), json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint }));
    let mut claims = json(1);
    let (jti, now) = (claims["jti"].take(), noon().timestamp());
    let claimed = json!({
        "aud": audience, "iss": CLIENT, "sub": CLIENT, "jti": null, "nbf": now, "iat": now, "exp": now + 300
    });
    assert_eq!(claims, claimed);
    assert!(jti.as_str().is_some_and(|jti| Uuid::parse_str(jti).is_ok()));
    let signed = format!("{}.{}", parts[0], parts[1]);
    let public = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key.public_key_raw());
    assert!(public.verify(signed.as_bytes(), &part(2)).is_ok());
    let again = certificate.assertion(CLIENT, audience, noon()).expect("signed");
    assert_ne!(again.expose_secret(), assertion.expose_secret(), "each has an id of its own");
}

#[test]
fn the_certificate_of_the_key_is_found_wherever_it_stands() {
    let [key, other] = rsa().each_ref();
    let (own, stranger) = (certificate(key).pem(), certificate(other).pem());
    let elliptic = certificate(&KeyPair::generate().expect("a key")).pem();
    let expected = encode_url_safe(digest::sha256_bytes(&pem_der(&own)));
    let pkcs8 = key.serialize_pem();
    let text = "Bag Attributes\n    friendlyName: xcsync\nsubject=CN = xcsync\n";
    for content in [
        format!("{own}{pkcs8}"),
        format!("{pkcs8}{own}"),
        format!("{stranger}{elliptic}{own}{pkcs8}"),
        format!("{text}{stranger}{text}{own}{text}{}", pkcs1(key)),
        format!("{own}{pkcs8}").replace('\n', "\r\n"),
        format!("\u{feff}{own}{pkcs8}"),
    ] {
        assert_eq!(read(content.as_bytes()).expect("read").thumbprint, expected, "{content}");
    }
}

#[test]
fn a_certificate_with_extensions_that_nobody_here_knows_is_the_keys_all_the_same() {
    let [key, _] = rsa();
    let mut params = CertificateParams::new(vec!["xcsync.test".to_owned()]).expect("a name");
    let mut extension = rcgen::CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    extension.set_criticality(true);
    params.custom_extensions.push(extension);
    let own = params.self_signed(key).expect("signed");
    assert!(read(format!("{}{}", own.pem(), key.serialize_pem()).as_bytes()).is_ok());
}

fn pem_der(pem: &str) -> Vec<u8> {
    use rustls::pki_types::pem::PemObject as _;
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM").to_vec()
}

#[test]
fn the_key_may_have_a_file_of_its_own() {
    let [key, other] = rsa().each_ref();
    let (_folder, certificates) = file(certificate(key).pem().as_bytes());
    let (_own, key_file) = file(key.serialize_pem().as_bytes());
    assert!(ClientCertificate::read(&certificates, Some(&key_file)).is_ok());
    let (_others, wrong) = file(other.serialize_pem().as_bytes());
    let error = ClientCertificate::read(&certificates, Some(&wrong)).expect_err("refused");
    let (certificates, wrong) = (certificates.display(), wrong.display());
    let told = format!("the certificate in {certificates} does not belong to the private key in {wrong}");
    assert!(error.to_string().starts_with(&told), "{error}");
}

#[test]
fn a_certificate_beside_an_encrypted_key_counts_once_the_key_is_decrypted_into_a_file_of_its_own() {
    let [key, _] = rsa();
    let own = certificate(key).pem();
    let (_own, key_file) = file(key.serialize_pem().as_bytes());
    for encrypted in [ENCRYPTED, OLDER] {
        for content in [format!("{encrypted}{own}"), format!("{own}{encrypted}")] {
            let (_folder, certificates) = file(content.as_bytes());
            let read = ClientCertificate::read(&certificates, Some(&key_file));
            assert!(read.is_ok(), "{content}: {read:?}");
        }
    }
}

/// A private key that a passphrase protects, and the same in the older form.
const ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIFJDBWBgkq\n-----END ENCRYPTED PRIVATE KEY-----\n";
const OLDER: &str = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0102\n\nMIIF\n-----END RSA PRIVATE KEY-----\n";

#[test]
fn what_can_t_sign_in_is_named_as_such_with_the_way_out() {
    let [key, other] = rsa().each_ref();
    let (own, pkcs8) = (certificate(key).pem(), key.serialize_pem());
    let elliptic = KeyPair::generate().expect("a key");
    let der = key.serialize_der();
    let table: [(Vec<u8>, &str); 11] = [
        (format!("{own}{ENCRYPTED}").into(), "is encrypted"),
        (format!("{own}{OLDER}").into(), "openssl pkey -in"),
        (own.clone().into(), "holds no private key"),
        (pkcs8.clone().into(), "holds no certificate"),
        (format!("{own}{pkcs8}{}", other.serialize_pem()).into(), "holds 2 private keys"),
        (format!("{}{pkcs8}", certificate(other).pem()).into(), "the certificate in"),
        (format!("{0}{0}{pkcs8}", certificate(other).pem()).into(), "none of the 2 certificates"),
        (format!("{}{}", certificate(&elliptic).pem(), elliptic.serialize_pem()).into(), "no RSA key of 2048 bits"),
        (der, "openssl pkcs12 -in"),
        (b"client_secret = canary".to_vec(), "neither a PEM certificate"),
        (own.replace("-----END", "!!!!-----END").into(), "broken PEM"),
    ];
    for (content, words) in table {
        let told = problem(&content);
        assert!(told.contains(words) && told.contains("nobody was asked for a token"), "{words}: {told}");
        assert!(!told.contains("canary") && !told.contains("MIIF"), "{told}");
    }
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_is_refused_and_a_certificate_alone_is_not() {
    let [key, _] = rsa();
    let (own, pkcs8) = (certificate(key).pem(), key.serialize_pem());
    let (_folder, both) = file(format!("{own}{pkcs8}").as_bytes());
    set_mode(&both, 0o644);
    let error = ClientCertificate::read(&both, None).expect_err("refused");
    assert!(error.hint().contains(&format!("chmod o-rwx '{}'", both.display())), "{error} {}", error.hint());
    // Also where the key that counts is another one: this one is open all the same.
    let (_own, private) = file(pkcs8.as_bytes());
    assert!(ClientCertificate::read(&both, Some(&private)).is_err());
    let (_public, public) = file(own.as_bytes());
    set_mode(&public, 0o644);
    assert!(ClientCertificate::read(&public, Some(&private)).is_ok());
    set_mode(&private, 0o640);
    assert!(ClientCertificate::read(&public, Some(&private)).is_ok(), "the group may read");
    let (_encrypted, encrypted) = file(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n");
    set_mode(&encrypted, 0o644);
    assert!(
        ClientCertificate::read(&encrypted, None)
            .is_err_and(|error| error.to_string().contains("0644") || error.to_string().contains("644"))
    );
}
