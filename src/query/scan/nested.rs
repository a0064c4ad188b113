//! Nested columns in the table's shape: fields are found by name at every depth, and those that a file lacks are NULL.
//!
//! DataFusion's own adapter does this for structs and for lists of them. But it refuses a struct of which a file has no
//! field that the table knows, and in maps, where the fields differ, it may take them by their places.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, RecordBatch, StructArray, new_null_array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, FieldRef, Fields, Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::common::internal_err;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr_adapter::{
    DefaultPhysicalExprAdapterFactory, PhysicalExprAdapter, PhysicalExprAdapterFactory,
};

use crate::table::variant::{assemble, is_variant};

/// Makes adapters from a file's columns to the table's.
#[derive(Debug)]
pub(super) struct ByName;

impl PhysicalExprAdapterFactory for ByName {
    fn create(&self, table: SchemaRef, file: SchemaRef) -> Result<Arc<dyn PhysicalExprAdapter>> {
        let (mut columns, mut reshaped) = (vec![], vec![]);
        for field in table.fields() {
            match file.field_with_name(field.name()) {
                Ok(found) if must_reshape(found.data_type(), field.data_type()) => {
                    columns.push(Arc::new(found.clone()));
                    reshaped.push(Arc::clone(field));
                }
                _ => columns.push(Arc::clone(field)),
            }
        }
        let columns = Arc::new(Schema::new_with_metadata(columns, table.metadata().clone()));
        let others = DefaultPhysicalExprAdapterFactory.create(columns, file)?;
        Ok(Arc::new(Adapter { others, reshaped }))
    }
}

#[derive(Debug)]
struct Adapter {
    others: Arc<dyn PhysicalExprAdapter>,
    /// Columns that DataFusion's adapter leaves as they are in the file, as the table has them.
    reshaped: Vec<FieldRef>,
}

impl PhysicalExprAdapter for Adapter {
    fn rewrite(&self, expr: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        let expr = self.others.rewrite(expr)?;
        if self.reshaped.is_empty() {
            return Ok(expr);
        }
        let reshape = |node: Arc<dyn PhysicalExpr>| {
            let target = node
                .downcast_ref::<Column>()
                .and_then(|column| self.reshaped.iter().find(|field| field.name() == column.name()));
            Ok(match target.cloned() {
                Some(target) => Transformed::yes(Arc::new(Reshape { column: node, target }) as Arc<dyn PhysicalExpr>),
                None => Transformed::no(node),
            })
        };
        expr.transform_up(reshape).data()
    }
}

/// Is DataFusion's cast between these types an error, or wrong?
fn must_reshape(file: &DataType, table: &DataType) -> bool {
    match (file, table) {
        (_, table) if is_variant(table) => true,
        (DataType::Struct(from), DataType::Struct(to)) => {
            let mut shared = shared(from, to).peekable();
            shared.peek().is_none() || shared.any(|(from, to)| must_reshape(from, to))
        }
        (DataType::List(from), DataType::List(to)) => must_reshape(from.data_type(), to.data_type()),
        (DataType::Map(from, _), DataType::Map(to, _)) => has_other_fields(from.data_type(), to.data_type()),
        _ => false,
    }
}

/// The types of the fields that both structs have.
fn shared<'a>(from: &'a Fields, to: &'a Fields) -> impl Iterator<Item = (&'a DataType, &'a DataType)> {
    to.iter().filter_map(|to| {
        let (_, from) = from.find(to.name())?;
        Some((from.data_type(), to.data_type()))
    })
}

/// Has a struct, or one anywhere inside, other fields in the table than in the file?
fn has_other_fields(file: &DataType, table: &DataType) -> bool {
    match (file, table) {
        (_, table) if is_variant(table) => true,
        (DataType::Struct(from), DataType::Struct(to)) => {
            from.len() != to.len()
                || shared(from, to).count() < to.len()
                || shared(from, to).any(|(from, to)| has_other_fields(from, to))
        }
        (DataType::List(from), DataType::List(to)) => has_other_fields(from.data_type(), to.data_type()),
        (DataType::Map(from, _), DataType::Map(to, _)) => match (from.data_type(), to.data_type()) {
            // Writers name keys and values as they like.
            (DataType::Struct(from), DataType::Struct(to)) => from
                .iter()
                .zip(to)
                .any(|(from, to)| has_other_fields(from.data_type(), to.data_type())),
            _ => false,
        },
        _ => false,
    }
}

/// A column of a file in the table's shape.
#[derive(Debug, Eq)]
struct Reshape {
    column: Arc<dyn PhysicalExpr>,
    target: FieldRef,
}

impl PartialEq for Reshape {
    fn eq(&self, other: &Self) -> bool {
        self.column.eq(&other.column) && self.target == other.target
    }
}

impl Hash for Reshape {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.column.hash(state);
        self.target.hash(state);
    }
}

impl fmt::Display for Reshape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in the table's shape", self.column)
    }
}

impl PhysicalExpr for Reshape {
    fn return_field(&self, _input: &Schema) -> Result<FieldRef> {
        Ok(Arc::clone(&self.target))
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let array = self.column.evaluate(batch)?.into_array(batch.num_rows())?;
        Ok(ColumnarValue::Array(reshape(&array, self.target.data_type())?))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.column]
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        let Ok([column]) = <[_; 1]>::try_from(children) else {
            return internal_err!("a column in the table's shape is made of one column");
        };
        let target = Arc::clone(&self.target);
        Ok(Arc::new(Self { column, target }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.column.fmt_sql(f)
    }
}

/// `array` as `to`; a value that has no place in a narrower type is an error.
fn reshape(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    match (array.data_type(), to) {
        (_, to) if is_variant(to) => Ok(assemble(array).map_err(|cause| {
            // What a file breaks is told with its name, as all that its decoder finds.
            ArrowError::ParquetError(format!("a variant is malformed: {cause}"))
        })?),
        (DataType::Struct(_), DataType::Struct(fields)) => reshape_struct(array.as_struct(), fields),
        (DataType::List(_), DataType::List(element)) => {
            let from = array.as_list::<i32>();
            let values = reshape(from.values(), element.data_type())?;
            let (offsets, nulls) = (from.offsets().clone(), from.nulls().cloned());
            Ok(Arc::new(ListArray::try_new(
                Arc::clone(element),
                offsets,
                values,
                nulls,
            )?))
        }
        (DataType::Map(_, _), DataType::Map(entries, sorted)) => reshape_map(array.as_map(), entries, *sorted),
        _ => {
            let options = CastOptions {
                safe: false,
                ..CastOptions::default()
            };
            Ok(cast_with_options(array, to, &options)?)
        }
    }
}

fn reshape_struct(from: &StructArray, fields: &Fields) -> Result<ArrayRef> {
    let columns = fields.iter().map(|field| match from.column_by_name(field.name()) {
        Some(column) => reshape(column, field.data_type()),
        None => Ok(new_null_array(field.data_type(), from.len())),
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let (nulls, rows) = (from.nulls().cloned(), from.len());
    Ok(Arc::new(StructArray::try_new_with_length(
        fields.clone(),
        columns,
        nulls,
        rows,
    )?))
}

fn reshape_map(from: &MapArray, entries: &FieldRef, sorted: bool) -> Result<ArrayRef> {
    let DataType::Struct(pair) = entries.data_type() else {
        return internal_err!("a map without entries");
    };
    let columns = pair.iter().zip([from.keys(), from.values()]);
    let columns = columns.map(|(field, column)| reshape(column, field.data_type()));
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let pairs = StructArray::try_new(pair.clone(), columns, from.entries().nulls().cloned())?;
    let (offsets, nulls) = (from.offsets().clone(), from.nulls().cloned());
    Ok(Arc::new(MapArray::try_new(
        Arc::clone(entries),
        offsets,
        pairs,
        nulls,
        sorted,
    )?))
}

#[cfg(test)]
#[path = "nested_tests.rs"]
mod tests;
