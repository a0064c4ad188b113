//! [`Fit`]: how the rows that a hand decodes of a file become those of the scan.
//!
//! The same as DataFusion's Parquet source makes of what it decodes itself: partition values in the places of their columns, the table's
//! types and shapes by [`ByName`], then the projection. Where that source would read less than whole columns, or makes
//! columns of its own, there is no fit, and the file is decoded here.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Decimal128Array, RecordBatch, RecordBatchOptions, StringViewArray};
use arrow::datatypes::{DECIMAL64_MAX_PRECISION, DataType, Decimal64Type, FieldRef, Schema, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::physical_expr::expressions::{CastExpr, Column};
use datafusion::physical_expr::projection::{ProjectionExprs, Projector};
use datafusion::physical_expr::simplifier::PhysicalExprSimplifier;
use datafusion::physical_expr::utils::{collect_columns, reassign_expr_columns};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_expr_adapter::{PhysicalExprAdapterFactory, replace_columns_with_literals};
use parquet::basic::Type as PhysicalType;
use parquet::file::metadata::ParquetMetaData;

use super::nested::ByName;
use super::{decimal, piece};

/// Functions of which DataFusion's source makes something else than a call.
const ITS_OWN: [&str; 3] = ["get_field", "input_file_name", "file_row_index"];

/// Bytes that a text takes at most in a column chunk whose texts are written once each: without a dictionary the length of
/// each takes as much.
const REPEATED_BYTES: i64 = 4;

/// From the columns of a file to the rows of a scan.
#[derive(Debug)]
pub(super) struct Fit {
    /// Columns that are read, by their places among the file's.
    pub(super) roots: Vec<usize>,
    /// The paths of their leaves.
    pub(super) leaves: HashSet<String>,
    /// How it is decoded: decimals that fit are as narrow as they lie in the file.
    pub(super) schema: SchemaRef,
    /// The same where its rows are sent: texts one after the other, as views would have to be brought together first, but
    /// for columns of few texts, of which each is sent once.
    pub(super) sent: SchemaRef,
    /// The same as it is in the file's schema.
    pub(super) read: SchemaRef,
    /// What makes the scan's rows of that.
    pub(super) projection: ProjectionExprs,
    projector: Projector,
    rows: SchemaRef,
}

impl Fit {
    /// For a file whose columns are read as `file_schema`; `None` where there is no fit.
    pub(super) fn of(
        table: &TableSchema,
        projection: &ProjectionExprs,
        file: &PartitionedFile,
        metadata: &ParquetMetaData,
        file_schema: &SchemaRef,
    ) -> Result<Option<Self>> {
        if !table.virtual_columns().is_empty() {
            return Ok(None);
        }
        let rows = Arc::new(projection.project_schema(table.table_schema())?);
        let adapted = adapt(table, projection.clone(), file, file_schema)?;
        if adapted.expr_iter().any(|expr| reads_in_part(&expr, file_schema)) {
            return Ok(None);
        }
        let mut roots: Vec<usize> = adapted
            .expr_iter()
            .flat_map(|expr| collect_columns(&expr))
            .map(|column| column.index())
            .collect();
        roots.sort_unstable();
        roots.dedup();
        if roots.is_empty() {
            return Ok(None);
        }
        let read = Arc::new(file_schema.project(&roots)?);
        let Some(given) = given(&read, &roots, metadata) else {
            return Ok(None);
        };
        let schema = &read;
        let projection = adapted.try_map_exprs(|expr| reassign_expr_columns(expr, schema))?;
        let projector = projection.make_projector(schema)?;
        Ok(Some(Self {
            leaves: leaves(metadata, &roots),
            sent: sent(&given, &roots, metadata),
            schema: given,
            roots,
            read,
            projection,
            projector,
            rows,
        }))
    }

    /// The schema of the scan's rows.
    pub(super) fn rows_schema(&self) -> SchemaRef {
        Arc::clone(&self.rows)
    }

    /// The scan's rows from those that were decoded.
    pub(super) fn rows(&self, decoded: &RecordBatch) -> Result<RecordBatch> {
        let projected = self.projector.project_batch(&widened(decoded, &self.read)?)?;
        let (_, columns, rows) = projected.into_parts();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(
            Arc::clone(&self.rows),
            columns,
            &options,
        )?)
    }
}

/// A batch as it was decoded, as it is `read`.
pub(super) fn widened(given: &RecordBatch, read: &SchemaRef) -> Result<RecordBatch> {
    let columns = given.columns().iter().zip(read.fields());
    let columns = columns.map(|(column, field)| wide(column, field.data_type())).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(given.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(read), columns, &options)?)
}

/// The schema in which is decoded what is `read` of a file; `None` where it could not be told. Where columns are nested
/// it is the one that the file's own schema means, as another may be understood otherwise.
fn given(read: &SchemaRef, roots: &[usize], metadata: &ParquetMetaData) -> Option<SchemaRef> {
    let told = piece::schema_told(metadata, metadata.row_groups().first()?, roots)?;
    if read.fields().iter().any(|field| field.data_type().is_nested()) {
        return is_alike(&told, read).then(|| Arc::clone(read));
    }
    Some(Arc::new(narrow(read, roots, metadata)))
}

/// What is sent of columns that are decoded as `given`.
fn sent(given: &SchemaRef, roots: &[usize], metadata: &ParquetMetaData) -> SchemaRef {
    let descriptor = metadata.file_metadata().schema_descr();
    // In one pass: a file may have thousands of columns.
    let leaves: HashMap<usize, usize> = (0..descriptor.num_columns())
        .map(|leaf| (descriptor.get_column_root_idx(leaf), leaf))
        .collect();
    let repeats = |root: usize| {
        let chunk = metadata.row_groups().first()?.column(*leaves.get(&root)?);
        Some(chunk.uncompressed_size() <= chunk.num_values().saturating_mul(REPEATED_BYTES))
    };
    let field = |(field, root): (&FieldRef, &usize)| match field.data_type() {
        DataType::Utf8View if repeats(*root) != Some(true) => {
            Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8))
        }
        _ => Arc::clone(field),
    };
    let fields: Vec<FieldRef> = given.fields().iter().zip(roots).map(field).collect();
    Arc::new(Schema::new_with_metadata(fields, given.metadata().clone()))
}

/// Are they the same but for texts and bytes, which may be read as views?
fn is_alike(told: &Schema, read: &Schema) -> bool {
    let columns = || told.fields().iter().zip(read.fields());
    let is_alike = |(told, read): (&FieldRef, &FieldRef)| match (told.data_type(), read.data_type()) {
        (DataType::Utf8, view @ DataType::Utf8View) | (DataType::Binary, view @ DataType::BinaryView) => {
            told.as_ref().clone().with_data_type(view.clone()) == **read
        }
        _ => told == read,
    };
    told.fields().len() == read.fields().len() && columns().all(is_alike)
}

/// The schema with decimals that fit in 64 bits where they are such integers in the file, or bytes that are: half of what
/// would travel otherwise.
fn narrow(schema: &Schema, roots: &[usize], metadata: &ParquetMetaData) -> Schema {
    let written = metadata.file_metadata().schema_descr().root_schema().get_fields();
    let fits = |root: &usize, narrow: &DataType| {
        let column = written.get(*root).filter(|column| column.is_primitive());
        column.is_some_and(|column| match column.get_physical_type() {
            PhysicalType::INT32 | PhysicalType::INT64 => true,
            _ => decimal::is_spelled_out(column, narrow),
        })
    };
    let field = |(field, root): (&FieldRef, &usize)| match field.data_type() {
        DataType::Decimal128(precision, scale) if *precision <= DECIMAL64_MAX_PRECISION => {
            let narrow = DataType::Decimal64(*precision, *scale);
            if fits(root, &narrow) {
                Arc::new(field.as_ref().clone().with_data_type(narrow))
            } else {
                Arc::clone(field)
            }
        }
        _ => Arc::clone(field),
    };
    let fields: Vec<FieldRef> = schema.fields().iter().zip(roots).map(field).collect();
    Schema::new_with_metadata(fields, schema.metadata().clone())
}

/// A column as it is in the file's schema.
fn wide(column: &ArrayRef, data_type: &DataType) -> ArrayRef {
    match data_type {
        DataType::Decimal128(..) => match column.as_primitive_opt::<Decimal64Type>() {
            Some(narrow) => {
                let wide: Decimal128Array = narrow.unary(i128::from);
                Arc::new(wide.with_data_type(data_type.clone()))
            }
            None => Arc::clone(column),
        },
        DataType::Utf8View => match column.as_string_opt::<i32>() {
            Some(texts) => Arc::new(StringViewArray::from(texts)),
            None => Arc::clone(column),
        },
        _ => Arc::clone(column),
    }
}

/// The projection over the file's columns.
fn adapt(
    table: &TableSchema,
    projection: ProjectionExprs,
    file: &PartitionedFile,
    file_schema: &SchemaRef,
) -> Result<ProjectionExprs> {
    let names = table.table_partition_cols().iter().map(|field| field.name().clone());
    let values: HashMap<String, ScalarValue> = names.zip(file.partition_values.iter().cloned()).collect();
    let rewriter = ByName.create(Arc::clone(table.file_schema()), Arc::clone(file_schema))?;
    let simplifier = PhysicalExprSimplifier::new(file_schema);
    projection.try_map_exprs(|expr| {
        let expr = replace_columns_with_literals(expr, &values)?;
        simplifier.simplify(rewriter.rewrite(expr)?)
    })
}

/// Would DataFusion's source read less than all of a column for this, or evaluate it in a way of its own?
fn reads_in_part(expr: &Arc<dyn PhysicalExpr>, file: &Schema) -> bool {
    let mut found = false;
    let look = |node: &Arc<dyn PhysicalExpr>| {
        let is_its_own = |call: &ScalarFunctionExpr| ITS_OWN.contains(&call.name());
        let narrows = |cast: &CastExpr| {
            let column = cast.expr().downcast_ref::<Column>();
            column.is_some_and(|column| {
                file.fields()
                    .get(column.index())
                    .is_some_and(|field| field.data_type().is_nested())
            })
        };
        found |= node.downcast_ref::<ScalarFunctionExpr>().is_some_and(is_its_own);
        found |= node.downcast_ref::<CastExpr>().is_some_and(narrows);
        Ok(if found {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    };
    // It only looks, which cannot fail.
    expr.apply(look).is_err() || found
}

fn leaves(metadata: &ParquetMetaData, roots: &[usize]) -> HashSet<String> {
    let schema = metadata.file_metadata().schema_descr();
    (0..schema.num_columns())
        .filter(|leaf| roots.contains(&schema.get_column_root_idx(*leaf)))
        .map(|leaf| schema.column(leaf).path().string())
        .collect()
}
