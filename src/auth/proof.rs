//! The cloud proof: no token reaches a request before it is seen to be for this tenant in this cloud.

use secrecy::{ExposeSecret, SecretString};

use crate::auth::Token;
use crate::auth::jwt::Claims;
use crate::directory::TenantId;
use crate::explain::{Known, own};

/// A token that is proven to be for a tenant in the configured cloud; the only kind that requests are made with.
///
/// [`prove`] and [`Unproven::confirm`] are the only ways to have one.
#[derive(Clone)]
pub struct ProvenToken {
    tenant: TenantId,
    token: Token,
    claims: Option<Claims>,
}

impl ProvenToken {
    /// The tenant it is for.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The token itself, for the `Authorization` header of requests to the proven Graph root.
    pub fn secret(&self) -> &SecretString {
        &self.token.secret
    }

    /// The token as it was obtained, for [`crate::auth::AccessTokens::invalidate`].
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// What it says of itself: the identity and its permissions. `None` where it can't be read.
    pub fn claims(&self) -> Option<&Claims> {
        self.claims.as_ref()
    }
}

/// A token that does not tell its cloud; `GET /organization` does.
#[derive(Clone)]
pub struct Unproven(ProvenToken);

impl Unproven {
    /// The token, for the one request that proves it.
    pub fn secret(&self) -> &SecretString {
        self.0.secret()
    }

    /// Proves it by the `id` that `GET <graph>/v1.0/organization` answered with this very token.
    pub fn confirm(self, organization_id: TenantId) -> Result<ProvenToken, ProofError> {
        let expected = self.0.tenant;
        if organization_id == expected {
            return Ok(self.0);
        }
        Err(ProofError::Tenant { found: organization_id.to_string(), expected })
    }
}

/// What a look at the token alone gives.
#[derive(Clone)]
pub enum Verdict {
    /// It is for this tenant in this cloud.
    Proven(ProvenToken),
    /// The token does not tell: the directory has to.
    AskOrganization(Unproven),
}

/// A token that is not for the configured tenant and cloud.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// `aud` is another service, or Graph of another cloud.
    #[error("this token is for {found}, the configured cloud is {expected}; nothing was sent with it")]
    Cloud {
        /// The token's audience, in words.
        found: String,
        /// The configured Graph root, in words.
        expected: String,
    },
    /// `tid` is another tenant.
    #[error("this token is for the tenant {found}, the configured one is {expected}; nothing was written with it")]
    Tenant {
        /// The token's tenant.
        found: String,
        /// The configured tenant.
        expected: TenantId,
    },
}

impl ProofError {
    /// Its entry in the catalogue.
    pub(super) fn known(&self) -> Known {
        match self {
            Self::Cloud { .. } => own::WRONG_CLOUD,
            Self::Tenant { .. } => own::WRONG_TENANT,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Cloud { .. } => self.known().remedy.to_owned(),
            Self::Tenant { expected, .. } => {
                self.known().remedy_with("the configured tenant", &format!("the tenant {expected}"))
            }
        }
    }
}

/// Graph's application id, the same in every cloud: as an audience it does not tell the cloud.
const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";

/// Looks at a token alone: `graph_root` is the configured cloud's, without a slash at its end.
pub fn prove(token: &Token, tenant: TenantId, graph_root: &str) -> Result<Verdict, ProofError> {
    let claims = Claims::read(token.secret.expose_secret());
    let tid = claims.as_ref().and_then(|claims| claims.tid.as_deref());
    let aud = claims.as_ref().and_then(|claims| claims.aud.as_deref());
    if let Some(found) = tid.filter(|tid| TenantId::parse(tid) != Some(tenant)) {
        return Err(ProofError::Tenant { found: shown(found), expected: tenant });
    }
    let known_audience = match aud {
        Some(aud) if same_root(aud, graph_root) => true,
        Some(aud) if !aud.eq_ignore_ascii_case(GRAPH_APP_ID) => {
            return Err(wrong_cloud(aud, graph_root));
        }
        _ => false,
    };
    let proven = known_audience && tid.is_some();
    let token = ProvenToken { tenant, token: token.clone(), claims };
    Ok(if proven { Verdict::Proven(token) } else { Verdict::AskOrganization(Unproven(token)) })
}

/// Hosts compare without regard to case; one slash at the end makes no difference.
fn same_root(audience: &str, graph_root: &str) -> bool {
    let bare = |text| str::strip_suffix(text, "/").unwrap_or(text);
    bare(audience).eq_ignore_ascii_case(bare(graph_root))
}

fn wrong_cloud(aud: &str, graph_root: &str) -> ProofError {
    ProofError::Cloud { found: in_words(aud), expected: in_words(graph_root) }
}

/// Audiences that somebody may get a token for by mistake, and what they are called.
const SERVICES: [(&str, &str); 7] = [
    ("https://graph.microsoft.com", "Graph of commercial"),
    ("https://graph.microsoft.us", "Graph of usgov, GCC High"),
    ("https://dod-graph.microsoft.us", "Graph of usgov-dod"),
    ("https://microsoftgraph.chinacloudapi.cn", "Graph of China, operated by 21Vianet"),
    ("https://graph.windows.net", "the retired Azure AD Graph"),
    ("https://management.azure.com", "Azure Resource Manager of commercial, not Graph"),
    ("https://management.core.windows.net", "Azure Resource Manager of commercial, not Graph"),
];

fn in_words(root: &str) -> String {
    let known = SERVICES.iter().find(|(service, _)| same_root(root, service));
    match known {
        Some((service, name)) => format!("{service} ({name})"),
        None => shown(root),
    }
}

/// A claim as it may stand in a message: short, and without control characters.
fn shown(claim: &str) -> String {
    claim.chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests;
