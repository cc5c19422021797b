use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use secrecy::SecretString;

use super::*;
use crate::auth::testing::noon;

/// Plays a list of answers, each after a second; then goes on failing.
struct Script {
    clock: Clock,
    asked: AtomicUsize,
    answers: Mutex<VecDeque<Result<i64, AuthError>>>,
}

#[async_trait::async_trait]
impl Source for Arc<Script> {
    async fn fetch(&self) -> Result<Token, AuthError> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let answer = self.answers.lock().expect("not poisoned").pop_front();
        let minutes = answer.unwrap_or_else(|| Err(down()))?;
        Ok(Token {
            secret: SecretString::from(format!("token {number}")),
            expires_on: self.clock.now() + TimeDelta::minutes(minutes),
        })
    }

    fn cut_off(&self, _: Duration) -> AuthError {
        down()
    }
}

fn down() -> AuthError {
    AuthError::Unreachable { host: "login.example".to_owned(), cause: "HTTP 503".to_owned() }
}

type Answers = Vec<Result<i64, AuthError>>;

fn provider(answers: Answers) -> (Provider<Arc<Script>>, Arc<Script>) {
    let clock = Clock::at(noon());
    let script = Arc::new(Script { clock, asked: AtomicUsize::new(0), answers: Mutex::new(answers.into()) });
    (Provider::new(script.clone(), clock), script)
}

fn text(token: Result<Token, AuthError>) -> String {
    token.map_or_else(|error| error.code(), |token| token.secret.expose_secret().to_owned())
}

async fn minutes(count: u64) {
    tokio::time::advance(Duration::from_secs(60 * count)).await;
}

#[tokio::test(start_paused = true)]
async fn a_hundred_callers_are_one_request() {
    let (provider, script) = provider(vec![Ok(60)]);
    let tokens = join_all((0..100).map(|_| provider.token())).await;
    assert!(tokens.into_iter().all(|token| text(token) == "token 1"));
    assert_eq!(script.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_shared_for_ten_seconds_and_no_longer() {
    let (provider, script) = provider(vec![Err(down()), Ok(60)]);
    let tokens = join_all((0..100).map(|_| provider.token())).await;
    assert!(tokens.into_iter().all(|token| text(token) == "authority-unreachable"));
    assert_eq!(script.asked.load(Ordering::SeqCst), 1);
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(text(provider.token().await), "token 2");
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_five_minutes_before_its_end() {
    let (provider, script) = provider(vec![Ok(60), Ok(60)]);
    assert_eq!(text(provider.token().await), "token 1");
    minutes(54).await;
    assert_eq!(text(provider.token().await), "token 1");
    assert_eq!(script.asked.load(Ordering::SeqCst), 1);
    minutes(1).await;
    assert_eq!(text(provider.token().await), "token 2");
}

#[tokio::test(start_paused = true)]
async fn a_failed_renewal_keeps_the_old_token_to_its_end() {
    let (provider, script) = provider(vec![Ok(60), Err(down()), Err(down())]);
    assert_eq!(text(provider.token().await), "token 1");
    minutes(56).await;
    assert_eq!(text(provider.token().await), "token 1");
    assert_eq!(text(provider.token().await), "token 1");
    assert_eq!(script.asked.load(Ordering::SeqCst), 2, "the failure holds for a while");
    minutes(4).await;
    assert_eq!(text(provider.token().await), "authority-unreachable");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_renewal_who_has_a_good_token() {
    let (provider, _) = provider(vec![Ok(60), Ok(60)]);
    assert_eq!(text(provider.token().await), "token 1");
    minutes(56).await;
    let (first, second) = tokio::join!(provider.token(), provider.token());
    assert_eq!((text(first).as_str(), text(second).as_str()), ("token 2", "token 1"));
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_is_replaced_once() {
    let (provider, script) = provider(vec![Ok(60), Ok(60)]);
    let rejected = provider.token().await.expect("a token");
    for _ in 0..5 {
        provider.invalidate(&rejected).await;
        assert_eq!(text(provider.token().await), "token 2");
    }
    assert_eq!(script.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_is_never_given_out_again() {
    let (provider, _) = provider(vec![Ok(60), Err(down())]);
    let rejected = provider.token().await.expect("a token");
    provider.invalidate(&rejected).await;
    assert_eq!(text(provider.token().await), "authority-unreachable");
}

#[tokio::test(start_paused = true)]
async fn a_token_with_little_life_left_is_not_asked_for_at_every_call() {
    let (provider, script) = provider(vec![Ok(2), Ok(2)]);
    for _ in 0..20 {
        assert_eq!(text(provider.token().await), "token 1");
    }
    assert_eq!(script.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_does_not_block_the_others() {
    let (provider, _) = provider(vec![Ok(60)]);
    let gone = tokio::time::timeout(Duration::from_millis(10), provider.token()).await;
    assert!(gone.is_err());
    assert_eq!(text(provider.token().await), "token 2");
}

struct Silent;

#[async_trait::async_trait]
impl Source for Silent {
    async fn fetch(&self) -> Result<Token, AuthError> {
        std::future::pending().await
    }

    fn cut_off(&self, budget: Duration) -> AuthError {
        AuthError::Unreachable { host: "silent".to_owned(), cause: format!("{budget:?}") }
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends_after_thirty_seconds() {
    let clock = Clock::at(noon());
    let failure = Provider::new(Silent, clock).token().await.err();
    assert_eq!(clock.now() - noon(), TimeDelta::seconds(30));
    assert_eq!(failure.map(|failure| failure.exit().code()), Some(7));
}
