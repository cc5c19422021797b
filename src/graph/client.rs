//! The one function that sends a Graph request: token, gate, retry, ids, host check, size limit, traffic log.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use reqwest::{Method, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::error::{GraphError, ServiceError};
use super::record::{Exchange, Recorder};
use super::retry::{self, Next, Repeat, Trouble};
use super::throttle::Gate;
use super::wire;
use crate::auth::{AccessTokens, AuthError, ProvenToken, Unproven, Verdict, obstacle, prove};
use crate::directory::TenantId;

/// The largest answer that is read: a page of 999 people is about a megabyte, and one of them may carry 10 MB of malice.
const LARGEST_ANSWER: usize = 32 << 20;

/// A client of one tenant's Graph.
pub struct Client {
    /// The connections.
    pub http: reqwest::Client,
    /// The Graph root, without a slash at its end.
    pub root: String,
    /// The tenant whose tokens are accepted.
    pub tenant: TenantId,
    /// Where tokens come from.
    pub tokens: Arc<dyn AccessTokens>,
    /// The gate that all requests of the run go through.
    pub gate: Gate,
    /// The traffic log of `--record`.
    pub recorder: Option<Arc<Recorder>>,
    /// When the run must have ended.
    pub deadline: Instant,
    /// The last token that was proven.
    pub proven: tokio::sync::Mutex<Option<ProvenToken>>,
}

/// A request to make.
pub struct Call<'a> {
    /// What is asked for, in words, for messages.
    pub what: &'a str,
    /// A path and query below `/v1.0`, or a whole `@odata.nextLink`.
    pub url: &'a str,
    /// The body of a POST; a request without one is a GET.
    pub body: Option<&'a Value>,
    /// Whether it may be made twice.
    pub repeat: Repeat,
    /// Whoever waits here wakes at once when the run is to stop; an exchange under way is finished.
    pub halt: Option<&'a Halt>,
    /// Whether the caller has waited at the gate for the first try.
    pub turn_taken: bool,
}

impl<'a> Call<'a> {
    /// A read.
    pub fn get(what: &'a str, url: &'a str) -> Self {
        Self { what, url, body: None, repeat: Repeat::Freely, halt: None, turn_taken: false }
    }
}

/// Turns true when nothing new may be sent.
pub type Halt = tokio::sync::watch::Receiver<bool>;

/// An answer, its body unread.
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The server's `Date`.
    pub date: Option<DateTime<Utc>>,
    /// `Retry-After`.
    pub retry_after: Option<Duration>,
    /// `request-id`.
    pub request_id: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    /// How often the request was made.
    pub tries: u32,
}

/// Why there is no answer.
pub enum SendError {
    /// The run is to stop, and the request was not under way.
    Halted,
    /// All tries went wrong, or none more may be made.
    GaveUp(Lost),
    /// Something else than Graph answered.
    Foreign(String),
    /// No token.
    Auth(AuthError),
}

/// The last trouble of a request that got no answer.
#[derive(Clone, Debug)]
pub struct Lost {
    /// Of which kind.
    pub trouble: Trouble,
    /// The status, where one came.
    pub status: Option<u16>,
    /// `Retry-After`, where one came.
    pub retry_after: Option<Duration>,
    /// `request-id`, where one came.
    pub request_id: Option<String>,
    /// What was seen.
    pub why: String,
    /// How often the request was made.
    pub tries: u32,
}

/// How one exchange went wrong below HTTP.
enum Broken {
    Barred(String),
    NeverConnected(String),
    Lost(Option<u16>, String),
    Oversized(u16),
}

impl Client {
    /// Sends a request until there is an answer other than 429 and 5xx, or no further try is allowed.
    pub async fn send(&self, call: &Call<'_>) -> Result<Reply, SendError> {
        self.deliver(call, None).await
    }

    /// Reads JSON; every other answer than 200 with the right shape is an error.
    pub async fn get<T: serde::de::DeserializeOwned>(&self, call: &Call<'_>) -> Result<(T, Reply), GraphError> {
        let reply = self.send(call).await.map_err(|error| error.of_read(call.what))?;
        if reply.status != 200 {
            return Err(reply.refusal(call.what));
        }
        let read = reply.read(call.what)?;
        Ok((read, reply))
    }

    async fn deliver(&self, call: &Call<'_>, unproven: Option<&Unproven>) -> Result<Reply, SendError> {
        let url = self.url(call.url)?;
        let mut tries = 0;
        let mut renewed = false;
        loop {
            let proven = match unproven {
                None => Some(self.proven_token().await?),
                Some(_) => None,
            };
            let secret = proven.as_ref().map(ProvenToken::secret).or(unproven.map(Unproven::secret));
            if tries > 0 || !call.turn_taken {
                self.wait_for_turn(call, tries).await?;
            }
            tries += 1;
            let id = Uuid::new_v4();
            let lost = match self.exchange(call, &url, secret, id).await {
                Ok(mut reply) => {
                    reply.tries = tries;
                    let token = proven.filter(|_| reply.status == 401 && !renewed);
                    if let Some(token) = token {
                        renewed = true;
                        self.tokens.invalidate(token.token()).await;
                        continue;
                    }
                    match trouble_of(reply.status) {
                        None => return Ok(reply),
                        Some(trouble) => Lost::answered(trouble, reply),
                    }
                }
                Err(broken) => Lost::broken(call, broken, tries)?,
            };
            self.before_next_try(call, lost, id).await?;
        }
    }

    /// Waits as long as it takes before the same request may be made again, or gives up.
    async fn before_next_try(&self, call: &Call<'_>, lost: Lost, id: Uuid) -> Result<(), SendError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let jitter = f64::from(id.as_bytes()[15]) / 255.0;
        let next = retry::next(lost.trouble, call.repeat, lost.tries, lost.retry_after, jitter, left);
        // What is throttled and tried again pauses everybody below, at another pace.
        if (lost.trouble != Trouble::Throttled || next == Next::GiveUp)
            && let Some(wish) = lost.retry_after
        {
            self.gate.wait(wish);
        }
        let Next::After(wait) = next else {
            return Err(SendError::GaveUp(lost));
        };
        tracing::info!(
            status = lost.status,
            tries = lost.tries,
            wait_s = wait.as_secs(),
            "{} is tried again",
            call.what
        );
        if lost.trouble == Trouble::Throttled {
            self.gate.throttled(wait);
            return Ok(());
        }
        unless_halted(call.halt, sleep(wait)).await
    }

    async fn wait_for_turn(&self, call: &Call<'_>, tries: u32) -> Result<(), SendError> {
        match call.repeat {
            Repeat::Freely if self.gate.open(self.deadline).await => Ok(()),
            Repeat::Freely => Err(SendError::GaveUp(Lost::paused(tries))),
            Repeat::OnlyIfNotProcessed => unless_halted(call.halt, self.gate.slot()).await,
        }
    }

    /// The current token, proven; a refreshed one is proven anew.
    async fn proven_token(&self) -> Result<ProvenToken, SendError> {
        let token = self.tokens.token().await.map_err(SendError::Auth)?;
        let mut known = self.proven.lock().await;
        if let Some(proven) = known.as_ref()
            && proven.secret().expose_secret() == token.secret.expose_secret()
        {
            return Ok(proven.clone());
        }
        let verdict = prove(&token, self.tenant, &self.root).map_err(|error| SendError::Auth(error.into()))?;
        let proven = match verdict {
            Verdict::Proven(proven) => proven,
            Verdict::AskOrganization(unproven) => self.ask_organization(unproven).await?,
        };
        *known = Some(proven.clone());
        Ok(proven)
    }

    /// Lets the directory say whose token it is, where the token itself does not tell.
    async fn ask_organization(&self, unproven: Unproven) -> Result<ProvenToken, SendError> {
        let what = "the tenant of the token";
        let call = Call::get(what, "/organization?$select=id");
        let reply = Box::pin(self.deliver(&call, Some(&unproven))).await?;
        if reply.status != 200 {
            let why = format!("the token does not name its tenant, and GET /organization answers {}", reply.status);
            return Err(SendError::Foreign(why));
        }
        let page: Result<wire::Page<wire::Id>, _> = reply.read(what);
        let id = page.ok().and_then(|page| TenantId::parse(&page.value.first()?.id));
        let Some(id) = id else {
            return Err(SendError::Foreign(format!("{what} can't be read from GET /organization")));
        };
        unproven.confirm(id).map_err(|error| SendError::Auth(error.into()))
    }

    /// The whole URL. What the server calls a next page must be on this Graph: the token goes nowhere else.
    fn url(&self, given: &str) -> Result<Url, SendError> {
        let whole = if given.starts_with('/') { format!("{}/v1.0{given}", self.root) } else { given.to_owned() };
        let (Ok(url), Ok(root)) = (Url::parse(&whole), Url::parse(&self.root)) else {
            return Err(SendError::Foreign("a link that is no URL".to_owned()));
        };
        let same = url.origin() == root.origin() && url.username().is_empty() && url.password().is_none();
        if same {
            return Ok(url);
        }
        let short = |text: &str| text.chars().take(100).collect::<String>();
        let (scheme, host) = (short(url.scheme()), short(url.host_str().unwrap_or("nowhere")));
        Err(SendError::Foreign(format!(
            "a link to {scheme}://{host}, which is not {}; the token was not sent there",
            self.root
        )))
    }

    async fn exchange(
        &self,
        call: &Call<'_>,
        url: &Url,
        secret: Option<&SecretString>,
        id: Uuid,
    ) -> Result<Reply, Broken> {
        let started = Instant::now();
        let method = if call.body.is_some() { Method::POST } else { Method::GET };
        let mut request = self.http.request(method.clone(), url.clone()).header("client-request-id", id.to_string());
        if let Some(secret) = secret {
            request = request.bearer_auth(secret.expose_secret());
        }
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
        tracing::debug!(tenant = %self.tenant, status, request_id, client_request_id = %id, duration_ms, "{}", call.what);
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
    let mut response = request.send().await.map_err(broken)?;
    let status = response.status().as_u16();
    let header = |name: &str| text(response.headers(), name);
    let date = header("date").and_then(|date| DateTime::parse_from_rfc2822(&date).ok()).map(|date| date.to_utc());
    let retry_after = header("retry-after").and_then(|wish| retry::retry_after(&wish, date.unwrap_or_default()));
    let request_id = header("request-id").filter(|id| id.len() <= 64 && id.chars().all(|c| c.is_ascii_graphic()));
    let mut body = Vec::new();
    loop {
        let chunk = response
            .chunk()
            .await
            .map_err(|error| Broken::Lost(Some(status), obstacle::cause(&error.without_url())))?;
        let Some(chunk) = chunk else { break };
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(Broken::Oversized(status));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status, date, retry_after, request_id, body, tries: 1 })
}

fn broken(error: reqwest::Error) -> Broken {
    let error = error.without_url();
    let why = obstacle::cause(&error);
    match (error.is_connect(), obstacle::stays(&why)) {
        (true, true) => Broken::Barred(why),
        (true, false) => Broken::NeverConnected(why),
        (false, _) => Broken::Lost(None, why),
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn trouble_of(status: u16) -> Option<Trouble> {
    match status {
        429 => Some(Trouble::Throttled),
        // The server gave up waiting for the request; whether it saw it whole, nobody knows.
        408 => Some(Trouble::Lost),
        500.. => Some(Trouble::ServerFailed),
        _ => None,
    }
}

/// Waits for something, but not beyond the moment in which the run is to stop.
pub async fn unless_halted(halt: Option<&Halt>, wait: impl Future<Output = ()>) -> Result<(), SendError> {
    let Some(halt) = halt else {
        wait.await;
        return Ok(());
    };
    let mut halt = halt.clone();
    tokio::select! {
        biased;
        _ = halt.wait_for(|halted| *halted) => Err(SendError::Halted),
        () = wait => Ok(()),
    }
}

impl Lost {
    /// The pause that the service asked for outlasts the run.
    fn paused(tries: u32) -> Self {
        let why = "the service wants to be left alone for longer than the run may last".to_owned();
        Self { trouble: Trouble::Throttled, status: None, retry_after: None, request_id: None, why, tries }
    }

    fn answered(trouble: Trouble, reply: Reply) -> Self {
        let why = match reply.service_error() {
            Some(error) => error.to_string(),
            None => format!("status {}", reply.status),
        };
        let Reply { status, retry_after, request_id, tries, .. } = reply;
        Self { trouble, status: Some(status), retry_after, request_id, why, tries }
    }

    fn broken(call: &Call<'_>, broken: Broken, tries: u32) -> Result<Self, SendError> {
        let (trouble, status, why) = match broken {
            Broken::Barred(why) => (Trouble::Barred, None, why),
            Broken::NeverConnected(why) => (Trouble::NeverConnected, None, why),
            Broken::Lost(status, why) => (Trouble::Lost, status, why),
            Broken::Oversized(_) if call.repeat == Repeat::Freely => {
                return Err(SendError::Foreign(format!(
                    "{}: a body of more than {} MiB",
                    call.what,
                    LARGEST_ANSWER >> 20
                )));
            }
            Broken::Oversized(status) => (Trouble::Lost, Some(status), "a body without end".to_owned()),
        };
        Ok(Self { trouble, status, retry_after: None, request_id: None, why, tries })
    }
}

impl SendError {
    /// What it means for a read, which never halts and is never ambiguous.
    pub fn of_read(self, what: &str) -> GraphError {
        let what = what.to_owned();
        match self {
            Self::Auth(error) => GraphError::Auth(error),
            Self::Foreign(what) => GraphError::NotGraph { what },
            Self::Halted => GraphError::Busy { what, tries: 0, status: 0 },
            Self::GaveUp(Lost { trouble, status, tries, why, .. }) => match (trouble, status) {
                (Trouble::Throttled | Trouble::ServerFailed, Some(status)) => GraphError::Busy { what, tries, status },
                _ => GraphError::Unreachable { what, tries, why },
            },
        }
    }
}

impl Reply {
    fn headers(&self) -> Vec<(&'static str, String)> {
        let date = self.date.map(|date| ("date", date.to_rfc2822()));
        let wish = self.retry_after.map(|wish| ("retry-after", wish.as_secs().to_string()));
        let id = self.request_id.clone().map(|id| ("request-id", id));
        [date, wish, id].into_iter().flatten().collect()
    }

    /// Reads the body, which is an object; what serde says of a failure may quote people, so that only the place is passed on.
    pub fn read<T: serde::de::DeserializeOwned>(&self, what: &str) -> Result<T, GraphError> {
        let start = self.body.trim_ascii_start();
        if !start.starts_with(b"{") {
            // An array would be read into a structure by position.
            let looks = if start.starts_with(b"<") { "HTML" } else { "no JSON object" };
            return Err(GraphError::not_graph(format!("{what}: {looks}")));
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            let looks = if error.is_eof() { "JSON that ends too early" } else { "JSON of another shape" };
            GraphError::not_graph(format!("{what}: {looks} (line {}, column {})", error.line(), error.column()))
        })
    }

    /// The refusal in Graph's form, if the body is one.
    pub fn service_error(&self) -> Option<ServiceError> {
        let body: wire::ErrorBody = serde_json::from_slice(&self.body).ok()?;
        Some(ServiceError::new(self.status, &body, self.request_id.clone()))
    }

    /// What a redirect is called: Graph never redirects, and nobody follows.
    pub fn redirect(&self, what: &str) -> Option<String> {
        let redirected = (300..400).contains(&self.status);
        redirected.then(|| format!("{what} is redirected ({}), which Graph never does", self.status))
    }

    /// What an answer to a read means that is not 200.
    pub fn refusal(&self, what: &str) -> GraphError {
        if let Some(redirect) = self.redirect(what) {
            return GraphError::not_graph(redirect);
        }
        let Some(error) = self.service_error() else {
            return GraphError::not_graph(format!("{what}: status {} without Graph's error body", self.status));
        };
        match self.status {
            ..=299 => GraphError::not_graph(format!("{what}: status {} instead of 200", self.status)),
            401 | 403 => GraphError::Denied { what: what.to_owned(), error },
            _ => GraphError::Refused { what: what.to_owned(), error },
        }
    }
}
