//! One token for everybody: cached, refreshed early by one caller at a time, its failures shared.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use tokio::sync::Mutex as Flight;

use crate::auth::{AccessTokens, AuthError, Token};
use crate::world::Clock;

/// Tokens are renewed so long before their end, so that none ends under way, as Microsoft's libraries do.
const EARLY: TimeDelta = TimeDelta::minutes(5);
/// After a failure, and after a token that came with little life left, nobody is asked for so long: it spares the
/// service the same question from everybody who waits.
const PAUSE: TimeDelta = TimeDelta::seconds(10);
/// The longest anybody waits for a token, with all retries. A host without managed identity is told so within it.
const BUDGET: Duration = Duration::from_secs(30);

/// Who is asked for a new token.
#[async_trait::async_trait]
pub(super) trait Source: Send + Sync {
    /// A token that no cache on this side has seen.
    async fn fetch(&self) -> Result<Token, AuthError>;

    /// What to say when [`Source::fetch`] was cut off after the budget.
    fn cut_off(&self, budget: Duration) -> AuthError;
}

/// What is known.
#[derive(Default)]
struct State {
    /// The token, and from when on a new one is wanted.
    current: Option<(Token, DateTime<Utc>)>,
    /// The last failure, and until when it is everybody's.
    failure: Option<(AuthError, DateTime<Utc>)>,
}

/// [`AccessTokens`] over any source.
pub(super) struct Provider<S> {
    source: S,
    clock: Clock,
    state: Mutex<State>,
    flight: Flight<()>,
}

impl<S: Source> Provider<S> {
    pub(super) fn new(source: S, clock: Clock) -> Self {
        Self { source, clock, state: Mutex::default(), flight: Flight::default() }
    }

    /// No await happens under this lock, and nothing panics there.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What can be said without asking: a token that needs no renewal, or a failure that is still fresh.
    fn known(&self) -> Option<Result<Token, AuthError>> {
        let (state, now) = (self.state(), self.clock.now());
        match (&state.current, &state.failure) {
            (Some((token, renew)), _) if now < *renew && now < token.expires_on => Some(Ok(token.clone())),
            (None, Some((failure, until))) if now < *until => Some(Err(failure.clone())),
            _ => None,
        }
    }

    /// The token that is due for renewal and still good.
    fn still_valid(&self) -> Option<Token> {
        let (state, now) = (self.state(), self.clock.now());
        state.current.as_ref().filter(|(token, _)| now < token.expires_on).map(|(token, _)| token.clone())
    }

    async fn renew(&self) -> Result<Token, AuthError> {
        let fetched = tokio::time::timeout(BUDGET, self.source.fetch()).await;
        match fetched.unwrap_or_else(|_| Err(self.source.cut_off(BUDGET))) {
            Ok(token) => Ok(self.keep(token)),
            Err(failure) => self.fall_back(failure),
        }
    }

    fn keep(&self, token: Token) -> Token {
        let soon = self.clock.now() + PAUSE;
        let renew = token.expires_on.checked_sub_signed(EARLY).unwrap_or(soon).max(soon);
        tracing::debug!(expires_on = %token.expires_on, "a new access token was issued");
        let mut state = self.state();
        state.failure = None;
        state.current = Some((token.clone(), renew));
        token
    }

    /// The old token where it still lives; else the failure, for everybody who asks in the next seconds.
    fn fall_back(&self, failure: AuthError) -> Result<Token, AuthError> {
        let until = self.clock.now() + PAUSE;
        if let Some(token) = self.still_valid() {
            tracing::warn!(error = %failure, expires_on = %token.expires_on, "the access token is not renewed; the old one still lives");
            self.state().current = Some((token.clone(), until));
            return Ok(token);
        }
        let mut state = self.state();
        state.current = None;
        state.failure = Some((failure.clone(), until));
        Err(failure)
    }
}

#[async_trait::async_trait]
impl<S: Source> AccessTokens for Provider<S> {
    async fn token(&self) -> Result<Token, AuthError> {
        if let Some(known) = self.known() {
            return known;
        }
        let Ok(_flight) = self.flight.try_lock() else {
            // Somebody is renewing. Whoever still has a good token goes on with it; the others wait.
            if let Some(token) = self.still_valid() {
                return Ok(token);
            }
            let _flight = self.flight.lock().await;
            return match self.known() {
                Some(known) => known,
                None => self.renew().await,
            };
        };
        match self.known() {
            Some(known) => known,
            None => self.renew().await,
        }
    }

    async fn invalidate(&self, rejected: &Token) {
        let mut state = self.state();
        let same = |(token, _): &(Token, _)| token.secret.expose_secret() == rejected.secret.expose_secret();
        if state.current.as_ref().is_some_and(same) {
            tracing::info!("Graph rejected the access token; a new one is fetched");
            state.current = None;
        }
    }
}

#[cfg(test)]
mod tests;
