//! What crosses between a scan and a hand, as bytes: what is told of a row group on the way there, rows on the way back.
//!
//! What is told of the file is a footer with just this row group and just the columns that are read, so that it stays
//! small beside files of thousands of columns.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, RowSelection, RowSelector};
use parquet::file::metadata::{
    ColumnChunkMetaData, FileMetaData, ParquetMetaData, ParquetMetaDataWriter, RowGroupMetaData,
};
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use super::decimal;
use crate::error::{Error, Kind};

/// What its errors are about, until who sent it names the file.
pub(super) const SUBJECT: &str = "row group";

/// The footer of a file that has only this row group, and of it only the columns below `roots`, in their order.
/// Decimals that are read as those of `schema` and lie there as bytes are told as no more than that: see
/// [`decimal`](super::decimal).
pub(super) fn pack(
    metadata: &ParquetMetaData,
    row_group: &RowGroupMetaData,
    roots: &[usize],
    schema: &Schema,
) -> parquet::errors::Result<Bytes> {
    let told = |place: usize, column: &TypePtr| match schema.fields().get(place) {
        Some(field) if decimal::is_spelled_out(column, field.data_type()) => decimal::as_bytes(column),
        _ => Ok(Arc::clone(column)),
    };
    write(&narrowed(metadata, row_group, roots, told)?)
}

/// The schema in which a hand would read what [`pack`] tells it, were it not told another; `None` where it cannot be told.
pub(super) fn schema_told(
    metadata: &ParquetMetaData,
    row_group: &RowGroupMetaData,
    roots: &[usize],
) -> Option<SchemaRef> {
    let narrow = narrowed(metadata, row_group, roots, |_, column| Ok(Arc::clone(column))).ok()?;
    write(&narrow).ok()?;
    let reader = ArrowReaderMetadata::try_new(Arc::new(narrow), ArrowReaderOptions::new());
    reader.ok().map(|reader| Arc::clone(reader.schema()))
}

fn narrowed(
    metadata: &ParquetMetaData,
    row_group: &RowGroupMetaData,
    roots: &[usize],
    told: impl Fn(usize, &TypePtr) -> parquet::errors::Result<TypePtr>,
) -> parquet::errors::Result<ParquetMetaData> {
    let file = metadata.file_metadata();
    let schema = file.schema_descr();
    let fields = schema.root_schema().get_fields();
    let fields = roots.iter().filter_map(|root| fields.get(*root)).enumerate();
    let fields = fields.map(|(place, column)| told(place, column));
    let fields = fields.collect::<parquet::errors::Result<_>>()?;
    let root = Type::group_type_builder(schema.name()).with_fields(fields).build()?;
    let narrow = Arc::new(SchemaDescriptor::new(Arc::new(root)));
    let chunks = row_group.columns().iter().enumerate();
    let chunks = chunks.filter(|(leaf, _)| roots.contains(&schema.get_column_root_idx(*leaf)));
    let chunks = chunks
        .map(|(_, chunk)| plain(chunk))
        .collect::<parquet::errors::Result<_>>()?;
    let group = RowGroupMetaData::builder(Arc::clone(&narrow))
        .set_num_rows(row_group.num_rows())
        .set_total_byte_size(row_group.total_byte_size())
        .set_column_metadata(chunks)
        .build()?;
    let created_by = file.created_by().map(str::to_owned);
    let file = FileMetaData::new(file.version(), row_group.num_rows(), created_by, None, narrow, None);
    Ok(ParquetMetaData::new(file, vec![group]))
}

fn write(metadata: &ParquetMetaData) -> parquet::errors::Result<Bytes> {
    let mut footer = vec![];
    ParquetMetaDataWriter::new(&mut footer, metadata).finish()?;
    Ok(footer.into())
}

/// A chunk without what only planning asks of it.
fn plain(chunk: &ColumnChunkMetaData) -> parquet::errors::Result<ColumnChunkMetaData> {
    let chunk = chunk.clone().into_builder().clear_statistics();
    let chunk = chunk.set_repetition_level_histogram(None);
    chunk.set_definition_level_histogram(None).build()
}

/// The runs of rows that `selection` leaves out and keeps, in turn.
pub(super) fn runs(selection: &RowSelection) -> Vec<u64> {
    let mut runs: Vec<u64> = vec![];
    for RowSelector { row_count, skip } in selection.iter() {
        // At even places rows are left out.
        if runs.len().is_multiple_of(2) != *skip {
            runs.push(0);
        }
        runs.push(*row_count as u64);
    }
    runs
}

pub(super) fn damaged(cause: &dyn std::fmt::Display) -> Error {
    Error::new(Kind::Damaged, SUBJECT, cause.to_string())
}

pub(crate) fn broken(cause: &dyn std::fmt::Display) -> Error {
    let detail = format!("what crosses between workers is broken: {cause}");
    Error::new(Kind::Bug, SUBJECT, detail)
}
