//! Texts while a statement runs: views, which point at where the characters lie, so that a text that is filtered, joined or
//! sorted is not copied each time. Tables and results have them as they always were, one after the other in a buffer.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, GenericByteViewArray, RecordBatch, RecordBatchOptions};
use arrow::buffer::Buffer;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{ByteViewType, DataType, FieldRef, Fields, Schema, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{CastExpr, Literal};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::TryStreamExt;

use crate::table::Table;

/// To hold so small a part more than is shown is not worth a copy.
const SLACK_PART: usize = 4;

/// The columns of `table` as statements have them. What partitions say is one value for a whole file, and stays.
pub(super) fn schema(table: &Table) -> SchemaRef {
    let field = |field: &FieldRef| match field.data_type() {
        DataType::Utf8 if !table.partition_columns.contains(field.name()) => of_type(field, DataType::Utf8View),
        _ => Arc::clone(field),
    };
    let fields: Fields = table.schema.fields().iter().map(field).collect();
    Arc::new(Schema::new_with_metadata(fields, table.schema.metadata().clone()))
}

/// `predicate` over the columns of [`schema`] in the types that the table's own metadata has.
pub(super) fn as_stored(predicate: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
    let stored = |node: Arc<dyn PhysicalExpr>| {
        if let Some(ScalarValue::Utf8View(text)) = node.downcast_ref::<Literal>().map(Literal::value) {
            let literal = Literal::new(ScalarValue::Utf8(text.clone()));
            return Ok(Transformed::yes(Arc::new(literal) as _));
        }
        match node.downcast_ref::<CastExpr>() {
            Some(cast) if *cast.cast_type() == DataType::Utf8View => {
                let options = Some(cast.cast_options().clone());
                let cast = CastExpr::new(Arc::clone(cast.expr()), DataType::Utf8, options);
                Ok(Transformed::yes(Arc::new(cast) as _))
            }
            _ => Ok(Transformed::no(node)),
        }
    };
    predicate.transform_up(stored).data()
}

/// `rows` without views, for whoever keeps them or takes them elsewhere: they hold on to nothing but themselves, and all
/// readers of Arrow know them.
pub(super) fn without_views(rows: SendableRecordBatchStream) -> SendableRecordBatchStream {
    let schema = rows.schema();
    if !schema.fields().iter().any(|field| has_views(field.data_type())) {
        return rows;
    }
    let schema = schema_without_views(&schema);
    let to = Arc::clone(&schema);
    let rows = rows.and_then(move |batch| std::future::ready(cast(&batch, &to)));
    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
}

/// `schema` with texts and bytes one after the other.
pub(super) fn schema_without_views(schema: &Schema) -> SchemaRef {
    let fields: Fields = schema.fields().iter().map(without).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn cast(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let exactly = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| cast_with_options(column, field.data_type(), &exactly));
    let columns = columns.collect::<std::result::Result<_, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(schema),
        columns,
        &options,
    )?)
}

fn without(field: &FieldRef) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView => DataType::Binary,
        DataType::List(item) => DataType::List(without(item)),
        DataType::LargeList(item) => DataType::LargeList(without(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(without(item), *size),
        DataType::Map(entries, is_sorted) => DataType::Map(without(entries), *is_sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(without).collect()),
        _ => return Arc::clone(field),
    };
    of_type(field, data_type)
}

fn of_type(field: &FieldRef, data_type: DataType) -> FieldRef {
    Arc::new(field.as_ref().clone().with_data_type(data_type))
}

/// Are there views in values of this type?
pub(super) fn has_views(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8View | DataType::BinaryView => true,
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => has_views(item.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| has_views(field.data_type())),
        _ => false,
    }
}

/// Views without what they do not show: a page of texts is the same buffer in many batches, and each would hold on to it,
/// or take it along.
pub(super) fn compact(batch: &RecordBatch) -> Result<RecordBatch, arrow::error::ArrowError> {
    let column = |column: &ArrayRef| match column.data_type() {
        DataType::Utf8View => compact_column(column, column.as_string_view()),
        DataType::BinaryView => compact_column(column, column.as_binary_view()),
        _ => Arc::clone(column),
    };
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let columns = batch.columns().iter().map(column).collect();
    RecordBatch::try_new_with_options(batch.schema(), columns, &options)
}

fn compact_column<T: ByteViewType>(column: &ArrayRef, views: &GenericByteViewArray<T>) -> ArrayRef {
    let held: usize = views.data_buffers().iter().map(Buffer::len).sum();
    let shown = views.total_buffer_bytes_used();
    if held <= shown + shown / SLACK_PART {
        Arc::clone(column)
    } else {
        Arc::new(views.gc())
    }
}
