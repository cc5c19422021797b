//! One exchange: a request leaves, its answer is received whole, and both are logged.

use chrono::DateTime;
use reqwest::header::HeaderMap;
use reqwest::{Method, Url};
use secrecy::ExposeSecret as _;
use tokio::time::Instant;
use uuid::Uuid;

use super::client::{Bearer, Call, Client};
use super::record::Exchange;
use super::reply::Reply;
use super::retry::{self, Trouble};
use crate::auth::obstacle;
use crate::bounded;

/// The largest answer that is read: a page of 999 people is about a megabyte, and one of them may carry 10 MB of malice.
pub(super) const LARGEST_ANSWER: usize = 32 << 20;

/// How one exchange went wrong below HTTP.
pub(super) enum Broken {
    /// There will never be a connection: a certificate, a proxy that wants a password.
    Barred(String),
    /// The connection or its TLS never stood.
    NeverConnected(String),
    /// No answer, or not a whole one.
    Lost(Option<u16>, String),
    /// A body without end.
    Oversized(u16),
}

impl Client {
    pub(super) async fn exchange(
        &self,
        call: &Call<'_>,
        url: &Url,
        bearer: &Bearer<'_>,
        id: Uuid,
    ) -> Result<Reply, Broken> {
        let started = Instant::now();
        let method = call.method();
        let mut request = self.http.request(method.clone(), url.clone()).header("client-request-id", id.to_string());
        request = request.bearer_auth(bearer.secret().expose_secret());
        if let Some(body) = call.body {
            request = request.json(body);
        }
        let result = receive(request).await;
        self.log(call, &result, id, started);
        self.record(&method, url, call, &result, id);
        result
    }

    fn log(&self, call: &Call<'_>, result: &Result<Reply, Broken>, id: Uuid, started: Instant) {
        let status = result.as_ref().ok().map(|reply| reply.status);
        let request_id = result.as_ref().ok().and_then(|reply| reply.request_id.as_deref());
        let duration_ms = started.elapsed().as_millis();
        let (request, tenant_id) = (call.what, self.tenant);
        tracing::debug!(request, %tenant_id, status, request_id, client_request_id = %id, duration_ms, "a request was made");
    }

    fn record(&self, method: &Method, url: &Url, call: &Call<'_>, result: &Result<Reply, Broken>, id: Uuid) {
        let Some(recorder) = &self.recorder else { return };
        let reply = result.as_ref().ok();
        let headers = reply.map(Reply::headers).unwrap_or_default();
        let exchange = Exchange {
            method: method.as_str(),
            url: url.as_str(),
            client_request_id: &id.to_string(),
            request_body: call.body,
            status: reply.map(|reply| reply.status),
            response_headers: headers,
            response_body: reply.map(|reply| reply.body.as_slice()).unwrap_or_default(),
        };
        if let Err(error) = recorder.add(&exchange) {
            tracing::warn!(%error, "the traffic log of --record can't be written");
        }
    }
}

async fn receive(request: reqwest::RequestBuilder) -> Result<Reply, Broken> {
    let response = request.send().await.map_err(broken)?;
    let status = response.status().as_u16();
    let header = |name: &str| text(response.headers(), name);
    // RFC 9110 section 5.6.7: an IMF-fixdate, which RFC 2822's reader takes.
    let date = header("date").and_then(|date| DateTime::parse_from_rfc2822(&date).ok()).map(|date| date.to_utc());
    let retry_after = header("retry-after").and_then(|wish| retry::retry_after(&wish, date));
    // It goes into logs and reports as it is: what does not look like an id stays out.
    let request_id = header("request-id").filter(|id| id.len() <= 64 && id.chars().all(|c| c.is_ascii_graphic()));
    let lost = |error: reqwest::Error| Broken::Lost(Some(status), obstacle::cause(&error.without_url()));
    let body = bounded::body(response.bytes_stream(), LARGEST_ANSWER).await.map_err(lost)?;
    let body = body.ok_or(Broken::Oversized(status))?;
    Ok(Reply { status, date, retry_after, request_id, body, tries: 1 })
}

fn broken(error: reqwest::Error) -> Broken {
    let error = error.without_url();
    let why = obstacle::cause(&error);
    // Only a connection that never stood tells for certain that the service has not seen an invitation.
    match (error.is_connect(), obstacle::stays(&why)) {
        (true, true) => Broken::Barred(why),
        (true, false) => Broken::NeverConnected(why),
        (false, _) => Broken::Lost(None, why),
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Which trouble a status is; `None` for an answer.
pub(super) fn trouble_of(status: u16) -> Option<Trouble> {
    match status {
        429 => Some(Trouble::Throttled),
        // The server gave up waiting for the request; whether it saw it whole, nobody knows.
        408 => Some(Trouble::Lost),
        500.. => Some(Trouble::ServerFailed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::retry::{Next, Repeat, next};

    /// The statuses after which a request is made again.
    fn repeated(repeat: Repeat) -> Vec<u16> {
        let hour = std::time::Duration::from_secs(3600);
        let again = |trouble| next(trouble, repeat, 1, None, 0.0, hour) != Next::GiveUp;
        (100..600).filter(|status| trouble_of(*status).is_some_and(again)).collect()
    }

    #[test]
    fn reads_are_repeated_after_408_429_and_every_5xx_and_invitations_after_429_alone() {
        let reads: Vec<u16> = [408, 429].into_iter().chain(500..600).collect();
        assert_eq!(repeated(Repeat::Freely), reads);
        assert_eq!(repeated(Repeat::OnlyIfNotProcessed), [429]);
    }
}
