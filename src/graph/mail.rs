//! Mail by Graph. <https://learn.microsoft.com/en-us/graph/api/user-sendmail>

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Call, Client};
use super::error::GraphError;
use super::halt::Halt;

/// Sends a `message` as the mailbox `from`, and keeps no copy there. 202 is all that is ever known: accepted, not delivered.
pub async fn send_mail(client: &Client, from: &str, message: &Value, halt: &Halt) -> Result<(), GraphError> {
    const WHAT: &str = "a mail";
    let path = format!("/users/{}/sendMail", super::encode(from));
    let body = json!({ "message": message, "saveToSentItems": false });
    let call = Call::edit(WHAT, Method::POST, &path, &body, halt);
    match client.send(&call).await {
        Ok(reply) if (200..300).contains(&reply.status) => Ok(()),
        Ok(reply) => Err(reply.refusal(WHAT)),
        Err(error) => Err(error.of_read(WHAT)),
    }
}
