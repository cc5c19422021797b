//! `GET /organization`, `/roleManagement/directory/roleAssignments` and `/contacts`: small sets, one page each.

use serde_json::{Map, Value, json};

use super::answer::{Answer, Failure};
use super::columns::{CONTACTS, ROLE_ASSIGNMENTS};
use super::filter::{Case, Filter};
use super::request::Request;
use super::schema::{Schema, stamp};
use super::state::State;

/// The tenant's facts. <https://learn.microsoft.com/en-us/graph/api/organization-list>
pub(super) fn organization(state: &State, request: &Request) -> Result<Answer, Failure> {
    request.allow_options(&["$select", "$top"])?;
    let tenant = &state.tenant;
    let domain = |(position, name): (usize, &String)| {
        json!({
            "capabilities": "Email, OfficeCommunicationsOnline",
            "isDefault": position == 0,
            "isInitial": name.contains(".onmicrosoft."),
            "name": name,
            "type": "Managed",
        })
    };
    let synced = tenant.people.iter().filter_map(|person| person.on_premises_last_sync_date_time).max();
    let all = json!({
        "displayName": tenant.display_name,
        "verifiedDomains": tenant.verified_domains.iter().enumerate().map(domain).collect::<Vec<_>>(),
        "onPremisesSyncEnabled": synced.map(|_| true),
        "onPremisesLastSyncDateTime": synced.map(stamp),
        "tenantType": "AAD",
    });
    let mut shown = Map::from_iter([("id".to_owned(), json!(tenant.id))]);
    let selected = request.parameter("$select");
    for (name, value) in all.as_object().into_iter().flatten() {
        if selected.as_ref().is_none_or(|names| names.split(',').any(|wanted| wanted.trim() == name)) {
            shown.insert(name.clone(), value.clone());
        }
    }
    Ok(collection(state, "organization", selected.as_deref(), &json!([shown])))
}

/// Who holds directory roles. <https://learn.microsoft.com/en-us/graph/api/rbacapplication-list-roleassignments>
pub(super) fn role_assignments(state: &State, request: &Request) -> Result<Answer, Failure> {
    set(state, request, &ROLE_ASSIGNMENTS, &state.tenant.role_assignments)
}

/// Organizational contacts. <https://learn.microsoft.com/en-us/graph/api/orgcontact-list>
pub(super) fn contacts(state: &State, request: &Request) -> Result<Answer, Failure> {
    set(state, request, &CONTACTS, &state.tenant.contacts)
}

/// One page of a set that is small enough for it.
pub(super) fn set<T>(
    state: &State,
    request: &Request,
    schema: &'static Schema<T>,
    rows: &[T],
) -> Result<Answer, Failure> {
    request.allow_options(&["$select", "$filter", "$top", "$count"])?;
    let columns = request.columns(schema)?;
    let filter = request.parameter("$filter");
    let filter = filter.map(|text| Filter::parse(&text, schema, request.is_advanced())).transpose()?;
    let now = state.now();
    let mut value = Vec::from(b"[");
    for row in rows.iter().filter(|row| filter.as_ref().is_none_or(|filter| filter.holds(row, now, Case::Ignored))) {
        if value.len() > 1 {
            value.push(b',');
        }
        Schema::write_row(&columns, row, now, "", &mut value);
    }
    value.push(b']');
    let value: Value = serde_json::from_slice(&value).expect("rows are written as JSON");
    Ok(collection(state, schema.set, request.parameter("$select").as_deref(), &value))
}

/// A collection's answer.
pub(super) fn collection(state: &State, set: &str, selected: Option<&str>, value: &Value) -> Answer {
    let selection = selected.map(|names| format!("({names})")).unwrap_or_default();
    let context = format!("{}/v1.0/$metadata#{set}{selection}", state.public_root);
    Answer::odata(200, json!({ "@odata.context": context, "value": value }).to_string())
}
