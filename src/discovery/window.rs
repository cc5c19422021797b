//! Which people a run reads, and what that moves: SPEC section 6.3. Pure: `now` is the server's.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::{InviteSettings, Since};
use crate::report::{WindowEntry, WindowKind};

/// What the command line asks for.
#[derive(Clone, Debug)]
pub enum Asked {
    /// Users created since.
    Since(Since),
    /// Every user.
    Full,
    /// Only these people: ids, UPNs, mail addresses.
    Users(Vec<String>),
}

/// What a run reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Window {
    /// Everybody, once, to see who was there before.
    First,
    /// From the watermark, less the overlap.
    Incremental(DateTime<Utc>),
    /// Everybody who is adopted: late addresses and late replication are caught by it.
    Sweep(Adopted),
    /// From a given time.
    Since(DateTime<Utc>),
    /// Every user.
    Full,
    /// Only these people.
    Users(Vec<String>),
}

/// Who is looked after: people from before are left alone. The earlier is the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Adopted {
    /// All of them.
    Everybody,
    /// Those created since.
    From(DateTime<Utc>),
}

impl Adopted {
    /// Since when; `None` for everybody.
    pub fn from(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Everybody => None,
            Self::From(start) => Some(start),
        }
    }
}

/// How far the runs of one tenant have come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Who is adopted; `None` before the first attempt of a run.
    pub adopted: Option<Adopted>,
    /// Everybody created before this was read and dealt with; `None` before the first complete run.
    pub watermark: Option<DateTime<Utc>>,
    /// When everybody who is adopted was read last.
    pub swept_at: Option<DateTime<Utc>>,
    /// The selection settings of the last complete run, in the form of `selection_of`.
    pub selection: Option<String>,
}

impl Standing {
    /// The same with what the first attempt of a run adopts.
    #[must_use]
    pub fn adopting(self, settings: &InviteSettings, now: DateTime<Utc>) -> Self {
        let start = Adopted::From(before(now, settings.lookback));
        // A start in the future was written while the server's clock was wrong.
        let adopted = self.adopted.filter(|adopted| *adopted <= Adopted::From(now));
        Self { adopted: adopted.or(Some(start)), ..self }
    }

    /// The window of the next run.
    pub fn window(&self, asked: Option<&Asked>, settings: &InviteSettings, now: DateTime<Utc>) -> Window {
        match asked {
            Some(Asked::Since(since)) => Window::Since(since.instant(now)),
            Some(Asked::Full) => Window::Full,
            Some(Asked::Users(names)) => Window::Users(names.clone()),
            None => self.own_window(settings, now),
        }
    }

    fn own_window(&self, settings: &InviteSettings, now: DateTime<Utc>) -> Window {
        let (Some(watermark), Some(adopted)) = (self.watermark, self.adopted) else {
            return Window::First;
        };
        let changed = self.selection.as_ref() != Some(&selection_of(settings));
        let age = self.swept_at.map(|swept| (now - swept).to_std());
        // A sweep or a watermark in the future was written while the server's clock was wrong: nothing before now is certain.
        let passed = |every: Duration| age.is_none_or(|age| age.is_err() || age.is_ok_and(|age| age >= every));
        if changed || watermark > now || settings.sweep_every.is_some_and(passed) {
            return Window::Sweep(adopted);
        }
        Window::Incremental(before(watermark, settings.overlap))
    }

    /// How far a run has brought it that was complete, whose first page was dated `date`, and that sent to everybody to be sent.
    #[must_use]
    pub fn after(&self, window: &Window, settings: &InviteSettings, date: DateTime<Utc>) -> Self {
        let Some(adopted) = self.adopted.filter(|_| window.moves(self)) else {
            return self.clone();
        };
        let adopted = match window {
            Window::Since(from) => adopted.min(Adopted::From(*from)),
            Window::Full => Adopted::Everybody,
            Window::First | Window::Incremental(_) | Window::Sweep(_) | Window::Users(_) => adopted,
        };
        let swept = window.reads_from().is_none() || window.reads_from() <= adopted.from();
        Self {
            adopted: Some(adopted),
            watermark: Some(date),
            swept_at: if swept { Some(date) } else { self.swept_at },
            selection: if swept { Some(selection_of(settings)) } else { self.selection.clone() },
        }
    }
}

impl Window {
    /// Its entry in the report, by the server's time.
    pub fn entry(&self, now: DateTime<Utc>) -> WindowEntry {
        let kind = match self {
            Self::First => WindowKind::First,
            Self::Incremental(_) => WindowKind::Incremental,
            Self::Sweep(_) => WindowKind::Sweep,
            Self::Since(_) => WindowKind::Since,
            Self::Full => WindowKind::Full,
            Self::Users(_) => WindowKind::Users,
        };
        WindowEntry { kind, from: self.reads_from(), to: now }
    }

    /// Since when people are read; `None` for everybody, whenever they were created, and for `Users`.
    pub fn reads_from(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::First | Self::Full | Self::Users(_) => None,
            Self::Incremental(from) | Self::Since(from) => Some(*from),
            Self::Sweep(adopted) => adopted.from(),
        }
    }

    /// Whether people from before the start are in this window on purpose.
    pub fn adopts_all(&self) -> bool {
        matches!(self, Self::Since(_) | Self::Full | Self::Users(_))
    }

    /// Whether it leaves no gap behind what was read before. Before the first complete run that is what is adopted.
    fn moves(&self, standing: &Standing) -> bool {
        let old = standing.watermark.map(Adopted::From).or(standing.adopted);
        match (self, old) {
            (Self::Users(_), _) | (_, None) => false,
            (_, Some(old)) => self.reads_from().map_or(Adopted::Everybody, Adopted::From) <= old,
        }
    }
}

impl Since {
    fn instant(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::At(instant) => instant,
            Self::Ago(age) => before(now, age),
        }
    }
}

/// So long before an instant; the epoch where that is before all time.
fn before(instant: DateTime<Utc>, age: Duration) -> DateTime<Utc> {
    let age = TimeDelta::from_std(age).unwrap_or(TimeDelta::MAX);
    instant.checked_sub_signed(age).unwrap_or(DateTime::UNIX_EPOCH)
}

/// The settings by which people are selected, to be compared with those of an earlier run.
///
/// Whoever was passed over under other settings is found by reading everybody who is adopted once more.
fn selection_of(settings: &InviteSettings) -> String {
    let InviteSettings {
        domains,
        include_subdomains,
        home,
        address,
        accept_mail_as_login,
        require_synced,
        exclude,
        conditions,
        // How mail looks, and which windows are read, select nobody.
        send_message: _,
        message_language: _,
        redirect_url: _,
        lookback: _,
        overlap: _,
        sweep_every: _,
        remind_after: _,
        max_reminders: _,
    } = settings;
    let mut domains: Vec<_> = domains.iter().map(crate::directory::MailDomain::as_str).collect();
    domains.sort_unstable();
    let mut exclude = exclude.clone();
    exclude.sort_unstable();
    let mut conditions = conditions.clone();
    conditions.sort();
    let text = format!(
        "{domains:?} {include_subdomains} {home:?} {address:?} {accept_mail_as_login} {require_synced} {exclude:?} {conditions:?}"
    );
    crate::digest::sha256(&text)
}

#[cfg(test)]
mod tests;
