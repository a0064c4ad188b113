//! What of a scan's predicate a hand can hold rows against, so that rows which will not pass need not travel.
//!
//! The predicate is applied above the scan all the same: whatever has no counterpart in a [`Sieve`] is left out of it, and
//! a sieve lets through more than the predicate, never less. Filters that grow narrower take part as they are when a row
//! group is sent; the keys of a join's other side, which it hands down as a table of its own, as [`Marks`].

use std::ops::RangeInclusive;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Schema};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{
    BinaryExpr, Column, InListExpr, IsNotNullExpr, IsNullExpr, LikeExpr, Literal,
};
use datafusion::physical_expr::utils::{collect_columns, split_conjunction};
use datafusion::physical_expr_common::physical_expr::is_volatile;

use super::marks::{Known, is_marked};
use super::now::now;
use crate::protocol::{Comparison, Sieve, Term, travels};

mod condition;

pub(super) use condition::condition;

/// Literals of one sieve: a join's filter may list thousands of keys, which its bounds mostly stand for.
const MOST_LITERALS: usize = 256;

/// A condition, and its literals as a batch of one row.
pub(super) struct Sieved {
    pub(super) sieve: Sieve,
    pub(super) literals: RecordBatch,
}

/// What is known of a row group by which conditions can be asked beforehand.
pub(super) struct Asking<'a> {
    pub(super) known: &'a Known,
    /// The table's, in which conditions are.
    pub(super) schema: &'a Schema,
    /// The least and the greatest value of the column at a place.
    pub(super) range: &'a dyn Fn(usize) -> Option<RangeInclusive<i64>>,
}

/// What a hand that reads columns of `schema` can test of `predicate`; `None` when that is nothing. With `asking`, what has
/// no form to travel in is asked beforehand where it can be.
pub(super) fn sieve(predicate: &Arc<dyn PhysicalExpr>, schema: &Schema, asking: Option<&Asking<'_>>) -> Option<Sieved> {
    let now = now(predicate).ok()?;
    let mut reading = Reading {
        schema,
        literals: vec![],
    };
    let conditions = split_conjunction(&now).into_iter().enumerate();
    let tests: Vec<Sieve> = conditions
        .filter_map(|(place, expr)| {
            let test = reading.within(|reading| reading.test(expr).filter(travels));
            test.or_else(|| reading.marked(place, expr, asking?))
        })
        .collect();
    if tests.is_empty() {
        return None;
    }
    let names = (0..reading.literals.len()).map(|place| place.to_string());
    let literals =
        RecordBatch::try_from_iter_with_nullable(names.zip(reading.literals).map(|(name, array)| (name, array, true)));
    Some(Sieved {
        sieve: Sieve::All(tests),
        // A sieve without literals needs no row.
        literals: literals.unwrap_or_else(|_| RecordBatch::new_empty(Arc::new(Schema::empty()))),
    })
}

struct Reading<'a> {
    schema: &'a Schema,
    literals: Vec<ArrayRef>,
}

impl Reading<'_> {
    /// Forgets the literals of what could not be read to its end.
    fn within(&mut self, read: impl FnOnce(&mut Self) -> Option<Sieve>) -> Option<Sieve> {
        let before = self.literals.len();
        let test = read(self).filter(|_| self.literals.len() <= MOST_LITERALS);
        if test.is_none() {
            self.literals.truncate(before);
        }
        test
    }

    fn test(&mut self, expr: &Arc<dyn PhysicalExpr>) -> Option<Sieve> {
        if let Some(binary) = expr.downcast_ref::<BinaryExpr>() {
            return self.binary(binary);
        }
        if let Some(null) = expr.downcast_ref::<IsNullExpr>() {
            return self.null(null.arg(), false);
        }
        if let Some(null) = expr.downcast_ref::<IsNotNullExpr>() {
            return self.null(null.arg(), true);
        }
        if let Some(like) = expr.downcast_ref::<LikeExpr>() {
            let (column, data_type) = self.column(like.expr())?;
            return Some(Sieve::Like {
                column,
                pattern: self.literal(like.pattern(), &data_type)?,
                is_negated: like.negated(),
                ignores_case: like.case_insensitive(),
            });
        }
        let list = expr.downcast_ref::<InListExpr>()?;
        let (column, data_type) = self.column(list.expr())?;
        let literals = list.list().iter().map(|literal| self.literal(literal, &data_type));
        Some(Sieve::In {
            column,
            literals: literals.collect::<Option<_>>()?,
            is_negated: list.negated(),
        })
    }

    fn binary(&mut self, binary: &BinaryExpr) -> Option<Sieve> {
        let (left, right) = (binary.left(), binary.right());
        let comparison = match binary.op() {
            // Without one side the other still must be true.
            Operator::And => {
                let sides = [left, right].map(|side| self.within(|reading| reading.test(side)));
                let sides: Vec<Sieve> = sides.into_iter().flatten().collect();
                return (!sides.is_empty()).then_some(Sieve::All(sides));
            }
            Operator::Or => return Some(Sieve::Any(vec![self.test(left)?, self.test(right)?])),
            Operator::Eq => Comparison::Equal,
            Operator::NotEq => Comparison::NotEqual,
            Operator::Lt => Comparison::Less,
            Operator::LtEq => Comparison::LessOrEqual,
            Operator::Gt => Comparison::Greater,
            Operator::GtEq => Comparison::GreaterOrEqual,
            _ => return None,
        };
        let (left, right) = match (self.column(left), self.column(right)) {
            (Some((left, one)), Some((right, other))) if one == other => (Term::Column(left), Term::Column(right)),
            (Some((column, data_type)), None) => {
                (Term::Column(column), Term::Literal(self.literal(right, &data_type)?))
            }
            (None, Some((column, data_type))) => (Term::Literal(self.literal(left, &data_type)?), Term::Column(column)),
            _ => return None,
        };
        Some(Sieve::Compare {
            left,
            comparison,
            right,
        })
    }

    /// The condition at `place` as marks of the one column that it is about.
    fn marked(&mut self, place: usize, expr: &Arc<dyn PhysicalExpr>, asking: &Asking<'_>) -> Option<Sieve> {
        let columns = collect_columns(expr);
        let mut columns = columns.iter();
        let (Some(column), None) = (columns.next(), columns.next()) else {
            return None;
        };
        let (read, field) = self.schema.column_with_name(column.name())?;
        let wanted = asking.schema.field_with_name(column.name()).ok()?;
        let is_as_read = wanted.data_type() == field.data_type() && is_marked(field.data_type());
        if !is_as_read || is_volatile(expr) {
            return None;
        }
        let marks = asking.known.marks(place, expr, wanted, &(asking.range)(read)?)?;
        self.literals.push(marks.literal());
        Some(Sieve::Marked {
            column: read,
            from: marks.from,
            bits: self.literals.len() - 1,
            passes_null: marks.passes_null,
        })
    }

    fn null(&self, arg: &Arc<dyn PhysicalExpr>, is_negated: bool) -> Option<Sieve> {
        let (column, _) = self.column(arg)?;
        Some(Sieve::Null { column, is_negated })
    }

    /// A column that is read, and its type there.
    fn column(&self, expr: &Arc<dyn PhysicalExpr>) -> Option<(usize, DataType)> {
        let column = expr.downcast_ref::<Column>()?;
        let (place, field) = self.schema.column_with_name(column.name())?;
        Some((place, field.data_type().clone()))
    }

    /// A literal of exactly the type with which it is compared.
    fn literal(&mut self, expr: &Arc<dyn PhysicalExpr>, data_type: &DataType) -> Option<usize> {
        let value = narrowed(expr.downcast_ref::<Literal>()?.value(), data_type)?;
        self.literals.push(value.to_array().ok()?);
        Some(self.literals.len() - 1)
    }
}

/// The value as `data_type`: the same type, the narrower one as which a decimal is read, or a text as it is sent.
fn narrowed(value: &ScalarValue, data_type: &DataType) -> Option<ScalarValue> {
    if value.data_type() == *data_type {
        return Some(value.clone());
    }
    match (value, data_type) {
        (ScalarValue::Decimal128(Some(value), _, from), DataType::Decimal64(precision, scale)) if from == scale => {
            let value = i64::try_from(*value).ok()?;
            Some(ScalarValue::Decimal64(Some(value), *precision, *scale))
        }
        (ScalarValue::Utf8View(text), DataType::Utf8) => Some(ScalarValue::Utf8(text.clone())),
        _ => None,
    }
}

#[cfg(test)]
#[path = "sieve_tests.rs"]
mod tests;
