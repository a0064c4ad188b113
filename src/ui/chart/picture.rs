//! What the drawing library is given, and the same as a table of texts.

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::axis::{Axis, Key};
use super::probe::Probe;
use super::propose::Chart;
use super::read::{Drawn, Groups, Series};
use super::times;
use crate::link::{Aggregate, ChartKind};

/// Rows of the table that stand on the page: more would make it slow and nobody reads them.
const TABLE_ROWS: usize = 1000;

/// A chart, ready to be drawn by `www/chart.js`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Picture {
    /// The kind's word.
    pub kind: &'static str,
    /// The horizontal axis.
    pub x: Scale,
    /// The vertical axis.
    pub y: Scale,
    /// What is drawn, first what lies behind.
    pub series: Vec<Layer>,
    /// Does one series stand upon another?
    pub stacked: bool,
    /// The chart in words.
    pub description: String,
    /// The same numbers.
    #[serde(skip)]
    pub table: Table,
    /// What is left out.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// An axis.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Scale {
    /// Its title.
    pub title: String,
    /// `name` (bands, each of which has a name), `band` (bands in the order of numbers or times), `number` or `time`.
    pub scale: &'static str,
    /// The places in words.
    pub labels: Vec<String>,
    /// The outer edges of bins that are numbers.
    pub edges: Option<(f64, f64)>,
}

/// A series.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Layer {
    /// Its name; empty when it is the only one.
    pub name: String,
    /// Is it what all have that have no series of their own?
    pub is_rest: bool,
    /// By place, as the kind of chart has it.
    pub data: Vec<Json>,
}

/// Numbers for who wants to read them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// The names of its columns.
    pub head: Vec<String>,
    /// Its rows, the first of them.
    pub rows: Vec<Vec<String>>,
    /// How many there are.
    pub total: usize,
}

impl Scale {
    /// The axis of the values.
    #[must_use]
    pub fn of_numbers(title: String) -> Self {
        Self {
            title,
            scale: "number",
            ..Self::default()
        }
    }
}

impl Table {
    /// The first rows of a table.
    pub fn new(head: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> Self {
        let mut kept = Vec::new();
        let mut total = 0;
        for row in rows {
            total += 1;
            if total <= TABLE_ROWS {
                kept.push(row);
            }
        }
        Self {
            head,
            rows: kept,
            total,
        }
    }
}

impl Chart {
    /// The picture of what the engine gave for [`Chart::data_sql`].
    #[must_use]
    pub fn picture(&self, probe: &Probe, complete: bool, rows: &[Vec<Json>]) -> Picture {
        let mut picture = match self.kind {
            ChartKind::Scatter => self.dots(probe, rows),
            ChartKind::Box => self.boxes(probe, rows),
            ChartKind::Heat => self.cells(probe, &self.read_groups(probe, rows)),
            _ => self.columns(probe, &self.read_groups(probe, rows)),
        };
        picture.notes = self.notes(probe, complete);
        picture
    }

    /// Bars, lines, areas and histograms.
    fn columns(&self, probe: &Probe, groups: &Groups) -> Picture {
        let axis = self.x_axis(probe);
        let is_line = matches!(self.kind, ChartKind::Line | ChartKind::Area);
        let x = self.scale(axis.as_ref(), groups, is_line);
        let y_title = self.y_title(groups.is_plain);
        let adds = matches!(self.aggregate, Aggregate::Count | Aggregate::Sum);
        let stacked = self.split.is_some() && self.y.len() <= 1 && adds && self.kind != ChartKind::Line;
        let positions = match (&axis, x.scale) {
            (Some(axis), "number" | "time") => {
                Some(groups.keys.iter().map(|key| axis.position(key)).collect::<Vec<_>>())
            }
            _ => None,
        };
        let layer = |series: &Series| layer(series, positions.as_deref(), stacked);
        Picture {
            kind: self.kind.word(),
            series: groups.series.iter().map(layer).collect(),
            description: self.description(&x.title, &y_title, groups.keys.len(), groups.series.len()),
            table: wide_table(&x, &y_title, groups),
            x,
            y: Scale::of_numbers(y_title),
            stacked,
            notes: vec![],
        }
    }

    fn scale(&self, axis: Option<&Axis>, groups: &Groups, is_line: bool) -> Scale {
        let mut labels: Vec<String> = groups.keys.iter().map(|key| label(axis, key)).collect();
        if !matches!(axis, Some(Axis::Labels { .. })) {
            times::shorten(&mut labels);
        }
        let edges = match (axis, groups.keys.as_slice()) {
            (Some(Axis::Bins(steps)), [Key::Count(first), ..]) if !is_line => {
                let last = first + i64::try_from(groups.keys.len()).unwrap_or(i64::MAX);
                Some((steps.edge(*first), steps.edge(last)))
            }
            _ => None,
        };
        let scale = match axis {
            Some(Axis::Numbers | Axis::Bins(_)) if is_line => "number",
            Some(Axis::Times(_) | Axis::Stretches(_)) if is_line => "time",
            Some(Axis::Labels { by_number: false, .. }) => "name",
            _ => "band",
        };
        Scale {
            title: self.x_title(axis),
            scale,
            labels,
            edges,
        }
    }

    /// A heat map: each value by the numbers of its column and its row.
    fn cells(&self, probe: &Probe, groups: &Groups) -> Picture {
        let (x, split) = (self.x_axis(probe), self.split_axis(probe));
        let x = self.scale(x.as_ref(), groups, false);
        let value_title = self.y_title(groups.is_plain);
        let data = groups.series.iter().enumerate().flat_map(|(row, series)| {
            let values = series.values.iter().enumerate();
            values.filter_map(move |(column, value)| Some(json!([column, row, value.as_ref()?.number])))
        });
        let y = Scale {
            title: self.split_title(split.as_ref()),
            scale: "band",
            labels: groups.series.iter().map(|series| series.name.clone()).collect(),
            edges: None,
        };
        let cells = groups.series.iter().flat_map(|series| {
            let values = x.labels.iter().zip(&series.values);
            values.filter_map(|(label, value)| {
                Some(vec![label.clone(), series.name.clone(), value.as_ref()?.text.clone()])
            })
        });
        Picture {
            kind: self.kind.word(),
            table: Table::new(vec![x.title.clone(), y.title.clone(), value_title.clone()], cells),
            series: vec![Layer {
                name: value_title.clone(),
                is_rest: false,
                data: data.collect(),
            }],
            stacked: false,
            description: self.description(
                &format!("{} and {}", x.title, y.title),
                &value_title,
                groups.keys.len(),
                groups.series.len(),
            ),
            x,
            y,
            notes: vec![],
        }
    }
}

/// Values alone where places are bands, else with their positions. What stands upon another stands on something.
fn layer(series: &Series, positions: Option<&[f64]>, stacked: bool) -> Layer {
    let ground = stacked.then_some(0.0);
    let values = series
        .values
        .iter()
        .map(|value| value.as_ref().map(|value| value.number).or(ground));
    Layer {
        name: series.name.clone(),
        is_rest: series.is_rest,
        data: match positions {
            Some(positions) => positions
                .iter()
                .zip(values)
                .map(|(at, value)| json!([at, value]))
                .collect(),
            None => values.map(|value| json!(value)).collect(),
        },
    }
}

/// A row for each place, a column for each series.
fn wide_table(x: &Scale, y_title: &str, groups: &Groups) -> Table {
    let name = |series: &Series| {
        if series.name.is_empty() {
            y_title.to_owned()
        } else {
            series.name.clone()
        }
    };
    let head = std::iter::once(x.title.clone())
        .chain(groups.series.iter().map(name))
        .collect();
    let row = |(place, label): (usize, &String)| {
        let values = groups
            .series
            .iter()
            .map(|series| text_of(series.values.get(place).and_then(Option::as_ref)));
        std::iter::once(label.clone()).chain(values).collect()
    };
    Table::new(head, x.labels.iter().enumerate().map(row))
}

/// A place in words.
#[must_use]
pub fn label(axis: Option<&Axis>, key: &Key) -> String {
    axis.map_or_else(String::new, |axis| axis.label(key))
}

fn text_of(value: Option<&Drawn>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.text.clone())
}
