//! Why an endpoint for managed identities gives no token.
//!
//! The metadata service: <https://learn.microsoft.com/en-us/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>,
//! with `error` and `error_description`. App Service answers `statusCode` and `message`, as in
//! <https://github.com/Azure/azure-sdk-for-net/issues/44685>.

use serde_json::Value;

use super::{Refusal, foreign, refused};
use crate::auth::AuthError;
use crate::explain::own;

/// The metadata service's words where it can't know which identity is meant.
const SEVERAL: &str = "Multiple user assigned identities";
const HEADER: &str =
    "start the run out of the app itself: IDENTITY_ENDPOINT and IDENTITY_HEADER are new at every start, never copied";

const NAME_ONE: &str = "set `client_id` in [tenants.NAME.auth] to the identity that is meant";

/// 404 and 410 pass (the service starts, or is updated), as do 408, 429 and 5xx; other refusals stay.
pub(super) fn failure(status: u16, answer: Option<&Value>, host: &str) -> AuthError {
    match (status, answer) {
        (404 | 408 | 410 | 429 | 500..=599, _) => AuthError::Unreachable {
            host: host.to_owned(),
            cause: format!("HTTP {status} from the managed identity endpoint"),
        },
        (400..=499, Some(answer)) => refusal(status, answer, host),
        _ => AuthError::ForeignAnswer { host: host.to_owned(), answer: foreign(status) },
    }
}

fn refusal(status: u16, answer: &Value, host: &str) -> AuthError {
    // What Entra said to the endpoint is Entra's refusal.
    if let Some(entra) = Refusal::of(answer).filter(|refusal| !refusal.codes.is_empty()) {
        return refused(status, &entra);
    }
    let several = answer["error_description"].as_str().is_some_and(|words| words.contains(SEVERAL));
    let (what, remedy) = match status {
        401 => ("it does not take the request of this process", HEADER),
        _ if several => ("there are several identities here, and none is named", NAME_ONE),
        _ => ("no identity is assigned here, or not the one of `client_id`", own::NO_MANAGED_IDENTITY.remedy),
    };
    AuthError::NoManagedIdentity { cause: format!("{host} answers HTTP {status}: {what}"), remedy }
}
