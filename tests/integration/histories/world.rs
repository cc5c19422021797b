//! One tenant through forty days: what happens to its people, its service, its machine and its settings.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;
use xcsync::sandbox::{Action, AllowInvitesFrom, Canned, Fault, Person, Switches, Tenant as Emulated, monday};

use super::draw::Draw;
use crate::context::{Ended, Tenant, run_with};

/// The days of a history, and from which on nothing goes wrong any more and nobody new comes.
pub const DAYS: u32 = 40;
pub const CALM_FROM: u32 = 31;

/// How far back the first run looks.
const LOOKBACK: TimeDelta = TimeDelta::hours(25);

/// How far a window reaches back behind the end of the last one.
const OVERLAP: TimeDelta = TimeDelta::hours(1);

/// What only the history knows of a person, beside what the directory shows.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// When something last happened to them that an administrator or the source directory did.
    pub touched: DateTime<Utc>,
    /// When an administrator took their invitation back.
    pub reverted: Option<DateTime<Utc>>,
    /// When somebody invited them by hand.
    pub by_hand: Option<DateTime<Utc>>,
    /// Whether the service refuses, or has refused, them as they are.
    pub refused: bool,
    /// Created before the first run looks back to.
    pub before_start: bool,
    /// Only a sweep finds them as they are now: they came, or became eligible, too long after they were created.
    pub late: bool,
    /// Kept aside while they are deleted.
    pub deleted: Option<Box<Person>>,
}

/// Everything about one history.
#[expect(clippy::struct_excessive_bools, reason = "each is a setting or a circumstance of its own")]
pub struct World {
    pub tenant: Tenant,
    pub draw: Draw,
    pub facts: HashMap<Uuid, Facts>,
    /// The settings in force.
    pub excluded: Vec<String>,
    pub second_domain: bool,
    wave: bool,
    /// Whether everybody is read again once a day; without it late people are not promised anything.
    pub sweeps: bool,
    /// When the ledger was lost, if it was.
    pub lost_at: Option<DateTime<Utc>>,
    /// The loss is still to be made good by reading from the beginning once more.
    recovering: bool,
    /// A tenant that refuses everybody, until then.
    refusing_until: Option<DateTime<Utc>>,
    next_number: u32,
    /// What happened, for whoever has to find out why a seed fails.
    pub story: Vec<String>,
}

impl World {
    pub async fn new(seed: u64, switches: Switches) -> Self {
        let mut draw = Draw::new(seed);
        let mut emulated = Emulated { switches, seed, keep_bodies: false, ..Emulated::default() };
        emulated.latency = Duration::from_millis(100);
        emulated.invitation_latency = (Duration::from_millis(200), Duration::from_millis(900));
        let tenant = Tenant::of(emulated).await.signing_in_by_secret();
        // Thousands of logs would tell the checker of the contract nothing new.
        tenant.graph.edit(|graph| graph.traffic_dir = None);
        let (wave, sweeps) = (draw.percent(20), draw.percent(60));
        let mut world = Self {
            tenant,
            draw,
            facts: HashMap::new(),
            excluded: Vec::new(),
            second_domain: false,
            wave,
            sweeps,
            lost_at: None,
            recovering: false,
            refusing_until: None,
            next_number: 0,
            story: Vec::new(),
        };
        for _ in 0..4 {
            world.somebody_comes(monday() - LOOKBACK - TimeDelta::hours(3));
            world.somebody_comes(monday() - TimeDelta::hours(4));
        }
        world
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.tenant.graph.now()
    }

    fn tell(&mut self, what: impl Into<String>) {
        let at = self.now().format("%m-%d %H:%M");
        self.story.push(format!("{at} {}", what.into()));
    }

    /// A new person in the directory; some without an address yet, some not listed yet.
    fn somebody_comes(&mut self, created: DateTime<Utc>) {
        self.next_number += 1;
        let n = self.next_number;
        let domain = match self.draw.below(10) {
            0 => "elsewhere.example",
            1 | 2 => "northwind.example",
            _ => "contoso.com",
        };
        let mut person = Person::synced(n, &format!("p{n}@{domain}")).created(created);
        person.proxy_addresses.clear();
        if self.draw.percent(40) {
            person.user_type = Some("Guest".to_owned());
        }
        if !self.tenant.graph.edit(|graph| graph.switches.app_may_invite_members) {
            // The service refuses all members then, and with the first of them everybody.
            person.user_type = Some("Guest".to_owned());
        }
        if self.draw.percent(20) {
            person.mail = None;
        }
        let mut shown = self.now();
        if self.draw.percent(30) {
            let lag = if self.draw.percent(50) { 55 } else { 600 };
            shown = shown.max(created + TimeDelta::minutes(i64::from(self.draw.below(lag))));
            person = person.visible_from(shown);
        }
        let before_start = created < monday() - LOOKBACK;
        let late = shown - created > OVERLAP - TimeDelta::minutes(5);
        let facts = Facts { touched: created, before_start, late, ..Facts::default() };
        self.tell(format!("p{n} comes, mail {:?}", person.mail));
        self.facts.insert(person.id, facts);
        self.tenant.graph.edit(|graph| graph.people.push(person));
    }

    fn ids(&self) -> Vec<Uuid> {
        self.tenant.graph.edit(|graph| graph.people.iter().map(|person| person.id).collect())
    }

    fn those(&self, fits: impl Fn(&Person) -> bool) -> Vec<Uuid> {
        let all = self.tenant.graph.edit(|graph| graph.people.iter().cloned().collect::<Vec<_>>());
        all.iter().filter(|person| fits(person)).map(|person| person.id).collect()
    }

    fn change(&mut self, id: Uuid, what: &str, change: impl FnOnce(&mut Person)) {
        self.tenant.graph.edit(|graph| {
            let person = graph.people.get_mut(id).unwrap();
            person.earlier_state = None;
            change(person);
        });
        let now = self.now();
        let facts = self.facts.get_mut(&id).unwrap();
        (facts.touched, facts.late) = (now, true);
        self.tell(format!("{}: {what}", name(id)));
    }

    /// Something happens to people, or not.
    pub fn something_happens(&mut self) {
        let (now, is_state) =
            (self.now(), |person: &Person, state: &str| person.external_user_state.as_deref() == Some(state));
        match self.draw.below(40) {
            0..=4 => {
                let longest = if self.draw.percent(50) { 20 } else { 180 };
                let ago = i64::from(self.draw.below(longest));
                self.somebody_comes(now - TimeDelta::minutes(ago));
            }
            5..=7 => self.with_one(
                |person| person.mail.is_none(),
                |world, id| {
                    world.change(id, "has mail now", |person| {
                        person.mail = Some(format!("late{}@contoso.com", number(id)));
                    });
                },
            ),
            8 => self.with_one(
                |person| person.mail.is_some(),
                |world, id| {
                    let stamp = world.now().timestamp();
                    world.change(id, "changes mail", |person| {
                        person.mail = Some(format!("p{}.{stamp}@contoso.com", number(id)));
                    });
                    world.facts.get_mut(&id).unwrap().refused = false;
                },
            ),
            9 => self.with_one(|_| true, Self::delete),
            10 => self.restore(),
            11..=14 => self.with_one(
                |person| is_state(person, "PendingAcceptance"),
                |world, id| {
                    world.tenant.graph.accept(id);
                    world.tell(format!("{}: accepts", name(id)));
                },
            ),
            15 => self.with_one(
                |person| person.external_user_state.is_some(),
                |world, id| {
                    world.change(id, "reverted", |person| person.external_user_state = None);
                    world.facts.get_mut(&id).unwrap().reverted = Some(now);
                },
            ),
            16 => self.with_one(
                |person| person.external_user_state.is_none(),
                |world, id| {
                    world.change(id, "invited by hand", |person| {
                        person.external_user_state = Some("PendingAcceptance".to_owned());
                        person.external_user_state_change_date_time = Some(now);
                    });
                    world.facts.get_mut(&id).unwrap().by_hand = Some(now);
                },
            ),
            17 => self.with_one(
                |person| person.account_enabled == Some(true),
                |world, id| {
                    world.change(id, "disabled", |person| person.account_enabled = Some(false));
                },
            ),
            18 | 19 => self.with_one(
                |person| person.account_enabled == Some(false),
                |world, id| {
                    world.change(id, "enabled", |person| person.account_enabled = Some(true));
                },
            ),
            20 => self.with_one(
                |person| person.mail.is_some() && person.external_user_state.is_none(),
                |world, id| {
                    let mail = world.tenant.graph.person(id).unwrap().mail.unwrap().to_lowercase();
                    world.tenant.graph.edit(|graph| graph.groups.insert(mail));
                    world.facts.get_mut(&id).unwrap().refused = true;
                    world.tell(format!("{}: a group has the address", name(id)));
                },
            ),
            // Which is followed by a sweep, too.
            21 if self.sweeps => self.settings_change(),
            _ => {}
        }
    }

    fn with_one(&mut self, fits: impl Fn(&Person) -> bool, act: impl FnOnce(&mut Self, Uuid)) {
        let fitting = self.those(fits);
        if let Some(id) = self.draw.of(&fitting) {
            act(self, id);
        }
    }

    fn delete(&mut self, id: Uuid) {
        let person = self.tenant.graph.person(id).unwrap();
        self.tenant.graph.edit(|graph| graph.people.remove(id));
        self.facts.get_mut(&id).unwrap().deleted = Some(Box::new(person));
        self.tell(format!("{}: deleted", name(id)));
    }

    fn restore(&mut self) {
        let now = self.now();
        let mut deleted: Vec<_> =
            self.facts.iter().filter(|(_, facts)| facts.deleted.is_some()).map(|(id, _)| *id).collect();
        deleted.sort_unstable();
        let Some(id) = self.draw.of(&deleted) else { return };
        let facts = self.facts.get_mut(&id).unwrap();
        (facts.touched, facts.late) = (now, true);
        let person = facts.deleted.take().unwrap();
        self.tenant.graph.edit(|graph| graph.people.push(*person));
        self.tell(format!("{}: restored", name(id)));
    }

    fn settings_change(&mut self) {
        let now = self.now();
        if self.draw.percent(50) {
            self.second_domain = !self.second_domain;
            self.tell(format!("second domain: {}", self.second_domain));
        } else if let Some(somebody) = self.excluded.pop() {
            self.tell(format!("{somebody} is not excluded any more"));
        } else {
            let ids = self.ids();
            let id = self.draw.of(&ids).map(|id| id.to_string());
            self.excluded.extend(id);
            self.tell(format!("excluded: {:?}", self.excluded));
        }
        // Whoever is in scope is so only since now.
        self.facts.values_mut().for_each(|facts| facts.touched = now);
    }

    /// What goes wrong in the next run: with the service, with the tenant, with the machine.
    fn something_goes_wrong(&mut self) -> Option<Duration> {
        let skip = self.draw.below(4);
        let times = 1 + self.draw.below(3);
        let on_posts = |action| Fault::on("POST", "/invitations", action).skip(skip).times(times);
        let retry_after = self.tenant.graph.edit(|graph| graph.switches.throttled_with_retry_after);
        let busy = Canned::graph_error(429, "TooManyRequests", "Please retry again later.");
        let busy = if retry_after { busy.header("Retry-After", "7") } else { busy };
        let lag = Canned::graph_error(
            404,
            "Directory_ObjectNotFound",
            "Unable to read the company information from the directory.",
        );
        let fails = Canned::graph_error(503, "serviceNotAvailable", "No.");
        let fault = match self.draw.below(18) {
            0 => on_posts(Action::DropBefore),
            1 | 2 => on_posts(Action::DropAfter),
            3 => on_posts(Action::Answer(fails)),
            4 => on_posts(Action::FailAfter(fails)),
            5 => on_posts(Action::Answer(busy)),
            6 => on_posts(Action::Slow(Duration::from_secs(200))),
            7 => on_posts(Action::Answer(lag)),
            8 => on_posts(Action::WrongObject).times(1),
            9 => Fault::on("", "", Action::DropBefore).always(),
            10 => Fault::on("GET", "/users", Action::Answer(fails)).always(),
            11 => Fault::on("", "$batch", Action::Answer(busy)).skip(skip).times(times),
            12 => on_posts(Action::Cut(10)),
            13 => {
                self.refusing_until = Some(self.now() + TimeDelta::hours(i64::from(self.draw.below(60))));
                return None;
            }
            _ => return Some(Duration::from_millis(u64::from(self.draw.below(4_000)))),
        };
        self.tell(format!(
            "goes wrong: {} {} {:?} from {skip} on, {times} times",
            fault.method, fault.path_contains, fault.action
        ));
        self.tenant.graph.edit(|graph| graph.faults.push(fault));
        None
    }

    /// One scheduled run, as the machine's own day has it; `None` where it was killed.
    pub async fn run(&mut self, calm: bool) -> Option<Ended> {
        let killed_after = if !calm && self.draw.percent(25) { self.something_goes_wrong() } else { None };
        let refuses = self.refusing_until.is_some_and(|until| self.now() < until && !calm);
        let from = if refuses { AllowInvitesFrom::None } else { AllowInvitesFrom::Everyone };
        self.tenant.graph.edit(|graph| graph.allow_invites_from = from);
        let jump = if self.draw.percent(10) { i64::from(self.draw.below(97)) - 48 } else { 0 };
        let start = (monday() - LOOKBACK).to_rfc3339();
        let mut args = vec!["-o", "json"];
        if self.recovering {
            args.extend(["--since", &start]);
        }
        let local = self.now() + TimeDelta::hours(jump);
        let (config, environment) = (self.config(), self.tenant.environment());
        let (_sender, interrupts) = watch::channel(0);
        let run = run_with(&config, &args, &environment, local, interrupts);
        let ended = tokio::select! {
            ended = run => Some(ended),
            () = killed(killed_after) => None,
        };
        self.tenant.graph.edit(|graph| graph.faults.clear());
        self.tell(match &ended {
            Some(ended) => format!("run: {} {}", ended.exit, summary(ended)),
            None => format!("run: killed after {killed_after:?}"),
        });
        if ended.as_ref().is_some_and(|ended| [0, 3].contains(&ended.exit)) && !self.wave {
            self.recovering = false;
        }
        ended
    }

    /// The ledger is gone; the administrator reads in the report what to do about it.
    pub fn lose_the_ledger(&mut self) {
        let _ = std::fs::remove_file(self.ledger());
        (self.lost_at, self.recovering) = (Some(self.now()), true);
        self.tell("the ledger is lost");
    }

    /// In memory where the machine has room there: a disk that is waited for tells nothing new here.
    pub fn ledger(&self) -> PathBuf {
        let memory = std::path::Path::new("/dev/shm");
        let name = format!(
            "xcsync-history-{}-{}.db",
            std::process::id(),
            self.tenant.graph.root().rsplit(':').next().unwrap()
        );
        if memory.is_dir() { memory.join(name) } else { self.tenant.ledger() }
    }

    fn config(&self) -> PathBuf {
        let root = self.tenant.graph.root();
        let client = self.tenant.graph.edit(|graph| graph.application.client_id);
        let domains = if self.second_domain { "\"contoso.com\", \"northwind.example\"" } else { "\"contoso.com\"" };
        let wave = if self.wave { "wave = 2\n" } else { "" };
        let sweeps = if self.sweeps { "" } else { "sweep_every = \"never\"\n" };
        let text = format!(
            "state = {:?}\n[tenants.emulated]\ncloud = \"custom\"\ntenant_id = \"{}\"\n\
             [tenants.emulated.endpoints]\ngraph = {root:?}\nauthority = {root:?}\nredirect = \"https://myapps.microsoft.us\"\n\
             [tenants.emulated.auth]\nmethod = \"client-secret\"\nclient_id = \"{client}\"\nclient_secret_env = \"SANDBOX_SECRET\"\n\
             [tenants.emulated.invite]\ndomains = [{domains}]\nexclude = {:?}\n{sweeps}\
             [tenants.emulated.limits]\nmax_invitations = 1000\nrate_per_second = 10\n{wave}",
            self.ledger(),
            self.tenant.id,
            self.excluded,
        );
        let path = self.tenant.folder.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for suffix in ["", "-journal", &format!(".{}.lock", self.tenant.id)] {
            let _ = std::fs::remove_file(format!("{}{suffix}", self.ledger().display()));
        }
    }
}

async fn killed(after: Option<Duration>) {
    match after {
        Some(after) => tokio::time::sleep(after).await,
        None => std::future::pending().await,
    }
}

/// The number that made a person's id.
pub fn number(id: Uuid) -> u128 {
    id.as_u128() & 0xffff_ffff
}

pub fn name(id: Uuid) -> String {
    format!("p{}", number(id))
}

fn summary(ended: &Ended) -> String {
    let run: Value = serde_json::from_str(&ended.stdout).unwrap_or_default();
    let run = &run["runs"][0];
    let person = |one: &Value| {
        let id = Uuid::parse_str(one["user_id"].as_str().unwrap_or_default()).unwrap_or_default();
        format!(
            "{} {} {}",
            name(id),
            one["reason"].as_str().unwrap_or_default(),
            one["result"].as_str().unwrap_or_default()
        )
    };
    let list = |key: &str| run[key].as_array().into_iter().flatten().map(person).collect::<Vec<_>>().join(", ");
    format!("{} {} [{}] [{}]", run["window"]["kind"], run["error"]["code"], list("decisions"), list("outcomes"))
}
