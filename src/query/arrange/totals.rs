//! What a block of cells comes to, as statements over the result.

use arrow::datatypes::Schema;

use crate::protocol::{Shape, Totals};
use crate::query::shape::shape;

/// The statement for a block of `columns`, whose one row [`read`] understands.
#[must_use]
pub fn totals(schema: &Schema, columns: &[u32]) -> String {
    let shapes: Vec<Shape> = columns.iter().filter_map(|column| shape_of(schema, *column)).collect();
    match (columns, shapes.as_slice()) {
        ([column], [shape]) if is_number(shape) => numbers(&from(&[*column]), is_whole(shape)),
        ([column], [shape]) if is_ordered(shape) => {
            let from = from(&[*column]);
            format!(
                "select count(*), count(*) - count(v), count(distinct v), null as s, null as a, min(v), max(v) from {from}"
            )
        }
        (columns, shapes) if !shapes.is_empty() && shapes.iter().all(is_number) => {
            numbers(&from(columns), shapes.iter().all(is_whole))
        }
        (columns, _) => counts(columns),
    }
}

/// The totals in the one row that the statement gives.
#[must_use]
pub fn read(row: &[Option<String>]) -> Totals {
    let text = |place: usize| row.get(place).cloned().flatten();
    let number = |place: usize| text(place).and_then(|text| text.parse().ok());
    Totals {
        cells: number(0).unwrap_or_default(),
        nulls: number(1).unwrap_or_default(),
        distinct: number(2),
        sum: text(3),
        average: text(4),
        least: text(5),
        most: text(6),
    }
}

/// Whole numbers are summed as decimals, which do not overflow.
fn numbers(from: &str, whole: bool) -> String {
    let summed = if whole { "cast(v as decimal(38, 0))" } else { "v" };
    format!(
        "select count(*), count(*) - count(v), count(distinct v), sum({summed}), avg(cast(v as double)), min(v), max(v) from {from}"
    )
}

fn counts(columns: &[u32]) -> String {
    let nulls: Vec<String> = columns
        .iter()
        .map(|column| format!("count(*) - count(c{column})"))
        .collect();
    let nulls = if nulls.is_empty() {
        "0".to_owned()
    } else {
        nulls.join(" + ")
    };
    format!(
        "select count(*) * {}, {nulls} as n, null as d, null as s, null as a, null as l, null as m from result",
        columns.len()
    )
}

fn from(columns: &[u32]) -> String {
    let parts: Vec<String> = columns
        .iter()
        .map(|column| format!("select c{column} as v from result"))
        .collect();
    format!("({})", parts.join(" union all "))
}

fn shape_of(schema: &Schema, column: u32) -> Option<Shape> {
    schema
        .fields()
        .get(column as usize)
        .map(|field| shape(field.data_type()))
}

fn is_whole(shape: &Shape) -> bool {
    matches!(shape, Shape::Integer | Shape::Long)
}

fn is_number(shape: &Shape) -> bool {
    is_whole(shape) || matches!(shape, Shape::Float | Shape::Decimal)
}

fn is_ordered(shape: &Shape) -> bool {
    matches!(
        shape,
        Shape::Boolean | Shape::Text | Shape::Binary | Shape::Date | Shape::Timestamp { .. }
    )
}
