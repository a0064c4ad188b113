//! What a result's columns are good for: the chart that suits them, and what a chart lacks that is told in part.

use super::field::{Field, Role};
use super::propose::Chart;
use crate::link::ChartKind;

/// The columns by what they are good for.
pub struct Suited<'a> {
    times: Vec<&'a Field>,
    labels: Vec<&'a Field>,
    /// Those first that are not numbers by accident.
    numbers: Vec<&'a Field>,
    measures: usize,
}

impl<'a> Suited<'a> {
    /// The columns in their order.
    #[must_use]
    pub fn new(fields: &'a [Field]) -> Self {
        let (mut numbers, keys): (Vec<_>, Vec<_>) = fields
            .iter()
            .filter(|field| field.is_number())
            .partition(|field| !field.is_key());
        let measures = numbers.len();
        numbers.extend(keys);
        Self {
            times: fields
                .iter()
                .filter(|field| matches!(field.role, Role::Time(_)))
                .collect(),
            labels: fields.iter().filter(|field| field.role == Role::Label).collect(),
            numbers,
            measures,
        }
    }

    /// The chart that suits them best.
    #[must_use]
    pub fn kind(&self) -> Option<ChartKind> {
        Some(match (self.times.len(), self.labels.len(), self.measures) {
            (1.., _, 1..) => ChartKind::Line,
            (0, 2.., 0) => ChartKind::Heat,
            (_, 1.., _) | (1.., _, _) => ChartKind::Bar,
            (0, 0, 2..) => ChartKind::Scatter,
            _ if self.numbers.is_empty() => return None,
            _ => ChartKind::Histogram,
        })
    }

    /// Fills what the link does not say; a chart of which it says nothing but the kind gets all that suits.
    pub fn complete(&self, chart: &mut Chart, is_bare: bool) {
        // Boxes need not lie along anything.
        if chart.x.is_none() && (is_bare || chart.kind != ChartKind::Box) {
            chart.x = self.x(chart.kind).cloned();
        }
        let (x, kind) = (chart.x.as_ref().map(|x| x.place), chart.kind);
        let must_have_y = matches!(kind, ChartKind::Scatter | ChartKind::Box);
        if chart.y.is_empty() && (is_bare || must_have_y) && kind != ChartKind::Histogram {
            let other = self.numbers.iter().find(|number| Some(number.place) != x);
            chart.y = other.into_iter().map(|number| (*number).clone()).collect();
        }
        if chart.split.is_none() && kind == ChartKind::Heat {
            let taken: Vec<usize> = chart.x.iter().chain(&chart.y).map(|field| field.place).collect();
            chart.split = self.bands().find(|field| !taken.contains(&field.place)).cloned();
        } else if chart.split.is_none() && is_bare && self.labels.len() == 1 && self.x_is_time(chart) {
            chart.split = self.labels.first().map(|label| (*label).clone());
        }
        if kind == ChartKind::Heat && is_bare {
            let split = chart.split.as_ref().map(|split| split.place);
            chart.y.retain(|y| Some(y.place) != split);
        }
    }

    fn x_is_time(&self, chart: &Chart) -> bool {
        let is_time = chart
            .x
            .as_ref()
            .is_some_and(|x| self.times.iter().any(|time| time.place == x.place));
        is_time && matches!(chart.kind, ChartKind::Line | ChartKind::Area | ChartKind::Bar)
    }

    fn bands(&self) -> impl Iterator<Item = &'a Field> {
        let all = self.labels.iter().chain(&self.times).chain(&self.numbers);
        all.copied()
    }

    fn x(&self, kind: ChartKind) -> Option<&'a Field> {
        let label = self.labels.first();
        let time = self.times.first();
        let number = self.numbers.first();
        let found = match kind {
            ChartKind::Line | ChartKind::Area => time
                .or(if self.numbers.len() > 1 { number } else { None })
                .or(label)
                .or(number),
            ChartKind::Scatter if self.numbers.len() > 1 => number.or(time),
            ChartKind::Scatter => time.or(number),
            ChartKind::Histogram => number.or(time),
            ChartKind::Box => label,
            _ => label.or(time).or(number),
        };
        found.copied()
    }
}
