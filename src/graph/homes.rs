//! The accounts of a home tenant, by the names that people are invited under.

use super::batch::{self, Item};
use super::client::Client;
use super::error::GraphError;
use super::wire::{HomeRow, Page};
use super::{encode, literal, paging};
use crate::directory::{ObjectId, Personal};
use crate::selection::{HomeAccount, LookUpName};

const WHAT: &str = "the look-up of home accounts";

/// `in (…)` takes no more values without the advanced parameters, which would ask an index that lags for the newest users.
///
/// <https://learn.microsoft.com/en-us/graph/filter-query-parameter>
const VALUES: usize = 15;

/// Names at a time: what fills the batches that are under way at once, so that answers are not kept longer than it takes to
/// read them.
const AT_A_TIME: usize = 40 * VALUES;

/// What a name may be of an account.
#[derive(Clone, Copy)]
enum Property {
    Mail,
    Upn,
}

/// Reads the accounts whose mail or UPN is one of these names; one that is found by both is in the answer twice.
///
/// Guests of the home tenant are among them: an address that leads to two objects is nobody's for certain. An account that
/// nobody asked for is [`GraphError::NotGraph`].
pub async fn accounts(client: &Client, names: &[LookUpName]) -> Result<Vec<HomeAccount>, GraphError> {
    let mut accounts = Vec::new();
    for names in names.chunks(AT_A_TIME) {
        let asked = names.chunks(VALUES).flat_map(|names| [(Property::Mail, names), (Property::Upn, names)]);
        let asked: Vec<_> = asked.collect();
        let urls: Vec<_> = asked.iter().map(|(property, names)| url(*property, names)).collect();
        for (item, (property, names)) in batch::read_all(client, WHAT, &urls).await?.into_iter().zip(asked) {
            accounts.extend(found(client, item, property, names).await?);
        }
    }
    Ok(accounts)
}

fn url(property: Property, names: &[LookUpName]) -> String {
    let name = match property {
        Property::Mail => "mail",
        Property::Upn => "userPrincipalName",
    };
    let values: Vec<_> = names.iter().map(|name| literal(name.expose())).collect();
    let filter = format!("{name} in ({})", values.join(","));
    format!("/users?$select=id,mail,userPrincipalName,accountEnabled&$filter={}", encode(&filter))
}

async fn found(
    client: &Client,
    item: Item,
    property: Property,
    names: &[LookUpName],
) -> Result<Vec<HomeAccount>, GraphError> {
    let page: Page<HomeRow> = item.read(WHAT)?;
    let rows = paging::all(client, WHAT, page).await?;
    rows.iter().map(|row| account(row, property, names)).collect()
}

fn account(row: &HomeRow, property: Property, names: &[LookUpName]) -> Result<HomeAccount, GraphError> {
    let found_by = match property {
        Property::Mail => row.mail.as_deref(),
        Property::Upn => Some(row.user_principal_name.as_str()),
    };
    let name = found_by.and_then(LookUpName::parse);
    if !name.is_some_and(|name| names.contains(&name)) {
        return Err(GraphError::not_graph(format!("{WHAT}: one that was not asked for")));
    }
    Ok(HomeAccount {
        id: ObjectId::parse(&row.id)
            .ok_or_else(|| GraphError::not_graph(format!("{WHAT}: an account whose id is none")))?,
        mail: row.mail.as_deref().map(Personal::new),
        upn: Personal::new(&row.user_principal_name),
        enabled: row.account_enabled.unwrap_or(true),
    })
}
