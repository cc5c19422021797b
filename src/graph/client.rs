//! The one function that sends a Graph request: host check, proven token, gate, exchange, retry.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Method, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::error::GraphError;
use super::exchange::trouble_of;
use super::halt::{Halt, Halted, unless_halted};
use super::record::Recorder;
use super::reply::{Lost, Reply, SendError};
use super::retry::{self, Next, Repeat, Trouble};
use super::throttle::Gate;
use super::wire;
use crate::auth::{AccessTokens, Claims, ProvenToken, Unproven, Verdict, prove};
use crate::config::{Limits, Tenant};
use crate::directory::TenantId;

/// A silence of this length is explained to whoever looks on.
const LONG_WAIT: Duration = Duration::from_secs(10);

/// A client of one tenant's Graph.
pub struct Client {
    pub(super) http: reqwest::Client,
    /// The Graph root, without a slash at its end.
    root: String,
    pub(super) tenant: TenantId,
    tokens: Arc<dyn AccessTokens>,
    pub(super) gate: Gate,
    pub(super) recorder: Option<Arc<Recorder>>,
    pub(super) deadline: Instant,
    /// How many answers were 429.
    throttled: AtomicU64,
    /// The last token that was proven; only [`prove`] and what it asks for put one here.
    proven: tokio::sync::Mutex<Option<ProvenToken>>,
}

/// A request to make.
pub struct Call<'a> {
    /// What is asked for, in words, for messages.
    pub(super) what: &'a str,
    /// A path and query below `/v1.0`, or a whole `@odata.nextLink`.
    url: &'a str,
    /// The body; a request without one is a GET.
    pub(super) body: Option<&'a Value>,
    effect: Effect<'a>,
}

/// What a request does, and so how it is sent.
enum Effect<'a> {
    /// Nothing: it is made as often as it helps, and a run that is to stop drops it as a whole.
    Read,
    /// An invitation: the caller has waited for its first turn, and whoever waits here wakes at once when the run is
    /// to stop; an exchange under way is finished.
    Invite(&'a Halt),
    /// A setting, by this method: repeated and halted as an invitation is, at no pace of its own.
    Edit(Method, &'a Halt),
}

impl<'a> Call<'a> {
    /// A read.
    pub fn get(what: &'a str, url: &'a str) -> Self {
        Self { what, url, body: None, effect: Effect::Read }
    }

    /// Many reads in the body of a POST, which is a read itself.
    pub(super) fn batch(what: &'a str, body: &'a Value) -> Self {
        Self { what, url: "/$batch", body: Some(body), effect: Effect::Read }
    }

    /// The one write about people.
    pub(super) fn invitation(body: &'a Value, halt: &'a Halt) -> Self {
        Self { what: "an invitation", url: "/invitations", body: Some(body), effect: Effect::Invite(halt) }
    }

    /// A write of a setting.
    pub(super) fn edit(what: &'a str, method: Method, url: &'a str, body: &'a Value, halt: &'a Halt) -> Self {
        Self { what, url, body: Some(body), effect: Effect::Edit(method, halt) }
    }

    pub(super) fn method(&self) -> Method {
        match (&self.effect, self.body) {
            (Effect::Edit(method, _), _) => method.clone(),
            (_, Some(_)) => Method::POST,
            (_, None) => Method::GET,
        }
    }

    pub(super) fn repeat(&self) -> Repeat {
        match self.effect {
            Effect::Read => Repeat::Freely,
            Effect::Invite(_) | Effect::Edit(..) => Repeat::OnlyIfNotProcessed,
        }
    }

    fn halt(&self) -> Option<&'a Halt> {
        match self.effect {
            Effect::Read => None,
            Effect::Invite(halt) | Effect::Edit(_, halt) => Some(halt),
        }
    }

    /// Whether it takes turns at the pace of invitations, and lowers that pace where it is throttled.
    fn is_paced(&self) -> bool {
        matches!(self.effect, Effect::Invite(_))
    }

    /// Whether the try after `tries` has to wait at the gate; an invitation's first turn was taken before its intent.
    fn needs_turn(&self, tries: u32) -> bool {
        tries > 0 || !self.is_paced()
    }
}

/// The token that a request is made with.
pub(super) enum Bearer<'a> {
    /// Proven to be for this tenant in this cloud: every request but one.
    Proven(ProvenToken),
    /// Not yet: the one request that proves it.
    Asking(&'a Unproven),
}

impl Bearer<'_> {
    pub(super) fn secret(&self) -> &SecretString {
        match self {
            Self::Proven(token) => token.secret(),
            Self::Asking(token) => token.secret(),
        }
    }
}

/// Says that a request is made again; on a terminal only where somebody would wonder why nothing happens.
fn announce(call: &Call<'_>, lost: &Lost, wait: Duration) {
    let (request, status, attempt, wait_ms) = (call.what, lost.status, lost.tries, wait.as_millis());
    if wait >= LONG_WAIT {
        tracing::warn!(request, status, attempt, wait_ms, "a request is made again after a long wait");
    } else {
        tracing::info!(request, status, attempt, wait_ms, "a request is made again");
    }
}

impl Client {
    /// A client whose time runs from now: the run's pace and end are those of `limits`.
    pub fn new(tenant: &Tenant, http: reqwest::Client, tokens: Arc<dyn AccessTokens>, limits: &Limits) -> Self {
        Self {
            http,
            root: tenant.endpoints.graph.clone(),
            tenant: tenant.tenant_id,
            tokens,
            gate: Gate::new(limits.rate_per_second),
            recorder: None,
            deadline: Instant::now() + limits.max_runtime,
            throttled: AtomicU64::new(0),
            proven: tokio::sync::Mutex::default(),
        }
    }

    /// The same, with the traffic log of `--record` where there is one.
    #[must_use]
    pub fn recorded(self, recorder: Option<Arc<Recorder>>) -> Self {
        Self { recorder, ..self }
    }

    /// The tenant whose tokens are accepted.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// When the run must have ended.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// How many answers were 429 so far, those of items within a batch not counted.
    pub fn throttled(&self) -> u64 {
        self.throttled.load(Ordering::Relaxed)
    }

    /// What the current token says of itself, proven to be for this tenant; `None` where it can't be read.
    pub async fn identity(&self) -> Result<Option<Claims>, GraphError> {
        let token = self.proven_token().await.map_err(|error| error.of_read("the sign-in"))?;
        Ok(token.claims().cloned())
    }

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

    async fn deliver(&self, call: &Call<'_>, asking: Option<&Unproven>) -> Result<Reply, SendError> {
        let url = self.url(call.url)?;
        let mut tries = 0;
        let mut renewed = false;
        loop {
            let bearer = match asking {
                None => Bearer::Proven(self.token_for(call, tries).await?),
                Some(unproven) => Bearer::Asking(unproven),
            };
            if call.needs_turn(tries) {
                self.wait_for_turn(call, tries).await?;
            }
            // The run may have been stopped since the turn came: while a token was renewed, or in this very moment.
            if call.halt().is_some_and(|halt| *halt.borrow()) {
                return Err(SendError::Halted { tries });
            }
            tries += 1;
            // A new id for each try: Microsoft's support finds one exchange by it, not a row of them.
            let id = Uuid::new_v4();
            let lost = match self.exchange(call, &url, &bearer, id).await {
                Ok(mut reply) => {
                    reply.tries = tries;
                    if let Bearer::Proven(rejected) = &bearer
                        && reply.status == 401
                        && !renewed
                    {
                        // Once: a second 401 with a fresh token is about the identity, and no third token mends that.
                        renewed = true;
                        self.tokens.invalidate(rejected.token()).await;
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
        if lost.trouble == Trouble::Throttled {
            self.throttled.fetch_add(1, Ordering::Relaxed);
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        // The id's last byte is random already; a generator of its own would bring a dependency for one number.
        let jitter = f64::from(id.as_bytes()[15]) / 255.0;
        let next = retry::next(lost.trouble, call.repeat(), lost.tries, lost.retry_after, jitter, left);
        // What is throttled and tried again pauses everybody below, at another pace.
        if (lost.trouble != Trouble::Throttled || next == Next::GiveUp)
            && let Some(wish) = lost.retry_after
        {
            self.gate.wait(wish);
        }
        let Next::After(wait) = next else {
            return Err(SendError::GaveUp(lost));
        };
        announce(call, &lost, wait);
        match (lost.trouble, call.is_paced()) {
            // Invitations have a limit of their own, so that only theirs tells which pace it allows.
            (Trouble::Throttled, true) => self.gate.throttled(wait),
            (Trouble::Throttled, false) => self.gate.wait(wait),
            _ => {
                unless_halted(call.halt(), sleep(wait))
                    .await
                    .map_err(|Halted| SendError::Halted { tries: lost.tries })?;
            }
        }
        Ok(())
    }

    async fn wait_for_turn(&self, call: &Call<'_>, tries: u32) -> Result<(), SendError> {
        let turn = async {
            if call.is_paced() {
                self.gate.slot().await;
                return true;
            }
            self.gate.open(self.deadline).await
        };
        match unless_halted(call.halt(), turn).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(SendError::GaveUp(Lost::paused(tries))),
            Err(Halted) => Err(SendError::Halted { tries }),
        }
    }

    /// The token for the next try; what goes wrong with it is not the request's own failure, which has not left.
    async fn token_for(&self, call: &Call<'_>, tries: u32) -> Result<ProvenToken, SendError> {
        let token = unless_halted(call.halt(), self.proven_token()).await;
        let token = token.map_err(|Halted| SendError::Halted { tries })?;
        token.map_err(|cause| SendError::NotSent { cause: Box::new(cause), tries })
    }

    /// The current token, proven; a refreshed one is proven anew.
    async fn proven_token(&self) -> Result<ProvenToken, SendError> {
        let token = self.tokens.token().await.map_err(SendError::Auth)?;
        // Held while a token is proven, so that many senders ask the directory about it once.
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
        let what = "asking whose token this is, which it does not tell itself (needs Organization.Read.All),";
        let call = Call::get(what, "/organization?$select=id");
        // Boxed, because sending asks for a proof and the proof sends; with the token given it does not ask again.
        let reply = Box::pin(self.deliver(&call, Some(&unproven))).await?;
        if let (401 | 403, Some(error)) = (reply.status, reply.service_error()) {
            return Err(SendError::Denied(error));
        }
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
        // Scheme, host and port (RFC 6454); a name and password before the host would make one look like another.
        let same = url.origin() == root.origin() && url.username().is_empty() && url.password().is_none();
        if same {
            return Ok(url);
        }
        // Written by whoever answered, so that it is shown in part only.
        let short = |text: &str| text.chars().take(100).collect::<String>();
        let (scheme, host) = (short(url.scheme()), short(url.host_str().unwrap_or("nowhere")));
        Err(SendError::Foreign(format!(
            "a link to {scheme}://{host}, which is not {}; the token was not sent there",
            self.root
        )))
    }
}
