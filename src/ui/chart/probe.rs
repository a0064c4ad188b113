//! The first look at a result: how many rows, how many of them have a place, and from where to where they reach.

use serde_json::Value as Json;

use super::axis::{Axis, Look, MOST_POINTS, Want, count};
use super::field::{Field, Role};
use super::propose::Chart;
use crate::link::ChartKind;

/// Bands of an axis unless the person says otherwise.
const BANDS: u32 = 30;
/// Bands of a time, which are read as one shape.
const TIME_BANDS: u32 = 60;
/// Cells of a heat map in one direction.
const CELLS: u32 = 24;
const MOST_CELLS: u32 = 100;
/// Bins of a histogram unless the person says otherwise.
const BINS: u32 = 30;
/// Points of a line when there are too many to draw each.
const POINTS: u32 = 400;
/// Series of one chart, the rest included: as many as there are colors.
pub const SERIES: u32 = 8;

/// What the first look tells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Probe {
    /// All rows.
    pub rows: u64,
    /// Of the horizontal axis.
    pub x: Look,
    /// Of the series, or of the vertical axis.
    pub split: Look,
    /// Rows that have a value, of each column of values.
    pub values: Vec<u64>,
    /// Rows that a scatter chart could draw.
    pub points: u64,
}

impl Chart {
    /// What the horizontal axis is for.
    #[must_use]
    pub fn x_want(&self) -> Want {
        let is_time = self.x.as_ref().is_some_and(|x| matches!(x.role, Role::Time(_)));
        let bins = |usual: u32| self.bins.unwrap_or(usual);
        match self.kind {
            ChartKind::Histogram => Want::Bins(bins(BINS)),
            ChartKind::Line | ChartKind::Area | ChartKind::Scatter | ChartKind::Auto => Want::Points(POINTS),
            ChartKind::Heat => Want::Bands(bins(CELLS).min(MOST_CELLS)),
            ChartKind::Bar if is_time => Want::Bands(bins(TIME_BANDS)),
            ChartKind::Bar | ChartKind::Box => Want::Bands(bins(BANDS)),
        }
    }

    /// What the series, or the vertical axis, are for.
    #[must_use]
    pub fn split_want(&self) -> Want {
        match self.kind {
            ChartKind::Heat => Want::Bands(self.bins.unwrap_or(CELLS).min(MOST_CELLS)),
            _ => Want::Bands(
                (SERIES / u32::try_from(self.y.len().max(1)).unwrap_or(1))
                    .saturating_sub(1)
                    .max(1),
            ),
        }
    }

    /// How rows are placed horizontally.
    #[must_use]
    pub fn x_axis(&self, probe: &Probe) -> Option<Axis> {
        Some(Axis::choose(self.x.as_ref()?, &probe.x, self.x_want()))
    }

    /// How rows are divided; series are always told apart by a label.
    #[must_use]
    pub fn split_axis(&self, probe: &Probe) -> Option<Axis> {
        let field = self.split.as_ref()?;
        let label = Field {
            role: Role::Label,
            ..field.clone()
        };
        let field = if self.kind == ChartKind::Heat { field } else { &label };
        Some(Axis::choose(field, &probe.split, self.split_want()))
    }

    /// Rows that a scatter chart can draw.
    #[must_use]
    pub fn is_point(&self) -> String {
        let any: Vec<String> = self.y.iter().map(Field::usable).collect();
        let x = self.x.as_ref().map_or_else(|| "true".to_owned(), Field::usable);
        format!(
            "{x} and ({})",
            if any.is_empty() {
                "true".to_owned()
            } else {
                any.join(" or ")
            }
        )
    }

    /// The SQL of the first look.
    #[must_use]
    pub fn probe_sql(&self) -> String {
        let mut parts = vec!["count(*)".to_owned()];
        parts.extend(look_sql(self.x.as_ref(), self.x_want()));
        parts.extend(look_sql(self.split.as_ref(), self.split_want()));
        let matters = self.kind == ChartKind::Scatter;
        parts.push(if matters {
            counted(&self.is_point())
        } else {
            "0".to_owned()
        });
        parts.extend(self.y.iter().map(|y| counted(&y.usable())));
        let named: Vec<String> = parts
            .into_iter()
            .enumerate()
            .map(|(place, part)| format!("{part} as p{place}"))
            .collect();
        format!("select {} from result", named.join(", "))
    }
}

/// Usable rows, least, greatest, and different values: the least and the greatest of what has none are NULL.
fn look_sql(field: Option<&Field>, want: Want) -> [String; 4] {
    let none = || "cast(null as double)".to_owned();
    let Some(field) = field else {
        return ["0".to_owned(), none(), none(), "0".to_owned()];
    };
    let usable = field.usable();
    let value = match field.role {
        Role::Label => None,
        Role::Time(_) => Some(field.units()),
        _ => Some(field.number()),
    };
    let edge = |name: &str| {
        value
            .as_ref()
            .map_or_else(none, |value| format!("{name}(case when {usable} then {value} end)"))
    };
    let most = match want {
        Want::Bands(most) => most,
        Want::Points(_) => MOST_POINTS,
        Want::Bins(_) => 1,
    };
    let different = match field.role {
        Role::Label => field.label(),
        Role::Whole | Role::Decimal { .. } => field.raw(),
        Role::Float | Role::Time(_) => value.clone().unwrap_or_default(),
    };
    let placed = if field.is_continuous() { usable.as_str() } else { "true" };
    // The scan ends when there are more than matter.
    let distinct = format!(
        "(select count(*) from (select distinct {different} as d from result where {placed} limit {}))",
        u64::from(most) + 1
    );
    [counted(&usable), edge("min"), edge("max"), distinct]
}

fn counted(condition: &str) -> String {
    format!("count(case when {condition} then 1 end)")
}

impl Probe {
    /// Reads the one row of the first look.
    #[must_use]
    pub fn read(chart: &Chart, rows: &[Vec<Json>]) -> Self {
        let row = rows.first().map(Vec::as_slice).unwrap_or_default();
        let number = |place: usize| {
            row.get(place)
                .and_then(count)
                .and_then(|count| u64::try_from(count).ok())
        };
        let look = |first: usize, field: Option<&Field>| {
            let Some(field) = field else { return Look::default() };
            let (low, high) = (row.get(first + 1), row.get(first + 2));
            let is_time = matches!(field.role, Role::Time(_));
            Look {
                usable: number(first).unwrap_or_default(),
                numbers: if is_time {
                    None
                } else {
                    low.and_then(Json::as_f64).zip(high.and_then(Json::as_f64))
                },
                times: if is_time {
                    low.and_then(count).zip(high.and_then(count))
                } else {
                    None
                },
                distinct: number(first + 3).unwrap_or_default(),
            }
        };
        Self {
            rows: number(0).unwrap_or_default(),
            x: look(1, chart.x.as_ref()),
            split: look(5, chart.split.as_ref()),
            points: number(9).unwrap_or_default(),
            values: (0..chart.y.len()).map(|y| number(10 + y).unwrap_or_default()).collect(),
        }
    }
}
