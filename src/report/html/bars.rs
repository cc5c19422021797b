//! The charts as numbers for SVG. Widths are per cent and heights pixels, so that a chart fits any width and its letters
//! keep their size.

use super::spread::Spread;
use super::timeline::{Step, Timeline};

/// The height of the plot in pixels, and where it begins.
const PLOT: f64 = 170.0;
const TOP: f64 = 16.0;

/// A wide screen has room for so many labels; a narrow one for half of them.
const LABELS: usize = 8;

/// One rectangle.
pub(super) struct Bar {
    pub(super) class: &'static str,
    pub(super) x: String,
    pub(super) y: String,
    pub(super) width: String,
    pub(super) height: String,
    pub(super) title: String,
}

/// A line across, with its number.
pub(super) struct Tick {
    pub(super) y: String,
    pub(super) number: u64,
}

/// A word below.
pub(super) struct Label {
    pub(super) x: String,
    pub(super) text: String,
    /// Left out on a narrow screen.
    pub(super) is_minor: bool,
}

/// Invitations and acceptances side by side, step by step.
pub(super) struct Columns {
    pub(super) bars: Vec<Bar>,
    pub(super) ticks: Vec<Tick>,
    pub(super) labels: Vec<Label>,
}

/// One bar of the other chart.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) people: u64,
    pub(super) percent: String,
    pub(super) y: String,
    pub(super) text_y: String,
    pub(super) width: String,
}

impl Columns {
    pub(super) fn of(timeline: &Timeline) -> Self {
        let steps = &timeline.steps;
        let most = steps.iter().map(|step| step.invited.max(step.accepted)).max().unwrap_or_default();
        let (step_size, top) = scale(most);
        let slot = 100.0 / float(steps.len() as u64);
        let bars = steps.iter().enumerate().flat_map(|(index, step)| {
            let name = timeline.unit.long_label(step.start);
            pair(step, &name, float(index as u64) * slot, slot, top)
        });
        let ticks = (0..=top / step_size).map(|n| n * step_size);
        Self {
            bars: bars.collect(),
            ticks: ticks.map(|number| Tick { y: pixels(height_of(number, top)), number }).collect(),
            labels: labels(timeline, slot),
        }
    }
}

fn pair(step: &Step, name: &str, left: f64, slot: f64, top: u64) -> Vec<Bar> {
    let both = [("invited", step.invited, 0.08), ("accepted", step.accepted, 0.5)];
    let bars = both.map(|(class, people, offset)| Bar {
        class,
        x: percent(left + slot * offset),
        y: pixels(height_of(people, top)),
        width: percent(slot * 0.42),
        height: pixels(TOP + PLOT - height_of(people, top)),
        title: format!("{name}: {people} {class}"),
    });
    bars.into_iter().filter(|bar| bar.height != "0.0").collect()
}

fn labels(timeline: &Timeline, slot: f64) -> Vec<Label> {
    let every = timeline.steps.len().div_ceil(LABELS);
    let named = timeline.steps.iter().enumerate().step_by(every).enumerate();
    let label = |(nth, (index, step)): (usize, (usize, &Step))| Label {
        x: percent((float(index as u64) + 0.5) * slot),
        text: timeline.unit.label(step.start),
        is_minor: nth % 2 == 1,
    };
    named.map(label).collect()
}

/// The bars of a distribution, the longest as wide as `WIDEST` per cent: its number stands behind it.
pub(super) fn rows(spread: &Spread) -> Vec<Row> {
    const WIDEST: f64 = 82.0;
    let most = spread.bins.iter().map(|(_, people)| *people).max().unwrap_or_default().max(1);
    let row = |(index, (name, people)): (usize, &(&'static str, u64))| {
        let y = float(index as u64) * 26.0;
        Row {
            name,
            people: *people,
            percent: format!("{:.0} %", float(*people) * 100.0 / float(spread.people.max(1))),
            y: pixels(y + 4.0),
            text_y: pixels(y + 17.0),
            width: percent(float(*people) * WIDEST / float(most)),
        }
    };
    spread.bins.iter().enumerate().map(row).collect()
}

/// The step between lines and the top line: round numbers, and at most five steps.
fn scale(most: u64) -> (u64, u64) {
    let mut step: u64 = 1;
    for factor in [2, 5, 10].into_iter().cycle() {
        if most.div_ceil(step) <= 5 {
            break;
        }
        let magnitude = 10_u64.saturating_pow(step.ilog10());
        step = magnitude.saturating_mul(factor);
    }
    (step, most.div_ceil(step).max(1) * step)
}

/// Where the upper end of so many people is.
fn height_of(people: u64, top: u64) -> f64 {
    TOP + PLOT * (1.0 - float(people) / float(top))
}

/// Counts of people are far below the numbers that a double has no room for.
#[expect(clippy::cast_precision_loss, reason = "counts of people, for a drawing")]
fn float(number: u64) -> f64 {
    number as f64
}

fn percent(number: f64) -> String {
    format!("{number:.2}%")
}

fn pixels(number: f64) -> String {
    format!("{number:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Invited;

    #[test]
    fn the_scale_has_round_steps_and_holds_the_most() {
        let told = [0, 1, 5, 6, 10, 11, 25, 26, 51, 99, 100_000].map(scale);
        let expected = [
            (1, 1),
            (1, 1),
            (1, 5),
            (2, 6),
            (2, 10),
            (5, 15),
            (5, 25),
            (10, 30),
            (20, 60),
            (20, 100),
            (20_000, 100_000),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn bars_stay_inside_the_plot_and_nobody_is_no_bar() {
        let at = |text: &str| text.parse().unwrap();
        let invited = [Invited { at: at("2026-03-01T00:00:00Z"), accepted: Some(at("2026-03-03T00:00:00Z")) }];
        let columns = Columns::of(&Timeline::of(&invited, at("2026-03-05T00:00:00Z")).unwrap());
        let told: Vec<_> =
            columns.bars.iter().map(|bar| (bar.title.as_str(), bar.x.as_str(), bar.height.as_str())).collect();
        assert_eq!(told, [("1 Mar 2026: 1 invited", "29.71%", "170.0"), ("3 Mar 2026: 1 accepted", "64.29%", "170.0")]);
        assert_eq!(
            columns.ticks.iter().map(|tick| (tick.number, tick.y.as_str())).collect::<Vec<_>>(),
            [(0, "186.0"), (1, "16.0")]
        );
        assert_eq!(columns.labels.len(), 7);
    }
}
