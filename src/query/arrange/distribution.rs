//! How a column's values are spread, for a small picture in its header, as statements over the result.

use arrow::datatypes::Schema;

use super::order::Order;
use super::rows::ResultRows;
use crate::protocol::{Cell, Distribution, Frequent, Shape};
use crate::query::shape::shape;

/// Rows up to which all are counted; beyond, every second, third and so on.
const COUNTED_ROWS: u64 = 2_000_000;
/// Bars of a picture.
const BARS: usize = 24;
/// Values that are told with their counts.
const FREQUENT: usize = 8;

/// What a column's values are to a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// They have places on a line.
    Line,
    /// They are the same or not.
    Words,
    /// They are only there, or NULL.
    Presence,
}

/// What a column's values are.
#[must_use]
pub fn spread(schema: &Schema, column: u32) -> Spread {
    match schema
        .fields()
        .get(column as usize)
        .map(|field| shape(field.data_type()))
    {
        Some(Shape::Integer | Shape::Long | Shape::Float | Shape::Decimal | Shape::Date | Shape::Timestamp { .. }) => {
            Spread::Line
        }
        Some(Shape::Text | Shape::Boolean) => Spread::Words,
        _ => Spread::Presence,
    }
}

/// The rows that are counted, and every how many-th of all that is.
#[must_use]
pub fn sample(rows: &ResultRows) -> (ResultRows, u64) {
    let all = rows.len();
    let step = all.div_ceil(COUNTED_ROWS).max(1);
    if step == 1 {
        return (rows.clone(), 1);
    }
    let places = (0..all).step_by(usize::try_from(step).unwrap_or(usize::MAX));
    let chosen = match &rows.order {
        Some(order) => places
            .filter_map(|place| order.rows(place..place + 1).first().copied())
            .collect(),
        None => places.filter_map(|place| u32::try_from(place).ok()).collect(),
    };
    (rows.ordered(Order::of(chosen)), step)
}

/// A value as a number: a day or a moment by its count. NaN and the infinities have no place.
fn place_of(schema: &Schema, column: u32) -> String {
    let is_time = schema
        .fields()
        .get(column as usize)
        .is_some_and(|field| matches!(shape(field.data_type()), Shape::Date | Shape::Timestamp { .. }));
    if is_time {
        format!("cast(cast(c{column} as bigint) as double)")
    } else {
        format!("cast(c{column} as double)")
    }
}

/// Rows, NULLs, and where the line begins and ends, as numbers and as texts.
#[must_use]
pub fn ends_sql(schema: &Schema, column: u32, spread: Spread) -> String {
    let counts = format!("select count(*), count(*) - count(c{column})");
    if spread != Spread::Line {
        return format!("{counts} from result");
    }
    let place = place_of(schema, column);
    format!(
        "{counts}, min(x) filter (where x - x = 0), max(x) filter (where x - x = 0), min(c{column}), max(c{column}) \
         from (select c{column}, {place} as x from result)"
    )
}

/// How many values there are in each of the bars between two ends.
#[must_use]
pub fn bars_sql(schema: &Schema, column: u32, low: f64, high: f64) -> String {
    let place = place_of(schema, column);
    let width = (high - low) / f64::from(u32::try_from(BARS).unwrap_or(1));
    format!(
        "select cast(floor((x - ({low:e})) / ({width:e})) as bigint) as bar, count(*) from (select {place} as x from result) \
         where x - x = 0 group by 1 order by 1"
    )
}

/// The values that are there most often.
#[must_use]
pub fn frequent_sql(column: u32) -> String {
    format!(
        "select c{column}, count(*) as n from result where c{column} is not null group by 1 order by 2 desc, 1 limit {FREQUENT}"
    )
}

/// What [`ends_sql`] gave.
#[must_use]
pub fn read_ends(row: &[Cell], step: u64) -> (Distribution, Option<(f64, f64)>) {
    let text = |place: usize| row.get(place).and_then(|cell| cell.text.clone());
    let number = |place: usize| text(place).and_then(|text| text.parse().ok());
    let distribution = Distribution {
        rows: number(0).unwrap_or_default(),
        nulls: number(1).unwrap_or_default(),
        step,
        low: text(4),
        high: text(5),
        ..Distribution::default()
    };
    let end = |place: usize| text(place).and_then(|text| text.parse::<f64>().ok());
    let ends = end(2).zip(end(3)).filter(|(low, high)| (high - low).is_finite());
    (distribution, ends)
}

/// What [`bars_sql`] gave.
#[must_use]
pub fn read_bars(rows: &[Vec<Cell>]) -> Vec<u64> {
    let mut bars = vec![0; BARS];
    for row in rows {
        let number = |place: usize| row.get(place)?.text.as_ref()?.parse::<u64>().ok();
        let (Some(bar), Some(count)) = (number(0), number(1)) else {
            continue;
        };
        // The largest value ends the last bar.
        let bar = usize::try_from(bar).unwrap_or(BARS).min(BARS - 1);
        if let Some(slot) = bars.get_mut(bar) {
            *slot += count;
        }
    }
    bars
}

/// What [`frequent_sql`] gave.
#[must_use]
pub fn read_frequent(rows: Vec<Vec<Cell>>) -> Vec<Frequent> {
    let read = |row: Vec<Cell>| {
        let [value, count] = <[Cell; 2]>::try_from(row).ok()?;
        Some(Frequent {
            value: value.text?,
            cut: value.cut,
            count: count.text?.parse().ok()?,
        })
    };
    rows.into_iter().filter_map(read).collect()
}
