//! `POST /users/{id}/sendMail`. <https://learn.microsoft.com/en-us/graph/api/user-sendmail>

use serde_json::Value;

use super::answer::{Answer, Failure};
use super::request::Request;
use super::state::State;

/// Accepts a message of an existing sender, which is no proof that it arrives.
pub(super) fn post(state: &mut State, request: &Request, sender: &str) -> Result<Answer, Failure> {
    if super::users::position(&mut state.tenant.people, sender).is_none() {
        return Err(Failure::new(404, "ErrorInvalidUser", &format!("The requested user '{sender}' is invalid.")));
    }
    let body: Value = serde_json::from_slice(&request.body)
        .map_err(|_| Failure::bad_request("Unable to read JSON request payload."))?;
    if body["message"]["toRecipients"].as_array().is_none_or(Vec::is_empty) {
        return Err(Failure::new(400, "ErrorInvalidRecipients", "At least one recipient isn't valid."));
    }
    state.tenant.messages.push(body["message"].clone());
    Ok(Answer::empty(202))
}
