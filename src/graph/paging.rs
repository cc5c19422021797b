//! Collections, page by page; a page is given on and dropped.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use super::client::{Call, Client};
use super::error::GraphError;
use super::wire::Page;

/// Reads every page of a collection and gives each to `take`; returns the `Date` of the first.
///
/// A next link that was there before would never end, so it is not Graph's. `take` may refuse a page.
pub async fn pages<T: DeserializeOwned>(
    client: &Client,
    what: &str,
    first: &str,
    mut take: impl FnMut(Vec<T>) -> Result<(), GraphError>,
) -> Result<Option<DateTime<Utc>>, GraphError> {
    let mut seen = HashSet::new();
    let mut next = Some(first.to_owned());
    let mut date = None;
    while let Some(link) = next {
        let (page, reply): (Page<T>, _) = client.get(&Call::get(what, &link)).await.map_err(expired)?;
        // The first page's: people who are created while the others are read belong to the next window.
        date = date.or(reply.date);
        // A page of 999 people is about a megabyte; text and people need not be kept side by side.
        drop(reply);
        take(page.value)?;
        if !seen.insert(link) || page.next_link.as_ref().is_some_and(|link| seen.contains(link)) {
            return Err(GraphError::not_graph(format!("{what}: a page links to one that was read before")));
        }
        next = page.next_link.map(|link| absolute(what, link)).transpose()?;
    }
    Ok(date)
}

/// The items of a page and of those that follow it, if any do.
pub async fn all<T: DeserializeOwned>(client: &Client, what: &str, page: Page<T>) -> Result<Vec<T>, GraphError> {
    let mut items = page.value;
    if let Some(link) = page.next_link {
        let take = |more| {
            items.extend::<Vec<T>>(more);
            Ok(())
        };
        pages(client, what, &absolute(what, link)?, take).await?;
    }
    Ok(items)
}

/// A next link is a whole URL; what begins like a path would be taken for one of ours.
fn absolute(what: &str, link: String) -> Result<String, GraphError> {
    if link.starts_with('/') {
        return Err(GraphError::not_graph(format!("{what}: a next link that is no whole URL")));
    }
    Ok(link)
}

/// Graph forgets where a slow reader was; the next run starts the list anew.
fn expired(error: GraphError) -> GraphError {
    match error {
        GraphError::Refused { what, error } if error.code == "Directory_ExpiredPageToken" => {
            GraphError::Busy { what, tries: 1, status: error.status }
        }
        other => other,
    }
}
