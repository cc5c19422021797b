//! `POST /$batch`. <https://learn.microsoft.com/en-us/graph/json-batching>

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::answer::{Answer, Failure, Ids};
use super::faults::{Action, Canned, strike};
use super::request::Request;
use super::routes::{self, Roles};
use super::state::State;

/// How many requests a batch takes.
const MOST: usize = 20;

/// Does every item on its own; the whole is a 200 even where all of them fail.
pub(super) fn post(state: &mut State, request: &Request, roles: &Roles) -> Result<Answer, Failure> {
    let body: Value =
        serde_json::from_slice(&request.body).map_err(|_| Failure::bad_request("Invalid batch payload format."))?;
    let items = body["requests"].as_array().ok_or_else(|| Failure::bad_request("Invalid batch payload format."))?;
    check(items)?;
    let ids = Ids::new(request.header("client-request-id"));
    let mut responses: Vec<Value> = items.iter().map(|item| one(state, item, roles, &ids)).collect();
    // They may come in any order, and a client must not count on theirs.
    responses.reverse();
    Ok(Answer::odata(200, json!({ "responses": responses }).to_string()))
}

fn check(items: &[Value]) -> Result<(), Failure> {
    if items.len() > MOST {
        let message = format!("Number of batch request steps exceeds the maximum value of {MOST}.");
        return Err(Failure::bad_request(&message));
    }
    let mut seen = BTreeSet::new();
    for item in items {
        let id = item["id"].as_str().filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| Failure::bad_request("Request Id has to be specified in a batch."))?;
        if !seen.insert(id.to_lowercase()) {
            return Err(Failure::bad_request(&format!("Request Id {id} has been used more than once in the batch.")));
        }
        let (method, url) = (item["method"].as_str(), item["url"].as_str());
        if method.is_none() || url.is_none_or(|url| url.contains("://") || url.starts_with("/v1.0")) {
            return Err(Failure::bad_request("Invalid batch request: a method and a relative url are required."));
        }
    }
    Ok(())
}

fn one(state: &mut State, item: &Value, roles: &Roles, ids: &Ids) -> Value {
    let request = inner(item);
    let answer = match throttled(state) {
        Some(failure) => failure.answer(state, ids),
        None => faulted(state, &request, roles, ids),
    };
    let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let headers: Map<String, Value> =
        answer.headers.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
    let mut response = json!({ "id": item["id"], "status": answer.status, "headers": headers });
    if body != Value::Null {
        response["body"] = body;
    }
    response
}

/// The truth, or what a fault makes of it; only those that concern one answer apply inside a batch.
fn faulted(state: &mut State, request: &Request, roles: &Roles, ids: &Ids) -> Answer {
    let target = format!("/v1.0{}", request.readable());
    let applies = |action: &Action| matches!(action, Action::Answer(_) | Action::FailAfter(_) | Action::Edit(_));
    let mut faults = std::mem::take(&mut state.tenant.faults);
    let (mut inside, outside): (Vec<_>, Vec<_>) = faults.drain(..).partition(|fault| applies(&fault.action));
    let action = strike(&mut inside, &request.method, &target, &request.body);
    inside.extend(outside);
    state.tenant.faults = inside;
    state.item_struck |= action.is_some();
    let canned = |canned: Canned| Answer {
        status: canned.status,
        headers: canned.headers,
        body: canned.body.into(),
        delay: Duration::ZERO,
    };
    if let Some(Action::Answer(answer)) = action {
        return canned(answer);
    }
    let mut truth = routes::answer(state, request, roles).unwrap_or_else(|failure| failure.answer(state, ids));
    match action {
        Some(Action::FailAfter(answer)) => canned(answer),
        Some(Action::Edit(edit)) => {
            let mut body = serde_json::from_slice(&truth.body).unwrap_or(Value::Null);
            edit(&mut body);
            truth.body = body.to_string().into();
            truth
        }
        _ => truth,
    }
}

/// Items are throttled one by one, and their `Retry-After` was seen to be a decimal.
fn throttled(state: &mut State) -> Option<Failure> {
    let limit = state.tenant.batch_item_limit;
    let left = state.batch_items.count(limit, state.started.elapsed()).err()?;
    Some(Failure::throttled(Some(format!("{:.3}", left.as_secs_f64()))))
}

fn inner(item: &Value) -> Request {
    let url = item["url"].as_str().unwrap_or_default();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let headers = item["headers"].as_object().into_iter().flatten();
    let header = |(name, value): (&String, &Value)| Some((name.to_lowercase(), value.as_str()?.to_owned()));
    Request {
        method: item["method"].as_str().unwrap_or_default().to_uppercase(),
        path,
        query: query.to_owned(),
        headers: headers.filter_map(header).collect::<BTreeMap<_, _>>(),
        body: if item["body"].is_null() { Bytes::new() } else { item["body"].to_string().into() },
    }
}
