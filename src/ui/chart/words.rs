//! A chart in words: titles of its axes, what it leaves out, and a description for who does not see it.

use super::axis::Axis;
use super::field::{Field, Role};
use super::probe::Probe;
use super::propose::Chart;
use super::sql::EXACT_ROWS;
use crate::link::{Aggregate, ChartKind};
use crate::ui::wording::{count, counted};

impl Aggregate {
    /// Its name on the screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "Count of rows",
            Self::Sum => "Sum",
            Self::Average => "Average",
            Self::Median => "Median",
            Self::Least => "Least",
            Self::Greatest => "Greatest",
            Self::Distinct => "Different values",
        }
    }

    fn of(self, name: &str) -> String {
        match self {
            Self::Count => "Rows".to_owned(),
            Self::Distinct => format!("Different values of {name}"),
            Self::Sum | Self::Average | Self::Median => format!("{} of {name}", self.name()),
            Self::Least | Self::Greatest => format!("{} {name}", self.name()),
        }
    }
}

impl Chart {
    /// The title of the horizontal axis.
    #[must_use]
    pub fn x_title(&self, axis: Option<&Axis>) -> String {
        axis_title(self.x.as_ref(), axis)
    }

    /// The title of the vertical axis of a heat map.
    #[must_use]
    pub fn split_title(&self, axis: Option<&Axis>) -> String {
        axis_title(self.split.as_ref(), axis)
    }

    /// The title of the values; those of one row each are not the sum of anything.
    #[must_use]
    pub fn y_title(&self, is_plain: bool) -> String {
        let names: Vec<&str> = self.y.iter().map(|y| y.name.as_str()).collect();
        let names = names.join(", ");
        if self.kind.aggregates() && !is_plain || self.aggregate == Aggregate::Count && self.y.is_empty() {
            self.aggregate.of(&names)
        } else {
            names
        }
    }

    /// What the chart leaves out or brings together, one sentence each.
    #[must_use]
    pub fn notes(&self, probe: &Probe, complete: bool) -> Vec<String> {
        let mut notes = Vec::new();
        if !complete {
            notes.push(format!(
                "The result is not complete: only the first {} that were kept are drawn.",
                counted(probe.rows, "row")
            ));
        }
        if self.kind == ChartKind::Scatter {
            notes.extend(self.dots_notes(probe));
            return notes;
        }
        let (x, split) = (self.x_axis(probe), self.split_axis(probe));
        notes.extend(unplaced(
            self.x.as_ref(),
            x.as_ref(),
            probe.rows - probe.x.usable.min(probe.rows),
        ));
        notes.extend(unplaced(
            self.split.as_ref(),
            split.as_ref(),
            probe.rows - probe.split.usable.min(probe.rows),
        ));
        for (y, usable) in self.y.iter().zip(&probe.values) {
            notes.extend(self.valueless(y, probe.rows - (*usable).min(probe.rows)));
        }
        notes.extend(self.rest_note(x.as_ref()));
        let is_near = self.kind == ChartKind::Box || self.aggregate == Aggregate::Median;
        if is_near && probe.rows > EXACT_ROWS {
            notes.push(format!(
                "With more than {}, medians and quartiles are approximate.",
                counted(EXACT_ROWS, "row")
            ));
        }
        notes
    }

    fn dots_notes(&self, probe: &Probe) -> Vec<String> {
        let mut notes = Vec::new();
        let without = probe.rows - probe.points.min(probe.rows);
        if without > 0 {
            notes.push(format!(
                "{} without a value on both axes {} not shown.",
                counted(without, "row"),
                is_or_are(without)
            ));
        }
        let stride = self.stride(probe);
        if stride > 1 {
            notes.push(format!(
                "{} of {} points are shown: one row of {}, in the order of the result.",
                count(probe.points.div_ceil(stride)),
                count(probe.points),
                count(stride)
            ));
        }
        notes
    }

    fn valueless(&self, y: &Field, rows: u64) -> Option<String> {
        if rows == 0 {
            return None;
        }
        let (rows_text, what) = (counted(rows, "row"), value_of(y));
        Some(match self.kind {
            ChartKind::Box => format!(
                "{rows_text} without {what} of “{}” {} not shown.",
                y.name,
                is_or_are(rows)
            ),
            _ if self.aggregate == Aggregate::Distinct => {
                format!(
                    "{rows_text} without {what} of “{}” add nothing to its different values.",
                    y.name
                )
            }
            _ => format!(
                "{rows_text} without {what} of “{}” {} left out of its {}.",
                y.name,
                is_or_are(rows),
                match self.aggregate {
                    Aggregate::Least | Aggregate::Greatest => "values".to_owned(),
                    _ => self.aggregate.name().to_lowercase(),
                }
            ),
        })
    }

    fn rest_note(&self, axis: Option<&Axis>) -> Option<String> {
        let Some(Axis::Labels {
            most, has_rest: true, ..
        }) = axis
        else {
            return None;
        };
        let by = match self.kind {
            ChartKind::Box => "the most rows".to_owned(),
            _ if self.y.is_empty() => "the most rows".to_owned(),
            _ => format!("the greatest {}", lower_first(&self.y_title(false))),
        };
        let name = self.x.as_ref().map(|x| x.name.as_str()).unwrap_or_default();
        Some(format!(
            "The {most} values of “{name}” with {by} are shown; all others are brought together as “the rest”."
        ))
    }

    /// The chart in two sentences.
    #[must_use]
    pub fn description(&self, x_title: &str, y_title: &str, places: usize, series: usize) -> String {
        let split = self.split.as_ref().filter(|_| self.kind != ChartKind::Heat);
        let split = split
            .map(|split| format!(", divided by {}", split.name))
            .unwrap_or_default();
        let along = if x_title.is_empty() {
            String::new()
        } else {
            format!(" by {x_title}")
        };
        let what = match self.kind {
            ChartKind::Heat => format!("{places} places in {series} rows"),
            _ if series > 1 => format!("{places} places in {series} series"),
            _ => format!("{places} places"),
        };
        let name = self.kind.name();
        let noun = if self.kind == ChartKind::Heat { "" } else { " chart" };
        format!("{name}{noun}: {y_title}{along}{split}. {what}. Its numbers are in the table below it.")
    }
}

fn axis_title(field: Option<&Field>, axis: Option<&Axis>) -> String {
    let Some(field) = field else { return String::new() };
    let name = &field.name;
    let name = if field.utc {
        format!("{name} (UTC)")
    } else {
        name.clone()
    };
    match axis {
        Some(Axis::Stretches(stretches)) => format!("{name} by {}", stretches.name),
        _ => name,
    }
}

fn unplaced(field: Option<&Field>, axis: Option<&Axis>, rows: u64) -> Option<String> {
    let (field, axis) = field.zip(axis)?;
    (rows > 0 && !axis.places_all()).then(|| {
        format!(
            "{} without {} of “{}” {} not shown.",
            counted(rows, "row"),
            value_of(field),
            field.name,
            is_or_are(rows)
        )
    })
}

fn value_of(field: &Field) -> &'static str {
    if field.role == Role::Float {
        "a finite value"
    } else {
        "a value"
    }
}

fn is_or_are(rows: u64) -> &'static str {
    if rows == 1 { "is" } else { "are" }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
