//! Who is there: windows and single people, read into a complete snapshot.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::Since;
use crate::directory::{DomainMatch, ObjectId, Personal, User};
use crate::graph::error::GraphError;
use crate::graph::reads::Directory;
use crate::report::{WindowEntry, WindowKind};
use crate::selection::{Scope, Snapshot};

/// How many different nearly matching domains are named; a directory full of them tells nothing more.
const NEAR_DOMAINS: usize = 50;

/// What a run reads.
#[derive(Clone, Debug)]
pub enum Window {
    /// Users created since.
    Since(Since),
    /// Every user.
    Full,
    /// Only these people: ids, UPNs, mail addresses.
    Users(Vec<String>),
}

/// What was read.
#[derive(Debug)]
pub struct Discovered {
    /// The people.
    pub snapshot: Snapshot,
    /// With `Window::Users`: who each name means.
    pub asked: Vec<(Personal, ObjectId)>,
}

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    /// Graph could not be read.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// `--user` names nobody, or several.
    #[error("--user {}; nothing was sent to anyone", .0.join("; --user "))]
    Users(Vec<String>),
}

impl Window {
    /// Its entry in the report, by the server's time.
    pub fn entry(&self, now: DateTime<Utc>) -> WindowEntry {
        let (kind, from) = match self {
            Self::Since(since) => (WindowKind::Since, Some(since.instant(now))),
            Self::Full => (WindowKind::Full, None),
            Self::Users(_) => (WindowKind::Users, None),
        };
        WindowEntry { kind, from, to: now }
    }
}

impl Since {
    fn instant(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::At(instant) => instant,
            Self::Ago(age) => {
                let age = TimeDelta::from_std(age).unwrap_or(TimeDelta::MAX);
                now.checked_sub_signed(age).unwrap_or(DateTime::UNIX_EPOCH)
            }
        }
    }
}

/// Reads a window. With `keep_all` nobody is only counted.
pub async fn discover(
    directory: &Directory<'_>,
    scope: &Scope,
    window: &Window,
    now: DateTime<Utc>,
    keep_all: bool,
    progress: &dyn Fn(u64),
) -> Result<Discovered, DiscoveryError> {
    let mut sieve = Sieve::new(scope, keep_all);
    let mut asked = Vec::new();
    match window {
        Window::Users(names) => {
            let found = directory.find(names).await?;
            for (name, user) in names.iter().zip(single(names, found)?) {
                asked.push((Personal::new(name), user.id));
                sieve.take(user);
            }
        }
        Window::Since(_) | Window::Full => {
            let take = |user| {
                sieve.take(user);
                progress(sieve.read());
            };
            directory.users(window.entry(now).from, take).await?;
        }
    }
    Ok(Discovered { snapshot: sieve.snapshot, asked })
}

/// Each name must mean one person; all that do not are named at once.
fn single(names: &[String], found: Vec<Vec<User>>) -> Result<Vec<User>, DiscoveryError> {
    let (mut users, mut problems) = (Vec::new(), Vec::new());
    for (name, mut found) in names.iter().zip(found) {
        match (found.pop(), found.len()) {
            (Some(user), 0) => users.push(user),
            (Some(_), more) => problems.push(format!("{name:?} means {} users", more + 1)),
            (None, _) => problems.push(format!("{name:?} means no user")),
        }
    }
    if problems.is_empty() { Ok(users) } else { Err(DiscoveryError::Users(problems)) }
}

/// Keeps the candidates and counts the others.
struct Sieve<'a> {
    scope: &'a Scope,
    keep_all: bool,
    snapshot: Snapshot,
    /// Pages may overlap when the directory changes under the reader. Half of an id's random bits tell people apart well enough
    /// for a count, and keep the memory of a large tenant small.
    seen: HashSet<u64>,
    /// Who is kept, by the whole id: nobody may be lost for being like another.
    kept: HashSet<ObjectId>,
}

impl<'a> Sieve<'a> {
    fn new(scope: &'a Scope, keep_all: bool) -> Self {
        Self { scope, keep_all, snapshot: Snapshot::default(), seen: HashSet::new(), kept: HashSet::new() }
    }

    fn read(&self) -> u64 {
        self.seen.len().try_into().unwrap_or(u64::MAX)
    }

    fn take(&mut self, user: User) {
        let domain = self.scope.domain(&user);
        let keep = self.keep_all || domain == DomainMatch::Ours;
        let first = self.seen.insert(user.id.half());
        if !(if keep { self.kept.insert(user.id) } else { first }) {
            return;
        }
        if let DomainMatch::Near(near) = &domain {
            count(&mut self.snapshot.near_domains, near.as_str());
        }
        match domain {
            _ if keep => self.snapshot.people.push(user),
            DomainMatch::NoMail => self.snapshot.without_mail += 1,
            _ => self.snapshot.other_domain += 1,
        }
    }
}

fn count(domains: &mut BTreeMap<String, u64>, domain: &str) {
    // Those that came first stay: to keep the most frequent ones all would have to be counted.
    if domains.len() < NEAR_DOMAINS || domains.contains_key(domain) {
        *domains.entry(domain.to_owned()).or_default() += 1;
    }
}
