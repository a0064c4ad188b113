//! Scatter charts: a point for each row, or for one row of several.

use serde_json::{Value as Json, json};

use super::axis::{Axis, Key, count};
use super::field::{Role, Units};
use super::picture::{Layer, Picture, Scale, Table};
use super::probe::Probe;
use super::propose::Chart;
use super::read::{Drawn, drawn, read_key};
use super::times;

/// One point.
struct Dot {
    series: String,
    is_rest: bool,
    x: Drawn,
    y: Drawn,
}

impl Chart {
    /// The picture of points (`dots_sql`).
    #[must_use]
    pub fn dots(&self, probe: &Probe, rows: &[Vec<Json>]) -> Picture {
        let split = self.split_axis(probe);
        let units = self.x.as_ref().and_then(|x| match x.role {
            Role::Time(units) => Some(units),
            _ => None,
        });
        let dots: Vec<Dot> = rows
            .iter()
            .flat_map(|row| self.read_dots(split.as_ref(), units, row))
            .collect();
        let layers = layers(&dots);
        let (x_title, y_title) = (self.x_title(None), self.y_title(true));
        let has_names = split.is_some() || self.y.len() > 1;
        Picture {
            kind: self.kind.word(),
            description: self.description(&x_title, &y_title, dots.len(), layers.len()),
            table: table(&dots, has_names, &x_title, &y_title),
            x: Scale {
                title: x_title,
                scale: if units.is_some() { "time" } else { "number" },
                ..Scale::default()
            },
            y: Scale::of_numbers(y_title),
            series: layers,
            stacked: false,
            notes: vec![],
        }
    }

    fn read_dots(&self, split: Option<&Axis>, units: Option<Units>, row: &[Json]) -> Vec<Dot> {
        let [series, x, ys @ ..] = row else { return vec![] };
        let (Some(key), Some(x)) = (read_key(split, series), place(units, x)) else {
            return vec![];
        };
        let dot = |(column, y): (usize, &Json)| {
            Some(Dot {
                series: self.series_name(split.map(|axis| axis.label(&key)), column),
                is_rest: key == Key::Rest,
                x: x.clone(),
                y: drawn(y)?,
            })
        };
        ys.iter().enumerate().filter_map(dot).collect()
    }
}

fn place(units: Option<Units>, value: &Json) -> Option<Drawn> {
    let Some(units) = units else { return drawn(value) };
    let time = count(value)?;
    Some(Drawn {
        number: times::millis(units, time),
        text: times::moment_text(units, time),
    })
}

fn layers(dots: &[Dot]) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    for dot in dots {
        let point = json!([dot.x.number, dot.y.number]);
        let is_its = |layer: &&mut Layer| layer.name == dot.series && layer.is_rest == dot.is_rest;
        match layers.iter_mut().find(is_its) {
            Some(layer) => layer.data.push(point),
            None => layers.push(Layer {
                name: dot.series.clone(),
                is_rest: dot.is_rest,
                data: vec![point],
            }),
        }
    }
    layers.sort_by(|a, b| a.is_rest.cmp(&b.is_rest).then_with(|| a.name.cmp(&b.name)));
    layers
}

fn table(dots: &[Dot], has_names: bool, x_title: &str, y_title: &str) -> Table {
    let name = |name: &str| has_names.then(|| name.to_owned());
    let row = |x: &str, series: &str, y: &str| {
        let begin = std::iter::once(x.to_owned());
        begin.chain(name(series)).chain([y.to_owned()]).collect::<Vec<_>>()
    };
    Table::new(
        row(x_title, "series", y_title),
        dots.iter().map(|dot| row(&dot.x.text, &dot.series, &dot.y.text)),
    )
}
