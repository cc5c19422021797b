//! Client assertions: the application's own, by a certificate, and those of an issuer that it trusts.
//!
//! <https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials>

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::state::State;

/// `client_assertion_type` (RFC 7523 section 2.2).
pub(super) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How far clocks may differ, in seconds.
const SKEW: i64 = 300;

/// Why an assertion is refused.
pub(super) struct No {
    pub(super) code: u32,
    pub(super) text: String,
}

/// A JSON Web Token in its parts.
struct Jwt<'a> {
    header: Value,
    claims: Value,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jwt<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let json = |part: &str| serde_json::from_slice(&bytes(part)?).ok();
        Some(Self { header: json(header)?, claims: json(claims)?, signed, signature: bytes(signature)? })
    }

    fn claim(&self, name: &str) -> &str {
        self.claims[name].as_str().unwrap_or_default()
    }

    fn is_signed_by(&self, key: &[u8], algorithm: &'static dyn VerificationAlgorithm) -> bool {
        UnparsedPublicKey::new(algorithm, key).verify(self.signed.as_bytes(), &self.signature).is_ok()
    }
}

/// Verifies signature, audience, identity and time, as the service does.
pub(super) fn verify(state: &State, text: &str) -> Result<(), No> {
    let no = |code, text: &str| No { code, text: text.to_owned() };
    let jwt = Jwt::read(text).ok_or_else(|| no(50_027, "JWT token is invalid or malformed."))?;
    let client = state.tenant.application.client_id.to_string();
    // What the application says of itself is its own assertion; everything else is somebody's whom it must trust.
    if jwt.claim("iss").eq_ignore_ascii_case(&client) {
        own(state, &jwt, &client)?;
    } else {
        federated(state, &jwt)?;
    }
    in_time(state, &jwt)
}

/// Signed with PS256 by the key of a certificate of the application, found by its SHA-256.
fn own(state: &State, jwt: &Jwt<'_>, client: &str) -> Result<(), No> {
    let invalid = |reason: &str| No {
        code: 700_027,
        text: format!("Client assertion contains an invalid signature. [Reason - {reason}]"),
    };
    let thumbprint = jwt.header["x5t#S256"].as_str().unwrap_or_default();
    let fits = |der: &[u8]| URL_SAFE_NO_PAD.encode(digest(&SHA256, der)) == thumbprint;
    let known = state.tenant.application.certificates.iter().find(|known| fits(&known.der));
    let known = known.ok_or_else(|| invalid("The key was not found."))?;
    if jwt.header["alg"] != "PS256" || !jwt.is_signed_by(&known.public_key, &RSA_PSS_2048_8192_SHA256) {
        return Err(invalid("The provided signature value did not match the expected signature value."));
    }
    if !jwt.claim("sub").eq_ignore_ascii_case(client) {
        let text = format!("The subject claim must be the client id, found '{}'.", jwt.claim("sub"));
        return Err(No { code: 700_021, text });
    }
    let endpoint = format!("{}/{}/oauth2/v2.0/token", state.public_root, state.tenant.id);
    if jwt.claim("aud") != endpoint {
        let text = "Client assertion audience claim does not match Realm issuer.".to_owned();
        return Err(No { code: 700_023, text });
    }
    Ok(())
}

/// Signed by an issuer that a federated identity credential names, for that subject and audience.
fn federated(state: &State, jwt: &Jwt<'_>) -> Result<(), No> {
    let trusted = &state.tenant.application.federated;
    let no_match = |code, what: &str, found: &str| No {
        code,
        text: format!("No matching federated identity record found for presented assertion {what} '{found}'."),
    };
    let (issuer, subject, audience) = (jwt.claim("iss"), jwt.claim("sub"), jwt.claim("aud"));
    let by_issuer = || trusted.iter().filter(|one| one.issuer == issuer);
    let key = by_issuer().next().ok_or_else(|| no_match(700_211, "issuer", issuer))?;
    // The algorithm of Kubernetes' issuers.
    if !jwt.is_signed_by(&key.public_key, &RSA_PKCS1_2048_8192_SHA256) {
        let text = "Client assertion contains an invalid signature.".to_owned();
        return Err(No { code: 700_027, text });
    }
    let by_subject = || by_issuer().filter(|one| one.subject == subject);
    by_subject().next().ok_or_else(|| no_match(700_213, "subject", subject))?;
    by_subject().find(|one| one.audience == audience).ok_or_else(|| no_match(700_212, "audience", audience))?;
    Ok(())
}

fn in_time(state: &State, jwt: &Jwt<'_>) -> Result<(), No> {
    let now = state.now().timestamp();
    let (from, to) = (jwt.claims["nbf"].as_i64().unwrap_or(0), jwt.claims["exp"].as_i64().unwrap_or(0));
    if from - SKEW <= now && now < to + SKEW {
        return Ok(());
    }
    let text = format!(
        "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {from}, expiry time of assertion {to}."
    );
    Err(No { code: 700_024, text })
}
