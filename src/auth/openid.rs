//! The public OpenID document of a tenant: which tenant a domain belongs to, and in which region.
//!
//! <https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc>

use serde::Deserialize;

use crate::auth::obstacle::cause;
use crate::auth::{AuthError, HttpClients};
use crate::bounded;
use crate::directory::TenantId;

/// The document has two kilobytes.
const BODY_LIMIT: usize = 64 * 1024;

/// What the document tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIdTenant {
    /// The tenant's id, out of `issuer`.
    pub tenant: TenantId,
    /// `tenant_region_scope`: `NA`, `EU`, `USGov`, `USG` …
    pub region: Option<String>,
    /// `tenant_region_sub_scope`: `GCC`, `DODCON` (GCC High), `DOD`.
    pub sub_region: Option<String>,
    /// `cloud_instance_name`: `microsoftonline.com`, `microsoftonline.us`.
    pub cloud_instance: Option<String>,
    /// `msgraph_host`: `graph.microsoft.com`, `graph.microsoft.us`.
    pub graph_host: Option<String>,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    tenant_region_scope: Option<String>,
    tenant_region_sub_scope: Option<String>,
    cloud_instance_name: Option<String>,
    msgraph_host: Option<String>,
}

/// The tenant that a verified domain belongs to in the cloud of `authority`; `None` where it belongs to none there.
///
/// It needs no permission and sends no token.
pub async fn tenant_of_domain(
    clients: &HttpClients,
    authority: &str,
    domain: &str,
) -> Result<Option<TenantId>, AuthError> {
    let found = openid_tenant(clients, authority, domain).await?;
    Ok(found.map(|found| found.tenant))
}

/// The document of a tenant, given by id or by domain; `None` where the authority answers 400: it knows no such tenant.
///
/// Everything else but the document itself is [`AuthError::Unreachable`]: it says nothing about the domain.
pub async fn openid_tenant(
    clients: &HttpClients,
    authority: &str,
    tenant_or_domain: &str,
) -> Result<Option<OpenIdTenant>, AuthError> {
    let unreachable = |cause: String| AuthError::Unreachable { host: authority.to_owned(), cause };
    let url = address(authority, tenant_or_domain).ok_or_else(|| unreachable("is not an address".to_owned()))?;
    let response = clients.internet.get(url).send().await.map_err(|error| unreachable(cause(&error)))?;
    let status = response.status().as_u16();
    match status {
        200 => {}
        400 => return Ok(None),
        _ => {
            return Err(unreachable(format!("HTTP {status} instead of the OpenID document")));
        }
    }
    let body = bounded::body(response.bytes_stream(), BODY_LIMIT).await.map_err(|error| unreachable(cause(&error)))?;
    let read = body
        .and_then(|body| read(&body))
        .ok_or_else(|| unreachable("the answer is no OpenID document of a tenant".to_owned()))?;
    Ok(Some(read))
}

/// The domain becomes one path segment, whatever it holds.
fn address(authority: &str, tenant_or_domain: &str) -> Option<reqwest::Url> {
    let mut url = reqwest::Url::parse(authority).ok()?;
    url.path_segments_mut().ok()?.pop_if_empty().extend([
        tenant_or_domain,
        "v2.0",
        ".well-known",
        "openid-configuration",
    ]);
    Some(url)
}

fn read(body: &[u8]) -> Option<OpenIdTenant> {
    let document: Document = serde_json::from_slice(body).ok()?;
    let issuer = reqwest::Url::parse(&document.issuer).ok()?;
    // The issuer of `common` and `organizations` has a placeholder there.
    let tenant = issuer.path_segments()?.find_map(TenantId::parse)?;
    Some(OpenIdTenant {
        tenant,
        region: document.tenant_region_scope,
        sub_region: document.tenant_region_sub_scope,
        cloud_instance: document.cloud_instance_name,
        graph_host: document.msgraph_host,
    })
}

#[cfg(test)]
mod tests;
