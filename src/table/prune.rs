//! Which files might hold matching rows, decided from the metadata alone.
//!
//! First by partition values, which are exact, then by statistics, which are bounds. In
//! doubt a file is kept: wrong rows are worse than slow ones.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, StringViewArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::Column;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::physical_expr::expressions::{CastExpr, TryCastExpr};
use datafusion::physical_expr::scalar_subquery::ScalarSubqueryExpr;
use datafusion::physical_expr::utils::{collect_columns, reassign_expr_columns};
use datafusion::physical_expr::{conjunction, split_conjunction};
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::PhysicalExpr;
use datafusion::scalar::ScalarValue;

use crate::error::Result;
use crate::table::Table;

/// What is left of the live files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruned {
    /// Files that might match, in order.
    pub kept: Vec<usize>,
    /// Files that their partition values rule out.
    pub skipped_by_partition: u64,
    /// Of the rest, files that their statistics rule out.
    pub skipped_by_statistics: u64,
}

/// Keeps every file that might hold a row for which `predicate` is true. `schema` has the table's columns in the types in
/// which the predicate has them: texts may be views there.
///
/// # Errors
/// None today; what cannot be decided keeps the file.
pub fn prune(table: &Table, schema: &SchemaRef, predicate: &Arc<dyn PhysicalExpr>) -> Result<Pruned> {
    let stable = split_conjunction(predicate)
        .into_iter()
        .filter(|part| !is_volatile(part) && !has_subquery(part));
    let (by_partition, rest): (Vec<_>, Vec<_>) = stable.partition(|part| is_about_partitions(table, part));
    let partitions = might_match_partitions(table, &by_partition);
    let statistics = might_match_statistics(table, schema, rest);
    let mut pruned = Pruned {
        kept: vec![],
        skipped_by_partition: 0,
        skipped_by_statistics: 0,
    };
    for file in 0..table.files.len() {
        if !might(partitions.as_deref(), file) {
            pruned.skipped_by_partition += 1;
        } else if !might(statistics.as_deref(), file) {
            pruned.skipped_by_statistics += 1;
        } else {
            pruned.kept.push(file);
        }
    }
    Ok(pruned)
}

/// An answer for each file; without answers every file might.
fn might(answers: Option<&[bool]>, file: usize) -> bool {
    answers.and_then(|answers| answers.get(file)).copied().unwrap_or(true)
}

/// A value that changes from row to row cannot be decided once for a file.
fn is_volatile(expr: &Arc<dyn PhysicalExpr>) -> bool {
    expr.exists(|node| Ok(node.is_volatile_node())).unwrap_or(true)
}

/// Does it wait for what a subquery finds? That is known when the statement runs, not when it is planned.
#[must_use]
pub fn has_subquery(expr: &Arc<dyn PhysicalExpr>) -> bool {
    expr.exists(|node| Ok(node.downcast_ref::<ScalarSubqueryExpr>().is_some()))
        .unwrap_or(true)
}

fn is_about_partitions(table: &Table, expr: &Arc<dyn PhysicalExpr>) -> bool {
    collect_columns(expr)
        .iter()
        .all(|column| table.partition_columns.iter().any(|name| name == column.name()))
}

/// Which files have partition values for which every one of `parts` is true, as rows would be judged.
fn might_match_partitions(table: &Table, parts: &[&Arc<dyn PhysicalExpr>]) -> Option<Vec<bool>> {
    if parts.is_empty() {
        return None;
    }
    let values = partition_batch(table, parts)?;
    let predicate = conjunction(parts.iter().map(|part| Arc::clone(part)));
    let predicate = reassign_expr_columns(predicate, values.schema_ref()).ok()?;
    let answers = predicate
        .evaluate(&values)
        .and_then(|answers| answers.into_array(values.num_rows()))
        .ok()?;
    let answers = answers.as_any().downcast_ref::<BooleanArray>()?;
    Some(answers.iter().map(|answer| answer == Some(true)).collect())
}

/// The partition columns that `parts` name, one row a file.
fn partition_batch(table: &Table, parts: &[&Arc<dyn PhysicalExpr>]) -> Option<RecordBatch> {
    let named: HashSet<_> = parts.iter().flat_map(|part| collect_columns(part)).collect();
    let named = |name: &String| named.iter().any(|column| column.name() == name);
    let (mut fields, mut values): (Vec<Field>, Vec<ArrayRef>) = (vec![], vec![]);
    for (index, name) in table
        .partition_columns
        .iter()
        .enumerate()
        .filter(|(_, name)| named(name))
    {
        let column = table.files.partition_column(index)?;
        fields.push(Field::new(name, column.data_type().clone(), true));
        values.push(Arc::clone(column));
    }
    let options = RecordBatchOptions::new().with_row_count(Some(table.files.len()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), values, &options).ok()
}

/// Which files have bounds within which all of `parts` might be true.
fn might_match_statistics(table: &Table, schema: &SchemaRef, parts: Vec<&Arc<dyn PhysicalExpr>>) -> Option<Vec<bool>> {
    let parts = parts.into_iter().filter(|part| keeps_order(schema, part));
    let predicate = conjunction(parts.map(Arc::clone));
    let predicate = PruningPredicateBuilder::new()
        .with_file_schema(Arc::clone(schema))
        .build(predicate)?;
    predicate.prune(&Bounds { table, schema }).ok()
}

/// Does every cast in `expr` keep the order of values? Only then do the casts of bounds bound the casts of values: the
/// time of day of a bound, say, bounds nothing. `schema` is that of the columns in `expr`.
pub fn keeps_order(schema: &Schema, expr: &Arc<dyn PhysicalExpr>) -> bool {
    let mut keeps = true;
    let visited = expr.apply(|node| {
        let cast = node
            .downcast_ref::<CastExpr>()
            .map(|cast| (cast.expr(), cast.cast_type()));
        let cast = cast.or_else(|| {
            node.downcast_ref::<TryCastExpr>()
                .map(|cast| (cast.expr(), cast.cast_type()))
        });
        if let Some((from, to)) = cast {
            keeps &= from.data_type(schema).is_ok_and(|from| is_monotone(&from, to));
        }
        Ok(if keeps {
            TreeNodeRecursion::Continue
        } else {
            TreeNodeRecursion::Stop
        })
    });
    visited.is_ok() && keeps
}

fn is_monotone(from: &DataType, to: &DataType) -> bool {
    use DataType::{Date32, Date64, Timestamp};
    let is_time = |data_type: &DataType| matches!(data_type, Date32 | Date64 | Timestamp(_, _));
    from == to
        || (from.is_numeric() && to.is_numeric())
        || (from.is_string() && to.is_string())
        || (is_time(from) && is_time(to))
}

/// The table's statistics as DataFusion asks for them; a partition column is its own bound.
struct Bounds<'a> {
    table: &'a Table,
    /// In which the columns are asked for.
    schema: &'a Schema,
}

impl Bounds<'_> {
    fn partition(&self, column: &Column) -> Option<&ArrayRef> {
        let index = self
            .table
            .partition_columns
            .iter()
            .position(|name| *name == column.name)?;
        self.table.files.partition_column(index)
    }

    /// Only what has the form that is asked for: one entry a file, in the column's type, texts as it has them.
    fn checked(&self, column: &Column, values: Option<ArrayRef>) -> Option<ArrayRef> {
        let wanted = self.schema.field_with_name(&column.name).ok()?.data_type();
        let values = values.filter(|values| values.len() == self.table.files.len())?;
        match (values.data_type(), wanted) {
            (DataType::Utf8, DataType::Utf8View) => Some(Arc::new(StringViewArray::from(values.as_string::<i32>()))),
            (found, wanted) => (found == wanted).then_some(values),
        }
    }

    fn is_float(&self, column: &Column) -> bool {
        self.schema
            .field_with_name(&column.name)
            .is_ok_and(|field| field.data_type().is_floating())
    }
}

impl PruningStatistics for Bounds<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        match self.partition(column) {
            Some(values) => Some(Arc::clone(values)),
            None => self.checked(column, self.table.files.statistics().min(&column.name)),
        }
    }

    /// Bounds leave NaN out, which is greater than every number: of floats, nothing bounds them from above.
    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        match self.partition(column) {
            Some(values) => Some(Arc::clone(values)),
            None if self.is_float(column) => None,
            None => self.checked(column, self.table.files.statistics().max(&column.name)),
        }
    }

    fn num_containers(&self) -> usize {
        self.table.files.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let Some(values) = self.partition(column) else {
            let counts = self.table.files.statistics().null_count(&column.name);
            return counts.filter(|counts| counts.len() == self.table.files.len());
        };
        // Of the same rows as those of `row_counts`, which a file of NULLs alone is held against.
        let rows = self.row_counts()?;
        let rows = rows.as_any().downcast_ref::<UInt64Array>()?;
        let counts = rows.iter().enumerate();
        let counts = counts.map(|(file, rows)| if values.is_null(file) { rows } else { Some(0) });
        Some(Arc::new(counts.collect::<UInt64Array>()))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        let rows = self.table.files.statistics().rows();
        rows.filter(|rows| rows.len() == self.table.files.len())
    }

    fn contained(&self, _column: &Column, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

#[cfg(test)]
#[path = "prune_tests.rs"]
mod tests;
