//! A row group on its way to a hand and the rows on their way back: [`pack`] here, [`Decoding`] there.
//!
//! What is told of the file is a footer with just this row group and just the columns that are read, so that it stays
//! small beside files of thousands of columns.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::buffer::Buffer;
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::ipc::reader::StreamDecoder;
use arrow::ipc::writer::StreamWriter;
use bytes::Bytes;
use bytes::buf::{Buf, Reader};
use datafusion::physical_expr::PhysicalExpr;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
    RowSelector,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, FileMetaData, ParquetMetaData, ParquetMetaDataReader, ParquetMetaDataWriter, RowGroupMetaData,
};
use parquet::file::reader::{ChunkReader, Length};
use parquet::schema::types::{SchemaDescriptor, Type};

use super::sieve::condition;
use crate::error::{Error, Kind, Result};
use crate::protocol::Piece;

/// What its errors are about, until who sent it names the file.
pub(super) const SUBJECT: &str = "row group";

/// With fewer than one of so many rows left out, all are sent: to copy the others would cost more.
const LEFT_OUT_PART: usize = 4;

/// The footer of a file that has only this row group, and of it only the columns below `roots`, in their order.
pub(super) fn pack(
    metadata: &ParquetMetaData,
    row_group: &RowGroupMetaData,
    roots: &[usize],
) -> parquet::errors::Result<Bytes> {
    let file = metadata.file_metadata();
    let schema = file.schema_descr();
    let fields = schema.root_schema().get_fields();
    let fields = roots.iter().filter_map(|root| fields.get(*root).cloned()).collect();
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
    let mut footer = vec![];
    ParquetMetaDataWriter::new(&mut footer, &ParquetMetaData::new(file, vec![group])).finish()?;
    Ok(footer.into())
}

/// A chunk without what only planning asks of it.
fn plain(chunk: &ColumnChunkMetaData) -> parquet::errors::Result<ColumnChunkMetaData> {
    let chunk = chunk.clone().into_builder().clear_statistics();
    let chunk = chunk.set_repetition_level_histogram(None);
    chunk.set_definition_level_histogram(None).build()
}

/// A schema as an IPC stream without batches.
pub(super) fn schema_stream(schema: &Schema) -> Result<Bytes> {
    let mut stream = vec![];
    let written = StreamWriter::try_new(&mut stream, schema).and_then(|mut writer| writer.finish());
    written.map_err(|cause| broken(&cause)).map(|()| stream.into())
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

/// The batch in an IPC stream that has one.
pub(super) fn unpack(stream: Bytes) -> Result<RecordBatch> {
    let mut buffer = Buffer::from(stream);
    let batch = StreamDecoder::new()
        .decode(&mut buffer)
        .map_err(|cause| broken(&cause))?;
    batch.ok_or_else(|| broken(&"a batch is missing"))
}

/// A row group being decoded, batch by batch.
pub(crate) struct Decoding {
    rows: ParquetRecordBatchReader,
    sieve: Option<Arc<dyn PhysicalExpr>>,
    batch_rows: usize,
}

impl Decoding {
    /// Begins with what [`Order::Decode`](crate::protocol::Order::Decode) brings.
    ///
    /// # Errors
    /// `Damaged` when its bytes break their format's rules.
    pub(crate) fn begin(piece: &Piece, buffers: Vec<Bytes>) -> Result<Self> {
        let mut buffers = buffers.into_iter();
        let (Some(footer), Some(schema)) = (buffers.next(), buffers.next()) else {
            return Err(broken(&"the footer or the schema is missing"));
        };
        let schema = stream_schema(schema)?;
        let sieve = match &piece.sieve {
            Some(sieve) => {
                let literals = unpack(buffers.next().unwrap_or_default())?;
                Some(condition(sieve, &literals, &schema).map_err(|cause| broken(&cause))?)
            }
            None => None,
        };
        let chunks = Chunks::new(&piece.starts, buffers);
        let rows = Self::open(piece, &footer, schema, chunks).map_err(|cause| damaged(&cause))?;
        Ok(Self {
            rows,
            sieve,
            batch_rows: usize::try_from(piece.batch_rows).unwrap_or(usize::MAX),
        })
    }

    fn open(
        piece: &Piece,
        footer: &Bytes,
        schema: SchemaRef,
        chunks: Chunks,
    ) -> parquet::errors::Result<ParquetRecordBatchReader> {
        let metadata = ParquetMetaDataReader::new().parse_and_finish(footer)?;
        let options = ArrowReaderOptions::new().with_schema(schema);
        let metadata = ArrowReaderMetadata::try_new(Arc::new(metadata), options)?;
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(chunks, metadata)
            .with_batch_size(usize::try_from(piece.batch_rows).unwrap_or(usize::MAX));
        if !piece.runs.is_empty() {
            builder = builder.with_row_selection(selection(&piece.runs));
        }
        builder.build()
    }

    /// The next batch as an IPC stream; `None` at the end.
    ///
    /// # Errors
    /// `Damaged` as above.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let (mut rows, mut passed) = (0, vec![]);
        for batch in self.rows.by_ref() {
            let batch = batch.map_err(|cause| damaged(&cause))?;
            let batch = match &self.sieve {
                Some(sieve) => sift(sieve, batch),
                None => batch,
            };
            rows += batch.num_rows();
            passed.push(batch);
            // As many as come without a sieve, or nearly.
            if rows > self.batch_rows / 2 {
                break;
            }
        }
        passed.retain(|batch| batch.num_rows() > 0);
        match passed.as_slice() {
            [] => Ok(None),
            [one] => stream_of(one).map(Some),
            [first, ..] => {
                let all = concat_batches(first.schema_ref(), &passed).map_err(|cause| broken(&cause))?;
                stream_of(&all).map(Some)
            }
        }
    }
}

/// The rows that pass; all of them where nearly all do, as they are held against the predicate again, and where it
/// cannot be told, as it then is.
fn sift(sieve: &Arc<dyn PhysicalExpr>, batch: RecordBatch) -> RecordBatch {
    let passed = sieve
        .evaluate(&batch)
        .and_then(|value| value.into_array(batch.num_rows()));
    let Some(passed) = passed.ok().and_then(|passed| passed.as_boolean_opt().cloned()) else {
        return batch;
    };
    let left_out = batch.num_rows() - passed.true_count();
    if left_out * LEFT_OUT_PART < batch.num_rows() {
        return batch;
    }
    filter_record_batch(&batch, &passed).unwrap_or(batch)
}

/// A batch as an IPC stream.
pub(super) fn stream_of(batch: &RecordBatch) -> Result<Vec<u8>> {
    let batch = compact(batch).map_err(|cause| broken(&cause))?;
    let mut stream = Vec::with_capacity(batch.get_array_memory_size() + 4096);
    let written = StreamWriter::try_new(&mut stream, batch.schema_ref()).and_then(|mut writer| {
        writer.write(&batch)?;
        writer.finish()
    });
    written.map_err(|cause| broken(&cause)).map(|()| stream)
}

/// Views without what they do not show: a page of texts is the same buffer in many batches, and each would take it along.
fn compact(batch: &RecordBatch) -> std::result::Result<RecordBatch, arrow::error::ArrowError> {
    let column = |column: &ArrayRef| -> ArrayRef {
        match column.data_type() {
            DataType::Utf8View => Arc::new(column.as_string_view().gc()),
            DataType::BinaryView => Arc::new(column.as_binary_view().gc()),
            _ => Arc::clone(column),
        }
    };
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let columns = batch.columns().iter().map(column).collect();
    RecordBatch::try_new_with_options(batch.schema(), columns, &options)
}

fn stream_schema(stream: Bytes) -> Result<SchemaRef> {
    let (mut decoder, mut buffer) = (StreamDecoder::new(), Buffer::from(stream));
    decoder.decode(&mut buffer).map_err(|cause| broken(&cause))?;
    decoder.schema().ok_or_else(|| broken(&"the schema is missing"))
}

fn selection(runs: &[u64]) -> RowSelection {
    let rows = |count: &u64| usize::try_from(*count).unwrap_or(usize::MAX);
    let selectors = runs.iter().enumerate().map(|(place, count)| RowSelector {
        row_count: rows(count),
        skip: place.is_multiple_of(2),
    });
    selectors.collect::<Vec<_>>().into()
}

/// Column chunks, where they lie in their file.
struct Chunks(Vec<(u64, Bytes)>);

impl Chunks {
    fn new(starts: &[u64], chunks: impl Iterator<Item = Bytes>) -> Self {
        let mut chunks: Vec<_> = starts.iter().copied().zip(chunks).collect();
        chunks.sort_unstable_by_key(|(start, _)| *start);
        Self(chunks)
    }

    /// What lies at `start` and after, to the end of its chunk.
    fn from(&self, start: u64) -> parquet::errors::Result<Bytes> {
        let after = self.0.partition_point(|(begin, _)| *begin <= start);
        let chunk = after.checked_sub(1).and_then(|place| self.0.get(place));
        let found = chunk.and_then(|(begin, bytes)| {
            let skipped = usize::try_from(start - begin).ok()?;
            (skipped <= bytes.len()).then(|| bytes.slice(skipped..))
        });
        found.ok_or_else(|| ParquetError::EOF(format!("no byte {start} was brought")))
    }
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.0.last().map_or(0, |(start, bytes)| start + bytes.len() as u64)
    }
}

impl ChunkReader for Chunks {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let bytes = self.from(start)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF(format!(
                "{length} bytes at {start} were asked, {} came",
                bytes.len()
            )));
        }
        Ok(bytes.slice(..length))
    }
}

fn damaged(cause: &dyn std::fmt::Display) -> Error {
    Error::new(Kind::Damaged, SUBJECT, cause.to_string())
}

fn broken(cause: &dyn std::fmt::Display) -> Error {
    let detail = format!("what crosses between workers is broken: {cause}");
    Error::new(Kind::Bug, SUBJECT, detail)
}

#[cfg(test)]
#[path = "piece_tests.rs"]
mod tests;
