//! Invitations and acceptances over time, in at most 26 steps however long the history. Pure.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, Utc};

use crate::report::Invited;

/// So many steps are told apart on a phone.
pub(super) const MOST: i64 = 26;

/// Fewer would make bars as wide as the page.
const LEAST: i64 = 7;

/// The length of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Day,
    /// From Monday.
    Week,
    Month,
    Quarter,
    Year,
}

/// What happened in each step of a history.
pub(super) struct Timeline {
    pub(super) unit: Unit,
    pub(super) steps: Vec<Step>,
    /// What happened before the first step, in histories of more than 26 years: clocks that were set wrong.
    pub(super) before: (u64, u64),
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) start: NaiveDate,
    pub(super) invited: u64,
    pub(super) accepted: u64,
}

impl Unit {
    const ALL: [Self; 5] = [Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year];

    /// The word for one step.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The number of the step that a day belongs to.
    fn number(self, day: NaiveDate) -> i64 {
        let (year, month) = (i64::from(day.year()), i64::from(day.month0()));
        match self {
            Self::Day => i64::from(day.num_days_from_ce()),
            // The first day of year 1 was a Monday.
            Self::Week => i64::from(day.num_days_from_ce() - 1).div_euclid(7),
            Self::Month => year * 12 + month,
            Self::Quarter => year * 4 + month / 3,
            Self::Year => year,
        }
    }

    /// The first day of a step.
    fn start(self, number: i64) -> NaiveDate {
        let of_month = |months: i64| {
            let (year, month) =
                (i32::try_from(months.div_euclid(12)).ok()?, u32::try_from(months.rem_euclid(12)).ok()?);
            NaiveDate::from_ymd_opt(year, month + 1, 1)
        };
        let of_days = |days: i64| NaiveDate::from_num_days_from_ce_opt(i32::try_from(days).ok()?);
        let start = match self {
            Self::Day => of_days(number),
            Self::Week => of_days(number * 7 + 1),
            Self::Month => of_month(number),
            Self::Quarter => of_month(number * 3),
            Self::Year => of_month(number * 12),
        };
        start.unwrap_or_default()
    }

    /// A step's name below a chart.
    pub(super) fn label(self, start: NaiveDate) -> String {
        match self {
            Self::Day | Self::Week => start.format("%-d %b").to_string(),
            Self::Month => start.format("%b %Y").to_string(),
            Self::Quarter => format!("Q{} {}", start.month0() / 3 + 1, start.year()),
            Self::Year => start.year().to_string(),
        }
    }

    /// A step's name in a table.
    pub(super) fn long_label(self, start: NaiveDate) -> String {
        match self {
            Self::Day => start.format("%-d %b %Y").to_string(),
            Self::Week => {
                let end = start.checked_add_days(Days::new(6)).unwrap_or(start);
                format!("{} to {}", start.format("%-d %b"), end.format("%-d %b %Y"))
            }
            _ => self.label(start),
        }
    }
}

impl Timeline {
    /// From the first invitation, or a little before, up to now; `None` where nobody was invited.
    pub(super) fn of(invited: &[Invited], now: DateTime<Utc>) -> Option<Self> {
        let first = invited.iter().map(|one| one.at).min()?;
        let last = invited.iter().map(|one| one.accepted.unwrap_or(one.at)).max()?.max(now);
        let steps = |unit: Unit| unit.number(last.date_naive()) - unit.number(first.date_naive()) + 1;
        let unit = Unit::ALL.into_iter().find(|unit| steps(*unit) <= MOST).unwrap_or(Unit::Year);
        let end = unit.number(last.date_naive());
        let begin = unit.number(first.date_naive()).clamp(end - MOST + 1, end - LEAST + 1);
        let step = |number| Step { start: unit.start(number), invited: 0, accepted: 0 };
        let mut timeline = Self { unit, steps: (begin..=end).map(step).collect(), before: (0, 0) };
        for one in invited {
            timeline.add(begin, one.at, |(invited, _)| *invited += 1);
            if let Some(accepted) = one.accepted {
                timeline.add(begin, accepted, |(_, accepted)| *accepted += 1);
            }
        }
        Some(timeline)
    }

    fn add(&mut self, begin: i64, at: DateTime<Utc>, count: impl FnOnce((&mut u64, &mut u64))) {
        let index = usize::try_from(self.unit.number(at.date_naive()) - begin).ok();
        match index.and_then(|index| self.steps.get_mut(index)) {
            Some(step) => count((&mut step.invited, &mut step.accepted)),
            None => count((&mut self.before.0, &mut self.before.1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn one(invited: &str, accepted: Option<&str>) -> Invited {
        Invited { at: at(invited), accepted: accepted.map(at) }
    }

    fn told(timeline: &Timeline) -> Vec<(String, u64, u64)> {
        let unit = timeline.unit;
        timeline.steps.iter().map(|step| (unit.long_label(step.start), step.invited, step.accepted)).collect()
    }

    #[test]
    fn a_short_history_is_told_by_days_up_to_now() {
        let people = [one("2026-03-01T23:59:59Z", Some("2026-03-02T00:00:00Z")), one("2026-03-01T01:00:00Z", None)];
        let told = told(&Timeline::of(&people, at("2026-03-03T12:00:00Z")).unwrap());
        assert_eq!((told.len(), told[0].clone()), (7, ("25 Feb 2026".to_owned(), 0, 0)), "a week at least");
        let told = told[4..].to_vec();
        let expected = [("1 Mar 2026", 2, 0), ("2 Mar 2026", 0, 1), ("3 Mar 2026", 0, 0)];
        assert_eq!(told, expected.map(|(day, invited, accepted)| (day.to_owned(), invited, accepted)));
    }

    #[test]
    fn steps_grow_with_the_history_and_stay_few() {
        let now = at("2026-11-26T08:00:00Z");
        let unit = |first: &str| Timeline::of(&[one(first, None)], now).unwrap();
        let units = ["2026-11-01", "2026-10-20", "2026-05-01", "2025-01-01", "2021-01-01", "1990-01-01"];
        let told = units.map(|day| {
            let timeline = unit(&format!("{day}T00:00:00Z"));
            assert!(timeline.steps.len() <= 26, "{day}");
            (timeline.unit.name(), timeline.before)
        });
        let named = ["day", "week", "month", "month", "quarter", "year"];
        assert_eq!(told.map(|(name, _)| name), named);
        assert_eq!(told.map(|(_, (before, _))| before), [0, 0, 0, 0, 0, 1], "nobody is lost");
    }

    #[test]
    fn weeks_begin_on_monday_and_every_step_begins_with_the_day_it_is_named_by() {
        let monday = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        assert_eq!(Unit::Week.start(Unit::Week.number(monday)), monday);
        assert_eq!(Unit::Week.number(monday.pred_opt().unwrap()) + 1, Unit::Week.number(monday));
        for unit in Unit::ALL {
            let start = unit.start(unit.number(monday));
            assert_eq!(
                (unit.number(start), unit.number(start.pred_opt().unwrap()) + 1),
                (unit.number(monday), unit.number(monday))
            );
        }
    }

    #[test]
    fn clocks_that_were_wrong_by_millennia_break_nothing() {
        let people = [Invited { at: DateTime::<Utc>::MIN_UTC, accepted: Some(DateTime::<Utc>::MAX_UTC) }];
        let timeline = Timeline::of(&people, at("2026-11-26T08:00:00Z")).unwrap();
        assert!(timeline.steps.len() == 26 && timeline.before == (1, 0));
    }
}
