//! `$batch` for reads: up to 20 in one request, each with a status and a Retry-After of its own.
//!
//! <https://learn.microsoft.com/en-us/graph/json-batching>

use std::collections::HashMap;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::client::{Call, Client};
use super::error::{GraphError, ServiceError};
use super::retry::{self, Next, Repeat, Trouble};
use super::wire::ErrorBody;

/// The most requests that one batch may hold.
const LARGEST: usize = 20;

/// Batches under way at once: enough to hide the latency, far below what throttles.
const AT_ONCE: usize = 4;

/// The answer to one read of a batch.
#[derive(Deserialize)]
pub struct Item {
    id: String,
    /// Its own status.
    pub status: u16,
    #[serde(default)]
    headers: HashMap<String, Value>,
    #[serde(default)]
    body: Value,
}

#[derive(Deserialize)]
struct Answers {
    responses: Vec<Item>,
}

/// Makes the reads (paths below `/v1.0`) and gives their answers in the same order.
///
/// Items that are throttled or fail inside the service are asked again until they are answered otherwise.
pub async fn read_all(client: &Client, what: &str, urls: &[String]) -> Result<Vec<Item>, GraphError> {
    let chunks = stream::iter(urls.chunks(LARGEST).map(|chunk| read_chunk(client, what, chunk)));
    let answers: Vec<Vec<Item>> = chunks.buffered(AT_ONCE).try_collect().await?;
    Ok(answers.into_iter().flatten().collect())
}

async fn read_chunk(client: &Client, what: &str, urls: &[String]) -> Result<Vec<Item>, GraphError> {
    let mut done: Vec<Option<Item>> = urls.iter().map(|_| None).collect();
    let mut tries = 0;
    loop {
        let open: Vec<usize> = (0..urls.len()).filter(|index| done[*index].is_none()).collect();
        if open.is_empty() {
            return Ok(done.into_iter().flatten().collect());
        }
        tries += 1;
        let mut again: Option<Duration> = None;
        for item in ask(client, what, urls, &open).await? {
            // Answers come in any order, so that the id alone tells whose one is.
            let index = open.iter().copied().find(|index| index.to_string() == item.id);
            let index =
                index.ok_or_else(|| GraphError::not_graph(format!("{what}: an answer that was not asked for")))?;
            match item.trouble() {
                None => done[index] = Some(item),
                Some(trouble) => {
                    let wait = wait_for(client, what, &item, trouble, tries)?;
                    again = again.max(Some(wait));
                }
            }
        }
        match again {
            // The longest wish: asking the others earlier would be one more batch.
            Some(wait) => tokio::time::sleep(wait).await,
            None if done.iter().any(Option::is_none) => {
                return Err(GraphError::not_graph(format!("{what}: a batch without all of its answers")));
            }
            None => {}
        }
    }
}

async fn ask(client: &Client, what: &str, urls: &[String], open: &[usize]) -> Result<Vec<Item>, GraphError> {
    let request = |index: &usize| json!({"id": index.to_string(), "method": "GET", "url": urls[*index]});
    let body = json!({"requests": open.iter().map(request).collect::<Vec<_>>()});
    let call = Call::batch(what, &body);
    let (answers, _): (Answers, _) = client.get(&call).await?;
    Ok(answers.responses)
}

fn wait_for(client: &Client, what: &str, item: &Item, trouble: Trouble, tries: u32) -> Result<Duration, GraphError> {
    // What one item is told goes for everybody.
    if let Some(wish) = item.retry_after() {
        client.gate.wait(wish);
    }
    let left = client.deadline.saturating_duration_since(Instant::now());
    // No jitter: the items of a batch go out together again anyway.
    match retry::next(trouble, Repeat::Freely, tries, item.retry_after(), 1.0, left) {
        Next::After(wait) => Ok(wait),
        Next::GiveUp => Err(GraphError::Busy { what: what.to_owned(), tries, status: item.status }),
    }
}

impl Item {
    fn trouble(&self) -> Option<Trouble> {
        match self.status {
            429 => Some(Trouble::Throttled),
            500.. => Some(Trouble::ServerFailed),
            _ => None,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        let (_, value) = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        // Items of a batch have no `Date`, and were only ever seen with seconds.
        retry::retry_after(&value, None)
    }

    /// Reads the body of a 200.
    pub fn read<T: serde::de::DeserializeOwned>(self, what: &str) -> Result<T, GraphError> {
        if self.status != 200 {
            return Err(self.refusal(what));
        }
        // An array would be read into a structure by position.
        if !self.body.is_object() {
            return Err(GraphError::not_graph(format!("{what}: no JSON object")));
        }
        serde_json::from_value(self.body).map_err(|_| GraphError::not_graph(format!("{what}: JSON of another shape")))
    }

    /// What another answer than 200 means.
    pub fn refusal(&self, what: &str) -> GraphError {
        let Ok(body) = ErrorBody::deserialize(&self.body) else {
            return GraphError::not_graph(format!("{what}: status {} without Graph's error body", self.status));
        };
        let error = ServiceError::new(self.status, &body, None);
        let what = what.to_owned();
        match self.status {
            401 | 403 => GraphError::Denied { what, error },
            _ => GraphError::Refused { what, error },
        }
    }
}
