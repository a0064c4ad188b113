//! Row groups that the engine decodes itself, in the way in which its hands do.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::TryStreamExt;
use futures::stream::try_unfold;
use object_store::path::Path;
use parquet::arrow::async_reader::AsyncFileReader;

use super::decoding::Decoding;
use super::fit::Fit;
use super::outward;
use super::reader::{RowGroupReader, RowGroupReads};
use super::reads::Reads;
use super::shared::{Asked, Purpose, named};
use super::source::LakeSource;
use crate::error::Error;
use crate::table::parquet::damaged;

/// The rows of a row group that is read through `readers`.
pub(super) fn rows(readers: &RowGroupReads, fit: &Arc<Fit>, source: &LakeSource) -> Result<SendableRecordBatchStream> {
    let asked = Asked::of(&readers.reads, fit, &readers.row_group, source, Purpose::Here).map_err(outward)?;
    let rows = Rows {
        reads: Arc::clone(&readers.reads),
        fit: Arc::clone(fit),
        reader: readers.reader(),
        state: State::Asked(asked),
    };
    let batches = try_unfold(rows, |mut rows| async move {
        Ok(rows.next().await?.map(|batch| (batch, rows)))
    });
    Ok(Box::pin(RecordBatchStreamAdapter::new(fit.rows_schema(), batches)))
}

/// The same rows; fewer than `due` of them are an error. A decoder that ends before all came would look like one that had
/// no more.
pub(super) fn whole(rows: SendableRecordBatchStream, due: usize, path: Path) -> SendableRecordBatchStream {
    let schema = rows.schema();
    let whole = try_unfold((rows, due), move |(mut rows, due)| {
        let path = path.clone();
        async move {
            match rows.try_next().await? {
                Some(batch) => {
                    let due = due.saturating_sub(batch.num_rows());
                    Ok(Some((batch, (rows, due))))
                }
                None if due > 0 => {
                    let detail = format!("{due} of the rows that its footer counts do not come out of it");
                    Err(outward(damaged(&path, detail)))
                }
                None => Ok(None),
            }
        }
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, whole))
}

struct Rows {
    reads: Arc<Reads>,
    fit: Arc<Fit>,
    /// What it read counts as long as it lives.
    reader: RowGroupReader,
    state: State,
}

enum State {
    Asked(Asked),
    Decoding(Decoding),
    Ended,
}

impl Rows {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let mut decoding = match std::mem::replace(&mut self.state, State::Ended) {
            State::Asked(asked) => self.begin(asked).await?,
            State::Decoding(decoding) => decoding,
            State::Ended => return Ok(None),
        };
        loop {
            self.reads.scan.pace().await;
            match decoding.next().map_err(|error| self.outward(error))? {
                None => return Ok(None),
                Some(batch) if batch.num_rows() == 0 => {}
                Some(batch) => {
                    self.state = State::Decoding(decoding);
                    return self.fit.rows(&batch).map(Some);
                }
            }
        }
    }

    async fn begin(&mut self, asked: Asked) -> Result<Decoding> {
        let chunks = self.reader.get_byte_ranges(asked.ranges.clone()).await?;
        let (piece, buffers) = asked.with(chunks);
        Decoding::begin(&piece, buffers).map_err(|error| self.outward(error))
    }

    fn outward(&self, error: Error) -> DataFusionError {
        outward(named(error, &self.reads))
    }
}
