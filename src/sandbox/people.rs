//! Ready tenants: the one behind `--cloud sandbox`, and crowds for benchmarks.

mod home;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::{Uuid, uuid};

pub use home::{DISABLED_AT_HOME, HOME_TENANT_ID, NOT_AT_HOME, home};

use super::faults::{Action, Canned, Fault};
use super::person::Person;
use super::policies::CrossTenantAccess;
use super::principals::{Grant, Principal};
use super::tenant::{RoleAssignment, Tenant};

/// The mail domain of the home side.
pub const HOME_DOMAIN: &str = "contoso.com";

/// The id of the sandbox's tenant.
pub const TENANT_ID: Uuid = uuid!("5a4db000-7e4a-4000-8000-000000000001");

/// The object id of a managed identity in it that is to run xcsync, and may only read so far.
pub const IDENTITY: Uuid = uuid!("5a4db000-1de4-4000-8000-000000000001");

/// The extension attribute that the additional Entra Connect server fills with the home UPN; the sandbox's configuration
/// invites people under it.
pub const HOME_UPN: u8 = 15;

/// Whom the sandbox's configuration excludes.
pub const EXCLUDED: [&str; 2] = ["breakglass@contoso.com", "nora.fields@contoso.com"];

/// The departments that the sandbox's configuration has in scope.
pub const DEPARTMENTS: [&str; 4] = ["Sales", "Support", "Engineering", "Finance"];

/// Whom the service refuses though the plan invites them: a group in the home tenant has the address.
pub const REFUSED: &str = "team.blue@contoso.com";

/// Whose invitation is throttled once.
pub const THROTTLED: &str = "carla.stone@contoso.com";

/// Whose invitation is done, but the connection closes before the answer.
pub const DROPPED: &str = "dmitri.hale@contoso.com";

/// Whom earlier runs have had to do with, and how: the program remembers them from the start.
pub const REMEMBERED: [(&str, &str, Remembered); 8] = [
    ("Marta Silva", "marta.silva@contoso.com", Remembered::UnderAnotherAddress),
    ("Noor Haddad", "noor.haddad@contoso.com", Remembered::Reverted),
    ("Olga Petrova", "olga.petrova@contoso.com", Remembered::RemindedTwice),
    ("Pavel Dusek", "pavel.dusek@contoso.com", Remembered::ReminderDue),
    ("Ravi Menon", "ravi.menon@contoso.com", Remembered::Refused),
    ("Sofia Costa", "sofia.costa@contoso.com", Remembered::GivenUp),
    ("Theo Marchand", "theo.marchand@contoso.com", Remembered::FailedLately),
    ("Uma Krishnan", "uma.krishnan@contoso.com", Remembered::FailedLongAgo),
];

/// What earlier runs remember of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remembered {
    /// Invited, under another address than the present one.
    UnderAnotherAddress,
    /// Seen as accepted, and not invited any more.
    Reverted,
    /// Invited and reminded as often as allowed.
    RemindedTwice,
    /// Invited long ago.
    ReminderDue,
    /// Refused by the service, as they still are.
    Refused,
    /// Failed for four weeks.
    GivenUp,
    /// Failed, and not due yet.
    FailedLately,
    /// Failed, and due.
    FailedLongAgo,
}

/// Exchange Online Plan 2, which brings a mailbox.
const EXCHANGE_PLAN_2: Uuid = uuid!("efb87545-963c-4e0d-99df-69c6916d9eb0");

/// Exchange Foundation, which is called `exchange` too and brings none.
const EXCHANGE_FOUNDATION: Uuid = uuid!("113feb6c-3fe4-4440-bddc-54d774bf0318");

/// The tenant behind `xcsync invite --cloud sandbox`: with the domain [`HOME_DOMAIN`], the departments
/// [`DEPARTMENTS`] in scope and [`EXCLUDED`] excluded, every decision and the common failures occur.
pub fn demo(now: DateTime<Utc>) -> Tenant {
    let mut tenant = Tenant {
        id: TENANT_ID,
        now,
        invitation_latency: (Duration::from_millis(20), Duration::from_millis(60)),
        ..Tenant::default()
    };
    tenant.access = access();
    tenant.principals.push(identity());
    tenant.grants.extend(Grant::named(IDENTITY, "User.Read.All", now - TimeDelta::days(30)));
    let groups = [invited(), skipped(), held(), outsiders(), older(), remembered(), held_at_home()];
    let people = groups.into_iter().flatten().zip(1_u32..);
    tenant.people.extend(people.map(|(sample, n)| sample.person(n, now)));
    tenant.groups.insert(REFUSED.to_owned());
    let role = tenant.people.iter().find(|person| person.mail.as_deref() == Some("petra.lang@contoso.com"));
    tenant.role_assignments.extend(role.map(|person| RoleAssignment::helpdesk(person.id)));
    tenant.faults = faults(&tenant);
    tenant
}

fn identity() -> Principal {
    let app_id = uuid!("5a4db000-1de4-4000-8000-000000000002");
    Principal { id: IDENTITY, app_id, display_name: "xcsync-identity".to_owned(), account_enabled: true }
}

/// A government tenant as many are: it does not tell its clouds, and blocks collaboration by default.
fn access() -> CrossTenantAccess {
    let mut access = CrossTenantAccess { allowed_cloud_endpoints: None, ..CrossTenantAccess::default() };
    for part in ["usersAndGroups", "applications"] {
        access.default["b2bCollaborationInbound"][part]["accessType"] = json!("blocked");
    }
    access.default["isServiceDefault"] = json!(false);
    access
}

/// One throttled invitation and one whose answer is lost. The body names the person, so the order does not matter.
fn faults(tenant: &Tenant) -> Vec<Fault> {
    let id =
        |mail: &str| tenant.people.iter().find(|person| person.mail.as_deref() == Some(mail)).map(|person| person.id);
    let throttled = Canned::graph_error(429, "TooManyRequests", "Please retry again later.").header("Retry-After", "1");
    let fault = |mail: &str, action| id(mail).map(|id| Fault::on("POST", "/invitations", action).about(id));
    let throttle = fault(THROTTLED, Action::Answer(throttled));
    let drop = fault(DROPPED, Action::DropAfter);
    throttle.into_iter().chain(drop).collect()
}

/// What is special about a sample person.
type Touch = fn(Person, DateTime<Utc>) -> Person;

/// A person before it has a number.
struct Sample {
    name: &'static str,
    mail: &'static str,
    department: &'static str,
    hours_old: i64,
    touch: Touch,
}

impl Sample {
    fn person(&self, n: u32, now: DateTime<Utc>) -> Person {
        let upn = format!("{}@fabrikam.us", self.name.to_lowercase().replace(' ', "."));
        let person = Person::synced(n, self.mail).display_name(self.name).user_principal_name(&upn);
        let mut person = person.department(self.department).created(now - TimeDelta::hours(self.hours_old));
        person.on_premises_last_sync_date_time = Some(now - TimeDelta::minutes(20));
        if self.mail.contains('@') {
            person = person.extension_attribute(HOME_UPN, self.mail);
        }
        (self.touch)(person, now)
    }
}

fn sample(name: &'static str, mail: &'static str, department: &'static str, hours_old: i64) -> Sample {
    Sample { name, mail, department, hours_old, touch: |person, _| person }
}

fn special(name: &'static str, mail: &'static str, touch: Touch) -> Sample {
    Sample { touch, ..sample(name, mail, "Engineering", 5) }
}

/// Who is new, and what happens to three of them.
fn invited() -> Vec<Sample> {
    vec![
        sample("Ann Archer", "ann.archer@contoso.com", "Sales", 2),
        sample("Ben Okafor", "ben.okafor@contoso.com", "Sales", 3),
        sample("Carla Stone", THROTTLED, "Support", 3),
        sample("Dmitri Hale", DROPPED, "Support", 4),
        sample("Emi Sato", "emi.sato@contoso.com", "Engineering", 6),
        sample("Farid Nassar", "Farid.Nassar@Contoso.com", "Finance", 7),
        sample("Greta Lindqvist", "greta.lindqvist@contoso.com", "Finance", 9),
        special("Hugo Marin", "hugo.marin@contoso.com", |person, _| person.plan("exchange", EXCHANGE_FOUNDATION)),
        sample("Ines Duarte", "ines.duarte@contoso.com", "Engineering", 20),
        sample("Team Blue", REFUSED, "Support", 8),
    ]
}

/// Who is of the home side and needs nothing, or must be left alone.
fn skipped() -> Vec<Sample> {
    vec![
        special("Jonas Weber", "jonas.weber@contoso.com", |person, _| Person {
            on_premises_sync_enabled: None,
            on_premises_immutable_id: None,
            on_premises_last_sync_date_time: None,
            ..person
        }),
        special("Kira Novak", "kira.novak@contoso.com", |person, _| Person {
            on_premises_sync_enabled: Some(false),
            ..person
        }),
        special("Break Glass", EXCLUDED[0], |person, _| person),
        special("Nora Fields", EXCLUDED[1], |person, _| person),
        sample("Liam Doyle", "liam.doyle@contoso.com", "Facilities", 5),
        special("Mona Reyes", "mona.reyes@contoso.com", |mut person, _| {
            person.department = None;
            person
        }),
        special("Oscar Brandt", "oscar.brandt@contoso.com", |p, now| p.state("Accepted", now - TimeDelta::hours(2))),
        special("Paula Greco", "paula.greco@contoso.com", |p, now| p.state("Accepted", now - TimeDelta::hours(3))),
        special("Quentin Roy", "quentin.roy@contoso.com", |p, now| {
            p.state("PendingAcceptance", now - TimeDelta::hours(4))
        }),
        special("Rosa Jimenez", "rosa.jimenez@contoso.com", |p, now| {
            p.state("PendingAcceptance", now - TimeDelta::hours(1))
        }),
        special("Samir Patel", "samir.patel@contoso.com", |person, _| person.disabled()),
    ]
}

/// Whom an administrator must look at.
fn held() -> Vec<Sample> {
    vec![
        special("Tara Quinn", "tara.quinn@contoso.com", |p, now| p.state("Suspended", now - TimeDelta::hours(1))),
        special("Ugo Ferri", "ugo.ferri+us@contoso.com", |person, _| person),
        special("Wanda Pike", "wanda.pike@contoso.com", |mut person, _| {
            person.on_premises_extension_attributes.clear();
            person
        }),
        special("Vera Holm", "vera.holm@contoso.com", |person, _| person.on_premises_upn("v.holm@contoso.com")),
        special("Will Chen", "will.chen@contoso.com", |person, _| person),
        special("William Chen", "Will.Chen@contoso.com", |person, _| Person {
            // Entra keeps proxy addresses apart, not `mail`: this is how two accounts come to share one.
            proxy_addresses: Vec::new(),
            ..person
        }),
        special("Xenia Papas", "xenia.papas@contoso.com", |person, _| {
            person.provisioning_error("ProxyAddresses", "SMTP:xenia.papas@contoso.com")
        }),
        special("Yusuf Demir", "yusuf.demir@contoso.com", |person, _| person),
        special("Zoe Martin", "zoe.martin@contoso.com", |person, _| person.plan("exchange", EXCHANGE_PLAN_2)),
        special("Petra Lang", "petra.lang@contoso.com", |person, _| person),
    ]
}

/// Whom only a look into the home tenant holds; the last of all, so that the others keep their ids.
fn held_at_home() -> Vec<Sample> {
    [("Aldo Ricci", NOT_AT_HOME), ("Birgit Olsen", DISABLED_AT_HOME)]
        .map(|(name, mail)| sample(name, mail, "Engineering", 5))
        .into()
}

/// Who is not of the home side: the tenant's own people, and domains that nearly match.
fn outsiders() -> Vec<Sample> {
    vec![
        // Has the address that Yusuf Demir is to be invited with.
        special("Adele Fabre", "adele.fabre@fabrikam.us", |person, _| person.proxy("smtp:yusuf.demir@contoso.com")),
        special("Boris Klein", "boris.klein@fabrikam.us", |person, _| person),
        special("Chloe Adams", "chloe.adams@fabrikam.us", |person, _| person),
        special("Scan Station", "none", |person, _| person.without_mail()),
        special("Meeting Room 4", "none", |person, _| person.without_mail()),
        special("Elena Rossi", "elena.rossi@eu.contoso.com", |person, _| person),
        special("Finn Larsen", "finn.larsen@eu.contoso.com", |person, _| person),
        special("Gina Torres", "gina.torres@contoso.com.example", |person, _| person),
        special("Henry Moss", "henry.moss@notcontoso.com", |person, _| person),
        special("Ida Berg", "ida.berg@northwind.example", |person, _| person),
    ]
}

/// Who was there long before xcsync came.
fn older() -> Vec<Sample> {
    vec![
        sample("Jack Turner", "jack.turner@contoso.com", "Sales", 24 * 40),
        sample("Karin Vogel", "karin.vogel@contoso.com", "Support", 24 * 90),
        sample("Leo Fontaine", "leo.fontaine@contoso.com", "Finance", 24 * 400),
    ]
}

/// The people of [`REMEMBERED`], as the directory shows them.
fn remembered() -> Vec<Sample> {
    let pending: Touch = |person, now| person.state("PendingAcceptance", now - TimeDelta::days(9));
    let sample = |(name, mail, known): (&'static str, &'static str, Remembered)| {
        let touch = match known {
            Remembered::UnderAnotherAddress | Remembered::RemindedTwice | Remembered::ReminderDue => pending,
            _ => |person, _| person,
        };
        Sample { name, mail, department: "Support", hours_old: 24 * 10, touch }
    };
    REMEMBERED.map(sample).into()
}

/// A tenant of `count` people of whom one in `in_scope_every` has an address in [`HOME_DOMAIN`]; none was invited.
///
/// All were created within the last 20 hours, and the traffic log keeps no bodies.
pub fn crowd(count: u32, in_scope_every: u32, now: DateTime<Utc>) -> Tenant {
    let person = |n: u32| {
        let mail = if n.is_multiple_of(in_scope_every.max(1)) {
            format!("person{n}@{HOME_DOMAIN}")
        } else {
            format!("person{n}@northwind.example")
        };
        let age = TimeDelta::seconds(i64::from(n % 72_000));
        Person::synced(n, &mail).department(DEPARTMENTS[n as usize % DEPARTMENTS.len()]).created(now - age)
    };
    Tenant { now, people: (0..count).map(person).collect(), keep_bodies: false, ..Tenant::default() }
}
