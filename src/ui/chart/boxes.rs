//! Box charts: how values spread, place by place.

use std::cmp::Ordering;

use serde_json::{Value as Json, json};

use super::axis::{Axis, Key, count};
use super::picture::{Layer, Picture, Scale, Table, label};
use super::probe::Probe;
use super::propose::Chart;
use super::read::{Drawn, drawn, read_key};
use super::times;

/// The columns of the table behind the place.
const HEAD: [&str; 9] = [
    "rows",
    "least",
    "lower whisker",
    "lower quartile",
    "median",
    "upper quartile",
    "upper whisker",
    "greatest",
    "rows beyond the whiskers",
];

/// One box: least, lower whisker, three quartiles, upper whisker and greatest.
struct Boxed {
    key: Key,
    values: Vec<Drawn>,
    rows: i64,
    beyond: i64,
}

impl Boxed {
    fn read(axis: Option<&Axis>, row: &[Json]) -> Option<Self> {
        let [key, rows, values @ .., beyond] = row else {
            return None;
        };
        Some(Self {
            key: read_key(axis, key)?,
            values: values.iter().map(drawn).collect::<Option<_>>()?,
            rows: count(rows)?,
            beyond: count(beyond)?,
        })
    }

    fn cells(&self, label: &str) -> Vec<String> {
        let begin = [label.to_owned(), self.rows.to_string()].into_iter();
        let values = self.values.iter().map(|value| value.text.clone());
        begin.chain(values).chain([self.beyond.to_string()]).collect()
    }

    fn numbers(&self) -> Json {
        json!(self.values.iter().map(|value| value.number).collect::<Vec<_>>())
    }
}

impl Chart {
    /// The picture of boxes (`boxes_sql`).
    #[must_use]
    pub fn boxes(&self, probe: &Probe, rows: &[Vec<Json>]) -> Picture {
        let axis = self.x_axis(probe);
        let mut boxes: Vec<Boxed> = rows.iter().filter_map(|row| Boxed::read(axis.as_ref(), row)).collect();
        boxes.sort_by(|a, b| order(axis.as_ref(), &a.key, &b.key));
        let y_title = self.y_title(true);
        let x_title = self.x_title(axis.as_ref());
        let labels = labels(axis.as_ref(), &boxes, &y_title);
        let first = if x_title.is_empty() { &y_title } else { &x_title };
        let head = std::iter::once(first.as_str()).chain(HEAD).map(str::to_owned).collect();
        Picture {
            kind: self.kind.word(),
            description: self.description(&x_title, &y_title, boxes.len(), 1),
            table: Table::new(head, labels.iter().zip(&boxes).map(|(label, boxed)| boxed.cells(label))),
            x: Scale {
                title: x_title,
                scale: if matches!(axis, Some(Axis::Labels { by_number: false, .. })) {
                    "name"
                } else {
                    "band"
                },
                labels,
                edges: None,
            },
            y: Scale::of_numbers(y_title.clone()),
            series: vec![Layer {
                name: y_title,
                is_rest: false,
                data: boxes.iter().map(Boxed::numbers).collect(),
            }],
            stacked: false,
            notes: vec![],
        }
    }
}

fn labels(axis: Option<&Axis>, boxes: &[Boxed], y_title: &str) -> Vec<String> {
    let Some(axis) = axis else {
        return boxes.iter().map(|_| y_title.to_owned()).collect();
    };
    let mut labels: Vec<String> = boxes.iter().map(|boxed| axis.label(&boxed.key)).collect();
    if !matches!(axis, Axis::Labels { .. }) {
        times::shorten(&mut labels);
    }
    labels
}

fn order(axis: Option<&Axis>, a: &Key, b: &Key) -> Ordering {
    let number = |key: &Key| match key {
        Key::Text(text) if matches!(axis, Some(Axis::Labels { by_number: true, .. })) => {
            text.parse().unwrap_or(f64::NAN)
        }
        key => axis.map_or(0.0, |axis| axis.position(key)),
    };
    let rest = (*a == Key::Rest).cmp(&(*b == Key::Rest));
    rest.then_with(|| number(a).total_cmp(&number(b)))
        .then_with(|| label(axis, a).cmp(&label(axis, b)))
}
