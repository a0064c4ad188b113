//! [`Decoding`]: what a hand does with a row group, and an engine with one that it decodes itself.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, RecordBatchOptions};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use bytes::Bytes;
use bytes::buf::{Buf, Reader};
use datafusion::physical_expr::PhysicalExpr;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
    RowSelector,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::reader::{ChunkReader, Length};

use super::decimal;
pub(crate) use super::piece::broken;
use super::piece::damaged;
use super::sieve::condition;
pub(crate) use super::stream::Rows;
use crate::error::Result;
use crate::protocol::{Fragment, Piece};
pub(crate) use crate::query::fragment::Build;
use crate::query::ipc;

/// With fewer than one of so many rows left out, all are sent: to copy the others would cost more.
const LEFT_OUT_PART: usize = 4;

/// Batches that are read before one is given, however few of their rows passed: who waits for it looks up meanwhile.
const AT_ONCE: usize = 8;

/// What is made of the rows.
pub(super) struct Making {
    pub(super) fragment: Fragment,
    pub(super) literals: RecordBatch,
    /// Of the rows that come in.
    pub(super) schema: SchemaRef,
}

impl Making {
    fn of(fragment: &Fragment, buffers: &mut impl Iterator<Item = Bytes>) -> std::result::Result<Self, ArrowError> {
        Ok(Self {
            fragment: fragment.clone(),
            schema: ipc::schema_of(buffers.next().unwrap_or_default())?,
            literals: ipc::batch_of(buffers.next().unwrap_or_default())?,
        })
    }
}

/// A row group being decoded, batch by batch.
pub(crate) struct Decoding {
    rows: ParquetRecordBatchReader,
    /// In which they are given.
    schema: SchemaRef,
    sieve: Option<Arc<dyn PhysicalExpr>>,
    pub(super) batch_rows: usize,
    /// What is made of them, when something is.
    pub(super) making: Option<Making>,
    /// How many rows are still to come.
    due: usize,
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
        let schema = ipc::schema_of(schema).map_err(|cause| broken(&cause))?;
        let sieve = match &piece.sieve {
            Some(sieve) => {
                let literals = ipc::batch_of(buffers.next().unwrap_or_default()).map_err(|cause| broken(&cause))?;
                Some(condition(sieve, &literals, &schema).map_err(|cause| broken(&cause))?)
            }
            None => None,
        };
        let making = match &piece.fragment {
            Some(fragment) => Some(Making::of(fragment, &mut buffers).map_err(|cause| broken(&cause))?),
            None => None,
        };
        let chunks = Chunks::new(&piece.starts, buffers);
        let (rows, due) = Self::open(piece, &footer, &schema, chunks).map_err(|cause| damaged(&cause))?;
        Ok(Self {
            rows,
            schema,
            due,
            sieve,
            making,
            batch_rows: usize::try_from(piece.batch_rows).unwrap_or(usize::MAX),
        })
    }

    fn open(
        piece: &Piece,
        footer: &Bytes,
        schema: &SchemaRef,
        chunks: Chunks,
    ) -> parquet::errors::Result<(ParquetRecordBatchReader, usize)> {
        let metadata = Arc::new(ParquetMetaDataReader::new().parse_and_finish(footer)?);
        let mut reader = ArrowReaderMetadata::try_new(Arc::clone(&metadata), ArrowReaderOptions::new())?;
        let schema = as_read(schema, reader.schema());
        if *reader.schema() != schema {
            reader = ArrowReaderMetadata::try_new(metadata, ArrowReaderOptions::new().with_schema(schema))?;
        }
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(chunks, reader)
            .with_batch_size(usize::try_from(piece.batch_rows).unwrap_or(usize::MAX));
        let mut due = usize::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or_default();
        if !piece.runs.is_empty() {
            let selection = selection(&piece.runs);
            due = selection.row_count();
            builder = builder.with_row_selection(selection);
        }
        Ok((builder.build()?, due))
    }

    /// The next batch, which is empty when none of many rows passed; `None` at the end.
    ///
    /// # Errors
    /// `Damaged` as above.
    pub(crate) fn next(&mut self) -> Result<Option<RecordBatch>> {
        let (mut rows, mut passed) = (0, vec![]);
        for _ in 0..AT_ONCE {
            let Some(batch) = self.rows.next() else {
                break;
            };
            let batch = batch.map_err(|cause| damaged(&cause))?;
            self.due = self.due.saturating_sub(batch.num_rows());
            let batch = self.given(&batch).map_err(|cause| damaged(&cause))?;
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
        if rows > 0 {
            passed.retain(|batch| batch.num_rows() > 0);
        } else {
            passed.truncate(1);
        }
        match passed.as_slice() {
            // A reader that ends before all rows came would look like one that had no more.
            [] if self.due > 0 => {
                let detail = format!("{} of the rows that its footer counts do not come out of it", self.due);
                Err(damaged(&detail))
            }
            [] | [_] => Ok(passed.pop()),
            [first, ..] => {
                let all = concat_batches(first.schema_ref(), &passed).map_err(|cause| broken(&cause))?;
                Ok(Some(all))
            }
        }
    }

    /// A batch as it is given: what was read as bytes as the decimals that they are.
    fn given(&self, read: &RecordBatch) -> std::result::Result<RecordBatch, ArrowError> {
        let columns = read.columns().iter().zip(self.schema.fields());
        let columns = columns.map(|(column, field)| match column.data_type() {
            DataType::FixedSizeBinary(_) if field.data_type().is_decimal() => {
                decimal::from_bytes(column, field.data_type())
            }
            _ => Ok(Arc::clone(column)),
        });
        let columns = columns.collect::<std::result::Result<_, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(read.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
    }
}

/// The schema in which the reader, which by itself would read `own`, reads what is `given`.
fn as_read(given: &SchemaRef, own: &SchemaRef) -> SchemaRef {
    let field = |(given, own): (&FieldRef, &FieldRef)| {
        let is_spelled_out = matches!(own.data_type(), DataType::FixedSizeBinary(_)) && given.data_type().is_decimal();
        Arc::clone(if is_spelled_out { own } else { given })
    };
    let fields: Vec<FieldRef> = given.fields().iter().zip(own.fields()).map(field).collect();
    Arc::new(Schema::new_with_metadata(fields, given.metadata().clone()))
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

#[cfg(test)]
#[path = "decoding_tests.rs"]
mod tests;
