//! Webhook and heartbeat: one request, and what its answer means.

use std::path::Path;
use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::sleep;

use super::NotTold;
use super::error::LATER;
use crate::auth::{self, obstacle};
use crate::bounded;
use crate::graph::retry::retry_after;
use crate::world::Environment;

/// How often a request is made at most.
const TRIES: u32 = 3;
/// How long one may take.
const ONE_TRY: Duration = Duration::from_secs(10);
/// The wait before the second; the third waits twice as long. What the server asks for counts where it is longer.
const PAUSE: Duration = Duration::from_secs(2);
/// The longest wait that a server may ask for; the time for all channels would be over before a longer one.
const LONGEST_WISH: Duration = Duration::from_secs(15);
/// The part of an answer's body that is looked at, in bytes.
const LOOKED_AT: usize = 64 * 1024;

/// What Teams' older webhooks say in the body of a 200 when they have not taken a message.
///
/// <https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using#rate-limiting-for-connectors>
const THROTTLED: &str = "HTTP error 429";

const TAKE_IT: &str = "see that the address is right and still alive; a Teams workflow goes with its owner, and must let anyone trigger it";

/// Where to post: whoever knows the address may, so that nothing shows it.
pub struct Address {
    url: Url,
    client: Client,
    whom: &'static str,
}

impl Address {
    /// Reads an address; `whom` is what answers there, in words. Only https is taken, but for this machine.
    pub fn new(
        secret: &SecretString,
        whom: &'static str,
        ca_file: Option<&Path>,
        env: &Environment,
    ) -> Result<Self, NotTold> {
        const FORM: &str = "put the whole address there, as it was given: https://…";
        let Ok(url) = Url::parse(secret.expose_secret().trim()) else {
            return Err(NotTold::settings(format!("what is kept for {whom} is no address"), FORM));
        };
        if url.scheme() != "https" && !(url.scheme() == "http" && auth::is_loopback(&url)) {
            return Err(NotTold::settings(format!("the address of {whom} does not begin with https://"), FORM));
        }
        let client = auth::client_to(&url, ca_file, env)?;
        Ok(Self { url, client, whom })
    }

    /// What was seen, without the name of the host, which is a part of the secret.
    fn cause(&self, error: reqwest::Error) -> String {
        let cause = obstacle::cause(&error.without_url());
        let host = self.url.host_str().unwrap_or_default();
        if host.is_empty() { cause } else { cause.replace(host, "its host") }
    }
}

/// Posts a JSON document. Where nobody knows whether it arrived, it is not posted again.
pub async fn post(to: &Address, json: &[u8]) -> Result<(), NotTold> {
    let request = || to.client.post(to.url.clone()).header(CONTENT_TYPE, "application/json").body(json.to_vec());
    deliver(to, request, false).await
}

/// Asks with GET; again also where no answer came, which harms nobody.
pub async fn get(from: &Address) -> Result<(), NotTold> {
    deliver(from, || from.client.get(from.url.clone()), true).await
}

/// What came of one try.
enum Tried {
    Done,
    /// Worth another try after this long at least.
    Again(NotTold, Duration),
    Failed(NotTold),
}

async fn deliver(to: &Address, request: impl Fn() -> RequestBuilder, freely: bool) -> Result<(), NotTold> {
    let mut pause = PAUSE;
    for left in (0..TRIES).rev() {
        match once(to, request(), freely).await {
            Tried::Done => return Ok(()),
            Tried::Again(error, wish) if left > 0 && wish <= LONGEST_WISH => {
                tracing::info!(%error, "a notification is sent again after a wait");
                sleep(pause.max(wish)).await;
                pause *= 2;
            }
            Tried::Failed(error) | Tried::Again(error, _) => return Err(error),
        }
    }
    Ok(())
}

async fn once(to: &Address, request: RequestBuilder, freely: bool) -> Tried {
    match request.timeout(ONE_TRY).send().await {
        Ok(response) => judged(to.whom, response).await,
        Err(error) => {
            let again = freely || error.is_connect();
            let error = NotTold::Unreachable { whom: to.whom, cause: to.cause(error) };
            if again { Tried::Again(error, Duration::ZERO) } else { Tried::Failed(error) }
        }
    }
}

async fn judged(whom: &'static str, response: Response) -> Tried {
    let status = response.status();
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let date = header(DATE).and_then(|date| DateTime::parse_from_rfc2822(date).ok()).map(|date| date.to_utc());
    let wish = header(RETRY_AFTER).and_then(|wish| retry_after(wish, date)).unwrap_or_default();
    let refused = |answer: String, remedy| NotTold::Refused { whom, answer, remedy };
    if status.is_success() {
        // A body that breaks off says nothing more: the status has come.
        let body = bounded::body(response.bytes_stream(), LOOKED_AT).await.ok().flatten().unwrap_or_default();
        let is_throttled = String::from_utf8_lossy(&body).contains(THROTTLED);
        let throttled = || refused("200, and in its body that there were too many messages".to_owned(), LATER);
        return if is_throttled { Tried::Again(throttled(), wish) } else { Tried::Done };
    }
    let code = status.as_u16().to_string();
    if status.is_server_error() || [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT].contains(&status) {
        return Tried::Again(refused(code, LATER), wish);
    }
    let redirected = if status.is_redirection() { ", a redirect, which is not followed" } else { "" };
    Tried::Failed(refused(format!("{code}{redirected}"), TAKE_IT))
}
