//! Texts while a statement runs: views, which point at where the characters lie, so that a text that is filtered, joined or
//! sorted is not copied each time. Tables and results have them as they always were, one after the other in a buffer.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, GenericByteViewArray, GenericByteViewBuilder, RecordBatch, RecordBatchOptions, make_array,
};
use arrow::buffer::Buffer;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{ByteViewType, DataType, FieldRef, Fields, Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::TryStreamExt;

use super::footprint::copied;
use crate::table::Table;

/// To hold so small a part more than is shown is not worth a copy.
const SLACK_PART: usize = 4;

/// The columns of `table` as statements have them, in the table's order. What partitions say is one value for a whole file,
/// and stays.
pub(super) fn schema(table: &Table) -> SchemaRef {
    let field = |field: &FieldRef| match field.data_type() {
        DataType::Utf8 if !table.partition_columns.contains(field.name()) => of_type(field, DataType::Utf8View),
        _ => Arc::clone(field),
    };
    let fields: Fields = table.schema.fields().iter().map(field).collect();
    Arc::new(Schema::new_with_metadata(fields, table.schema.metadata().clone()))
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
fn schema_without_views(schema: &Schema) -> SchemaRef {
    let fields: Fields = schema.fields().iter().map(without).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn cast(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let exactly = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| match column.data_type() {
        nested if nested.is_nested() && has_views(nested) => {
            // Of a list that is a part of a larger one all items would be cast, each time.
            let part = make_array(copied(&column.to_data())?);
            cast_with_options(&part, field.data_type(), &exactly)
        }
        _ => cast_with_options(column, field.data_type(), &exactly),
    });
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

/// `batch` without what its views do not show: a page of texts is the same buffer in many batches, and each would hold on to
/// it, or take it along.
pub(super) fn compact(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    each_view(batch, &Compact)
}

/// `batch` with texts in blocks of `block_bytes`, or one each: who keeps a few rows of it then keeps little else.
pub(super) fn in_blocks(batch: &RecordBatch, block_bytes: u32) -> Result<RecordBatch, ArrowError> {
    each_view(batch, &Blocks(block_bytes))
}

/// Bytes of texts that a batch shows, where its columns are views.
pub(super) fn shown_bytes(batch: &RecordBatch) -> usize {
    let columns = batch.columns().iter();
    let bytes = columns.map(|column| match column.data_type() {
        DataType::Utf8View => column.as_string_view().total_buffer_bytes_used(),
        DataType::BinaryView => column.as_binary_view().total_buffer_bytes_used(),
        _ => 0,
    });
    bytes.sum()
}

/// What becomes of a column of views.
trait Rewrite {
    /// The column in another form; `None` where it stays as it is.
    fn rewrite<T: ByteViewType>(&self, views: &GenericByteViewArray<T>) -> Option<GenericByteViewArray<T>>;
}

fn each_view(batch: &RecordBatch, rewrite: &impl Rewrite) -> Result<RecordBatch, ArrowError> {
    fn as_array<T: ByteViewType>(views: GenericByteViewArray<T>) -> ArrayRef {
        Arc::new(views)
    }
    let column = |column: &ArrayRef| {
        let rewritten = match column.data_type() {
            DataType::Utf8View => rewrite.rewrite(column.as_string_view()).map(as_array),
            DataType::BinaryView => rewrite.rewrite(column.as_binary_view()).map(as_array),
            nested if nested.is_nested() && has_views(nested) => Some(make_array(copied(&column.to_data())?)),
            _ => None,
        };
        Ok(rewritten.unwrap_or_else(|| Arc::clone(column)))
    };
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let columns = batch.columns().iter().map(column).collect::<Result<_, ArrowError>>()?;
    RecordBatch::try_new_with_options(batch.schema(), columns, &options)
}

/// Bytes of the buffers that `views` hold on to.
fn held_bytes<T: ByteViewType>(views: &GenericByteViewArray<T>) -> usize {
    views.data_buffers().iter().map(Buffer::len).sum()
}

/// Those of a dictionary, shown many times, stay where they are.
struct Compact;

impl Rewrite for Compact {
    fn rewrite<T: ByteViewType>(&self, views: &GenericByteViewArray<T>) -> Option<GenericByteViewArray<T>> {
        let shown = views.total_buffer_bytes_used();
        (held_bytes(views) > shown + shown / SLACK_PART).then(|| views.gc())
    }
}

struct Blocks(u32);

impl Rewrite for Blocks {
    fn rewrite<T: ByteViewType>(&self, views: &GenericByteViewArray<T>) -> Option<GenericByteViewArray<T>> {
        let held = held_bytes(views);
        if held == 0 {
            return None;
        }
        if views.total_buffer_bytes_used() == 0 {
            return Some(views.gc());
        }
        (held > self.0 as usize).then(|| {
            let mut blocks = GenericByteViewBuilder::<T>::with_capacity(views.len()).with_fixed_block_size(self.0);
            blocks.extend(views.iter());
            blocks.finish()
        })
    }
}
