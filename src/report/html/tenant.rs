//! One tenant's part of the page.

use askama::Template;
use chrono::{DateTime, Utc};

use super::attention::{Alarm, StateView, WaitingView, alarms, not_invited};
use super::bars::{Columns, Row, rows};
use super::runs::{BadRuns, RunView, bad};
use super::shown::{Shown, minute, people, span};
use super::spread::Spread;
use super::timeline::Timeline;
use super::{PageKnown, PageTenant};
use crate::explain::Entry;
use crate::report::{Invited, Overview};
use crate::status::{self, State};

/// One tenant's part, rendered into the page.
#[derive(Template)]
#[template(path = "tenant.html")]
pub(super) struct TenantView {
    /// Its number on the page: ids are made of it.
    pub(super) number: usize,
    pub(super) name: Shown,
    cloud: &'static str,
    tenant_id: String,
    known: Option<KnownView>,
    settings: Vec<(Shown, Shown)>,
}

/// What the ledger knows of it.
struct KnownView {
    tiles: [Tile; State::ALL.len()],
    pending: u64,
    last_run: Option<(String, String)>,
    alarms: Vec<Alarm>,
    bad_runs: Vec<BadRuns>,
    states: Vec<StateView>,
    not_invited: Option<String>,
    waiting: Vec<WaitingView>,
    waiting_more: u64,
    timeline: Option<TimelineView>,
    spread: Option<SpreadView>,
    accepted_otherwise: Option<String>,
    runs: Vec<RunView>,
    all_runs: u64,
}

/// How many people are in a state.
struct Tile {
    name: &'static str,
    class: &'static str,
    people: u64,
}

/// The chart of invitations and acceptances, with its table.
struct TimelineView {
    unit: &'static str,
    invited: u64,
    accepted: u64,
    first: String,
    last: String,
    columns: Columns,
    /// Newest first.
    table: Vec<(String, u64, u64)>,
    before: Option<(u64, u64)>,
}

/// The chart of times to acceptance.
struct SpreadView {
    median: String,
    ninth: String,
    people: String,
    rows: Vec<Row>,
}

impl TenantView {
    pub(super) fn of(index: usize, tenant: &PageTenant, now: DateTime<Utc>, entries: &[Entry]) -> Self {
        let PageTenant { name, cloud, tenant_id, known, settings } = tenant;
        let setting = |(key, value): &(String, String)| (Shown::cell(key), Shown::line(value));
        Self {
            number: index + 1,
            name: Shown::cell(name),
            cloud,
            tenant_id: tenant_id.to_string(),
            known: known.as_ref().map(|known| KnownView::of(known, now, entries)),
            settings: settings.iter().map(setting).collect(),
        }
    }
}

impl KnownView {
    fn of(known: &PageKnown, now: DateTime<Utc>, entries: &[Entry]) -> Self {
        let PageKnown { people: everybody, accepted, overview } = known;
        let Overview { invited, accepted_otherwise, runs, all_runs, .. } = overview;
        let last = runs.first().map(|past| past.report.started_at);
        let waiting = WaitingView::some(everybody, now);
        let count = |state| status::count(everybody, *accepted, state);
        let pending = count(State::Pending);
        Self {
            tiles: TILES.map(|state| Tile::of(state, count(state))),
            pending,
            last_run: last.map(|last| (minute(last), span(now - last))),
            alarms: alarms(overview, now, entries),
            bad_runs: bad(runs, now, entries),
            states: StateView::all(everybody, entries),
            not_invited: not_invited(everybody),
            waiting_more: pending.saturating_sub(waiting.len() as u64),
            waiting,
            timeline: Timeline::of(invited, now).map(|timeline| TimelineView::of(&timeline, invited)),
            spread: Spread::of(invited).map(|spread| SpreadView::of(&spread)),
            accepted_otherwise: (*accepted_otherwise > 0).then(|| people(*accepted_otherwise)),
            runs: runs.iter().map(RunView::of).collect(),
            all_runs: *all_runs,
        }
    }

    /// Whether there is anything to do.
    fn is_quiet(&self) -> bool {
        let nobody = self.states.is_empty() && self.waiting.is_empty();
        nobody && self.alarms.is_empty() && self.bad_runs.is_empty()
    }
}

/// Where everybody gets to comes last but for who is not on the way.
const TILES: [State; State::ALL.len()] =
    [State::Pending, State::Failed, State::Held, State::GaveUp, State::Accepted, State::NotInvited];

impl Tile {
    fn of(state: State, people: u64) -> Self {
        let (name, class) = match state {
            State::GaveUp => ("Given up", "bad"),
            State::Held => ("Held", "warn"),
            State::Failed => ("Failed", "bad"),
            State::Pending => ("Pending", ""),
            State::NotInvited => ("Not invited", ""),
            State::Accepted => ("Accepted", ""),
        };
        Self { name, class: if people > 0 { class } else { "" }, people }
    }
}

impl TimelineView {
    fn of(timeline: &Timeline, invited: &[Invited]) -> Self {
        let unit = timeline.unit;
        let label =
            |step: Option<&super::timeline::Step>| step.map(|step| unit.long_label(step.start)).unwrap_or_default();
        let table = timeline.steps.iter().rev().map(|step| (unit.long_label(step.start), step.invited, step.accepted));
        let count = |of: fn(&&Invited) -> bool| u64::try_from(invited.iter().filter(of).count()).unwrap_or_default();
        Self {
            unit: unit.name(),
            invited: count(|_| true),
            accepted: count(|one| one.accepted.is_some()),
            first: label(timeline.steps.first()),
            last: label(timeline.steps.last()),
            columns: Columns::of(timeline),
            table: table.collect(),
            before: Some(timeline.before).filter(|before| *before != (0, 0)),
        }
    }
}

impl SpreadView {
    fn of(spread: &Spread) -> Self {
        Self {
            median: span(spread.median),
            ninth: span(spread.ninth),
            people: people(spread.people),
            rows: rows(spread),
        }
    }
}
