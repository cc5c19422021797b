//! Who is there: windows, follow-ups and single people, read into a complete snapshot.

mod window;

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};

pub use window::{Adopted, Asked, Standing, Window};

use crate::directory::{DomainMatch, ObjectId, Personal, User};
use crate::graph::error::GraphError;
use crate::graph::reads::Directory;
use crate::selection::{Scope, Snapshot};

/// How many different nearly matching domains are named; a directory full of them tells nothing more.
const NEAR_DOMAINS: usize = 50;

/// Whom a ledger remembers, and so whom a run looks at.
#[derive(Debug, Default)]
pub struct Remembered {
    /// People with something open: read whatever the window.
    pub follow_ups: Vec<ObjectId>,
    /// People who are known as invited: kept whatever their domain is now.
    pub invited: HashSet<ObjectId>,
}

/// What was read.
#[derive(Debug)]
pub struct Discovered {
    /// The people.
    pub snapshot: Snapshot,
    /// With `Window::Users`: who each name means.
    pub asked: Vec<(Personal, ObjectId)>,
    /// Of the follow-ups, those that are not in the directory any more.
    pub gone: Vec<ObjectId>,
    /// The `Date` of the first page; `None` where no list was read.
    pub date: Option<DateTime<Utc>>,
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

/// Reads a window, and whoever has something open. With `keep_all` nobody is only counted.
pub async fn discover(
    directory: &Directory<'_>,
    scope: &Scope,
    window: &Window,
    remembered: &Remembered,
    keep_all: bool,
    progress: &dyn Fn(u64),
) -> Result<Discovered, DiscoveryError> {
    let mut sieve = Sieve::new(scope, keep_all, remembered);
    let (mut asked, mut gone, mut date) = (Vec::new(), Vec::new(), None);
    if let Window::Users(names) = window {
        let found = directory.find(names).await?;
        for (name, user) in names.iter().zip(single(names, found)?) {
            asked.push((Personal::new(name), user.id));
            sieve.take(user);
        }
    } else {
        let take = |user| {
            sieve.take(user);
            progress(sieve.read());
        };
        date = directory.users(window.reads_from(), take).await?;
        let unread: Vec<_> = remembered.follow_ups.iter().filter(|id| !sieve.kept.contains(id)).copied().collect();
        for (id, user) in unread.iter().zip(directory.people(&unread).await?) {
            match user {
                Some(user) => sieve.take(user),
                None => gone.push(*id),
            }
        }
    }
    Ok(Discovered { snapshot: sieve.snapshot, asked, gone, date })
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
    follow_ups: HashSet<ObjectId>,
    invited: &'a HashSet<ObjectId>,
    snapshot: Snapshot,
    /// Pages may overlap when the directory changes under the reader. Half of an id's random bits tell people apart well enough
    /// for a count, and keep the memory of a large tenant small.
    seen: HashSet<u64>,
    /// Who is kept, by the whole id: nobody may be lost for being like another.
    kept: HashSet<ObjectId>,
}

impl<'a> Sieve<'a> {
    fn new(scope: &'a Scope, keep_all: bool, remembered: &'a Remembered) -> Self {
        let follow_ups = remembered.follow_ups.iter().copied().collect();
        let (snapshot, seen, kept) = (Snapshot::default(), HashSet::new(), HashSet::new());
        Self { scope, keep_all, follow_ups, invited: &remembered.invited, snapshot, seen, kept }
    }

    fn read(&self) -> u64 {
        self.seen.len().try_into().unwrap_or(u64::MAX)
    }

    fn take(&mut self, user: User) {
        let domain = self.scope.domain(&user);
        let remembered = self.follow_ups.contains(&user.id) || self.invited.contains(&user.id);
        let keep = self.keep_all || remembered || domain == DomainMatch::Ours;
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
