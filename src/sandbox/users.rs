//! `GET /users` and `GET /users/{id or UPN}`. <https://learn.microsoft.com/en-us/graph/api/user-list>

use std::io::Write;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::answer::{Answer, Failure};
use super::columns::USERS;
use super::filter::{Filter, Refused};
use super::person::Person;
use super::population::People;
use super::request::Request;
use super::schema::{Property, Schema};
use super::state::State;

/// What `$top` may be at most.
const LARGEST_PAGE: usize = 999;
/// What a page holds without `$top`.
const PAGE: usize = 100;

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::new(400, refused.code, &refused.message)
    }
}

/// One user by id or UPN; an object that lists do not show yet is found too.
pub(super) fn one(state: &mut State, request: &Request, key: &str) -> Result<Answer, Failure> {
    request.allow_options(&["$select", "$expand"])?;
    let columns = request.columns(&USERS)?;
    let now = state.now();
    let position = match Uuid::parse_str(key) {
        Ok(id) => state.tenant.people.position(id),
        Err(_) => by_upn(&mut state.tenant.people, key),
    };
    let person = position
        .and_then(|position| state.tenant.people.at(position))
        .ok_or_else(|| Failure::not_found(key))?;
    let context = format!(
        "\"@odata.context\":\"{}/v1.0/$metadata#users{}/$entity\"",
        state.public_root,
        selection(request)
    );
    let mut body = Vec::new();
    Schema::write_row(&columns, person, now, &context, &mut body);
    Ok(Answer::odata(200, body))
}

fn by_upn(people: &mut People, upn: &str) -> Option<usize> {
    let found = people.positions(&[upn.to_owned()]);
    let is = |person: &Person| person.user_principal_name.eq_ignore_ascii_case(upn);
    found.into_iter().find(|&at| people.at(at).is_some_and(is))
}

/// One page of users.
pub(super) fn list(state: &mut State, request: &Request) -> Result<Answer, Failure> {
    request.allow_options(&[
        "$select",
        "$filter",
        "$top",
        "$count",
        "$orderby",
        "$search",
        "$expand",
        "$skiptoken",
    ])?;
    let page = Page::parse(state, request)?;
    let columns = request.columns(&USERS)?;
    let now = state.now();
    let shown = Shown {
        filter: request
            .parameter("$filter")
            .map(|text| Filter::parse(&text, &USERS, page.advanced))
            .transpose()?,
        newest: page
            .advanced
            .then(|| now - TimeDelta::from_std(state.tenant.index_lag).unwrap_or_default()),
        now,
    };
    let candidates = match shown.filter.as_ref().and_then(Filter::index_keys) {
        Some(keys) => Candidates::These(state.tenant.people.positions(&keys)),
        None => Candidates::All(state.tenant.people.len()),
    };
    let empty = state.tenant.empty_pages && !page.token.empty_shown;
    let size = if empty { 0 } else { page.size };
    let (rows, next) = candidates.page(&page.token, size, |at| {
        state.tenant.people.at(at).is_some_and(|one| shown.has(one))
    });
    let count = (page.advanced && page.first)
        .then(|| candidates.count(|at| state.tenant.people.at(at).is_some_and(|one| shown.has(one))));
    let link = next.map(|position| {
        next_link(
            state,
            request,
            &Token {
                position,
                empty_shown: empty,
                issued: now,
            },
        )
    });
    Ok(Answer::odata(
        200,
        write_page(state, request, &columns, &rows, now, count, link),
    ))
}

fn write_page(
    state: &State,
    request: &Request,
    columns: &[&Property<Person>],
    rows: &[usize],
    now: DateTime<Utc>,
    count: Option<usize>,
    link: Option<String>,
) -> Vec<u8> {
    let mut body = Vec::with_capacity(256 + rows.len() * columns.len() * 32);
    let count = count
        .map(|count| format!(",\"@odata.count\":{count}"))
        .unwrap_or_default();
    let link = link
        .map(|link| format!(",\"@odata.nextLink\":{}", serde_json::Value::String(link)))
        .unwrap_or_default();
    let context = format!("{}/v1.0/$metadata#users{}", state.public_root, selection(request));
    write!(body, "{{\"@odata.context\":\"{context}\"{count}{link},\"value\":[")
        .expect("writing to memory does not fail");
    for (place, &row) in rows.iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        if let Some(person) = state.tenant.people.at(row) {
            Schema::write_row(columns, person, now, "", &mut body);
        }
    }
    body.extend_from_slice(b"]}");
    body
}

fn selection(request: &Request) -> String {
    request
        .parameter("$select")
        .map(|names| format!("({names})"))
        .unwrap_or_default()
}

/// Which users a listing shows.
struct Shown {
    filter: Option<Filter<Person>>,
    /// Where the index answers: it knows nobody younger.
    newest: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
}

impl Shown {
    fn has(&self, person: &Person) -> bool {
        person.is_listed(self.now)
            && self.newest.is_none_or(|newest| person.created_date_time <= newest)
            && self.filter.as_ref().is_none_or(|filter| filter.holds(person, self.now))
    }
}

/// The users to look at, so that a look-up by address does not read the whole tenant.
enum Candidates {
    All(usize),
    These(Vec<usize>),
}

impl Candidates {
    fn from(&self, position: usize) -> Box<dyn Iterator<Item = usize> + '_> {
        match self {
            Self::All(len) => Box::new(position..*len),
            Self::These(positions) => Box::new(positions.iter().copied().filter(move |&at| at >= position)),
        }
    }

    /// The rows of one page, and where the next one begins if there is one.
    fn page(&self, token: &Token, size: usize, shown: impl Fn(usize) -> bool) -> (Vec<usize>, Option<usize>) {
        let mut rows = Vec::new();
        for at in self.from(token.position).filter(|&at| shown(at)) {
            if rows.len() == size {
                return (rows, Some(at));
            }
            rows.push(at);
        }
        (rows, None)
    }

    fn count(&self, shown: impl Fn(usize) -> bool) -> usize {
        self.from(0).filter(|&at| shown(at)).count()
    }
}

/// Where a listing goes on, opaque to the caller.
struct Token {
    position: usize,
    empty_shown: bool,
    issued: DateTime<Utc>,
}

impl Token {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("RFNwdAoAA")?.split('-');
        let position = usize::from_str_radix(parts.next()?, 16).ok()?;
        let empty_shown = parts.next()? == "1";
        let issued = DateTime::from_timestamp(i64::from_str_radix(parts.next()?, 16).ok()?, 0)?;
        Some(Self {
            position,
            empty_shown,
            issued,
        })
    }

    fn text(&self) -> String {
        format!(
            "RFNwdAoAA{:x}-{}-{:x}",
            self.position,
            u8::from(self.empty_shown),
            self.issued.timestamp()
        )
    }
}

/// What the request says about paging.
struct Page {
    size: usize,
    token: Token,
    first: bool,
    advanced: bool,
}

impl Page {
    fn parse(state: &State, request: &Request) -> Result<Self, Failure> {
        let top = match request.parameter("$top") {
            Some(text) => text
                .parse()
                .ok()
                .filter(|top| (1..=LARGEST_PAGE).contains(top))
                .ok_or_else(|| {
                    let message = format!(
                        "Invalid page size specified: '{text}'. Must be between 1 and {LARGEST_PAGE} inclusive."
                    );
                    Failure::new(400, "Request_UnsupportedQuery", &message)
                })?,
            None => PAGE,
        };
        let start = Token {
            position: 0,
            empty_shown: false,
            issued: state.now(),
        };
        let token = request.parameter("$skiptoken");
        Ok(Self {
            size: top.min(state.tenant.page_size.unwrap_or(LARGEST_PAGE)).max(1),
            first: token.is_none(),
            token: token.map_or(Ok(start), |text| live(state, &text))?,
            advanced: advanced(request)?,
        })
    }
}

/// Whether the index answers; `$search`, `$orderby` with a filter and the like are not emulated.
fn advanced(request: &Request) -> Result<bool, Failure> {
    let beyond = ["$search", "$orderby", "$expand"];
    match beyond.iter().find(|name| request.parameter(name).is_some()) {
        Some(name) => {
            let message = format!("The sandbox does not answer '{name}'.");
            Err(Failure::new(400, "Request_UnsupportedQuery", &message))
        }
        None => Ok(request.is_advanced()),
    }
}

fn live(state: &State, text: &str) -> Result<Token, Failure> {
    let lifetime = state
        .tenant
        .page_token_lifetime
        .map(|lifetime| TimeDelta::from_std(lifetime).unwrap_or(TimeDelta::MAX));
    let is_live = |token: &Token| lifetime.is_none_or(|lifetime| state.now() < token.issued + lifetime);
    Token::parse(text).filter(is_live).ok_or_else(|| {
        let message = "The specified page token value has expired and can no longer be included in your request.";
        Failure::new(400, "Directory_ExpiredPageToken", message)
    })
}

/// The request's own parameters with the new token.
fn next_link(state: &State, request: &Request, token: &Token) -> String {
    let is_token = |part: &&str| part.starts_with("$skiptoken=") || part.starts_with("%24skiptoken=");
    let mut parts: Vec<&str> = request
        .query
        .split('&')
        .filter(|part| !part.is_empty() && !is_token(part))
        .collect();
    let own = format!("$skiptoken={}", token.text());
    parts.push(&own);
    format!("{}/v1.0/users?{}", state.public_root, parts.join("&"))
}
