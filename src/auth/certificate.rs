//! `client-certificate`: which certificate belongs to the key, and the assertions that the key signs.
//!
//! <https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials>

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use azure_core::base64::encode_url_safe;
use chrono::{DateTime, TimeDelta, Utc};
use rustls::SignatureScheme;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::SigningKey;
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use crate::auth::AuthError;
use crate::digest;

mod pem;

use pem::Pem;

/// How long an assertion is good, of which it needs seconds: Microsoft's page asks for five to ten minutes at most.
const LIFE: TimeDelta = TimeDelta::minutes(5);

/// A certificate of an application with its private key.
pub(super) struct ClientCertificate {
    key: Arc<dyn SigningKey>,
    /// SHA-256 of the certificate, by which Entra finds it among those of the application.
    thumbprint: String,
}

impl ClientCertificate {
    /// Reads PEM: the certificate that belongs to the key, out of as many as the file holds.
    ///
    /// Every problem is [`AuthError::Settings`]; none shows anything of a file's content.
    pub(super) fn read(certificate_file: &Path, key_file: Option<&Path>) -> Result<Self, AuthError> {
        let certificates = Pem::read(certificate_file)?;
        let own = key_file.map(Pem::read).transpose()?;
        let der = own.as_ref().unwrap_or(&certificates).key()?;
        let key_place = key_file.unwrap_or(certificate_file);
        let key = rsa_key(der, key_place)?;
        let leaf = certificates.certificates()?.iter().find(|one| belong_together(one, &key));
        let leaf = leaf.ok_or_else(|| no_match(certificate_file, certificates.certificates.len(), key_place))?;
        let thumbprint = encode_url_safe(digest::sha256_bytes(leaf));
        Ok(Self { key, thumbprint })
    }

    /// A signed assertion that this application asks `audience`, the address of the token endpoint, for a token now.
    pub(super) fn assertion(
        &self,
        client_id: &str,
        audience: &str,
        now: DateTime<Utc>,
    ) -> Result<SecretString, AuthError> {
        let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint });
        let claims = json!({
            "aud": audience,
            "iss": client_id,
            "sub": client_id,
            "jti": Uuid::new_v4(),
            "nbf": now.timestamp(),
            "iat": now.timestamp(),
            "exp": (now + LIFE).timestamp(),
        });
        let content = format!("{}.{}", encode_url_safe(header.to_string()), encode_url_safe(claims.to_string()));
        // Whatever an RSA key could fail by has shown when it was read.
        let signer = self.key.choose_scheme(&[SignatureScheme::RSA_PSS_SHA256]).ok_or_else(not_signed)?;
        let signature = signer.sign(content.as_bytes()).map_err(|_| not_signed())?;
        Ok(SecretString::from(format!("{content}.{}", encode_url_safe(signature))))
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<certificate and private key>")
    }
}

/// Whether a certificate is this key's: it holds the key's public part, `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7).
///
/// Its bytes are looked for, since the parsers at hand refuse certificates of version 1 and those with critical
/// extensions that they don't know; both are common in a company's own authority, and Entra decides about them.
fn belong_together(certificate: &CertificateDer<'static>, key: &Arc<dyn SigningKey>) -> bool {
    let public = key.public_key();
    public.is_some_and(|public| certificate.windows(public.len()).any(|part| part == public.as_ref()))
}

/// PS256 (RFC 7518 section 3.5) takes RSA keys, of 2048 bits at least.
fn rsa_key(der: &PrivateKeyDer<'static>, file: &Path) -> Result<Arc<dyn SigningKey>, AuthError> {
    let key = any_supported_type(der).ok();
    let is_rsa = |key: &Arc<dyn SigningKey>| key.choose_scheme(&[SignatureScheme::RSA_PSS_SHA256]).is_some();
    key.filter(is_rsa).ok_or_else(|| {
        settings(
            format!("the private key in {} is no RSA key of 2048 bits or more", file.display()),
            "sign in with an RSA certificate: Entra takes assertions that are signed with PS256 (`openssl req -x509 \
             -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 365 -subj /CN=xcsync` makes one)",
        )
    })
}

fn no_match(certificates: &Path, count: usize, key: &Path) -> AuthError {
    let (certificates, key) = (certificates.display(), key.display());
    let which = if count == 1 { "the certificate".to_owned() } else { format!("none of the {count} certificates") };
    let verb = if count == 1 { "does not belong" } else { "belongs" };
    settings(
        format!("{which} in {certificates} {verb} to the private key in {key}"),
        "give the certificate that was made with this key; `openssl x509 -in FILE -noout -pubkey` and `openssl pkey \
         -in FILE -pubout` print the same where two belong together",
    )
}

fn not_signed() -> AuthError {
    settings("the private key can't sign".to_owned(), "make a new key and certificate")
}

fn settings(problem: String, remedy: &str) -> AuthError {
    AuthError::Settings { problem, remedy: remedy.to_owned() }
}

#[cfg(test)]
mod tests;
