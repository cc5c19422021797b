//! The claims of an access token, read without trust.

use azure_core::base64::decode_url_safe;
use serde::Deserialize;

/// What a Graph access token says of itself.
///
/// <https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference>
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// `tid`: the tenant that issued it.
    pub tid: Option<String>,
    /// `aud`: the service it is for.
    pub aud: Option<String>,
    /// `roles`: application permissions.
    pub roles: Vec<String>,
    /// `scp`: delegated permissions, separated by blanks.
    pub scp: Option<String>,
    /// `appid` of version 1, `azp` of version 2: the application's client id.
    #[serde(alias = "azp")]
    pub appid: Option<String>,
    /// `oid`: the service principal's or the user's object id.
    pub oid: Option<String>,
    /// `exp`: when it ends, in seconds since 1970.
    pub exp: Option<i64>,
}

impl Claims {
    /// The payload of a JWT (RFC 7519 section 3); `None` where it can't be read.
    ///
    /// The signature is not verified: a token for Graph is Graph's to verify, and Microsoft asks clients not to look
    /// behind it. Reading it guards against our own misconfiguration alone, never against an attacker.
    pub fn read(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let payload = decode_url_safe(payload).ok()?;
        // serde would also read an array, by position, into the struct.
        let is_object = payload.trim_ascii_start().starts_with(b"{");
        is_object.then(|| serde_json::from_slice(&payload).ok()).flatten()
    }

    /// Whether the token carries a permission, as an application's role or a delegated scope.
    pub fn permits(&self, permission: &str) -> bool {
        let delegated = self.scp.as_deref().unwrap_or_default();
        self.roles.iter().any(|role| role == permission) || delegated.split(' ').any(|scope| scope == permission)
    }
}
