//! The transport under `azure_identity`: it mends what that crate trips over, and remembers what went wrong.
//!
//! `azure_identity` 1.0 loses status and code of an Entra error whose text has JSON escapes, of every answer that is not
//! JSON, and of an `expires_on` that is a number; it waits 100 s for a metadata service that nobody runs. So this shim
//! reads each answer itself, hands on only the normalized token, and keeps the last failure as our own error.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, HttpClient, Request, StatusCode, Url};

use crate::auth::AuthError;
use crate::auth::answer::{self, LIMIT, Service};
use crate::auth::obstacle::{cause, stays};
use crate::bounded;
use crate::explain::own;

/// The metadata service's address, a constant in `azure_identity`.
///
/// <https://learn.microsoft.com/en-us/azure/virtual-machines/instance-metadata-service>
const IMDS_HOST: &str = "169.254.169.254";

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Entra, by its authority. `plain` sets the scheme back to http, for loopback only: `azure_identity` insists on https.
    Entra {
        /// Whether the authority is plain http on loopback.
        plain: bool,
    },
    /// A managed identity endpoint; `imds` takes the place of the metadata service's address.
    ManagedIdentity {
        /// Where a test runs its metadata service.
        imds: Option<Url>,
    },
}

/// One credential's way to the network.
#[derive(Debug)]
pub(super) struct TokenHttp {
    client: reqwest::Client,
    asked: Asked,
    /// The last failure, in our own words; `azure_identity`'s words may hold an answer's body.
    failure: Mutex<Option<AuthError>>,
    /// Whether the metadata service has answered once: from then on a refused connection is worth a retry.
    answered: AtomicBool,
}

impl TokenHttp {
    pub(super) fn new(client: reqwest::Client, asked: Asked) -> Self {
        Self { client, asked, failure: Mutex::new(None), answered: AtomicBool::new(false) }
    }

    /// The last failure, once.
    pub(super) fn take_failure(&self) -> Option<AuthError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn remember(&self, failure: Option<AuthError>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    /// The request as it goes out.
    fn addressed(&self, request: &Request) -> Request {
        let mut request = request.clone();
        let url = request.url_mut();
        match &self.asked {
            Asked::Entra { plain: true } => {
                let _ = url.set_scheme("http");
            }
            Asked::ManagedIdentity { imds: Some(stand_in) } if is_imds(url) => {
                // They can't fail between two http addresses with hosts.
                let _ = url.set_port(stand_in.port());
                let _ = url.set_host(stand_in.host_str());
            }
            _ => {}
        }
        request
    }

    /// Nobody answered: which error that is, and whether `azure_identity`'s pipeline is to try again.
    fn not_answered(&self, original: &Url, error: Error) -> Error {
        let cause = cause(&error);
        let host = host_of(original);
        let nobody_there =
            is_imds(original) && *error.kind() == ErrorKind::Connection && !self.answered.load(Ordering::Relaxed);
        let retried = !nobody_there && !stays(&cause);
        self.remember(Some(if nobody_there {
            let cause = format!("this host has no managed identity, for nobody answers at {host} ({cause})");
            AuthError::NoManagedIdentity { cause, remedy: own::NO_MANAGED_IDENTITY.remedy }
        } else {
            AuthError::Unreachable { host, cause }
        }));
        if retried { error } else { Error::with_message(ErrorKind::Other, "not worth a retry") }
    }
}

#[async_trait::async_trait]
impl HttpClient for TokenHttp {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let original = request.url();
        let sent = self.client.execute_request(&self.addressed(request)).await;
        let response = sent.map_err(|error| self.not_answered(original, error))?;
        self.answered.store(true, Ordering::Relaxed);
        let (status, headers, body) = response.deconstruct();
        let body = bounded::body(body, LIMIT).await.map_err(|error| self.not_answered(original, error))?;
        // What is too large is no token's answer, as nothing is.
        let body = body.unwrap_or_default();
        let service = match self.asked {
            Asked::Entra { .. } => Service::Entra,
            Asked::ManagedIdentity { .. } => Service::ManagedIdentity,
        };
        let token = answer::read(service, status.into(), &body, &host_of(original));
        self.hand_on(status, headers, token)
    }
}

impl TokenHttp {
    /// A token goes on in the form that `azure_identity` reads; what may pass keeps its status, so that the pipeline
    /// tries again after `Retry-After`; the rest ends here.
    fn hand_on(
        &self,
        status: StatusCode,
        headers: Headers,
        token: Result<String, AuthError>,
    ) -> azure_core::Result<AsyncRawResponse> {
        match token {
            Ok(body) => {
                self.remember(None);
                Ok(AsyncRawResponse::from_bytes(status, headers, body))
            }
            Err(failure) => {
                let passing = matches!(failure, AuthError::Unreachable { .. });
                self.remember(Some(failure));
                if passing {
                    // Entra says of some 400s that they pass; the pipeline knows that of 503 only.
                    let entra = matches!(self.asked, Asked::Entra { .. });
                    let status = if entra { StatusCode::ServiceUnavailable } else { status };
                    return Ok(AsyncRawResponse::from_bytes(status, headers, "{}"));
                }
                Err(Error::with_message(ErrorKind::Other, "no token in the answer"))
            }
        }
    }
}

fn is_imds(url: &Url) -> bool {
    url.host_str() == Some(IMDS_HOST)
}

/// Host and port: the path holds the tenant, and the query a client id.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
