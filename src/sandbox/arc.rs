//! The agent of an Azure Arc server, which asks whoever wants a token for the content of a file that few may read.
//!
//! <https://learn.microsoft.com/en-us/azure/azure-arc/servers/managed-identity-authentication>

use serde_json::Value;
use uuid::Uuid;

use super::answer::Answer;
use super::identity::{invalid_request, managed};
use super::request::Request;
use super::state::State;

/// Whether the asker has shown a key, where there is an agent; else the challenge, or the refusal.
pub(super) fn known(state: &mut State, request: &Request) -> Result<(), Answer> {
    let Some(agent) = &mut state.tenant.identity.arc else { return Ok(()) };
    if request.header("metadata") != Some("true") {
        return Err(invalid_request("Required metadata header not specified"));
    }
    let shown = request.header("authorization").map(|value| value.strip_prefix("Basic ").unwrap_or_default());
    match shown {
        Some(key) if agent.keys.remove(key) => Ok(()),
        Some(_) => Err(Answer::json(403, &Value::Null)),
        None => {
            let (name, key) = (format!("{}.key", Uuid::new_v4()), format!("agent-key-{}", Uuid::new_v4()));
            // A folder that is missing fails the test that named it: the key can't be shown then.
            let _ = std::fs::write(agent.folder.join(&name), &key);
            agent.keys.insert(key);
            let realm = format!("Basic realm={}", agent.named.join(&name).display());
            Err(Answer::json(401, &Value::Null).header("WWW-Authenticate", &realm))
        }
    }
}

/// A token of the server's own identity.
pub(super) fn token(state: &State, request: &Request, _: &str) -> Result<Value, Answer> {
    if request.parameter("api-version").as_deref() != Some("2020-06-01") {
        return Err(invalid_request("The api-version is not supported"));
    }
    managed(state, request)
}
