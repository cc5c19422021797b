//! `GET /users` and `GET /users/{id or UPN}`. <https://learn.microsoft.com/en-us/graph/api/user-list>

mod paging;

use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::answer::{Answer, Failure};
use super::columns::USERS;
use super::filter::{Case, Filter, Refused};
use super::person::Person;
use super::population::People;
use super::request::Request;
use super::schema::{Property, Schema};
use super::state::State;
use paging::{Candidates, Page};

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::new(400, refused.code, &refused.message)
    }
}

/// One user by id or UPN; an object that lists do not show yet is found too.
pub(super) fn one(state: &mut State, request: &Request, key: &str) -> Result<Answer, Failure> {
    request.allow_options(&["$select"])?;
    let columns = request.columns(&USERS)?;
    let now = state.now();
    let position = position(&mut state.tenant.people, key);
    let person =
        position.and_then(|position| state.tenant.people.at(position)).ok_or_else(|| Failure::not_found(key))?;
    let context =
        format!("\"@odata.context\":\"{}/v1.0/$metadata#users{}/$entity\"", state.public_root, selection(request));
    let mut body = Vec::new();
    Schema::write_row(&columns, person, now, &context, &mut body);
    Ok(Answer::odata(200, body))
}

/// The place of a user, by id or UPN.
pub(super) fn position(people: &mut People, key: &str) -> Option<usize> {
    match Uuid::parse_str(key) {
        Ok(id) => people.position(id),
        Err(_) => by_upn(people, key),
    }
}

fn by_upn(people: &mut People, upn: &str) -> Option<usize> {
    let found = people.positions(&[upn.to_owned()]);
    let is = |person: &Person| person.user_principal_name.eq_ignore_ascii_case(upn);
    found.into_iter().find(|&at| people.at(at).is_some_and(is))
}

/// The options of a listing that Graph knows.
const OPTIONS: [&str; 8] = ["$select", "$filter", "$top", "$count", "$orderby", "$search", "$expand", "$skiptoken"];

/// One page of users.
pub(super) fn list(state: &mut State, request: &Request) -> Result<Answer, Failure> {
    request.allow_options(&OPTIONS)?;
    let page = Page::parse(state, request)?;
    let columns = request.columns(&USERS)?;
    let shown = Shown::parse(state, request, page.advanced)?;
    let candidates = match shown.filter.as_ref().and_then(Filter::index_keys) {
        Some(keys) => Candidates::These(state.tenant.people.positions(&keys)),
        None => Candidates::All(state.tenant.people.len()),
    };
    let has = |at| state.tenant.people.at(at).is_some_and(|person| shown.has(person));
    let empty = state.tenant.empty_pages && !page.token.empty_shown;
    let (rows, next) = candidates.page(&page.token, if empty { 0 } else { page.size }, has);
    let mut head = format!("\"@odata.context\":\"{}/v1.0/$metadata#users{}\"", state.public_root, selection(request));
    if page.advanced && page.first {
        let _ = write!(head, ",\"@odata.count\":{}", candidates.count(has));
    }
    if let Some(position) = next {
        let link = paging::next_link(state, request, &page.token.followed(position, empty, shown.now));
        let _ = write!(head, ",\"@odata.nextLink\":{}", serde_json::Value::String(link));
    }
    Ok(Answer::odata(200, write_page(state, &columns, &rows, shown.now, &head)))
}

fn write_page(state: &State, columns: &[&Property<Person>], rows: &[usize], now: DateTime<Utc>, head: &str) -> Vec<u8> {
    let mut body = Vec::with_capacity(256 + rows.len() * columns.len() * 32);
    body.push(b'{');
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(b",\"value\":[");
    for (place, person) in rows.iter().filter_map(|&row| state.tenant.people.at(row)).enumerate() {
        if place > 0 {
            body.push(b',');
        }
        Schema::write_row(columns, person, now, "", &mut body);
    }
    body.extend_from_slice(b"]}");
    body
}

fn selection(request: &Request) -> String {
    request.parameter("$select").map(|names| format!("({names})")).unwrap_or_default()
}

/// Which users a listing shows.
struct Shown {
    filter: Option<Filter<Person>>,
    /// Where the index answers: it knows nobody younger.
    newest: Option<DateTime<Utc>>,
    case: Case,
    now: DateTime<Utc>,
}

impl Shown {
    fn parse(state: &State, request: &Request, advanced: bool) -> Result<Self, Failure> {
        let now = state.now();
        let lag = TimeDelta::from_std(state.tenant.index_lag).unwrap_or_default();
        let filter = request.parameter("$filter");
        Ok(Self {
            filter: filter.map(|text| Filter::parse(&text, &USERS, advanced)).transpose()?,
            newest: advanced.then(|| now - lag),
            case: if state.tenant.switches.filters_ignore_case { Case::Ignored } else { Case::Counts },
            now,
        })
    }

    fn has(&self, person: &Person) -> bool {
        person.is_listed(self.now)
            && self.newest.is_none_or(|newest| person.created_date_time <= newest)
            && self.filter.as_ref().is_none_or(|filter| filter.holds(person, self.now, self.case))
    }
}
