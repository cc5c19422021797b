//! The tenant in the commercial cloud where the sample people are at home.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::{Uuid, uuid};

use super::{HOME_DOMAIN, demo};
use crate::sandbox::person::Person;
use crate::sandbox::policies::CrossTenantAccess;
use crate::sandbox::principals::Principal;
use crate::sandbox::tenant::Tenant;

/// The id of the home tenant.
pub const HOME_TENANT_ID: Uuid = uuid!("5a4db000-7e4a-4000-8000-000000000002");

/// Who has left: the copy is still there, the account at home is not.
pub const NOT_AT_HOME: &str = "aldo.ricci@contoso.com";

/// Whose account at home is disabled.
pub const DISABLED_AT_HOME: &str = "birgit.olsen@contoso.com";

/// The home tenant of [`demo`]: everybody of [`HOME_DOMAIN`] has an account whose UPN is the address, but for the two.
pub fn home(now: DateTime<Utc>) -> Tenant {
    let mut tenant = Tenant {
        id: HOME_TENANT_ID,
        display_name: "Contoso".to_owned(),
        verified_domains: vec![HOME_DOMAIN.to_owned(), "contoso.onmicrosoft.com".to_owned()],
        region_scope: "NA".to_owned(),
        region_sub_scope: None,
        cloud_instance: "microsoftonline.com".to_owned(),
        access: access(),
        principals: vec![worker()],
        now,
        ..Tenant::default()
    };
    let copies = demo(now).people;
    let mails = copies.iter().filter_map(|copy| copy.mail.as_deref().zip(copy.display_name.as_deref()));
    let ours = |mail: &str| mail.rsplit_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(HOME_DOMAIN));
    let at_home = mails.filter(|(mail, _)| ours(mail) && *mail != NOT_AT_HOME);
    tenant.people.extend(at_home.zip(1001_u32..).map(|((mail, name), n)| account(n, mail, name)));
    tenant
}

/// The application that carries invitations between clouds; no page gives its application id.
fn worker() -> Principal {
    Principal {
        id: uuid!("5a4db000-3042-4000-8000-000000000001"),
        app_id: uuid!("5a4db000-3042-4000-8000-000000000002"),
        display_name: "Microsoft B2B Cross Cloud Worker".to_owned(),
        account_enabled: true,
    }
}

/// Nobody has enabled the other cloud or added the other tenant, and only a pilot group may go out.
fn access() -> CrossTenantAccess {
    let mut access = CrossTenantAccess::default();
    let pilot = json!([{ "target": "5a4db000-9409-4000-8000-000000000001", "targetType": "group" }]);
    access.default["b2bCollaborationOutbound"]["usersAndGroups"]["targets"] = pilot;
    access
}

fn account(n: u32, mail: &str, name: &str) -> Person {
    let account = Person::synced(n, mail).display_name(name).user_principal_name(mail);
    if mail == DISABLED_AT_HOME { account.disabled() } else { account }
}
